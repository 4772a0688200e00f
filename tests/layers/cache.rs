//! What reading calls were answered with is kept: for how long, for whom, and how much of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mcp_runtime::layers::Cache;
use mcp_runtime::prelude::*;
use mcp_runtime::{CacheScope, MemoryClient, Principal};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::advance;

static GROUP: Group = Group::new("cached");

/// How often functions ran, and when those may end that wait.
#[derive(Default)]
struct Runs {
    all: AtomicU32,
    begun: Notify,
    end: Notify,
}

impl Runs {
    fn next(&self) -> u32 {
        self.all.fetch_add(1, Ordering::SeqCst) + 1
    }
}

/// Only reads.
#[tool(group = GROUP, read_only)]
fn look(text: Option<String>, runs: State<Runs>) -> String {
    format!("{} {}", runs.next(), text.unwrap_or_default())
}

/// Says for how long.
#[tool(group = GROUP, read_only, cache = "5s")]
fn glance(runs: State<Runs>) -> u32 {
    runs.next()
}

/// A note.
#[resource("note://{id}", group = GROUP)]
fn note(id: u32, runs: State<Runs>) -> String {
    format!("note {id}, run {}", runs.next())
}

/// A note that takes long to read.
#[resource("slow://{id}", group = GROUP)]
async fn slow(id: u32, runs: State<Runs>) -> String {
    let run = runs.next();
    runs.begun.notify_one();
    runs.end.notified().await;
    format!("note {id}, run {run}")
}

struct Tested {
    server: Server,
    runs: Arc<Runs>,
}

impl Tested {
    fn with(cache: Cache) -> Self {
        let runs = Arc::new(Runs::default());
        let server = Server::of(&GROUP).state_arc(Arc::clone(&runs)).layer(cache).build().expect("a server");
        Self { server, runs }
    }
}

fn frame(method: &str, params: &Value) -> String {
    let mut params = params.clone();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({ "jsonrpc": "2.0", "id": "an id", "method": method, "params": params }).to_string()
}

async fn result(client: &mut MemoryClient, method: &str, params: Value) -> Value {
    client.send(frame(method, &params));
    let answer: Value = serde_json::from_str(&client.receive().await.expect("an answer")).expect("JSON");
    assert_eq!(answer["id"], "an id");
    answer["result"].clone()
}

async fn call(client: &mut MemoryClient, name: &str, arguments: Value) -> String {
    let result = result(client, "tools/call", json!({ "name": name, "arguments": arguments })).await;
    result["content"][0]["text"].as_str().expect("a text").to_owned()
}

static GUARDED: Group = Group::new("guarded");

/// For owners.
#[resource("note://wages", group = GUARDED, roles = "owner")]
fn wages() -> &'static str {
    "42"
}

/// For everybody.
#[resource("note://prices", group = GUARDED, public)]
fn prices() -> &'static str {
    "7"
}

#[tokio::test(start_paused = true)]
async fn what_not_everybody_may_read_is_told_to_be_private() {
    let minute = Duration::from_secs(60);
    let owner = Principal::new("ada").with_roles(["owner"]);
    let server = || Server::of(&GUARDED).principal(owner.clone()).cache_reads(minute, CacheScope::Public);
    let cached = server().layer(Cache::for_read_only().public().ttl(minute));
    for server in [server(), cached] {
        let server = server.build().expect("a server");
        let mut client = server.connect();
        // The second one is kept, where something keeps it.
        for _ in 0..2 {
            for (uri, scope) in [("note://wages", "private"), ("note://prices", "public")] {
                let read = result(&mut client, "resources/read", json!({ "uri": uri })).await;
                assert_eq!(read["cacheScope"], scope, "{uri}: {read}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_result_is_fresh_for_as_long_as_its_function_says_or_the_layer() {
    let tested = Tested::with(Cache::for_read_only().ttl(Duration::from_secs(10)));
    let mut client = tested.server.connect();
    for (seconds, look, glance) in [(0, "1 ", "2"), (4, "1 ", "2"), (2, "1 ", "3"), (4, "4 ", "3")] {
        advance(Duration::from_secs(seconds)).await;
        assert_eq!(call(&mut client, "look", json!({})).await, look, "{seconds}");
        assert_eq!(call(&mut client, "glance", json!({})).await, glance, "{seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_says_so_is_kept_by_a_cache_for_the_declared() {
    let tested = Tested::with(Cache::for_declared());
    let mut client = tested.server.connect();
    for (look, glance) in [("1 ", "2"), ("3 ", "2")] {
        assert_eq!(call(&mut client, "look", json!({})).await, look);
        assert_eq!(call(&mut client, "glance", json!({})).await, glance);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_is_told_for_how_much_longer_a_resource_is_fresh() {
    let tested = Tested::with(Cache::for_read_only().ttl(Duration::from_secs(10)));
    let mut client = tested.server.connect();
    for (seconds, left, run) in [(0, 10_000, 1), (3, 7_000, 1), (6, 1_000, 1), (1, 10_000, 2)] {
        advance(Duration::from_secs(seconds)).await;
        let read = result(&mut client, "resources/read", json!({ "uri": "note://7" })).await;
        assert_eq!((&read["ttlMs"], &read["cacheScope"]), (&json!(left), &json!("private")));
        assert_eq!(read["contents"][0]["text"], format!("note 7, run {run}"));
    }
}

#[tokio::test]
async fn what_is_updated_while_it_is_read_is_not_kept() {
    let tested = Tested::with(Cache::for_read_only());
    let (mut client, handle) = (tested.server.connect(), tested.server.handle());
    for (run, runs_again, is_updated) in [(1, true, true), (2, true, false), (2, false, false)] {
        client.send(frame("resources/read", &json!({ "uri": "slow://1" })));
        if runs_again {
            tested.runs.begun.notified().await;
            if is_updated {
                handle.resource_updated("slow://1");
            }
            tested.runs.end.notify_one();
        }
        let answer = client.receive().await.expect("an answer");
        assert!(answer.contains(&format!("note 1, run {run}")), "{answer}");
    }
}

/// Counters of updates are found by a hash with a seed of its own, so two resources may share one.
#[tokio::test]
async fn an_update_of_a_resource_keeps_nearly_all_others() {
    let cache = Cache::for_read_only();
    let tested = Tested::with(cache.clone());
    let (mut client, handle) = (tested.server.connect(), tested.server.handle());
    let read = async |client: &mut MemoryClient, id: u32| {
        result(client, "resources/read", json!({ "uri": format!("note://{id}") })).await;
    };
    for id in 0..64 {
        read(&mut client, id).await;
    }
    handle.resource_updated("note://0");
    for id in 0..64 {
        read(&mut client, id).await;
    }
    let hits = cache.stats().hits;
    assert!((56..=63).contains(&hits), "{hits}");
}

#[tokio::test]
async fn callers_share_answers_only_where_these_are_public() {
    for (cache, runs) in [(Cache::for_read_only(), ["1 ", "2 ", "1 "]), (Cache::for_read_only().public(), ["1 "; 3])] {
        let tested = Tested::with(cache);
        for (subject, run) in ["ada", "bob", "ada"].into_iter().zip(runs) {
            let mut client = tested.server.connect_as(Principal::new(subject));
            assert_eq!(call(&mut client, "look", json!({})).await, run, "{subject}");
        }
    }
}

#[tokio::test]
async fn a_subject_shares_no_answer_with_that_of_another_issuer_or_with_other_roles() {
    let tested = Tested::with(Cache::for_read_only());
    let ada = || Principal::new("ada");
    for (principal, run) in [
        (ada(), "1 "),
        (ada().with_issuer("one"), "2 "),
        (ada().with_issuer("two"), "3 "),
        (ada().with_issuer("one").with_roles(["clerk"]), "4 "),
        (ada().with_issuer("one").with_scopes(["clerk"]), "5 "),
        (ada().with_issuer("one").with_client("other"), "2 "),
    ] {
        let mut client = tested.server.connect_as(principal.clone());
        assert_eq!(call(&mut client, "look", json!({})).await, run, "{principal:?}");
    }
}

#[tokio::test]
async fn scopes_and_what_the_program_names_are_parts_of_the_key() {
    let scoped = Cache::for_read_only();
    let tested = Tested::with(scoped);
    for (scope, run) in [("read", "1 "), ("write", "2 "), ("read", "1 ")] {
        let mut client = tested.server.connect_as(Principal::new("ada").with_scopes([scope]));
        assert_eq!(call(&mut client, "look", json!({})).await, run, "{scope}");
    }
    let by_run = Cache::for_read_only().public().vary(|call| call.ctx().principal().subject().unwrap_or("").to_owned());
    let tested = Tested::with(by_run);
    for (subject, run) in [("ada", "1 "), ("bob", "2 "), ("ada", "1 ")] {
        let mut client = tested.server.connect_as(Principal::new(subject));
        assert_eq!(call(&mut client, "look", json!({})).await, run, "{subject}");
    }
}

#[tokio::test]
async fn two_servers_with_one_cache_do_not_share_answers() {
    let cache = Cache::for_read_only();
    let (one, two) = (Tested::with(cache.clone()), Tested::with(cache));
    assert_eq!(call(&mut one.server.connect(), "look", json!({})).await, "1 ");
    assert_eq!(call(&mut one.server.connect(), "glance", json!({})).await, "2");
    assert_eq!(call(&mut two.server.connect(), "glance", json!({})).await, "1");
}

#[tokio::test]
async fn no_more_is_kept_than_there_are_bytes_for() {
    let cache = Cache::for_read_only().bytes(100_000);
    let tested = Tested::with(cache.clone());
    let mut client = tested.server.connect();
    let text = |n: u32| json!({ "text": format!("{n:0>10000}") });
    for n in 0..50 {
        call(&mut client, "look", text(n)).await;
    }
    let stats = cache.stats();
    assert!(stats.bytes <= 100_000 && stats.entries >= 3 && stats.evicted > 40, "{stats:?}");
    // The last is there, the first is not, and what is too large was never kept.
    let large = json!({ "text": "x".repeat(70_000) });
    for (arguments, is_hit) in [(text(49), true), (text(0), false), (large.clone(), false), (large, false)] {
        let before = cache.stats().hits;
        call(&mut client, "look", arguments).await;
        assert_eq!(cache.stats().hits - before, u64::from(is_hit));
    }
    cache.clear();
    assert_eq!((cache.stats().entries, cache.stats().bytes), (0, 0));
}
