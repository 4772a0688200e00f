//! What every frame of a server must be like, whatever the transcript is about.
//!
//! The members are those of the specification's schemas, with the revision that brought each in.

use mcp_proto::Version;
use serde_json::Value;

use super::questions;
use super::shape::{
    Checked, Member,
    Need::{May, Must},
    any_object, anything, base64, boolean, each, id, integer, natural, number, object, one_of, string, text, that,
};
use Version::{
    V2024_11_05 as FIRST, V2025_03_26 as MARCH, V2025_06_18 as JUNE, V2025_11_25 as NOVEMBER, V2026_07_28 as STATELESS,
};

/// Holds a frame to the rules; `method` is that of the request it answers.
///
/// # Errors
/// What it does wrong.
pub fn check(frame: &Value, method: &str, version: Version) -> Result<(), String> {
    match (frame.get("method"), frame.get("id")) {
        (Some(_), Some(_)) if version.is_stateless() => {
            return Err("a request of the server's, without a session".into());
        }
        (Some(_), Some(_)) => {
            object(frame, version, REQUEST)?;
            return questions::question(frame, version);
        }
        (Some(_), None) => {
            object(frame, version, NOTIFICATION)?;
            return notification(frame, version);
        }
        _ => {}
    }
    match (frame.get("result"), frame.get("error")) {
        (Some(result), None) => {
            object(frame, version, ANSWER)?;
            self::result(result, method, version)
        }
        (None, Some(error)) => {
            object(frame, version, FAILURE)?;
            object(error, version, ERROR)?;
            match frame.get("id") {
                Some(Value::Null) if !version.has_null_error_ids() => Err("an id of null".into()),
                None if version.has_null_error_ids() => Err("no id".into()),
                _ => Ok(()),
            }
        }
        _ => Err("neither a result nor an error".into()),
    }
}

const NOTIFICATION: &[Member] =
    &[("jsonrpc", FIRST, Must, two), ("method", FIRST, Must, text), ("params", FIRST, May, any_object)];
const REQUEST: &[Member] = &[
    ("jsonrpc", FIRST, Must, two),
    ("id", FIRST, Must, id),
    ("method", FIRST, Must, text),
    ("params", FIRST, May, any_object),
];
const ANSWER: &[Member] =
    &[("jsonrpc", FIRST, Must, two), ("id", FIRST, Must, id), ("result", FIRST, Must, any_object)];
const FAILURE: &[Member] =
    &[("jsonrpc", FIRST, Must, two), ("id", FIRST, May, anything), ("error", FIRST, Must, any_object)];
const ERROR: &[Member] =
    &[("code", FIRST, Must, integer), ("message", FIRST, Must, text), ("data", FIRST, May, anything)];

fn result(result: &Value, method: &str, version: Version) -> Checked {
    if result["resultType"] == "input_required" {
        that(ASKING.contains(&method), "method that may ask", &method.into())?;
        let says = ["inputRequests", "requestState"].iter().any(|member| result.get(member).is_some());
        that(says, "question and no state", result)?;
        return object(result, version, INPUT_REQUIRED);
    }
    let (members, cacheable): (&[Member], bool) = match method {
        "initialize" => (INITIALIZE, false),
        "server/discover" => (DISCOVER, true),
        "tools/list" => (TOOLS, true),
        "tools/call" => (CALL, false),
        "resources/list" => (RESOURCES, true),
        "resources/templates/list" => (TEMPLATES, true),
        "resources/read" => (READ, true),
        "prompts/list" => (PROMPTS, true),
        "prompts/get" => (GET, false),
        "completion/complete" => (COMPLETE, false),
        "ping" | "logging/setLevel" | "resources/subscribe" | "resources/unsubscribe" | "subscriptions/listen" => {
            (&[], false)
        }
        // A method of the fixture's own.
        _ => return Ok(()),
    };
    let mut all = members.to_vec();
    all.push(("_meta", FIRST, if version.is_stateless() { Must } else { May }, result_meta));
    all.push(("resultType", STATELESS, Must, complete));
    if cacheable {
        all.push(("ttlMs", STATELESS, Must, natural));
        all.push(("cacheScope", STATELESS, Must, |value, _| one_of(value, &["public", "private"])));
    }
    object(result, version, &all)
}

/// What may be answered with questions (2026-07-28, `basic/patterns/mrtr`, "Supported Requests").
const ASKING: &[&str] = &["tools/call", "prompts/get", "resources/read"];
const INPUT_REQUIRED: &[Member] = &[
    ("resultType", STATELESS, Must, text),
    ("inputRequests", STATELESS, May, questions::several),
    ("requestState", STATELESS, May, text),
    ("_meta", FIRST, Must, result_meta),
];
const INITIALIZE: &[Member] = &[
    ("protocolVersion", FIRST, Must, text),
    ("capabilities", FIRST, Must, capabilities),
    ("serverInfo", FIRST, Must, implementation),
    ("instructions", FIRST, May, text),
];
const DISCOVER: &[Member] = &[
    ("supportedVersions", STATELESS, Must, |value, version| each(value, version, text)),
    ("capabilities", STATELESS, Must, capabilities),
    ("instructions", STATELESS, May, text),
];
const TOOLS: &[Member] = &[
    ("tools", FIRST, Must, |value, version| each(value, version, |v, at| object(v, at, TOOL))),
    ("nextCursor", FIRST, May, text),
];
const RESOURCES: &[Member] = &[
    ("resources", FIRST, Must, |value, version| each(value, version, |v, at| object(v, at, RESOURCE))),
    ("nextCursor", FIRST, May, text),
];
const TEMPLATES: &[Member] = &[
    ("resourceTemplates", FIRST, Must, |value, version| each(value, version, |v, at| object(v, at, TEMPLATE))),
    ("nextCursor", FIRST, May, text),
];
const PROMPTS: &[Member] = &[
    ("prompts", FIRST, Must, |value, version| each(value, version, |v, at| object(v, at, PROMPT))),
    ("nextCursor", FIRST, May, text),
];
const CALL: &[Member] = &[
    ("content", FIRST, Must, |value, version| each(value, version, content)),
    ("structuredContent", JUNE, May, any_object),
    ("isError", FIRST, May, boolean),
];
const READ: &[Member] = &[("contents", FIRST, Must, |value, version| each(value, version, contents))];
const GET: &[Member] = &[
    ("messages", FIRST, Must, |value, version| each(value, version, |v, at| object(v, at, MESSAGE))),
    ("description", FIRST, May, text),
];
const COMPLETE: &[Member] = &[("completion", FIRST, Must, |value, version| object(value, version, COMPLETION))];
const COMPLETION: &[Member] = &[
    ("values", FIRST, Must, |value, version| {
        each(value, version, string)?;
        let few = value.as_array().is_some_and(|values| values.len() <= 100);
        few.then_some(()).ok_or_else(|| "more than 100 values".into())
    }),
    ("total", FIRST, May, natural),
    ("hasMore", FIRST, May, boolean),
];
const MESSAGE: &[Member] =
    &[("role", FIRST, Must, |value, _| one_of(value, &["user", "assistant"])), ("content", FIRST, Must, content)];

const TOOL: &[Member] = &[
    ("name", FIRST, Must, text),
    ("title", JUNE, May, text),
    ("description", FIRST, May, text),
    ("inputSchema", FIRST, Must, schema),
    ("outputSchema", JUNE, May, schema),
    ("annotations", MARCH, May, any_object),
    ("icons", NOVEMBER, May, icons),
    ("_meta", JUNE, May, any_object),
];
const RESOURCE: &[Member] = &[
    ("uri", FIRST, Must, text),
    ("name", FIRST, Must, text),
    ("title", JUNE, May, text),
    ("description", FIRST, May, text),
    ("mimeType", FIRST, May, text),
    ("size", FIRST, May, natural),
    ("annotations", FIRST, May, annotations),
    ("icons", NOVEMBER, May, icons),
    ("_meta", JUNE, May, any_object),
];
const TEMPLATE: &[Member] = &[
    ("uriTemplate", FIRST, Must, text),
    ("name", FIRST, Must, text),
    ("title", JUNE, May, text),
    ("description", FIRST, May, text),
    ("mimeType", FIRST, May, text),
    ("annotations", FIRST, May, annotations),
    ("icons", NOVEMBER, May, icons),
    ("_meta", JUNE, May, any_object),
];
const PROMPT: &[Member] = &[
    ("name", FIRST, Must, text),
    ("title", JUNE, May, text),
    ("description", FIRST, May, text),
    ("arguments", FIRST, May, |value, version| each(value, version, |value, version| object(value, version, ARGUMENT))),
    ("icons", NOVEMBER, May, icons),
    ("_meta", JUNE, May, any_object),
];
const ARGUMENT: &[Member] = &[
    ("name", FIRST, Must, text),
    ("title", JUNE, May, text),
    ("description", FIRST, May, text),
    ("required", FIRST, May, boolean),
];
const IMPLEMENTATION: &[Member] = &[
    ("name", FIRST, Must, text),
    ("version", FIRST, Must, text),
    ("title", JUNE, May, text),
    ("description", NOVEMBER, May, text),
    ("websiteUrl", NOVEMBER, May, text),
    ("icons", NOVEMBER, May, icons),
];
const CAPABILITIES: &[Member] = &[
    ("tools", FIRST, May, any_object),
    ("prompts", FIRST, May, any_object),
    ("resources", FIRST, May, any_object),
    ("logging", FIRST, May, any_object),
    ("completions", MARCH, May, any_object),
    ("experimental", FIRST, May, any_object),
    ("extensions", STATELESS, May, any_object),
];
const ANNOTATIONS: &[Member] = &[
    ("audience", FIRST, May, |value, version| each(value, version, |who, _| one_of(who, &["user", "assistant"]))),
    ("priority", FIRST, May, number),
    ("lastModified", JUNE, May, text),
];
const ICON: &[Member] = &[
    ("src", NOVEMBER, Must, text),
    ("mimeType", NOVEMBER, May, text),
    ("sizes", NOVEMBER, May, |value, version| each(value, version, text)),
    ("theme", NOVEMBER, May, |value, _| one_of(value, &["light", "dark"])),
];

/// The kinds of content: since when, and their members beside `type`.
const CONTENT: &[(&str, Version, &[Member])] = &[
    ("text", FIRST, &[("text", FIRST, Must, string)]),
    ("image", FIRST, &[("data", FIRST, Must, base64), ("mimeType", FIRST, Must, text)]),
    ("audio", MARCH, &[("data", FIRST, Must, base64), ("mimeType", FIRST, Must, text)]),
    ("resource", FIRST, &[("resource", FIRST, Must, contents)]),
    (
        "resource_link",
        JUNE,
        &[
            ("uri", FIRST, Must, text),
            ("name", FIRST, Must, text),
            ("title", FIRST, May, text),
            ("description", FIRST, May, text),
            ("mimeType", FIRST, May, text),
            ("size", FIRST, May, natural),
        ],
    ),
];

fn content(block: &Value, version: Version) -> Checked {
    let kind = block["type"].as_str().unwrap_or_default();
    let known = CONTENT.iter().find(|(name, since, _)| *name == kind && *since <= version);
    let (_, _, members) = known.ok_or_else(|| format!("no content is a {kind:?}"))?;
    let mut members = members.to_vec();
    members.push(("type", FIRST, Must, text));
    members.push(("annotations", FIRST, May, annotations));
    object(block, version, &members)
}

fn contents(piece: &Value, version: Version) -> Checked {
    let body: Member = match piece.get("text") {
        Some(_) => ("text", FIRST, Must, string),
        None => ("blob", FIRST, Must, base64),
    };
    object(piece, version, &[("uri", FIRST, Must, text), ("mimeType", FIRST, May, text), body])
}

/// The notifications a server may send: since when, and the members of their params.
const NOTIFICATIONS: &[(&str, Version, &[Member])] = &[
    (
        "notifications/progress",
        FIRST,
        &[
            ("progressToken", FIRST, Must, id),
            ("progress", FIRST, Must, number),
            ("total", FIRST, May, number),
            ("message", MARCH, May, text),
        ],
    ),
    (
        "notifications/message",
        FIRST,
        &[
            ("level", FIRST, Must, |value, _| one_of(value, LEVELS)),
            ("logger", FIRST, May, text),
            ("data", FIRST, Must, anything),
        ],
    ),
    ("notifications/resources/updated", FIRST, &[("uri", FIRST, Must, text)]),
    ("notifications/cancelled", FIRST, &[("requestId", FIRST, Must, id), ("reason", FIRST, May, text)]),
    ("notifications/tools/list_changed", FIRST, &[]),
    ("notifications/prompts/list_changed", FIRST, &[]),
    ("notifications/resources/list_changed", FIRST, &[]),
    ("notifications/subscriptions/acknowledged", STATELESS, &[("notifications", FIRST, Must, any_object)]),
];
const LEVELS: &[&str] = &["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

fn notification(frame: &Value, version: Version) -> Checked {
    let method = frame["method"].as_str().unwrap_or_default();
    // Where both eras share a pipe, a notification of the newer one may come in a session.
    let tagged = !frame["params"]["_meta"].is_null();
    let version = if tagged { Version::LATEST } else { version };
    let known = NOTIFICATIONS.iter().find(|(name, since, _)| *name == method && *since <= version);
    let (_, _, members) = known.ok_or_else(|| format!("no server says {method:?}"))?;
    let mut members = members.to_vec();
    members.push(("_meta", FIRST, May, any_object));
    match frame.get("params") {
        Some(params) => object(params, version, &members),
        None if members.iter().any(|(_, _, need, _)| *need == Must) => Err("no params".into()),
        None => Ok(()),
    }
}

fn result_meta(value: &Value, version: Version) -> Checked {
    if !version.is_stateless() {
        return any_object(value, version);
    }
    implementation(&value["io.modelcontextprotocol/serverInfo"], version)
}

fn schema(value: &Value, _: Version) -> Checked {
    that(value["type"] == "object", "schema of an object", value)
}

fn implementation(value: &Value, version: Version) -> Checked {
    object(value, version, IMPLEMENTATION)
}

fn capabilities(value: &Value, version: Version) -> Checked {
    object(value, version, CAPABILITIES)
}

fn annotations(value: &Value, version: Version) -> Checked {
    object(value, version, ANNOTATIONS)
}

fn icons(value: &Value, version: Version) -> Checked {
    each(value, version, |icon, version| object(icon, version, ICON))
}

fn two(value: &Value, _: Version) -> Checked {
    that(value == "2.0", "2.0", value)
}

fn complete(value: &Value, _: Version) -> Checked {
    one_of(value, &["complete"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_revision_does_not_have_is_noticed() {
        let list = |more: Value| {
            let mut result = json!({ "tools": [] });
            result.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
            json!({ "jsonrpc": "2.0", "id": 1, "result": result })
        };
        let of = |version, more| check(&list(more), "tools/list", version);
        let stateless = json!({ "resultType": "complete", "ttlMs": 0, "cacheScope": "public",
            "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "n", "version": "1" } } });
        assert_eq!(of(NOVEMBER, json!({})), Ok(()));
        assert_eq!(of(STATELESS, stateless.clone()), Ok(()));
        assert!(of(NOVEMBER, stateless).is_err());
        assert!(of(NOVEMBER, json!({ "resultType": "complete" })).is_err());
        assert!(of(STATELESS, json!({})).is_err());
        assert!(of(FIRST, json!({ "nextCursor": null })).is_err());
    }

    #[test]
    fn a_question_is_one_of_its_era_and_its_method() {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "roots/list" });
        assert_eq!([FIRST, STATELESS].map(|version| check(&request, "", version).is_ok()), [true, false]);
        let required = |more: Value| {
            let mut result = json!({ "resultType": "input_required",
                "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "n", "version": "1" } } });
            result.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
            json!({ "jsonrpc": "2.0", "id": 1, "result": result })
        };
        let asks = required(json!({ "inputRequests": { "a": { "method": "roots/list" } } }));
        assert_eq!(check(&asks, "tools/call", STATELESS), Ok(()));
        assert!(check(&asks, "tools/call", NOVEMBER).is_err());
        assert!(check(&asks, "tools/list", STATELESS).is_err());
        for wrong in
            [json!({}), json!({ "inputRequests": {} }), json!({ "inputRequests": { "a": { "method": "ping" } } })]
        {
            assert!(check(&required(wrong.clone()), "tools/call", STATELESS).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_error_without_an_id_is_one_of_its_revision() {
        let with_null = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32700, "message": "m" } });
        let without = json!({ "jsonrpc": "2.0", "error": { "code": -32700, "message": "m" } });
        for version in Version::ALL {
            assert_eq!(check(&with_null, "", version).is_ok(), version <= JUNE, "{version}");
            assert_eq!(check(&without, "", version).is_ok(), version > JUNE, "{version}");
        }
    }
}
