//! From the bytes of a frame to a message, in one pass.
//!
//! The pass looks at every byte once. It reads the envelope and the few members of `params` and `_meta` that
//! every call needs, and leaves the rest where it is: `arguments` becomes a [`Span`](super::Span), to be parsed
//! straight into the function's own types later. No member can fail the pass by having the wrong type: such a
//! message must still be answered, by its id.

mod amend;
mod envelope;
mod object;
mod params;
mod recent;

use std::str::Utf8Error;

use bytes::Bytes;
use serde_json::value::RawValue;

use self::envelope::Envelope;
use self::object::Object;
use super::error::RpcError;
use super::frame::{Frame, Span};
use super::id::Id;
use super::plain::is_ascii;
use super::request::{Invalid, Notification, Request, Response};
use super::scan::{Malformed, Scanner};

/// The most messages of a batch: as many as there may be calls in flight. A megabyte of `1,1,1` would otherwise become a
/// hundred megabytes of refusals.
const LARGEST_BATCH: usize = 1024;

/// The most bytes that a client may say of itself, in each of `clientInfo` and its capabilities: they are kept with its session.
/// Real ones have some hundreds.
pub(crate) const CLIENT_BYTES: usize = 16 * 1024;

/// What one frame holds.
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    One(Message),
    /// Several in a JSON array: a batch, which only 2025-03-26 has.
    Batch(Vec<Message>),
}

/// One JSON-RPC message.
#[derive(Debug)]
#[non_exhaustive]
pub enum Message {
    /// Something to answer. In a box: it is handed on many times, and read by everybody.
    Request(Box<Request>),
    /// Something to note.
    Notification(Notification),
    /// An answer to something we asked.
    Response(Response),
    /// Nothing that can be understood; it is answered with an error.
    Invalid(Invalid),
}

/// Decodes one frame. Bytes that make no sense become [`Message::Invalid`]; nothing fails.
///
/// ```
/// use mcp_proto::wire::{Incoming, Message, decode};
///
/// let frame = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":true}}"#;
/// let Incoming::One(Message::Response(response)) = decode(frame) else { panic!("an answer") };
/// assert_eq!(response.content(), Some("[]"));
/// assert!(response.is_error() && !response.asks());
/// ```
pub fn decode(bytes: impl Into<Bytes>) -> Incoming {
    let frame = Frame::new(bytes);
    let first = frame.bytes().iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') { decode_batch(&frame) } else { Incoming::One(decode_message(frame)) }
}

fn decode_batch(frame: &Frame) -> Incoming {
    let Ok(parts) = std::str::from_utf8(frame.bytes()).map_err(|_| Malformed).and_then(parts) else {
        return Incoming::One(malformed(frame));
    };
    if parts.len() > LARGEST_BATCH {
        return Incoming::One(invalid(None, &format!("a batch of more than {LARGEST_BATCH} messages")));
    }
    Incoming::Batch(parts.into_iter().map(|part| decode_message(frame.part(part))).collect())
}

/// The messages of a batch. Of one with too many no more are kept than tell so: a frame may hold millions.
fn parts(json: &str) -> Result<Vec<Span>, Malformed> {
    let mut scanner = Scanner::new(json);
    let mut parts = Vec::new();
    let mut more = scanner.enter(b'[', b']')?;
    while more {
        let part = scanner.value()?.span;
        if parts.len() <= LARGEST_BATCH {
            parts.push(part);
        }
        more = scanner.more(b']')?;
    }
    scanner.end()?;
    Ok(parts)
}

fn decode_message(frame: Frame) -> Message {
    let json = frame.bytes();
    // That all of it is text is found out once, and not again for each string. As a rule it is ASCII, which is seen at once.
    let is_text = is_ascii(json) || std::str::from_utf8(json).is_ok();
    let mut envelope = Object::<Envelope>::default();
    if !is_text || envelope.read(json).is_err() {
        return malformed(&frame);
    }
    envelope.message(frame)
}

/// What is wrong with a frame that is no JSON, in the words of `serde_json`, which knows the place.
#[cold]
fn malformed(frame: &Frame) -> Message {
    match std::str::from_utf8(frame.bytes()).map(serde_json::from_str::<&RawValue>) {
        Ok(Err(error)) => not_json(&error),
        Err(error) => not_text(frame, error),
        // A name that is no text, for half a character.
        Ok(Ok(_)) => unparsed("invalid unicode in a name"),
    }
}

/// A frame that is not UTF-8, with the place as `serde_json` gives it.
fn not_text(frame: &Frame, error: Utf8Error) -> Message {
    let before = &frame.bytes()[..error.valid_up_to()];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    unparsed(&format!("invalid unicode code point at line {line} column {column}"))
}

fn unparsed(why: &str) -> Message {
    Message::Invalid(Invalid { id: None, answers: None, error: RpcError::parse(format!("Parse error: {why}")) })
}

fn not_json(error: &serde_json::Error) -> Message {
    // The position helps whoever wrote the client; the words of serde_json name no internals.
    unparsed(&error.to_string())
}

#[cold]
fn invalid(id: Option<Id>, why: &str) -> Message {
    Message::Invalid(Invalid { id, answers: None, error: RpcError::invalid_request(format!("Invalid request: {why}")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_batch_that_is_too_long_no_more_is_kept_than_tells_so() {
        let long = format!("[1{}]", ",1".repeat(100_000));
        let parts = parts(&long).expect("it is JSON");
        assert_eq!(parts.len(), LARGEST_BATCH + 1);
        let Incoming::One(Message::Invalid(invalid)) = decode(long) else { panic!("it is refused") };
        assert!(invalid.error.message.contains("more than 1024"), "{}", invalid.error.message);
        // What comes behind is looked at all the same.
        let broken = format!("[1{},]", ",1".repeat(100_000));
        let Incoming::One(Message::Invalid(invalid)) = decode(broken) else { panic!("it is refused") };
        assert_eq!(invalid.error.code, super::super::Code::PARSE);
    }

    /// What was read of a request, without its frame.
    fn read(json: &str) -> String {
        let Incoming::One(Message::Request(request)) = decode(json.to_owned()) else { panic!("a request: {json}") };
        let meta = (request.protocol_version(), request.client_info(), request.client_capabilities());
        let rest = (request.log_level(), request.progress_token(), request.cursor(), request.uri());
        let answers = (request.input_responses(), request.request_state());
        let asked = (request.name(), request.arguments_json());
        format!("{:?} {:?} {asked:?} {meta:?} {rest:?} {answers:?} {:?}", request.id, request.method, request.fault)
    }

    #[test]
    fn a_name_is_the_same_however_it_is_written() {
        let plain = concat!(
            r#"{"jsonrpc":"2.0","id":12,"method":"tools/call","params":{"name":"add","arguments":{},"uri":"a:b","cursor":"c","#,
            r#""inputResponses":{},"requestState":"s","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
            r#""io.modelcontextprotocol/clientInfo":{},"io.modelcontextprotocol/clientCapabilities":{},"progressToken":"t","#,
            r#""io.modelcontextprotocol/logLevel":"info"}}}"#
        );
        let expected = read(plain);
        for part in [r#"Number(12)"#, "ToolsCall", "add", "a:b", r#""c""#, r#""s""#, "2026-07-28", r#"\"t\""#, "info"] {
            assert!(expected.contains(part), "{part} in {expected}");
        }
        for space in [" ", "\n\t", "\r\n  "] {
            assert_eq!(read(&plain.replace(r#"":"#, &format!("\":{space}"))), expected, "behind colons");
            assert_eq!(read(&plain.replace(r#"":"#, &format!("\"{space}:"))), expected, "before colons");
            assert_eq!(read(&plain.replace(r#",""#, &format!("{space},{space}\""))), expected, "around commas");
        }
        assert_eq!(read(&plain.replace("tools/call", r"tools\/call")), expected, "a value with an escape");
        // Each name with its first letter as an escape.
        for (at, _) in plain.match_indices(r#"":"#) {
            let begin = plain[..at].rfind('"').expect("a name is quoted") + 1;
            let letter = plain.as_bytes()[begin];
            let text = format!("{}\\u{letter:04x}{}", &plain[..begin], &plain[begin + 1..]);
            assert_eq!(read(&text), expected, "{text}");
        }
    }

    #[test]
    fn a_name_that_begins_or_ends_like_one_is_another() {
        for (name, other) in
            [("id", "idx"), ("id", "i"), ("method", "methods"), ("params", "xparams"), ("params", "param")]
        {
            let json = r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"name":"x"}}"#;
            let other = json.replace(&format!("\"{name}\""), &format!("\"{other}\""));
            match decode(other.clone()) {
                Incoming::One(Message::Request(request)) => {
                    assert!(name == "params" && request.name().is_none(), "{other}")
                }
                Incoming::One(_) => assert_ne!(name, "params", "{other}"),
                Incoming::Batch(_) => panic!("{other}"),
            }
        }
    }

    #[test]
    fn what_was_read_before_changes_nothing() {
        let meta = r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"a"}}"#;
        let metas = [
            meta.to_owned(),
            meta.replace(r#""a""#, r#""b""#),
            meta.replace(r#"{"name":"a"}"#, "1"),
            meta.replace("2026-07-28", r"2026-07-2\u0038"),
            meta.replacen('{', r#"{"progressToken":7,"#, 1),
            meta.replacen('{', r#"{"of.others/id":7,"#, 1),
            format!(r#"{},"io.modelcontextprotocol/logLevel":"debug"}}"#, &meta[..meta.len() - 1]),
            format!(r#"{},"io.modelcontextprotocol/clientInfo":{{}}}}"#, &meta[..meta.len() - 1]),
            meta.replace(r#""a""#, &format!(r#""{}""#, "a".repeat(2000))),
            format!("{meta} "),
            "{}".to_owned(),
            "null".to_owned(),
            "[]".to_owned(),
        ];
        let messages = metas.iter().flat_map(|meta| {
            let around = |before: &str, behind: &str| {
                format!(
                    r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{{before}"_meta":{meta}{behind}}}}}"#
                )
            };
            [around("", r#","name":"x""#), around(r#""name":"echo","arguments":{},"#, ""), around(r#""_meta":{},"#, "")]
        });
        let messages = messages.collect::<Vec<_>>();
        let alone = messages.iter().map(|message| {
            let message = message.clone();
            std::thread::spawn(move || read(&message)).join().expect("it is read")
        });
        let alone = alone.collect::<Vec<_>>();
        for first in messages.iter().step_by(3) {
            for (message, alone) in messages.iter().zip(&alone) {
                for json in [first, message, message] {
                    // The second time it is known.
                    let now = read(json);
                    assert!(json != message || now == *alone, "{message}\nbehind {first}:\n{now}\n{alone}");
                }
            }
        }
        // An end that is missing, or too much.
        for broken in [&messages[0][..messages[0].len() - 1], &format!("{}}}", messages[0])] {
            read(&messages[0]);
            assert!(matches!(decode(broken.to_owned()), Incoming::One(Message::Invalid(_))), "{broken}");
        }
    }
}
