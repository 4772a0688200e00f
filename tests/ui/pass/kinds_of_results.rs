//! What a function can return.

#![deny(warnings)]

use std::fmt;

use mcp_runtime::prelude::*;

#[derive(serde::Serialize, schemars::JsonSchema)]
struct Sum {
    sum: i64,
}

/// Serializes, and has no schema.
#[derive(serde::Serialize)]
struct Plain {
    sum: i64,
}

#[derive(Debug)]
struct Overdrawn;

impl fmt::Display for Overdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("overdrawn")
    }
}

type Fallible<T> = Result<T, Overdrawn>;

#[tool]
fn nothing() {}

#[tool]
fn unit() -> Result<(), Overdrawn> {
    Ok(())
}

#[tool]
fn text() -> String {
    String::new()
}

#[tool]
fn static_text() -> &'static str {
    ""
}

#[tool]
fn number() -> f64 {
    0.0
}

#[tool]
fn maybe() -> Option<u8> {
    None
}

#[tool]
fn list() -> Vec<Sum> {
    vec![Sum { sum: 1 }]
}

#[tool]
fn structure() -> Fallible<Sum> {
    Ok(Sum { sum: 1 })
}

#[tool]
fn plain() -> Plain {
    Plain { sum: 1 }
}

#[tool]
fn image() -> Image {
    Image::png(vec![])
}

#[tool]
fn blocks() -> Vec<Content> {
    vec![]
}

#[tool]
async fn everything() -> Result<ToolResult, Error> {
    Ok(ToolResult::text("done"))
}

#[resource("result://text")]
fn resource_text() -> Fallible<String> {
    Err(Overdrawn)
}

#[resource("result://bytes")]
async fn resource_bytes() -> Vec<u8> {
    vec![]
}

#[resource("result://json")]
fn resource_json() -> Sum {
    Sum { sum: 1 }
}

#[prompt]
fn one_message() -> &'static str {
    "Hello"
}

#[prompt]
async fn messages() -> Result<Vec<PromptMessage>, Error> {
    Ok(vec![])
}

fn main() {
    assert_eq!(plain().sum, 1);
    let all = tools![
        nothing,
        unit,
        text,
        static_text,
        number,
        maybe,
        list,
        structure,
        plain,
        image,
        blocks,
        everything,
    ];
    assert_eq!(all.len(), 12);
    assert_eq!(resources![resource_text, resource_bytes, resource_json].len(), 3);
    assert_eq!(prompts![one_message, messages].len(), 2);
}
