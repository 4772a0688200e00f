//! Lines of the log on standard error: each event is one line, in text and as JSON, whatever is in it, and names its request.
//! `log_lines/texts.txt` has the texts that clients try.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use mcp_tests::process::Process;
use serde_json::{Value, json};

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");
const FORMATS: [&str; 2] = ["text", "json"];
/// The most bytes of a line.
const LONGEST: usize = 64 * 1024;

/// What clients try, and what for.
fn texts() -> Vec<(&'static str, String)> {
    let lines = include_str!("log_lines/texts.txt").lines();
    let texts = lines.map(|line| {
        let (what, json) = line.split_once(": ").expect("a name and a text");
        (what, serde_json::from_str(json).unwrap_or_else(|error| panic!("{what}: {error}")))
    });
    texts.collect()
}

/// The fixture that logs what it is given, with these words. States of the server and its connections have nothing in them that
/// clients write; nor has the advice about functions that hold their thread, which they do where the machine stands still.
fn command(words: &[&str]) -> Command {
    let mut command = Command::new(SERVER);
    command
        .args(words)
        .env("FIXTURE", "echoing")
        .env("RUST_LOG", "debug,mcp_runtime::lifecycle=off,mcp_runtime::call::entry=off")
        .env_remove("RUST_BACKTRACE");
    command.env_remove("MCP_LOG_FORMAT");
    command
}

/// What the server says on standard error while it is sent these messages. A server that says nothing to one of them is asked
/// for its tools, so that one is over before the next comes.
fn said(command: &mut Command, messages: &[Value]) -> String {
    let mut server = Process::spawn(command);
    for message in messages {
        server.send(&message.to_string());
        server.receive().expect("an answer");
    }
    let (code, stderr) = server.end();
    assert_eq!(code, Some(0), "{stderr}");
    stderr
}

fn initialize(name: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": name, "version": name } } })
}

fn call(id: &str, tool: &str, text: &str) -> Value {
    request(id, "tools/call", json!({ "name": tool, "arguments": { "text": text } }))
}

fn request(id: &str, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// A line as people read it: when, how grave, in which request, what. The request is as it is written.
fn read_text(line: &str) -> Option<(&str, Option<&str>)> {
    let (time, rest) = line.split_once(' ')?;
    let is_time = time.len() == 27 && time.ends_with('Z') && time.as_bytes()[10] == b'T';
    let rest = rest.trim_start();
    let (level, rest) = rest.split_once(' ')?;
    if !is_time || !["ERROR", "WARN", "INFO", "DEBUG"].contains(&level) {
        return None;
    }
    let request = rest.strip_prefix("request{id=").and_then(|rest| rest.split_once("}:")).map(|(id, _)| id);
    Some((level, request))
}

/// The lines, each of which must be an event; and the requests they name.
fn events(format: &str, said: &str) -> Vec<Option<String>> {
    let harmless = |char: char| {
        !char.is_control()
            && !matches!(char, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let lines = said.split_terminator('\n');
    let events = lines.map(|line| {
        assert!(line.chars().all(harmless) && line.len() <= LONGEST, "{format}: {line:?}");
        if format == "text" {
            let (_, request) = read_text(line).unwrap_or_else(|| panic!("no event: {line:?}"));
            return request.map(|id| id.trim_matches('"').to_owned());
        }
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let names: Vec<&str> = event.as_object().expect("an object").keys().map(String::as_str).collect();
        let known = ["timestamp", "level", "target", "message", "request_id", "fields", "spans"];
        assert!(names.iter().all(|name| known.contains(name)), "{line}");
        assert!(
            read_text(&format!(
                "{} {} x",
                event["timestamp"].as_str().expect("a time"),
                event["level"].as_str().expect("a level")
            ))
            .is_some(),
            "{line}"
        );
        // What collectors show of a line is its message; that of the layer `Log` is always the same.
        let message = event["message"].as_str().expect("a text");
        assert!(event["target"] != "mcp_runtime::request" || message == "request", "{line}");
        event.get("request_id").map(|id| id.as_str().expect("text").to_owned())
    });
    events.collect()
}

/// How often each request is named, in the order of their coming.
fn counted(requests: &[Option<String>]) -> Vec<(&str, usize)> {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for request in requests {
        let request = request.as_deref().unwrap_or("none");
        match counted.last_mut() {
            Some((last, count)) if *last == request => *count += 1,
            _ => counted.push((request, 1)),
        }
    }
    counted
}

/// Each text comes by each way that leads to the log.
fn conversation(text: &str) -> Vec<Value> {
    vec![
        initialize(text),
        call("say", "say", text),
        call("blocking", "say_blocking", text),
        call("fail", "fail", text),
        call("inside", "fail_inside", text),
        call("badly", "fail_badly", text),
        call("tool", text, ""),
        request("method", text, json!({ "name": text })),
        request("uri", "resources/read", json!({ "uri": text })),
        request("level", "logging/setLevel", json!({ "level": text })),
        call("within", "say_within", text),
        call("last", "say", "tea"),
    ]
}

#[test]
fn no_text_of_a_client_forges_a_line_and_each_line_names_its_request() {
    for (what, text) in texts() {
        for format in FORMATS {
            let said = said(&mut command(&["serve", "--log-format", format]), &conversation(&text));
            let events = events(format, &said);
            // Each with the line of the gate, and tools with one of the layer `Log`.
            let expected = [
                // The answer of the engine, which is no call.
                ("none", 1),
                // Before, in, and after the span; in the task; the list.
                ("say", 7),
                ("blocking", 3),
                ("fail", 3),
                ("inside", 4),
                // The panic, and that it was answered.
                ("badly", 4),
                ("tool", 1),
                ("method", 1),
                ("uri", 2),
                ("level", 2),
                // The other tool's lines, and those of both calls.
                ("within", 8),
                ("last", 7),
            ];
            assert_eq!(counted(&events), expected, "{what}, {format}:\n{said}");
        }
    }
}

#[test]
fn as_json_a_text_is_what_the_client_has_sent() {
    for (what, text) in texts() {
        let said = said(&mut command(&["serve", "--log-format=json"]), &conversation(&text));
        let events: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let of =
            |id: &str, at: usize| events.iter().filter(|event| event["request_id"] == id).nth(at).expect("an event");
        let first = of("say", 0);
        assert_eq!((&first["message"], &first["level"]), (&json!(text), &json!("WARN")), "{what}");
        assert_eq!(first["target"], "mcp_tests::fixture::echoing");
        let fields = of("say", 1);
        let debug = format!("{text:?}");
        assert_eq!(fields["fields"], json!({ "text": text, "shown": text, "debug": debug }), "{what}");
        for at in [2, 3] {
            let spanned = of("say", at);
            assert_eq!(spanned["spans"], json!([{ "name": "spanned", "fields": { "text": text } }]), "{what}");
        }
        assert_eq!(of("inside", 0)["fields"]["error"], json!(text), "{what}");
        let panicked = of("badly", 0);
        assert!(panicked["message"].as_str().is_some_and(|message| message.ends_with(&*text)), "{what}: {panicked}");
        assert_eq!(panicked["target"], "panic");
    }
}

#[test]
fn an_id_is_text_as_json_whatever_it_is() {
    for (id, as_text, as_json) in [
        (json!(7), "7", "7"),
        (json!("7"), "\"7\"", "7"),
        (json!("a\nb\" request{id=8}: x"), r#""a\nb\" request{id=8"#, "a\nb\" request{id=8}: x"),
    ] {
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {
            "name": "say_blocking", "arguments": { "text": "tea" } } });
        let messages = [initialize("t"), request];
        let text = said(&mut command(&["--log-format", "text", "serve"]), &messages);
        let line = text.lines().find(|line| line.contains("own")).expect("a line");
        assert_eq!(read_text(line).and_then(|(_, id)| id), Some(as_text), "{line}");
        let json = said(&mut command(&["--log-format", "json"]), &messages);
        let line = json.lines().find(|line| line.contains("own")).expect("a line");
        let event: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(event["request_id"], as_json);
    }
}

/// A line of JSON that was cut could not be read.
#[test]
fn a_text_that_is_too_long_for_a_line_is_cut_within_its_string() {
    for text in ["x".repeat(200_000), "\u{1b}".repeat(70_000), "☃\n".repeat(40_000)] {
        let mut messages = conversation(&text);
        // Such a name is refused.
        messages[0] = initialize("t");
        let said = said(&mut command(&["--log-format=json"]), &messages);
        events("json", &said);
        let first = said.lines().find(|line| line.contains(r#""request_id":"say""#)).expect("a line");
        let first: Value = serde_json::from_str(first).expect("JSON");
        let message = first["message"].as_str().expect("a message");
        let (begins, left) = message.split_once("… (").expect("it was cut");
        assert!(text.starts_with(begins) && begins.len() >= 512, "{message}");
        assert_eq!(left, format!("{} more bytes)", text.len() - begins.len()));
    }
}

#[test]
fn the_option_goes_before_the_environment_and_other_words_are_text() {
    let warning = "which is no format of the log: write text or json";
    for (words, variable, format, warns) in [
        (&[][..], None, "text", false),
        (&["serve"], Some("json"), "json", false),
        (&["serve", "--log-format=text"], Some("json"), "text", false),
        (&["--log-format", "json", "serve", "--log-format", "text"], None, "text", false),
        (&[], Some("xml"), "text", true),
        (&[], Some(""), "text", false),
    ] {
        let mut command = command(words);
        command.envs(variable.map(|variable| ("MCP_LOG_FORMAT", variable)));
        let said = said(&mut command, &[initialize("t"), call("1", "say", "tea")]);
        events(format, &said);
        assert_eq!(said.contains(warning), warns, "{said}");
    }
}

#[test]
fn a_filter_that_cannot_be_read_is_told() {
    let warning = r#"RUST_LOG is "shop[order]=loud", which cannot be read"#;
    for (filter, warns) in [("shop[order]=loud", true), ("shop=debug,warn", false), ("", false)] {
        let said = said(command(&[]).env("RUST_LOG", filter), &[initialize("t"), call("1", "say", "tea")]);
        assert_eq!(said.contains(warning), warns, "{said}");
    }
}

#[test]
fn what_the_program_says_to_people_is_json_too() {
    let mut command = command(&["serve", "--log-format=json", "--metrics-summary"]);
    let said = said(&mut command, &[initialize("t"), call("1", "say", "tea")]);
    let events: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let summary = events.last().expect("a line");
    assert!(summary["message"].as_str().is_some_and(|text| text.contains("tools/call")), "{summary}");
    assert_eq!((&summary["level"], summary.get("request_id")), (&json!("INFO"), None));
    // Its port is taken, or no port of its own.
    let done = self::command(&["serve", "--http", "203.0.113.1:1", "--log-format=json"]).output().expect("it runs");
    let said = String::from_utf8(done.stderr).expect("text");
    let event: Value = serde_json::from_str(said.trim_end()).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert_eq!((&event["level"], done.status.code()), (&json!("ERROR"), Some(1)));
    assert!(event["message"].as_str().is_some_and(|text| text.contains("203.0.113.1:1")), "{event}");
}

/// Sends a request with these headers, and waits for its answer.
fn post(address: SocketAddr, headers: &[(&str, &str)], body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let mut head = format!(
        "POST /mcp HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn no_header_and_no_name_on_http_forges_a_line() {
    for format in FORMATS {
        let mut command = command(&["serve", "--http", "127.0.0.1:0", "--log-format", format]);
        let mut server = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut errors = BufReader::new(server.stderr.take().expect("a pipe"));
        let mut said = String::new();
        errors.read_line(&mut said).expect("a line");
        let address = said.split("http://").nth(1).and_then(|rest| rest.split("/mcp").next());
        let address: SocketAddr = address.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("{said}"));
        let host = address.to_string();
        for (_, text) in texts() {
            // What HTTP itself would take for the end of the header is refused by it.
            let header: String = text.chars().filter(|char| !matches!(char, '\r' | '\n' | '\0')).collect();
            let stateless = json!({ "jsonrpc": "2.0", "id": "7", "method": "tools/call", "params": {
                "name": text, "arguments": {}, "_meta": {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientInfo": { "name": text, "version": text },
                    "io.modelcontextprotocol/clientCapabilities": {} } } });
            let headers = [
                ("Host", &*host),
                ("MCP-Protocol-Version", "2026-07-28"),
                ("Mcp-Method", "tools/call"),
                ("Mcp-Name", &*header),
            ];
            post(address, &headers, &stateless.to_string());
            post(address, &[("Host", &*header)], "{}");
            post(address, &[("Host", &*host), ("Origin", &*header)], "{}");
            post(address, &[("Host", &*host), ("Mcp-Session-Id", &*header), ("X-Forwarded-For", &*header)], "{}");
        }
        let sent = Command::new("kill").args(["-s", "TERM", &server.id().to_string()]).status();
        assert!(sent.expect("`kill` is there").success());
        assert_eq!(server.wait().expect("it ends").code(), Some(0));
        errors.read_to_string(&mut said).expect("text");
        let lines = if format == "text" { said.split_once('\n').expect("where it listens").1 } else { &said };
        let events = events(format, lines);
        assert!(events.len() > 2 * texts().len(), "{said}");
        assert!(events.iter().all(|id| id.as_deref().is_none_or(|id| id == "7")), "{said}");
        assert!(lines.contains("the Host ") && lines.contains("the Origin "), "{said}");
    }
}

/// A server that was told of no keys must not take a key without a word.
#[test]
fn a_token_that_nothing_knows_is_warned_of_when_serving_begins() {
    let mut command = command(&["serve"]);
    let said = said(command.env("MCP_TOKEN", "of-eve"), &[initialize("client")]);
    let warned =
        |line: &&str| line.contains(" WARN ") && line.contains("MCP_TOKEN is ignored: nothing says whose it is");
    assert_eq!(said.lines().filter(warned).count(), 1, "{said}");
    assert!(!said.contains("of-eve"), "{said}");
}
