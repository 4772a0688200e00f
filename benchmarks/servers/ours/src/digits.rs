//! Many tools out of ten: one for each digit that a number ends with, taken in once for each way a number begins.

use std::ops::RangeInclusive;

use mcp_runtime::ServerBuilder;
use mcp_runtime::prelude::*;

/// Adds the tools `tool_0006`, `tool_0007` and so on.
pub(crate) fn mount(server: ServerBuilder, numbers: RangeInclusive<usize>) -> ServerBuilder {
    numbers.fold(server.separator(""), |server, number| {
        server.mount_as(&format!("tool_{:03}", number / 10), ENDING_WITH[number % 10])
    })
}

macro_rules! tools {
    ($($name:ident $group:ident $digit:literal)+) => {
        $(
            static $group: Group = Group::new($digit);

            /// Adds two numbers.
            #[tool(name = $digit, title = "Add", group = $group)]
            fn $name(a: i64, b: i64) -> String {
                (a + b).to_string()
            }
        )+

        static ENDING_WITH: [&Group; 10] = [$(&$group),+];
    };
}

tools! {
    zero ZERO "0"
    one ONE "1"
    two TWO "2"
    three THREE "3"
    four FOUR "4"
    five FIVE "5"
    six SIX "6"
    seven SEVEN "7"
    eight EIGHT "8"
    nine NINE "9"
}
