//! What a handler may fail with.

use std::fmt;

use mcp_proto::wire::{Code, Method, Reply, ResultWriter, RpcError};
use serde::Serialize;

use super::chain::{OneLine, chain};
use super::tool::{ToolOutput as _, ToolResult, ToolWriter};
use crate::call::{Call, Capability, Ctx, InputRequired};

/// What a handler fails with: a message for the model, an error to keep to oneself, or a JSON-RPC error.
///
/// Every error type can be turned into one with `?`; its text and those of its causes then go to the model, which can
/// react to them: `could not read the settings: No such file or directory`.
///
/// | Made by | A tool answers | Others answer |
/// | --- | --- | --- |
/// | [`new`](Self::new), `?` | a result with `isError` and the text | `-32603` with the text |
/// | [`internal`](Self::internal) | a result with `isError`, "Internal error" | `-32603`, "Internal error" |
/// | [`rpc`](Self::rpc) | the JSON-RPC error | the same |
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Reads a number.
/// #[tool]
/// fn parse(text: &str) -> Result<i64, Error> {
///     if text.is_empty() {
///         return Err(Error::rpc(-1, "nothing to parse").with_data(&"empty"));
///     }
///     Ok(text.parse()?)
/// }
/// ```
pub struct Error(Box<Kind>);

enum Kind {
    Message(String),
    Internal(Box<dyn std::error::Error + Send + Sync>),
    Rpc(RpcError),
    NotFound,
    InputRequired(InputRequired),
}

/// A handler's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with a message for the model.
    pub fn new(message: impl fmt::Display) -> Self {
        Self(Box::new(Kind::Message(message.to_string())))
    }

    /// An error whose text goes to the log only.
    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Box::new(Kind::Internal(error.into())))
    }

    /// A JSON-RPC error with a code of one's own. Codes from -32768 to -32000 are the protocol's.
    pub fn rpc(code: i64, message: impl Into<String>) -> Self {
        Self(Box::new(Kind::Rpc(RpcError::new(Code(code), message.into()))))
    }

    /// There is nothing at the URI that was asked for: what a resource function says. Returning `None` does the same.
    pub fn not_found() -> Self {
        Self(Box::new(Kind::NotFound))
    }

    /// The client would have to declare a capability: see [`Ctx::require`](crate::Ctx::require).
    pub(crate) fn missing(capability: Capability, stateless: bool) -> Self {
        let error = capability.missing();
        // Revisions with sessions have no code for it; the model is told.
        if stateless { Self(Box::new(Kind::Rpc(error))) } else { Self::new(error.message) }
    }

    /// The JSON-RPC error with `data`. Without effect on errors of other kinds, which have no place for it.
    #[must_use]
    pub fn with_data(mut self, data: &impl Serialize) -> Self {
        if let Kind::Rpc(error) = *self.0 {
            *self.0 = Kind::Rpc(error.with_data(data));
        }
        self
    }

    /// The answer to `call`.
    pub(crate) fn reply(self, call: &Call) -> Reply {
        let message = match *self.0 {
            Kind::Rpc(error) => return Reply::error(call.id(), &error),
            Kind::NotFound => return super::resource::not_found(call),
            Kind::InputRequired(required) => return required.reply(call),
            Kind::Message(message) => return told(call, message),
            Kind::Internal(error) => {
                tracing::error!("{} failed: {}", place(call), OneLine(&chain(&*error)));
                "Internal error".to_owned()
            }
        };
        error_text(call, message)
    }
}

/// Answers with the text of a handler's error, and logs it for those who look for the reason of a failure.
pub(super) fn told(call: &Call, message: String) -> Reply {
    tracing::debug!("{} failed: {}", place(call), OneLine(&message));
    error_text(call, message)
}

/// Which function was called, for the log.
fn place(call: &Call) -> String {
    // The URI of a resource that is read is any text that a client has chosen.
    call.entry().map(|entry| format!("`{}` ({})", OneLine(&entry.name), entry.at)).unwrap_or_default()
}

/// Answers with the text of an error.
pub(super) fn error_text(call: &Call, message: String) -> Reply {
    if call.request().method == Method::ToolsCall {
        return tool_error(call, message);
    }
    Reply::error(call.id(), &RpcError { message: message.into(), ..RpcError::internal() })
}

/// A tool's failure, told to the model so that it can react (`server/tools`, "Error Handling").
pub(crate) fn tool_error(call: &Call, message: String) -> Reply {
    let mut writer = ToolWriter::new(call);
    ToolResult::error(message).write(&mut writer);
    writer.finish()
}

impl Ctx {
    /// Refuses to go on where the client did not declare that it can do this: with `-32021` in the stateless era, with a
    /// tool's error before.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::Capability;
    ///
    /// /// Needs a client that can ask its model.
    /// #[tool]
    /// fn summarize(ctx: &Ctx) -> Result<String, Error> {
    ///     ctx.require(Capability::Sampling)?;
    ///     Ok("to be continued".to_owned())
    /// }
    /// ```
    ///
    /// # Errors
    /// That the capability is missing.
    pub fn require(&self, capability: Capability) -> Result<(), Error> {
        if self.supports(capability) {
            return Ok(());
        }
        Err(Error::missing(capability, self.protocol().is_stateless()))
    }
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Error {
    fn from(error: E) -> Self {
        Self(Box::new(Kind::Message(chain(&*error.into()))))
    }
}

impl From<InputRequired> for Error {
    fn from(required: InputRequired) -> Self {
        Self(Box::new(Kind::InputRequired(required)))
    }
}

impl InputRequired {
    /// The answer to `call`. What it says exactly is left to whoever drives the call.
    fn reply(self, call: &Call) -> Reply {
        match self.note(call.ctx()) {
            Ok(()) => ResultWriter::new(call.id()).finish_input_required(call.seal()),
            Err(error) => error_text(call, error.to_string()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Message(message) => f.write_str(message),
            Kind::Internal(error) => error.fmt(f),
            Kind::Rpc(error) => error.fmt(f),
            Kind::NotFound => f.write_str("not found"),
            Kind::InputRequired(_) => f.write_str("the client is to be asked"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
