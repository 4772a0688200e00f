//! The names of headers.

use http::header::HeaderName;

/// `MCP-Protocol-Version`.
pub(super) static VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// `Mcp-Session-Id`, in the revisions with sessions.
pub(super) static SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
/// `Mcp-Method`.
pub(super) static METHOD: HeaderName = HeaderName::from_static("mcp-method");
/// `Mcp-Name`.
pub(super) static NAME: HeaderName = HeaderName::from_static("mcp-name");
