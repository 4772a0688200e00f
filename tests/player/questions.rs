//! What questions of a server must be like: requests of its own in a session, members of `inputRequests` without one.

use mcp_proto::Version;
use serde_json::{Map, Value};

use super::shape::{
    Checked, Member,
    Need::{May, Must},
    any_object, anything, base64, boolean, each, id, integer, natural, number, object, one_of, string, text, that,
};
use Version::{V2024_11_05 as FIRST, V2025_03_26 as MARCH, V2025_06_18 as JUNE, V2025_11_25 as NOVEMBER};

/// Holds the method and the params of a question to their schemas.
pub(super) fn question(request: &Value, version: Version) -> Checked {
    let params = request.get("params").unwrap_or(&Value::Null);
    match request["method"].as_str().unwrap_or_default() {
        "elicitation/create" if version >= JUNE && params["mode"] == "url" => {
            object(params, version, URL)?;
            // One revision alone has it.
            that(params.get("elicitationId").is_some() == (version == NOVEMBER), "question of its revision", params)
        }
        "elicitation/create" if version >= JUNE => object(params, version, FORM),
        "sampling/createMessage" => object(params, version, SAMPLING),
        "roots/list" => match request.get("params") {
            Some(params) => object(params, version, &[]),
            None => Ok(()),
        },
        "ping" if !version.is_stateless() => Ok(()),
        method => Err(format!("no server asks for {method:?}")),
    }
}

/// Holds the members of `inputRequests` to their schemas.
pub(super) fn several(requests: &Value, version: Version) -> Checked {
    let requests = requests.as_object().ok_or("no object")?;
    // Where it is there, the client has to get something before it comes back.
    that(!requests.is_empty(), "questions", &Value::Null)?;
    requests.iter().try_for_each(|(key, request)| {
        let asked = object(request, version, REQUEST).and_then(|()| question(request, version));
        asked.map_err(|why| format!("`{key}`: {why}"))
    })
}

/// Whether the client has declared that it can be asked what a frame asks.
pub(super) fn declared(frame: &Value, capabilities: &Map<String, Value>) -> Checked {
    let of_result = frame["result"]["inputRequests"].as_object().into_iter().flatten().map(|(_, request)| request);
    let asked = of_result.chain(Some(frame).filter(|frame| frame.get("id").is_some()));
    for request in asked {
        let params = &request["params"];
        let can = |name: &str| capabilities.get(name);
        let declared = match request["method"].as_str() {
            Some("elicitation/create") if params["mode"] == "url" => {
                can("elicitation").is_some_and(|modes| modes.get("url").is_some())
            }
            Some("elicitation/create") => {
                can("elicitation").is_some_and(|modes| modes.get("form").is_some() || modes.get("url").is_none())
            }
            Some("sampling/createMessage") if params.get("tools").is_some() || params.get("toolChoice").is_some() => {
                can("sampling").is_some_and(|parts| parts.get("tools").is_some())
            }
            Some("sampling/createMessage") => can("sampling").is_some(),
            Some("roots/list") => can("roots").is_some(),
            _ => true,
        };
        that(declared, "question that the client has declared it can be asked", request)?;
    }
    Ok(())
}

const REQUEST: &[Member] = &[("method", FIRST, Must, text), ("params", FIRST, May, any_object)];

const URL: &[Member] = &[
    ("mode", NOVEMBER, Must, text),
    ("message", FIRST, Must, text),
    ("url", NOVEMBER, Must, text),
    ("elicitationId", NOVEMBER, May, text),
];
const FORM: &[Member] = &[
    ("mode", NOVEMBER, May, |value, _| one_of(value, &["form"])),
    ("message", FIRST, Must, text),
    ("requestedSchema", FIRST, Must, |value, version| object(value, version, SCHEMA)),
];
const SCHEMA: &[Member] = &[
    ("type", FIRST, Must, |value, _| one_of(value, &["object"])),
    ("properties", FIRST, Must, |value, version| {
        let properties = value.as_object().ok_or("no object")?;
        properties.values().try_for_each(|property| field(property, version))
    }),
    ("required", FIRST, May, |value, version| each(value, version, text)),
];

/// A field of a form: text, a number, yes or no, one choice or several.
fn field(property: &Value, version: Version) -> Checked {
    let has = |member: &str| property.get(member).is_some();
    let (members, default): (&[Member], Version) = match property["type"].as_str() {
        Some("string") if has("oneOf") => (&[("oneOf", NOVEMBER, Must, titled)], NOVEMBER),
        Some("string") if has("enum") => (&[("enum", FIRST, Must, words), ("enumNames", FIRST, May, words)], NOVEMBER),
        Some("string") => (
            &[
                ("format", FIRST, May, |value, _| one_of(value, &["email", "uri", "date", "date-time"])),
                ("minLength", FIRST, May, natural),
                ("maxLength", FIRST, May, natural),
            ],
            NOVEMBER,
        ),
        Some("number" | "integer") => (&[("minimum", FIRST, May, number), ("maximum", FIRST, May, number)], NOVEMBER),
        Some("boolean") => (&[], JUNE),
        Some("array") => (
            &[
                ("items", NOVEMBER, Must, |value, version| match value.get("anyOf") {
                    Some(choices) => titled(choices, version),
                    None => object(value, version, &[("type", FIRST, Must, text), ("enum", FIRST, Must, words)]),
                }),
                ("minItems", NOVEMBER, May, natural),
                ("maxItems", NOVEMBER, May, natural),
            ],
            NOVEMBER,
        ),
        _ => return Err(format!("no field of a form: {property}")),
    };
    let mut members = members.to_vec();
    members.push(("type", FIRST, Must, text));
    members.push(("title", FIRST, May, text));
    members.push(("description", FIRST, May, text));
    members.push(("default", default, May, anything));
    object(property, version, &members)
}

fn words(value: &Value, version: Version) -> Checked {
    each(value, version, string)
}

fn titled(value: &Value, version: Version) -> Checked {
    each(value, version, |choice, version| {
        object(choice, version, &[("const", FIRST, Must, string), ("title", FIRST, Must, text)])
    })
}

const SAMPLING: &[Member] = &[
    ("messages", FIRST, Must, |value, version| each(value, version, message)),
    ("modelPreferences", FIRST, May, |value, version| object(value, version, PREFERENCES)),
    ("systemPrompt", FIRST, May, string),
    ("includeContext", FIRST, May, |value, _| one_of(value, &["none", "thisServer", "allServers"])),
    ("temperature", FIRST, May, number),
    ("maxTokens", FIRST, Must, integer),
    ("stopSequences", FIRST, May, words),
    ("metadata", FIRST, May, any_object),
    ("tools", NOVEMBER, May, |value, version| each(value, version, |tool, version| object(tool, version, TOOL))),
    ("toolChoice", NOVEMBER, May, |value, version| {
        object(value, version, &[("mode", FIRST, May, |value, _| one_of(value, &["auto", "required", "none"]))])
    }),
];
const PREFERENCES: &[Member] = &[
    ("hints", FIRST, May, |value, version| {
        each(value, version, |hint, version| object(hint, version, &[("name", FIRST, May, text)]))
    }),
    ("costPriority", FIRST, May, share),
    ("speedPriority", FIRST, May, share),
    ("intelligencePriority", FIRST, May, share),
];
const TOOL: &[Member] =
    &[("name", FIRST, Must, text), ("description", FIRST, May, text), ("inputSchema", FIRST, Must, any_object)];

fn share(value: &Value, _: Version) -> Checked {
    that(value.as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)), "number from 0 to 1", value)
}

fn message(message: &Value, version: Version) -> Checked {
    object(
        message,
        version,
        &[
            ("role", FIRST, Must, |value, _| one_of(value, &["user", "assistant"])),
            ("content", FIRST, Must, |value, version| match value {
                Value::Array(_) if version < NOVEMBER => Err("several blocks".into()),
                Value::Array(blocks) => blocks.iter().try_for_each(|block| said(block, version)),
                one => said(one, version),
            }),
        ],
    )
}

/// A block of a message to a model.
fn said(block: &Value, version: Version) -> Checked {
    let (since, members): (Version, &[Member]) = match block["type"].as_str() {
        Some("text") => (FIRST, &[("text", FIRST, Must, string)]),
        Some("image") => (FIRST, &[("data", FIRST, Must, base64), ("mimeType", FIRST, Must, text)]),
        Some("audio") => (MARCH, &[("data", FIRST, Must, base64), ("mimeType", FIRST, Must, text)]),
        Some("tool_use") => {
            (NOVEMBER, &[("id", FIRST, Must, id), ("name", FIRST, Must, text), ("input", FIRST, Must, any_object)])
        }
        Some("tool_result") => (
            NOVEMBER,
            &[
                ("toolUseId", FIRST, Must, text),
                ("content", FIRST, Must, |value, version| each(value, version, any_object)),
                ("isError", FIRST, May, boolean),
            ],
        ),
        _ => return Err(format!("no content of a message: {block}")),
    };
    that(since <= version, "content of its revision", block)?;
    let mut members = members.to_vec();
    members.push(("type", FIRST, Must, text));
    object(block, version, &members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Version::V2026_07_28 as STATELESS;
    use serde_json::json;

    fn form(field: Value) -> Value {
        let schema = json!({ "type": "object", "properties": { "a": field } });
        json!({ "method": "elicitation/create", "params": { "message": "?", "requestedSchema": schema } })
    }

    #[test]
    fn a_field_is_one_of_its_revision() {
        let text = form(json!({ "type": "string" }));
        let defaults = [json!({ "type": "boolean", "default": true }), json!({ "type": "string", "default": "a" })];
        let [yes, word] = defaults.map(form);
        let several = form(json!({ "type": "array", "items": { "type": "string", "enum": ["a"] } }));
        assert_eq!([&text, &yes].map(|form| question(form, JUNE)), [Ok(()), Ok(())]);
        assert!(question(&text, MARCH).is_err());
        for form in [word, several] {
            assert!(question(&form, JUNE).is_err() && question(&form, NOVEMBER).is_ok(), "{form}");
        }
        assert!(question(&form(json!({ "type": "object" })), STATELESS).is_err());
    }

    #[test]
    fn a_page_has_an_id_in_one_revision() {
        let page = json!({ "method": "elicitation/create",
            "params": { "mode": "url", "message": "?", "url": "https://example.com", "elicitationId": "1" } });
        assert_eq!([JUNE, NOVEMBER, STATELESS].map(|version| question(&page, version).is_ok()), [false, true, false]);
    }

    #[test]
    fn what_the_client_did_not_declare_is_noticed() {
        let declares = |frame: &Value, capabilities: Value| {
            declared(frame, capabilities.as_object().expect("it is an object")).is_ok()
        };
        let live = json!({ "id": 1, "method": "elicitation/create", "params": { "mode": "form" } });
        let alone = json!({ "id": 1, "result": { "inputRequests": { "a": live.clone() } } });
        for frame in [&live, &alone] {
            assert!(!declares(frame, json!({})) && declares(frame, json!({ "elicitation": {} })));
            assert!(!declares(frame, json!({ "elicitation": { "url": {} } })));
        }
    }
}
