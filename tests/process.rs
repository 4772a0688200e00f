//! A server as a process: its streams, its end, and what it says on standard error.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Command;

use mcp_tests::process::{Process, piped};
use serde_json::Value;

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");
const HELLO: &str = r#"{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;

fn call(id: u32, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
    )
}

fn start() -> Process {
    let mut server = Process::start(SERVER, "");
    server.send(HELLO);
    assert_eq!(answer(&mut server)["id"], "hello");
    server
}

fn answer(server: &mut Process) -> Value {
    let line = server.receive().expect("an answer");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_default()
}

#[test]
fn a_server_that_is_asked_nothing_says_nothing_and_ends_well() {
    let mut server = Process::start(SERVER, "");
    server.close_input();
    assert_eq!(server.receive(), None);
    assert_eq!(server.end(), (Some(0), String::new()));
}

#[test]
fn its_connection_is_told_by_the_metrics() {
    let mut server = Process::start(SERVER, "echoing");
    server.send(HELLO);
    answer(&mut server);
    server.send(r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"metrics://summary"}}"#);
    let read = answer(&mut server);
    let metrics = read["result"]["contents"][0]["text"].as_str().expect("text");
    let metrics: Value = serde_json::from_str(metrics).expect("JSON");
    let by_transport = &metrics["connectionsByTransport"];
    assert_eq!(*by_transport, serde_json::json!({ "stdio": 1, "http": 0, "memory": 0, "own": 0 }), "{metrics}");
}

#[test]
fn calls_in_flight_finish_when_the_input_ends() {
    let mut server = start();
    // In one write: no time passes between the two.
    server.send(&[call(1, "nap", r#"{"ms":100}"#), call(2, "echo", r#"{"message":"fast"}"#)].join("\n"));
    server.close_input();
    assert_eq!(text(&answer(&mut server)), "fast");
    assert_eq!(text(&answer(&mut server)), "napped for 100 ms");
    assert_eq!(server.receive(), None);
    assert_eq!(server.end().0, Some(0));
}

/// A client that leaves must not leave a process behind; this takes as long as calls are given, which is seconds.
#[cfg(feature = "slow")]
#[test]
fn a_call_that_never_ends_does_not_keep_the_server() {
    let mut server = start();
    server.send(&call(1, "hang", r#"{"gate":"nobody's"}"#));
    server.send(&call(2, "nothing", "{}"));
    assert_eq!(text(&answer(&mut server)), "nothing");
    server.close_input();
    let dropped = server.receive().expect("the answer of what was dropped");
    assert!(dropped.contains(r#""id":1,"error":{"code":-32603,"#), "{dropped}");
    assert_eq!(server.receive(), None);
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn a_last_line_without_its_end_is_served() {
    let mut server = start();
    server.write(call(1, "echo", r#"{"message":"last"}"#).as_bytes());
    server.close_input();
    assert_eq!(text(&answer(&mut server)), "last");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn lines_are_served_however_they_are_cut() {
    let mut server = start();
    let line = call(1, "echo", r#"{"message":"aé☃😀"}"#) + "\n";
    for at in 0..=line.len() {
        let (begin, end) = line.as_bytes().split_at(at);
        server.write(begin);
        server.write(end);
        assert_eq!(text(&answer(&mut server)), "aé☃😀", "cut at {at}");
    }
    for byte in line.as_bytes() {
        server.write(&[*byte]);
    }
    assert_eq!(text(&answer(&mut server)), "aé☃😀");
    server.write(line.repeat(3).as_bytes());
    for _ in 0..3 {
        assert_eq!(text(&answer(&mut server)), "aé☃😀");
    }
}

#[test]
fn empty_lines_and_carriage_returns_are_no_matter() {
    let mut server = start();
    server.write(b"\n  \n\r\n\t\n");
    server.write((call(1, "echo", r#"{"message":"hi"}"#) + "\r\n").as_bytes());
    assert_eq!(text(&answer(&mut server)), "hi");
}

#[test]
fn bytes_that_are_no_text_are_answered_and_the_next_line_served() {
    let mut server = start();
    server.write(b"\xff\xfe{}\n\0\n");
    server.write(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"\xff\"}}\n");
    for _ in 0..3 {
        assert_eq!(answer(&mut server)["error"]["code"], -32700);
    }
    server.send(&call(2, "echo", r#"{"message":"hi"}"#));
    assert_eq!(text(&answer(&mut server)), "hi");
}

#[cfg(unix)]
#[test]
fn a_call_that_holds_the_reader_is_answered_before_a_signal_ends_the_server() {
    let mut server = start();
    server.send(&call_with_progress(1, "hog_aloud", r#"{"ms":300}"#));
    assert_eq!(answer(&mut server)["method"], "notifications/progress");
    server.signal("TERM");
    assert_eq!(text(&answer(&mut server)), "done");
    assert_eq!(server.end().0, Some(0));
}

/// A pipe with a name, whose reader waits until somebody writes to it.
#[cfg(unix)]
fn named_pipe(name: &str) -> std::path::PathBuf {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo is there");
    assert!(made.success());
    path
}

#[cfg(unix)]
fn call_with_progress(id: u32, tool: &str, arguments: &str) -> String {
    let params = format!(r#"{{"name":"{tool}","arguments":{arguments},"_meta":{{"progressToken":{id}}}}}"#);
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{params}}}"#)
}

#[test]
fn the_answer_to_initialize_goes_before_what_a_call_says_that_came_with_it() {
    let mut server = Process::start(SERVER, "");
    let said = call(1, "log_flood", r#"{"n":1}"#);
    // In one write, so that one read brings both.
    server.write(format!("{HELLO}\n{said}\n").as_bytes());
    assert_eq!(answer(&mut server)["id"], "hello");
    assert_eq!(answer(&mut server)["method"], "notifications/message");
    assert_eq!(answer(&mut server)["id"], 1);
}

#[cfg(unix)]
#[test]
fn what_a_call_has_said_leaves_before_the_call_behind_it_is_run() {
    let mut server = start();
    let pipe = named_pipe("behind");
    // More than once: a clock that ticks in between hides what is looked for.
    for id in 1..=20 {
        let begin = call_with_progress(2 * id, "begin", r#"{"gate":"nobody's"}"#);
        let held = call(2 * id + 1, "held", &format!("{{\"pipe\":{pipe:?}}}"));
        // In one write, so that one read brings both.
        server.write(format!("{begin}\n{held}\n").as_bytes());
        assert_eq!(answer(&mut server)["params"]["message"], "begun");
        std::fs::write(&pipe, "at last").expect("the server reads");
        assert_eq!(text(&answer(&mut server)), "at last");
    }
    std::fs::remove_file(pipe).expect("it is there");
}

#[cfg(unix)]
#[test]
fn what_a_call_says_that_works_on_without_waiting_leaves_all_the_same() {
    let mut server = start();
    let pipe = named_pipe("aloud");
    for words in 1..=3 {
        server.send(&call_with_progress(words, "work_aloud", &format!("{{\"pipe\":{pipe:?},\"words\":{words}}}")));
        for word in 1..=words {
            assert_eq!(answer(&mut server)["params"]["progress"], word);
        }
        std::fs::write(&pipe, "done").expect("the server reads");
        assert_eq!(text(&answer(&mut server)), "done");
    }
    std::fs::remove_file(pipe).expect("it is there");
}

#[test]
fn a_call_that_holds_the_reader_until_its_words_are_read_gets_on() {
    let mut server = start();
    server.send(r#"{"jsonrpc":"2.0","id":"level","method":"logging/setLevel","params":{"level":"info"}}"#);
    assert_eq!(answer(&mut server)["id"], "level");
    // More than may wait for the client.
    server.send(&call(1, "insist", r#"{"n":5000}"#));
    for _ in 1..=5000 {
        assert_eq!(answer(&mut server)["method"], "notifications/message");
    }
    assert_eq!(text(&answer(&mut server)), "insisted 5000 times");
}

#[cfg(unix)]
#[test]
fn signals_end_a_server_well_once_its_calls_have_finished() {
    // A server that was started with SIGHUP ignored, as by `nohup`, ignores it; so would one that these tests start.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let is_ignored = ignored.is_some_and(|mask| mask & 1 == 1);
    for signal in ["TERM", "INT", "HUP"].into_iter().filter(|signal| *signal != "HUP" || !is_ignored) {
        let mut server = start();
        // In one write: no time passes between the two.
        server.send(&[call(1, "nap", r#"{"ms":100}"#), call(2, "nothing", "{}")].join("\n"));
        assert_eq!(text(&answer(&mut server)), "nothing");
        server.signal(signal);
        assert_eq!(text(&answer(&mut server)), "napped for 100 ms");
        assert_eq!(server.receive(), None);
        assert_eq!(server.end().0, Some(0), "after {signal}");
    }
}

#[test]
fn a_server_whose_answers_nobody_takes_any_more_ends_well() {
    let mut child = piped(Command::new(SERVER).env("FIXTURE", ""));
    drop(child.stdout.take());
    let mut input = child.stdin.take().expect("it was piped");
    // The server may be gone before it has read all of it.
    let _ = writeln!(input, "{HELLO}");
    assert_eq!(child.wait().expect("a child can be waited for").code(), Some(0));
}

#[test]
fn what_a_function_prints_goes_to_standard_error() {
    let mut server = start();
    server.send(&call(1, "print", r#"{"line":"a stray line"}"#));
    assert_eq!(text(&answer(&mut server)), "printed");
    server.close_input();
    assert_eq!(server.receive(), None);
    let (code, stderr) = server.end();
    assert_eq!((code, stderr.contains("a stray line")), (Some(0), true), "{stderr}");
}

#[test]
fn a_panic_is_logged_with_its_place_and_told_to_nobody() {
    let mut server = start();
    for (id, tool) in ["panic_now", "panic_later", "panic_blocking"].iter().enumerate() {
        server.send(&call(u32::try_from(id).expect("a few"), tool, "{}"));
        let answer = answer(&mut server).to_string();
        assert!(answer.contains("-32603") && !answer.contains("hunter2"), "{answer}");
    }
    let (code, stderr) = server.end();
    assert_eq!(code, Some(0));
    assert_eq!(stderr.matches("hunter2").count(), 3, "{stderr}");
    assert_eq!(stderr.matches("failing.rs:").count(), 3, "{stderr}");
}

#[test]
fn an_internal_error_is_logged_with_the_name_of_its_function() {
    let mut server = start();
    server.send(&call(1, "fail_inside", "{}"));
    assert_eq!(text(&answer(&mut server)), "Internal error");
    let (_, stderr) = server.end();
    assert!(stderr.contains("`fail_inside`") && stderr.contains("hunter2"), "{stderr}");
}

#[test]
fn an_error_that_says_it_is_internal_is_logged_with_its_causes() {
    let mut command = Command::new(SERVER);
    let mut server = Process::spawn(command.env("FIXTURE", "shop"));
    server.send(HELLO);
    answer(&mut server);
    server.send(&call(1, "buy", r#"{"what":"archive"}"#));
    assert_eq!(text(&answer(&mut server)), "The archive is closed.");
    server.close_input();
    let (_, errors) = server.end();
    let wanted = r"failed: the archive's key is hunter2: could not start (could not read the settings): no such\nfile";
    assert!(errors.lines().any(|line| line.contains("`buy`") && line.ends_with(wanted)), "{errors}");
}

#[test]
fn a_failure_is_logged_in_one_line_with_its_causes_for_those_who_look_for_it() {
    let mut command = Command::new(SERVER);
    command.env("FIXTURE", "").env("RUST_LOG", "debug");
    let mut server = Process::spawn(&mut command);
    server.send(HELLO);
    answer(&mut server);
    server.send(&call(1, "fail_for_any_reason", "{}"));
    answer(&mut server);
    server.close_input();
    let (_, errors) = server.end();
    let wanted = r"failed: could not start (could not read the settings): no such\nfile";
    assert!(errors.lines().any(|line| line.contains("`fail_for_any_reason`") && line.ends_with(wanted)), "{errors}");
}

#[test]
fn a_function_that_hogs_its_thread_is_reported_once_with_the_cure() {
    let mut server = start();
    for id in 0..3 {
        server.send(&call(id, "hog", r#"{"ms":60}"#));
        assert_eq!(text(&answer(&mut server)), "done");
    }
    let (_, stderr) = server.end();
    assert_eq!(stderr.matches("`hog`").count(), 1, "{stderr}");
    assert!(stderr.contains("#[tool(blocking)]") && stderr.contains("failing.rs:"), "{stderr}");
}

#[test]
fn the_time_that_a_panic_takes_is_not_reported_as_hogging() {
    let mut server = start();
    server.send(&call(1, "hog_and_panic", r#"{"ms":60}"#));
    answer(&mut server);
    let (_, stderr) = server.end();
    assert!(stderr.contains("after a while") && !stderr.contains("held its thread"), "{stderr}");
}

#[test]
fn a_standard_error_that_nobody_reads_stops_nothing() {
    let mut child = piped(Command::new(SERVER).env("FIXTURE", ""));
    let _unread = child.stderr.take();
    let mut input = child.stdin.take().expect("it was piped");
    let mut output = child.stdout.take().expect("it was piped");
    let asking = std::thread::spawn(move || {
        writeln!(input, "{HELLO}").expect("the server reads");
        // Two lines of log each: far more than a pipe holds.
        for id in 0..5000 {
            writeln!(input, "{}", call(id, "panic_now", "{}")).expect("the server reads");
        }
    });
    let mut answers = String::new();
    output.read_to_string(&mut answers).expect("text");
    asking.join().expect("all is asked");
    assert_eq!(answers.lines().count(), 5001);
    assert_eq!(child.wait().expect("a child can be waited for").code(), Some(0));
}

/// Far more than a pipe holds, and more than may wait: what does not fit is dropped, and the server goes on.
#[cfg(unix)]
#[test]
fn what_functions_print_stops_nothing_where_nobody_reads_it() {
    for tool in ["print", "print_error"] {
        let mut child = piped(Command::new(SERVER).env("FIXTURE", ""));
        let mut errors = child.stderr.take().expect("it was piped");
        let mut input = child.stdin.take().expect("it was piped");
        let mut output = BufReader::new(child.stdout.take().expect("it was piped")).lines();
        writeln!(input, "{HELLO}").expect("the server reads");
        let line = "x".repeat(1000);
        for id in 0..3000 {
            writeln!(input, "{}", call(id, tool, &format!("{{\"line\":\"{line}\"}}"))).expect("the server reads");
            assert!(output.next().expect("an answer").is_ok());
        }
        // Now somebody reads, and is told of what is missing.
        let (mut said, mut chunk) = (Vec::new(), [0; 4096]);
        while !String::from_utf8_lossy(&said).contains("were dropped: standard error was not read in time") {
            let read = errors.read(&mut chunk).expect("it is open");
            assert!(read > 0, "nothing was dropped, though {} bytes were kept", said.len());
            said.extend_from_slice(&chunk[..read]);
            assert!(said.len() < 2_000_000, "{} bytes were kept", said.len());
        }
        drop(input);
        std::thread::spawn(move || errors.read_to_end(&mut said));
        assert_eq!(child.wait().expect("a child can be waited for").code(), Some(0));
    }
}

/// Three times what may wait unless it is told.
#[cfg(unix)]
#[test]
fn as_much_waits_for_standard_error_as_the_program_allows() {
    let mut child = piped(Command::new(SERVER).env("FIXTURE", "patient"));
    let mut errors = child.stderr.take().expect("it was piped");
    let mut input = child.stdin.take().expect("it was piped");
    let mut output = BufReader::new(child.stdout.take().expect("it was piped")).lines();
    writeln!(input, "{HELLO}").expect("the server reads");
    let line = "x".repeat(1000);
    for id in 0..3000 {
        writeln!(input, "{}", call(id, "print_error", &format!("{{\"line\":\"{line}\"}}"))).expect("the server reads");
        assert!(output.next().expect("an answer").is_ok());
    }
    // It is read before the server is told to end, which would not wait for long.
    let (mut said, mut chunk) = (Vec::new(), [0; 4096]);
    while said.len() < 3000 * 1001 {
        let read = errors.read(&mut chunk).expect("it is open");
        assert!(read > 0, "only {} bytes were kept", said.len());
        said.extend_from_slice(&chunk[..read]);
        assert!(!chunk[..read].contains(&b'('), "{}", String::from_utf8_lossy(&chunk[..read]));
    }
    drop(input);
    assert_eq!(child.wait().expect("a child can be waited for").code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_standard_error_that_nobody_reads_does_not_keep_the_server_from_ending() {
    let mut child = piped(Command::new(SERVER).env("FIXTURE", ""));
    let _unread = child.stderr.take();
    let mut input = child.stdin.take().expect("it was piped");
    let mut output = BufReader::new(child.stdout.take().expect("it was piped")).lines();
    writeln!(input, "{HELLO}").expect("the server reads");
    writeln!(input, "{}", call(1, "print", &format!("{{\"line\":\"{}\"}}", "x".repeat(200_000)))).expect("it reads");
    assert_eq!(output.by_ref().take(2).count(), 2);
    drop(input);
    assert_eq!(child.wait().expect("a child can be waited for").code(), Some(0));
}

#[test]
fn the_last_words_of_a_function_are_not_lost() {
    for _ in 0..20 {
        let mut server = start();
        server.send(&call(1, "print_error", r#"{"line":"the last words"}"#));
        assert_eq!(text(&answer(&mut server)), "printed");
        let (code, stderr) = server.end();
        assert_eq!((code, &*stderr), (Some(0), "the last words\n"));
    }
}

#[test]
fn words_of_a_client_forge_no_line_of_the_log() {
    let mut server = start();
    server.send(&call(1, "panic_with", r#"{"words":"a\nthread 'forged'\r\u001b[2J\u009b\u2028b"}"#));
    assert_eq!(answer(&mut server)["error"]["code"], -32603);
    let (_, stderr) = server.end();
    assert_eq!(stderr.matches(r"a\nthread 'forged'\r").count(), 2, "{stderr}");
    assert!(!stderr.contains(|char: char| char.is_control() && char != '\n'), "{stderr:?}");
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_a_server_on_the_spot() {
    let mut server = start();
    server.send(&call(1, "hang", r#"{"gate":"nobody's"}"#));
    server.send(&call(2, "nothing", "{}"));
    assert_eq!(text(&answer(&mut server)), "nothing");
    // One that comes while another waits to be seen is none.
    while !server.has_ended() {
        server.signal("TERM");
    }
    assert_eq!(server.wait(), Some(143));
}

#[cfg(unix)]
#[test]
fn signals_are_the_programs_own_again_once_it_has_served() {
    let mut server = Process::start(SERVER, "lingering");
    server.send(HELLO);
    assert_eq!(answer(&mut server)["id"], "hello");
    server.signal("TERM");
    while !server.stderr().contains("lingering after Ok(())") {
        std::thread::yield_now();
    }
    server.signal("INT");
    assert_eq!(server.wait(), Some(7));
}

#[test]
fn what_the_command_line_says_of_a_server_moves_no_cursor() {
    let said = |words: &[&str]| {
        let output = Command::new(SERVER).args(words).env("FIXTURE", "").output().expect("it starts");
        String::from_utf8(output.stdout).expect("text") + &String::from_utf8(output.stderr).expect("text")
    };
    let argument = "message=a\u{1b}]0;b\u{7}\u{9b}2J\r\nc\td\u{7f}";
    // A program that reads the result gets it as it is; a terminal does not.
    let raw = said(&["call", "--raw", "echo", argument]);
    assert!(!raw.contains(|char: char| char.is_control() && char != '\n'), "{raw:?}");
    let read: Value = serde_json::from_str(&raw).expect("JSON");
    assert_eq!(read["content"][0]["text"], &argument["message=".len()..]);
    let failed = said(&["call", "a\u{1b}[2Jb"]);
    assert!(failed.starts_with("error: ") && !failed.contains('\u{1b}'), "{failed:?}");
}

#[test]
fn the_command_line_says_how_long_a_message_may_be() {
    for (words, is_served) in [
        (&["--max-message", "2KiB"][..], false),
        (&["serve", "--max-message", "2048"][..], false),
        (&["serve", "--max-message", "1MB"][..], true),
        (&[][..], true),
    ] {
        let mut server = Process::spawn(Command::new(SERVER).args(words).env("FIXTURE", ""));
        server.send(HELLO);
        assert_eq!(answer(&mut server)["id"], "hello");
        server.send(&call(1, "echo", &format!("{{\"message\":\"{}\"}}", "x".repeat(4000))));
        let answer = answer(&mut server);
        assert_eq!((answer["id"].as_u64(), answer["result"].is_object()), (Some(1), is_served), "{words:?}: {answer}");
    }
    let output = Command::new(SERVER).args(["--max-message", "much"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
}
