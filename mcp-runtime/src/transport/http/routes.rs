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
use http::header::{ACCEPT, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tower_service::Service;

use super::answer;
use super::body::Body;
use super::config::MetricsPage;
use super::endpoint::Endpoint;
use super::head::Named;
use super::names::text_of;
#[cfg(feature = "auth")]
use super::resource;
use super::serve::taken_apart;
use super::service::Http;
use crate::call::{Facts, Latch, Principal};
use crate::json_text;
use crate::metrics;
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
    /// What renders `/metrics`, where that is served.
    metrics: Option<MetricsPage>,
    /// A server that is not served here, and whose metrics are.
    observed: Option<Http>,
    /// Raised when that one ends.
    closing: Option<Arc<Latch>>,
}

#[derive(Clone)]
struct Route {
    path: Cow<'static, str>,
    http: Http,
}

impl Http {
    /// Serves several servers on one port, chosen by the path.
    pub fn routes() -> Routes {
        Routes { routes: Arc::default(), probes: true, metrics: None, observed: None, closing: None }
    }

    /// The page `/metrics` of a server for a port of its own, beside `/healthz` and `/readyz`: one that only operators reach. See
    /// [`Routes::metrics`] for what it has. It is ready when the server is; that the server is being shut down it knows of an [`Http`]
    /// that was cloned from the one that is served.
    ///
    /// Nobody is asked for credentials there. On an address of this machine alone only requests for this machine's own names are
    /// let in; on others, requests for any host.
    ///
    /// ```
    /// # use mcp_runtime::{Http, Server};
    /// # async fn example(server: Server) -> std::io::Result<()> {
    /// let metrics = Http::metrics_of(&server).listen("127.0.0.1:9464").await?;
    /// tokio::spawn(metrics.run(mcp_runtime::shutdown_signal()));
    /// server.serve_http("127.0.0.1:3000").await
    /// # }
    /// ```
    pub fn metrics_of(server: impl Into<Self>) -> Routes {
        let server = server.into();
        let live = &server.endpoint().live;
        // With a configuration of its own: who is let in at the server says nothing of who is let in here.
        let observed = Some(Self::from_core(Arc::clone(&live.core)));
        Routes { observed, closing: Some(Arc::clone(&live.closing)), ..Self::routes().metrics() }
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
        let http: Http = server.into();
        #[cfg(feature = "auth")]
        let http = http.at_route(&path);
        self.metrics = self.metrics.or(http.endpoint().config.metrics);
        Arc::make_mut(&mut self.routes).push(Route { path, http });
        self
    }

    /// Adds the page `/metrics`, in the text format of Prometheus: what all servers here have counted. Whoever a server lets in
    /// sees its metrics: the host and origin must be allowed, and the caller known where the server asks who calls. For a port of its
    /// own see [`Http::metrics_of`].
    ///
    /// | Metric, after `mcp_server_` | Labels | |
    /// | --- | --- | --- |
    /// | `operation_duration_seconds` | operation | a histogram, by the semantic conventions of OpenTelemetry |
    /// | `operation_errors_total` | operation, `error_type` | |
    /// | `operations_in_flight`, `operation_panics_total`, `operation_timeouts_total`, `operation_denials_total`, `operation_response_bytes_total`, `last_called_timestamp_seconds` | operation | |
    /// | `http_refused_requests_total` | `http_response_status_code` | |
    /// | `connection_states_total` | `state`: `connecting`, `initializing`, `connected`, `disconnecting`, `closed`, `failed` | |
    /// | `connections` | `transport`: `stdio`, `http`, `memory` | |
    /// | `queued_messages`, `queued_bytes`, `largest_queue_bytes` | | what waits for clients that do not read; the last for one client |
    /// | `kept_streams`, `kept_stream_bytes` | | what sessions keep for clients that resume |
    /// | `rounds`, `round_bytes` | | records of questions without a session |
    /// | `sessions`, `sessions_opened_total`, `streams`, `memory_bytes`, `memory_limit_bytes`, `blocking_calls`, `blocking_calls_waiting`, `dropped_messages_total`, `cache_hits_total`, `cache_misses_total`, `limited_calls_total`, `retried_calls_total`, `start_time_seconds` | | |
    ///
    /// Each has the label `server`, the server's name. An operation has `mcp_method_name` and, where it is one function,
    /// `gen_ai_tool_name`, `gen_ai_prompt_name` or `mcp_resource_uri`. Names that clients make up are no values of labels.
    #[must_use]
    pub fn metrics(mut self) -> Self {
        self.metrics = Some(metrics::render);
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

    /// Lets in requests for any host to the metrics of a server that is not served here.
    pub(super) fn allow_observers(&mut self) {
        self.observed = self.observed.take().map(Http::dangerous_allow_any_host);
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
        facts: Arc<Facts<Parts>>,
        body: B,
        peer: Option<SocketAddr>,
    ) -> Response<Body> {
        match self.endpoint(&facts.head) {
            Some(endpoint) => endpoint.serve(facts, body, peer).await,
            // In a box, so that it does not make every request's future larger.
            None => Box::pin(self.page(&facts.head)).await,
        }
    }

    /// The server at the path of a request.
    pub(super) fn endpoint(&self, parts: &Parts) -> Option<&Endpoint> {
        let path = trimmed(parts);
        self.routes.iter().find(|route| route.serves(path)).map(|route| &**route.http.endpoint())
    }

    /// Answers a request at a path where there is no server.
    pub(super) async fn page(&self, parts: &Parts) -> Response<Body> {
        let path = trimmed(parts);
        let is_asked_for = matches!(parts.method, Method::GET | Method::HEAD);
        if self.probes && is_asked_for {
            match path {
                "/healthz" => return answer::only(StatusCode::OK),
                "/readyz" => return self.readiness(parts).await,
                "/capabilities" if self.observed.is_none() => return self.capabilities(parts).await,
                _ => {}
            }
        }
        #[cfg(feature = "auth")]
        if path.starts_with(resource::WELL_KNOWN) {
            return self.resource_page(parts).unwrap_or_else(|| self.not_found());
        }
        if let Some(render) = self.metrics
            && path == "/metrics"
            && is_asked_for
        {
            return self.metrics_page(render, parts).await;
        }
        self.not_found()
    }

    /// The metadata of the server that the path names, for all whose host it allows.
    #[cfg(feature = "auth")]
    fn resource_page(&self, parts: &Parts) -> Option<Response<Body>> {
        let named = Named::find(&parts.headers);
        let published = || self.servers().filter(|server| server.config.resource.is_published());
        let is_only_one = published().count() == 1;
        published().find_map(|server| {
            // The page says nothing that is not for all, so pages of any origin may read it.
            server.admit(&parts.uri, named.host, Default::default()).ok()?;
            server.config.resource.page(parts, is_only_one, &|| server.live.core.catalog().scopes())
        })
    }

    /// Whether all servers are ready. What each check has found is told on demand, to those whom a server lets in.
    async fn readiness(&self, parts: &Parts) -> Response<Body> {
        let mut is_ready = !self.servers().any(|server| server.live.closing.is_raised())
            && !self.closing.as_ref().is_some_and(|closing| closing.is_raised());
        let mut reports = Vec::new();
        for server in self.servers().chain(self.observed.as_ref().map(|http| &**http.endpoint())) {
            if let Some(readiness) = &server.live.core.catalog().profile().readiness {
                let report = readiness.report().await;
                is_ready &= report.is_ready;
                reports.push((server, report.json));
            }
        }
        let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let wants = |value: &HeaderValue| text_of(value).is_some_and(|text| text.contains("application/json"));
        let asked = parts.uri.query() == Some("verbose") || parts.headers.get(ACCEPT).is_some_and(wants);
        let Some(admitted) = (if asked { self.admitting(parts).await.ok() } else { None }) else {
            return answer::only(status);
        };
        reports.retain(|(server, _)| admitted.iter().any(|(_, one, _)| std::ptr::eq(*one, *server)));
        let checks: Vec<_> = reports.into_iter().map(|(_, json)| json).collect();
        answer::json(status, format!(r#"{{"ready":{is_ready},"checks":[{}]}}"#, checks.join(",")))
    }

    /// What each server offers that admits the request; where there is one server, just that.
    async fn capabilities(&self, parts: &Parts) -> Response<Body> {
        let admitted = match self.admitting(parts).await {
            Ok(admitted) => admitted,
            Err(refusal) => return refusal.answer(),
        };
        let mut offered: Vec<_> =
            admitted.into_iter().map(|(path, server, who)| (path, server.capabilities(&who))).collect();
        let json = if self.routes.len() == 1 { offered.remove(0).1 } else { by_path(&offered) };
        answer::json(StatusCode::OK, json)
    }

    /// The metrics of each server that admits the request.
    async fn metrics_page(&self, render: MetricsPage, parts: &Parts) -> Response<Body> {
        let admitted = match self.admitting(parts).await {
            Ok(admitted) => admitted,
            Err(refusal) => return refusal.answer(),
        };
        let mut servers = admitted.iter().map(|(path, server, _)| (*path, &server.live.core));
        let mut response = answer::only(StatusCode::OK);
        *response.body_mut() = Body::whole(render(&mut servers));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
        response
    }

    /// The servers, with their paths, that let the request in, each with who calls. There is at least one.
    async fn admitting(&self, parts: &Parts) -> Result<Vec<(&str, &Endpoint, Principal)>, Refusal> {
        let named = Named::find(&parts.headers);
        let (mut admitted, mut refusal) = (Vec::new(), Refusal::Forbidden);
        let observed = self.observed.iter().map(|http| ("", &**http.endpoint()));
        for (path, server) in self.routes.iter().map(|route| (&*route.path, &**route.http.endpoint())).chain(observed) {
            if server.admit(&parts.uri, named.host, named.origin).is_err() {
                continue;
            }
            let identified = match &server.config.authenticator {
                Some(authenticator) => authenticator.identify(parts).await,
                None => Ok(parts.extensions.get().cloned().unwrap_or_default()),
            };
            match identified {
                Ok(principal) => admitted.push((path, server, principal)),
                Err(challenge) => refusal = Refusal::Unknown(Box::new(server.refuse(challenge, parts))),
            }
        }
        if admitted.is_empty() { Err(refusal) } else { Ok(admitted) }
    }

    /// Nothing is here; a person who forgot the path is told it.
    fn not_found(&self) -> Response<Body> {
        if self.routes.is_empty() {
            return answer::only(StatusCode::NOT_FOUND);
        }
        let paths: Vec<&str> = self.routes.iter().map(|route| &*route.path).collect();
        let mut response = answer::only(StatusCode::NOT_FOUND);
        *response.body_mut() = Body::whole(format!("Not found. MCP is served at {}\n", paths.join(", ")));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        response
    }
}

/// Why no server admits a request.
enum Refusal {
    Forbidden,
    Unknown(Box<Response<Body>>),
}

impl Refusal {
    fn answer(self) -> Response<Body> {
        match self {
            Self::Forbidden => answer::only(StatusCode::FORBIDDEN),
            Self::Unknown(answer) => *answer,
        }
    }
}

impl Route {
    fn serves(&self, path: &str) -> bool {
        let config = &self.http.endpoint().config;
        let sse = || config.pair && path == beside(&self.path, "/sse");
        #[cfg(feature = "ws")]
        let ws = || config.sockets.is_some() && path == beside(&self.path, "/ws");
        #[cfg(not(feature = "ws"))]
        let ws = || false;
        self.path == path || sse() || ws()
    }
}

/// Where clients of 2024-11-05 connect, or those on WebSocket: beside `/mcp`, or below another path.
fn beside(path: &str, name: &str) -> String {
    if path == "/mcp" { name.to_owned() } else { format!("{}{name}", path.trim_end_matches('/')) }
}

/// The path of a request, without the slash at its end.
fn trimmed(parts: &Parts) -> &str {
    let path = parts.uri.path();
    path.strip_suffix('/').filter(|trimmed| !trimmed.is_empty()).unwrap_or(path)
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
        let (facts, body) = taken_apart(request, None);
        Box::pin(async move { Ok(routes.serve(facts, body, None).await) })
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes.iter().map(|route| &route.path)).finish()
    }
}
