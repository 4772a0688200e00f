//! Why a request of a client's has failed.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use mcp_proto::wire::Code;
#[cfg(feature = "client")]
use mcp_proto::wire::pick;
use serde_json::value::RawValue;

use super::content::ContentBlock;
use super::request::Request;
use super::result::CallResult;

/// Why something that a [`Client`](super::Client) was asked for has failed.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
/// use serde_json::json;
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// match client.call("divide", json!({"a": 1, "b": 0})).await {
///     Ok(result) => println!("{}", result.text()),
///     // The tool has run, and says that it has failed: a model is told so.
///     Err(ClientError::Tool(error)) => println!("the tool failed: {error}"),
///     // The server has refused the request.
///     Err(ClientError::Rpc(error)) => println!("refused with {}: {}", error.code(), error.message()),
///     Err(other) => return Err(other),
/// }
/// # Ok(())
/// # }
/// ```
///
/// `{:?}` prints the same words as `{}`, so that a `main` that returns it says what is wrong: `Error: cannot connect: …`.
#[derive(Clone)]
#[non_exhaustive]
pub enum ClientError {
    /// The tool has run and has failed: a result with `isError` (`server/tools`, "Error Handling").
    Tool(ToolError),
    /// The server has answered with a JSON-RPC error.
    Rpc(RpcFailure),
    /// The server cannot be reached, or no agreement with it was come to.
    Connect(Reason),
    /// The connection was lost while the request was out.
    Lost(Lost),
    /// No answer came in time. The server was told that nobody waits any more.
    Timeout(Duration),
    /// The request was cancelled by its own [`CancelHandle`](super::CancelHandle).
    Cancelled,
    /// The server answers in HTTP, but not in the protocol.
    Http(HttpFailure),
    /// The server does not let this client in, or not do this (HTTP status 401 or 403). Where it says why in the protocol, such as that
    /// a tool needs a scope, that is its [`error`](HttpFailure::error).
    Unauthorized(HttpFailure),
    /// What the server has sent is not what the protocol has.
    Protocol(Reason),
    /// What was answered is not of the type that was asked for, or does not fit the schema that the server has for it.
    Mismatch(Reason),
    /// What was asked for cannot be sent: arguments that are not an object, or a limit of this client's.
    Invalid(Reason),
    /// Too many connections have failed in a row; nothing is tried for so long ([`ClientBuilder::breaker`]).
    ///
    /// [`ClientBuilder::breaker`]: super::ClientBuilder::breaker
    CircuitOpen(Duration),
    /// The client was closed.
    Closed,
}

/// What stood in the way, in words.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// match client.ping().await {
///     Err(ClientError::Connect(reason)) => println!("not there: {}", reason.as_str()),
///     took => println!("{:?}", took?),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(Cow<'static, str>);

/// A tool's own failure, with what it says.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// if let Err(ClientError::Tool(error)) = client.call("pay", ()).await {
///     println!("the model reads: {}", error.text());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ToolError(pub(super) Box<CallResult>);

/// A JSON-RPC error that the server has answered with.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// if let Err(ClientError::Rpc(error)) = client.call("no_such_tool", ()).await {
///     println!("{} ({}), {:?}", error.message(), error.code(), error.data());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RpcFailure {
    code: i64,
    message: String,
    data: Option<Box<RawValue>>,
    /// Whether it says that there is no tool of the name that was called.
    is_of_unknown_tool: bool,
}

/// A connection that was lost.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// match client.call("pay", ()).await {
///     Err(ClientError::Lost(lost)) if lost.may_have_run() => println!("perhaps paid: {}", lost.why()),
///     Err(ClientError::Lost(lost)) => println!("not paid: {}", lost.why()),
///     paid => println!("{}", paid?.text()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Lost {
    why: Reason,
    reached: bool,
}

/// An answer in HTTP that is none in the protocol.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// if let Err(ClientError::Unauthorized(failure)) = client.ping().await {
///     println!("HTTP {}; to get in: {:?}", failure.status(), failure.challenge());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HttpFailure {
    status: u16,
    body: String,
    challenge: Option<String>,
    /// The JSON-RPC error that is the body.
    error: Option<Box<RpcFailure>>,
}

impl ClientError {
    pub(super) fn connect(why: impl Into<Reason>) -> Self {
        Self::Connect(why.into())
    }

    pub(super) fn protocol(why: impl Into<Reason>) -> Self {
        Self::Protocol(why.into())
    }

    pub(super) fn mismatch(why: impl Into<Reason>) -> Self {
        Self::Mismatch(why.into())
    }

    pub(super) fn invalid(why: impl Into<Reason>) -> Self {
        Self::Invalid(why.into())
    }

    /// The request was not sent: whatever it asks for has not happened.
    pub(super) fn not_sent(why: impl Into<Reason>) -> Self {
        Self::Lost(Lost { why: why.into(), reached: false })
    }

    /// The request was sent, and nobody knows what became of it.
    pub(super) fn lost(why: impl Into<Reason>) -> Self {
        Self::Lost(Lost { why: why.into(), reached: true })
    }

    /// The same error, of a request that had been sent before this went wrong.
    pub(super) fn of_what_was_sent(&self) -> Self {
        match self {
            error if error.may_have_run() => error.clone(),
            Self::Lost(lost) => Self::lost(lost.why.clone()),
            other => Self::lost(other.to_string()),
        }
    }

    /// The code of the JSON-RPC error, if the server has answered with one.
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Rpc(error) => Some(error.code),
            Self::Http(failure) | Self::Unauthorized(failure) => failure.error().map(RpcFailure::code),
            _ => None,
        }
    }

    /// Whether the request may have reached a handler: what it asks for may have happened. A request for which this is `false`
    /// can be sent again without harm.
    ///
    /// `-32602` has two meanings: an unknown tool, which nothing has run for, and what a handler says of its arguments. It counts as
    /// the former where the message is the specification's, `Unknown tool: NAME`, with the name of the tool that was called.
    pub fn may_have_run(&self) -> bool {
        match self {
            Self::Tool(_) | Self::Timeout(_) | Self::Cancelled | Self::Protocol(_) | Self::Mismatch(_) => true,
            // Some codes are given before a handler is looked for.
            Self::Rpc(error) => !is_refusal(error.code) && !error.is_of_unknown_tool,
            Self::Lost(lost) => lost.reached,
            Self::Http(error) => !(400..500).contains(&error.status),
            Self::Connect(_) | Self::Unauthorized(_) | Self::Invalid(_) | Self::CircuitOpen(_) | Self::Closed => false,
        }
    }

    /// Whether the connection is at fault, and not the request.
    pub(super) fn is_of_connection(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Lost(_) => true,
            Self::Http(error) => error.status >= 500,
            _ => false,
        }
    }
}

/// Whether an error with this code says that no handler has run.
fn is_refusal(code: i64) -> bool {
    let refusals = [
        Code::PARSE,
        Code::INVALID_REQUEST,
        Code::METHOD_NOT_FOUND,
        Code::HEADER_MISMATCH,
        Code::MISSING_CAPABILITY,
        Code::UNSUPPORTED_VERSION,
    ];
    refusals.contains(&Code(code))
}

impl Reason {
    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ToolError {
    /// The whole result.
    pub fn result(&self) -> &CallResult {
        &self.0
    }

    /// What it says: the blocks of its result.
    ///
    /// # Errors
    /// [`ClientError::Protocol`]: they are not blocks of content.
    pub fn content(&self) -> Result<Vec<ContentBlock>, ClientError> {
        self.0.content()
    }

    /// All its text, blocks on lines of their own.
    pub fn text(&self) -> String {
        self.0.text()
    }
}

impl RpcFailure {
    pub(super) fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None, is_of_unknown_tool: false }
    }

    /// The error that this request was answered with, as [`read`](Self::read) has it.
    pub(super) fn answering(request: &Request, json: &str) -> Self {
        let mut failure = Self::read(json);
        let tool = request.name.as_deref().filter(|_| request.method == "tools/call");
        let said = failure.message.strip_prefix("Unknown tool: ");
        let behind = tool.and_then(|tool| said?.strip_prefix(tool));
        // Ours suggest another one behind the name.
        let is_named = behind.is_some_and(|behind| behind.is_empty() || behind.starts_with("; did you mean `"));
        failure.is_of_unknown_tool = failure.code == Code::INVALID_PARAMS.0 && is_named;
        failure
    }

    /// Reads the JSON of `error`. What is there of it counts: a server that leaves out a member has failed all the same.
    pub(super) fn read(json: &str) -> Self {
        let mut failure = Self::new(Code::INTERNAL.0, "the server's error has no message");
        mcp_proto::wire::members(json, |name, member| {
            match name {
                "code" => failure.code = member.json().parse().unwrap_or(failure.code),
                "message" => failure.message = member.text().map_or(String::new(), Cow::into_owned),
                "data" => failure.data = RawValue::from_string(member.json().to_owned()).ok(),
                _ => {}
            }
            true
        });
        failure
    }

    /// Its code, such as -32602.
    pub fn code(&self) -> i64 {
        self.code
    }

    /// What it says.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// More, as JSON.
    pub fn data(&self) -> Option<&str> {
        self.data.as_deref().map(RawValue::get)
    }
}

impl Lost {
    /// What has happened, in words.
    pub fn why(&self) -> &str {
        self.why.as_str()
    }

    /// Whether the request had left: it may have run, and it may not.
    pub fn may_have_run(&self) -> bool {
        self.reached
    }
}

impl HttpFailure {
    #[cfg(feature = "client")]
    pub(super) fn new(status: u16, body: &str, challenge: Option<String>) -> Self {
        // As much as a person wants to read.
        let mut end = body.len().min(500);
        while !body.is_char_boundary(end) {
            end -= 1;
        }
        let error = pick(body, ["error"]).and_then(|[error]| error).filter(|error| error.json().starts_with('{'));
        let error = error.map(|error| Box::new(RpcFailure::read(error.json())));
        Self { status, body: body[..end].trim().to_owned(), challenge, error }
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The beginning of the body, at most 500 bytes.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The JSON-RPC error that the server has sent with the status, if it has.
    pub fn error(&self) -> Option<&RpcFailure> {
        self.error.as_deref()
    }

    /// The header `WWW-Authenticate`: how to get in.
    pub fn challenge(&self) -> Option<&str> {
        self.challenge.as_deref()
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Reason {
    fn from(words: T) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            text if text.is_empty() => f.write_str("the tool has failed without a word"),
            text => f.write_str(&text),
        }
    }
}

impl fmt::Display for RpcFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl fmt::Display for HttpFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP status {}", self.status)?;
        if self.body.is_empty() { Ok(()) } else { write!(f, ": {}", self.body) }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool(error) => error.fmt(f),
            Self::Rpc(error) => error.fmt(f),
            Self::Connect(why) => write!(f, "cannot connect: {why}"),
            Self::Lost(Lost { why, reached: false }) => write!(f, "the request was not sent: {why}"),
            Self::Lost(Lost { why, reached: true }) => {
                write!(f, "the connection was lost, and the request may have run: {why}")
            }
            Self::Timeout(after) => write!(f, "no answer within {} s", after.as_secs_f32()),
            Self::Cancelled => f.write_str("the request was cancelled"),
            Self::Http(error) => write!(f, "the server does not answer in the protocol: {error}"),
            Self::Unauthorized(HttpFailure { error: Some(error), .. }) => error.fmt(f),
            Self::Unauthorized(error) => write!(f, "the server does not let this client in: {error}"),
            Self::Protocol(why) => write!(f, "the server has broken the protocol: {why}"),
            Self::Mismatch(why) | Self::Invalid(why) => why.fmt(f),
            Self::CircuitOpen(left) => {
                write!(f, "the server has failed several times; nothing is tried for another {} s", left.as_secs_f32())
            }
            Self::Closed => f.write_str("the client is closed"),
        }
    }
}

/// The words of `Display`: `main`, `unwrap` and `expect` show an error this way, and people read it.
impl fmt::Debug for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ClientError {}
impl std::error::Error for ToolError {}
impl std::error::Error for RpcFailure {}

impl From<RpcFailure> for ClientError {
    fn from(error: RpcFailure) -> Self {
        Self::Rpc(error)
    }
}
