//! Unix domain sockets: who may connect, who calls, and what is left behind.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mcp_runtime::client::{Client, Target};
use mcp_runtime::prelude::*;
use mcp_runtime::tools;
use mcp_runtime::transport::{Listen, PeerCredentials, UnixSocket};
use serde_json::json;

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");

static TOOLS: Group = Group::new("unix");

/// Says who is calling.
#[tool(group = TOOLS)]
fn whoami(ctx: &Ctx, principal: Principal) -> Option<String> {
    let peer = ctx.extension::<PeerCredentials>()?;
    let is_ours = peer.pid == i32::try_from(std::process::id()).ok();
    let claim = principal.claim("uid")?.get() == peer.uid.to_string();
    let role = principal.has_role(&format!("gid:{}", peer.gid));
    Some(format!("{:?} {:?} {is_ours} {claim} {role}", principal.issuer(), principal.method()))
}

/// A folder of its own for each test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mcp-unix-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn socket(&self) -> PathBuf {
        self.0.join("s")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that serves, once it says that it does.
struct Serving(Child);

impl Serving {
    fn start(words: &[&str]) -> (Self, String) {
        Self::start_saying(words, "listening at unix:")
    }

    fn start_saying(words: &[&str], sign: &str) -> (Self, String) {
        let mut command = Command::new(SERVER);
        command.arg("serve").args(words).env_remove("RUST_LOG").stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut said = String::new();
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        while !said.contains(sign) {
            assert_ne!(stderr.read_line(&mut said).expect("text"), 0, "{said}");
        }
        std::thread::spawn(move || stderr.lines().for_each(drop));
        (Self(child), said)
    }

    fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        assert!(self.0.wait().expect("it ends").success());
    }
}

impl Drop for Serving {
    /// Where a test has failed, nothing is left running.
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

fn ping(mut stream: &UnixStream) -> String {
    stream.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n").expect("it reads");
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).expect("an answer");
    answer
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn a_program_serves_on_several_sockets_and_removes_them_at_the_end() {
    let folder = Folder::new("several");
    let (path, other) = (folder.socket(), folder.0.join("other"));
    let (first, second) = (path.to_string_lossy(), other.to_string_lossy());
    let (serving, said) = Serving::start(&["--unix", &first, "--unix", &second]);
    assert!(said.contains(&format!("listening at unix:{first}, unix:{second}")), "{said}");
    for path in [&path, &other] {
        assert_eq!(mode(path), 0o600);
        let answer = ping(&UnixStream::connect(path).expect("it listens"));
        assert_eq!(answer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
    }
    serving.stop();
    assert!(!path.exists() && !other.exists());
}

#[test]
fn where_keys_are_named_a_socket_says_that_it_asks_for_none() {
    let folder = Folder::new("keys");
    let path = folder.socket();
    let words = ["--unix", &path.to_string_lossy()];
    let note = "note: nobody is asked for a key or a token on a Unix socket";
    let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/auth/keys.toml");
    for (more, is_said) in [(&["--api-keys", keys][..], true), (&[], false)] {
        let (serving, said) = Serving::start(&[&words[..], more].concat());
        assert_eq!(said.contains(note), is_said, "{said}");
        serving.stop();
    }
}

#[test]
fn a_program_serves_http_and_a_socket_at_once_and_one_signal_ends_both() {
    let folder = Folder::new("both");
    let path = folder.socket();
    let (serving, said) = Serving::start(&["--http", "0", "--unix", &path.to_string_lossy(), "--unix-mode", "660"]);
    assert_eq!(mode(&path), 0o660);
    assert!(ping(&UnixStream::connect(&path).expect("it listens")).contains("result"), "{said}");
    serving.stop();
    assert!(!path.exists());
}

#[tokio::test]
async fn a_socket_is_replaced_only_if_nobody_listens_on_it() {
    let folder = Folder::new("stale");
    let path = folder.socket();
    let living = UnixListener::bind(&path).expect("a socket");
    let refused = UnixSocket::bind(&path).expect_err("somebody listens");
    assert_eq!(refused.kind(), std::io::ErrorKind::AddrInUse);
    drop(living);
    let ours = UnixSocket::bind(&path).expect("nobody listens");
    assert_eq!(mode(&path), 0o600);
    // What has taken its place stays.
    fs::remove_file(&path).expect("it is there");
    fs::write(&path, "mine").expect("a file");
    drop(ours);
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "mine");
    let refused = UnixSocket::bind(&path).expect_err("it is no socket");
    assert_eq!(refused.kind(), std::io::ErrorKind::AlreadyExists);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn no_more_connections_are_accepted_than_may_be_open() {
    let folder = Folder::new("limit");
    let path = folder.socket();
    let socket = UnixSocket::bind(&path).expect("a socket");
    let server = Server::empty("unix").with(tools![whoami]).build().expect("a server");
    let ways = [Listen::on(socket).connection_limit(1), Listen::http("127.0.0.1:0")];
    let serving = tokio::spawn(async move { server.serve(ways).await });
    let first = UnixStream::connect(&path).expect("it listens");
    assert!(ping(&first).contains("result"));

    // It waits at the door, and what it has sent with it.
    let mut second = UnixStream::connect(&path).expect("it listens");
    second.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}\n").expect("there is room");
    second.set_read_timeout(Some(Duration::from_millis(200))).expect("a time");
    let mut answer = String::new();
    let early = BufReader::new(&second).read_line(&mut answer);
    assert!(early.is_err(), "{answer}");

    drop(first);
    second.set_read_timeout(Some(Duration::from_secs(60))).expect("a time");
    BufReader::new(&second).read_line(&mut answer).expect("an answer");
    assert!(answer.contains("result"), "{answer}");
    serving.abort();
}

#[test]
fn a_program_serves_http_on_a_socket() {
    let folder = Folder::new("http");
    let path = folder.socket();
    let words = ["--http", &format!("unix:{}", path.display()), "--unix-mode", "660"];
    let (serving, said) = Serving::start_saying(&words, "listening at http://localhost/mcp of unix:");
    assert_eq!(mode(&path), 0o660, "{said}");
    let mut stream = UnixStream::connect(&path).expect("it listens");
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for (address, code) in [(format!("unix:{}", path.display()), 0), ("unix:/nowhere/at/all".to_owned(), 1)] {
        let done = Command::new(SERVER).args(["health", &address]).output().expect("it runs");
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{said}");
        assert_eq!(said.starts_with(&format!("error: {address}: ")), code == 1, "{said}");
    }
    serving.stop();
    assert!(!path.exists());
}

#[test]
fn the_mode_of_a_socket_needs_one() {
    // An abstract name has none: whoever is on the machine may connect.
    for place in [&["--http", "0"][..], &["--unix", "@mcp-tests-no-mode"], &["--http", "unix:@mcp-tests-no-mode"]] {
        let mut command = Command::new(SERVER);
        command.arg("serve").args(place).args(["--unix-mode", "660"]).stdin(Stdio::null());
        let refused = command.output().expect("it ends");
        assert_eq!(refused.status.code(), Some(2), "{place:?}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("--unix-mode needs the file of a socket"), "{said}");
    }
}

#[tokio::test]
async fn http_is_spoken_over_a_socket_in_every_revision_and_the_system_says_who_calls() {
    let folder = Folder::new("over-http");
    let path = folder.socket();
    let server = Server::empty("unix").with(tools![whoami]).build().expect("a server");
    let listening = mcp_runtime::Http::new(&server).listen_on(UnixSocket::bind(&path).expect("a socket"));
    let listening = listening.expect("it listens");
    assert!(listening.address().is_err());
    tokio::spawn(listening.run(std::future::pending()));
    let targets = [
        Target::url("http://localhost/mcp").unix_socket(path.to_string_lossy()),
        Target::from(format!("http+unix:{}", path.display())),
        Target::from(format!("http+unix://{}/mcp", path.display().to_string().replace('/', "%2F"))),
    ];
    for target in targets {
        for version in [mcp_runtime::Version::V2025_11_25, mcp_runtime::Version::LATEST] {
            let client = Client::builder().version(version).connect(target.clone()).await.expect("they agree");
            let said = client.call("whoami", json!({})).await.expect("an answer");
            assert_eq!(said.text(), "Some(\"unix\") Some(Unix) true true true");
            client.close().await;
        }
    }
    // Of a host that is not this machine's own it is refused here, too.
    let other = Target::url("http://evil.example/mcp").unix_socket(path.to_string_lossy());
    Client::connect(other).await.expect_err("the host is not allowed");
    let nobody = Client::connect("http+unix:/nowhere/at/all").await.expect_err("there is none");
    assert!(nobody.to_string().contains("http://localhost/mcp of unix:/nowhere/at/all"), "{nobody}");
}

/// What the socket answers to a call of `whoami` that begins with these bytes and has this header.
fn whoami_of(path: &Path, before: &str, header: &str) -> String {
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}});
    let params = json!({ "name": "whoami", "arguments": {}, "_meta": meta });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string();
    let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\n\
         Mcp-Name: whoami\r\n";
    let mut stream = UnixStream::connect(path).expect("it listens");
    let request = format!("{before}{head}{header}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_on_a_socket_does_not_call_for_itself() {
    let folder = Folder::new("proxied");
    let server = Server::empty("unix").with(tools![whoami]).build().expect("a server");
    let http = || mcp_runtime::Http::new(&server);
    let (plain, by_header, by_protocol) = (folder.0.join("a"), folder.0.join("b"), folder.0.join("c"));
    let bind = |path: &Path| UnixSocket::bind(path).expect("a socket");
    let listening = [
        http().listen_on(bind(&plain)).expect("it listens"),
        http().trust_proxy("unix").listen_on(bind(&by_header)).expect("it listens"),
        http().listen_on(bind(&by_protocol)).expect("it listens").proxy_protocol("unix"),
    ];
    for listening in listening {
        tokio::spawn(listening.run(std::future::pending()));
    }
    assert!(whoami_of(&plain, "", "").contains("Some(Unix)"));
    for header in ["", "X-Forwarded-For: 203.0.113.7\r\n"] {
        let answer = whoami_of(&by_header, "", header);
        assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("Some(Unix)"), "{answer}");
    }
    for line in ["PROXY UNKNOWN\r\n", "PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n"] {
        let answer = whoami_of(&by_protocol, line, "");
        assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("Some(Unix)"), "{answer}");
    }
}

#[tokio::test]
async fn the_system_says_who_calls() {
    let folder = Folder::new("who");
    let path = folder.socket();
    let names = if cfg!(target_os = "linux") {
        vec![path.clone(), format!("@mcp-test-{}", std::process::id()).into()]
    } else {
        vec![path.clone()]
    };
    for name in names {
        use mcp_runtime::transport::Accept as _;
        let mut socket = UnixSocket::bind(&name).expect("a socket");
        let server = Server::empty("unix").with(tools![whoami]).build().expect("a server");
        tokio::spawn(async move { server.serve_on(socket.accept().await?).await });
        let client = Client::connect(Target::unix(&name)).await.expect("they agree");
        let said = client.call("whoami", json!({})).await.expect("an answer");
        assert_eq!(said.text(), "Some(\"unix\") Some(Unix) true true true");
        client.close().await;
    }
    let nobody = Client::connect("unix:/nowhere/at/all").await.expect_err("there is none");
    assert!(nobody.to_string().contains("unix:/nowhere/at/all cannot be connected to"), "{nobody}");
}
