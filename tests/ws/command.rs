//! The command `mcp`, with URLs of WebSocket.

use std::process::{Command, Output};

use mcp_runtime::Http;
use mcp_tests::fixture;

use super::server::serve;

const MCP: &str = env!("CARGO_BIN_EXE_mcp-command");

#[tokio::test]
async fn the_command_mcp_takes_urls_of_websocket() {
    let (address, _stop) = serve(Http::new(fixture::server("")).with_ws()).await;
    let url = format!("ws://{address}/ws");
    let run = async |words: &[&str]| -> Output {
        let mut command = Command::new(MCP);
        command.args(&words[..1]).arg(&url).args(&words[1..]);
        tokio::task::spawn_blocking(move || command.output()).await.expect("it runs").expect("it runs")
    };
    for protocol in ["2025-11-25", "2026-07-28"] {
        let called = run(&["call", "add", "a=2", "b=3", "--protocol", protocol]).await;
        assert!(called.status.success() && called.stdout == b"5\n", "{called:?}");
    }
    let listed = run(&["list"]).await;
    assert!(listed.status.success() && String::from_utf8_lossy(&listed.stdout).contains("  add  "), "{listed:?}");
    assert!(run(&["ping"]).await.status.success());
    // The exit code of a server that cannot be reached.
    let refused = Command::new(MCP).args(["list", "ws://127.0.0.1:1/ws"]).output().expect("it runs");
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
}
