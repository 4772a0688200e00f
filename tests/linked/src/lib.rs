//! A crate that is depended on for its tools only: nobody calls anything here by name. One test names functions in lists.

use mcp_runtime::prelude::*;

/// Is there if its crate is linked.
#[tool]
fn from_another_crate() -> &'static str {
    "linked"
}

/// Functions that lists name, in a group of their own.
pub mod named {
    use mcp_runtime::prelude::*;

    /// The functions of this module.
    pub static NAMED: Group = Group::new("named");

    /// Shouts.
    #[tool(group = NAMED)]
    pub fn shout(text: &str) -> String {
        text.to_uppercase()
    }

    /// What was said last.
    #[resource("said://last", group = NAMED)]
    pub fn last() -> &'static str {
        "nothing"
    }

    /// Has functions that are tools.
    #[derive(Debug)]
    pub struct Voice;

    #[handlers(group = NAMED)]
    impl Voice {
        /// Whispers.
        #[tool]
        pub fn whisper(&self, text: &str) -> String {
            text.to_lowercase()
        }
    }
}
