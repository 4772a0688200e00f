use mcp_runtime::prelude::*;

fn tags(typed: &str) -> Result<String, Error> {
    Ok(typed.to_owned())
}

#[prompt]
fn plan(#[arg(complete = tags)] tag: &str) -> String {
    tag.to_owned()
}

fn main() {}
