//! The command line: `serve --http --tls-cert`, and `mcp --cacert`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use mcp_tests::certificates::{Authority, Folder};

const MCP: &str = env!("CARGO_BIN_EXE_mcp-command");
const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");

/// A server program.
struct Served {
    child: Child,
    told: BufReader<ChildStderr>,
    url: String,
}

impl Served {
    fn start(folder: &Folder, options: &[&str]) -> Self {
        let mut command = Command::new(SERVER);
        command.args(["serve", "--http", "127.0.0.1:0", "--tls-cert", "server.pem", "--tls-key", "server.key"]);
        command.args(options).current_dir(folder.path("")).env("FIXTURE", "").env("RUST_LOG", "info");
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let told = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut served = Self { child, told, url: String::new() };
        let line = served.line("listening at ");
        served.url = line.split("listening at ").nth(1).expect("where").trim().replace("127.0.0.1", "localhost");
        served
    }

    /// The next line on standard error that has this.
    fn line(&mut self, what: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.told.read_line(&mut line).expect("text") > 0, "it has ended without {what:?}");
            if line.contains(what) {
                return line;
            }
        }
    }

    /// A call of it by the command `mcp`.
    fn call(&self, folder: &Folder, options: &[&str]) -> Output {
        let mut command = Command::new(MCP);
        command.args(["call", &self.url, "add", "a=2", "b=3"]).args(options).current_dir(folder.path(""));
        command.output().expect("it runs")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn certificates() -> (Folder, Authority) {
    let (folder, authority) = (Folder::new("program"), Authority::new("ours"));
    folder.text("ca.pem", &authority.pem());
    folder.write("server", &authority.server(&["localhost"]));
    folder.write("client", &authority.client("build.example"));
    (folder, authority)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_command_line_serves_https_and_the_client_s_takes_it() {
    let (folder, _) = certificates();
    let server = Served::start(&folder, &[]);
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let done = server.call(&folder, &["--cacert", "ca.pem"]);
    assert_eq!((text(&done.stdout).trim(), done.status.code()), ("5", Some(0)), "{}", text(&done.stderr));
    let done = server.call(&folder, &[]);
    let error = text(&done.stderr);
    assert_eq!(done.status.code(), Some(3), "{error}");
    assert!(error.contains("its certificate is signed by no authority that is trusted here"), "{error}");
    for words in [&["list"][..], &["inspect", "--json"], &["ping"], &["generate"], &["tail", "--count", "0"]] {
        let mut command = Command::new(MCP);
        command.args(words).args([&server.url, "--cacert", "ca.pem"]).current_dir(folder.path(""));
        let done = command.output().expect("it runs");
        assert_eq!(done.status.code(), Some(0), "{words:?}: {}", text(&done.stderr));
    }
    let done = server.call(&folder, &["--cacert", "none.pem", "--cert", "server.key"]);
    let error = text(&done.stderr);
    assert_eq!((done.status.code(), error.lines().count()), (Some(2), 2), "{error}");
}

#[test]
fn client_certificates_are_required_or_optional() {
    let (folder, _) = certificates();
    let both = std::fs::read_to_string(folder.path("client.pem")).expect("text")
        + &std::fs::read_to_string(folder.path("client.key")).expect("text");
    folder.text("both.pem", &both);
    for (options, without) in [(&[][..], 3), (&["--tls-client-optional"], 0)] {
        let options = [&["--tls-client-ca", "ca.pem"], options].concat();
        let server = Served::start(&folder, &options);
        for certificate in [&["--cert", "client.pem", "--key", "client.key"][..], &["--cert", "both.pem"]] {
            let done = server.call(&folder, &[&["--cacert", "ca.pem"], certificate].concat());
            assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        }
        let done = server.call(&folder, &["--cacert", "ca.pem"]);
        assert_eq!(done.status.code(), Some(without), "{options:?}: {}", text(&done.stderr));
    }
}

#[cfg(unix)]
#[test]
fn a_hangup_reads_the_certificates_again_and_ends_nothing() {
    use rustix::process::{Pid, Signal, kill_process};

    let (folder, authority) = certificates();
    let mut server = Served::start(&folder, &[]);
    let hang_up = |server: &Served| kill_process(Pid::from_child(&server.child), Signal::HUP).expect("it is there");
    folder.write("server", &authority.server(&["localhost"]));
    hang_up(&server);
    server.line("certificates were read again");
    folder.text("server.key", "nothing");
    hang_up(&server);
    let line = server.line("certificates stay as they were, until this is mended");
    assert!(line.contains("server.key: it has no private key"), "{line}");
    let done = server.call(&folder, &["--cacert", "ca.pem"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
}

#[test]
fn a_server_that_cannot_speak_tls_does_not_start_and_says_why() {
    let (folder, _) = certificates();
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["--tls-cert", "server.pem"], 2, &["--tls-cert needs its private key: --tls-key FILE"]),
        (
            &["--tls-cert", "none.pem", "--tls-key", "server.pem"],
            1,
            &[
                "none.pem: there is no such file; name the certificate of the server",
                "server.pem: it has a certificate and no private key; the two files may be exchanged",
            ],
        ),
    ];
    for (options, code, says) in cases {
        let mut command = Command::new(SERVER);
        command.args(["serve", "--http", "127.0.0.1:0"]).args(*options).current_dir(folder.path("")).env("FIXTURE", "");
        let done = command.output().expect("it runs");
        let error = text(&done.stderr);
        assert_eq!(error.trim_start_matches("error: ").lines().collect::<Vec<_>>(), *says);
        assert_eq!(done.status.code(), Some(*code));
    }
}
