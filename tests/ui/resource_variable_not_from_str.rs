use mcp_runtime::prelude::*;

struct NoteId(u32);

#[resource("note://{id}")]
fn note(id: NoteId) -> String {
    id.0.to_string()
}

fn main() {}
