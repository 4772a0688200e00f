//! Tools, resources and prompts that are known at run time only.

use std::collections::HashMap;
use std::time::Duration;

use mcp_runtime::dynamic::{Item, Prompt, Read, Resource, Tool};
use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, ServerBuilder, Version};
use serde::Deserialize;
use serde_json::{Value, json};

/// Adds two numbers.
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[derive(Deserialize)]
struct Forecast {
    city: String,
    #[serde(default = "one")]
    days: u32,
}

fn one() -> u32 {
    1
}

fn forecast() -> Tool {
    let schema = r#"{ "type": "object",
        "properties": { "city": { "type": "string", "minLength": 1 }, "days": { "type": "integer", "maximum": 7 } },
        "required": ["city"] }"#;
    Tool::new("forecast", schema)
        .describe("Tells the weather.")
        .tag("weather")
        .meta("example.com/cost", 2)
        .read_only(true)
        .handler(async |forecast: Forecast, ctx: Ctx| {
            ctx.info("looking out of the window").await;
            match &*forecast.city {
                "Atlantis" => Err(Error::new("it rains from below")),
                city => Ok(json!({ "city": city, "days": forecast.days })),
            }
        })
}

fn notes() -> Resource {
    Resource::new("note://{id}").name("note").mime("text/markdown").handler(async |read: Read, _ctx| {
        match read.variable("id") {
            Some("7") => Ok(format!("{} says: buy milk", read.uri())),
            _ => Err(Error::not_found()),
        }
    })
}

fn review() -> Prompt {
    Prompt::new("review")
        .title("Code review")
        .handler(async |arguments: HashMap<String, String>, _ctx| {
            format!("Review this {}:\n{}", arguments.get("language").map_or("code", String::as_str), arguments["code"])
        })
        .required("code", "What to read.")
        .optional("language", "What it is written in.")
        .complete(|text: &str| ["Rust", "Ruby"].into_iter().filter(|one| one.starts_with(text)).collect::<Vec<_>>())
}

/// A client of the stateless era.
struct Client(MemoryClient);

impl Client {
    fn of(server: &Server) -> Self {
        Self(server.connect())
    }

    async fn ask(&mut self, method: &str, mut params: Value) -> Value {
        params["_meta"] = json!({ "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
            "io.modelcontextprotocol/clientCapabilities": {} });
        self.0.send(json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string());
        serde_json::from_str(&self.0.receive().await.expect("an answer")).expect("JSON")
    }

    async fn call(&mut self, name: &str, arguments: Value) -> Value {
        self.ask("tools/call", json!({ "name": name, "arguments": arguments })).await["result"].clone()
    }
}

fn server() -> Server {
    let server = Server::new("dynamic").add(forecast()).add(notes()).add(review());
    server.build().unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn what_is_made_at_run_time_is_listed_beside_functions() {
    let mut client = Client::of(&server());
    let tools = client.ask("tools/list", json!({})).await["result"]["tools"].clone();
    assert_eq!(tools[0]["name"], "add");
    let expected = json!({
        "name": "forecast", "title": "Forecast", "description": "Tells the weather.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "city": { "type": "string", "minLength": 1 }, "days": { "type": "integer", "maximum": 7 },
            },
            "required": ["city"],
        },
        "annotations": { "readOnlyHint": true },
        "_meta": { "example.com/cost": 2, "fastmcp": { "tags": ["weather"] } },
    });
    assert_eq!(tools[1], expected);
    let templates = client.ask("resources/templates/list", json!({})).await["result"]["resourceTemplates"].clone();
    let expected =
        json!([{ "uriTemplate": "note://{id}", "name": "note", "title": "Note://{id}", "mimeType": "text/markdown" }]);
    assert_eq!(templates[0]["uriTemplate"], expected[0]["uriTemplate"]);
    assert_eq!(templates[0]["mimeType"], expected[0]["mimeType"]);
    let prompts = client.ask("prompts/list", json!({})).await["result"]["prompts"].clone();
    let expected = json!([{ "name": "review", "title": "Code review", "arguments": [
        { "name": "code", "description": "What to read.", "required": true },
        { "name": "language", "description": "What it is written in.", "required": false },
    ] }]);
    assert_eq!(prompts, expected);
}

#[tokio::test]
async fn a_tool_made_at_run_time_is_called_like_a_function() {
    let mut client = Client::of(&server());
    let result = client.call("forecast", json!({ "city": "Oslo" })).await;
    assert_eq!(result["structuredContent"], json!({ "city": "Oslo", "days": 1 }));
    assert_eq!(result["content"][0]["text"], r#"{"city":"Oslo","days":1}"#);
    let result = client.call("forecast", json!({ "city": "Atlantis" })).await;
    assert_eq!((&result["isError"], &result["content"][0]["text"]), (&json!(true), &json!("it rains from below")));
    let result = client.call("forecast", json!({})).await;
    assert_eq!(result["isError"], true);
    assert!(result["content"][0]["text"].as_str().is_some_and(|text| text.contains("city")), "{result}");
}

#[tokio::test]
async fn defaults_of_a_schema_that_was_written_by_hand_are_filled_in() {
    #[derive(Deserialize)]
    struct Books {
        author: String,
        language: String,
    }
    let schema = json!({
        "type": "object",
        "properties": {
            "author": { "type": "string" },
            "language": { "enum": ["en", "sv"], "default": "en" },
            "shelf": { "type": "string", "default": null },
        },
        "required": ["author"],
    });
    let shown = |books: Books| format!("{} in {}", books.author, books.language);
    let typed = Tool::new("typed", schema.clone()).blocking(move |books: Books, _ctx| shown(books));
    let plain = Tool::new("plain", schema).handler(async |arguments: Value, _ctx| arguments);
    let server = Server::empty("books").add(typed).add(plain).build().expect("nothing is wrong with it");
    let mut client = Client::of(&server);
    for (given, expected) in
        [(json!({ "author": "Tove" }), "Tove in en"), (json!({ "author": "Tove", "language": "sv" }), "Tove in sv")]
    {
        assert_eq!(client.call("typed", given).await["content"][0]["text"], expected);
    }
    let result = client.call("plain", json!({ "author": "Tove", "more": 1 })).await;
    assert_eq!(result["structuredContent"], json!({ "author": "Tove", "more": 1, "language": "en" }));
    let result = client.call("plain", json!({ "language": "sv" })).await;
    assert_eq!(result["content"][0]["text"], "Invalid arguments:\n- /author: missing");
}

#[tokio::test]
async fn a_template_and_a_prompt_made_at_run_time_are_read_rendered_and_completed() {
    let mut client = Client::of(&server());
    let read = client.ask("resources/read", json!({ "uri": "note://7" })).await;
    assert_eq!(read["result"]["contents"][0]["text"], "note://7 says: buy milk");
    assert_eq!(read["result"]["contents"][0]["mimeType"], "text/markdown");
    let read = client.ask("resources/read", json!({ "uri": "note://8" })).await;
    assert_eq!(read["error"]["code"], -32602);
    let got =
        client.ask("prompts/get", json!({ "name": "review", "arguments": { "code": "x", "language": "Rust" } })).await;
    assert_eq!(got["result"]["messages"][0]["content"]["text"], "Review this Rust:\nx");
    let got = client.ask("prompts/get", json!({ "name": "review" })).await;
    assert_eq!(got["error"]["code"], -32602);
    assert_eq!(got["error"]["message"], "Invalid arguments:\n- /code: missing: What to read.");
    assert_eq!(got["error"]["data"]["faults"][0]["pointer"], "/code");
    let arguments = json!({ "code": "x", "languag": "Rust" });
    let got = client.ask("prompts/get", json!({ "name": "review", "arguments": arguments })).await;
    let message = "Invalid arguments:\n- /languag: unknown argument; did you mean `language`?";
    assert_eq!((&got["error"]["code"], &got["error"]["message"]), (&json!(-32602), &json!(message)));
    let params = json!({ "ref": { "type": "ref/prompt", "name": "review" }, "argument": { "name": "language", "value": "Rus" } });
    let completed = client.ask("completion/complete", params).await;
    assert_eq!(completed["result"]["completion"]["values"], json!(["Rust"]));
}

#[tokio::test]
async fn a_running_server_takes_many_items_at_once_and_gives_them_back() {
    let server = Server::new("dynamic").dynamic().build().expect("nothing is wrong with it");
    let handle = server.handle();
    let many = (0..100).map(|n| {
        Item::from(
            Tool::new(format!("tool-{n:02}"), json!({ "type": "object" }))
                .handler(move |_: Value, _ctx| async move { format!("tool {n}") }),
        )
    });
    handle.add_all(many).expect("nothing is wrong with them");
    let mut client = Client::of(&server);
    assert_eq!(client.call("tool-42", json!({})).await["content"][0]["text"], "tool 42");
    let listed = client.ask("tools/list", json!({})).await["result"]["tools"].as_array().map(Vec::len);
    assert_eq!(listed, Some(101));
    assert!(handle.remove_tool("tool-42") && !handle.remove_tool("tool-42"));
    let names = client.ask("tools/list", json!({})).await["result"]["tools"].clone();
    assert!(names.as_array().is_some_and(|all| all.len() == 100 && all.iter().all(|tool| tool["name"] != "tool-42")));
    assert!(handle.remove_tool("add"), "linked functions can be taken away, too");
}

#[test]
fn what_is_wrong_with_items_made_at_run_time_is_told_at_once_each_with_its_place() {
    let broken = Server::new("broken")
        .add(Tool::new("no spaces here", json!({ "type": "object" })).handler(async |_: Value, _ctx| ()))
        .add(Tool::new("add", json!({ "type": "object" })).handler(async |_: Value, _ctx| ()))
        .add(Tool::new("lists", json!({ "type": "array" })).handler(async |_: Value, _ctx| ()))
        .add(Tool::new("idle", json!({ "type": "object" })))
        .add(
            Tool::new("slip", json!({ "type": "object", "properties": { "a": { "type": "strin" } }, "required": "a" }))
                .output(json!({ "type": "object", "properties": { "b": { "$ref": "#/$defs/B" } } }))
                .handler(async |_: Value, _ctx| ()),
        )
        .add(
            Tool::new(
                "unfit",
                json!({ "type": "object", "required": ["b"], "properties": {
                    "a": { "type": "object", "properties": { "to": { "enum": ["en"] } }, "default": { "to": "fi" } },
                    "b": { "type": "integer", "default": "one" }, "c": { "type": "string" },
                } }),
            )
            .handler(async |_: Value, _ctx| ()),
        )
        .add(Resource::new("note://{").handler(async |_, _ctx| ""));
    let error = broken.build().expect_err("it cannot start");
    let messages: Vec<String> = error.problems().iter().map(ToString::to_string).collect();
    let line = |wanted: &str| {
        messages.iter().find(|message| message.contains(wanted)).unwrap_or_else(|| panic!("{wanted}: {messages:#?}"))
    };
    assert!(line("no spaces here").contains("a tool's name has 1 to 128"));
    assert!(line("another tool has this name").contains("the other one is at"));
    assert!(line("`lists`").contains(r#"its input schema must say `"type": "object"`"#));
    assert!(line("`idle`").contains("it has no handler"));
    let slip = line("its input schema is wrong: ");
    assert!(slip.contains("`slip`") && slip.contains("`/properties/a/type` has to be a type"), "{slip}");
    assert!(slip.contains("; `/required` has to be a list of names, not `\"a\"`"), "{slip}");
    assert!(line("its output schema is wrong: `/properties/b/$ref` has to be a reference").contains("`slip`"));
    assert!(line("note://{").contains("tests/dynamic.rs:") || line("note://{").contains("dynamic.rs:"));
    assert!(line("the default of `a` does not fit its own schema, at /to: ").contains("`unfit`"));
    assert!(line("the default of `b` does not fit its own schema: expected an integer").contains("dynamic.rs:"));
    assert_eq!(messages.len(), 9, "{messages:#?}");
}

#[tokio::test]
async fn a_tool_made_at_run_time_has_its_own_timeout_and_may_block() {
    let slow = Tool::new("slow", json!({ "type": "object" }))
        .timeout(Duration::from_millis(10))
        .handler(async |_: Value, _ctx| std::future::pending::<()>().await);
    let blocks = Tool::new("blocks", json!({ "type": "object" })).blocking(|_: Value, _ctx| "done");
    let server = Server::empty("slow").add(slow).add(blocks).build().expect("nothing is wrong with it");
    let mut client = Client::of(&server);
    let result = client.call("slow", json!({})).await;
    assert_eq!(result["content"][0]["text"], "timed out after 10ms");
    assert_eq!(client.call("blocks", json!({})).await["content"][0]["text"], "done");
}

#[tokio::test]
async fn a_variable_that_leads_out_of_a_directory_is_refused_unless_the_handler_judges_itself() {
    let shown = |read: Read| format!("{:?} {:?}", read.variable("path"), read.variable("own"));
    let made = |uri: &str| Resource::new(uri).handler(move |read: Read, _ctx| async move { shown(read) });
    // Before the function or after it.
    let before = Resource::new("before://{+own}").raw("own").blocking(move |read: Read, _ctx| shown(read));
    let server = Server::empty("paths").add(made("docs://{+path}")).add(made("own://{+own}").raw("own")).add(before);
    let server = server.build().expect("nothing is wrong with it");
    let mut client = server.connect();
    for (uri, word) in [
        ("docs://a/b", "a/b"),
        ("docs://%2e%2e/%2e%2e/etc/passwd", "`..` is not allowed"),
        ("docs:///etc/passwd", "an absolute path"),
        ("docs://C:/x", "an absolute path"),
        ("own://%2e%2e/x", "../x"),
        ("before://%2e%2e/x", "../x"),
    ] {
        let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {} });
        let params = json!({ "uri": uri, "_meta": meta });
        client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": params }).to_string());
        let answer = client.receive().await.expect("an answer");
        assert!(answer.contains(word), "{uri}: {answer}");
    }
}

#[test]
fn a_pattern_that_clients_read_otherwise_is_told_where_a_tool_is_added() {
    let schema = json!({ "type": "object", "properties": { "a": { "type": "string", "pattern": "(?i)x" } } });
    let tool = Tool::new("find", schema).handler(async |_: Value, _ctx| "found");
    let error = Server::empty("patterns").add(tool).build().expect_err("the pattern").to_string();
    assert!(error.contains("find") && error.contains("(?i)"), "{error}");
}

/// What is wrong with a server of these items.
fn problems(items: impl IntoIterator<Item = Item>) -> Vec<String> {
    let server = items.into_iter().fold(Server::empty("broken").dynamic(), ServerBuilder::add);
    match server.build() {
        Ok(_) => Vec::new(),
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
    }
}

fn pay(schema: Value) -> Tool {
    Tool::new("pay", schema).consent().handler(async |_: Value, _ctx| "paid")
}

fn closed() -> Value {
    json!({ "type": "object", "properties": { "account": {}, "sum": {} }, "additionalProperties": false })
}

#[test]
fn what_is_said_of_arguments_that_an_item_does_not_have_stops_the_start() {
    let note = || Resource::new("note://{account}").handler(async |_: Read, _ctx| "a note");
    let letter =
        || Prompt::new("letter").handler(async |_: HashMap<String, String>, _ctx| "Dear").required("account", "Whose.");
    let open = || pay(json!({ "type": "object", "properties": { "account": {} } }));
    let none = || pay(json!({ "type": "object", "additionalProperties": false }));
    let cure = "; did you mean `account`?";
    for (item, expected) in [
        (
            Item::from(pay(closed()).sensitive("acount")),
            format!(r#"`.sensitive("acount")`: it has no such argument{cure}"#),
        ),
        (open().sensitive("acount").into(), format!(r#"`.sensitive("acount")`: it has no such argument{cure}"#)),
        (none().sensitive("pin").into(), r#"`.sensitive("pin")`: it has no such argument"#.to_owned()),
        (
            note().consent().sensitive("acount").into(),
            format!(r#"`.sensitive("acount")`: it has no such argument{cure}"#),
        ),
        (letter().sensitive("acount").into(), format!(r#"`.sensitive("acount")`: it has no such argument{cure}"#)),
        (
            pay(closed()).consent_to("Pay from {acount}").into(),
            format!(r#"`.consent_to("… {{acount}} …")`: it has no such argument{cure}"#),
        ),
        (note().raw("acount").into(), r#"`.raw("acount")`: its URI has no such variable"#.to_owned()),
    ] {
        let told = problems([item.clone()]);
        assert!(told.len() == 1 && told[0].ends_with(&expected), "{expected} in {told:?}");
        // A running server refuses it as well.
        let server = Server::empty("running").dynamic().build().expect("a server");
        let error = server.handle().add(item).expect_err("a slip").to_string();
        assert!(error.contains(&expected), "{error}");
    }
}

#[test]
fn arguments_are_found_in_each_alternative_and_any_may_be_where_none_are_named() {
    let alternatives = json!({ "type": "object", "$defs": { "card": { "type": "object", "properties": { "number": {} } } },
        "oneOf": [{ "$ref": "#/$defs/card" }, { "type": "object", "properties": { "iban": {} } }] });
    let items = [
        Item::from(pay(closed()).consent_to("Pay {sum} from {account}").sensitive("account")),
        Tool::new("either", alternatives)
            .sensitive("number")
            .sensitive("iban")
            .handler(async |_: Value, _ctx| "")
            .into(),
        Tool::new("any", json!({ "type": "object" })).sensitive("pin").handler(async |_: Value, _ctx| "").into(),
        Resource::new("note://{account}").sensitive("account").handler(async |_: Read, _ctx| "a note").into(),
        Prompt::new("letter")
            .sensitive("account")
            .required("account", "Whose.")
            .handler(async |_: HashMap<String, String>, _ctx| "Dear")
            .into(),
    ];
    assert_eq!(problems(items), [""; 0]);
}

#[test]
fn what_cannot_be_json_in_an_items_meta_stops_the_start() {
    let told = problems([
        Item::from(pay(closed()).meta("example.com/price", json!(1.5)).meta("example.com/cost", f64::NAN)),
        Resource::new("a://b").meta("example.com/range", (1.0, f64::INFINITY)).handler(async |_: Read, _ctx| "").into(),
    ]);
    let expected = [
        r#"`.meta("example.com/cost", …)`: the value is NaN, which JSON has no number for"#,
        r#"`.meta("example.com/range", …)`: the value's /1 is Infinity, which JSON has no number for"#,
    ];
    assert!(told.len() == 2 && told.iter().zip(expected).all(|(told, expected)| told.ends_with(expected)), "{told:?}");
}

/// An error that decides, and which is one of the standard library's as well.
#[derive(Debug, thiserror::Error)]
enum ShopError {
    #[error("there is no item {0}")]
    NoSuchItem(u32),
    #[error("the password of the database is hunter2")]
    Database,
}

impl IntoError for ShopError {
    fn into_error(self) -> Error {
        match self {
            Self::NoSuchItem(_) => Error::not_found().with_data(&json!({ "left": 0 })),
            Self::Database => Error::internal(self),
        }
    }
}

fn how(arguments: &Value) -> &str {
    arguments["how"].as_str().unwrap_or_default()
}

fn fail(how: &str) -> Result<&'static str, ShopError> {
    Err(if how == "item" { ShopError::NoSuchItem(7) } else { ShopError::Database })
}

#[tokio::test]
async fn errors_of_what_is_made_at_run_time_decide_what_clients_learn() {
    let schema = || json!({ "type": "object", "properties": { "how": { "type": "string" } } });
    let tool = Tool::new("buy", schema()).handler(async |arguments: Value, _ctx| fail(how(&arguments)));
    let blocking = Tool::new("buy_slowly", schema()).blocking(|arguments: Value, _ctx| fail(how(&arguments)));
    let shelf =
        Resource::new("shelf://{how}").handler(async |read: Read, _ctx| fail(read.variable("how").unwrap_or_default()));
    let store =
        Resource::new("store://{how}").blocking(|read: Read, _ctx| fail(read.variable("how").unwrap_or_default()));
    let advertise = Prompt::new("advertise")
        .required("how", "How to fail.")
        .handler(async |arguments: HashMap<String, String>, _ctx| fail(&arguments["how"]));
    let server = Server::empty("shop").add(tool).add(blocking).add(shelf).add(store).add(advertise);
    let mut client = Client::of(&server.build().expect("a server"));
    for name in ["buy", "buy_slowly"] {
        let result = client.call(name, json!({ "how": "item" })).await;
        let content = json!([{ "type": "text", "text": "Not found" }, { "type": "text", "text": r#"{"left":0}"# }]);
        assert_eq!((&result["isError"], &result["content"]), (&json!(true), &content), "{name}");
        let result = client.call(name, json!({ "how": "database" })).await;
        assert_eq!(result["content"][0]["text"], "Internal error", "{name}");
    }
    for scheme in ["shelf", "store"] {
        let error = client.ask("resources/read", json!({ "uri": format!("{scheme}://item") })).await["error"].clone();
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!(-32602), &json!(format!("Resource not found: {scheme}://item")))
        );
        let error =
            client.ask("resources/read", json!({ "uri": format!("{scheme}://database") })).await["error"].clone();
        assert_eq!((&error["code"], &error["message"]), (&json!(-32603), &json!("Internal error")));
    }
    for (how, message) in [("item", "Not found"), ("database", "Internal error")] {
        let arguments = json!({ "name": "advertise", "arguments": { "how": how } });
        assert_eq!(client.ask("prompts/get", arguments).await["error"]["message"], message);
    }
}
