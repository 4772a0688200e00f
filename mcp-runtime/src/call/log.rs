//! Log messages to the client (`server/utilities/logging`).

use mcp_proto::types::LogLevel;
use serde::Serialize;

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
