use mcp_runtime::prelude::*;

type Page = std::num::NonZeroU8;

#[resource("note://all{?page}")]
fn notes(page: Page) -> String {
    page.to_string()
}

fn main() {}
