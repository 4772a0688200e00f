//! No name of a user's meets a name in generated code.

#![deny(warnings)]

use mcp_runtime::prelude::*;

mod shadows {
    #![allow(dead_code)]

    pub struct Option;
    pub struct String;
    pub struct Vec;
    pub struct Call;
    pub struct Binder;
    pub type Result = ::std::result::Result<u8, ::std::num::ParseIntError>;

    pub mod core {}
    pub mod std {}
    pub mod alloc {}
}

mod tools {
    #[allow(unused_imports)]
    use super::shadows::*;
    use mcp_runtime::{State, prompt, resource, tool};

    fn read() -> i64 {
        1
    }

    fn slots() -> i64 {
        2
    }

    fn value() -> i64 {
        3
    }

    pub struct Ledger;

    #[tool]
    pub fn call(
        #[arg(default = read())] call: i64,
        #[arg(default = slots() + value(), range(1..))] read: i64,
        slots: i64,
        value: i64,
        binder: State<Ledger>,
        probe: &str,
        error: i64,
        r#type: i64,
    ) -> i64 {
        let _ = &binder;
        call + read + slots + value + error + r#type + probe.len() as i64
    }

    #[tool]
    pub fn bind(bind: i64) -> i64 {
        bind
    }

    #[tool]
    pub fn r#loop(__mcp: i64, arg_a: i64, a: i64) -> i64 {
        __mcp + arg_a + a
    }

    #[tool]
    pub fn parse(digits: &str) -> Result {
        digits.parse()
    }

    #[resource("text://{read}/{call}")]
    pub fn text(read: u8, call: &str) -> &'static str {
        let _ = (read, call);
        "text"
    }

    #[prompt]
    pub fn answer(value: &str, index: u8) -> &'static str {
        let _ = (value, index);
        "answer"
    }
}

/// A function and its argument, a constant and a module may share a name.
#[tool]
fn echo(echo: &str) -> String {
    echo.to_owned()
}

mod echo {}

fn main() {
    let ledger = State::new(tools::Ledger);
    assert_eq!(tools::call(1, 2, 3, 4, ledger, "five", 6, 7), 27);
    assert_eq!(echo("x"), "x");
    assert_eq!(tools![echo, tools::bind, tools::r#loop, tools::call, tools::parse].len(), 5);
    assert_eq!(resources![tools::text].len() + prompts![tools::answer].len(), 2);
}
