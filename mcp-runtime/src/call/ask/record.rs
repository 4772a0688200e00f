//! What a store knows of a round.

use bytes::Bytes;
use mcp_proto::wire::{Code, Id, Reply, ReplyKind, items, write_str};

use super::values::Values;

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
    pub(super) steps: Values,
    pub(super) reply: Option<Kept>,
}

/// An answer that was given.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    kind: ReplyKind,
    outcome: String,
}

impl Record {
    // A list: the names of members would be kept with every round.

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [answers, running, steps, reply] = items(std::str::from_utf8(bytes).ok()?)?.try_into().ok()?;
        let reply = match reply.is_null() {
            true => None,
            false => {
                let [kind, code, outcome] = items(reply.json())?.try_into().ok()?;
                let kind = match kind.json() {
                    "0" => ReplyKind::Result,
                    "1" => ReplyKind::ToolError,
                    "2" => ReplyKind::InputRequired,
                    _ => ReplyKind::Error(Code(code.json().parse().ok()?)),
                };
                Some(Kept { kind, outcome: outcome.text()?.into_owned() })
            }
        };
        Some(Self {
            answers: answers.text()?.into_owned(),
            running: running.json() == "true",
            steps: Values::read(steps.json())?,
            reply,
        })
    }

    pub(super) fn bytes(&self) -> Bytes {
        let Self { answers, running, steps, reply } = self;
        let mut out = vec![b'['];
        write_str(&mut out, answers);
        out.extend_from_slice(format!(",{running},").as_bytes());
        steps.write(&mut out);
        match reply {
            None => out.extend_from_slice(b",null]"),
            Some(Kept { kind, outcome }) => {
                let (kind, code) = match kind {
                    ReplyKind::Result => (0, 0),
                    ReplyKind::ToolError => (1, 0),
                    ReplyKind::InputRequired => (2, 0),
                    ReplyKind::Error(code) => (3, code.0),
                };
                out.extend_from_slice(format!(",[{kind},{code},").as_bytes());
                write_str(&mut out, outcome);
                out.extend_from_slice(b"]]");
            }
        }
        out.into()
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
