//! The fixture server on standard input and output. `FIXTURE` says which of its variants.

use std::process::ExitCode;

use mcp_tests::fixture;

#[tokio::main]
async fn main() -> ExitCode {
    let variant = std::env::var("FIXTURE").unwrap_or_default();
    if variant != "changing" {
        return mcp_runtime::run!(fixture::builder(&variant)).await;
    }
    // Only a server that is built has a handle to change it with.
    match fixture::server(&variant).serve_stdio().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
