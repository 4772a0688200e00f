//! A line in the log for each request.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;
use tracing::callsite::{DefaultCallsite, Identifier};
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::{Level, Metadata};

use super::{Call, Outcome, Reply};
use crate::call::Ctx;
use crate::log::may_be_wanted;
use crate::redact::{Redaction, cut};

/// A line in the log for each request, by `tracing`, at the level `INFO` and under the target `mcp_runtime::request`.
///
/// ```text
/// INFO mcp_runtime::request: request method="tools/call" target="search" principal="ada" client="desk 1.2.0" protocol="2026-07-28"
///     outcome="result" duration_ms=12.402 bytes=1833
/// ```
///
/// A request that was cancelled has the outcome `cancelled`. Texts from outside are quoted, on one line and cut, so that they forge
/// neither a line nor a field.
///
/// The arguments and the result are not logged unless [`payloads`](Self::payloads) asks for them. The values of members that are called
/// like secrets are replaced then: `password`, `passwd`, `passphrase`, `secret`, `token`, `authorization`, `api_key`, `credential`,
/// `cookie`, `private_key`, in any spelling (`apiKey`, `X-Api-Key`) and as parts of names (`db_password`). JSON in texts is searched, too;
/// what else stands in a text is not.
///
/// ```
/// use mcp_runtime::layers::Log;
/// use mcp_runtime::prelude::*;
///
/// let log = Log::new().payloads(500).redact(["iban"]);
/// let server = Server::new("shop").layer(log);
/// ```
#[derive(Clone, Debug)]
pub struct Log(Arc<Settings>);

#[derive(Clone, Debug, Default)]
struct Settings {
    /// How much of the arguments and of the result is logged.
    payloads: Option<usize>,
    redaction: Redaction,
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}

impl Log {
    /// Who has asked for what, and what came of it.
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// Logs the arguments of each call, and its result or error, each cut to so many bytes.
    #[must_use]
    pub fn payloads(mut self, bytes: usize) -> Self {
        Arc::make_mut(&mut self.0).payloads = Some(bytes);
        self
    }

    /// Adds names of members whose values are not to be logged. Case, `_` and `-` do not matter, and a longer name that has one of them in
    /// it counts, too.
    #[must_use]
    pub fn redact<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        Arc::make_mut(&mut self.0).redaction.add(names);
        self
    }
}

impl<S> Layer<S> for Log {
    type Service = Logged<S>;

    fn layer(&self, inner: S) -> Logged<S> {
        Logged { inner, settings: Arc::clone(&self.0) }
    }
}

/// What [`Log`] makes of a service.
#[derive(Clone, Debug)]
pub struct Logged<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S: Service<Call, Response = Reply>> Service<Call> for Logged<S> {
    type Response = Reply;
    type Error = S::Error;
    type Future = LoggedCall<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: Call) -> LoggedCall<S::Future> {
        let line = may_be_wanted(&ANY).then(|| Line {
            ctx: call.ctx().clone(),
            settings: Arc::clone(&self.settings),
            began: Instant::now(),
            is_nested: call.is_nested(),
        });
        LoggedCall { line: Ending(line), inner: self.inner.call(call) }
    }
}

pin_project! {
    /// The future of a call that is logged when it ends.
    #[must_use = "a call runs while its future is polled"]
    pub struct LoggedCall<F> {
        #[pin]
        inner: F,
        line: Ending,
    }
}

/// The line of a call, which was cancelled if it is dropped before it has ended. `None` once it is logged, and where nobody listens.
struct Ending(Option<Line>);

impl<F: Future<Output = Result<Reply, E>>, E> Future for LoggedCall<F> {
    type Output = Result<Reply, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let replied = ready!(this.inner.poll(cx));
        if let Some(line) = this.line.0.take() {
            match &replied {
                Ok(reply) => line.write(reply.outcome(), Some(reply)),
                // What is within has failed, and its client is told no more than that.
                Err(_) => line.write(Outcome::Error(mcp_proto::wire::Code::INTERNAL.0), None),
            }
        }
        Poll::Ready(replied)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(line) = self.0.take() {
            line.write(Outcome::Cancelled, None);
        }
    }
}

impl<F> fmt::Debug for LoggedCall<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoggedCall")
    }
}

/// The target of the lines.
const TARGET: &str = "mcp_runtime::request";

/// What a subscriber is asked: whether it wants any of the lines.
static ANY: DefaultCallsite = DefaultCallsite::new(&ANY_LINE);

static ANY_LINE: Metadata<'static> =
    Metadata::new("request", TARGET, Level::INFO, None, None, None, FieldSet::new(&[], Identifier(&ANY)), Kind::EVENT);

/// How many bytes of a text from outside stand in a line: those of a URI may be as many as those of a message.
const TEXT: usize = 256;

/// What is logged of a call.
struct Line {
    ctx: Ctx,
    settings: Arc<Settings>,
    began: Instant,
    is_nested: bool,
}

impl Line {
    fn write(self, outcome: Outcome, reply: Option<&Reply>) {
        let request = &self.ctx.inner().request;
        let method = cut(request.method.as_str(), TEXT);
        let target = request.name().or_else(|| request.uri()).map(|target| cut(target, TEXT));
        let principal = self.ctx.principal().subject().map(|subject| cut(subject, TEXT));
        let client = self.ctx.client();
        let client = (!client.name.is_empty())
            .then(|| cut(format!("{} {}", client.name, client.version).trim_end(), TEXT).into_owned());
        let shown = |json| self.settings.payloads.map(|bytes| self.settings.redaction.show(json, bytes));
        let arguments = shown(request.arguments_json());
        let answer = reply.and_then(|reply| shown(reply.result_json().or_else(|| reply.error_json())?));
        let outcome = outcome.to_string();
        tracing::info!(
            target: TARGET,
            method = &*method,
            target = target.as_deref(),
            nested = self.is_nested.then_some(true),
            principal = principal.as_deref(),
            client = client.as_deref(),
            protocol = self.ctx.protocol().as_str(),
            outcome = &*outcome,
            duration_ms = self.began.elapsed().as_micros() as f64 / 1_000.0,
            bytes = reply.map_or(0, Reply::len),
            arguments = arguments.as_deref(),
            answer = answer.as_deref(),
            "request",
        );
    }
}
