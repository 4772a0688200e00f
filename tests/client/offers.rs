//! Pages, caches, resources, prompts, completion, and what changes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mcp_runtime::client::{Change, Client, ClientHandler, Completing, Pool, ServerConfig, Target, Wanted};
use mcp_runtime::testing::TestClient;
use mcp_runtime::{LogLevel, MemoryClient, Server, ServerHandle, Version, dynamic};
use mcp_tests::answering::alone;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::fake::Fake;
use super::servers::{Way, all, connect, serve};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn all_pages_of_a_list_are_one_list() {
    for (way, version) in all() {
        let client = connect(Client::builder(), way, version, "paged").await;
        let whole = connect(Client::builder(), way, version, "").await;
        let names = async |client: &Client| {
            client.tools().await.expect("tools").into_iter().map(|tool| tool.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&client).await, names(&whole).await, "{way:?} {version:?}");
        let mut pages = client.tool_pages();
        assert_eq!(pages.next().await.expect("a page").expect("there are some").len(), 3);
        assert!(!client.resources().await.expect("resources").is_empty());
        assert!(!client.templates().await.expect("templates").is_empty());
        assert!(!client.prompts().await.expect("prompts").is_empty());
    }
}

#[tokio::test]
async fn a_server_without_a_kind_of_item_has_none_of_it() {
    for (way, version) in all() {
        let client = connect(Client::builder(), way, version, "tools").await;
        assert_eq!(client.tools().await.expect("tools").len(), 2);
        assert!(client.prompts().await.expect("no prompts").is_empty(), "{way:?} {version:?}");
    }
}

#[tokio::test]
async fn changes_are_told_in_every_revision() {
    for (way, version) in all() {
        let client = connect(Client::builder(), way, version, "").await;
        let wanted = Wanted::lists().resource("note://1");
        let mut changes = client.changes(wanted).await.unwrap_or_else(|error| panic!("{way:?} {version:?}: {error}"));
        client.call("change_lists", ()).await.expect("changed");
        let mut heard = Vec::new();
        for _ in 0..3 {
            heard.push(timeout(PATIENCE, changes.next()).await.expect("in time").expect("a change"));
        }
        heard.sort_by_key(|change| format!("{change:?}"));
        assert_eq!(heard, [Change::Prompts, Change::Resources, Change::Tools], "{way:?} {version:?}");
        client.call("update", json!({"uri": "note://2"})).await.expect("updated");
        client.call("update", json!({"uri": "note://1"})).await.expect("updated");
        let change = timeout(PATIENCE, changes.next()).await.expect("in time");
        assert_eq!(change, Some(Change::Resource("note://1".to_owned())), "{way:?} {version:?}");
    }
}

#[tokio::test]
async fn whoever_listens_no_more_leaves_others_their_changes() {
    for (way, version) in all() {
        let client = connect(Client::builder(), way, version, "").await;
        let wanted = || Wanted::new().resource("note://1");
        let first = client.changes(wanted()).await.expect("changes");
        let mut second = client.changes(wanted()).await.expect("changes");
        drop(first);
        let mut third = client.changes(wanted()).await.expect("changes");
        // In a session what was dropped unsubscribes behind this, if it does.
        client.ping().await.expect("a server");
        client.call("update", json!({"uri": "note://1"})).await.expect("updated");
        for changes in [&mut second, &mut third] {
            let change = timeout(PATIENCE, changes.next()).await.unwrap_or_else(|_| panic!("{way:?} {version:?}"));
            assert_eq!(change, Some(Change::Resource("note://1".to_owned())), "{way:?} {version:?}");
        }
    }
}

#[tokio::test]
async fn a_program_is_told_what_clients_subscribe_to() {
    for version in Version::ALL {
        let (wanted, mut uris) = tokio::sync::mpsc::unbounded_channel();
        let note = dynamic::Resource::new("note://{id}").handler(async |_: dynamic::Read, _| "tea");
        let server = Server::empty("notes").add(note);
        let server = server.on_subscribe(|_| panic!("it goes no further"));
        let server = server.on_subscribe(move |uri| drop(wanted.send(uri.to_owned()))).build().expect("a server");
        let client = TestClient::in_revision(&server, version).await;
        let changes = client.changes(Wanted::new().resource("note://1").resource("note://2")).await.expect("changes");
        let mut told = [uris.recv().await.expect("one"), uris.recv().await.expect("another")];
        told.sort();
        assert_eq!(told, ["note://1", "note://2"], "{version}");
        drop(changes);
    }
}

/// The next message, whatever it is.
async fn receive(client: &mut MemoryClient) -> Value {
    serde_json::from_str(&client.receive().await.expect("a message")).expect("JSON")
}

#[tokio::test]
async fn what_changes_while_a_subscription_begins_is_heard_after_its_acknowledgement() {
    let note = dynamic::Resource::new("note://{id}").handler(async |_: dynamic::Read, _| "tea");
    let handle = Arc::new(OnceLock::<ServerHandle>::new());
    let told = Arc::clone(&handle);
    let server = Server::empty("notes").add(note).on_subscribe(move |uri| {
        // More than once is once.
        for _ in 0..2 {
            told.get().expect("it runs").resource_updated(uri);
        }
    });
    let server = server.build().expect("a server");
    assert!(handle.set(server.handle()).is_ok());
    let mut client = server.connect();
    let params = alone(json!({"notifications": {"resourceSubscriptions": ["note://1"]}}));
    let listen = json!({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params});
    client.send(listen.to_string());
    let heard = [receive(&mut client).await, receive(&mut client).await].map(|message| message["method"].clone());
    assert_eq!(heard, ["notifications/subscriptions/acknowledged", "notifications/resources/updated"]);
    server.handle().resource_updated("note://2");
    server.handle().tools_changed();
    server.handle().resource_updated("note://1");
    let next = receive(&mut client).await;
    assert_eq!(next["params"]["uri"], "note://1", "{next}");
    // Nothing was said twice: what comes now is the answer to this.
    let ping = json!({"jsonrpc": "2.0", "id": 2, "method": "server/discover", "params": alone(json!({}))});
    client.send(ping.to_string());
    assert_eq!(receive(&mut client).await["id"], 2);
}

#[tokio::test]
async fn what_a_server_says_may_be_kept_is_asked_for_once() {
    let (client, mut fake) = Fake::connected(Client::builder()).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let serve = tokio::spawn(async move {
        loop {
            let request = fake.receive().await;
            match request["method"].as_str() {
                Some("tools/list") => {
                    count.fetch_add(1, Ordering::Relaxed);
                    let tool = json!({"name": "t", "inputSchema": {"type": "object"}});
                    fake.answer(&request, json!({"tools": [tool], "ttlMs": 60_000, "cacheScope": "private"})).await;
                }
                Some("resources/read") => {
                    count.fetch_add(100, Ordering::Relaxed);
                    let contents = json!([{"uri": request["params"]["uri"], "text": "x"}]);
                    fake.answer(&request, json!({"contents": contents, "ttlMs": 0, "cacheScope": "public"})).await;
                }
                _ => {
                    fake.send(r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#).await;
                    fake.say(&request, "changed").await;
                }
            }
        }
    });
    for expected in [1, 1, 1] {
        assert_eq!(client.tools().await.expect("tools").len(), 1);
        assert_eq!(asked.load(Ordering::Relaxed), expected);
    }
    client.call("change", ()).await.expect("changed");
    client.tools().await.expect("tools");
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    client.read("a:b").await.expect("contents");
    client.read("a:b").await.expect("contents");
    assert_eq!(asked.load(Ordering::Relaxed), 202);
    serve.abort();
}

#[tokio::test]
async fn a_list_that_never_ends_is_given_up() {
    let (client, mut fake) = Fake::connected(Client::builder()).await;
    let list = tokio::spawn(async move { client.tools().await });
    for _ in 0..2 {
        let request = fake.receive().await;
        fake.answer(&request, json!({"tools": [], "nextCursor": "again"})).await;
    }
    let error = list.await.expect("no panic").expect_err("there is no end");
    assert!(error.to_string().contains("never ends"), "{error}");
}

#[tokio::test]
async fn progress_and_logs_are_heard_while_a_call_runs() {
    for (way, version) in all() {
        let (tell, mut logged) = tokio::sync::mpsc::unbounded_channel();
        let handler = ClientHandler::new().on_log(move |message| drop(tell.send(message.text())));
        let client = connect(Client::builder().handler(handler), way, version, "").await;
        let mut running = client.call("progress", ()).start();
        let mut last = 0.0;
        while let Some(report) = running.progress().next().await {
            assert!(report.progress > last && report.total == Some(4.0), "{way:?} {version:?}: {report:?}");
            last = report.progress;
        }
        assert_eq!((running.await.expect("done").text(), last), ("done".to_owned(), 4.0), "{way:?} {version:?}");
        let set = client.set_log_level(LogLevel::Debug).await;
        if client.agreement().await.expect("it is there").version() < Version::V2026_07_28 {
            set.expect("it logs");
        } else {
            // There is nothing to set it for; the error says what there is.
            let error = set.expect_err("there is no session").to_string();
            assert!(error.contains("`client.call(…).log_level(level)`"), "{error}");
        }
        client.call("chatter", ()).log_level(LogLevel::Debug).await.expect("it has talked");
        let message = timeout(PATIENCE, logged.recv()).await;
        assert!(message.is_ok_and(|message| message.is_some()), "{way:?} {version:?}");
    }
}

#[tokio::test]
async fn the_log_level_of_the_builder_holds_in_every_revision() {
    for (way, version) in all() {
        let (tell, mut logged) = tokio::sync::mpsc::unbounded_channel();
        let handler = ClientHandler::new().on_log(move |message| {
            let _ = tell.send(message.level);
        });
        let builder = Client::builder().handler(handler).log_level(LogLevel::Debug);
        let client = connect(builder, way, version, "").await;
        client.call("chatter", ()).await.expect("it has talked");
        let message = timeout(PATIENCE, logged.recv()).await;
        assert_eq!(message.ok().flatten(), Some(LogLevel::Debug), "{way:?} {version:?}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_the_log_level_or_has_no_logging_is_used_all_the_same() {
    for has_logging in [true, false] {
        let (target, mut fake) = Fake::pair();
        let builder = Client::builder().version(Version::V2025_11_25).log_level(LogLevel::Warning);
        let serve = async {
            let hello = fake.receive().await;
            let capabilities = if has_logging { json!({"tools": {}, "logging": {}}) } else { json!({"tools": {}}) };
            let info = json!({"name": "fake", "version": "1"});
            let agreed = json!({"protocolVersion": "2025-11-25", "capabilities": capabilities, "serverInfo": info});
            fake.answer(&hello, agreed).await;
            assert_eq!(fake.receive().await["method"], "notifications/initialized");
            if has_logging {
                let set = fake.receive().await;
                assert_eq!(
                    (&set["method"], &set["params"]),
                    (&"logging/setLevel".into(), &json!({"level": "warning"}))
                );
                let error = json!({"code": -32601, "message": "no such method"});
                fake.send(&json!({"jsonrpc": "2.0", "id": set["id"], "error": error}).to_string()).await;
            }
            let call = fake.receive().await;
            assert_eq!(call["method"], "tools/call");
            fake.say(&call, "done").await;
        };
        let used = async {
            let client = builder.connect(target).await.expect("they agree");
            client.call("any", ()).await.expect("it is used").text()
        };
        assert_eq!(tokio::join!(used, serve).0, "done");
    }
}

#[tokio::test]
async fn resources_prompts_and_completions_are_typed() {
    let client = connect(Client::builder(), Way::Memory, None, "").await;
    let prompts = client.prompts().await.expect("prompts");
    let prompt = prompts.iter().find(|prompt| prompt.arguments.is_empty()).expect("one without arguments");
    let got = client.prompt(&prompt.name, ()).await.expect("messages");
    assert!(!got.messages.is_empty());
    let resource = &client.resources().await.expect("resources")[0];
    let contents = client.read(&resource.uri).await.expect("contents");
    assert_eq!(contents.contents[0].uri, resource.uri);
    let error = client.complete(Completing::Prompt("no such prompt"), "a", "b", ()).await.expect_err("unknown");
    assert_eq!(error.code(), Some(-32602));
    let value: Value = client.request("example.com/measure", json!({"text": "abc"})).await.unwrap_or_default();
    assert!(value.is_object(), "{value}");
}

#[tokio::test]
async fn the_idle_client_that_was_used_longest_ago_makes_room_in_a_pool() {
    let urls = [serve("").await, serve("tools").await, serve("paged").await];
    let pool = Pool::new(2, Client::builder());
    let first = pool.get("ada", &*urls[0]).await.expect("a client");
    pool.get("ada", &*urls[1]).await.expect("a client");
    assert_eq!(pool.len(), 2);
    // The first one is in use.
    pool.get("ada", &*urls[2]).await.expect("a client");
    assert_eq!(pool.len(), 2);
    first.ping().await.expect("it is still there");
    let again = pool.get("ada", &*urls[0]).await.expect("a client");
    assert_eq!(again.health().connections, 1);
    let other = pool.get("bob", &*urls[0]).await.expect("a client of another's");
    let error = pool.get("eve", &*urls[0]).await.expect_err("both are in use");
    assert!(error.to_string().contains("all 2 connections"), "{error}");
    pool.close().await;
    assert!(other.ping().await.is_err());
}

#[tokio::test]
async fn a_target_with_another_header_is_another_one_to_a_pool() {
    let url = serve("").await;
    let pool = Pool::new(2, Client::builder());
    for (token, clients) in [("one", 1), ("two", 2), ("one", 2)] {
        let target = Target::url(&*url).header("authorization", format!("Bearer secret-{token}"));
        pool.get("ada", target).await.expect("a client");
        assert_eq!(pool.len(), clients, "{token}");
    }
    assert!(!format!("{pool:?}").contains("secret"), "{pool:?}");
}

#[tokio::test]
async fn a_server_of_a_configuration_file_is_connected_to() {
    let program = env!("CARGO_BIN_EXE_fixture-server");
    let json = json!({"mcpServers": {
        "fixture": {"command": program, "args": [], "env": {"FIXTURE": "tools"}},
        "web": {"type": "http", "url": serve("tools").await, "headers": {"x-key": "${MCP_NO_SUCH_VARIABLE:-none}"}},
    }});
    let servers = ServerConfig::read(&json.to_string()).expect("a configuration");
    for (name, config) in servers {
        let client = Client::connect(config.target().expect("a target")).await.expect("a server");
        assert_eq!(client.tools().await.expect("tools").len(), 2, "{name}");
    }
}

#[tokio::test]
async fn structured_results_are_held_to_the_schema_of_the_server_on_request() {
    let (client, mut fake) = Fake::connected(Client::builder()).await;
    let serve = tokio::spawn(async move {
        loop {
            let request = fake.receive().await;
            if request["method"] == "tools/list" {
                let schema = json!({"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]});
                let tool = json!({"name": "t", "inputSchema": {"type": "object"}, "outputSchema": schema});
                fake.answer(&request, json!({"tools": [tool]})).await;
            } else {
                let structured = &request["params"]["arguments"];
                fake.answer(&request, json!({"content": [], "structuredContent": structured})).await;
            }
        }
    });
    let fits = client.call("t", json!({"n": 1})).checked().await.expect("it fits");
    assert_eq!(fits.structured(), Some(r#"{"n":1}"#));
    let error = client.call("t", json!({"n": 0})).checked().await.expect_err("it does not fit");
    assert!(error.to_string().contains("/n"), "{error}");
    client.call("t", json!({"n": 0})).await.expect("nobody looks");
    serve.abort();
}

#[tokio::test]
async fn the_meta_of_a_request_of_ones_own_is_merged_with_that_of_its_revision() {
    let (client, mut fake) = Fake::connected(Client::builder()).await;
    for (params, own) in [
        (json!({"_meta": {"com.example/a": 1, "com.example/b": {"c": 2}}, "d": 3}), 2),
        (json!({"_meta": {}, "d": 3}), 0),
        (json!({"d": 3}), 0),
    ] {
        let request = async { client.request::<Value>("example/do", params.clone()).await };
        let serve = async {
            let request = fake.receive().await;
            fake.answer(&request, json!({})).await;
            request
        };
        let (answer, request) = tokio::join!(request, serve);
        answer.expect("an answer");
        assert_eq!(request["params"]["d"], 3);
        let meta = request["params"]["_meta"].as_object().expect("the revision has some");
        assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
        assert_eq!(meta.len(), 3 + own, "{meta:?}");
        for (name, value) in params["_meta"].as_object().into_iter().flatten() {
            assert_eq!(&meta[name], value);
        }
    }
}
