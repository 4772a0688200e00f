//! Properties: what holds for any input.

use std::collections::BTreeMap;

use mcp_proto::engine::{Event, Peer};
use mcp_proto::types::{UriTemplate, Values};
use mcp_proto::wire::{Incoming, Message, Reply, RpcError, decode};
use mcp_runtime::dynamic::Resource;
use mcp_tests::fixture;
use proptest::collection::{btree_map, hash_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map(any_key(), inner, 0..5).prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

/// Names that the decoder looks for, and others.
fn any_key() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "jsonrpc",
        "id",
        "method",
        "params",
        "result",
        "error",
        "name",
        "uri",
        "cursor",
        "arguments",
        "_meta",
        "progressToken",
        "requestId",
        "io.modelcontextprotocol/protocolVersion",
        "io.modelcontextprotocol/clientCapabilities",
    ];
    prop_oneof![3 => proptest::sample::select(KNOWN).prop_map(str::to_owned), 1 => ".{0,8}".prop_map(Into::into)]
}

fn any_id() -> impl Strategy<Value = Value> {
    prop_oneof![any::<i64>().prop_map(Value::from), ".{0,12}".prop_map(Value::from), "[0-9]{0,4}".prop_map(Value::from)]
}

/// The id of a message, as JSON, if it is a request.
fn request_id(frame: &[u8]) -> Option<String> {
    match decode(frame.to_vec()) {
        Incoming::One(Message::Request(request)) => {
            let mut id = Vec::new();
            request.id.write(&mut id);
            Some(String::from_utf8(id).expect("ids are text"))
        }
        _ => None,
    }
}

/// All that a peer sends in answer to `frames`, if every call is answered at once.
fn answers(frames: &[Vec<u8>]) -> Vec<Value> {
    let mut peer = Peer::default();
    let mut answers = Vec::new();
    for frame in frames {
        peer.handle_frame(frame.clone());
        while let Some(event) = peer.poll_event() {
            if let Event::Call(call) = event {
                peer.respond(call.key, Reply::error(&call.request.id, &RpcError::internal()));
            }
        }
        while let Some(frame) = peer.poll_transmit() {
            answers.push(serde_json::from_slice(&frame).expect("answers are JSON"));
        }
    }
    assert_eq!(peer.calls(), 0);
    answers
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Text as JSON, as many characters of it escaped as `escape` says.
fn write_text(text: &str, escape: u8) -> String {
    let mut json = String::from('"');
    for (at, unit) in text.chars().enumerate() {
        if (at as u8) & 7 < escape || unit.is_control() || "\"\\".contains(unit) {
            for unit in unit.encode_utf16(&mut [0; 2]) {
                json.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            json.push(unit);
        }
    }
    json + "\""
}

proptest! {
    #[test]
    fn any_bytes_are_answered_or_ignored(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(answers(&[bytes]).len() <= 1);
    }

    #[test]
    fn any_json_is_answered_at_most_once(json in any_json()) {
        prop_assert!(answers(&[json.to_string().into_bytes()]).len() <= 1);
    }

    #[test]
    fn a_message_cut_short_is_refused_and_harms_nothing(json in any_json(), at in any::<prop::sample::Index>()) {
        let text = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping", "params": { "x": json } }).to_string();
        let cut = text.as_bytes()[..at.index(text.len())].to_vec();
        let answers = answers(&[cut, text.into_bytes()]);
        prop_assert_eq!(answers.len(), 2);
        prop_assert_eq!(&answers[0]["error"]["code"], &json!(-32700));
        prop_assert_eq!(&answers[1]["id"], &json!(1));
    }

    #[test]
    fn a_request_keeps_its_id_whatever_it_carries(id in any_id(), params in any_json(), more in any_json()) {
        let frame = json!({ "jsonrpc": "2.0", "more": more, "id": id, "method": "ping", "params": params });
        let frame = frame.to_string().into_bytes();
        prop_assert_eq!(request_id(&frame), Some(id.to_string()));
        let answers = answers(&[frame]);
        prop_assert_eq!(answers.len(), 1);
        prop_assert_eq!(&answers[0]["id"], &id);
    }

    #[test]
    fn each_of_many_calls_is_answered_once_and_with_its_own(calls in btree_map("[a-z0-9]{0,3}", ".{0,20}", 0..20)) {
        let runtime = runtime();
        let _entered = runtime.enter();
        let mut client = fixture::server("").connect();
        for (id, text) in &calls {
            let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {} });
            let params = json!({ "name": "echo", "arguments": { "message": text }, "_meta": meta });
            client.send(json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string());
        }
        let mut answered = BTreeMap::new();
        for _ in &calls {
            let answer = runtime.block_on(client.receive()).expect("an answer");
            let answer: Value = serde_json::from_str(&answer).expect("JSON");
            let text = answer["result"]["content"][0]["text"].as_str().expect("text").to_owned();
            prop_assert!(answered.insert(answer["id"].as_str().expect("text").to_owned(), text).is_none());
        }
        prop_assert_eq!(answered, calls);
    }

    #[test]
    fn text_comes_back_however_it_was_written(text in any::<String>(), escape in 0..8_u8) {
        let runtime = runtime();
        let _entered = runtime.enter();
        let mut client = fixture::server("").connect();
        client.send(format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"arguments":{{"message":{}}},"name":"echo","_meta":{{"io.modelcontextprotocol/clientCapabilities":{{}},"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}}}}"#,
            write_text(&text, escape),
        ));
        let answer = runtime.block_on(client.receive()).expect("an answer");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        prop_assert_eq!(&answer["result"]["content"][0]["text"], &json!(text));
    }

    #[test]
    fn any_arguments_are_answered_by_a_result(arguments in btree_map("[a-z]{0,6}|items|notes|shape|tree", any_json(), 0..4),
        tool in proptest::sample::select(&["cart", "draw", "count", "constrained", "optional", "search", "borrowed"][..])) {
        let runtime = runtime();
        let _entered = runtime.enter();
        let mut client = fixture::server("").connect();
        let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {} });
        let params = json!({ "name": tool, "arguments": arguments, "_meta": meta });
        client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string());
        let answer = runtime.block_on(client.receive()).expect("an answer");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        prop_assert!(answer["result"]["content"].is_array(), "{}", answer);
    }

    #[test]
    fn a_template_matches_what_it_expands_to(case in any_template()) {
        let (source, values) = case;
        let template = UriTemplate::parse(&source).expect("a good template");
        let uri = template.expand(&values).expect("a value for each variable");
        prop_assert!(uri.is_ascii());
        prop_assert_eq!(template.match_uri(&uri), Some(values), "{} as {}", uri, source);
    }

    #[test]
    fn what_a_template_matches_it_expands_to_the_same_values(case in any_template(), uri in "[a-z:/?&=%.!#é]{0,30}") {
        let template = UriTemplate::parse(&case.0).expect("a good template");
        if let Some(values) = template.match_uri(&uri) {
            let again = template.expand(&values).expect("a value for each variable");
            prop_assert_eq!(template.match_uri(&again), Some(values));
        }
    }

    #[test]
    fn a_template_is_found_as_if_each_were_tried(
        templates in vec("[xX]:(//)?(a|b|A|ab|\\{v1\\}|-){0,3}(/(a|b|\\{v2\\}|\\{v3\\*\\})){0,2}(\\?k=a)?(\\{[?&]q\\})?", 0..12),
        uris in vec("[xX]:(//)?[abAB-]{0,3}(/[abA]{0,2}){0,2}(\\?[kq]=[ab])?", 20),
    ) {
        let mut tried: Vec<UriTemplate> = Vec::new();
        for template in templates.iter().filter_map(|source| UriTemplate::parse(source).ok()) {
            let clashes = tried.iter().any(|other| other.pattern() == template.pattern());
            if !template.is_static() && !clashes {
                tried.push(template);
            }
        }
        let server = tried.iter().fold(mcp_runtime::Server::empty("x"), |server, template| {
            let uri = template.as_str().to_owned();
            let names = template.variables().iter().map(|variable| variable.name.to_string());
            let resource = names.fold(Resource::new(uri.clone()), Resource::raw);
            server.add(resource.handler(move |_, _ctx| std::future::ready(uri.clone())))
        });
        let server = server.build().expect("no two match the same URIs");
        // By name first, as they are listed; then the narrowest.
        tried.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        tried.sort_by_key(|template| std::cmp::Reverse(template.specificity()));
        let runtime = runtime();
        let mut client = runtime.block_on(async { server.connect() });
        for uri in uris {
            let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {} });
            let params = json!({ "uri": uri, "_meta": meta });
            let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": params });
            let answer = runtime.block_on(async {
                client.send(request.to_string());
                client.receive().await.expect("an answer")
            });
            let answer: Value = serde_json::from_str(&answer).expect("JSON");
            let expected = tried.iter().find(|template| template.match_uri(&uri).is_some());
            let read = answer["result"]["contents"][0]["text"].as_str();
            prop_assert_eq!(read, expected.map(UriTemplate::as_str), "{} among {:?}", uri, tried);
        }
    }

    #[test]
    fn any_text_is_a_template_or_is_refused(source in "[a-z:/{}?&,*+%]{0,20}", uri in ".{0,40}") {
        if let Ok(template) = UriTemplate::parse(&source) {
            let _ = template.match_uri(&uri);
        }
    }
}

/// A template and a value for each of its variables. Between two variables stands what no value has unescaped, and at
/// most one variable is a path: so there is one way to read it.
fn any_template() -> impl Strategy<Value = (String, Values)> {
    let separator = proptest::sample::select(&["/", ":", "!", "/x/", "/a:"][..]);
    let value = prop_oneof!["[^\\x00]{1,12}", any::<String>().prop_filter("not empty", |text| !text.is_empty())];
    let value = value.prop_map(|text| text.chars().take(40).collect::<String>());
    let segments = vec((separator, value.clone()), 0..4);
    let path = proptest::option::of((0..4_usize, value, any::<bool>()));
    let query = hash_map("q[a-z]{1,4}", ".{0,12}", 0..3);
    (segments, path, query, vec(any::<bool>(), 3)).prop_map(|(segments, path, query, given)| {
        let mut source = String::from("t:/");
        let mut values = Values::new();
        for (index, (separator, value)) in segments.iter().enumerate() {
            let is_path = path.as_ref().filter(|(at, ..)| *at == index);
            let name = format!("v{index}");
            source.push_str(separator);
            match is_path {
                Some((.., true)) => source.push_str(&format!("{{{name}*}}")),
                Some((.., false)) => source.push_str(&format!("{{+{name}}}")),
                None => source.push_str(&format!("{{{name}}}")),
            }
            let value = is_path.map_or(value, |(_, value, _)| value);
            values.insert(name.into(), value.clone());
        }
        if !query.is_empty() {
            let names: Vec<&str> = query.keys().map(String::as_str).collect();
            source.push_str(&format!("{{?{}}}", names.join(",")));
        }
        for ((name, value), given) in query.iter().zip(given) {
            if given {
                values.insert(name.as_str().into(), value.clone());
            }
        }
        (source, values)
    })
}
