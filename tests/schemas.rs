//! What hosts and the APIs of models take of the schemas that types have.
//!
//! Each type stands where a schema may stand: as an argument, as all arguments, as a result, within others. The schema that
//! is listed keeps to the rules of four dialects; it admits the type's own values; and what is sent keeps to it. Of values
//! that are made from the schema a call takes those that it admits, and refuses the others.

mod schemas {
    pub mod agreement;
    pub mod by_hand;
    pub mod client;
    pub mod dialects;
    pub mod examples;
    pub mod judge;
    pub mod numbers;
    pub mod types;
    pub mod values;
}

use std::collections::BTreeMap;

use mcp_runtime::ServerBuilder;
use mcp_runtime::prelude::*;
use schemas::agreement::{agree, exact_name};
use schemas::client::Client;
use schemas::dialects::{at_root, everywhere};
use schemas::types::*;
use serde_json::{Value, json};

/// A type stands as an argument, in a list and a map of arguments, in a struct that takes all arguments, and is returned.
macro_rules! positions {
    ($($name:ident: $type:ty = [$($value:expr),+];)*) => {
        /// Where each of them stands.
        static POSITIONS: &[&Group] = &[$(&$name::GROUP),*];

        $(mod $name {
            use super::*;

            pub(super) static GROUP: Group = Group::new(stringify!($name));

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
                agree(Server::of(&GROUP)).await;
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
        /// Where each of them stands.
        static FLAT: &[&Group] = &[$(&$name::GROUP),*];

        $(mod $name {
            use super::*;

            pub(super) static GROUP: Group = Group::new(stringify!($name));

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
                agree(Server::of(&GROUP)).await;
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
        agree(Server::of(&GROUP)).await;
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

#[track_caller]
fn admits(schema: &Value, value: &Value) {
    let validator = jsonschema::draft202012::new(schema).unwrap_or_else(|error| panic!("{error}: {schema}"));
    let faults: Vec<String> = validator.iter_errors(value).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{value} is refused: {faults:?} by {schema}");
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

static FORMATS: Group = Group::new("formats");

/// Takes what JSON has as text.
#[tool(group = FORMATS)]
fn take(
    day: chrono::NaiveDate,
    local: chrono::NaiveDateTime,
    time: chrono::NaiveTime,
    moment: chrono::DateTime<chrono::Utc>,
    id: uuid::Uuid,
    address: std::net::IpAddr,
    v4: std::net::Ipv4Addr,
) -> String {
    format!("{day} {local} {time} {moment} {id} {address} {v4}")
}

/// Takes the same.
#[prompt(group = FORMATS)]
fn taken(
    day: chrono::NaiveDate,
    local: chrono::NaiveDateTime,
    time: chrono::NaiveTime,
    moment: Option<chrono::DateTime<chrono::Utc>>,
    id: uuid::Uuid,
    address: std::net::IpAddr,
    v4: std::net::Ipv4Addr,
) -> String {
    format!("{day} {local} {time} {moment:?} {id} {address} {v4}")
}

#[tokio::test]
async fn a_prompt_says_of_a_format_what_a_tool_says() {
    let server = Server::of(&FORMATS).build().expect("a server");
    let client = mcp_runtime::testing::TestClient::to(&server).await;
    let names = ["day", "local", "time", "moment", "id", "address", "v4"];
    let arguments: BTreeMap<&str, &str> = names.map(|name| (name, "friday")).into();
    let lines = |text: String| {
        let text = text.trim_end_matches(" (-32602)");
        let lines = text.lines().filter_map(|line| line.find("/").map(|at| line[at..].to_owned()));
        lines.collect::<std::collections::BTreeSet<_>>()
    };
    let of_tool = lines(client.call("take", &arguments).await.expect_err("no formats").to_string());
    let of_prompt = lines(client.prompt("taken", &arguments).await.expect_err("no formats").to_string());
    assert_eq!(of_prompt, of_tool);
    assert_eq!(of_tool.len(), names.len());
    assert!(of_tool.contains("/day: expected a date like 2026-11-28, got \"friday\""), "{of_tool:?}");
}
