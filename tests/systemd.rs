//! systemd: sockets that it passes on, and what it is told.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mcp_runtime::transport::ListenSocket;

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");

/// A shell becomes the program, with the sockets where systemd puts them.
const PASS_ON: &str = r#"LISTEN_PID=$$ exec "$0" serve "$@" 3<&0 4<&1 </dev/null >/dev/null"#;

/// A folder of its own for each test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mcp-systemd-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program to which these two are passed on.
fn command(first: impl Into<OwnedFd>, second: impl Into<OwnedFd>, words: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", PASS_ON, SERVER]).args(words).env_remove("RUST_LOG").env("LISTEN_FDS", "2");
    command.env("LISTEN_FDNAMES", "web:lines");
    command.stdin(Stdio::from(first.into())).stdout(Stdio::from(second.into())).stderr(Stdio::piped());
    command
}

/// Waits until it says that it listens for HTTP; gives what it has said.
fn start(mut command: Command) -> (Child, String) {
    let mut child = command.spawn().expect("it starts");
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    while !said.contains("listening at http://") {
        assert_ne!(stderr.read_line(&mut said).expect("text"), 0, "{said}");
    }
    std::thread::spawn(move || stderr.lines().for_each(drop));
    (child, said)
}

fn stop(mut child: Child) {
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn sockets_of_one_name_are_taken_one_after_the_other() {
    let ports = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
    let addresses = ports.each_ref().map(|port| port.local_addr().expect("an address"));
    let [first, second] = ports;
    let mut command = command(first, second, &["--http", "systemd:web", "--metrics", "systemd:web"]);
    let (child, said) = start({
        command.env("LISTEN_FDNAMES", "web:web");
        command
    });
    assert!(said.contains(&addresses[0].to_string()), "{said}");
    let mut metrics = TcpStream::connect(addresses[1]).expect("it listens");
    metrics.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    metrics.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    stop(child);
}

#[test]
fn sockets_that_were_passed_on_are_served_by_their_names() {
    let folder = Folder::new("named");
    let path = folder.0.join("s");
    let port = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = port.local_addr().expect("an address");
    let socket = UnixListener::bind(&path).expect("a socket");
    let (child, said) = start(command(port, socket, &["--http", "systemd:web", "--unix", "systemd:lines"]));
    assert!(said.contains(&format!("listening at http://{address}/mcp")), "{said}");

    let mut web = TcpStream::connect(address).expect("it listens");
    web.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    web.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let mut lines = UnixStream::connect(&path).expect("it listens");
    lines.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n").expect("it reads");
    let mut answer = String::new();
    BufReader::new(&lines).read_line(&mut answer).expect("an answer");
    assert!(answer.contains("\"result\""), "{answer}");
    drop(lines);

    stop(child);
    assert!(path.exists(), "the file is systemd's");
}

#[test]
fn a_socket_that_is_not_there_is_told_with_those_that_are() {
    for (words, said) in [
        (&["--http", "systemd"][..], "systemd has passed on 2 sockets; name one: systemd:NAME, of web:lines"),
        (&["--http", "systemd:other"], "no socket of this name, but web:lines"),
        (&["--unix", "systemd:web"], "it is a port, and not a Unix socket"),
        (&["--http", "systemd:web", "--metrics", "systemd:web"], "is listened on already"),
    ] {
        let folder = Folder::new("missing");
        let port = TcpListener::bind("127.0.0.1:0").expect("a port");
        let socket = UnixListener::bind(folder.0.join("s")).expect("a socket");
        let refused = command(port, socket, words).output().expect("it ends");
        let error = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && error.contains(said), "{words:?}: {error}");
    }
    let mut none = Command::new(SERVER);
    none.args(["serve", "--http", "systemd"]).env_remove("LISTEN_FDS").stdin(Stdio::null());
    let error = none.output().expect("it ends").stderr;
    assert!(String::from_utf8_lossy(&error).contains("systemd has passed on no socket (LISTEN_FDS)"));
    // Of another process they are not its own.
    none.env("LISTEN_FDS", "1").env("LISTEN_PID", "1");
    assert!(String::from_utf8_lossy(&none.output().expect("it ends").stderr).contains("has passed on no socket"));
}

#[test]
fn systemd_is_told_that_serving_begins_goes_on_and_ends() {
    let folder = Folder::new("told");
    let path = folder.0.join("notify");
    let manager = UnixDatagram::bind(&path).expect("a socket");
    let (told, hears) = std::sync::mpsc::channel();
    // All the while: a socket holds ten messages, and what comes then is lost.
    std::thread::spawn(move || {
        let mut bytes = [0; 64];
        while let Ok(length) = manager.recv(&mut bytes) {
            if told.send(String::from_utf8_lossy(&bytes[..length]).into_owned()).is_err() {
                return;
            }
        }
    });
    let hear = || hears.recv_timeout(Duration::from_secs(60)).expect("it is told");
    let mut command = Command::new(SERVER);
    command.args(["serve", "--http", "0"]).env_remove("RUST_LOG").stdin(Stdio::null()).stderr(Stdio::piped());
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "20000");
    let (child, _) = start(command);
    assert_eq!(hear(), "READY=1");
    for _ in 0..3 {
        assert_eq!(hear(), "WATCHDOG=1");
    }
    stop(child);
    loop {
        match hear().as_str() {
            "WATCHDOG=1" => {}
            last => break assert_eq!(last, "STOPPING=1"),
        }
    }
}

#[test]
fn the_watchdog_of_another_process_is_not_fed() {
    let folder = Folder::new("other");
    let path = folder.0.join("notify");
    let manager = UnixDatagram::bind(&path).expect("a socket");
    let mut command = Command::new(SERVER);
    command.args(["serve", "--http", "0"]).env_remove("RUST_LOG").stdin(Stdio::null()).stderr(Stdio::piped());
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "20000").env("WATCHDOG_PID", "1");
    let (child, _) = start(command);
    stop(child);
    let mut told = Vec::new();
    manager.set_nonblocking(true).expect("a socket");
    let mut bytes = [0; 64];
    while let Ok(length) = manager.recv(&mut bytes) {
        told.push(String::from_utf8_lossy(&bytes[..length]).into_owned());
    }
    assert_eq!(told, ["READY=1", "STOPPING=1"]);
}

#[tokio::test]
async fn a_port_is_shared_only_by_those_who_ask_for_it() {
    let first = ListenSocket::reuse_port("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let address = first.to_string().parse().expect("an address");
    let second = ListenSocket::reuse_port(address).expect("it is shared");
    assert_eq!(second.to_string(), first.to_string());
    TcpListener::bind(address).expect_err("it is not shared with everybody");
}
