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
//! validate: on                     only where arguments are held to the whole schema; `off`: only where not
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
//! | `! quiet` | nothing else has been said: the next thing is the answer to a question nobody knows |
//! | `! close` | the input ends; at the end of a case it does anyway |
//!
//! Over HTTP the answer to each request, and the notices of a session, are streams of their own: lines that stand together
//! are in order within each stream, not between them.
//!
//! `>[..2025-06-18]` plays a line in these revisions only. A line that is indented goes on with the one before.
//! `{{x*1000}}` is a thousand `x`. Patterns are explained in [`pattern`]. Every frame that the server sends is held to
//! [`rules`] besides.

pub mod body;
pub mod http;
pub mod pattern;
pub mod play;
pub mod rules;
pub mod script;
mod shape;

pub use body::{Body, Memory, Stdio};
pub use http::Http;
pub use play::play;
pub use script::Carrier;
