//! Who may do what: a table of cases, on stdio and on HTTP, with sessions and without.

use std::collections::HashMap;
use std::fmt::Write as _;

use mcp_runtime::http::request::Parts;
use mcp_runtime::{Challenge, Http, Principal};
use mcp_tests::fixture::policed;
use mcp_tests::process::Process;
use serde_json::{Value, json};
use tokio::sync::oneshot;

// A test target's modules live in the directory of its name.
#[allow(dead_code, reason = "the tests of HTTP ask for more")]
#[path = "http/client.rs"]
mod client;

use self::client::{Answer, Client};

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");
const CASES: &str = include_str!("policy/cases.txt");

/// What carries the requests.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Carrier {
    Stdio,
    Session,
    Stateless,
}

/// One line of the table.
struct Case<'a> {
    line: usize,
    who: &'a str,
    verb: &'a str,
    target: &'a str,
    rest: &'a str,
    outcome: &'a str,
}

fn cases() -> impl Iterator<Item = Case<'static>> {
    let lines = CASES.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(at, line)| {
        let (case, outcome) = line.split_once("  =>  ").unwrap_or_else(|| panic!("line {}: {line}", at + 1));
        let mut words = case.split_whitespace();
        let mut word = || words.next().unwrap_or_default();
        let (who, verb, target, rest) = (word(), word(), word(), word());
        Case { line: at + 1, who, verb, target, rest, outcome }
    })
}

impl Case<'_> {
    /// The method and its parameters, with this target. `None` where the carrier has no such thing.
    fn request(&self, target: &str, carrier: Carrier) -> Option<(String, Value)> {
        let arguments = || serde_json::from_str::<Value>(self.rest).expect("arguments");
        Some(match self.verb {
            "call" => ("tools/call".to_owned(), json!({ "name": target, "arguments": arguments() })),
            "suggest" => ("tools/call".to_owned(), json!({ "name": target, "arguments": {} })),
            "read" => ("resources/read".to_owned(), json!({ "uri": target })),
            "get" => ("prompts/get".to_owned(), json!({ "name": target, "arguments": arguments() })),
            "method" => (target.to_owned(), arguments()),
            "list" if target == "templates" => ("resources/templates/list".to_owned(), json!({})),
            "list" => (format!("{target}/list"), json!({})),
            "complete" => {
                let reference = if target.contains("://") {
                    json!({ "type": "ref/resource", "uri": target })
                } else {
                    json!({ "type": "ref/prompt", "name": target })
                };
                let argument = json!({ "name": self.rest, "value": "e" });
                ("completion/complete".to_owned(), json!({ "ref": reference, "argument": argument }))
            }
            "discover" if carrier == Carrier::Stateless => ("server/discover".to_owned(), json!({})),
            "subscribe" if carrier != Carrier::Stateless => {
                ("resources/subscribe".to_owned(), json!({ "uri": target }))
            }
            "discover" | "subscribe" | "capabilities" => return None,
            other => panic!("line {}: there is no verb {other}", self.line),
        })
    }

    /// A target that does not exist, as long as the one of the case.
    fn nothing(&self) -> String {
        match self.target.split_once("://") {
            Some((_, rest)) => format!("qqqq://{rest}"),
            None => self.target.chars().map(|c| if c == '/' || c == '.' { c } else { 'q' }).collect(),
        }
    }

    /// What is wrong with an answer.
    fn judge(&self, reply: &Reply, of_nothing: Option<&Reply>) -> Result<(), String> {
        let (word, expected) = self.outcome.split_once(' ').unwrap_or((self.outcome, ""));
        let text = reply.message.to_string();
        let error = &reply.message["error"];
        let fits = match word {
            "ok" => {
                error.is_null() && reply.message["result"]["isError"] != true && text.contains(expected)
                    || self.verb == "suggest" && text.contains(expected)
            }
            "no" => !text.contains(expected),
            "names" => names(&reply.message).join(" ") == expected,
            "refused" => (!error.is_null() || reply.message["result"]["isError"] == true) && text.contains(expected),
            "needs" => {
                let data = json!({ "error": "insufficient_scope", "scope": expected });
                let challenge = format!(r#"Bearer scope="{expected}", error="insufficient_scope""#);
                error["code"] == -40_300
                    && error["data"] == data
                    && reply
                        .http
                        .as_ref()
                        .is_none_or(|(status, challenged)| *status == 403 && challenged.as_deref() == Some(&*challenge))
            }
            "unknown" => {
                let of_nothing = of_nothing.expect("the answer for something that does not exist");
                let same = text == of_nothing.message.to_string().replace(&self.nothing(), self.target);
                !error.is_null() && same && reply.http == of_nothing.http
            }
            other => panic!("line {}: there is no outcome {other}", self.line),
        };
        if fits { Ok(()) } else { Err(format!("{text} {:?}", reply.http)) }
    }
}

fn names(message: &Value) -> Vec<&str> {
    let lists = ["tools", "resources", "resourceTemplates", "prompts"];
    let list = lists.iter().find_map(|list| message["result"][list].as_array());
    list.into_iter().flatten().filter_map(key).collect()
}

/// What an item of a list is found by.
fn key(item: &Value) -> Option<&str> {
    ["uri", "uriTemplate", "name"].iter().find_map(|name| item[name].as_str())
}

/// An answer, and the status and the challenge that it had on HTTP.
#[derive(Debug)]
struct Reply {
    message: Value,
    http: Option<(u16, Option<String>)>,
}

impl From<&Answer> for Reply {
    fn from(answer: &Answer) -> Self {
        let text = answer.events().last().map_or(&*answer.body, |event| event.data);
        let message = serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {answer:?}"));
        Self { message, http: Some((answer.status, answer.header("www-authenticate").map(str::to_owned))) }
    }
}

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",
    "capabilities":{},"clientInfo":{"name":"tests","version":"1"}}}"#;

/// Plays all cases with what asks for somebody, and tells of all that went wrong.
fn check(carrier: Carrier, mut ask: impl FnMut(&str, &str, &Value) -> Reply) {
    let mut wrong = String::new();
    let mut played = 0;
    for case in cases() {
        let Some((method, params)) = case.request(case.target, carrier) else { continue };
        played += 1;
        let reply = ask(case.who, &method, &params);
        let nothing = (case.outcome == "unknown").then(|| {
            let (method, params) = case.request(&case.nothing(), carrier).expect("the same request");
            ask(case.who, &method, &params)
        });
        if let Err(why) = case.judge(&reply, nothing.as_ref()) {
            let Case { line, who, verb, target, outcome, .. } = case;
            let _ = write!(wrong, "\n{carrier:?}, line {line}: {who} {verb} {target}, not {outcome}: {why}");
        }
    }
    assert!(played >= 80, "{played}");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_may_do_on_stdio_what_the_table_says() {
    let mut processes: HashMap<String, Process> = HashMap::new();
    check(Carrier::Stdio, |who, method, params| {
        let process = processes.entry(who.to_owned()).or_insert_with(|| {
            let mut process = Process::start(SERVER, &format!("policed:{who}"));
            process.send(&INITIALIZE.replace('\n', ""));
            process.receive().expect("an answer");
            process.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
            process
        });
        process.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string());
        let message = serde_json::from_str(&process.receive().expect("an answer")).expect("JSON");
        Reply { message, http: None }
    });
}

/// Knows callers by their names.
fn by_name(request: &Parts) -> Result<Principal, Challenge> {
    let header = request.headers.get("authorization").and_then(|header| header.to_str().ok());
    Ok(policed::principal(header.and_then(|header| header.strip_prefix("Bearer ")).unwrap_or("nobody")))
}

/// Plays with a server on HTTP.
fn on_http(play: impl FnOnce(&tokio::runtime::Runtime, Client)) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (stop, stopped) = oneshot::channel::<()>();
    let address = runtime.block_on(async {
        let http = Http::new(policed::builder("nobody").build().expect("a server")).authenticate(by_name);
        let listening = http.listen("127.0.0.1:0").await.expect("a free port");
        let address = listening.address().expect("its address");
        tokio::spawn(listening.run(async {
            let _ = stopped.await;
        }));
        address
    });
    play(&runtime, Client::new(address));
    drop(stop);
}

fn key_of(who: &str) -> (&'static str, String) {
    if who == "nobody" { ("X-Nothing", String::new()) } else { ("Authorization", format!("Bearer {who}")) }
}

#[test]
fn each_may_do_in_a_session_on_http_what_the_table_says() {
    on_http(|runtime, client| {
        let mut sessions: HashMap<String, String> = HashMap::new();
        check(Carrier::Session, |who, method, params| {
            let session = sessions.entry(who.to_owned()).or_insert_with(|| {
                let opened = runtime.block_on(client.post(&[key_of(who)], INITIALIZE));
                let session = opened.header("mcp-session-id").expect("a session").to_owned();
                let ready = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
                runtime.block_on(client.post(&[key_of(who), ("Mcp-Session-Id", session.clone())], ready));
                session
            });
            let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
            let headers = [key_of(who), ("Mcp-Session-Id", session.clone())];
            Reply::from(&runtime.block_on(client.post(&headers, &body)))
        });
    });
}

#[test]
fn each_may_do_on_http_without_a_session_what_the_table_says() {
    on_http(|runtime, client| {
        check(Carrier::Stateless, |who, method, params| {
            let mut params = params.clone();
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            });
            let mut headers =
                vec![key_of(who), ("MCP-Protocol-Version", "2026-07-28".to_owned()), ("Mcp-Method", method.to_owned())];
            if let Some(name) = params["name"].as_str().or(params["uri"].as_str()) {
                headers.push(("Mcp-Name", name.to_owned()));
            }
            // What a header mirrors is known to those who may list the tool. Others do not send it, and must not be told so.
            if params["name"] == "discount" && who == "owner" {
                headers.push(("Mcp-Param-Region", "eu".to_owned()));
            }
            let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
            Reply::from(&runtime.block_on(client.post(&headers, &body)))
        });
    });
}

#[test]
fn the_page_of_capabilities_has_what_its_reader_may_know_of() {
    on_http(|runtime, client| {
        for case in cases().filter(|case| case.verb == "capabilities") {
            let page = runtime.block_on(client.send("GET", "/capabilities", &[key_of(case.who)], ""));
            let (word, text) = case.outcome.split_once(' ').expect("an outcome");
            assert_eq!(page.body.contains(text), word == "ok", "line {}: {}", case.line, page.body);
        }
    });
}

#[test]
fn lists_that_differ_from_caller_to_caller_are_not_shared() {
    on_http(|runtime, client| {
        let (headers, body) = client::stateless("tools/list", "", "{}");
        let list = Reply::from(&runtime.block_on(client.post(&headers, &body)));
        assert_eq!(list.message["result"]["cacheScope"], "private");
    });
}

/// The words of `policy --json`, from those that allow most, for each row and column.
fn ranks(file: Option<&str>) -> Vec<(String, usize)> {
    let mut command = std::process::Command::new(SERVER);
    command
        .env("FIXTURE", "policed:nobody")
        .args(["policy", "--json"])
        .args(file.map(|file| format!("--policy={file}")));
    let output = command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/cli")).output().expect("it runs");
    let table: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let who = table["who"].as_array().expect("columns").clone();
    let rank = |word: &Value| ["granted", "decided", "lacking", "hidden"].iter().position(|known| word == known);
    let mut ranks = Vec::new();
    for row in table["rows"].as_array().expect("rows") {
        for (who, word) in who.iter().zip(row["access"].as_array().expect("words")) {
            ranks.push((format!("{} {who}", row["what"]), rank(word).expect("a word")));
        }
    }
    ranks
}

#[test]
fn a_policy_file_takes_away_and_gives_nothing() {
    let with: HashMap<_, _> = ranks(Some("policy_rules.toml")).into_iter().collect();
    let mut fewer = 0;
    for (cell, without) in ranks(None) {
        assert!(with[&cell] >= without, "{cell}");
        fewer += usize::from(with[&cell] > without);
    }
    assert!(fewer > 10, "{fewer}");
}

#[tokio::test]
async fn calls_are_held_to_a_policy_file() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/cli/policy_rules.toml");
    let call = async |who: &str, name: &str| {
        let server = policed::builder(who).policy_file(file).build().expect("a server");
        let client = mcp_runtime::client::Client::to(&server).await.expect("a connection");
        {
            let arguments = if name == "edit" { json!({ "id": 1 }) } else { json!({}) };
            client.call(name, arguments)
        }
        .await
        .map(|result| result.text())
        .map_err(|error| error.to_string())
    };
    assert!(call("guest", "door").await.is_ok());
    assert!(call("nobody", "door").await.is_err_and(|why| why.contains("Unknown tool: door")));
    assert!(call("clerk", "door").await.is_err_and(|why| why.contains("Unknown tool: door")));
    assert!(call("writer", "edit").await.is_err_and(|why| why.contains("Unknown tool: edit")));
    assert_eq!(call("owner", "edit").await.as_deref(), Ok("edited 1"));
}

/// A conversation of somebody with a server that others talk to, too.
struct Talk(mcp_runtime::MemoryClient);

impl Talk {
    async fn with(server: &mcp_runtime::Server, asks_for: &str) -> Self {
        let mut talk = Self(server.connect());
        talk.0.send(INITIALIZE.to_owned());
        talk.next().await;
        talk.0.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.to_owned());
        if !asks_for.is_empty() {
            talk.ask("resources/subscribe", json!({ "uri": asks_for })).await;
        }
        talk
    }

    async fn next(&mut self) -> Value {
        let frame = tokio::time::timeout(mcp_tests::process::PATIENCE, self.0.receive()).await;
        serde_json::from_str(&frame.expect("it comes in time").expect("a frame")).expect("JSON")
    }

    /// What comes until the answer, with that.
    async fn ask(&mut self, method: &str, params: Value) -> (Vec<String>, Value) {
        self.0.send(json!({ "jsonrpc": "2.0", "id": "asked", "method": method, "params": params }).to_string());
        let mut notices = Vec::new();
        loop {
            let frame = self.next().await;
            if frame["id"] == "asked" {
                return (notices, frame);
            }
            let uri = frame["params"]["uri"].as_str().map(|uri| format!(" {uri}")).unwrap_or_default();
            notices.push(format!("{}{uri}", frame["method"].as_str().unwrap_or_default()));
        }
    }

    async fn call(&mut self, name: &str, arguments: Value) -> Vec<String> {
        let (notices, answer) = self.ask("tools/call", json!({ "name": name, "arguments": arguments })).await;
        assert!(answer["error"].is_null() && answer["result"]["isError"] != true, "{answer}");
        notices
    }
}

const TOOLS_CHANGED: &str = "notifications/tools/list_changed";

#[tokio::test]
async fn a_change_is_told_to_those_who_may_know_of_what_has_changed() {
    for (who, role, is_told) in
        [("guest", "owner", false), ("owner", "owner", true), ("guest", "all", true), ("nobody", "clerk", false)]
    {
        let server = policed::builder(who).dynamic().build().expect("a server");
        let mut talk = Talk::with(&server, "").await;
        let expected: Vec<&str> = is_told.then_some(TOOLS_CHANGED).into_iter().collect();
        assert_eq!(talk.call("extend", json!({ "role": role })).await, expected, "{who} {role} added");
        assert_eq!(talk.call("shrink", json!({ "role": role })).await, expected, "{who} {role} removed");
    }
}

#[tokio::test]
async fn an_update_is_told_to_those_who_may_read_the_resource() {
    for (who, uri, is_told) in [
        ("guest", "shop://prices", true),
        ("guest", "shop://wages", false),
        ("owner", "shop://wages", true),
        ("guest", "repo://ada/a", false),
        ("reader", "repo://ada/a", true),
        ("reader", "diary://owner", false),
        ("reader", "diary://reader", true),
    ] {
        let server = policed::builder(who).build().expect("a server");
        let mut talk = Talk::with(&server, uri).await;
        let expected: Vec<String> =
            is_told.then(|| format!("notifications/resources/updated {uri}")).into_iter().collect();
        assert_eq!(talk.call("touch", json!({ "uri": uri })).await, expected, "{who} {uri}");
    }
}

#[tokio::test]
async fn without_a_session_a_subscription_hears_only_of_what_its_caller_may_know_of() {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let wanted = [
        "shop://prices",
        "shop://wages",
        "repo://ada/a",
        "repo://eve/a",
        "diary://reader",
        "diary://owner",
        "shop://none",
    ];
    let filter = json!({ "toolsListChanged": true, "resourceSubscriptions": wanted });
    let server = policed::builder("reader").dynamic().build().expect("a server");
    let mut talk = Talk(server.connect());
    let listen = json!({ "notifications": filter, "_meta": meta });
    talk.0.send(json!({ "jsonrpc": "2.0", "id": 7, "method": "subscriptions/listen", "params": listen }).to_string());
    let acknowledged = talk.next().await;
    let mut agreed: Vec<&str> = acknowledged["params"]["notifications"]["resourceSubscriptions"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    agreed.sort_unstable();
    // What does not exist for the caller is like what does not exist at all.
    assert_eq!(agreed, ["diary://reader", "repo://ada/a", "shop://prices"]);
    for (tool, arguments, expected) in [
        ("touch", json!({ "uri": "shop://prices" }), Some("notifications/resources/updated shop://prices")),
        ("touch", json!({ "uri": "shop://wages" }), None),
        ("touch", json!({ "uri": "repo://eve/a" }), None),
        ("touch", json!({ "uri": "repo://ada/a" }), Some("notifications/resources/updated repo://ada/a")),
        ("extend", json!({ "role": "owner" }), None),
        ("extend", json!({ "role": "all" }), Some(TOOLS_CHANGED)),
    ] {
        let params = json!({ "name": tool, "arguments": arguments, "_meta": meta });
        let (notices, answer) = talk.ask("tools/call", params).await;
        assert!(answer["error"].is_null(), "{answer}");
        assert_eq!(notices, expected.into_iter().collect::<Vec<_>>(), "{tool} {arguments}");
    }
}
