//! An authorization server for trying things out: it approves everything, so it is for nothing else. It prints its URL, and serves
//! until it is stopped.

use std::io::Write as _;

use mcp_runtime::testing::Issuer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let issuer = Issuer::start().await;
    writeln!(std::io::stdout(), "{}", issuer.url())?;
    std::future::pending().await
}
