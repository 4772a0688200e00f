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

#[cfg(feature = "otel")]
impl Request {
    /// Carries the trace context of the current span along, in `_meta` and in the headers of HTTP, unless the caller has given
    /// one.
    pub(super) fn carry_trace(&mut self) {
        for (name, value) in crate::layers::trace::here() {
            if !self.meta.contains(&format!(r#""{name}":"#)) {
                let separator = if self.meta.is_empty() { "" } else { "," };
                let value = crate::json_text::string(&value);
                self.meta.push_str(&format!(r#"{separator}"{name}":{value}"#));
            }
            if !self.mirrored.iter().any(|(header, _)| header == name) {
                self.mirrored.push((name.to_owned(), value));
            }
        }
    }
}
