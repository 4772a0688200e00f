//! The program from outside: keys are checked whatever serves it, and a signal ends it in good order.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#
);

/// The program, which does not outlive a test that fails.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

/// Posts a message, and reads the whole answer.
fn post(address: &str, key: Option<&str>) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let key = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
    let request = format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\n{key}Content-Length: {}\r\n\r\n{INITIALIZE}",
        INITIALIZE.len()
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn keys_are_checked_whatever_serves_it_and_a_signal_ends_it_in_good_order() {
    for words in [&[][..], &["serve", "--http", "127.0.0.1:0"]] {
        let program = Command::new(env!("CARGO_BIN_EXE_axum-shop"))
            .args(words)
            .envs([("SHOP_KEYS", "ada=open-sesame"), ("SHOP_ADDRESS", "127.0.0.1:0")])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut program = Program(program.expect("it starts"));
        let mut errors = BufReader::new(program.0.stderr.take().expect("a pipe"));
        let mut line = String::new();
        errors.read_line(&mut line).expect("it says where it listens");
        let address = line.trim().split("listening at http://").nth(1).and_then(|url| url.strip_suffix("/mcp"));
        let address = address.unwrap_or_else(|| panic!("no address: {line}"));

        let refused = post(address, None).to_lowercase();
        assert!(refused.starts_with("http/1.1 401 "), "{refused}");
        assert!(refused.contains("www-authenticate: bearer realm=\"shop\"\r\n"), "{refused}");
        assert!(post(address, Some("wrong")).starts_with("HTTP/1.1 401 "));
        assert!(post(address, Some("open-sesame")).starts_with("HTTP/1.1 200 "));

        let told = Command::new("kill").args(["-s", "TERM", &program.0.id().to_string()]).status();
        assert!(told.expect("`kill` is there").success());
        assert_eq!(program.0.wait().expect("it ends").code(), Some(0), "{words:?}");
        let mut said = String::new();
        errors.read_to_string(&mut said).expect("text");
        assert!(said.contains("the shop is closed"), "{said}");
    }
}
