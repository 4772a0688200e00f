//! Writing envelopes. No other module writes one.

use serde::Serialize;

use super::error::{Code, RpcError};
use super::id::Id;
use super::member::pick;
use super::params::Members;
use super::plain::end_of_plain;

/// A finished answer: the bytes of one frame.
#[derive(Clone, Debug)]
pub struct Reply {
    bytes: Vec<u8>,
    kind: ReplyKind,
}

/// What an answer is, for whoever must choose an HTTP status or count outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyKind {
    /// A result.
    Result,
    /// A tool's result that says `isError`.
    ToolError,
    /// No result yet: a question (`basic/patterns/mrtr`).
    InputRequired,
    /// A JSON-RPC error.
    Error(Code),
}

impl Reply {
    /// An error answer.
    #[inline(never)] // Requests are refused in thirty places.
    pub fn error(id: &Id, error: &RpcError) -> Self {
        let mut buf = Vec::with_capacity(128);
        error_frame(&mut buf, ErrorId::Given(id), error);
        Self { bytes: buf, kind: ReplyKind::Error(error.code) }
    }

    /// The frame.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The frame, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The answer without the request that it names, to be given to another one with [`again`](Self::again). `None` where
    /// it answers another request than `id`.
    pub fn outcome(&self, id: &Id) -> Option<&[u8]> {
        self.bytes.strip_prefix(&opening(id)[..])
    }

    /// The same answer as was given before, to the request `id`.
    pub fn again(id: &Id, outcome: &[u8], kind: ReplyKind) -> Self {
        Self { bytes: [&opening(id), outcome].concat(), kind }
    }

    /// The same answer with another result, the JSON of an object in one line. `None` for an error.
    pub fn with_result(&self, json: &str) -> Option<Self> {
        let [before] = pick(std::str::from_utf8(&self.bytes).ok()?, ["result"])?;
        // The result is the last member of what is written here.
        let opening = self.bytes.len().checked_sub(before?.json().len() + 1)?;
        Some(Self { bytes: [&self.bytes[..opening], json.as_bytes(), b"}"].concat(), kind: self.kind })
    }

    /// What it is.
    pub fn kind(&self) -> ReplyKind {
        self.kind
    }
}

/// What every answer to a request begins with.
fn opening(id: &Id) -> Vec<u8> {
    let mut opening = br#"{"jsonrpc":"2.0","id":"#.to_vec();
    id.write(&mut opening);
    opening.push(b',');
    opening
}

/// Writes a result, straight into the buffer that will be sent.
///
/// ```
/// use mcp_proto::era::Seal;
/// use mcp_proto::wire::{Id, ResultWriter};
///
/// let mut result = ResultWriter::new(&Id::Number(1));
/// result.member("answer").extend_from_slice(b"42");
/// let reply = result.finish(&Seal::stateful());
/// assert_eq!(reply.bytes(), br#"{"jsonrpc":"2.0","id":1,"result":{"answer":42}}"#);
/// ```
#[derive(Debug)]
pub struct ResultWriter {
    members: Members,
    kind: ReplyKind,
}

impl ResultWriter {
    /// Begins the answer to request `id`.
    pub fn new(id: &Id) -> Self {
        Self::with_capacity(id, 256)
    }

    /// Begins the answer, with room for about `capacity` bytes.
    pub fn with_capacity(id: &Id, capacity: usize) -> Self {
        let mut buf = Vec::with_capacity(capacity);
        buf.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        id.write(&mut buf);
        buf.extend_from_slice(br#","result":{"#);
        Self { members: Members::new(buf), kind: ReplyKind::Result }
    }

    /// Begins the member `name`, which must need no escaping. The caller appends its value.
    pub fn member(&mut self, name: &str) -> &mut Vec<u8> {
        self.members.begin(name)
    }

    /// The buffer, to go on with the value of the member that was begun last.
    pub fn value(&mut self) -> &mut Vec<u8> {
        self.members.buf()
    }

    /// Appends members that are rendered already: `"a":1,"b":2`. Nothing is appended for nothing.
    pub fn members(&mut self, rendered: &str) {
        self.members.append(rendered);
    }

    /// Marks the result as a tool's failure.
    pub fn set_tool_error(&mut self) {
        self.kind = ReplyKind::ToolError;
    }

    /// Ends the result; how it [ends](crate::era::Seal) differs by the era.
    pub(crate) fn end(self) -> Reply {
        Reply { bytes: self.members.finish(), kind: self.kind }
    }

    /// Ends a result that is no answer but a question.
    pub(crate) fn end_as_question(self) -> Reply {
        Reply { bytes: self.members.finish(), kind: ReplyKind::InputRequired }
    }
}

/// Whose mistake an error answers.
#[derive(Clone, Copy, Debug)]
pub enum ErrorId<'a> {
    /// A request's.
    Given(&'a Id),
    /// Nobody knows, and the revision wants the member left out (from 2025-11-25).
    LeftOut,
    /// Nobody knows, and the revision wants `null` (up to 2025-06-18).
    Null,
}

/// Writes an error answer.
pub fn error_frame(out: &mut Vec<u8>, id: ErrorId<'_>, error: &RpcError) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","#);
    match id {
        ErrorId::Given(id) => {
            out.extend_from_slice(br#""id":"#);
            id.write(out);
            out.push(b',');
        }
        ErrorId::Null => out.extend_from_slice(br#""id":null,"#),
        ErrorId::LeftOut => {}
    }
    out.extend_from_slice(br#""error":{"code":"#);
    write_json(out, &error.code.0);
    out.extend_from_slice(br#","message":"#);
    write_str(out, &error.message);
    if let Some(data) = &error.data {
        out.extend_from_slice(br#","data":"#);
        out.extend_from_slice(data.get().as_bytes());
    }
    out.extend_from_slice(b"}}");
}

/// The code of the error that a frame of ours answers a request with. `None` for every other frame.
#[inline]
pub fn error_code(frame: &[u8]) -> Option<Code> {
    let rest = frame.strip_prefix(br#"{"jsonrpc":"2.0","id":"#)?;
    let end_of_id = match rest.first()? {
        b'"' => {
            let mut at = end_of_plain(rest, 1);
            while *rest.get(at)? != b'"' {
                // What is escaped has one character behind the backslash, or is plain from there on.
                at = end_of_plain(rest, at + 2);
            }
            at + 1
        }
        _ => rest.iter().position(|byte| *byte == b',')?,
    };
    let digits = rest.get(end_of_id..)?.strip_prefix(br#","error":{"code":"#)?.split(|byte| *byte == b',').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok().map(Code)
}

/// A notification's frame; `params` is the JSON of an object.
pub fn notification(method: &str, params: Option<&str>) -> Vec<u8> {
    finish_params(open_notification(method, params.map_or(0, str::len)), params)
}

/// A notification's frame; `params` appends the JSON of an object.
pub fn notification_with(method: &str, params: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = open_notification(method, 128);
    out.extend_from_slice(br#","params":"#);
    params(&mut out);
    out.push(b'}');
    out
}

/// A notification that a call sends, perhaps many times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallNotice {
    /// `notifications/progress`
    Progress,
    /// `notifications/message`
    Log,
}

impl CallNotice {
    /// Appends its frame; `params` appends the JSON of an object.
    pub fn write(self, out: &mut Vec<u8>, params: impl FnOnce(&mut Vec<u8>)) {
        out.extend_from_slice(match self {
            Self::Progress => br#"{"jsonrpc":"2.0","method":"notifications/progress","params":"#,
            Self::Log => br#"{"jsonrpc":"2.0","method":"notifications/message","params":"#,
        });
        params(out);
        out.push(b'}');
    }
}

fn open_notification(method: &str, params: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(80 + params);
    out.extend_from_slice(br#"{"jsonrpc":"2.0","method":"#);
    write_str(&mut out, method);
    out
}

/// A request's frame; `params` is the JSON of an object.
pub fn request(id: &Id, method: &str, params: Option<&str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + params.map_or(0, str::len));
    out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    id.write(&mut out);
    out.extend_from_slice(br#","method":"#);
    write_str(&mut out, method);
    finish_params(out, params)
}

fn finish_params(mut out: Vec<u8>, params: Option<&str>) -> Vec<u8> {
    if let Some(params) = params {
        out.extend_from_slice(br#","params":"#);
        out.extend_from_slice(params.as_bytes());
    }
    out.push(b'}');
    out
}

/// Appends `text` as a JSON string.
pub fn write_str(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    // With room for what mostly comes behind a text, so that a long one is not moved for the sake of a few braces.
    out.reserve(bytes.len() + 128);
    let plain = end_of_plain(bytes, 0);
    out.push(b'"');
    out.extend_from_slice(&bytes[..plain]);
    if plain < bytes.len() {
        // What follows may be cut anywhere: a byte to escape is a character of its own.
        return write_escaped(out, &text[plain..]);
    }
    out.push(b'"');
}

/// Appends the rest of a string from its first escape on, and the closing quote.
#[cold]
fn write_escaped(out: &mut Vec<u8>, text: &str) {
    let start = out.len();
    write_json(out, text);
    // `serde_json` has opened the string a second time.
    out.remove(start);
}

fn write_json(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Strings and integers always serialize, and a `Vec` takes all that is written.
    let _ = serde_json::to_writer(out, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_given_again_to_another_request() {
        let (one, two) = (Id::Number(1), Id::String("two".into()));
        let reply = Reply::error(&one, &RpcError::internal());
        let outcome = reply.outcome(&one).expect("it answers that");
        assert_eq!(
            Reply::again(&two, outcome, reply.kind()).bytes(),
            Reply::error(&two, &RpcError::internal()).bytes()
        );
        assert!(reply.outcome(&two).is_none());
    }

    #[test]
    fn the_code_of_an_error_is_found_behind_any_id_and_in_no_result() {
        let error = RpcError::new(Code(-40_300), r#"","error":{"code":1,"#);
        for id in [Id::Number(1), Id::String("a".into()), Id::String(r#"","error":{"code":1,""#.into())] {
            assert_eq!(error_code(Reply::error(&id, &error).bytes()), Some(Code(-40_300)), "{id}");
            let mut result = ResultWriter::new(&id);
            result.member("a").extend_from_slice(br#"1,"error":{"code":-40300,"message":"m"}"#);
            assert_eq!(error_code(result.end().bytes()), None, "{id}");
        }
        for other in
            ["", "{}", r#"{"jsonrpc":"2.0","id":"a"#, r#"{"jsonrpc":"2.0","id":"a"#, r#"{"jsonrpc":"2.0","id":1"#]
        {
            assert_eq!(error_code(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn an_answer_has_another_result_and_nothing_else_changes() {
        let mut result = ResultWriter::new(&Id::String("result".into()));
        result.member("result").extend_from_slice(br#"{"result":1}"#);
        let reply = result.end().with_result(r#"{"a":2}"#).expect("a result");
        assert_eq!(reply.bytes(), br#"{"jsonrpc":"2.0","id":"result","result":{"a":2}}"#);
        assert_eq!(reply.kind(), ReplyKind::Result);
        assert!(Reply::error(&Id::Number(1), &RpcError::internal()).with_result("{}").is_none());
    }

    #[test]
    fn strings_are_written_as_serde_json_writes_them() {
        let special = ["\"", "\\", "\n", "\0", "\u{1f}", "\u{7f}", "é", "\u{2028}", "😀"];
        for special in special {
            for before in 0..20 {
                let text = format!("{}{special}{}", "a".repeat(before), "b\"c".repeat(before % 3));
                let mut out = Vec::new();
                write_str(&mut out, &text);
                assert_eq!(String::from_utf8(out).expect("UTF-8"), serde_json::to_string(&text).expect("a string"));
            }
        }
    }
}
