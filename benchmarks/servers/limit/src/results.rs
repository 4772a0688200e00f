//! The results: byte for byte what the server on mcp-runtime says in revision 2026-07-28.

use std::fmt::Write as _;

use serde_json::value::RawValue;

use crate::envelope::Envelope;

/// Of `initialize`, which only the revisions before have.
const INITIALIZE: &str = concat!(
    r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"#,
    r#""serverInfo":{"name":"benchmark","version":"0.0.0"}}"#
);

/// What a result of one text has before and behind it.
const TEXT: &str = r#"{"content":[{"type":"text","text":"#;
const TEXT_END: &str = "}]";

/// Of `sum`, for the numbers that are always asked for.
const SUM: &str = r#"{"content":[{"type":"text","text":"{\"sum\":5}"}],"structuredContent":{"sum":5}"#;

/// What every result ends with.
const END: &str = concat!(
    r#","resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":"#,
    r#"{"name":"benchmark","version":"0.0.0"}}"#
);

const TWO_NUMBERS: &str = concat!(
    r#"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"#,
    r#""required":["a","b"],"additionalProperties":false}"#
);

const ECHO_TOOL: &str = concat!(
    r#"{"name":"echo","title":"Echo","description":"Returns what it is given.","inputSchema":{"type":"object","#,
    r#""properties":{"message":{"type":"string"}},"required":["message"],"additionalProperties":false}}"#
);

const PROGRESS_TOOL: &str = concat!(
    r#"{"name":"progress","title":"Progress","description":"Reports how far it has come.","inputSchema":{"#,
    r#""type":"object","properties":{"count":{"minimum":0,"type":"integer"}},"required":["count"],"#,
    r#""additionalProperties":false}}"#
);

const SUM_OUTPUT: &str = concat!(
    r#"{"description":"What two numbers make.","properties":{"sum":{"type":"integer"}},"#,
    r#""required":["sum"],"type":"object"}"#
);

const WAIT_TOOL: &str = concat!(
    r#"{"name":"wait","title":"Wait","description":"Waits as long as a service behind it would take.","#,
    r#""inputSchema":{"type":"object","additionalProperties":false}}"#
);

/// What is said to a message.
pub(crate) enum Reply {
    /// It is a notification.
    Nothing,
    /// At once.
    Answer(String),
    /// The answer to `initialize`.
    Session(String),
    /// After 20 ms.
    Later(String),
    /// After some notifications.
    Stream(Stream),
}

/// All results, made before the first request.
pub(crate) struct Results {
    tools: String,
}

impl Results {
    /// Those of a server of so many tools.
    pub(crate) fn of(tools: usize) -> Self {
        let mut list = format!(
            r#"{{"tools":[{{"name":"add","title":"Add","description":"Adds two numbers.","inputSchema":{TWO_NUMBERS}}},"#
        );
        let _ = write!(list, "{ECHO_TOOL},{PROGRESS_TOOL},");
        let _ = write!(
            list,
            r#"{{"name":"sum","title":"Sum","description":"Adds two numbers, for programs.","inputSchema":{TWO_NUMBERS},"outputSchema":{SUM_OUTPUT}}}"#
        );
        for number in 6..=tools {
            let _ = write!(
                list,
                r#",{{"name":"tool_{number:04}","title":"Add","description":"Adds two numbers.","inputSchema":{TWO_NUMBERS}}}"#
            );
        }
        let _ = write!(list, r#",{WAIT_TOOL}]{END},"ttlMs":60000,"cacheScope":"public"}}"#);
        Self { tools: list }
    }

    /// What is said to a message.
    pub(crate) fn reply(&self, message: &[u8]) -> serde_json::Result<Reply> {
        let message: Envelope<'_> = serde_json::from_slice(message)?;
        let Some(id) = message.id.map(RawValue::get) else { return Ok(Reply::Nothing) };
        let text = |text| answer(id, &[TEXT, text, TEXT_END, END, "}"]);
        match message.method {
            "initialize" => return Ok(Reply::Session(answer(id, &[INITIALIZE]))),
            "tools/list" => return Ok(Reply::Answer(answer(id, &[&self.tools]))),
            _ => {}
        }
        let Some(params) = message.params else { return Ok(Reply::Answer(answer(id, &["{}"]))) };
        let (message, count) = params.arguments.map_or((None, None), |given| (given.message, given.count));
        Ok(match params.name {
            Some("echo") => Reply::Answer(text(message.map_or(r#""""#, RawValue::get))),
            Some("sum") => Reply::Answer(answer(id, &[SUM, END, "}"])),
            Some("wait") => Reply::Later(text(r#""waited""#)),
            Some("progress") => {
                let token = params.meta.and_then(|meta| meta.progress_token);
                let total = if token.is_some() { count.unwrap_or_default() } else { 0 };
                let token = token.map_or("0", RawValue::get).to_owned();
                Reply::Stream(Stream { token, total, answer: text(r#""done""#) })
            }
            _ => Reply::Answer(text(r#""5""#)),
        })
    }
}

/// Notifications of progress, and the answer. They are there all at once, and nothing waits for their turn.
pub(crate) struct Stream {
    token: String,
    total: u32,
    answer: String,
}

impl Stream {
    /// All of them, each with this before and behind it.
    pub(crate) fn messages(&self, before: &str, behind: &str) -> String {
        let Self { token, total, answer } = self;
        let begin = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"#;
        let mut messages = String::with_capacity(*total as usize * 128 + answer.len() + 16);
        for done in 1..=*total {
            let _ = write!(messages, r#"{before}{begin}{token},"progress":{done},"total":{total}}}}}{behind}"#);
        }
        for part in [before, answer, behind] {
            messages.push_str(part);
        }
        messages
    }
}

fn answer(id: &str, result: &[&str]) -> String {
    let length: usize = result.iter().map(|part| part.len()).sum();
    let mut frame = String::with_capacity(64 + length);
    for part in [r#"{"jsonrpc":"2.0","id":"#, id, r#","result":"#].iter().chain(result).chain(&["}"]) {
        frame.push_str(part);
    }
    frame
}
