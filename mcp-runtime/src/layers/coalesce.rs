//! Runs equal reading calls once, that come at the same time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use mcp_proto::hash::Fold;
use mcp_proto::types::uri_key;
use tokio::sync::watch;
use tower_layer::Layer;
use tower_service::Service;

use super::cache::Answer;
use super::key::{Keys, fresh_place};
use crate::bus::{Change, Notice, Subscriber};
use crate::gate::ring::{Call, Outcome, Reply};
use crate::lock::Lock;

/// How many calls wait for one that runs, by default.
const WAITERS: usize = 1024;

/// The layer that runs equal calls once which come at the same time and only read: of tools that are `read_only`, of resources
/// and of prompts. The others wait, and get the same answer. Feature `layers`.
///
/// Calls are equal as for [`Cache`](super::Cache): same method, target, arguments, revision and, unless it is
/// [`public`](Self::public), caller. If the call that runs is cancelled, one that waits runs in its place. Calls that other calls make do not wait. A call that asks the
/// client something shares no answer: those that wait run by themselves. Progress and logs go to the client of the call that runs.
/// A call that comes after the server has said that the resource, or a list, has changed does not wait for one that began before.
///
/// ```
/// use mcp_runtime::layers::{Cache, Coalesce};
/// use mcp_runtime::prelude::*;
///
/// let server = Server::new("shop").layer(Cache::for_read_only()).layer(Coalesce::for_read_only());
/// ```
#[derive(Clone)]
pub struct Coalesce {
    keys: Keys,
    waiters: usize,
    flights: Arc<Flights>,
}

/// The calls that run, by their keys.
#[derive(Default)]
struct Flights(Lock<HashMap<Arc<str>, Flight, Fold>>);

/// A call that runs.
struct Flight {
    landing: Arc<Landing>,
    /// How many have waited for it.
    waiters: usize,
    /// The key of the URI that it reads.
    uri: Option<Box<str>>,
}

/// Where those who wait for a call learn what became of it. Most calls have none: there is no channel then.
type Landing = OnceLock<watch::Sender<Landed>>;

/// What became of a call that others wait for.
#[derive(Clone)]
enum Landed {
    NotYet,
    /// The answer, and with what the function has failed, as the call has it.
    With(Arc<Answer>, u8),
    /// Its answer is for its caller alone.
    Alone,
}

/// What a call is to do.
enum Role {
    Lead(Lead),
    Wait(watch::Receiver<Landed>),
    Alone,
}

/// A call that others may wait for. Dropped, it lets one of them run.
struct Lead {
    key: Arc<str>,
    flights: Arc<Flights>,
    landing: Arc<Landing>,
    /// Whether it is over: nobody waits for it any more.
    has_landed: bool,
}

impl Lead {
    /// Nobody else waits from now on. How to tell those who do, if there are any.
    fn land(&mut self) -> Option<&watch::Sender<Landed>> {
        self.has_landed = true;
        let mut flights = self.flights.0.lock();
        // A later one with its key is another's.
        if flights.get(&self.key).is_some_and(|flight| Arc::ptr_eq(&flight.landing, &self.landing)) {
            flights.remove(&self.key);
        }
        drop(flights);
        self.landing.get()
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        // Before its sender is gone: those who wait then find no flight.
        if !self.has_landed {
            self.land();
        }
    }
}

impl Subscriber for Flights {
    /// What is called after a change does not get the answer of what was called before.
    fn notice(&self, change: &Change<'_>) {
        match change.notice {
            Notice::ResourceUpdated(key) => self.0.lock().retain(|_, flight| flight.uri.as_ref() != Some(key)),
            Notice::ToolsChanged | Notice::PromptsChanged | Notice::ResourcesChanged => self.0.lock().clear(),
        }
    }
}

impl Coalesce {
    /// Runs equal calls once, of tools that are `read_only`, of resources and of prompts.
    pub fn for_read_only() -> Self {
        Self { keys: Keys::default(), waiters: WAITERS, flights: Arc::default() }
    }

    /// How many calls wait for one that runs; more run by themselves. Default: 1024.
    #[must_use]
    pub fn waiters(self, most: usize) -> Self {
        Self { waiters: most, ..self }
    }

    /// Lets all callers share answers: no result depends on the caller.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.keys.is_public = true;
        self
    }

    /// Adds what else results depend on: see [`Cache::vary`](super::Cache::vary).
    #[must_use]
    pub fn vary(mut self, by: impl Fn(&Call) -> String + Send + Sync + 'static) -> Self {
        self.keys.vary = Some(Arc::new(by));
        self
    }

    fn role(&self, key: &Arc<str>, call: &Call) -> Role {
        let mut flights = self.flights.0.lock();
        let vacant = match flights.entry(Arc::clone(key)) {
            Entry::Vacant(vacant) => vacant,
            Entry::Occupied(flight) => {
                let flight = flight.into_mut();
                if flight.waiters >= self.waiters {
                    return Role::Alone;
                }
                flight.waiters += 1;
                return Role::Wait(flight.landing.get_or_init(|| watch::Sender::new(Landed::NotYet)).subscribe());
            }
        };
        let landing = Arc::<Landing>::default();
        let uri = (call.method() == "resources/read").then(|| uri_key(call.target()).into());
        vacant.insert(Flight { landing: Arc::clone(&landing), waiters: 0, uri });
        Role::Lead(Lead { key: Arc::clone(key), flights: Arc::clone(&self.flights), landing, has_landed: false })
    }
}

impl fmt::Debug for Coalesce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coalesce").field("running", &self.flights.0.lock().len()).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for Coalesce {
    type Service = Coalesced<S>;

    fn layer(&self, inner: S) -> Coalesced<S> {
        Coalesced { coalesce: self.clone(), place: fresh_place(), is_subscribed: Arc::default(), inner }
    }
}

/// The service that [`Coalesce`] makes.
#[derive(Clone, Debug)]
pub struct Coalesced<S> {
    coalesce: Coalesce,
    place: Arc<str>,
    /// Whether the layer hears of the server's changes.
    is_subscribed: Arc<AtomicBool>,
    inner: S,
}

impl<S> Service<Call> for Coalesced<S>
where
    S: Service<Call, Response = Reply, Future: Send + 'static> + Clone + Send + 'static,
{
    type Response = Reply;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        // Two calls that make each other's would wait for each other.
        let key = if call.is_nested() { None } else { self.coalesce.keys.key(&self.place, &call) };
        let Some(key) = key else { return Box::pin(self.inner.call(call)) };
        if !self.is_subscribed.load(Ordering::Acquire) {
            call.subscribe(&self.coalesce.flights);
            self.is_subscribed.store(true, Ordering::Release);
        }
        // The one that is ready, in case the call runs.
        let other = self.inner.clone();
        let (mut inner, coalesce) = (std::mem::replace(&mut self.inner, other), self.coalesce.clone());
        Box::pin(async move {
            let ctx = call.ctx().clone();
            let id = &ctx.inner().request.id;
            loop {
                let mut landed = match coalesce.role(&key, &call) {
                    Role::Alone => return inner.call(call).await,
                    Role::Lead(mut lead) => {
                        let questions = ctx.questions();
                        let asked_before = questions.load(Ordering::Relaxed);
                        let reply = inner.call(call).await?;
                        // Those who wait run one of them instead.
                        if ctx.is_withdrawn() {
                            return Ok(reply);
                        }
                        let Some(waiting) = lead.land() else { return Ok(reply) };
                        let has_asked = questions.load(Ordering::Relaxed) != asked_before
                            || reply.outcome() == Outcome::InputRequired;
                        let answer = Answer::of(id, reply.as_wire()).filter(|_| !has_asked);
                        let landed = answer.map_or(Landed::Alone, |answer| {
                            Landed::With(Arc::new(answer), ctx.first_run().inner().failed.get())
                        });
                        waiting.send_replace(landed);
                        return Ok(reply);
                    }
                    Role::Wait(landed) => landed,
                };
                // It fails where the call that ran was dropped.
                let landed =
                    landed.wait_for(|landed| !matches!(landed, Landed::NotYet)).await.map(|landed| landed.clone());
                match landed {
                    Ok(Landed::With(answer, failed)) => {
                        ctx.first_run().inner().failed.set(failed);
                        return Ok(Reply::new(answer.again(id)));
                    }
                    Ok(Landed::Alone) => return inner.call(call).await,
                    Ok(Landed::NotYet) | Err(_) => {}
                }
            }
        })
    }
}
