//! HTTP/2: many requests on one connection, whose clients may stop reading them one by one.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::client::{ERAS, Era, Who};
use super::serve::{FOREVER, Running, all, within};

/// Short, and still as long as it likes: nothing here goes wrong by being slow.
const SHORT: Duration = Duration::from_millis(200);

/// A client of HTTP/2, and its one connection.
struct Client {
    sender: SendRequest<Full<Bytes>>,
    connection: JoinHandle<hyper::Result<()>>,
    who: Who,
}

impl Client {
    async fn open(address: SocketAddr, era: Era) -> Self {
        let mut client = Self::with_window(address, 1 << 20).await;
        if era == Era::Sessions {
            let answer = client.send(&client.who.initialize()).await.expect("an answer");
            let session = answer.headers()["mcp-session-id"].to_str().expect("text").to_owned();
            client.who = client.who.in_session(&session);
            assert_eq!(client.send(&client.who.initialized()).await.expect("an answer").status(), 202);
        }
        client
    }

    /// A client whose answers have so little room until it reads them.
    async fn with_window(address: SocketAddr, window: u32) -> Self {
        let stream = within(TcpStream::connect(address)).await.expect("the server listens");
        let mut builder = Builder::new(TokioExecutor::new());
        builder.initial_stream_window_size(window);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.expect("it speaks HTTP/2");
        Self { sender, connection: tokio::spawn(connection), who: Who::stateless_at(address) }
    }

    /// Sends what a client of HTTP/1 would send.
    async fn send(&self, text: &[u8]) -> hyper::Result<Response<Incoming>> {
        let mut sender = self.sender.clone();
        within(async {
            sender.ready().await?;
            sender.send_request(request(text)).await
        })
        .await
    }

    async fn call(&self, id: u64, tool: &str, arguments: &str) -> hyper::Result<Response<Incoming>> {
        self.send(&self.who.call(id, tool, arguments)).await
    }

    /// Waits until the server has closed the connection.
    async fn closed(self) -> hyper::Result<()> {
        within(self.connection).await.expect("it does not panic")
    }
}

/// The request of HTTP/1 as one of HTTP/2.
fn request(text: &[u8]) -> Request<Full<Bytes>> {
    let text = std::str::from_utf8(text).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines();
    let verb = lines.next().and_then(|line| line.split(' ').next()).expect("a method");
    let (mut request, mut host) = (Request::builder().method(verb), "");
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        match name {
            "Host" => host = value,
            "Content-Length" => {}
            _ => request = request.header(name, value),
        }
    }
    request = request.uri(format!("http://{host}/mcp"));
    request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).expect("a request")
}

/// Reads the body until these words have come.
async fn read_until(body: &mut Incoming, words: &str) -> String {
    let mut read = String::new();
    while !read.contains(words) {
        let frame = within(body.frame()).await.unwrap_or_else(|| panic!("it ends before {words}: {read}"));
        let data = frame.expect("an open stream").into_data().expect("no trailers");
        read.push_str(std::str::from_utf8(&data).expect("text"));
    }
    read
}

/// Waits until one more call of a tool that takes its time runs.
async fn one_more_runs(server: &Running) {
    within(server.stage.begun.acquire()).await.expect("it is never closed").forget();
}

async fn one_more_is_over(server: &Running) {
    within(server.stage.over.acquire()).await.expect("it is never closed").forget();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_of_both_eras_share_a_connection() {
    let server = Running::start().await;
    for era in ERAS {
        let client = std::sync::Arc::new(Client::open(server.address, era).await);
        // More than may be open at once.
        let calls = (0..500).map(|n| {
            let client = std::sync::Arc::clone(&client);
            async move {
                let answer = client.call(n, "work", &format!(r#"{{"n":{n}}}"#)).await.expect("an answer");
                assert_eq!(answer.status(), 200);
                let body = within(answer.into_body().collect()).await.expect("a whole answer").to_bytes();
                let body = String::from_utf8_lossy(&body).into_owned();
                assert!(body.contains(&format!(r#""text":"answer {n}""#)), "{era:?} {n}: {body}");
            }
        });
        all(calls).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_answer_comes_whole() {
    let server = Running::start().await;
    for era in ERAS {
        let client = Client::open(server.address, era).await;
        let answer = client.call(1, "tell", r#"{"n":100,"length":50000}"#).await.expect("an answer");
        let body = within(answer.into_body().collect()).await.expect("a whole answer").to_bytes();
        let body = String::from_utf8_lossy(&body);
        assert!((5_000_000..6_000_000).contains(&body.len()) && body.contains("told 100"), "{}", body.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_reset_drops_its_stateless_call_and_nothing_else() {
    let server = Running::start().await;
    let client = Client::open(server.address, Era::Stateless).await;
    let mut talking = client.call(1, "tell", r#"{"n":4,"pause":2}"#).await.expect("an answer").into_body();
    read_until(&mut talking, "message 2.").await;
    one_more_runs(&server).await;
    // One that has said something, and one that has not.
    let mut other = client.call(2, "tell", r#"{"n":4,"pause":1}"#).await.expect("an answer").into_body();
    read_until(&mut other, "message 1.").await;
    one_more_runs(&server).await;
    drop(other);
    one_more_is_over(&server).await;
    let call = client.who.call(3, "hold", "{}");
    let mut sender = client.sender.clone();
    sender.ready().await.expect("it is open");
    let silent = tokio::spawn(sender.send_request(request(&call)));
    one_more_runs(&server).await;
    silent.abort();
    one_more_is_over(&server).await;
    server.stage.gate.add_permits(2);
    read_until(&mut talking, "told 4").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_of_a_session_outlives_its_stream_which_can_be_come_back_to() {
    let server = Running::start().await;
    let client = Client::open(server.address, Era::Sessions).await;
    let mut cut = client.call(1, "tell", r#"{"n":4,"pause":2}"#).await.expect("an answer").into_body();
    let read = read_until(&mut cut, "message 2.").await;
    let last = read.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().expect("an id").to_owned();
    drop(cut);
    server.stage.gate.add_permits(2);
    one_more_is_over(&server).await;
    let mut rest = client.send(&client.who.resume(&last)).await.expect("an answer").into_body();
    let rest = read_until(&mut rest, "told 4").await;
    assert!(rest.contains("message 3.") && rest.contains("message 4.") && !rest.contains("message 2."), "{rest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_connection_may_take_is_told_and_held_to() {
    // Not what hyper would tell by itself.
    let limits = |listening: mcp_runtime::Listening| listening.head_limit(20 << 10).stream_limit(123);
    let server = Running::with(|http| http, limits).await;
    let mut stream = TcpStream::connect(server.address).await.expect("the server listens");
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.expect("the server reads");
    let mut head = [0; 9];
    within(stream.read_exact(&mut head)).await.expect("a frame");
    assert_eq!(head[3], 4, "it says its settings first");
    let mut settings = vec![0; usize::from(head[2])];
    within(stream.read_exact(&mut settings)).await.expect("a frame");
    let setting = |id: u8| {
        let found = settings.chunks(6).find(|setting| setting[..2] == [0, id]);
        found.map(|setting| u32::from_be_bytes(setting[2..].try_into().expect("four bytes")))
    };
    assert_eq!((setting(3), setting(6)), (Some(123), Some(20 << 10)), "streams, and the length of a head");

    let client = Client::open(server.address, Era::Stateless).await;
    for (length, status) in [(15, 200), (25, 431)] {
        let call = String::from_utf8(client.who.call(1, "echo", r#"{"n":1}"#)).expect("text");
        let call = call.replacen("\r\n", &format!("\r\nX-Long: {}\r\n", "x".repeat(length << 10)), 1);
        assert_eq!(client.send(call.as_bytes()).await.expect("an answer").status(), status);
    }
    assert_eq!(client.call(2, "echo", r#"{"n":2}"#).await.expect("an answer").status(), 200, "the others go on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_in_flight_finish_when_the_server_stops_and_the_connection_ends_in_good_order() {
    for era in ERAS {
        let mut server = Running::with(|http| http, |listening| listening.grace(FOREVER)).await;
        let client = Client::open(server.address, era).await;
        let mut talking = client.call(1, "tell", r#"{"n":4,"pause":2}"#).await.expect("an answer").into_body();
        read_until(&mut talking, "message 2.").await;
        let mut listening = client.send(&client.who.listen()).await.expect("an answer").into_body();
        within(listening.frame()).await.expect("an event").expect("an open stream");
        server.tell_to_stop();
        // What only listens ends, in good order.
        while let Some(frame) = within(listening.frame()).await {
            frame.expect("a good end");
        }
        server.stage.gate.add_permits(2);
        read_until(&mut talking, "told 4").await;
        drop((talking, listening));
        client.closed().await.expect("a good end");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_whose_client_takes_nothing_are_given_up_and_their_calls_are_dropped() {
    let server = Running::with(|http| http.call_limit(20), |listening| listening.patience(FOREVER, SHORT)).await;
    let client = Client::with_window(server.address, 0).await;
    let mut unread = Vec::new();
    for n in 0..10 {
        // On a slow machine the connection is closed before all are there.
        unread.extend(client.call(n, "echo", r#"{"n":1}"#).await);
        unread.extend(client.call(n, "flood", r#"{"length":16384}"#).await);
    }
    for answer in unread {
        let end = within(answer.into_body().frame()).await.expect("not a good end");
        assert!(end.is_err(), "{end:?}");
    }
    let (begun, over) = (&server.stage.begun, &server.stage.over);
    within(async {
        while over.available_permits() < begun.available_permits() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let other = Client::open(server.address, Era::Stateless).await;
    let served = async { while other.call(1, "echo", r#"{"n":1}"#).await.expect("an answer").status() != 200 {} };
    within(served).await;
}

/// Whether a stream whose client takes nothing is given up alone, by a server of such patience, while the client takes others.
async fn is_given_up_alone(patience: Duration) -> bool {
    let server = Running::with(|http| http, |listening| listening.patience(FOREVER, patience)).await;
    let client = Client::with_window(server.address, 1000).await;
    let Ok(unread) = client.call(0, "flood", r#"{"length":16384}"#).await else { return false };
    let takes_others = async {
        for n in 1.. {
            let Ok(answer) = client.call(n, "echo", r#"{"n":1}"#).await else { return };
            if within(answer.into_body().collect()).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = one_more_is_over(&server) => {}
        () = takes_others => return false,
    }
    let mut unread = unread.into_body();
    let cut = async { while unread.frame().await.is_some_and(|frame| frame.is_ok()) {} };
    within(cut).await;
    client.call(0, "echo", r#"{"n":2}"#).await.is_ok_and(|answer| answer.status() == 200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_whose_client_takes_nothing_is_given_up_while_it_takes_others() {
    // A client that stands still for so long takes nothing of any stream, and its connection is closed: the server has the more
    // patience the longer this machine takes.
    for times in [1, 8, 64] {
        if is_given_up_alone(SHORT * times).await {
            return;
        }
    }
    panic!("the connection is closed, too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_whose_client_takes_nothing_of_any_stream_is_closed() {
    let server = Running::with(|http| http, |listening| listening.patience(FOREVER, SHORT)).await;
    // Room for the beginning of each answer.
    let client = Client::with_window(server.address, 10).await;
    let mut unread = Vec::new();
    for n in 0..10 {
        // It may be closed before all are there.
        unread.extend(client.call(n, "echo", r#"{"n":1}"#).await);
    }
    let _ = client.closed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_without_open_streams_is_idle_and_ends_in_good_order_and_one_with_them_stays() {
    let server = Running::with(|http| http, |listening| listening.patience(SHORT, SHORT)).await;
    let idle = Client::with_window(server.address, 1 << 20).await;
    let listening = async {
        loop {
            // It has to ask in time.
            let client = Client::with_window(server.address, 1 << 20).await;
            if let Ok(answer) = client.send(&client.who.listen()).await {
                return (client, answer.into_body());
            }
        }
    };
    let (client, mut body) = within(listening).await;
    read_until(&mut body, "acknowledged").await;
    idle.closed().await.expect("a good end");
    // Time has to pass for this to go wrong; if more does, nothing changes.
    tokio::time::sleep(SHORT * 3).await;
    server.handle.tools_changed();
    read_until(&mut body, "list_changed").await;
    drop(body);
    client.closed().await.expect("a good end");
}
