//! A request of the client's, before it is sent.

use std::borrow::Cow;
use std::sync::Arc;

use mcp_proto::types::LogLevel;
use mcp_proto::wire::Id;
use tokio::sync::watch;

use super::progress::Reports;

/// A request, as it can be sent again and again.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    pub(super) method: Cow<'static, str>,
    /// What it is for, which HTTP has in a header: the tool, the prompt, the URI.
    pub(super) name: Option<String>,
    /// Its parameters: rendered members, without braces.
    pub(super) params: String,
    /// Members for `_meta`, rendered, without braces.
    pub(super) meta: String,
    pub(super) log_level: Option<LogLevel>,
    pub(super) reports: Option<Arc<Reports>>,
    /// Where the id of the request is told, once it has one.
    pub(super) sent_as: Option<watch::Sender<Option<Id>>>,
    /// Headers for HTTP, of arguments that are mirrored.
    pub(super) mirrored: Vec<(String, String)>,
}
