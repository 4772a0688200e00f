//! A call, as a layer sees it.

use std::fmt;

use mcp_proto::wire::{Method, Reply as WireReply, RpcError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::reply::Reply;
use super::{Core, Ring};
use crate::call::{self, Ctx, Extensions, Hints};
use crate::finite::to_json;
use crate::log;
use crate::output::{Error, ErrorKind, ToolResult};

/// A request on its way to the function that serves it, as a layer sees it.
///
/// All requests of the protocol pass but for `initialize` and `ping`: calls, reads, prompts, lists, completion, discovery, and
/// methods of your own. What was refused before does not: bad JSON, no such tool, what a policy denies, and wrong arguments of a tool
/// whose policy looks at them.
///
/// ```
/// use mcp_runtime::layers::{Call, Next, Reply};
/// use mcp_runtime::prelude::*;
/// use serde_json::{Value, json};
///
/// /// Who pays, for the functions within.
/// struct Tenant(String);
///
/// async fn with_tenant(mut call: Call, next: Next) -> Reply {
///     let Some(subject) = call.ctx().principal().subject() else {
///         return call.error(Error::rpc(-40_100, "who are you?"));
///     };
///     let tenant = Tenant(subject.to_owned());
///     call.insert(tenant);                 // `ctx.extension::<Tenant>()` finds it
///     if call.target() == "search" {
///         let mut arguments: Value = call.arguments().unwrap_or_default();
///         arguments["limit"] = json!(10);  // models ask for too much
///         call.set_arguments(&arguments);
///     }
///     next.run(call).await
/// }
///
/// let server = Server::new("shop").around(with_tenant);
/// ```
pub struct Call {
    call: call::Call,
    core: Core,
    /// Whether it has come to the ring of its group, which is within that of the server.
    is_in_group: bool,
    /// What layers have changed.
    changes: Option<Box<Changes>>,
    /// Whether another call may run, or has run, in the context.
    is_copy: bool,
}

/// What layers have changed of a call.
#[derive(Clone, Default)]
struct Changes {
    /// Other arguments than the client's.
    arguments: Option<Box<str>>,
    /// Values for the function.
    extensions: Extensions,
}

impl Call {
    pub(super) fn new(call: call::Call, core: Core, is_in_group: bool) -> Self {
        Self { call, core, is_in_group, changes: None, is_copy: false }
    }

    /// The ring of its group, where it has not come to it yet. From now on it has.
    #[inline]
    pub(super) fn enter_group(&mut self) -> Option<Ring> {
        let is_in_group = std::mem::replace(&mut self.is_in_group, true);
        match &self.core {
            Core::Handler(wrapped) if !is_in_group => wrapped.ring.clone(),
            _ => None,
        }
    }

    /// The context of the call: who calls, its `_meta`, progress, logs, questions to the client.
    pub fn ctx(&self) -> &Ctx {
        self.call.ctx()
    }

    /// The method of the protocol, such as `tools/call`.
    pub fn method(&self) -> &str {
        self.call.request().method.as_str()
    }

    /// The name of the tool or prompt, or the URI of the resource, as this server has it; the method where there is none.
    pub fn target(&self) -> &str {
        self.ctx().target()
    }

    /// The declared name: that of the tool or prompt, or the URI or template of the resource. There is a bounded number of them.
    /// `None` for the methods of the protocol itself.
    pub fn declared(&self) -> Option<&str> {
        self.call.entry().map(|entry| &*entry.name)
    }

    /// The JSON of the arguments of a tool or prompt: an object.
    pub fn arguments_json(&self) -> &str {
        let changed = self.changes.as_ref().and_then(|changes| changes.arguments.as_deref());
        changed.unwrap_or_else(|| self.call.request().arguments_json())
    }

    /// The arguments as a `T`. They have not been held to the tool's schema yet.
    ///
    /// # Errors
    /// If they are no `T`.
    pub fn arguments<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.arguments_json())
    }

    /// Gives the function of a tool or prompt other arguments. They are checked as a client's are. Returns whether they were
    /// replaced: what is no JSON object, or cannot be JSON (`NaN`, an infinity), leaves them as they are, and calls of other methods
    /// have no arguments.
    pub fn set_arguments(&mut self, arguments: &impl Serialize) -> bool {
        if !matches!(self.call.request().method, Method::ToolsCall | Method::PromptsGet) {
            return false;
        }
        match to_json(arguments) {
            Ok(json) if json.starts_with('{') => {
                self.changes.get_or_insert_default().arguments = Some(json.into());
                true
            }
            _ => false,
        }
    }

    /// Puts a value in, which the function finds by [`Ctx::extension`]. A second one of the type replaces the first.
    pub fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.changes.get_or_insert_default().extensions.insert(value);
    }

    /// A value that was put in, by this layer, one further out, or the transport.
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.changes.as_ref().and_then(|changes| changes.extensions.get()).or_else(|| self.ctx().extension())
    }

    /// Whether it only reads: a tool that says so (`read_only`), and whatever is no tool.
    pub fn is_read_only(&self) -> bool {
        !self.is_tool() || self.hints().is_some_and(|hints| hints.read_only == Some(true))
    }

    /// Whether calling it twice has the effect of calling it once: what only reads, and a tool that is declared `idempotent`.
    pub fn is_idempotent(&self) -> bool {
        self.is_read_only() || self.hints().is_some_and(|hints| hints.idempotent == Some(true))
    }

    /// Whether it may destroy something: a tool that does not only read, and is not declared `destructive = false`.
    pub fn is_destructive(&self) -> bool {
        !self.is_read_only() && self.hints().is_none_or(|hints| hints.destructive != Some(false))
    }

    /// What it counts for where calls are counted, such as by [`RateLimit`](crate::layers::RateLimit): `#[tool(cost = 5)]`, and 1 for
    /// whatever does not say.
    pub fn cost(&self) -> u32 {
        self.call.entry().map_or(1, |entry| entry.cost)
    }

    /// Whether it is a call of a tool.
    pub fn is_tool(&self) -> bool {
        self.call.request().method == Method::ToolsCall
    }

    /// Whether the client sends the request for the first time. Without a session a call that asks comes again with the answers
    /// (`basic/patterns/mrtr`), and passes the layers again.
    pub fn is_first_round(&self) -> bool {
        let request = self.call.request();
        request.request_state().is_none() && request.input_responses().is_none()
    }

    /// Whether another call of this server has made it, by [`Ctx::call`] and its like.
    pub fn is_nested(&self) -> bool {
        self.ctx().inner().is_within()
    }

    /// With what kind of error the function has failed when it ran last, for a layer that has a clone of the call: `None` if it has not
    /// failed, or has not run. Clients do not learn it.
    ///
    /// ```
    /// use mcp_runtime::ErrorKind;
    /// use mcp_runtime::layers::{Call, Next, Reply};
    /// use mcp_runtime::prelude::*;
    ///
    /// async fn alarmed(call: Call, next: Next) -> Reply {
    ///     let asked = call.clone();
    ///     let reply = next.run(call).await;
    ///     if asked.error_kind() == Some(ErrorKind::Internal) {
    ///         eprintln!("{} is broken", asked.target());
    ///     }
    ///     reply
    /// }
    ///
    /// let server = Server::empty("shop").around(alarmed);
    /// ```
    pub fn error_kind(&self) -> Option<ErrorKind> {
        ErrorKind::of_number(self.ctx().first_run().inner().failed.get())
    }

    /// Forgets with what the function has failed, if this is another run of it.
    #[inline]
    pub(super) fn begin_again(&self) {
        if self.is_copy {
            self.ctx().first_run().inner().failed.set(0);
        }
    }

    /// Answers it without the function: [`Reply::tool`].
    pub fn reply(&self, result: ToolResult) -> Reply {
        Reply::tool(self.ctx(), result)
    }

    /// Refuses it: [`Reply::error`].
    pub fn error(&self, error: impl Into<Error>) -> Reply {
        Reply::error(self.ctx(), error)
    }

    /// The request's id, as text.
    #[cfg(feature = "otel")]
    pub(crate) fn id_text(&self) -> String {
        match self.call.id() {
            mcp_proto::wire::Id::String(text) => text.to_string(),
            id => id.to_string(),
        }
    }

    /// The URI of the resource that is meant.
    #[cfg(feature = "otel")]
    pub(crate) fn uri(&self) -> Option<&str> {
        self.call.request().uri()
    }

    /// What an earlier round has left with the client.
    #[cfg(feature = "otel")]
    pub(crate) fn request_state(&self) -> Option<&str> {
        self.call.request().request_state()
    }

    /// Whether it is of a function: a tool, a resource, a prompt, or a method of the author's.
    #[cfg(any(feature = "layers", feature = "auth"))]
    pub(crate) fn is_offered(&self) -> bool {
        self.call.entry().is_some()
    }

    /// Whether a user is asked before the function runs.
    #[cfg(feature = "layers")]
    pub(crate) fn asks_consent(&self) -> bool {
        self.call.entry().is_some_and(|entry| entry.asks)
    }

    /// Whether an argument is to be completed.
    #[cfg(feature = "layers")]
    pub(crate) fn is_completion(&self) -> bool {
        self.call.request().method == Method::Complete
    }

    /// How long the function itself may take, where that is limited.
    #[cfg(feature = "layers")]
    pub(crate) fn timeout(&self) -> Option<std::time::Duration> {
        self.call.entry().and_then(|entry| entry.timeout)
    }

    /// For how long the function says that its results are fresh.
    #[cfg(feature = "layers")]
    pub(crate) fn cache_ttl(&self) -> Option<std::time::Duration> {
        self.call.entry()?.cache
    }

    /// Lets a subscriber hear of all changes of the server.
    #[cfg(feature = "layers")]
    pub(crate) fn subscribe(&self, subscriber: &std::sync::Arc<impl crate::bus::Subscriber + 'static>) {
        self.ctx().scope().shared.bus.subscribe(subscriber);
    }

    /// Counts what a layer has done.
    #[cfg(feature = "layers")]
    pub(crate) fn count(&self, event: crate::meter::Event) {
        self.ctx().scope().shared.meters.count(event);
    }

    fn hints(&self) -> Option<Hints> {
        self.call.entry().map(|entry| entry.hints)
    }

    /// The call for the function itself, and whether its arguments are not those that the client has given.
    ///
    /// # Errors
    /// The answer, where the arguments that a layer gave cannot be those of a request.
    #[inline]
    pub(super) fn arrive(self) -> Result<(call::Call, Core, bool), WireReply> {
        let Self { call, core, changes, is_copy, .. } = self;
        match changes {
            None if !is_copy => Ok((call, core, false)),
            changes => {
                let is_changed = changes.as_ref().is_some_and(|changes| changes.arguments.is_some());
                Ok((changes.unwrap_or_default().apply(call, is_copy)?, core, is_changed))
            }
        }
    }
}

impl Changes {
    #[cold]
    fn apply(self, call: call::Call, is_copy: bool) -> Result<call::Call, WireReply> {
        let call = if self.arguments.is_some() || is_copy {
            let request = match self.arguments {
                None => Box::new(call.request().clone()),
                Some(arguments) => call.request().with_arguments(&arguments).ok_or_else(|| refused(&call))?,
            };
            call::Call::new(call.ctx().fork(request))
        } else {
            call
        };
        call.ctx().extend(self.extensions);
        Ok(call)
    }
}

/// What a layer has made of a request is none.
fn refused(call: &call::Call) -> WireReply {
    log::event!(ERROR, "a layer has given `{}` arguments that no request can have", call.request().method.as_str());
    WireReply::error(call.id(), &RpcError::internal())
}

impl Clone for Call {
    /// The same request once more, to be run again or beside this one: it will have a context of its own.
    fn clone(&self) -> Self {
        Self {
            call: self.call.clone(),
            core: self.core.clone(),
            is_in_group: self.is_in_group,
            changes: self.changes.clone(),
            is_copy: true,
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("method", &self.method()).field("target", &self.target()).finish_non_exhaustive()
    }
}
