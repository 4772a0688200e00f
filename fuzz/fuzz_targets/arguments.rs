//! Any arguments, for tools that take many types: `cargo fuzz run arguments -s none`.
//!
//! Nothing panics; every call is answered once; the answer is not much longer than the call; what a tool gave back it takes,
//! and gives back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_fuzz::{TOOLS, answer, call};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, arguments)) = bytes.split_first() else { return };
    // A frame is a line.
    if arguments.contains(&b'\n') {
        return;
    }
    let tool = TOOLS[usize::from(*choice) % TOOLS.len()];
    let (text, said) = answer(call(tool, arguments, ""));
    assert!(text.len() <= 64 * 1024 + 16 * arguments.len(), "{} bytes for {}", text.len(), arguments.len());
    let given = &said["result"]["structuredContent"];
    if said["result"]["isError"] != true && given.is_object() {
        let (_, again) = answer(call(tool, given.to_string().as_bytes(), ""));
        assert_eq!(again["result"]["structuredContent"], *given, "{tool} takes what it gave: {again}");
    }
});
