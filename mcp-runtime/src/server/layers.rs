//! Layers around what a server offers.

use std::future::Future;

use super::ServerBuilder;
use crate::layers::{Call, Layers, Next, Reply, Seen};
use crate::registry::Group;

impl ServerBuilder {
    /// Puts a [layer](crate::layers) around all that the server offers, within those that were given before.
    ///
    /// ```
    /// use mcp_runtime::layers::{Call, Next};
    /// use mcp_runtime::prelude::*;
    ///
    /// let server = Server::new("shop").around(async |call: Call, next: Next| {
    ///     let target = call.target().to_owned();
    ///     let reply = next.run(call).await;
    ///     tracing::info!(target, outcome = %reply.outcome(), bytes = reply.len());
    ///     reply
    /// });
    /// ```
    #[must_use]
    pub fn around<F, Fut>(mut self, layer: F) -> Self
    where
        F: Fn(Call, Next) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Reply> + Send + 'static,
    {
        let layers = &mut self.plan.profile.rings.layers;
        *layers = std::mem::take(layers).around(layer);
        self
    }

    /// Puts a `tower` layer over `Service<Call, Response = Reply>` around all that the server offers: see
    /// [`Layers::layer`].
    #[cfg(feature = "layers")]
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: tower_layer::Layer<Next> + Send + Sync + 'static,
        L::Service: tower_service::Service<
                Call,
                Response = Reply,
                Error: Into<Box<dyn std::error::Error + Send + Sync>>,
                Future: Send,
            > + Clone
            + Send
            + Sync
            + 'static,
    {
        let layers = &mut self.plan.profile.rings.layers;
        *layers = std::mem::take(layers).layer(layer);
        self
    }

    /// Puts the layer [`Trace`](crate::layers::Trace) around all that the server offers, and sends what is left to the collector when the server stops.
    #[cfg(feature = "otel")]
    #[must_use]
    pub fn trace(self, trace: crate::layers::Trace) -> Self {
        let last = trace.clone();
        self.layer(trace).on_stop(async move |_| last.flush().await)
    }

    /// Tells a function of each request when it is over: also of those that were refused before they reached any layer, by the
    /// protocol or by HTTP, and of those that were cancelled. It is called where the request is answered, so it should be quick.
    ///
    /// ```
    /// use mcp_runtime::layers::Seen;
    /// use mcp_runtime::prelude::*;
    ///
    /// let server = Server::new("shop").observe(|seen: &Seen<'_>| {
    ///     if seen.outcome().is_failure() {
    ///         eprintln!("{:?} {:?}: {}", seen.method(), seen.target(), seen.outcome());
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn observe(mut self, observer: impl Fn(&Seen<'_>) + Send + Sync + 'static) -> Self {
        self.plan.profile.observers.add(observer);
        self
    }

    /// Puts layers around the items of a group in this server: within those of the server, outside of the group's
    /// [own](Group::layers). A server that has nothing of the group does not start, unless it is [dynamic](Self::dynamic).
    #[must_use]
    pub fn layers_for(mut self, group: &'static Group, layers: Layers) -> Self {
        self.plan.profile.rings.put_around(group, layers);
        self
    }

    /// Records requests in an [audit log](crate::audit): who asked for what, whether it was allowed, and what came of it.
    /// Feature `auth`.
    ///
    /// ```
    /// use mcp_runtime::audit::{Audit, AuditLog};
    /// use mcp_runtime::prelude::*;
    ///
    /// let server = Server::new("shop").audit(Audit::to(AuditLog));
    /// ```
    #[cfg(feature = "auth")]
    #[must_use]
    pub fn audit(mut self, audit: crate::audit::Audit) -> Self {
        let (seen, last) = (audit.clone(), audit.clone());
        self.plan.profile.observers.add_with_arguments(move |request| seen.observe(request));
        if audit.denies() {
            let layers = &mut self.plan.profile.rings.layers;
            *layers = std::mem::take(layers).around_as("audit", move |call, next| audit.clone().around(call, next));
        }
        self.on_stop(async move |_| {
            last.flush().await;
        })
    }
}
