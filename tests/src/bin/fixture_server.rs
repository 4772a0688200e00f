//! The fixture server on standard input and output. `FIXTURE` says which of its variants.

use std::process::ExitCode;

use mcp_tests::fixture;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

#[tokio::main]
async fn main() -> ExitCode {
    let mut variant = std::env::var("FIXTURE").unwrap_or_default();
    if variant == "subscribed" {
        // A program that has a subscriber of its own.
        let stderr = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(LevelFilter::WARN);
        let layers = tracing_subscriber::registry().with(mcp_runtime::client_logs(fixture::logs::NAMED)).with(stderr);
        layers.init();
        return mcp_runtime::run!(fixture::builder("forwarding")).await;
    }
    if variant == "patient" {
        // Standard error may be read much later.
        mcp_runtime::limit_stderr(16 << 20);
        variant.clear();
    }
    if variant == "lingering" {
        // A program that goes on after it has served.
        let served = fixture::server("").serve_stdio().await;
        let interrupted = tokio::signal::ctrl_c();
        eprintln!("lingering after {served:?}");
        return interrupted.await.map_or(ExitCode::FAILURE, |()| ExitCode::from(7));
    }
    if variant != "changing" {
        return mcp_runtime::run!(fixture::builder(&variant)).await;
    }
    // Only a server that is built has a handle to change it with.
    match fixture::server(&variant).serve_stdio().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
