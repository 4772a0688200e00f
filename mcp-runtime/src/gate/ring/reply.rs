//! What a call was answered with.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;

use mcp_proto::wire::{self, Member, ReplyKind, ResultWriter, pick};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::{self, Ctx};
use crate::finite::to_json;
use crate::output::{Error, ToolOutput as _, ToolResult, ToolWriter};

/// The answer to a call: one message, as it will be sent.
///
/// A layer gets it from [`Next::run`](super::Next::run), looks at it, and gives it or another one back.
///
/// ```
/// use mcp_runtime::layers::{Call, Next, Reply};
/// use mcp_runtime::prelude::*;
/// use serde_json::{Value, json};
///
/// /// Notes in each result how large it is.
/// async fn measured(call: Call, next: Next) -> Reply {
///     let mut reply = next.run(call).await;
///     let bytes = reply.len();
///     if let Some(mut result) = reply.result::<Value>() {
///         result["_meta"]["example.com/bytes"] = json!(bytes);
///         reply.set_result(&result);
///     }
///     reply
/// }
///
/// let server = Server::new("shop").around(measured);
/// ```
#[derive(Clone)]
pub struct Reply(wire::Reply);

/// What became of a request.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::layers::{Call, Next, Outcome, Reply};
///
/// /// Counts what fails.
/// async fn counted(call: Call, next: Next) -> Reply {
///     let reply = next.run(call).await;
///     match reply.outcome() {
///         Outcome::Result | Outcome::InputRequired => {}
///         Outcome::ToolError => eprintln!("a tool has failed"),
///         other => eprintln!("refused: {other}"),
///     }
///     reply
/// }
///
/// let server = Server::new("shop").around(counted);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A result.
    Result,
    /// A tool's result that says `isError`.
    ToolError,
    /// No result yet, but questions to the client (`basic/patterns/mrtr`). It will send the request again, with answers.
    InputRequired,
    /// A JSON-RPC error of this code.
    Error(i64),
    /// No answer: the client has cancelled the request, or has left.
    Cancelled,
    /// No message of the protocol was read or written: HTTP has answered with this status.
    Status(u16),
}

/// What a layer gives: a future of the answer. It does not fail; it is a `Result` so that the futures of layers which are boxed
/// already need no second box.
pub(crate) type ReplyFuture = Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

impl Outcome {
    /// Whether it is a result, and no tool's failure.
    pub fn is_success(self) -> bool {
        self == Self::Result
    }

    /// Whether something has failed: a JSON-RPC error, a tool's error, or a status of HTTP from 400 on. Questions to the client,
    /// a request that its client has cancelled, and what HTTP does for a session (its stream, its end) are neither success nor failure.
    ///
    /// ```
    /// use mcp_runtime::layers::Outcome;
    ///
    /// assert!(Outcome::Error(-32602).is_failure() && Outcome::Status(403).is_failure());
    /// assert!(!Outcome::InputRequired.is_failure() && !Outcome::Status(200).is_failure());
    /// ```
    pub fn is_failure(self) -> bool {
        match self {
            Self::ToolError | Self::Error(_) => true,
            Self::Status(status) => status >= 400,
            Self::Result | Self::InputRequired | Self::Cancelled => false,
        }
    }
}

impl From<ReplyKind> for Outcome {
    fn from(kind: ReplyKind) -> Self {
        match kind {
            ReplyKind::Result => Self::Result,
            ReplyKind::ToolError => Self::ToolError,
            ReplyKind::InputRequired => Self::InputRequired,
            ReplyKind::Error(code) => Self::Error(code.0),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Result => f.write_str("result"),
            Self::ToolError => f.write_str("tool error"),
            Self::InputRequired => f.write_str("input required"),
            Self::Error(code) => write!(f, "error {code}"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Status(status) => write!(f, "status {status}"),
        }
    }
}

impl Reply {
    pub(crate) fn new(reply: wire::Reply) -> Self {
        Self(reply)
    }

    pub(crate) fn into_wire(self) -> wire::Reply {
        self.0
    }

    #[cfg(feature = "layers")]
    pub(crate) fn as_wire(&self) -> &wire::Reply {
        &self.0
    }

    /// Answers a tool's call.
    pub fn tool(ctx: &Ctx, result: ToolResult) -> Self {
        let call = call::Call::new(ctx.clone());
        let mut writer = ToolWriter::new(&call);
        result.write(&mut writer);
        Self(writer.finish())
    }

    /// Answers any call with the members of a result, such as `contents` of `resources/read`. What each result of the revision
    /// carries, such as `resultType`, is added.
    ///
    /// # Errors
    /// If it is no JSON object, or cannot be JSON (`NaN`, an infinity).
    pub fn of(ctx: &Ctx, members: &impl Serialize) -> Result<Self, Error> {
        let json = to_json(members).map_err(Error::internal)?;
        let members = json.strip_prefix('{').and_then(|json| json.strip_suffix('}'));
        let members = members.ok_or_else(|| Error::internal("a result must be an object"))?;
        let call = call::Call::new(ctx.clone());
        let mut result = ResultWriter::with_capacity(call.id(), members.len() + 128);
        result.members(members);
        Ok(Self(result.finish(call.seal())))
    }

    /// Refuses a call, as a function does that fails with this error. [`Error::rpc`] has a code of your own.
    ///
    /// ```
    /// use mcp_runtime::layers::{Call, Next, Reply};
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Lets nobody change anything.
    /// async fn closed(call: Call, next: Next) -> Reply {
    ///     if call.is_read_only() {
    ///         return next.run(call).await;
    ///     }
    ///     call.error(Error::rpc(-40_300, "closed for stocktaking").with_data(&"until noon"))
    /// }
    /// ```
    pub fn error(ctx: &Ctx, error: impl Into<Error>) -> Self {
        Self(error.into().reply(&call::Call::new(ctx.clone())))
    }

    /// What it is.
    pub fn outcome(&self) -> Outcome {
        self.0.kind().into()
    }

    /// Its size in bytes, as a message.
    #[expect(clippy::len_without_is_empty, reason = "no message is empty")]
    pub fn len(&self) -> usize {
        self.0.bytes().len()
    }

    /// The JSON of its `result`; `None` for an error.
    pub fn result_json(&self) -> Option<&str> {
        self.member("result")
    }

    /// The JSON of its `error`; `None` for a result.
    pub fn error_json(&self) -> Option<&str> {
        self.member("error")
    }

    /// Its result as a `T`; `None` for an error, and for what is no `T`.
    pub fn result<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.result_json()?).ok()
    }

    /// Replaces its whole result. Returns whether it was replaced: an error has no result, and what is no JSON object, or cannot be
    /// JSON (`NaN`, an infinity), leaves it as it is.
    pub fn set_result(&mut self, result: &impl Serialize) -> bool {
        let json = to_json(result).ok().filter(|json| json.starts_with('{'));
        match json.and_then(|json| self.0.with_result(&json)) {
            Some(replaced) => {
                self.0 = replaced;
                true
            }
            None => false,
        }
    }

    fn member(&self, name: &'static str) -> Option<&str> {
        let [member] = pick(std::str::from_utf8(self.0.bytes()).ok()?, [name])?;
        member.map(Member::json)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("outcome", &self.outcome()).field("len", &self.len()).finish_non_exhaustive()
    }
}
