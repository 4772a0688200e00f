//! Transcripts: what goes in and what comes out, as data.
//!
//! A file has settings, then cases. Each case is one connection, played in each of its revisions:
//!
//! ```text
//! # A comment.
//! revisions: 2025-06-18..          which revisions; all of them where it does not say
//! over: memory stdio               what carries it; `http[..2025-11-25]`: HTTP, in these revisions only
//! server: paged                    which variant of the fixture server
//! handshake: off                   the case opens its session itself
//! slow: yes                        it takes seconds, and is played with the feature `slow` only
//! capabilities: {"roots":{}}       what the client declares that it can do
//!
//! == tools can be called
//! > tools/call name=add arguments={"a":2,"b":3}
//! < result {"content":[{"type":"text","text":"5"}]}
//! ! quiet
//! ```
//!
//! | Line | |
//! | --- | --- |
//! | `> METHOD key=JSON …` | a request, its id counted up unless `id=` says it; a notification by its name; `_meta` is added |
//! | `> {…}`, `>> …` | JSON, or any text, as it stands |
//! | `< result PATTERN` | the answer to the last request; `< id=7 result …` to another one |
//! | `< error CODE "message" PATTERN` | the same, the pattern being that of `data` |
//! | `< METHOD PATTERN` | a notification, the pattern being that of `params` |
//! | `< {…}`, `< […]` | the whole frame |
//! | `<* …` | the same, and lines of this kind that stand together may come in any order |
//! | `? KEY METHOD PATTERN` | a question of the server's, the pattern being that of `params` |
//! | `= KEY JSON` | the client's answer to it |
//! | `! quiet` | nothing else has been said: the next thing is the answer to a question nobody knows |
//! | `! close` | the input ends; at the end of a case it does anyway |
//!
//! Questions are what the two eras have in common, and so one script plays both. In a session each is a request of the
//! server's, whose id is remembered under its key, and each answer a response. Without one, the questions that stand together
//! are the whole `inputRequests` of the answer to the last request, whose `requestState` is remembered as `state`; the answers
//! that stand together are that request once more, with both.
//!
//! Over HTTP the answer to each request, and the notices of a session, are streams of their own: lines that stand together
//! are in order within each stream, not between them.
//!
//! `>[..2025-06-18]` plays a line in these revisions only. A line that is indented goes on with the one before.
//! `{{x*1000}}` is a thousand `x`; in what is sent, `"$name"` is what was remembered, and `"$name~"` the same with a letter
//! changed. Patterns are explained in [`pattern`]. Every frame that the server sends is held to
//! [`rules`] besides.

pub mod body;
pub mod http;
pub mod own;
pub mod pattern;
pub mod play;
mod questions;
pub mod rules;
pub mod script;
mod shape;
#[cfg(unix)]
pub mod unix;
pub mod ws;

pub use body::{Body, Memory, Stdio};
pub use http::Http;
pub use own::Own;
pub use play::play;
pub use script::Carrier;
#[cfg(unix)]
pub use unix::Unix;
pub use ws::WebSocket;
