//! Functions that hold their thread: how many run, how many wait, and what becomes of those that are cancelled.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, ServerBuilder};
use mcp_tests::answering::{ask, receive, text, with_session};
use mcp_tests::process::PATIENCE;
use serde_json::json;

static GROUP: Group = Group::new("blocking").version("1.0.0");

/// Holds threads until it is opened.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
    ran: AtomicUsize,
}

impl Gate {
    fn pass(&self) {
        let is_open = self.is_open.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.opened.wait_while(is_open, |is_open| !*is_open));
        self.ran.fetch_add(1, Ordering::SeqCst);
    }

    fn open(&self) {
        *self.is_open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.opened.notify_all();
    }
}

/// Waits at the gate.
#[tool(group = GROUP, blocking)]
fn held(gate: State<Gate>, ctx: &Ctx) -> &'static str {
    ctx.info("begun");
    gate.pass();
    "through"
}

/// Calls one of its like.
#[tool(group = GROUP, blocking)]
fn nested(ctx: &Ctx) -> Result<String, Error> {
    Ok(tokio::runtime::Handle::current().block_on(ctx.call("inner", ()))?.text())
}

/// Is called by one of its like.
#[tool(group = GROUP, blocking)]
fn inner() -> &'static str {
    "inner"
}

/// A page that takes a thread.
#[resource("page://blocking", group = GROUP, blocking)]
fn page(ctx: &Ctx) -> &'static str {
    ctx.info("read");
    "page"
}

/// Words that take a thread.
#[prompt(group = GROUP, blocking)]
fn words(name: &str, ctx: &Ctx) -> String {
    ctx.info("said");
    format!("words for {name}")
}

/// Waits once, so that it needs an executor, and refuses if it is told to.
struct Waited;

impl FromCall for Waited {
    async fn from_call(ctx: &Ctx) -> Result<Self, Error> {
        tokio::task::yield_now().await;
        if ctx.meta::<bool>("refuse") == Some(true) { Err(Error::new("refused")) } else { Ok(Self) }
    }
}

/// The name, and whether its thread is one that may be held.
fn where_it_runs(name: &str) -> String {
    // A thread that drives tasks may not be blocked on; one of the blocking pool may.
    let is_held = std::panic::catch_unwind(|| tokio::runtime::Handle::current().block_on(async {})).is_ok();
    format!("{name}, {}", if is_held { "held" } else { "not held" })
}

/// Takes a thread, and what is injected.
#[tool(group = GROUP, blocking)]
fn injected(name: &str, #[inject] _waited: Waited, gate: State<Gate>, _ctx: &Ctx) -> String {
    let _ = gate;
    where_it_runs(name)
}

/// The same as a resource.
#[resource("injected://{name}", group = GROUP, blocking)]
fn injected_page(name: &str, #[inject] _waited: Waited) -> String {
    where_it_runs(name)
}

/// The same as a prompt.
#[prompt(group = GROUP, blocking)]
fn injected_words(name: &str, #[inject] _waited: Waited) -> String {
    where_it_runs(name)
}

/// Opens the gate when it is dropped, by a failure too: the end of a test waits for the threads.
struct Opens(Arc<Gate>);

impl Drop for Opens {
    fn drop(&mut self) {
        self.0.open();
    }
}

fn builder(gate: &Arc<Gate>) -> ServerBuilder {
    Server::of(&GROUP).state_arc(Arc::clone(gate))
}

fn call(client: &mut MemoryClient, id: u32, tool: &str) {
    client.send(json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": tool } }).to_string());
}

/// Waits until a call holds its thread.
async fn begun(client: &mut MemoryClient) {
    let said = client.receive().await.expect("a message");
    assert!(said.contains("begun"), "{said}");
}

#[tokio::test]
async fn a_call_that_is_cancelled_while_it_waits_never_begins_and_makes_room() {
    let gate = Arc::<Gate>::default();
    let server = builder(&gate).blocking_limits(1, 1).build().expect("a server");
    let mut client = with_session(&server).await;
    call(&mut client, 1, "held");
    begun(&mut client).await;
    for id in 2..100 {
        call(&mut client, id, "held");
        let params = json!({ "requestId": id });
        client.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }).to_string());
        // Its future is dropped before the next one comes.
        tokio::task::yield_now().await;
    }
    gate.open();
    assert_eq!(text(&receive(&mut client).await["result"]), "through");
    client.close().await;
    assert_eq!(gate.ran.load(Ordering::SeqCst), 1);
}

#[test]
fn a_call_that_is_cancelled_before_its_thread_is_free_never_begins() {
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().expect("a runtime");
    runtime.block_on(async {
        let gate = Arc::<Gate>::default();
        gate.open();
        let server = builder(&gate).build().expect("a server");
        let mut client = with_session(&server).await;
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || held.recv());
        // There is a place for it among the server's, and no thread among the runtime's.
        call(&mut client, 1, "held");
        let params = json!({ "requestId": 1 });
        client.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }).to_string());
        drop(let_go);
        let _ = busy.await.expect("it does not panic");
        tokio::task::spawn_blocking(|| ()).await.expect("its turn comes after the call's");
        assert_eq!(gate.ran.load(Ordering::SeqCst), 0);
    });
}

#[tokio::test]
async fn more_than_may_wait_are_refused_and_the_others_served() {
    let gate = Arc::<Gate>::default();
    let server = builder(&gate).blocking_limits(1, 2).build().expect("a server");
    let mut client = with_session(&server).await;
    call(&mut client, 1, "held");
    begun(&mut client).await;
    for id in 2..=4 {
        call(&mut client, id, "held");
    }
    let _opens = Opens(Arc::clone(&gate));
    let refused = tokio::time::timeout(PATIENCE, receive(&mut client)).await.expect("it does not wait");
    assert_eq!(refused["id"], 4);
    assert_eq!(refused["error"]["message"], "Too many calls wait for a thread: at most 2; try again later");
    gate.open();
    for _ in 1..=3 {
        assert_eq!(text(&receive(&mut client).await["result"]), "through");
    }
    assert_eq!(gate.ran.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn resources_and_prompts_that_block_wait_for_a_thread_as_tools_do() {
    let gate = Arc::<Gate>::default();
    let server = builder(&gate).blocking_limits(1, 0).build().expect("a server");
    let mut client = with_session(&server).await;
    let others = [
        ("resources/read", json!({ "uri": "page://blocking" }), "/contents/0/text", "page"),
        (
            "prompts/get",
            json!({ "name": "words", "arguments": { "name": "Ada" } }),
            "/messages/0/content/text",
            "words for Ada",
        ),
    ];
    call(&mut client, 1, "held");
    begun(&mut client).await;
    let opens = Opens(Arc::clone(&gate));
    for (method, params, ..) in &others {
        let refused = ask(&mut client, 2, method, params.clone());
        let refused = tokio::time::timeout(PATIENCE, refused).await.expect("it does not wait");
        let message = "Too many calls wait for a thread: at most 0; try again later";
        assert_eq!(refused["error"]["message"], message, "{refused}");
    }
    drop(opens);
    assert_eq!(text(&receive(&mut client).await["result"]), "through");
    for (method, params, place, expected) in others {
        let answer = ask(&mut client, 3, method, params).await;
        assert_eq!(answer["result"].pointer(place), Some(&json!(expected)), "{answer}");
    }
}

#[tokio::test]
async fn what_is_injected_is_made_before_the_thread_is_taken() {
    let gate = Arc::<Gate>::default();
    let server = builder(&gate).blocking_limits(1, 0).build().expect("a server");
    let mut client = with_session(&server).await;
    let injected = async |client: &mut MemoryClient, arguments| {
        ask(client, 2, "tools/call", json!({ "name": "injected", "arguments": arguments })).await
    };
    let answer = injected(&mut client, json!({ "name": "Ada" })).await;
    assert_eq!(text(&answer["result"]), "Ada, held");
    let answer = injected(&mut client, json!({ "name": 7 })).await;
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    // The only thread is taken: an extractor that refuses is heard all the same.
    call(&mut client, 1, "held");
    begun(&mut client).await;
    let opens = Opens(Arc::clone(&gate));
    let params = json!({ "name": "injected", "arguments": { "name": "Ada" }, "_meta": { "refuse": true } });
    let refused =
        tokio::time::timeout(PATIENCE, ask(&mut client, 3, "tools/call", params)).await.expect("it does not wait");
    assert_eq!(text(&refused["result"]), "refused", "{refused}");
    let full = injected(&mut client, json!({ "name": "Ada" })).await;
    assert_eq!(full["error"]["message"], "Too many calls wait for a thread: at most 0; try again later");
    drop(opens);
    assert_eq!(text(&receive(&mut client).await["result"]), "through");
    for (method, params, place) in [
        ("resources/read", json!({ "uri": "injected://Ada" }), "/contents/0/text"),
        (
            "prompts/get",
            json!({ "name": "injected_words", "arguments": { "name": "Ada" } }),
            "/messages/0/content/text",
        ),
    ] {
        let answer = ask(&mut client, 4, method, params).await;
        assert_eq!(answer["result"].pointer(place), Some(&json!("Ada, held")), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_calls_its_like_needs_no_second_thread() {
    let server = builder(&Arc::default()).blocking_limits(1, 0).build().expect("a server");
    let mut client = with_session(&server).await;
    call(&mut client, 1, "nested");
    assert_eq!(text(&receive(&mut client).await["result"]), "inner");
}
