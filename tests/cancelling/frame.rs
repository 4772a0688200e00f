//! What goes over the wire: requests, notices, and what comes back.

use serde_json::{Value, json};

use super::plan::Plan;

/// What came.
#[derive(Debug)]
pub enum Frame {
    /// The server asks, for the call of this number.
    Question { id: i64, call: u64 },
    /// It takes a question back.
    Withdrawal { id: i64 },
    /// Progress, or a log message.
    Word,
    /// An answer: of the call of this number, or with a question.
    Answer { id: u64, call: Option<u64> },
}

impl Frame {
    /// Reads a frame, which must be what these tools lead to.
    pub fn read(text: &str) -> Self {
        Self::try_read(text).unwrap_or_else(|| panic!("unexpected: {text}"))
    }

    fn try_read(text: &str) -> Option<Self> {
        let frame: Value = serde_json::from_str(text).ok()?;
        Some(match frame["method"].as_str() {
            Some("elicitation/create") => {
                Self::Question { id: frame["id"].as_i64()?, call: frame["params"]["message"].as_str()?.parse().ok()? }
            }
            Some("notifications/cancelled") => Self::Withdrawal { id: frame["params"]["requestId"].as_i64()? },
            Some("notifications/progress" | "notifications/message") => Self::Word,
            Some(_) => return None,
            None if frame["result"]["resultType"] == "input_required" => {
                Self::Answer { id: frame["id"].as_u64()?, call: None }
            }
            None => {
                let said = frame["result"]["content"][0]["text"].as_str()?;
                let call = said.strip_prefix("answer ")?.parse().ok()?;
                Self::Answer { id: frame["id"].as_u64()?, call: Some(call) }
            }
        })
    }
}

/// A call, in a session or standing alone.
pub fn call(id: u64, plan: &Plan, stands_alone: bool) -> String {
    let mut meta = json!({ "progressToken": plan.n });
    if stands_alone {
        meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
        meta["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": {} });
        meta["io.modelcontextprotocol/logLevel"] = "info".into();
    }
    let params = json!({ "name": plan.tool, "arguments": plan.arguments(), "_meta": meta });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string()
}

/// The notice that a call is no longer wanted.
pub fn cancel(id: u64) -> String {
    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } }).to_string()
}

/// The answer to a question for a call.
pub fn reply(question: i64, call: u64) -> String {
    let result = json!({ "action": "accept", "content": { "word": call.to_string() } });
    json!({ "jsonrpc": "2.0", "id": question, "result": result }).to_string()
}

/// Opens a session that can be asked.
pub fn initialize() -> String {
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {} },
        "clientInfo": { "name": "t", "version": "1" } });
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }).to_string()
}

/// Asks for the log messages of a session.
pub fn set_level() -> String {
    json!({ "jsonrpc": "2.0", "id": 0, "method": "logging/setLevel", "params": { "level": "info" } }).to_string()
}
