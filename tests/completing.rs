//! Functions that complete: what a start says of them, which thread they run on, what is logged of them.

use std::collections::HashMap;
use std::process::Command;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use mcp_runtime::dynamic::{Prompt, Read, Resource};
use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, Version};
use mcp_tests::process::{PATIENCE, Process};
use serde_json::{Value, json};

static GROUP: Group = Group::new("completing");
const FIRST: u32 = line!() + 4;

/// Is completed from a store that nobody gives.
// One after the other, so that the lines below can be counted.
#[prompt(group = GROUP)]
fn plan(#[arg(complete = tags)] tag: &str) -> String {
    tag.to_owned()
}

/// Is completed from a store that nobody gives.
#[resource("plan://{tag}", group = GROUP)]
fn planned(#[arg(complete = tags)] tag: &str) -> String {
    tag.to_owned()
}

struct Store(Vec<&'static str>);

async fn tags(typed: String, store: State<Store>) -> Result<Vec<String>> {
    if typed == "!" {
        return Err(Error::new("no such tag"));
    }
    Ok(store.0.iter().filter(|tag| tag.starts_with(&*typed)).map(|tag| (*tag).to_owned()).collect())
}

fn store() -> Store {
    Store(vec!["garden", "home"])
}

/// What the completion of an argument is answered.
async fn complete(client: &mut MemoryClient, reference: Value, name: &str, value: &str) -> Value {
    ask(client, reference, name, value);
    serde_json::from_str(&client.receive().await.expect("an answer")).expect("JSON")
}

fn ask(client: &mut MemoryClient, reference: Value, name: &str, value: &str) {
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
        "io.modelcontextprotocol/clientCapabilities": {} });
    let params = json!({ "ref": reference, "argument": { "name": name, "value": value }, "_meta": meta });
    client
        .send(json!({ "jsonrpc": "2.0", "id": value, "method": "completion/complete", "params": params }).to_string());
}

fn prompt(name: &str) -> Value {
    json!({ "type": "ref/prompt", "name": name })
}

#[test]
fn state_that_a_completer_misses_stops_the_start() {
    let made_prompt = Prompt::new("made")
        .required("tag", "What to plan.")
        .complete(tags)
        .handler(async |_: HashMap<String, String>, _ctx| "made");
    let made_template = Resource::new("made://{tag}").complete("tag", tags).handler(async |_: Read, _ctx| "made");
    let error = Server::of(&GROUP).add(made_prompt).add(made_template).build().expect_err("nobody gave a store");
    let error = error.to_string();
    assert!(error.contains("for 4 reasons"), "{error}");
    let (first, second) = (format!("completing.rs:{}: ", FIRST + 1), format!("completing.rs:{}: ", FIRST + 7));
    for (at, words) in [
        (&*first, "prompt `plan`: what completes `tag`: `State<completing::Store>` was not given"),
        (&*second, "resource `plan://{tag}`: what completes `tag`: `State<completing::Store>` was not given"),
        ("completing.rs:", "prompt `made`: what completes `tag`: "),
        ("completing.rs:", "resource `made://{tag}`: what completes `tag`: "),
    ] {
        assert!(error.lines().any(|line| line.contains(at) && line.contains(words)), "{at}{words} in\n{error}");
    }
}

#[test]
fn a_completer_of_nothing_is_told_where_it_is_added() {
    let prompt = Prompt::new("made").complete(tags).handler(async |_: HashMap<String, String>, _ctx| "made");
    let template = Resource::new("made://{tag}").complete("tga", tags).handler(async |_: Read, _ctx| "made");
    let error = Server::empty("x").state(store()).add(prompt).add(template).build().expect_err("two complete nothing");
    let error = error.to_string();
    assert!(error.contains("`.complete(…)` is for the argument before it, and there is none"), "{error}");
    assert!(error.contains(r#"`.complete("tga", …)`: its URI has no such variable"#), "{error}");
}

#[tokio::test]
async fn what_is_made_at_run_time_is_completed_with_state_and_may_fail() {
    let made_prompt = Prompt::new("made")
        .required("tag", "What to plan.")
        .complete(tags)
        .optional("person", "Who does it.")
        .complete_blocking(|typed: &str, store: State<Store>| [typed.to_owned(), store.0.len().to_string()])
        .handler(async |_: HashMap<String, String>, _ctx| "made");
    let template = Resource::new("made://{tag}/{other}")
        .complete("tag", tags)
        .complete_blocking("other", |typed: String| Some(typed))
        .handler(async |_: Read, _ctx| "made");
    let server = Server::empty("x").state(store()).add(made_prompt).add(template).build().expect("a server");
    let mut client = server.connect();
    let template = json!({ "type": "ref/resource", "uri": "made://{tag}/{other}" });
    for (reference, name, value, values) in [
        (prompt("made"), "tag", "h", json!(["home"])),
        (prompt("made"), "person", "Ada", json!(["Ada", "2"])),
        (template.clone(), "tag", "g", json!(["garden"])),
        (template.clone(), "other", "x", json!(["x"])),
    ] {
        let answer = complete(&mut client, reference, name, value).await;
        assert_eq!(answer["result"]["completion"]["values"], values, "{name}: {answer}");
    }
    for reference in [prompt("made"), template] {
        let answer = complete(&mut client, reference, "tag", "!").await;
        assert_eq!(answer["error"]["message"], "no such tag", "{answer}");
    }
}

#[tokio::test]
async fn a_completer_that_blocks_holds_up_nobody() {
    let (sender, receiver): (Sender<()>, Receiver<()>) = channel();
    let (sender, receiver) = (Mutex::new(sender), Mutex::new(receiver));
    let prompt_of_both = Prompt::new("both")
        .required("waits", "Is completed once the other one is.")
        .complete_blocking(move |typed: &str| {
            let came = receiver.lock().expect("nothing panics").recv_timeout(PATIENCE);
            came.map(|()| [typed.to_owned()]).map_err(Error::from)
        })
        .required("goes", "Is completed at once.")
        .complete(move |typed: &str| {
            sender.lock().expect("nothing panics").send(()).expect("it waits");
            [typed.to_owned()]
        })
        .handler(async |_: HashMap<String, String>, _ctx| "both");
    let server = Server::empty("x").add(prompt_of_both).build().expect("a server");
    let mut client = server.connect();
    // The runtime has one thread: were the first completer polled on it, the second would never be.
    ask(&mut client, prompt("both"), "waits", "first");
    ask(&mut client, prompt("both"), "goes", "second");
    let mut answers = Vec::new();
    for _ in 0..2 {
        let answer: Value = serde_json::from_str(&client.receive().await.expect("an answer")).expect("JSON");
        assert_eq!(answer["result"]["completion"]["values"][0], answer["id"], "{answer}");
        answers.push(answer["id"].clone());
    }
    assert_eq!(answers, ["second", "first"]);
}

#[test]
fn the_failure_of_a_completer_is_logged_with_what_it_completes() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fixture-server"));
    let mut server = Process::spawn(command.env("FIXTURE", "completing").env_remove("RUST_LOG"));
    let params = json!({ "ref": prompt("plan"), "argument": { "name": "failing", "value": "inside" }, "_meta": {
        "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
        "io.modelcontextprotocol/clientCapabilities": {} } });
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "completion/complete", "params": params });
    server.send(&request.to_string());
    let answer = server.receive().expect("an answer");
    assert!(answer.contains("Internal error") && !answer.contains("hunter2"), "{answer}");
    server.close_input();
    let (_, errors) = server.end();
    let words = ["`completion of failing in plan` (", "completing.rs:", "hunter2"];
    assert!(errors.lines().any(|line| words.iter().all(|word| line.contains(word))), "{errors}");
}
