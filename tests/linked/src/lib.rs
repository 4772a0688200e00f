//! A crate that is depended on for its tools only: nobody calls anything here by name.

use mcp_runtime::prelude::*;

/// Is there if its crate is linked.
#[tool]
fn from_another_crate() -> &'static str {
    "linked"
}
