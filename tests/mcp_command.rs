//! The command `mcp`. Each file of `mcp/` is a list of cases, as those of `cli/` are (`tests/cli.rs`). Among the words,
//! `SERVER` is the fixture server's program, and `URL` a server of the same variant on HTTP; times are all zero.

#[path = "cli/harness.rs"]
mod harness;
// What `mcp generate` writes for the fixture server: it compiles, without warnings.
#[path = "mcp/generated.rs"]
#[rustfmt::skip]
mod generated;
// The same for a server whose tools share definitions.
#[path = "mcp/generated_todo.rs"]
#[rustfmt::skip]
mod generated_todo;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use mcp_runtime::client::Client;

use self::harness::{Case, Program, check};

const MCP: &str = env!("CARGO_BIN_EXE_mcp-command");
const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");

#[test]
fn commands_print_what_they_should() {
    check("mcp", &Mcp::default());
}

/// Whatever else is missing, and whichever words stand before it.
#[test]
fn every_command_has_help() {
    let help = Command::new(MCP).arg("--help").output().expect("it runs");
    let help = String::from_utf8(help.stdout).expect("text");
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"call") && commands.contains(&"generate"), "{help}");
    for command in commands {
        let asked = Command::new(MCP).args(["help", command]).output().expect("it runs").stdout;
        let asked = String::from_utf8(asked).expect("text");
        let all: &[&[&str]] = if matches!(command, "help" | "completions") {
            &[&["--help"], &["-h"]]
        } else {
            &[&["--help"], &["-h"], &["nowhere", "--help"], &["--header", "a:b", "-h"], &["-h", "--", "nowhere"]]
        };
        for words in all {
            let done = Command::new(MCP).arg(command).args(*words).output().expect("it runs");
            assert!(done.status.success(), "{command}: {done:?}");
            assert_eq!(String::from_utf8(done.stdout).expect("text"), asked, "{command}");
        }
        assert!(asked.contains(&format!("Usage: mcp {command}")), "{asked}");
    }
}

/// What stands in `mcp/generated.rs` is what is generated now; `MCP_WRITE=1` in the environment writes it.
#[test]
fn generated_code_is_of_the_server_and_calls_it() {
    is_generated_now("", &[], "generated.rs");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = Client::to(&mcp_tests::fixture::server("")).await.expect("connected");
        let sum = generated::add(&client, &generated::AddArguments { a: 2, b: 3 }).await;
        assert_eq!(sum.expect("a sum"), 5);
        let greeting = generated::prompt_greet(&client, "Ada", Some("2"), None).await;
        assert_eq!(greeting.expect("a greeting").text(), "Greet Ada 2 times in English.");
        let note = generated::read_note(&client, "7", Some("fr")).await.expect("a note");
        assert_eq!(note.contents[0].uri, "note://7?lang=fr");
        let file = generated::read_file(&client, "a/b c").await.expect("a file");
        assert_eq!(file.contents[0].uri, "file:///a/b%20c");
        generated::read_static_text(&client).await.expect("a resource");
        let painted = generated::PaintArguments { color: generated::Color::Red };
        generated::paint(&client, &painted).await.expect("a colour");
        let circle = generated::DrawArguments { shape: generated::Shape::Circle { radius: 0.5 } };
        assert_eq!(generated::draw(&client, &circle).await.expect("drawn").text(), "Circle { radius: 0.5 }");
    });
}

/// A definition that several schemas have is one type: what one tool returns can be given to another. Others of the same name
/// have numbers.
#[test]
fn generated_types_are_shared_by_tools() {
    is_generated_now("todo", &["--null", "AnnotateArguments.note"], "generated_todo.rs");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        use generated_todo::{CountArguments, ListArguments, PostageArguments, Priority2, count, list, postage};
        let client = Client::to(&mcp_tests::fixture::server("todo")).await.expect("connected");
        let all = list(&client, &ListArguments::default()).await.expect("a list");
        let priority = all.iter().find(|item| item.title == "water").map(|item| item.priority.clone());
        let alike = list(&client, &ListArguments { priority }).await.expect("a list");
        assert_eq!(alike.iter().map(|item| &*item.title).collect::<Vec<_>>(), ["water", "reap"]);
        assert_eq!(count(&client, &CountArguments { items: alike }).await.expect("a number"), 2);
        let parcel = PostageArguments { priority: Priority2::Parcel };
        assert_eq!(postage(&client, &parcel).await.expect("a number"), 2);
    });
}

/// An enum of objects is one, which may contain itself, and a member that may be `null` as well as left out can say so.
#[test]
fn generated_types_say_what_the_tool_can_be_told() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        use generated_todo::{AnnotateArguments, Filter, FindArguments, annotate, find};
        let client = Client::to(&mcp_tests::fixture::server("todo")).await.expect("connected");
        let titled = Filter::Title { text: "wa".to_owned(), whole: None };
        let liked = generated_todo::list(&client, &Default::default()).await.expect("a list").swap_remove(1);
        for (filter, expected) in [
            (Filter::Not { filter: Box::new(titled.clone()) }, &["sow", "reap"][..]),
            (titled, &["water"]),
            (Filter::Like(liked), &["water", "reap"]),
            (Filter::All, &["sow", "water", "reap"]),
        ] {
            let found = find(&client, &FindArguments { filter }).await.expect("a list");
            assert_eq!(found, expected);
        }
        let author = || Some("Ada".to_owned());
        for (note, seen) in [(None, "None"), (Some(None), "Some(None)"), (Some(author()), r#"Some(Some("Ada"))"#)] {
            let arguments = AnnotateArguments { note, author: None };
            let json = mcp_runtime::serde_json::to_string(&arguments).expect("JSON");
            assert_eq!(mcp_runtime::serde_json::from_str::<AnnotateArguments>(&json).expect("the same"), arguments);
            let said = annotate(&client, &arguments).await.expect("a text");
            assert_eq!(said.text(), format!("{seen} None"));
        }
    });
}

/// Compares what is generated for a variant of the fixture server with the file.
fn is_generated_now(variant: &str, options: &[&str], file: &str) {
    let done = Command::new(MCP)
        .arg("generate")
        .args(options)
        .args(["--", SERVER])
        .env("FIXTURE", variant)
        .output()
        .expect("it runs");
    assert!(done.status.success(), "{done:?}");
    let code = String::from_utf8(done.stdout).expect("text");
    let file = harness::directory("mcp").join(file);
    if std::env::var_os("MCP_WRITE").is_some() {
        std::fs::write(&file, &code).expect("it can be written");
    }
    assert!(
        code == std::fs::read_to_string(&file).expect("text"),
        "run the test with MCP_WRITE=1, and look at the difference"
    );
}

/// Changes are shown from the moment at which the server has taken the subscription.
#[test]
fn changes_are_shown_as_they_come() {
    for protocol in ["2026-07-28", "2025-11-25"] {
        let server = Listening::start("");
        let tail = ["tail", &server.url, "test://static", "--count", "4", "--json", "--raw", "--protocol", protocol];
        let mut tail =
            Command::new(MCP).args(tail).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut told = BufReader::new(tail.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
        // The answer to the last request before it listens.
        let begun =
            if protocol == "2026-07-28" { "subscriptions/acknowledged" } else { r#"< {"jsonrpc":"2.0","id":3,"# };
        assert!(told.any(|line| line.contains(begun)), "it does not listen");
        std::thread::spawn(move || told.for_each(drop));
        for call in [&["update", "uri=test://static"][..], &["change_lists"]] {
            let call = Command::new(MCP).args(["call", &server.url]).args(call).output().expect("it runs");
            assert!(call.status.success(), "{call:?}");
        }
        let done = tail.wait_with_output().expect("it ends");
        let mut lines: Vec<_> = std::str::from_utf8(&done.stdout).expect("text").lines().collect();
        lines.sort_unstable();
        let expected = [
            r#"{"change":"prompts"}"#,
            r#"{"change":"resource","uri":"test://static"}"#,
            r#"{"change":"resources"}"#,
            r#"{"change":"tools"}"#,
        ];
        assert_eq!(lines, expected, "{protocol}");
        assert!(done.status.success(), "{protocol}");
    }
}

/// A report of progress prolongs the timeout of a call, so it is asked for whether it is shown or not.
#[test]
fn every_call_asks_for_progress() {
    for protocol in ["2026-07-28", "2025-11-25"] {
        for shown in [&[][..], &["--follow"]] {
            let mut call = Command::new(MCP);
            call.args(["call", "echo", "message=tea", "--raw", "--protocol", protocol]).args(shown);
            let done = call.args(["--", SERVER]).env("FIXTURE", "tools").output().expect("it runs");
            let told = String::from_utf8(done.stderr).expect("text");
            let sent = told.lines().find(|line| line.contains(r#" > {"#) && line.contains(r#""tools/call""#));
            assert!(sent.is_some_and(|sent| sent.contains(r#""progressToken":"#)), "{protocol} {shown:?}: {told}");
        }
    }
}

/// A command that is told to stop cancels its call, ends the program that it has started, and has the signal's exit code.
#[cfg(unix)]
#[test]
fn a_signal_cancels_the_call() {
    let words = ["call", "begin", "gate=never", "--follow", "--raw", "--", SERVER];
    let mut command = Command::new(MCP);
    let mut call = command
        .args(words)
        .env("FIXTURE", "")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut told = BufReader::new(call.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    assert!(told.any(|line| line == "[1/2] begun"), "it does not begin");
    let process = rustix::process::Pid::from_child(&call);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("it is there");
    assert!(told.any(|line| line.contains("notifications/cancelled")), "the server is not told");
    // The program's end of the pipe is closed with it, which this waits for.
    told.for_each(drop);
    assert_eq!(call.wait().expect("it ends").code(), Some(143));
}

/// The program, and the servers that it is tried with.
#[derive(Default)]
struct Mcp {
    /// Those on HTTP, by their variants.
    servers: Mutex<BTreeMap<String, Listening>>,
}

impl Program for Mcp {
    fn command(&self, case: &Case) -> Command {
        let mut command = Command::new(MCP);
        for word in &case.words {
            let url = || self.url(&case.variant);
            let word = if word.contains("URL") { word.replace("URL", &url()) } else { word.clone() };
            command.arg(word.replace("SERVER", SERVER));
        }
        if case.words.iter().any(|word| word == "configured") {
            command.env("FIXTURE_SERVER", SERVER).env("FIXTURE_URL", self.url(&case.variant));
        }
        command
    }

    fn settled(&self, _: &Case, text: String) -> String {
        let mut text = text.replace(SERVER, "SERVER");
        for server in self.servers.lock().expect("one test").values() {
            text = text.replace(&server.url, "URL");
        }
        text.split_inclusive('\n').map(timeless).collect()
    }
}

/// A line in which all times are zero: `0.123 s > {…}`, and `1.234 ms`.
fn timeless(line: &str) -> String {
    let is_time = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if let Some((time, rest)) = line.split_once(" s ")
        && is_time(time.trim())
    {
        return format!("0.000 s {rest}");
    }
    for (begin, end) in [(" in ", " ms"), ("\"milliseconds\":", "}")] {
        if let Some((before, rest)) = line.split_once(begin)
            && let Some((time, after)) = rest.split_once(end)
            && is_time(time)
        {
            return format!("{before}{begin}0.000{end}{after}");
        }
    }
    line.to_owned()
}

impl Mcp {
    /// The URL of a server on HTTP, which is started where there is none yet.
    fn url(&self, variant: &str) -> String {
        let mut servers = self.servers.lock().expect("one test");
        servers.entry(variant.to_owned()).or_insert_with(|| Listening::start(variant)).url.clone()
    }
}

/// A server on HTTP, which ends with this.
struct Listening {
    child: Child,
    url: String,
}

impl Listening {
    fn start(variant: &str) -> Self {
        let mut command = Command::new(SERVER);
        command.args(["serve", "--http", "0"]).env("FIXTURE", variant).stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let url = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, url) = line.split_once("listening at ")?;
            Some(url.to_owned())
        });
        // What it logs later is read, so that it never waits.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url: url.expect("it tells where it listens") }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
