//! A limit on how many calls run at a time.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use mcp_proto::hash::Fold;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_layer::Layer;
use tower_service::Service;

use super::keyed::{Keys, Per};
use super::refusal::{self, BUSY};
use super::{Call, Reply};
use crate::lock::Lock;

/// A limit on how many calls run at a time: in the server, of each tool, or of each principal.
///
/// A call beyond that waits in a queue, first come, first served. If the queue is full, or the call has waited for too long, it is
/// answered with the error [`BUSY`](super::BUSY), whose data is `{"retryAfterMs": 1000}`. On HTTP without a session the status is 503, with
/// `Retry-After`; in a session it is 200, or the same by [`Http::session_statuses`](crate::Http::session_statuses).
///
/// What counts are calls of tools, resources, prompts and methods of your own. Lists, discovery and subscriptions do not, nor do calls
/// that another call makes ([`Ctx::call`](crate::Ctx::call)), which would wait for it. A call that waits for an answer of its client in a
/// session keeps its permit.
///
/// A copy of the layer, such as one for another group, shares its permits.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::layers::Concurrency;
/// use mcp_runtime::prelude::*;
///
/// let limit = Concurrency::per_principal(4).queue(16).patience(Duration::from_secs(2));
/// let server = Server::new("shop").layer(limit);
/// ```
#[derive(Clone, Debug)]
pub struct Concurrency(Arc<Shared>);

struct Shared {
    settings: Settings,
    keys: Keys,
    /// Those that have calls.
    rooms: Lock<HashMap<u128, Room, Fold>>,
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    per: Per,
    permits: usize,
    queue: usize,
    patience: Duration,
}

/// The calls that are counted together.
struct Room {
    permits: Arc<Semaphore>,
    /// How many have a permit, or wait for one.
    calls: usize,
    waiting: usize,
}

/// After what time a call that was refused may be made again: when one ends cannot be known.
const AGAIN: Duration = Duration::from_secs(1);

impl Concurrency {
    /// `permits` calls at a time in the server, or wherever the layer is; at least 1.
    pub fn for_all(permits: usize) -> Self {
        Self::new(Per::Server, permits)
    }

    /// `permits` calls at a time of each tool, resource, template and prompt.
    pub fn per_tool(permits: usize) -> Self {
        Self::new(Per::Tool, permits)
    }

    /// `permits` calls at a time of each principal; for anonymous ones by their address, as far as it is known.
    pub fn per_principal(permits: usize) -> Self {
        Self::new(Per::Principal, permits)
    }

    /// Sets how many calls may wait in each queue; 100 by default. With 0 none does.
    #[must_use]
    pub fn queue(self, calls: usize) -> Self {
        Self::of(Settings { queue: calls, ..self.0.settings })
    }

    /// Sets how long a call may wait; 10 seconds by default.
    #[must_use]
    pub fn patience(self, time: Duration) -> Self {
        Self::of(Settings { patience: time, ..self.0.settings })
    }

    fn new(per: Per, permits: usize) -> Self {
        let permits = permits.clamp(1, Semaphore::MAX_PERMITS);
        Self::of(Settings { per, permits, queue: 100, patience: Duration::from_secs(10) })
    }

    fn of(settings: Settings) -> Self {
        Self(Arc::new(Shared { settings, keys: Keys::default(), rooms: Lock::default() }))
    }
}

/// A call that has a permit, or waits for one.
struct Seat {
    shared: Arc<Shared>,
    key: u128,
    permit: Option<OwnedSemaphorePermit>,
}

impl Seat {
    /// Comes in, with a permit if there is one. `None` if not even the queue has room.
    fn take(shared: &Arc<Shared>, key: u128) -> Option<(Self, Arc<Semaphore>)> {
        let settings = shared.settings;
        let mut rooms = shared.rooms.lock();
        let new = || Room { permits: Arc::new(Semaphore::new(settings.permits)), calls: 0, waiting: 0 };
        let room = rooms.entry(key).or_insert_with(new);
        let permit = Arc::clone(&room.permits).try_acquire_owned().ok();
        if permit.is_none() {
            if room.waiting >= settings.queue {
                return None;
            }
            room.waiting += 1;
        }
        room.calls += 1;
        let permits = Arc::clone(&room.permits);
        drop(rooms);
        Some((Self { shared: Arc::clone(shared), key, permit }, permits))
    }

    /// Waits for a permit. Whether it has one.
    async fn wait(&mut self, permits: Arc<Semaphore>) -> bool {
        if self.permit.is_some() {
            return true;
        }
        let waited = tokio::time::timeout(self.shared.settings.patience, permits.acquire_owned()).await;
        // The semaphore is never closed.
        let Ok(Ok(permit)) = waited else { return false };
        self.permit = Some(permit);
        if let Some(room) = self.shared.rooms.lock().get_mut(&self.key) {
            room.waiting -= 1;
        }
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let has_waited_in_vain = self.permit.is_none();
        // Whoever waits has it from here on.
        drop(self.permit.take());
        let mut rooms = self.shared.rooms.lock();
        let Some(room) = rooms.get_mut(&self.key) else { return };
        room.calls -= 1;
        room.waiting -= usize::from(has_waited_in_vain);
        if room.calls == 0 {
            rooms.remove(&self.key);
        }
    }
}

impl<S> Layer<S> for Concurrency {
    type Service = Limited<S>;

    fn layer(&self, inner: S) -> Limited<S> {
        Limited { inner, limit: Arc::clone(&self.0) }
    }
}

/// What [`Concurrency`] makes of a service.
#[derive(Clone, Debug)]
pub struct Limited<S> {
    inner: S,
    limit: Arc<Shared>,
}

impl<S> Service<Call> for Limited<S>
where
    S: Service<Call, Response = Reply, Error: 'static, Future: Send> + Clone + Send + 'static,
{
    type Response = Reply;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        // The one that is ready is this one, not its copy.
        let copy = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, copy);
        if !call.is_offered() || call.is_nested() {
            return Box::pin(inner.call(call));
        }
        let limit = Arc::clone(&self.limit);
        Box::pin(async move {
            let seat = Seat::take(&limit, limit.keys.of(limit.settings.per, &call));
            let Some((mut seat, permits)) = seat else {
                return Ok(refusal::later(call.ctx(), BUSY, "too many calls are running and waiting", AGAIN));
            };
            if !seat.wait(permits).await {
                return Ok(refusal::later(call.ctx(), BUSY, "too many calls are running", AGAIN));
            }
            let reply = inner.call(call).await;
            drop(seat);
            reply
        })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}
