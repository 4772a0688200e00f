//! What a client costs that does nothing but send the bytes of a request and read those of the answer: hyper alone on HTTP, tokio's
//! pipes on stdio. It is the limit that the others are compared with.

use std::error::Error;
use std::process::Stdio;

use bytes::Bytes;
use client_cpu::{Start, TEXT, Task, WARM, nanoseconds, task};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

/// The same request as the others make, with the same members.
fn call(id: u32) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"echo","arguments":{{"message":"{TEXT}"}},"_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{{"name":"limit","version":"0"}},"io.modelcontextprotocol/clientCapabilities":{{}}}}}}}}"#
    )
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    // In a task, as programs do it that have more than one thing to do.
    tokio::spawn(run()).await?
}

async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    match task() {
        Task::Http { url, calls } => http(&url, calls).await,
        Task::Stdio { command, calls } => pipe(&command, calls).await,
    }
}

async fn http(url: &str, calls: u32) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut start = Start::now();
    let uri: hyper::Uri = url.parse()?;
    let authority = uri.authority().ok_or("no authority")?.clone();
    let stream = tokio::net::TcpStream::connect(authority.as_str()).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut before = 0;
    for id in 0..WARM + calls {
        if id == WARM {
            before = nanoseconds();
        }
        let request = Request::post(uri.path())
            .header("host", authority.as_str())
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", "echo")
            .body(Full::new(Bytes::from(call(id))))?;
        sender.ready().await?;
        let answer = sender.send_request(request).await?.into_body().collect().await?.to_bytes();
        check(&answer)?;
        start.answered();
    }
    start.tell(before, calls);
    Ok(())
}

async fn pipe(command: &[String], calls: u32) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut start = Start::now();
    let mut server =
        Command::new(&command[0]).args(&command[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (mut input, output) = (server.stdin.take().ok_or("no input")?, server.stdout.take().ok_or("no output")?);
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    let mut before = 0;
    for id in 0..WARM + calls {
        if id == WARM {
            before = nanoseconds();
        }
        let mut request = call(id);
        request.push('\n');
        input.write_all(request.as_bytes()).await?;
        line.clear();
        output.read_until(b'\n', &mut line).await?;
        check(&line)?;
        start.answered();
    }
    start.tell(before, calls);
    drop(input);
    server.wait().await?;
    Ok(())
}

fn check(answer: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
    let is_right = answer.windows(TEXT.len()).any(|part| part == TEXT.as_bytes());
    if is_right { Ok(()) } else { Err(String::from_utf8_lossy(answer).into()) }
}
