//! The items of a list are constrained by a type of their own, as the message about `pattern` says.

use mcp_runtime::prelude::*;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Item(#[schemars(regex(pattern = "^[a-z]+$"))] String);

/// Joins.
#[tool]
fn mark(#[arg(length(1..=2))] tags: Vec<Item>) -> String {
    tags.into_iter().map(|tag| tag.0).collect()
}

fn main() {
    assert!(Server::new("items").build().is_ok());
}
