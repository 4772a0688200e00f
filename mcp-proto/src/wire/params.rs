//! Writing the members of an object within an envelope, and the requests that a client sends.

use super::id::Id;
use super::reply::write_str;

/// Writes the `params` of a request, straight into the buffer that will be sent.
///
/// ```
/// use mcp_proto::wire::{Id, RequestWriter};
///
/// let mut request = RequestWriter::new(&Id::Number(1), "tools/call");
/// request.member("name").extend_from_slice(br#""add""#);
/// request.members(r#""arguments":{"a":1}"#);
/// let frame = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}}"#;
/// assert_eq!(request.finish(), frame);
/// ```
#[derive(Debug)]
pub struct RequestWriter(Members);

impl RequestWriter {
    /// Begins a request.
    pub fn new(id: &Id, method: &str) -> Self {
        Self::with_room(id, method, 0)
    }

    /// The same, with room for so many bytes more than a small request has.
    pub fn with_room(id: &Id, method: &str, bytes: usize) -> Self {
        let mut buf = Vec::with_capacity(256 + bytes);
        buf.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        id.write(&mut buf);
        buf.extend_from_slice(br#","method":"#);
        write_str(&mut buf, method);
        buf.extend_from_slice(br#","params":{"#);
        Self(Members::new(buf))
    }

    /// Begins the member `name`, which must need no escaping. The caller appends its value, JSON on one line.
    pub fn member(&mut self, name: &str) -> &mut Vec<u8> {
        self.0.begin(name)
    }

    /// Appends members that are rendered already: `"a":1,"b":2`. Nothing is appended for nothing.
    pub fn members(&mut self, rendered: &str) {
        self.0.append(rendered);
    }

    /// Ends the request: its frame, without a delimiter.
    pub fn finish(self) -> Vec<u8> {
        self.0.finish()
    }
}

/// The members of an object that is the last member of its envelope.
#[derive(Debug)]
pub(super) struct Members {
    buf: Vec<u8>,
    empty: bool,
}

impl Members {
    /// None yet; the object has been opened in `buf`.
    pub(super) fn new(buf: Vec<u8>) -> Self {
        Self { buf, empty: true }
    }

    /// Begins a member, whose value is appended to what is given back.
    pub(super) fn begin(&mut self, name: &str) -> &mut Vec<u8> {
        self.separate();
        self.buf.push(b'"');
        self.buf.extend_from_slice(name.as_bytes());
        self.buf.extend_from_slice(br#"":"#);
        &mut self.buf
    }

    /// Appends members that are rendered already.
    pub(super) fn append(&mut self, rendered: &str) {
        if !rendered.is_empty() {
            self.separate();
            self.buf.extend_from_slice(rendered.as_bytes());
        }
    }

    pub(super) fn buf(&mut self) -> &mut Vec<u8> {
        &mut self.buf
    }

    /// Ends the object, and its envelope.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.buf.extend_from_slice(b"}}");
        self.buf
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.empty) {
            self.buf.push(b',');
        }
    }
}
