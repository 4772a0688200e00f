use mcp_runtime::prelude::*;

#[resource("note://{id}{?lang}")]
fn note(id: u32, lang: &str) -> String {
    format!("{id} in {lang}")
}

fn main() {}
