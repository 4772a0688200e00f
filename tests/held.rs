//! Arguments are held to their schema as another implementation of JSON Schema would have it, and what is not enforced is
//! warned of.

use mcp_runtime::ServerBuilder;
use mcp_runtime::dynamic::Tool;
use mcp_runtime::prelude::*;
use mcp_tests::answering::{self, alone, ask};
use mcp_tests::logged::logged;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// What a tool with this schema makes of arguments: what its function is given, or the text that refuses them.
fn call(schema: &Value, arguments: &Value) -> Result<Value, String> {
    call_on(Server::empty("held"), schema, arguments)
}

/// What the tool makes of arguments on a server with these settings.
fn call_on(server: ServerBuilder, schema: &Value, arguments: &Value) -> Result<Value, String> {
    let tool = Tool::new("it", schema.clone()).handler(async |arguments: Value, _ctx| arguments);
    let server = server.add(tool).build().expect("a server");
    let runtime = runtime();
    let _entered = runtime.enter();
    let mut client = server.connect();
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {} });
    let params = json!({ "name": "it", "arguments": arguments, "_meta": meta });
    client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string());
    let answer = runtime.block_on(client.receive()).expect("an answer");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    match &answer["result"] {
        result if result["isError"] == true => {
            Err(result["content"][0]["text"].as_str().expect("a text that says why").to_owned())
        }
        result => Ok(result["structuredContent"].clone()),
    }
}

/// Takes numbers, each held to its type and to a rule of its own.
#[prompt(group = GROUP)]
fn numbers(one: u8, two: u8, three: u8) -> String {
    format!("{one} {two} {three}")
}

static GROUP: Group = Group::new("faulty");

#[tokio::test]
async fn faults_beyond_the_limits_of_the_server_are_counted() {
    let schema = json!({ "type": "object", "properties": { "list": { "items": { "type": "string" } } } });
    let tool = || Tool::new("it", schema.clone()).handler(async |arguments: Value, _ctx| arguments);
    for (faults, bytes, told, more) in [(2, 8192, 2, 298), (200, 1 << 20, 200, 100), (300, 1024, 32, 268)] {
        let server = Server::of(&GROUP).add(tool()).fault_limits(faults, bytes).build().expect("a server");
        let mut client = server.connect();
        let params = json!({ "name": "it", "arguments": { "list": vec![1; 300] } });
        let answer = ask(&mut client, 1, "tools/call", alone(params)).await;
        let text = answering::text(&answer["result"]);
        assert_eq!(text.matches("\n- /list/").count(), told, "{text}");
        assert!(text.ends_with(&format!("\n- and {more} more")), "{text}");
    }
    let server = Server::of(&GROUP).fault_limits(2, 8192).build().expect("a server");
    let params = json!({ "name": "numbers", "arguments": { "one": "x", "two": "y", "three": "z" } });
    let answer = ask(&mut server.connect(), 1, "prompts/get", alone(params)).await;
    assert_eq!(answer["error"]["data"]["faults"].as_array().map(Vec::len), Some(2), "{answer}");
}

/// Random numbers from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn often(&mut self) -> bool {
        self.below(4) > 0
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }
}

/// A schema made of all keywords that are enforced.
fn schema(random: &mut Random, depth: u32) -> Value {
    let kinds = if depth == 0 { 7 } else { 14 };
    match random.below(kinds) {
        0 => bounded(random, "integer"),
        1 => bounded(random, "number"),
        2 | 3 => {
            let mut schema = json!({ "type": "string" });
            if random.often() {
                schema["maxLength"] = (1 + random.below(3)).into();
            }
            if !random.often() {
                schema["minLength"] = random.below(3).into();
            }
            if !random.often() {
                schema["pattern"] = (*random.one_of(&["^a", "b$", "[xa]", "^(a|b)*$"])).into();
            }
            schema
        }
        4 => json!({ "type": random.one_of(&["boolean", "null", "string"]) }),
        5 => json!({ "enum": ["a", "b", 1, null, [1], { "a": 1 }] }),
        6 => random
            .one_of(&[json!({}), json!(true), json!({ "const": 2 }), json!({ "type": ["integer", "null"] })])
            .clone(),
        7 => {
            let mut list = json!({ "type": "array", "items": schema(random, depth - 1) });
            if !random.often() {
                list["minItems"] = random.below(3).into();
            }
            if !random.often() {
                list["maxItems"] = (1 + random.below(3)).into();
            }
            list["uniqueItems"] = (!random.often()).into();
            list
        }
        8 => json!({ "type": "array", "prefixItems": [schema(random, depth - 1), schema(random, depth - 1)],
            "items": random.often(), "minItems": random.below(3) }),
        9 | 10 => object(random, depth),
        11 => {
            let branches: Vec<Value> = (0..=1 + random.below(2)).map(|_| schema(random, depth - 1)).collect();
            json!({ *random.one_of(&["anyOf", "oneOf"]): branches })
        }
        12 => {
            let branch = |random: &mut Random, tag: &str| {
                let mut object = object(random, depth);
                object["properties"]["type"] = json!({ "type": "string", "const": tag });
                let mut required = object["required"].as_array().cloned().unwrap_or_default();
                required.push("type".into());
                object["required"] = required.into();
                object
            };
            json!({ "oneOf": [branch(random, "x"), branch(random, "y")] })
        }
        _ => json!({ "$ref": "#/$defs/tree" }),
    }
}

fn bounded(random: &mut Random, kind: &str) -> Value {
    let mut schema = json!({ "type": kind });
    if !random.often() {
        schema[*random.one_of(&["minimum", "exclusiveMinimum"])] = random.below(3).into();
    }
    if !random.often() {
        schema[*random.one_of(&["maximum", "exclusiveMaximum"])] = (2 + random.below(5)).into();
    }
    if !random.often() {
        schema["multipleOf"] = (1 + random.below(3)).into();
    }
    schema
}

fn object(random: &mut Random, depth: u32) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for name in ["a", "b", "c"] {
        if random.often() {
            properties.insert(name.to_owned(), schema(random, depth - 1));
            if !random.often() {
                required.push(name);
            }
        }
    }
    let mut object = json!({ "type": "object", "properties": properties, "required": required });
    match random.below(6) {
        0 => object["additionalProperties"] = false.into(),
        1 => object["additionalProperties"] = schema(random, depth - 1),
        2 => object["patternProperties"] = json!({ "^[xa]": schema(random, depth - 1) }),
        3 => object["propertyNames"] = json!({ "maxLength": 4 }),
        4 => object["maxProperties"] = 2.into(),
        _ => {}
    }
    object
}

/// A value that may well fit.
fn sample(schema: &Value, root: &Value, random: &mut Random, depth: u32) -> Value {
    if depth == 0 || random.below(20) == 0 {
        return anything(random, 1);
    }
    let next = |schema: &Value, random: &mut Random| sample(schema, root, random, depth - 1);
    if schema.get("$ref").is_some() {
        return next(&root["$defs"]["tree"], random);
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(branches) = schema[keyword].as_array() {
            return next(random.one_of(branches), random);
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return random.one_of(values).clone();
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    match schema["type"].as_str() {
        Some("integer") => number(random, false),
        Some("number") => number(random, true),
        Some("string") => text(random).into(),
        Some("boolean") => random.often().into(),
        Some("null") => Value::Null,
        Some("array") => {
            let first = schema["prefixItems"].as_array();
            let item = |random: &mut Random, index: usize| match first.and_then(|first| first.get(index)) {
                Some(schema) => next(schema, random),
                None if schema["items"].is_object() => next(&schema["items"], random),
                None => anything(random, 1),
            };
            (0..random.below(4) as usize).map(|index| item(random, index)).collect()
        }
        Some("object") => {
            let mut members = Map::new();
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let is_required = schema["required"].as_array().is_some_and(|all| all.contains(&json!(name)));
                if random.often() || (is_required && random.often()) {
                    members.insert(name.clone(), next(property, random));
                }
            }
            if !random.often() {
                members.insert((*random.one_of(&["x", "xyz", "longer", "d"])).to_owned(), anything(random, 1));
            }
            Value::Object(members)
        }
        _ => anything(random, 2),
    }
}

fn number(random: &mut Random, fractions: bool) -> Value {
    let whole = random.below(9) as i64 - 2;
    match random.below(4) {
        0 => json!(whole as f64),
        1 if fractions => json!(whole as f64 + 0.5),
        _ => whole.into(),
    }
}

fn text(random: &mut Random) -> String {
    (0..random.below(4)).map(|_| *random.one_of(&['a', 'b', 'x', 'é'])).collect()
}

fn anything(random: &mut Random, depth: u32) -> Value {
    match random.below(if depth == 0 { 4 } else { 6 }) {
        0 => Value::Null,
        1 => random.often().into(),
        2 => number(random, true),
        3 => text(random).into(),
        4 => (0..random.below(3)).map(|_| anything(random, depth - 1)).collect(),
        _ => json!({ *random.one_of(&["a", "b", "type", "x"]): anything(random, depth - 1) }),
    }
}

fn nulls(value: &Value) -> usize {
    match value {
        Value::Null => 1,
        Value::Array(items) => items.iter().map(nulls).sum(),
        Value::Object(members) => members.values().map(nulls).sum(),
        _ => 0,
    }
}

/// A tree, of which every schema may have some.
fn tree() -> Value {
    json!({ "type": "object", "required": ["size"], "additionalProperties": false, "properties": {
        "size": { "type": "integer", "minimum": 0 },
        "children": { "type": "array", "items": { "$ref": "#/$defs/tree" } } } })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(feature = "slow") { 1500 } else { 300 }))]

    #[test]
    fn arguments_are_judged_as_json_schema_says(seed in any::<u64>()) {
        let mut random = Random(seed);
        let schema = json!({ "type": "object", "properties": { "v": schema(&mut random, 3) }, "$defs": { "tree": tree() } });
        let validator = jsonschema::options().build(&schema).expect("a schema");
        for _ in 0..4 {
            let arguments = json!({ "v": sample(&schema["properties"]["v"], &schema, &mut random, 5) });
            match call(&schema, &arguments) {
                // A `null` that says nothing is taken for missing, which the schema does not know of.
                Ok(given) if nulls(&given) < nulls(&arguments) => {}
                // A whole number may have become an integer.
                Ok(given) => prop_assert!(validator.is_valid(&given), "{given} taken from {arguments} by {schema}"),
                Err(why) => prop_assert!(!validator.is_valid(&arguments), "{arguments} refused by {schema}: {why}"),
            }
        }
    }
}

#[test]
fn a_keyword_that_is_not_enforced_is_warned_of_at_start() {
    let schema = json!({ "type": "object", "properties": {
        "even": { "type": "integer", "multipleOf": 2 },
        "odd": { "type": "integer", "not": { "multipleOf": 2 } },
    } });
    let tool = Tool::new("numbers", schema).handler(async |arguments: Value, _ctx| arguments);
    let server = || Server::empty("held").add(tool.clone());
    let (_server, log) = logged(|| server().build());
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains("tool `numbers`") && log.contains("the schema of `odd` has `not`"), "{log}");
    #[cfg(feature = "validate")]
    assert_eq!(logged(|| server().validate_arguments().build()).1, "");
}

/// The feature is on, and changes nothing by itself: a stranger's dependency may have turned it on.
#[cfg(feature = "validate")]
#[test]
fn every_keyword_is_enforced_where_the_builder_says_so() {
    let schema = json!({ "type": "object", "properties": {
        "odd": { "type": "integer", "not": { "multipleOf": 2 } },
        "name": { "type": "string", "maxLength": 3 },
    } });
    let wrong = json!({ "odd": 2.0, "name": "long" });
    for (server, is_enforced) in [(Server::empty("held"), false), (Server::empty("held").validate_arguments(), true)] {
        let refused = call_on(server, &schema, &wrong).expect_err("too long a name");
        assert!(refused.contains("/name: expected text of length 3 or less"), "{refused}");
        assert_eq!(refused.contains("/odd"), is_enforced, "{refused}");
    }
    let server = Server::empty("held").validate_arguments();
    assert_eq!(call_on(server, &schema, &json!({ "odd": 3.0 })), Ok(json!({ "odd": 3 })));
}
