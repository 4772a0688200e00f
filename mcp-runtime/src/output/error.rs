//! What a handler may fail with.

use std::fmt;

use mcp_proto::Version;
use mcp_proto::wire::{Code, RpcError};
use serde::Serialize;
use serde_json::value::RawValue;

use super::chain::{OneLine, causes, chain};
use crate::call::{Capability, Ctx, InputRequired};
use crate::finite::to_json;
use crate::log;

/// The error of a handler: a message for the model, an internal error that is only logged, or a JSON-RPC error.
///
/// `?` turns every error type into an `Error`. Its text and those of its causes then go to the model, which can react to
/// them: `could not read the settings: No such file or directory`. If some variants of an error type must stay hidden from
/// clients, implement [`IntoError`](super::IntoError) for it.
///
/// | Made by | A tool answers | A resource answers | Prompts and others answer |
/// | --- | --- | --- | --- |
/// | [`new`](Self::new), `?` | a result with `isError` and the text | `-32603` with the text | `-32603` with the text |
/// | [`invalid`](Self::invalid) | a result with `isError` and the text | `-32602` with the text | `-32602` with the text |
/// | [`not_found`](Self::not_found) | a result with `isError`, "Not found" | `-32602`, "Resource not found", with the URI; `-32002` before 2026-07-28 | `-32602`, "Not found" |
/// | [`internal`](Self::internal) | a result with `isError`, "Internal error" | `-32603`, "Internal error" | `-32603`, "Internal error" |
/// | [`rpc`](Self::rpc) | the JSON-RPC error | the same | the same |
///
/// [`with_message`](Self::with_message) replaces the text, [`with_data`](Self::with_data) adds data. The log has the causes
/// of internal errors at the level `error`, and what clients were told at `debug`.
///
/// It is not a `std::error::Error`: `?` turns all of those into it, and Rust allows only one of the two. So neither
/// `#[from] mcp_runtime::Error` of `thiserror` nor `?` in a function that returns `anyhow::Result` takes it. `?` in a function that
/// returns `Box<dyn std::error::Error>`, such as `main`, does; for `anyhow` write `.map_err(anyhow::Error::msg)?`, but in a tool, a
/// resource or a prompt only with `#[tool(error = …)]` and a function that gives the `Error` back by `error.downcast::<Error>()`: clients
/// would read what [`internal`](Self::internal) hides. In an error
/// type of your own, hold what [`Ctx::ask`](crate::Ctx::ask) fails with as an [`AskError`](crate::AskError), which `#[from]` takes,
/// and write the `From<Error>` yourself. Its [`IntoError`](super::IntoError) gives the `Error` back, so that one that is internal stays
/// hidden:
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// # #[derive(Debug)]
/// enum ShopError {
///     SoldOut,
///     Failed(Error),
/// }
///
/// impl From<Error> for ShopError {
///     fn from(error: Error) -> Self {
///         Self::Failed(error)
///     }
/// }
///
/// impl IntoError for ShopError {
///     fn into_error(self) -> Error {
///         match self {
///             Self::SoldOut => Error::new("it is sold out"),
///             Self::Failed(error) => error,
///         }
///     }
/// }
/// ```
///
/// `Display` and `Debug` are for logs: of an internal error they show the text that clients do not see, unless
/// [`with_message`](Self::with_message) has replaced it. A unit test finds what clients get in [`kind`](Self::kind),
/// [`code`](Self::code), [`client_message`](Self::client_message) and [`data`](Self::data).
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
pub struct Error(pub(super) Box<Inner>);

pub(super) struct Inner {
    pub(super) kind: Kind,
    /// What clients are told, in place of the text that the kind has.
    pub(super) message: Option<String>,
    pub(super) data: Option<Box<RawValue>>,
    /// What `?` has made it of.
    pub(super) cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

pub(super) enum Kind {
    Message(String),
    Invalid(String),
    Internal(Box<dyn std::error::Error + Send + Sync>),
    Rpc(Code, String),
    NotFound,
    InputRequired(InputRequired),
}

/// What an [`Error`] is, and so how a call is answered that fails with it: see the table there.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::ErrorKind;
///
/// assert_eq!(Error::new("sold out").kind(), ErrorKind::Message);
/// assert_eq!(Error::internal("db-3 is down").kind(), ErrorKind::Internal);
/// assert_eq!(Error::internal("db-3 is down").client_message(), "Internal error");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A text for the model: [`Error::new`], or `?`.
    Message,
    /// A mistake of the caller: [`Error::invalid`], or arguments that break the schema.
    Invalid,
    /// What was asked for does not exist: [`Error::not_found`].
    NotFound,
    /// Only the log has the text: [`Error::internal`].
    Internal,
    /// A JSON-RPC error with a code of its own: [`Error::rpc`].
    Rpc,
    /// Not a failure: the client is asked something, by an [`InputRequired`].
    InputRequired,
    /// The function was given up when its time was over: its own timeout, the server's, or that of the layer `Timeout`. No [`Error`]
    /// is of this kind.
    TimedOut,
}

impl ErrorKind {
    /// A number for it, from 1.
    pub(crate) fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The kind of a number.
    pub(crate) fn of_number(number: u8) -> Option<Self> {
        let all = [
            Self::Message,
            Self::Invalid,
            Self::NotFound,
            Self::Internal,
            Self::Rpc,
            Self::InputRequired,
            Self::TimedOut,
        ];
        all.into_iter().find(|kind| kind.number() == number)
    }
}

/// A handler's result: `Result<T>` has [`Error`] as its error.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Divides.
/// #[tool]
/// fn divide(a: i64, b: i64) -> Result<i64> {
///     a.checked_div(b).ok_or_else(|| Error::new("cannot divide by 0"))
/// }
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What clients are told of what they must not know.
pub(super) const INTERNAL: &str = "Internal error";

/// What clients are told of what does not exist.
pub(super) const NOT_FOUND: &str = "Not found";

impl Error {
    fn of(kind: Kind) -> Self {
        Self(Box::new(Inner { kind, message: None, data: None, cause: None }))
    }

    /// An error with a message for the model. To send the causes of an error as well, use `Error::from(error)`.
    pub fn new(message: impl fmt::Display) -> Self {
        Self::of(Kind::Message(message.to_string()))
    }

    /// A mistake of the caller, such as a wrong argument: an error or a text. Clients get its text and those of its causes.
    pub fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::of(Kind::Invalid(chain(&*error.into())))
    }

    /// An error that is only logged, with its causes. Clients are told "Internal error".
    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::of(Kind::Internal(error.into()))
    }

    /// A JSON-RPC error with a code of your own. Codes from -32768 to -32000 are the protocol's.
    pub fn rpc(code: i64, message: impl Into<String>) -> Self {
        Self::of(Kind::Rpc(Code(code), message.into()))
    }

    /// The requested thing does not exist. A resource function can return `None` instead.
    pub fn not_found() -> Self {
        Self::of(Kind::NotFound)
    }

    /// The client would have to declare a capability: see [`Ctx::require`](crate::Ctx::require).
    pub(crate) fn missing(capability: Capability, version: Version) -> Self {
        if let Some(since) = capability.came_later_than(version) {
            let (name, own, since) = (capability.name(), version.as_str(), since.as_str());
            return Self::new(format_args!("The client speaks {own}; the capability `{name}` came with {since}"));
        }
        let RpcError { code, message, data } = capability.missing();
        // Where there is no code for it the model is told.
        if !version.has_missing_capability_error() {
            return Self::new(message);
        }
        let mut error = Self::of(Kind::Rpc(code, message.into_owned()));
        error.0.data = data;
        error
    }

    /// Replaces what the client is told, and the text of the error (`Display`). Where the server answers with it, its log has what an
    /// [`internal`](Self::internal) error was made of.
    ///
    /// ```
    /// use mcp_runtime::Error;
    ///
    /// # let error = std::io::Error::other("connection refused");
    /// let error = Error::internal(error).with_message("The archive is closed; try again later.");
    /// ```
    #[must_use]
    pub fn with_message(mut self, message: impl fmt::Display) -> Self {
        self.0.message = Some(message.to_string());
        self
    }

    /// Adds data for the client: the `data` of a JSON-RPC error. A tool's result has it as a second block, in JSON. Data
    /// that cannot be JSON (`NaN`, an infinity, a map whose keys are not text) is left out, and the log says so at the level
    /// `error`.
    #[must_use]
    pub fn with_data(mut self, data: &impl Serialize) -> Self {
        match to_json(data) {
            Ok(json) => self.0.data = RawValue::from_string(json).ok(),
            Err(unsendable) => {
                let (why, told) = (unsendable.of("the data"), self.to_string());
                log::event!(ERROR, "the data of the error `{}` is left out: {}", OneLine(&told), OneLine(&why));
            }
        }
        self
    }

    /// The error that it was made of, by `?` or [`internal`](Self::internal), if that is an `E`.
    ///
    /// ```
    /// use std::num::ParseIntError;
    ///
    /// use mcp_runtime::prelude::*;
    ///
    /// fn parse(text: &str) -> Result<i64> {
    ///     Ok(text.parse()?)
    /// }
    ///
    /// assert!(parse("seven").unwrap_err().downcast_ref::<ParseIntError>().is_some());
    /// ```
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        self.cause()?.downcast_ref()
    }

    /// What it was made of.
    pub(super) fn cause(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            Kind::Internal(error) => Some(&**error),
            _ => self.0.cause.as_deref().map(|error| error as _),
        }
    }

    /// Whether the program has chosen a text for clients, in place of that of the cause.
    #[cfg(feature = "layers")]
    pub(super) fn is_worded(&self) -> bool {
        self.0.message.is_some()
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        match self.0.kind {
            Kind::Message(_) => ErrorKind::Message,
            Kind::Invalid(_) => ErrorKind::Invalid,
            Kind::Internal(_) => ErrorKind::Internal,
            Kind::Rpc(..) => ErrorKind::Rpc,
            Kind::NotFound => ErrorKind::NotFound,
            Kind::InputRequired(_) => ErrorKind::InputRequired,
        }
    }

    /// The code of the JSON-RPC error that clients get. A tool answers with a result that has `isError` instead, which has no
    /// code, unless the error was made by [`rpc`](Self::rpc). That of [`not_found`](Self::not_found) is the one of 2026-07-28.
    pub fn code(&self) -> i64 {
        match self.0.kind {
            Kind::Rpc(code, _) => code.0,
            Kind::Invalid(_) | Kind::NotFound => Code::INVALID_PARAMS.0,
            Kind::Message(_) | Kind::Internal(_) | Kind::InputRequired(_) => Code::INTERNAL.0,
        }
    }

    /// The text that clients get: for a unit test that what must stay hidden does.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::ErrorKind;
    ///
    /// # #[derive(Debug)]
    /// enum ShopError {
    ///     SoldOut,
    ///     Database(std::io::Error),
    /// }
    ///
    /// impl IntoError for ShopError {
    ///     fn into_error(self) -> Error {
    ///         match self {
    ///             Self::SoldOut => Error::new("it is sold out"),
    ///             Self::Database(error) => Error::internal(error),
    ///         }
    ///     }
    /// }
    ///
    /// let error = ShopError::SoldOut.into_error();
    /// assert_eq!((error.kind(), error.client_message()), (ErrorKind::Message, "it is sold out"));
    ///
    /// let error = ShopError::Database(std::io::Error::other("no route to 10.0.0.7")).into_error();
    /// assert_eq!((error.kind(), error.code()), (ErrorKind::Internal, -32603));
    /// assert_eq!(error.client_message(), "Internal error");
    /// assert_eq!(error.to_string(), "no route to 10.0.0.7", "the log has it");
    /// ```
    pub fn client_message(&self) -> &str {
        if let Some(message) = &self.0.message {
            return message;
        }
        match &self.0.kind {
            Kind::Message(text) | Kind::Invalid(text) | Kind::Rpc(_, text) => text,
            Kind::Internal(_) => INTERNAL,
            Kind::NotFound => NOT_FOUND,
            Kind::InputRequired(_) => "",
        }
    }

    /// The data that clients get, as JSON: see [`with_data`](Self::with_data).
    pub fn data(&self) -> Option<&str> {
        self.0.data.as_deref().map(RawValue::get)
    }

    /// Whether its text is for logs only.
    fn hides_its_text(&self) -> bool {
        matches!(self.0.kind, Kind::Internal(_) | Kind::InputRequired(_))
    }

    /// Another one that clients and the log are told the same of.
    pub(super) fn again(&self) -> Self {
        let kind = match &self.0.kind {
            Kind::Message(text) => Kind::Message(text.clone()),
            Kind::Invalid(text) => Kind::Invalid(text.clone()),
            Kind::Internal(error) => Kind::Internal(chain(&**error).into()),
            Kind::Rpc(code, text) => Kind::Rpc(*code, text.clone()),
            Kind::NotFound => Kind::NotFound,
            Kind::InputRequired(_) => Kind::Message(self.to_string()),
        };
        let mut error = Self::of(kind);
        (error.0.message, error.0.data) = (self.0.message.clone(), self.0.data.clone());
        error
    }

    /// What goes to the log where nobody is told: all causes, in one line.
    pub(crate) fn log_text(&self) -> String {
        OneLine(&self.with_causes()).to_string()
    }

    /// Its own text, and those of its causes.
    pub(crate) fn with_causes(&self) -> String {
        match &self.0.kind {
            Kind::Internal(error) => chain(&**error),
            _ => self.to_string(),
        }
    }
}

impl Ctx {
    /// Fails if the client did not declare this capability, or its revision of the protocol does not have it. Without a session
    /// (2026-07-28) the call is answered with the JSON-RPC error `-32021`, in a session with a tool's error.
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
    /// If the capability is missing.
    pub fn require(&self, capability: Capability) -> Result<(), Error> {
        if self.supports(capability) {
            return Ok(());
        }
        Err(Error::missing(capability, self.protocol()))
    }
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Error {
    fn from(error: E) -> Self {
        let cause = error.into();
        let mut error = Self::of(Kind::Message(chain(&*cause)));
        error.0.cause = Some(cause);
        error
    }
}

impl From<InputRequired> for Error {
    fn from(required: InputRequired) -> Self {
        Self::of(Kind::InputRequired(required))
    }
}

/// An error for a function that returns `Box<dyn std::error::Error>`, such as `main` or a test.
struct Boxed(Error);

impl From<Error> for Box<dyn std::error::Error> {
    fn from(error: Error) -> Self {
        Box::new(Boxed(error))
    }
}

/// The [`Error`] that `?` has put into a box, whose text is for logs: clients are to get what it tells them. Of one that is
/// the cause of another error this matters only if it is internal, or a question to the client.
pub(super) fn held<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Error> {
    if let Some(Boxed(own)) = error.downcast_ref() {
        return Some(own);
    }
    causes(error).filter_map(|cause| cause.downcast_ref()).map(|Boxed(own)| own).find(|own| own.hides_its_text())
}

impl std::error::Error for Boxed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.0.kind {
            Kind::Internal(error) => error.source(),
            // Their text has that of their causes already.
            _ => None,
        }
    }
}

impl fmt::Display for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(message) = &self.0.message {
            return f.write_str(message);
        }
        match &self.0.kind {
            Kind::Message(message) | Kind::Invalid(message) => f.write_str(message),
            Kind::Internal(error) => error.fmt(f),
            Kind::Rpc(code, message) => write!(f, "{message} ({})", code.0),
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
