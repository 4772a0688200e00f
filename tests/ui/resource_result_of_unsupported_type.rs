use mcp_runtime::prelude::*;

struct Note;

#[resource("note://all")]
fn notes() -> Note {
    Note
}

fn main() {}
