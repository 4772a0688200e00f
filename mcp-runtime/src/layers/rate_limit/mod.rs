//! A limit on how often calls are made.

mod buckets;

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use self::buckets::{Buckets, Quota};
use super::admitted::Admitted;
use super::keyed::{Keys, Per};
use super::refusal::{self, RATE_LIMITED};
use super::{Call, Reply};

/// A limit on how often calls are made: so many in a time, by each principal, address, session or tool.
///
/// `RateLimit::per_principal(100, Duration::from_secs(1))` lets a principal make 100 calls at once, after which one more is free every
/// 10 ms (the generic cell rate algorithm). A tool that is declared with `#[tool(cost = 5)]` counts as five calls.
///
/// A call over the limit is answered with the error [`RATE_LIMITED`](super::RATE_LIMITED), whose data is `{"retryAfterMs": 1500}`. On HTTP
/// without a session the status is 429, with `Retry-After`; in a session it is 200, or the same by [`Http::session_statuses`](crate::Http::session_statuses).
///
/// What counts are calls of tools, resources, prompts and methods of your own, and completion; each round of a call that asks counts.
/// Lists, discovery and subscriptions are free unless [`with_lists`](Self::with_lists) says otherwise: a client that is refused a list
/// takes the server for broken. Calls that another call makes ([`Ctx::call`](crate::Ctx::call)) are free.
///
/// A copy of the layer, such as one for another group, shares its counts.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::layers::RateLimit;
/// use mcp_runtime::prelude::*;
///
/// /// Searches the whole web.
/// #[tool(cost = 5)]
/// async fn search(query: String) -> String {
///     format!("nothing for {query}")
/// }
///
/// let limit = RateLimit::per_principal(100, Duration::from_secs(60)).burst(20);
/// let server = Server::new("shop").layer(limit);
/// ```
#[derive(Clone, Debug)]
pub struct RateLimit(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    per: Per,
    quota: Quota,
    lists: bool,
    keys: Keys,
    buckets: Buckets,
    /// What the clock counts from.
    epoch: Instant,
}

/// How many keys are kept: 5 MB.
const KEYS: usize = 100_000;

impl RateLimit {
    /// `count` calls in each `time` for each principal; for anonymous ones by their address, as far as it is known.
    pub fn per_principal(count: u32, time: Duration) -> Self {
        Self::new(Per::Principal, count, time)
    }

    /// The same for each address of a client: of IPv6 the network. Clients whose address is not known share one limit: those on this
    /// machine, where a proxy may speak for many (see [`ClientAddress`](crate::ClientAddress)), and all that are not on HTTP.
    pub fn per_address(count: u32, time: Duration) -> Self {
        Self::new(Per::Address, count, time)
    }

    /// The same for each session. Requests without a session are counted by principal.
    ///
    /// A client can open a new session whenever it likes: against abuse, count principals or addresses.
    pub fn per_session(count: u32, time: Duration) -> Self {
        Self::new(Per::Session, count, time)
    }

    /// The same for each tool, resource, template and prompt, by all callers together.
    pub fn per_tool(count: u32, time: Duration) -> Self {
        Self::new(Per::Tool, count, time)
    }

    /// The same for all calls together.
    pub fn for_all(count: u32, time: Duration) -> Self {
        Self::new(Per::Server, count, time)
    }

    /// Sets how many calls may be made at once, after a pause. Without it that is the whole count.
    ///
    /// A call that costs more than that counts as so many: it runs when nothing else has.
    #[must_use]
    pub fn burst(self, calls: u32) -> Self {
        self.with(|new| new.quota.burst = calls.max(1))
    }

    /// Sets how many principals (or addresses, sessions, tools) are kept in memory, at some 50 bytes each; 100,000 by default. One that has
    /// made no calls for a while is not kept. When there is no room for another, those go first that could make most calls.
    #[must_use]
    pub fn keys(self, count: usize) -> Self {
        self.with(|new| new.buckets = Buckets::new(count))
    }

    /// Counts lists, discovery and subscriptions, too.
    #[must_use]
    pub fn with_lists(self) -> Self {
        self.with(|new| new.lists = true)
    }

    fn new(per: Per, count: u32, time: Duration) -> Self {
        Self(Arc::new(Shared {
            per,
            quota: Quota::new(count, time),
            lists: false,
            keys: Keys::default(),
            buckets: Buckets::new(KEYS),
            epoch: Instant::now(),
        }))
    }

    /// A layer of other settings, whose counts are its own.
    fn with(self, set: impl FnOnce(&mut Shared)) -> Self {
        let Shared { per, quota, lists, epoch, .. } = *self.0;
        let buckets = Buckets::new(self.0.buckets.limit());
        let mut new = Shared { per, quota, lists, keys: Keys::default(), buckets, epoch };
        set(&mut new);
        Self(Arc::new(new))
    }
}

impl Shared {
    /// The refusal of a call that is over the limit.
    fn refusal(&self, call: &Call) -> Option<Reply> {
        let counts = self.lists || call.is_offered() || call.is_completion();
        if !counts || call.is_nested() {
            return None;
        }
        let now = u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let after = self.buckets.take(self.keys.of(self.per, call), self.quota, call.cost(), now).err()?;
        Some(refusal::later(call.ctx(), RATE_LIMITED, "too many calls", after))
    }
}

impl<S> Layer<S> for RateLimit {
    type Service = RateLimited<S>;

    fn layer(&self, inner: S) -> RateLimited<S> {
        RateLimited { inner, limit: Arc::clone(&self.0) }
    }
}

/// What [`RateLimit`] makes of a service.
#[derive(Clone, Debug)]
pub struct RateLimited<S> {
    inner: S,
    limit: Arc<Shared>,
}

impl<S: Service<Call, Response = Reply>> Service<Call> for RateLimited<S> {
    type Response = Reply;
    type Error = S::Error;
    type Future = Admitted<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> Admitted<S::Future> {
        match self.limit.refusal(&call) {
            None => Admitted::through(self.inner.call(call)),
            Some(refusal) => Admitted::refused(refusal),
        }
    }
}
