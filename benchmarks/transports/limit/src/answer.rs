//! What is said to a message.

use std::env;
use std::sync::LazyLock;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    params: Params<'a>,
}

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow)]
    arguments: Arguments<'a>,
}

#[derive(Deserialize)]
struct Arguments<'a> {
    #[serde(borrow)]
    message: &'a RawValue,
}

/// Whether messages are read.
pub(crate) fn is_wanted() -> bool {
    static IS_WANTED: LazyLock<bool> = LazyLock::new(|| env::var("LIMIT").is_ok_and(|limit| limit == "answer"));
    *IS_WANTED
}

/// The message itself, or its answer.
pub(crate) fn said(message: Bytes) -> Bytes {
    if is_wanted() { answer(&message).into() } else { message }
}

/// The answer to a call of `echo`, byte for byte that of the server on mcp-runtime; nothing to what is no such call.
pub(crate) fn answer(message: &[u8]) -> Vec<u8> {
    let Ok(Envelope { id, params: Params { arguments } }) = serde_json::from_slice(message) else { return Vec::new() };
    let mut answer = Vec::with_capacity(320);
    for part in [
        r#"{"jsonrpc":"2.0","id":"#,
        id.get(),
        r#","result":{"content":[{"type":"text","text":"#,
        arguments.message.get(),
        r#"}],"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"benchmark","version":"0.0.0"}}}}"#,
    ] {
        answer.extend_from_slice(part.as_bytes());
    }
    answer
}
