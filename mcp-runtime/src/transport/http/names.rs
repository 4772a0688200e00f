//! The names of headers, and their values as text.

use http::HeaderValue;
use http::header::HeaderName;

/// `MCP-Protocol-Version`.
pub(super) static VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// `Mcp-Session-Id`, in the revisions with sessions.
pub(super) static SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
/// `Mcp-Method`.
pub(super) static METHOD: HeaderName = HeaderName::from_static("mcp-method");
/// `Mcp-Name`.
pub(super) static NAME: HeaderName = HeaderName::from_static("mcp-name");

/// The value of a header, where it is visible ASCII. A function, because checking it is half a kilobyte wherever it is inlined.
#[inline(never)]
pub(super) fn text_of(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}
