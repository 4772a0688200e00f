//! Any `requestState`, and ours with some bytes changed: `cargo fuzz run state -s none`.
//!
//! Nothing panics; a call goes on from a state only if it is one that we gave, letter for letter.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use mcp_fuzz::{answer, call};
use serde_json::{Value, json};

#[derive(Arbitrary, Debug)]
enum State {
    /// Any text.
    Text(String),
    /// The state that was given, with letters changed, its end cut off, and text put behind it.
    Changed { at: Vec<(u16, u8)>, cut: Option<u16>, more: String },
}

const ABOUT: &[u8] = br#"{"about":"it"}"#;

fuzz_target!(|state: State| {
    let (_, asked) = answer(call("asking", ABOUT, ""));
    let given = asked["result"]["requestState"].as_str().unwrap_or_else(|| panic!("no state: {asked}"));
    let state = match state {
        State::Text(text) => text,
        State::Changed { at, cut, more } => changed(given, &at, cut, &more),
    };
    let answers = json!({ "word": { "action": "accept", "content": { "word": "x" } } });
    let more = format!(r#","requestState":{},"inputResponses":{answers}"#, Value::from(state.as_str()));
    let (_, said) = answer(call("asking", ABOUT, &more));
    let done = said["result"]["content"][0]["text"] == "done: x";
    assert_eq!(done, state == given, "{said}");
});

fn changed(given: &str, at: &[(u16, u8)], cut: Option<u16>, more: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.";
    let mut letters = given.as_bytes().to_vec();
    for (place, letter) in at {
        let place = usize::from(*place) % letters.len();
        letters[place] = LETTERS[usize::from(*letter) % LETTERS.len()];
    }
    if let Some(cut) = cut {
        letters.truncate(usize::from(cut) % letters.len());
    }
    String::from_utf8(letters).expect("letters of ASCII") + more
}
