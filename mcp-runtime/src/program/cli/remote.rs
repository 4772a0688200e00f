//! What the commands need of a server: that it can be asked.

use std::fmt;
use std::process::ExitCode;

use serde_json::Value;

use super::json::Json;

/// Something that can ask an MCP server. The commands are written against it, so that they serve a server in this process and
/// one that is far away alike.
pub(super) trait Remote {
    /// Sends a request, and answers what the server asks on the way; its result, as the server wrote it.
    ///
    /// # Errors
    /// The server's error, or why its questions have no answers.
    async fn request(&mut self, method: &str, params: Value) -> Result<String, Failure>;
}

/// Why a command failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    /// The code of the server's error, if it is one.
    pub(super) code: Option<i64>,
    /// The data of the server's error.
    pub(super) data: Json,
    is_usage: bool,
}

/// The code of an error: the client has not declared a capability.
pub(super) const MISSING_CAPABILITY: i64 = -32021;
/// The code of an error: there is no such method.
pub(super) const METHOD_NOT_FOUND: i64 = -32601;

impl Failure {
    /// The request has failed.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: None, data: Json::Null, is_usage: false }
    }

    /// The command line is at fault.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { is_usage: true, ..Self::new(message) }
    }

    /// The server has answered with this error.
    pub(super) fn answered(error: &str) -> Self {
        let mut error = Json::parse(error);
        let message = match error["message"].text() {
            "" => "the request failed",
            message => message,
        };
        let code = error["code"].number().and_then(serde_json::Number::as_i64);
        let failure = Self { code, ..Self::new(message) };
        match &mut error {
            Json::Object(members) => {
                let data = members.iter_mut().find(|(name, _)| name == "data");
                Self { data: data.map(|(_, data)| std::mem::take(data)).unwrap_or_default(), ..failure }
            }
            _ => failure,
        }
    }

    /// 1 for what has failed, 2 for what is wrong with the command line.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(if self.is_usage { 2 } else { 1 })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.code.map_or(Ok(()), |code| write!(f, " ({code})"))
    }
}
