use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(format = "mail")]
    mail: String,
}

fn main() {}
