//! What hosts and the APIs of models take of the schemas that types have.
//!
//! Each type stands where a schema may stand: as an argument, as all arguments, as a result, within others. The schema that
//! is listed keeps to the rules of four dialects; it admits the type's own values; and what is sent keeps to it. Of values
//! that are made from the schema a call takes those that it admits, and refuses the others.

mod schemas {
    pub mod dialects;
    pub mod judge;
    pub mod types;
    pub mod values;
}

use std::collections::BTreeMap;

use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, ServerBuilder, Version};
use schemas::dialects::{at_root, everywhere};
use schemas::judge;
use schemas::types::*;
use schemas::values::{Random, Values};
use serde::Serialize;
use serde_json::{Value, json};

/// A type stands as an argument, in a list and a map of arguments, in a struct that takes all arguments, and is returned.
macro_rules! positions {
    ($($name:ident: $type:ty = [$($value:expr),+];)*) => {
        $(mod $name {
            use super::*;

            static GROUP: Group = Group::new(stringify!($name));

            /// Takes it, and gives it back.
            #[tool(group = GROUP)]
            fn back(value: $type) -> $type {
                value
            }

            /// Takes it in others, and gives it back in one.
            #[tool(group = GROUP)]
            fn within(
                list: Vec<$type>,
                map: BTreeMap<String, $type>,
                perhaps: Option<$type>,
                pair: (u8, $type),
            ) -> Within<$type> {
                Within { list, map, perhaps, pair }
            }

            /// Takes a struct of them as all arguments.
            #[tool(group = GROUP)]
            fn flat(#[arg(flatten)] all: Within<$type>) -> Within<$type> {
                all
            }

            /// Lists what `within` holds its arguments to.
            #[tool(group = GROUP, schema = exact)]
            fn exact_within(
                list: Vec<$type>,
                map: BTreeMap<String, $type>,
                perhaps: Option<$type>,
                pair: (u8, $type),
            ) -> Within<$type> {
                within(list, map, perhaps, pair)
            }

            /// Lists what `back` holds its arguments to.
            #[tool(group = GROUP, schema = exact)]
            fn exact_back(value: $type) -> $type {
                back(value)
            }

            /// Lists what `flat` holds its arguments to.
            #[tool(group = GROUP, schema = exact)]
            fn exact_flat(#[arg(flatten)] all: Within<$type>) -> Within<$type> {
                flat(all)
            }

            #[tokio::test]
            async fn is_listed_for_everybody_and_holds_its_values() {
                let values: Vec<Value> = vec![$(json!($value)),+];
                super::check(Server::of(&GROUP), &values).await;
            }

            #[tokio::test]
            async fn calls_take_what_the_schema_admits_and_nothing_else() {
                super::agree(Server::of(&GROUP)).await;
            }
        })*
    };
}

positions! {
    number: f64 = [0.5, -3.0];
    small: u8 = [0, 255];
    signed: i32 = [-1];
    large: u32 = [4_294_967_295_u32];
    wide: i64 = [i64::MIN];
    widest: u64 = [u64::MAX];
    single: f32 = [0.5];
    text: String = ["", "x"];
    letter: char = ['x'];
    any: Value = [Value::Null, json!({ "format": "float" }), json!([1])];
    nothing: () = [()];
    tuple: (f64, f64) = [(1.0, 2.5)];
    mixed: (u8, String) = [(1, "a")];
    nested_tuple: Vec<((u8, u8), [bool; 2])> = [json!([[[1, 2], [true, false]]])];
    set: std::collections::BTreeSet<u8> = [json!([1, 2])];
    address: std::net::IpAddr = ["::1", "127.0.0.1"];
    day: chrono::NaiveDate = ["2026-01-02"];
    time: chrono::NaiveDateTime = ["2026-01-02T03:04:05"];
    id: uuid::Uuid = ["67e55044-10b1-426f-9247-bb680e5fe0c8"];
    units: Color = ["red", "green"];
    external: Shape = [json!("Dot"), json!({ "Circle": 1.5 }), json!({ "Rect": [1.0, 2.0] }), json!({ "Named": { "name": "x" } })];
    internal: Action = [json!({ "action": "open", "path": "a" }), json!({ "action": "close", "force": true })];
    adjacent: Adjacent = [json!({ "kind": "Number", "value": 1 }), json!({ "kind": "None" })];
    untagged: Untagged = [json!(1), json!("x"), json!({ "x": 1, "y": 2 })];
    recursive: Expr = [json!("Zero"), json!({ "Neg": { "Add": ["Zero", { "Number": 1.0 }] } })];
    tree: Tree = [json!({ "data": 1, "children": [{ "data": null, "children": [] }] })];
    flattened: Flattened = [json!({ "id": 1, "action": "open", "path": "a", "more": true })];
    pair: Pair = [json!([1, "a"])];
    wrapper: Wrapper = [3];
    generic: Page<Option<Tree>> = [json!({ "items": [null, { "data": {}, "children": [] }] })];
    defaults: Options = [json!({ "export": { "format": "float", "size": 7, "tags": ["a"] } }), json!({})];
    dynamic: BTreeMap<String, Value> = [json!({ "format": 1, "items": true })];
    optional: Option<Option<u8>> = [Value::Null, json!(1)];
    anything: Anything = [Value::Null, json!([true])];
    never: Option<Never> = [Value::Null];
    odd_name: Odd<u8> = [json!({ "item": 1, "next": { "item": 2, "next": null } })];
    empty_array: [u8; 0] = [json!([])];
    limited: Limited = [json!({ "count": 1, "share": 0.5, "step": 15, "code": "ab-1", "words": ["a"], "once": [1, 2] })];
    open_map: BTreeMap<Key, u8> = [json!({ "k1": 1 })];
}

/// Types that take all arguments themselves.
macro_rules! flat {
    ($($name:ident: $type:ty = [$($value:expr),+];)*) => {
        $(mod $name {
            use super::*;

            static GROUP: Group = Group::new(stringify!($name));

            /// Takes it as all arguments.
            #[tool(group = GROUP)]
            fn flat(#[arg(flatten)] all: $type) -> $type {
                all
            }

            /// Lists what `flat` holds its arguments to.
            #[tool(group = GROUP, schema = exact)]
            fn exact_flat(#[arg(flatten)] all: $type) -> $type {
                flat(all)
            }

            #[tokio::test]
            async fn calls_take_what_the_schema_admits_and_nothing_else() {
                super::agree(Server::of(&GROUP)).await;
            }

            #[tokio::test]
            async fn takes_all_arguments() {
                let mut client = Client::of(Server::of(&GROUP));
                let tools = client.tools().await;
                let schema = &tools["flat"]["inputSchema"];
                at_root(schema);
                everywhere(schema);
                for value in [$(json!($value)),+] {
                    admits(schema, &value);
                    let result = client.call("flat", &value).await;
                    assert_eq!(result.get("isError"), None, "{value}: {result}");
                }
            }
        })*
    };
}

flat! {
    flat_struct: Tree = [json!({ "data": 1, "children": [] })];
    flat_internal: Action = [json!({ "action": "open", "path": "a" }), json!({ "action": "close", "force": true })];
    flat_adjacent: Adjacent = [json!({ "kind": "Number", "value": 1 }), json!({ "kind": "None" })];
    flat_external: Shape = [json!({ "Circle": 1.5 }), json!({ "Named": { "name": "x" } })];
    flat_untagged: Untagged = [json!({ "x": 1, "y": 2 })];
    flat_recursive: Expr = [json!({ "Neg": { "Add": ["Zero", { "Number": 1.0 }] } })];
    flat_map: BTreeMap<String, u8> = [json!({}), json!({ "a": 1 })];
    flat_flattened: Flattened = [json!({ "id": 1, "action": "open", "path": "a", "more": true })];
    flat_of_two: TwoChoices = [json!({ "action": "close", "force": true, "Circle": 2.0, "note": "x" })];
    flat_limited: Limited = [json!({ "count": 10, "share": 2.0, "step": 0, "code": "a", "words": ["abc", "", "x"], "once": [] })];
    flat_empty: Empty = [json!({})];
    flat_patterns: Lookup = [json!({ "name": "x" }), json!({ "k1": 1 })];
    flat_map_beside_a_form: Counts = [json!({ "name": "x" }), json!({ "name": 5 }), json!({ "other": 1 })];
    flat_perhaps: Perhaps = [json!({ "id": 1 }), json!({ "id": 1, "action": "close", "force": true })];
    flat_deep: Deep = [json!({ "action": "open", "path": "a" }), json!({ "Circle": 1.0 })];
    flat_wrapped: Box<Odd<u8>> = [json!({ "item": 1, "next": { "item": 2, "next": null } })];
}

mod ruled {
    use super::*;

    static GROUP: Group = Group::new("ruled");

    /// Takes arguments that have rules of their own.
    #[tool(group = GROUP)]
    fn args(
        #[arg(range(1..=10))] count: u8,
        #[arg(range(0.5..2.5))] share: Option<f64>,
        #[arg(length(2..=4))] name: String,
        #[arg(pattern = "^[a-z0-9-]{1,36}$")] id: Option<String>,
        #[arg(length(..=2))] list: Vec<i32>,
        #[arg(default = 3, range(..100))] last: i64,
    ) -> String {
        format!("{count} {share:?} {name} {id:?} {list:?} {last}")
    }

    /// Lists what `args` holds its arguments to.
    #[tool(group = GROUP, schema = exact)]
    fn exact_args(
        #[arg(range(1..=10))] count: u8,
        #[arg(range(0.5..2.5))] share: Option<f64>,
        #[arg(length(2..=4))] name: String,
        #[arg(pattern = "^[a-z0-9-]{1,36}$")] id: Option<String>,
        #[arg(length(..=2))] list: Vec<i32>,
        #[arg(default = 3, range(..100))] last: i64,
    ) -> String {
        args(count, share, name, id, list, last)
    }

    #[tokio::test]
    async fn calls_take_what_the_schema_admits_and_nothing_else() {
        super::agree(Server::of(&GROUP)).await;
    }
}

async fn check(server: ServerBuilder, values: &[Value]) {
    let mut client = Client::of(server);
    let tools = client.tools().await;
    for tool in tools.values().filter(|tool| exact_name(tool).is_some()) {
        at_root(&tool["inputSchema"]);
        everywhere(&tool["inputSchema"]);
        // What is text, and nothing, has none.
        tool.get("outputSchema").inspect(|schema| everywhere(schema));
    }
    for value in values {
        let within = json!({ "list": [value, value], "map": { "k": value }, "perhaps": value, "pair": [1, value] });
        for (name, arguments) in [("back", json!({ "value": value })), ("within", within.clone()), ("flat", within)] {
            let tool = &tools[name];
            admits(&tool["inputSchema"], &arguments);
            let result = client.call(name, &arguments).await;
            assert_eq!(result.get("isError"), None, "{name} {arguments}: {result}");
            tool.get("outputSchema").inspect(|schema| admits(schema, &result["structuredContent"]));
        }
    }
}

/// How often values are made for a tool.
const ROUNDS: u64 = 24;

/// Keywords that a listed root is without: what they say is merged, and the schema admits more then.
const MERGED: [&str; 6] = ["oneOf", "anyOf", "allOf", "not", "$ref", "unevaluatedProperties"];

/// The tool that lists exactly what another tool's calls are held to.
fn exact_name(tool: &Value) -> Option<String> {
    let name = tool["name"].as_str()?;
    (!name.starts_with("exact_")).then(|| format!("exact_{name}"))
}

/// Calls each tool with values made from its schema. The independent judge, the schema that is listed, the one that calls are
/// held to and the type itself have to agree; what is refused is refused in the result of a tool.
async fn agree(server: ServerBuilder) {
    let mut client = Client::of(server);
    let tools = client.tools().await;
    let (mut taken, mut refused, mut is_open) = (0, 0, false);
    for (name, tool) in &tools {
        let Some(exact) = exact_name(tool) else { continue };
        let (listed, exact) = (&tool["inputSchema"], &tools[&exact]["inputSchema"]);
        let is_merged = MERGED.iter().any(|keyword| exact.get(keyword).is_some());
        is_open |= exact.get("properties").is_none() && !is_merged;
        let (judge, plain_exact, plain_listed) = (judge::strict(exact), judge::plain(exact), judge::plain(listed));
        let lax = judge::without_text_formats(exact);
        let output = tool.get("outputSchema").map(judge::strict);
        for round in 0..ROUNDS {
            let mut of_exact = Values::new(exact, Random::new(round));
            let mut cases = vec![of_exact.fitting(), Values::new(listed, Random::new(round)).fitting()];
            cases.extend((0..6).map(|_| of_exact.near()));
            for (index, arguments) in cases.iter().enumerate().filter(|(_, arguments)| arguments.is_object()) {
                let about = format!("{name} {arguments} in round {round}: {exact}");
                let (admitted, is_listed) = (judge.is_valid(arguments), plain_listed.is_valid(arguments));
                // A schema that is merged holds members to what one form says of them, also where another form ignores them.
                let is_comparable = index == 0 || !is_merged;
                assert!(is_listed || !admitted || !is_comparable, "the listed schema refuses {about}: {listed}");
                assert!(
                    is_merged || is_listed == plain_exact.is_valid(arguments),
                    "the listed schema differs: {about}"
                );
                let result = client.call(name, arguments).await;
                let text = result["content"][0]["text"].as_str().unwrap_or_default();
                let is_taken = result["isError"] != true;
                let may_differ = if is_taken { lax.is_valid(arguments) } else { says_less(arguments) };
                assert!(is_taken == admitted || may_differ, "{text}: {about}");
                if is_taken {
                    taken += 1;
                    let Some(output) = &output else { continue };
                    let given = &result["structuredContent"];
                    assert!(output.is_valid(given), "{given} is not what {name} says that it gives");
                    let is_wrapped = tool["outputSchema"].get("x-fastmcp-wrap-result").is_some();
                    let value = if is_wrapped { &given["result"] } else { given };
                    let arguments = if name == "back" { &json!({ "value": value }) } else { value };
                    let again = client.call(name, arguments).await;
                    assert_eq!(&again["structuredContent"], given, "what {name} gives is not taken: {again}");
                } else {
                    refused += 1;
                    assert!(text.starts_with("Invalid arguments:\n- "), "{text}: {about}");
                }
            }
        }
    }
    assert!(taken > 20 && (refused > 20 || is_open), "{taken} taken, {refused} refused: there is nothing to compare");
}

/// Whether a value has what schemars says too little of: a variant without content that has some.
fn says_less(value: &Value) -> bool {
    match value {
        Value::Object(members) if value["kind"] == "None" && members.contains_key("value") => true,
        Value::Object(members) => members.values().any(says_less),
        Value::Array(items) => items.iter().any(says_less),
        _ => false,
    }
}

#[track_caller]
fn admits(schema: &Value, value: &Value) {
    let validator = jsonschema::draft202012::new(schema).unwrap_or_else(|error| panic!("{error}: {schema}"));
    let faults: Vec<String> = validator.iter_errors(value).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{value} is refused: {faults:?} by {schema}");
}

static EXACT: Group = Group::new("exact");

/// Lists its schema as it is.
#[tool(group = EXACT, schema = exact)]
fn exact(#[arg(flatten)] action: Action) -> Action {
    action
}

#[tokio::test]
async fn an_exact_schema_is_listed_where_it_is_asked_for() {
    let tools = Client::of(Server::of(&EXACT)).tools().await;
    let schema = &tools["exact"]["inputSchema"];
    assert_eq!((schema["oneOf"].as_array().map(Vec::len), &schema["type"]), (Some(2), &json!("object")));
}

static BY_HAND: Group = Group::new("by_hand");

/// Has a schema written by hand.
#[tool(group = BY_HAND, input = r#"{ "type": "object" }"#)]
fn bare(#[arg(flatten)] all: Value) -> Value {
    all
}

#[tokio::test]
async fn a_schema_by_hand_without_properties_lists_that_there_are_none() {
    let made = mcp_runtime::dynamic::Tool::new("made", json!({ "type": "object" }));
    let made = made.handler(async |all: Value, _ctx| all);
    let tools = Client::of(Server::of(&BY_HAND).add(made)).tools().await;
    for tool in ["bare", "made"] {
        assert_eq!(tools[tool]["inputSchema"], json!({ "type": "object", "properties": {} }), "{tool}");
    }
}

static NO_OBJECT: Group = Group::new("no_object");

/// Takes what is never an object as all arguments.
#[tool(group = NO_OBJECT)]
fn no_object(#[arg(flatten)] color: Color) -> Color {
    color
}

#[test]
fn a_type_that_is_never_an_object_cannot_take_all_arguments() {
    let error = Server::of(&NO_OBJECT).build().expect_err("it cannot start").to_string();
    assert!(error.contains("must be a struct, an enum of structs or a map"), "{error}");
}

static FLOATS: Group = Group::new("floats");

/// Gives numbers.
#[tool(group = FLOATS)]
fn floats(n: f64, d: f64) -> Within<f64> {
    let quotient = n / d;
    Within { list: vec![1.0, quotient], map: BTreeMap::new(), perhaps: None, pair: (0, 0.0) }
}

/// Gives numbers by hand.
#[tool(group = FLOATS)]
fn by_hand(n: f64, d: f64) -> ToolResult {
    #[derive(Serialize)]
    struct Quotient {
        quotient: f64,
    }
    ToolResult::text("divided").structured(Quotient { quotient: n / d })
}

#[tokio::test]
async fn a_number_that_json_cannot_hold_is_an_error_that_names_its_place() {
    let mut client = Client::of(Server::of(&FLOATS));
    for (n, d, what) in [(0, 0, "NaN"), (1, 0, "Infinity"), (-1, 0, "-Infinity")] {
        let result = client.call("floats", &json!({ "n": n, "d": d })).await;
        let text = format!("the result's /list/1 is {what}, which JSON has no number for");
        assert_eq!((&result["isError"], &result["content"][0]["text"]), (&json!(true), &json!(text)));
        let result = client.call("by_hand", &json!({ "n": n, "d": d })).await;
        let text = format!("the result's /quotient is {what}, which JSON has no number for");
        assert_eq!((&result["isError"], &result["content"][1]["text"]), (&json!(true), &json!(text)));
        assert_eq!(result.get("structuredContent"), None);
    }
    let result = client.call("floats", &json!({ "n": 1, "d": 2 })).await;
    assert_eq!(result["structuredContent"]["list"], json!([1.0, 0.5]));
}

static NAMES: Group = Group::new("names");

/// Takes what no model's API can send.
#[tool(group = NAMES)]
fn names(#[arg(flatten)] badly: BadlyNamed) -> u8 {
    badly.size
}

#[test]
fn a_name_that_the_apis_of_models_refuse_stops_the_start() {
    let error = Server::of(&NAMES).build().expect_err("it cannot start").to_string();
    assert!(error.contains("models' APIs refuse an argument named `größe`: rename it"), "{error}");
}

/// A client of the stateless era.
struct Client(MemoryClient);

impl Client {
    fn of(server: ServerBuilder) -> Self {
        Self(server.build().unwrap_or_else(|error| panic!("{error}")).connect())
    }

    async fn ask(&mut self, method: &str, mut params: Value) -> Value {
        params["_meta"] = json!({ "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
            "io.modelcontextprotocol/clientCapabilities": {} });
        self.0.send(json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string());
        let answer: Value = serde_json::from_str(&self.0.receive().await.expect("an answer")).expect("JSON");
        assert_eq!(answer.get("error"), None, "{method}");
        answer["result"].clone()
    }

    async fn tools(&mut self) -> BTreeMap<String, Value> {
        let tools = self.ask("tools/list", json!({})).await["tools"].as_array().cloned().expect("a list");
        tools.into_iter().map(|tool| (tool["name"].as_str().expect("a name").to_owned(), tool)).collect()
    }

    async fn call(&mut self, name: &str, arguments: &Value) -> Value {
        self.ask("tools/call", json!({ "name": name, "arguments": arguments })).await
    }
}
