//! Keeps what reading calls were answered with.

mod answer;
mod kept;

use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use mcp_proto::types::uri_key;
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

pub(super) use self::answer::Answer;
use self::kept::Kept;
use super::key::{Keys, fresh_place};
use crate::bus::{Change, Notice, Subscriber};
use crate::gate::ring::{Call, Outcome, Reply};
use crate::lock::Lock;
use crate::meter::Event;

/// How many bytes are kept by default.
const BYTES: usize = 64 * 1024 * 1024;

/// How long by default.
const TTL: Duration = Duration::from_secs(60);

/// How many counters of updates there are. URIs that share one are dropped together.
const COUNTERS: usize = 1024;

/// The layer that keeps the results of calls that only read: of tools that are `read_only`, of resources and of prompts. Feature
/// `layers`.
///
/// Calls with the same method, target, arguments and protocol revision have the same answer. Callers share answers only if the
/// layer is [`public`](Self::public); anonymous ones count as one caller. Errors, tool errors, and questions to the client are never kept. A resource is dropped
/// when the program says that it has changed ([`ServerHandle::resource_updated`](crate::ServerHandle::resource_updated),
/// [`Ctx::resource_updated`](crate::Ctx::resource_updated)); all tools, resources or prompts are when their list changes.
///
/// A function says for how long its results stay fresh: `#[tool(read_only, cache = "60s")]`, `#[resource("…", cache = "5m")]`,
/// `#[prompt(cache = "1h")]`. For others [`ttl`](Self::ttl) does. `cache = off` keeps the layer away from a function. From
/// 2026-07-28 on, resources tell clients in `ttlMs` for how much longer they are fresh.
///
/// At most [`bytes`](Self::bytes) are kept; the least recently used answers go first. Answers to arguments of more than 64 KiB are
/// not kept. If results depend on something else, such as values of the session, name it with [`vary`](Self::vary).
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::layers::Cache;
/// use mcp_runtime::prelude::*;
///
/// /// Looks up the population of a city, which changes once a day.
/// #[tool(read_only, cache = "1h")]
/// fn population(city: &str) -> usize {
///     city.len() * 100_000
/// }
///
/// let cache = Cache::for_read_only().ttl(Duration::from_secs(60)).bytes(16 * 1024 * 1024);
/// let server = Server::new("cities").layer(cache.clone());
/// assert_eq!(cache.stats().hits, 0);
/// ```
#[derive(Clone)]
pub struct Cache {
    /// For what has no time of its own; `None` if only that is kept which has.
    ttl: Option<Duration>,
    bytes: usize,
    keys: Keys,
    shared: Arc<Shared>,
}

/// What a [`Cache`] has done so far, and what it holds.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::layers::Cache;
///
/// let cache = Cache::for_declared();
/// let shown = cache.clone();
/// let server = Server::new("shop").layer(cache);
/// // Later, for a page of operators:
/// let stats = shown.stats();
/// println!("{} hits, {} misses, {} bytes", stats.hits, stats.misses, stats.bytes);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Calls that were answered without their function.
    pub hits: u64,
    /// Calls whose answer was not there.
    pub misses: u64,
    /// Answers that had to go for others.
    pub evicted: u64,
    /// Answers that are there, stale ones too.
    pub entries: usize,
    /// The bytes that they take.
    pub bytes: usize,
}

struct Shared {
    kept: Lock<Kept<Fresh>>,
    hits: AtomicU64,
    misses: AtomicU64,
    evicted: AtomicU64,
    /// How often lists have changed: tools, prompts, resources.
    lists: [AtomicU64; 3],
    /// How often resources were updated, by the hash of their URI.
    updates: Box<[AtomicU64]>,
    hasher: RandomState,
}

/// An answer that may be stale.
#[derive(Clone)]
struct Fresh {
    answer: Arc<Answer>,
    until: Instant,
    stamp: Stamp,
}

/// How often that was changed which an answer depends on. It is taken before the function runs.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    list: u64,
    updates: u64,
}

impl Cache {
    /// Keeps what tools that are `read_only`, resources and prompts answer, for 60 seconds if they do not say `cache = "…"`.
    pub fn for_read_only() -> Self {
        let shared = Shared {
            kept: Lock::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            evicted: AtomicU64::new(0),
            lists: Default::default(),
            updates: std::iter::repeat_with(AtomicU64::default).take(COUNTERS).collect(),
            hasher: RandomState::new(),
        };
        Self { ttl: Some(TTL), bytes: BYTES, keys: Keys::default(), shared: Arc::new(shared) }
    }

    /// Keeps only what says `cache = "…"`.
    pub fn for_declared() -> Self {
        Self { ttl: None, ..Self::for_read_only() }
    }

    /// How long results are fresh of what does not say `cache = "…"`. Default: 60 seconds.
    #[must_use]
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl: Some(ttl), ..self }
    }

    /// How many bytes are kept at most. Default: 64 MiB.
    #[must_use]
    pub fn bytes(self, most: usize) -> Self {
        Self { bytes: most, ..self }
    }

    /// Lets all callers share answers: no result depends on the caller. The revision 2026-07-28 says so to clients, too
    /// (`cacheScope`).
    #[must_use]
    pub fn public(mut self) -> Self {
        self.keys.is_public = true;
        self
    }

    /// Adds what else results depend on: values of the transport, such as those that a `tower` layer has put into the extensions of the
    /// request. Layers of your own (`around`) are within the cache. What they put in is not there yet, and they do not run for an
    /// answer that is kept; where results depend on them put the cache into [`Group::layers`](crate::Group::layers).
    ///
    /// ```
    /// use mcp_runtime::layers::Cache;
    ///
    /// /// Put into the extensions of the HTTP request.
    /// struct Tenant(String);
    ///
    /// let cache = Cache::for_read_only().vary(|call| {
    ///     call.extension::<Tenant>().map(|tenant| tenant.0.clone()).unwrap_or_default()
    /// });
    /// ```
    #[must_use]
    pub fn vary(mut self, by: impl Fn(&Call) -> String + Send + Sync + 'static) -> Self {
        self.keys.vary = Some(Arc::new(by));
        self
    }

    /// What it has done so far, and what it holds.
    pub fn stats(&self) -> CacheStats {
        let shared = &*self.shared;
        let kept = shared.kept.lock();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheStats {
            hits: count(&shared.hits),
            misses: count(&shared.misses),
            evicted: count(&shared.evicted),
            entries: kept.len(),
            bytes: kept.bytes(),
        }
    }

    /// Drops all that is kept.
    pub fn clear(&self) {
        self.shared.kept.lock().clear();
    }

    /// For how long a call's result is fresh; `None` if it is not kept.
    fn ttl_of(&self, call: &Call) -> Option<Duration> {
        call.cache_ttl().or(self.ttl).filter(|ttl| !ttl.is_zero())
    }
}

impl Shared {
    fn stamp(&self, call: &Call) -> Stamp {
        let list = match call.method() {
            "tools/call" => 0,
            "prompts/get" => 1,
            _ => 2,
        };
        let updates = if list == 2 { self.updates_of(&uri_key(call.target())).load(Ordering::Acquire) } else { 0 };
        Stamp { list: self.lists[list].load(Ordering::Acquire), updates }
    }

    fn updates_of(&self, uri_key: &str) -> &AtomicU64 {
        let hash = self.hasher.hash_one(uri_key);
        &self.updates[(hash % COUNTERS as u64) as usize]
    }

    /// An answer that is fresh still.
    fn get(&self, key: &str, stamp: Stamp, now: Instant) -> Option<Fresh> {
        let mut kept = self.kept.lock();
        let found = kept.get(key)?.clone();
        if found.stamp == stamp && now < found.until {
            return Some(found);
        }
        kept.remove(key);
        None
    }
}

impl Subscriber for Shared {
    fn notice(&self, change: &Change<'_>) {
        let counter = match change.notice {
            Notice::ToolsChanged => &self.lists[0],
            Notice::PromptsChanged => &self.lists[1],
            Notice::ResourcesChanged => &self.lists[2],
            Notice::ResourceUpdated(key) => self.updates_of(key),
        };
        counter.fetch_add(1, Ordering::AcqRel);
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("ttl", &self.ttl).field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for Cache {
    type Service = Cached<S>;

    fn layer(&self, inner: S) -> Cached<S> {
        Cached { cache: self.clone(), place: fresh_place(), is_subscribed: Arc::default(), inner }
    }
}

/// The service that [`Cache`] makes.
#[derive(Clone, Debug)]
pub struct Cached<S> {
    cache: Cache,
    place: Arc<str>,
    /// Whether the cache hears of the server's changes.
    is_subscribed: Arc<AtomicBool>,
    inner: S,
}

impl<S> Service<Call> for Cached<S>
where
    S: Service<Call, Response = Reply, Future: Send + 'static>,
{
    type Response = Reply;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        let keyed = self.cache.ttl_of(&call).and_then(|ttl| Some((ttl, self.cache.keys.key(&self.place, &call)?)));
        let Some((ttl, key)) = keyed else { return Box::pin(self.inner.call(call)) };
        let shared = Arc::clone(&self.cache.shared);
        if !self.is_subscribed.load(Ordering::Acquire) {
            // Twice does no harm: a change that is counted twice is one.
            call.subscribe(&shared);
            self.is_subscribed.store(true, Ordering::Release);
        }
        let (stamp, now) = (shared.stamp(&call), Instant::now());
        let ctx = call.ctx().clone();
        // The answer is the same for all who may have it, but a proxy does not know who may.
        let is_public =
            self.cache.keys.is_public && ctx.inner().entry.as_ref().is_none_or(|entry| entry.policy.is_none());
        if let Some(found) = shared.get(&key, stamp, now) {
            shared.hits.fetch_add(1, Ordering::Relaxed);
            call.count(Event::CacheHit);
            let reply = found.answer.again_for(&ctx.inner().request.id, found.until - now, is_public);
            return Box::pin(async move { Ok(Reply::new(reply)) });
        }
        shared.misses.fetch_add(1, Ordering::Relaxed);
        call.count(Event::CacheMiss);
        let most = self.cache.bytes;
        let questions = ctx.questions();
        let asked_before = questions.load(Ordering::Relaxed);
        let future = self.inner.call(call);
        Box::pin(async move {
            let mut reply = future.await?;
            let id = &ctx.inner().request.id;
            // What an answer of the user has made is for this call alone.
            let has_asked = questions.load(Ordering::Relaxed) != asked_before;
            if reply.outcome() != Outcome::Result || has_asked || ctx.is_withdrawn() {
                return Ok(reply);
            }
            // From here on, so that the result of a slow function is kept, too.
            let Some(until) = Instant::now().checked_add(ttl) else { return Ok(reply) };
            let Some(answer) = Answer::of(id, reply.as_wire()) else { return Ok(reply) };
            if answer.has_ttl() {
                reply = Reply::new(answer.again_for(id, ttl, is_public));
            }
            let bytes = answer.len();
            let fresh = Fresh { answer: Arc::new(answer), until, stamp };
            let gone = shared.kept.lock().put(key, fresh, bytes, most);
            shared.evicted.fetch_add(gone, Ordering::Relaxed);
            Ok(reply)
        })
    }
}
