//! Log messages to the client (`server/utilities/logging`).

use mcp_proto::types::LogLevel;
use mcp_proto::wire::notification;
use serde::Serialize;

use crate::json_text;

/// What a log message may carry: text, or anything that serializes.
pub trait LogData: Serialize {}

impl<T: Serialize + ?Sized> LogData for T {}

#[derive(Serialize)]
pub(crate) struct Params<'a, T: ?Sized> {
    pub(crate) level: LogLevel,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logger: Option<&'a str>,
    pub(crate) data: &'a T,
}

/// The message in whose place so many others were dropped.
pub(crate) fn dropped_logs(dropped: u64) -> Vec<u8> {
    let data = format!("{dropped} log messages were dropped: they came faster than they were read");
    let params = format!(r#"{{"level":"warning","data":{}}}"#, json_text::string(&data));
    notification("notifications/message", Some(&params))
}
