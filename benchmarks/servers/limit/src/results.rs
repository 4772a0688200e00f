//! The results: byte for byte what the server on mcp-runtime says in revision 2026-07-28.

/// Of `initialize`, which only the revisions before have.
pub(crate) const INITIALIZE: &str = concat!(
    r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"#,
    r#""serverInfo":{"name":"benchmark","version":"0.0.0"}}"#
);

/// Of `tools/call` with `echo`.
pub(crate) const ECHO: &str = concat!(
    r#"{"content":[{"type":"text","text":"hello"}],"resultType":"complete","#,
    r#""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"benchmark","version":"0.0.0"}}}"#
);

/// Of `tools/call` with `add`.
pub(crate) const ADD: &str = concat!(
    r#"{"content":[{"type":"text","text":"5"}],"structuredContent":{"result":5},"resultType":"complete","#,
    r#""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"benchmark","version":"0.0.0"}}}"#
);

/// Of `tools/list`.
pub(crate) const TOOLS: &str = concat!(
    r#"{"tools":[{"name":"add","title":"Add","description":"Adds two numbers.","inputSchema":{"type":"object","#,
    r#""properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"required":["a","b"],"#,
    r#""additionalProperties":false},"outputSchema":{"properties":{"result":{"type":"integer"}},"#,
    r#""required":["result"],"type":"object","x-fastmcp-wrap-result":true}},{"name":"echo","title":"Echo","#,
    r#""description":"Returns what it is given.","inputSchema":{"type":"object","#,
    r#""properties":{"message":{"type":"string"}},"required":["message"],"additionalProperties":false}}],"#,
    r#""resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"benchmark","#,
    r#""version":"0.0.0"}},"ttlMs":60000,"cacheScope":"public"}"#
);
