//! Log messages to the client (`server/utilities/logging`).

use mcp_proto::types::LogLevel;
use mcp_proto::wire::{CallNotice, notification, single_line};
use serde::Serialize;

use super::ctx::Ctx;
use super::frame::Class;
use super::outlet::{Outlet, Sent};
use crate::json_text;

/// What a log message may carry: text, or anything that serializes.
///
/// ```
/// use mcp_runtime::LogData;
/// use mcp_runtime::prelude::*;
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Step<'a> {
///     file: &'a str,
///     bytes: u64,
/// }
///
/// /// Logs under one name, whatever the data.
/// fn note(ctx: &Ctx, data: impl LogData) {
///     ctx.log(LogLevel::Notice, Some("import"), &data);
/// }
///
/// /// Imports a file.
/// #[tool]
/// fn import(ctx: &Ctx, file: &str) {
///     note(ctx, Step { file, bytes: 512 });
///     note(ctx, "done");
/// }
/// ```
pub trait LogData: Serialize {}

impl<T: Serialize + ?Sized> LogData for T {}

impl Ctx {
    /// Logs at [`LogLevel::Debug`].
    pub fn debug(&self, data: impl LogData) -> Sent<'_> {
        self.log(LogLevel::Debug, None, &data)
    }

    /// Logs at [`LogLevel::Info`].
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use serde_json::json;
    ///
    /// /// Copies files.
    /// #[tool]
    /// fn copy(ctx: &Ctx) {
    ///     ctx.info("copying");
    ///     // Anything that serializes.
    ///     ctx.info(json!({ "files": 3 }));
    /// }
    /// ```
    pub fn info(&self, data: impl LogData) -> Sent<'_> {
        self.log(LogLevel::Info, None, &data)
    }

    /// Logs at [`LogLevel::Notice`].
    pub fn notice(&self, data: impl LogData) -> Sent<'_> {
        self.log(LogLevel::Notice, None, &data)
    }

    /// Logs at [`LogLevel::Warning`].
    pub fn warning(&self, data: impl LogData) -> Sent<'_> {
        self.log(LogLevel::Warning, None, &data)
    }

    /// Logs at [`LogLevel::Error`].
    pub fn error(&self, data: impl LogData) -> Sent<'_> {
        self.log(LogLevel::Error, None, &data)
    }

    /// Sends a log message to the client: text or anything that serializes, under a logger's name if you have one.
    ///
    /// In a session a client gets `info` and above, until it sets another level with `logging/setLevel`. Without a session it
    /// names a level with each request, and gets nothing where it names none. A client that reads too slowly loses messages, and is told how many. Awaiting the result waits for the
    /// client instead. (`server/utilities/logging`)
    ///
    /// Events of `tracing` are sent only for the targets that the program names: with `forward_logs` of the builder, or the
    /// layer `client_logs`.
    pub fn log(&self, level: LogLevel, logger: Option<&str>, data: &(impl LogData + ?Sized)) -> Sent<'_> {
        let Some(message) = self.log_message(level, logger, data) else { return self.unsent() };
        self.say(|outlet| message.send(outlet))
    }

    /// A log message, if the client wants it. Where it does not, `data` is not looked at.
    pub(crate) fn log_message(
        &self,
        level: LogLevel,
        logger: Option<&str>,
        data: &(impl LogData + ?Sized),
    ) -> Option<LogLine> {
        if !self.wants(level) || self.is_cancelled() {
            return None;
        }
        serde_json::to_string(&Params { level, logger, data }).map(single_line).map(LogLine).ok()
    }

    /// Whether the client wants to hear of messages of this level.
    pub fn wants(&self, level: LogLevel) -> bool {
        let least = match &self.inner().terms.session {
            Some(session) => Some(session.log_level()),
            None => self.inner().request.log_level().and_then(LogLevel::parse),
        };
        least.is_some_and(|least| level >= least)
    }
}

#[derive(Serialize)]
struct Params<'a, T: ?Sized> {
    level: LogLevel,
    #[serde(skip_serializing_if = "Option::is_none")]
    logger: Option<&'a str>,
    data: &'a T,
}

/// A log message: the JSON of its parameters, on a line.
pub(crate) struct LogLine(String);

impl LogLine {
    /// Sends it. What serializes runs before, and not where an outlet is locked.
    pub(crate) fn send(&self, outlet: &dyn Outlet) {
        let Self(params) = self;
        outlet.say(Class::Log, params.len() + 80, &|out| {
            CallNotice::Log.write(out, |out| out.extend_from_slice(params.as_bytes()));
        });
    }
}

/// The message in whose place so many others were dropped.
pub(crate) fn dropped_logs(dropped: u64) -> Vec<u8> {
    let data = format!("{dropped} log messages were dropped: they came faster than they were read");
    let params = format!(r#"{{"level":"warning","data":{}}}"#, json_text::string(&data));
    notification("notifications/message", Some(&params))
}
