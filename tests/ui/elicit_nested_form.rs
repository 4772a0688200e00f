use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Address {
    street: String,
}

#[derive(Elicit)]
struct Contact {
    address: Option<Address>,
}

fn main() {}
