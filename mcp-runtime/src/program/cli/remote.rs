//! What the commands need of a server: that it can be asked.

use std::fmt;
use std::process::ExitCode;

use serde_json::Value;

use super::json::Json;
use super::values::quoted;
use crate::output::FORBIDDEN;

/// Something that can ask an MCP server. The commands are written against it, so that they serve a server in this process and
/// one that is far away alike. They run on a thread of their own, and wait there.
pub(super) trait Remote {
    /// Sends a request, and answers what the server asks on the way; its result, as the server wrote it.
    ///
    /// # Errors
    /// The server's error, or why its questions have no answers.
    fn request(&mut self, method: &str, params: Value) -> Result<String, Failure>;
}

/// Why a command failed. In a box: most of what the commands call may fail, and hands it on.
#[derive(Debug)]
pub(super) struct Failure(Box<Cause>);

#[derive(Debug)]
struct Cause {
    message: String,
    /// The code of the server's error, if it is one.
    code: Option<i64>,
    /// The data of the server's error.
    data: Json,
    fault: Fault,
}

/// What is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The request: the server refuses it, or answers what nobody can read.
    Request,
    /// The command line.
    Usage,
    /// Something on this side: a question without an answer, a file that cannot be written.
    Local,
    /// The connection to the server.
    #[cfg(feature = "client")]
    Connection,
}

/// The code of an error: the client has not declared a capability.
pub(super) const MISSING_CAPABILITY: i64 = -32021;
/// The code of an error: there is no such method.
pub(super) const METHOD_NOT_FOUND: i64 = -32601;

impl Failure {
    /// The request has failed.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self::of(message.into(), Fault::Request)
    }

    /// The command line is at fault.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::of(message.into(), Fault::Usage)
    }

    /// Something on this side has failed.
    pub(super) fn local(message: impl Into<String>) -> Self {
        Self::of(message.into(), Fault::Local)
    }

    /// The server cannot be reached.
    #[cfg(feature = "client")]
    pub(super) fn connection(message: impl Into<String>) -> Self {
        Self::of(message.into(), Fault::Connection)
    }

    #[inline(never)]
    fn of(message: String, fault: Fault) -> Self {
        Self(Box::new(Cause { message, code: None, data: Json::Null, fault }))
    }

    /// The server has answered with this error.
    pub(super) fn answered(error: &str) -> Self {
        let error = Json::parse(error);
        let message = match error["message"].text() {
            "" => "the request failed",
            message => message,
        };
        let mut failure = Self::new(message);
        failure.0.code = error["code"].number().and_then(serde_json::Number::as_i64);
        failure.0.data = error["data"].clone();
        failure
    }

    /// The server has answered with an error that is read already.
    #[cfg(feature = "client")]
    pub(super) fn refused(code: i64, message: &str, data: Option<&str>) -> Self {
        let mut failure = Self::new(if message.is_empty() { "the request failed" } else { message });
        failure.0.code = Some(code);
        failure.0.data = data.map(Json::parse).unwrap_or_default();
        failure
    }

    /// Adds how the command line declares the capability that the server misses.
    pub(super) fn undeclared(mut self) -> Self {
        let required = &self.data()["requiredCapabilities"];
        let is_required = |name: &&str| matches!(required[*name], Json::Object(_));
        let named = match required["elicitation"]["url"] {
            Json::Object(_) => Some("elicitation.url"),
            _ => ["roots", "sampling", "elicitation"].into_iter().find(is_required),
        };
        let Some(hint) = named.and_then(hint_for) else { return self };
        self.0.message = format!("{}\n{hint}", self.0.message);
        self.0.fault = Fault::Local;
        self
    }

    /// Adds how the command line tries it as a principal with the scopes that the caller lacks; `--as` has named this one, if any.
    #[cold]
    pub(super) fn with_scopes(mut self, subject: Option<&str>) -> Self {
        let data = self.data();
        if self.is(FORBIDDEN) && data["error"].text() == "insufficient_scope" {
            let scopes = quoted(&data["scope"].text().replace(' ', ","));
            let subject = subject.map_or_else(|| "SUBJECT".to_owned(), quoted);
            self.0.message = format!("{self}\nTry it as somebody who may with --as {subject} --scopes {scopes}");
        }
        self
    }

    pub(super) fn message(&self) -> &str {
        &self.0.message
    }

    /// The data of the server's error; `null` without any.
    pub(super) fn data(&self) -> &Json {
        &self.0.data
    }

    /// Whether it is the server's error of this code.
    pub(super) fn is(&self, code: i64) -> bool {
        self.0.code == Some(code)
    }

    /// What is at fault.
    pub(super) fn fault(&self) -> Fault {
        self.0.fault
    }

    /// The code of the server's error, if it is one.
    #[cfg(feature = "client")]
    pub(super) fn code(&self) -> Option<i64> {
        self.0.code
    }

    /// 1 for what has failed, 2 for what is wrong with the command line.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(if self.fault() == Fault::Usage { 2 } else { 1 })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        // Behind a list of faults it would be read as part of the last.
        let code = self.0.code.filter(|_| !self.0.message.contains('\n'));
        code.map_or(Ok(()), |code| write!(f, " ({code})"))
    }
}

/// How the command line declares a capability.
pub(super) fn hint_for(capability: &str) -> Option<&'static str> {
    Some(match capability {
        "elicitation.url" => "Answer at a terminal, or with --answer accept",
        "roots" => "Name the directories with --root DIR",
        "sampling" | "sampling.tools" | "sampling.context" => "Answer for the model with --sample KEY=TEXT",
        "elicitation" => "Answer at a terminal, or with --answer KEY=VALUE",
        _ => return None,
    })
}
