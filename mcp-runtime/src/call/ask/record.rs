//! What a store knows of a round.

use std::collections::BTreeMap;

use bytes::Bytes;
use mcp_proto::wire::{Code, Id, Kind, Reply};
use serde_json::value::RawValue;

/// The longest answer that is kept. A round with a longer one is run again, but for its steps.
const LONGEST: usize = 1024 * 1024;

/// What is known of a round.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// A fingerprint of the client's answers, in one way of writing them. They are only compared: the client sends them again.
    /// One that makes others of the same fingerprint is given its own answer again, and gains nothing.
    pub(super) answers: String,
    /// Whether somebody runs it right now.
    pub(super) running: bool,
    /// What steps gave that are taken once, by key.
    pub(super) steps: BTreeMap<String, Box<RawValue>>,
    pub(super) reply: Option<Kept>,
}

/// An answer that was given.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    kind: Kind,
    outcome: String,
}

impl Record {
    // A list, which is read with a third of the code that an object with names takes.

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (answers, running, steps, reply) = serde_json::from_str(std::str::from_utf8(bytes).ok()?).ok()?;
        let reply: Option<(u8, i64, String)> = reply;
        let reply = reply.map(|(kind, code, outcome)| {
            let kind = match kind {
                0 => Kind::Result,
                1 => Kind::ToolError,
                2 => Kind::InputRequired,
                _ => Kind::Error(Code(code)),
            };
            Kept { kind, outcome }
        });
        Some(Self { answers, running, steps, reply })
    }

    pub(super) fn bytes(&self) -> Bytes {
        let Self { answers, running, steps, reply } = self;
        let reply = reply.as_ref().map(|Kept { kind, outcome }| {
            let (kind, code) = match kind {
                Kind::Result => (0_u8, 0),
                Kind::ToolError => (1, 0),
                Kind::InputRequired => (2, 0),
                Kind::Error(code) => (3, code.0),
            };
            (kind, code, outcome)
        });
        // Texts and JSON always serialize.
        serde_json::to_vec(&(answers, running, steps, reply)).unwrap_or_default().into()
    }
}

impl Kept {
    pub(super) fn new(id: &Id, reply: &Reply) -> Option<Self> {
        let outcome = reply.outcome(id).filter(|outcome| outcome.len() <= LONGEST)?;
        Some(Self { kind: reply.kind(), outcome: String::from_utf8(outcome.to_vec()).ok()? })
    }

    pub(super) fn reply(&self, id: &Id) -> Reply {
        Reply::again(id, self.outcome.as_bytes(), self.kind)
    }
}
