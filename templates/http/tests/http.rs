//! Runs the program, and talks to it over HTTP as clients do.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

use mcp_runtime::client::{Client, ClientError};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_{{project-name}}");

/// The program, which ends with the test.
struct Served {
    program: Child,
    url: String,
    _stderr: BufReader<ChildStderr>,
}

impl Served {
    fn start() -> Self {
        // Port 0: any that is free.
        let mut program = Command::new(PROGRAM)
            .args(["serve", "--http", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut stderr = BufReader::new(program.stderr.take().expect("a pipe"));
        // The first line of standard error ends with the URL.
        let mut line = String::new();
        stderr.read_line(&mut line).expect("a line");
        let url = line.split_whitespace().last().expect("the URL").to_owned();
        Self {
            program,
            url,
            _stderr: stderr,
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[tokio::test]
async fn clients_share_the_stock() -> Result<(), ClientError> {
    let served = Served::start();
    let one = Client::connect(&*served.url).await?;
    let other = Client::connect(&*served.url).await?;

    one.call("put", json!({"item": "tea", "number": 3})).await?;
    let count = other.call("count", json!({"item": "tea"})).await?;
    assert_eq!(count.value::<u64>()?, 3);
    Ok(())
}
