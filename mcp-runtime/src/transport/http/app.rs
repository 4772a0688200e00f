//! What a listener serves, which may not be there yet.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::header::{HeaderValue, RETRY_AFTER};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use tokio::sync::{Notify, Semaphore};

use super::answer;
use super::body::Body;
use super::routes::Routes;
use crate::call::Facts;
use crate::meter::Gauge;
use crate::wait::until;

/// For how long, and how many, requests are held that come while the program starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    /// Clients call the moment a port opens, and most give up on the first 503.
    pub(crate) time: Duration,
    /// Each may bring a head, and on HTTP/2 as much of a body as fits into the window of its connection, a megabyte.
    pub(crate) requests: usize,
}

impl Default for Hold {
    fn default() -> Self {
        Self { time: Duration::from_secs(10), requests: 256 }
    }
}

/// What a listener serves, once it is there. Until then requests wait for it.
#[derive(Debug)]
pub(super) struct App {
    routes: OnceLock<Routes>,
    /// Tells the requests that are held.
    is_there: Notify,
    hold: Hold,
    held: Semaphore,
    /// The connections of the listener.
    pub(super) connections: Gauge,
}

impl App {
    /// Nothing to serve yet. Requests are held within these limits until there is.
    pub(super) fn new(hold: Hold) -> Self {
        let held = Semaphore::new(hold.requests.min(Semaphore::MAX_PERMITS));
        Self { routes: OnceLock::new(), is_there: Notify::new(), hold, held, connections: Gauge::default() }
    }

    /// From now on this is served. It is said once.
    pub(super) fn set(&self, routes: Routes) {
        routes.servers().for_each(|server| server.live.core.meters().listens(&self.connections));
        let _ = self.routes.set(routes);
        self.is_there.notify_waiters();
    }

    /// What is served, if it is there.
    pub(super) fn get(&self) -> Option<&Routes> {
        self.routes.get()
    }

    /// Answers a request that came from this address, where the other side has one.
    ///
    /// The future is in a box. hyper copies the future of each request to a place of its connection, which is in no cache when many
    /// connections take turns. The memory of a box was used by the request before, and is.
    pub(super) fn serve<'a, B: http_body::Body<Data: Send, Error: Send> + Send + 'a>(
        &'a self,
        facts: Arc<Facts<Parts>>,
        body: B,
        peer: Option<SocketAddr>,
    ) -> Pin<Box<dyn Future<Output = Response<Body>> + Send + 'a>> {
        let Some(routes) = self.get() else { return Box::pin(self.hold(facts, body, peer)) };
        match routes.endpoint(&facts.head) {
            Some(endpoint) => Box::pin(endpoint.serve(facts, body, peer)),
            None => Box::pin(async move { routes.page(&facts.head).await }),
        }
    }

    /// Answers a request as long as the program starts.
    async fn hold<B: http_body::Body>(
        &self,
        facts: Arc<Facts<Parts>>,
        body: B,
        peer: Option<SocketAddr>,
    ) -> Response<Body> {
        if matches!(facts.head.method, Method::GET | Method::HEAD) {
            match facts.head.uri.path() {
                "/healthz" => return answer::only(StatusCode::OK),
                "/readyz" => return not_ready(),
                _ => {}
            }
        }
        if let Ok(_held) = self.held.try_acquire()
            && let Ok(routes) = tokio::time::timeout(self.hold.time, self.wait()).await
        {
            return routes.serve(facts, body, peer).await;
        }
        if body.is_end_stream() { not_ready() } else { answer::closing(not_ready()) }
    }

    /// Waits until there is something to serve.
    async fn wait(&self) -> &Routes {
        until(&self.is_there, || self.get()).await
    }

    /// How many requests are held.
    #[cfg(all(test, feature = "cli"))]
    pub(super) fn held(&self) -> usize {
        self.hold.requests - self.held.available_permits()
    }
}

/// Still starting: alive, and not ready.
fn not_ready() -> Response<Body> {
    let mut starting = answer::only(StatusCode::SERVICE_UNAVAILABLE);
    starting.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    starting
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use http::Request;

    use super::super::serve::taken_apart;
    use super::*;
    use crate::transport::http::Http;

    /// Asks for a page.
    fn get(app: &App, page: &str) -> impl Future<Output = Response<Body>> {
        let request = Request::get(page).header("Host", "localhost").body(Body::empty()).expect("a request");
        let peer = Some(([127, 0, 0, 1], 1).into());
        let (facts, body) = taken_apart(request, peer);
        app.serve(facts, body, peer)
    }

    /// The most bytes of an allocation that glibc keeps at hand for the next one.
    const AT_HAND: usize = 1032;

    #[test]
    fn the_future_of_a_request_is_small() {
        let app = App::new(Hold::default());
        app.set(routes());
        let request = Request::post("/mcp").body(Body::empty()).expect("a request");
        let (facts, body) = taken_apart(request, None);
        let size = size_of_val(&*app.serve(facts, body, None));
        assert!(size <= AT_HAND, "{size}");
    }

    fn routes() -> Routes {
        Http::routes().route("/mcp", crate::Server::empty("late").build().expect("a server"))
    }

    fn is_held(answer: impl Future<Output = Response<Body>>) -> bool {
        pin!(answer).poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    #[tokio::test]
    async fn a_request_waits_until_there_is_something_to_serve() {
        let app = App::new(Hold::default());
        let mut waiting = pin!(get(&app, "/mcp"));
        assert!(is_held(waiting.as_mut()));
        for (page, status) in [("/healthz", 200), ("/readyz", 503)] {
            assert_eq!(get(&app, page).await.status(), status, "{page}");
        }
        app.set(routes());
        assert_eq!(waiting.await.status(), 400);
        assert_eq!(get(&app, "/readyz").await.status(), 200);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_has_waited_for_too_long_is_told_to_come_back() {
        for hold in [Hold::default(), Hold { time: Duration::from_secs(60), ..Hold::default() }] {
            let (app, began) = (App::new(hold), tokio::time::Instant::now());
            let refused = get(&app, "/mcp").await;
            assert_eq!((refused.status(), began.elapsed()), (StatusCode::SERVICE_UNAVAILABLE, hold.time));
            assert!(refused.headers().contains_key(RETRY_AFTER));
        }
    }

    #[tokio::test]
    async fn only_so_many_requests_wait() {
        let app = Arc::new(App::new(Hold { requests: 3, ..Hold::default() }));
        let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(get(&app, "/mcp"))).collect();
        assert!(waiting.iter_mut().all(|waiting| is_held(waiting.as_mut())));
        let refused = pin!(get(&app, "/mcp")).poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(refused.map(|answer| answer.status()), Poll::Ready(StatusCode::SERVICE_UNAVAILABLE));
        // One that goes away makes room.
        waiting.pop();
        let mut next = pin!(get(&app, "/mcp"));
        assert_eq!(next.as_mut().poll(&mut Context::from_waker(Waker::noop())).map(drop), Poll::Pending);
    }
}
