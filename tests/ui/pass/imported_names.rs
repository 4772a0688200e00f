//! `tools![…]` finds a marked function by any name that it has where it is written.

#![deny(warnings)]

use mcp_runtime::prelude::*;

mod shop {
    pub(crate) use self::sale::halve;

    pub mod sale {
        use mcp_runtime::prelude::*;

        /// Halves.
        #[tool]
        pub fn halve(cents: u64) -> u64 {
            cents / 2
        }

        /// Has the name of a macro, which is used here all the same.
        #[tool]
        pub fn format(text: &str) -> String {
            format!("{text}!")
        }

        /// A price.
        #[resource("price://{item}")]
        pub fn price(item: &str) -> String {
            format!("{item} is free")
        }

        /// Greets.
        #[prompt]
        pub fn greet() -> &'static str {
            "Good day!"
        }
    }

    pub mod greet {
        use mcp_runtime::prelude::*;

        /// Has the name of its module.
        #[tool]
        pub fn greet(name: &str) -> String {
            format!("Good day, {name}!")
        }
    }
}

mod imported {
    use crate::shop::sale::{greet, halve, price};
    use mcp_runtime::ServerBuilder;
    use mcp_runtime::prelude::*;

    pub(crate) fn all() -> ServerBuilder {
        Server::empty("imported").with(tools![halve]).with_resources(resources![price]).with_prompts(prompts![greet])
    }
}

mod renamed {
    use crate::shop::greet;
    use crate::shop::greet::greet as hello;
    use crate::shop::sale::{format, halve as h};
    use mcp_runtime::ServerBuilder;
    use mcp_runtime::prelude::*;

    pub(crate) fn all() -> ServerBuilder {
        Server::empty("renamed").with(tools![h, hello, greet::greet, format])
    }
}

mod by_glob {
    use crate::shop::sale::*;
    use mcp_runtime::ServerBuilder;
    use mcp_runtime::prelude::*;

    pub(crate) fn all() -> ServerBuilder {
        Server::empty("by glob").with(tools![halve])
    }
}

fn main() {
    let by_path = Server::empty("by path").with(tools![shop::halve, shop::sale::halve, crate::shop::halve]);
    for server in [by_path, imported::all(), renamed::all(), by_glob::all()] {
        assert!(server.build().is_ok());
    }
}
