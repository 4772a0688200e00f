//! A server program that is told to stop.

use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use mcp_tests::process::{PATIENCE, Process};

use super::client::{Client, ERAS, Era};
use super::serve::alone;

/// How long a program waits for calls in flight. No call is, so none of it may be waited out.
const GRACE: Duration = Duration::from_secs(25);

/// The address that a program says it listens at.
fn address(process: &Process) -> SocketAddr {
    let began = Instant::now();
    loop {
        let stderr = process.stderr();
        let said = stderr.lines().find_map(|line| line.split("listening at http://").nth(1)?.strip_suffix("/mcp"));
        if let Some(address) = said {
            return address.parse().expect("an address");
        }
        assert!(began.elapsed() < PATIENCE, "it does not say where: {stderr}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_ends_a_program_at_once_whose_clients_only_listen() {
    let _alone = alone().await;
    for signal in ["TERM", "INT"] {
        let program = env!("CARGO_BIN_EXE_fixture-server");
        let process = Process::spawn(Command::new(program).args(["serve", "--http", "127.0.0.1:0"]));
        let address = address(&process);
        let mut streams = Vec::new();
        for era in (0..20).flat_map(|_| ERAS) {
            let mut client = Client::open(address, era).await;
            client.listen().await;
            streams.push((era, client));
        }
        // One that is idle, one that has said nothing.
        let mut idle = Client::open(address, Era::Stateless).await;
        assert!(idle.call(1, "echo", r#"{"message":"hi"}"#).await.says("hi"));
        let silent = Client::open(address, Era::Stateless).await;
        process.signal(signal);
        let told = Instant::now();
        for (era, mut client) in streams {
            if era == Era::Stateless {
                let last = client.wire.message().await.expect("a good end").expect("a result");
                assert!(last.data.contains(r#""resultType":"complete""#), "{last:?}");
            }
            assert!(client.wire.message().await.expect("a good end").is_none(), "{era:?}");
        }
        let code = tokio::task::spawn_blocking(move || process.end().0).await.expect("it ends");
        assert_eq!(code, Some(0), "after {signal}");
        assert!(told.elapsed() < GRACE, "it waited for nobody");
        drop((idle, silent));
    }
}
