//! Reading the little that an answer needs from a message that is too long to be kept.

use super::error::RpcError;
use super::id::{Id, LONGEST_JSON};
use super::plain::end_of_plain;
use super::request::Invalid;

/// Reads the id of a message while its bytes pass by. Nothing of the message is kept but the id itself, wherever it stands.
///
/// ```
/// use mcp_proto::wire::{Id, Skimmer};
///
/// let mut skimmer = Skimmer::default();
/// for part in [r#"{"params":{"id":1,"text":"very"#, r#" long"},"i"#, r#"d":2,"method":"tools/call"}"#] {
///     skimmer.feed(part.as_bytes());
/// }
/// assert_eq!(skimmer.id(), Some(&Id::Number(2)));
/// ```
#[derive(Debug, Default)]
pub struct Skimmer {
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
    part: Part,
    /// The member's name, or the id, as far as it has come.
    kept: Vec<u8>,
    id: Option<Id>,
    has_method: bool,
    has_outcome: bool,
}

/// What comes next, of the message's own members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    /// The message itself.
    #[default]
    Message,
    /// A member's name.
    Name,
    /// The value of `id`.
    Id,
    /// The value of another member.
    Other,
    /// Nothing: the message is over, or it is no object.
    Nothing,
}

impl Skimmer {
    /// Takes the next bytes of the message.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while let Some(byte) = bytes.get(at).copied().filter(|_| self.part != Part::Nothing) {
            if self.is_in_string && !self.is_escaped {
                let end = end_of_plain(bytes, at);
                self.keep(&bytes[at..end]);
                at = end;
                let Some(byte) = bytes.get(end).copied() else { return };
                self.keep(&[byte]);
                self.is_in_string = byte != b'"';
                self.is_escaped = byte == b'\\';
            } else if self.is_in_string {
                self.keep(&[byte]);
                self.is_escaped = false;
            } else {
                self.step(byte);
            }
            at += 1;
        }
    }

    /// The message's id, if it has come, and is one.
    pub fn id(&self) -> Option<&Id> {
        self.id.as_ref()
    }

    /// What becomes of the message: it is refused, under its id if that is one of the sender's.
    pub(crate) fn refused(self, error: RpcError) -> Invalid {
        let is_answer = self.has_outcome && !self.has_method;
        Invalid {
            answers: self.id.clone().filter(|_| !self.has_method).map(Box::new),
            id: self.id.filter(|_| !is_answer),
            error,
        }
    }

    /// A byte between the strings.
    fn step(&mut self, byte: u8) {
        match byte {
            b'"' => {
                self.is_in_string = true;
                self.keep(b"\"");
            }
            b'{' | b'[' => {
                self.depth += 1;
                if self.part == Part::Message {
                    self.part = if byte == b'{' { Part::Name } else { Part::Nothing };
                }
            }
            b'}' | b']' if self.depth <= 1 => {
                self.end_member();
                self.part = Part::Nothing;
            }
            b'}' | b']' => self.depth -= 1,
            b',' if self.depth == 1 => {
                self.end_member();
                self.part = Part::Name;
            }
            b':' if self.depth == 1 => self.begin_member(),
            byte if !byte.is_ascii_whitespace() => {
                if self.part == Part::Message {
                    self.part = Part::Nothing;
                }
                self.keep(&[byte]);
            }
            _ => {}
        }
    }

    fn begin_member(&mut self) {
        // A name may be written with escapes, and is the same.
        let name: Option<String> =
            std::str::from_utf8(&self.kept).ok().and_then(|name| serde_json::from_str(name).ok());
        self.kept.clear();
        let name = name.as_deref().filter(|_| self.part == Part::Name);
        self.has_method |= name == Some("method");
        self.has_outcome |= matches!(name, Some("result" | "error"));
        self.part = if name == Some("id") { Part::Id } else { Part::Other };
    }

    fn end_member(&mut self) {
        if self.part == Part::Id {
            self.id = std::str::from_utf8(&self.kept).ok().and_then(Id::read);
        }
        self.kept.clear();
    }

    /// Keeps a part of a name or an id. One byte more than an id may have is enough to know that it has too many.
    fn keep(&mut self, bytes: &[u8]) {
        if self.depth == 1 && matches!(self.part, Part::Name | Part::Id) {
            let room = (LONGEST_JSON + 1).saturating_sub(self.kept.len());
            self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skim(json: &str) -> Skimmer {
        let mut whole = Skimmer::default();
        whole.feed(json.as_bytes());
        // However it is cut.
        let mut bytewise = Skimmer::default();
        json.bytes().for_each(|byte| bytewise.feed(&[byte]));
        assert_eq!(whole.id, bytewise.id, "{json}");
        whole
    }

    #[test]
    fn the_id_of_a_message_is_found_wherever_it_stands() {
        for json in [
            r#"{"id":"a","method":"m","params":{}}"#,
            r#"{"jsonrpc":"2.0","params":{"id":7,"a":[{"id":8}],"s":"\"},\"id\":9,\"\\"},"id":"a"}"#,
            r#" { "method" : "m" , "id" : "a" } "#,
            r#"{"\u0069d":"\u0061","x":[[]]}"#,
            r#"{"id":1,"id":"a"}"#,
            r#"{"x":{"y":"id"},"id":"a","z":{"id":"b"}}{"id":"c"}"#,
            r#"{"id":"a","params":{"cut":"o"#,
        ] {
            assert_eq!(skim(json).id, Some(Id::String("a".into())), "{json}");
        }
    }

    #[test]
    fn what_has_no_id_of_its_own_has_none() {
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(5000));
        for json in [
            r#"[{"id":1}]"#,
            r#"{"params":{"id":1}}"#,
            r#"{"id":{"id":1}}"#,
            r#"{"id":null}"#,
            "id",
            "\"id\":1",
            "",
            &long,
        ] {
            assert_eq!(skim(json).id, None, "{json}");
        }
    }

    #[test]
    fn the_id_of_an_answer_is_ours() {
        let refused = |json| skim(json).refused(RpcError::internal());
        let answer = refused(r#"{"id":1,"result":{}}"#);
        assert_eq!((answer.id, answer.answers), (None, Some(Box::new(Id::Number(1)))));
        let request = refused(r#"{"method":"m","id":1,"result":{}}"#);
        assert_eq!((request.id, request.answers), (Some(Id::Number(1)), None));
    }
}
