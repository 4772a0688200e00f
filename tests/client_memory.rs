//! What an answer of up to a gibibyte costs a client: an error, and no memory to speak of. Alone, because it looks at the memory of the
//! whole process.

use mcp_runtime::client::{Client, ClientError, Target};
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, duplex, split};
use tokio::net::TcpListener;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;

/// The most that a client with a limit of 2 MiB may take for an answer that it refuses; the server's buffer is in it.
const ROOM: usize = 16 * MIB;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_far_too_long_is_refused_and_not_kept() {
    on_a_stream().await;
    on_http("content-length: 1073741824\r\n", "").await;
    // Chunks of a mebibyte, without a length.
    on_http("transfer-encoding: chunked\r\n", "100000\r\n").await;
}

async fn on_a_stream() {
    let (here, there) = duplex(MIB);
    let (reader, mut writer) = split(here);
    let (theirs, ours) = split(there);
    let serve = tokio::spawn(async move {
        let mut requests = BufReader::new(reader).lines();
        let mut next = async || -> Value {
            let line = requests.next_line().await.expect("it can be read").expect("a request");
            serde_json::from_str(&line).expect("JSON")
        };
        let hello = next().await;
        let result = json!({"supportedVersions": ["2026-07-28"], "capabilities": {}});
        let answer = json!({"jsonrpc": "2.0", "id": hello["id"], "result": result});
        writer.write_all(format!("{answer}\n").as_bytes()).await.expect("it is read");
        let call = next().await;
        let begin = format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"text","text":""#, call["id"]);
        writer.write_all(begin.as_bytes()).await.expect("it is read");
        let mebibyte = vec![b'x'; MIB];
        // Not a gibibyte, which takes half a minute to look at without optimizations; what is kept is the same.
        for _ in 0..64 {
            writer.write_all(&mebibyte).await.expect("it is read");
        }
        writer.write_all(b"\"}]}}\n").await.expect("it is read");
        let call = next().await;
        let answer = json!({"jsonrpc": "2.0", "id": call["id"], "result": {"content": []}});
        writer.write_all(format!("{answer}\n").as_bytes()).await.expect("it is read");
    });
    let builder = Client::builder().message_limit(2 * MIB);
    let client = builder.connect(Target::lines(theirs, ours)).await.expect("they agree");
    let (error, took) = measured(client.call("dump", ()).into_future()).await;
    assert!(error.to_string().contains("2097152"), "{error}");
    assert!(took < ROOM, "{took} bytes");
    client.call("small", ()).await.expect("the connection lives");
    serve.await.expect("no panic");
}

async fn on_http(head: &'static str, before: &'static str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serve = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut request = vec![0; 64 * 1024];
        let _ = stream.read(&mut request).await;
        let hello = r#"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28"],"capabilities":{}}}"#;
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{hello}",
            hello.len()
        );
        stream.write_all(answer.as_bytes()).await.expect("it is read");
        let _ = stream.read(&mut request).await;
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{head}\r\n");
        stream.write_all(answer.as_bytes()).await.expect("it is read");
        let mut mebibyte = before.as_bytes().to_vec();
        mebibyte.resize(before.len() + MIB, b'x');
        if !before.is_empty() {
            mebibyte.extend_from_slice(b"\r\n");
        }
        // Until the client has had enough.
        for _ in 0..1024 {
            if stream.write_all(&mebibyte).await.is_err() {
                return;
            }
        }
    });
    let builder = Client::builder().message_limit(2 * MIB);
    let client = builder.connect(format!("http://{address}/mcp")).await.expect("they agree");
    let (error, took) = measured(client.call("dump", ()).into_future()).await;
    assert!(error.to_string().contains("longer than 2097152 bytes"), "{error}");
    assert!(took < ROOM, "{took} bytes");
    serve.await.expect("no panic");
}

/// The error of a call, and the memory that was taken for it.
async fn measured<T: std::fmt::Debug>(call: impl Future<Output = Result<T, ClientError>>) -> (ClientError, usize) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let error = call.await.expect_err("it is too long");
    (error, MEMORY.peak_usage().saturating_sub(before))
}
