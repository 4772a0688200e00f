//! Several servers on one port, and the pages beside them.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tower_service::Service;

use super::answer;
use super::authenticate::Challenge;
use super::body::Body;
use super::endpoint::Endpoint;
use super::head::Named;
use super::serve::taken_apart;
use super::service::Http;
use crate::json_text;
use crate::order::order;

/// Several servers on one port, chosen by the path: `Http::routes().route("/shop", shop).route("/weather", weather)`.
///
/// It is a `tower::Service`, like each of them, and [`listen`](Self::listen) makes it a server of its own. It adds three pages
/// for operators: `/healthz` answers while the process runs, `/readyz` is 503 while it starts and while it shuts down, and
/// `/capabilities` lists the items of the servers, for the hosts and origins that they allow.
///
/// ```standalone_crate
/// use mcp_runtime::prelude::*;
///
/// static SHOP: Group = Group::new("shop").version("1.0.0");
/// static WEATHER: Group = Group::new("weather").version("1.0.0");
///
/// /// What a thing costs, in cents.
/// #[tool(group = SHOP)]
/// fn price(item: &str) -> u32 {
///     item.len() as u32 * 100
/// }
///
/// /// What the weather will be.
/// #[tool(group = WEATHER)]
/// fn forecast() -> &'static str {
///     "fair"
/// }
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shop = Server::of(&SHOP).build()?;
/// let weather = Server::of(&WEATHER).build()?;
/// let listening =
///     Http::routes().route("/shop", shop).route("/weather", weather).listen("127.0.0.1:0").await?;
/// # listening.run(async {}).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Routes {
    routes: Arc<Vec<Route>>,
    probes: bool,
}

#[derive(Clone)]
struct Route {
    path: Cow<'static, str>,
    http: Http,
}

impl Http {
    /// Serves several servers on one port, chosen by the path.
    pub fn routes() -> Routes {
        Routes { routes: Arc::default(), probes: true }
    }
}

impl Routes {
    /// Serves a server at a path: a [`Server`](crate::Server), or an [`Http`] that is set up.
    ///
    /// # Panics
    /// If the path does not begin with a slash, or is taken.
    #[must_use]
    #[track_caller]
    pub fn route(mut self, path: impl Into<Cow<'static, str>>, server: impl Into<Http>) -> Self {
        let path = path.into();
        assert!(path.starts_with('/'), "the path `{path}` must begin with a slash: `/{path}`");
        let taken = self.routes.iter().any(|route| route.path == path);
        assert!(!taken, "there is a server at `{path}` already; give this one another path");
        Arc::make_mut(&mut self.routes).push(Route { path, http: server.into() });
        self
    }

    /// Leaves out `/healthz`, `/readyz` and `/capabilities`.
    #[must_use]
    pub fn without_probes(mut self) -> Self {
        self.probes = false;
        self
    }

    /// Begins a graceful shutdown of all servers, as [`Http::close`] does.
    pub fn close(&self) {
        self.servers().for_each(Endpoint::close);
    }

    pub(super) fn servers(&self) -> impl Iterator<Item = &Endpoint> {
        self.routes.iter().map(|route| &**route.http.endpoint())
    }

    /// Lets in requests for this host too, at all servers.
    pub(super) fn allow_host(&mut self, host: &str) {
        for Route { http, .. } in Arc::make_mut(&mut self.routes) {
            *http = http.clone().guard_for(host);
        }
    }

    /// Whether some server lets in requests for names of this machine only.
    pub(super) fn is_for_this_machine_only(&self) -> bool {
        self.servers().any(|server| server.config.guard.is_loopback())
    }

    /// Whether some server lets in requests for any host.
    pub(super) fn is_for_any_host(&self) -> bool {
        self.servers().any(|server| server.config.guard.is_for_any_host())
    }

    /// Answers a request; one that came over a connection of our own with the address of the other side.
    pub(super) async fn serve<B: http_body::Body>(
        &self,
        request: Request<B>,
        peer: Option<SocketAddr>,
    ) -> Response<Body> {
        let path = request.uri().path();
        let trimmed = path.strip_suffix('/').filter(|trimmed| !trimmed.is_empty()).unwrap_or(path);
        if let Some(route) = self.routes.iter().find(|route| route.serves(trimmed)) {
            let (facts, body) = taken_apart(request);
            return route.http.endpoint().serve(facts, body, peer).await;
        }
        if self.probes && matches!(*request.method(), Method::GET | Method::HEAD) {
            match trimmed {
                "/healthz" => return answer::empty(StatusCode::OK),
                "/readyz" => return answer::empty(self.readiness()),
                "/capabilities" => return Box::pin(self.capabilities(request.into_parts().0)).await,
                _ => {}
            }
        }
        self.not_found()
    }

    fn readiness(&self) -> StatusCode {
        let closing = self.servers().any(|server| server.live.closing.is_raised());
        if closing { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
    }

    /// What each server offers that lets the request in, and knows who calls; where there is one server, just that.
    async fn capabilities(&self, parts: Parts) -> Response<Body> {
        let named = Named::find(&parts.headers);
        let (mut admitted, mut unknown): (Vec<(&str, Bytes)>, _) = (Vec::new(), None);
        for route in self.routes.iter() {
            let server = route.http.endpoint();
            if server.admit(&parts.uri, named.host, named.origin).is_err() {
                continue;
            }
            if let Some(authenticator) = &server.config.authenticator
                && let Err(challenge) = authenticator.identify(&parts).await
            {
                unknown = Some(challenge);
            } else {
                admitted.push((&route.path, server.capabilities()));
            }
        }
        let json = match (admitted.len(), self.routes.len()) {
            (0, _) => return unknown.map_or_else(|| answer::empty(StatusCode::FORBIDDEN), Challenge::answer),
            (1, 1) => admitted.remove(0).1,
            _ => by_path(&admitted),
        };
        answer::json(StatusCode::OK, json)
    }

    /// Nothing is here; a person who forgot the path is told it.
    fn not_found(&self) -> Response<Body> {
        let paths: Vec<&str> = self.routes.iter().map(|route| &*route.path).collect();
        let mut response = answer::empty(StatusCode::NOT_FOUND);
        *response.body_mut() = Body::whole(format!("Not found. MCP is served at {}\n", paths.join(", ")));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        response
    }
}

impl Route {
    fn serves(&self, path: &str) -> bool {
        let sse = || self.http.endpoint().config.pair && path == sse_path(&self.path);
        self.path == path || sse()
    }
}

/// Where clients of 2024-11-05 connect: beside `/mcp`, or below another path.
fn sse_path(path: &str) -> String {
    if path == "/mcp" { "/sse".to_owned() } else { format!("{}/sse", path.trim_end_matches('/')) }
}

fn by_path(servers: &[(&str, Bytes)]) -> Bytes {
    let member = |index: usize| {
        let (path, json) = &servers[index];
        Some(format!("{}:{}", json_text::string(path), std::str::from_utf8(json).ok()?))
    };
    let sorted = order(servers.len(), &|a, b| servers[a].0.cmp(servers[b].0));
    let members: Vec<String> = sorted.into_iter().filter_map(member).collect();
    format!("{{{}}}", members.join(",")).into()
}

impl<B> Service<Request<B>> for Routes
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let routes = self.clone();
        Box::pin(async move { Ok(routes.serve(request, None).await) })
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes.iter().map(|route| &route.path)).finish()
    }
}
