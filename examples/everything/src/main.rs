//! Every feature, as the official conformance suite and real clients ask for it.
//!
//! Run `cargo run -p everything` to serve on standard input and output, or `cargo run -p everything -- inspect` to see what
//! there is.

mod asking;
mod completion;
mod content;
mod faults;
mod notices;
mod prompts;
mod resources;
mod schemas;

mcp_runtime::main!(|server| async {
    Ok(server
        .title("Everything")
        .instructions("A server for tests: every tool does what its name says, and nothing else."))
});
