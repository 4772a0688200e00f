//! Errors as the wire has them.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::plain::single_line;
use crate::Version;

/// An error code (`basic/index`, "Error Codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub i64);

impl Code {
    /// The message is not JSON.
    pub const PARSE: Self = Self(-32700);
    /// The message is JSON but no request.
    pub const INVALID_REQUEST: Self = Self(-32600);
    /// Nobody serves this method here.
    pub const METHOD_NOT_FOUND: Self = Self(-32601);
    /// The method's parameters are wrong.
    pub const INVALID_PARAMS: Self = Self(-32602);
    /// The server failed; the details are in its log.
    pub const INTERNAL: Self = Self(-32603);
    /// No such resource (up to 2025-11-25; later revisions say [`INVALID_PARAMS`](Self::INVALID_PARAMS)).
    pub const RESOURCE_NOT_FOUND: Self = Self(-32002);
    /// An HTTP header and the body disagree (from 2026-07-28).
    pub const HEADER_MISMATCH: Self = Self(-32020);
    /// The client did not declare a capability that the call needs (from 2026-07-28).
    pub const MISSING_CAPABILITY: Self = Self(-32021);
    /// The protocol version asked for is not spoken here (from 2026-07-28).
    pub const UNSUPPORTED_VERSION: Self = Self(-32022);
}

/// A JSON-RPC error: what goes into the `error` member of an answer.
#[derive(Clone, Debug)]
pub struct RpcError {
    /// What kind of error.
    pub code: Code,
    /// One sentence for whoever reads the answer, a model included.
    pub message: Cow<'static, str>,
    /// More, as JSON.
    pub data: Option<Box<RawValue>>,
}

impl RpcError {
    /// An error with a code of one's own.
    #[cold]
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// -32700.
    #[cold]
    pub fn parse(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::PARSE, message)
    }

    /// -32600.
    #[cold]
    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::INVALID_REQUEST, message)
    }

    /// -32601, naming the method.
    #[cold]
    pub fn method_not_found(method: &str) -> Self {
        Self::new(Code::METHOD_NOT_FOUND, format!("Method not found: {method}"))
    }

    /// -32602.
    #[cold]
    pub fn invalid_params(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::INVALID_PARAMS, message)
    }

    /// -32603, saying nothing of what happened inside.
    #[cold]
    pub fn internal() -> Self {
        Self::new(Code::INTERNAL, "Internal error")
    }

    /// -32022, with the versions that are spoken (`basic/versioning`, "Protocol Version Negotiation").
    #[cold]
    pub fn unsupported_version(requested: &str) -> Self {
        #[derive(Serialize)]
        struct Data<'a> {
            supported: &'a [&'a str],
            requested: &'a str,
        }
        Self::new(Code::UNSUPPORTED_VERSION, "Unsupported protocol version")
            .with_data(&Data { supported: &Version::SUPPORTED, requested })
    }

    /// The error with `data`. Data that cannot be JSON is left out.
    #[must_use]
    pub fn with_data(mut self, data: &impl Serialize) -> Self {
        // JSON that is passed on as it stands may have several lines.
        let one_line = |json: Box<RawValue>| RawValue::from_string(single_line(json.get().to_owned())).ok();
        self.data = to_raw_value(data).ok().and_then(one_line);
        self
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code.0)
    }
}

impl std::error::Error for RpcError {}
