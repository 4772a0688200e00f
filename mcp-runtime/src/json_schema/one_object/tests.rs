//! Forms, before and after.

use super::*;

fn object(schema: Value) -> Map<String, Value> {
    let Value::Object(schema) = schema else { unreachable!("a schema") };
    schema
}

fn check(before: Value, after: Value) {
    assert_eq!(Value::Object(one_object(object(before))), after);
}

#[test]
fn forms_that_a_word_tells_apart_become_one_object() {
    check(
        json!({ "oneOf": [
            { "type": "object", "description": "Opens a file.\nMore.", "required": ["action", "path"],
              "properties": { "action": { "type": "string", "const": "open" }, "path": { "type": "string" } } },
            { "type": "object", "required": ["action"],
              "properties": { "action": { "type": "string", "const": "close" }, "force": { "type": "boolean" } } },
        ] }),
        json!({
            "type": "object",
            "properties": {
                "action": { "type": "string", "enum": ["open", "close"] },
                "force": { "type": "boolean" },
                "path": { "type": "string" },
            },
            "required": ["action"],
            "description": "One of these forms:\n\
                - `action` is \"open\"; needs `path`. Opens a file.\n\
                - `action` is \"close\"; may have `force`",
        }),
    );
}

#[test]
fn forms_that_their_members_tell_apart_keep_what_each_may_be() {
    check(
        json!({ "anyOf": [{ "$ref": "#/$defs/A" }, { "$ref": "#/$defs/B" }, { "type": "string", "const": "None" }],
            "$defs": {
                "A": { "type": "object", "properties": { "x": { "type": "integer" } }, "required": ["x"],
                       "additionalProperties": false },
                "B": { "type": "object", "properties": { "x": { "type": "string" } }, "required": ["x"],
                       "additionalProperties": false },
            } }),
        json!({
            "type": "object",
            "properties": { "x": { "anyOf": [{ "type": "integer" }, { "type": "string" }] } },
            "required": ["x"],
            "additionalProperties": false,
            "description": "One of these forms:\n- needs `x`\n- needs `x`",
            "$defs": {
                "A": { "type": "object", "properties": { "x": { "type": "integer" } }, "required": ["x"],
                       "additionalProperties": false },
                "B": { "type": "object", "properties": { "x": { "type": "string" } }, "required": ["x"],
                       "additionalProperties": false },
            },
        }),
    );
}

#[test]
fn members_beside_the_alternatives_stay_as_they_are() {
    check(
        json!({ "type": "object", "description": "A request.", "properties": { "id": {} }, "required": ["id"],
            "oneOf": [{ "type": "object", "properties": { "a": {} }, "required": ["a"] }, { "type": "object" }],
            "unevaluatedProperties": false }),
        json!({ "type": "object", "properties": { "id": {}, "a": {} }, "required": ["id"],
            "additionalProperties": false,
            "description": "A request.\n\nOne of these forms:\n- needs `a`\n- an empty object" }),
    );
}

#[test]
fn an_object_without_alternatives_is_left_alone() {
    check(json!({ "type": "object" }), json!({ "type": "object", "properties": {} }));
    let schema = json!({ "type": "object", "properties": { "a": { "oneOf": [] } }, "additionalProperties": {} });
    check(schema.clone(), schema);
}

#[test]
fn a_type_that_holds_itself_comes_to_an_end() {
    check(
        json!({ "$ref": "#/$defs/A", "$defs": { "A": { "type": "object", "anyOf": [{ "$ref": "#/$defs/A" }] } } }),
        json!({ "type": "object", "properties": {},
            "$defs": { "A": { "type": "object", "anyOf": [{ "$ref": "#/$defs/A" }] } } }),
    );
}

fn form(tag: &str, name: &str) -> Value {
    json!({ "type": "object", "properties": { tag: { "type": "string", "const": name } }, "required": [tag] })
}

#[test]
fn each_group_of_forms_is_told() {
    let all = one_object(object(json!({ "allOf": [
        { "oneOf": [form("a", "x"), form("a", "y")] },
        { "anyOf": [{ "oneOf": [form("b", "x"), form("b", "y")] }, {}] },
    ] })));
    assert_eq!(
        all["description"],
        "One of these forms:\n- `a` is \"x\"\n- `a` is \"y\"\n\n\
         One of these forms:\n- `b` is \"x\"\n- `b` is \"y\"\n- an empty object"
    );
    assert_eq!(all["required"], json!(["a"]));
}

#[test]
fn a_form_that_has_forms_itself_tells_them() {
    let mut outer = form("kind", "shape");
    outer["oneOf"] = json!([form("b", "x"), form("b", "y")]);
    let all = one_object(object(json!({ "oneOf": [outer, form("kind", "none")] })));
    assert_eq!(
        all["description"],
        "One of these forms:\n- `kind` is \"shape\"; needs `b`\n  One of these forms:\n  \
         - `b` is \"x\"\n  - `b` is \"y\"\n- `kind` is \"none\""
    );
}

#[test]
fn other_members_are_what_some_form_admits() {
    let map = |values: Value| json!({ "type": "object", "additionalProperties": values });
    let closed =
        json!({ "type": "object", "properties": { "x": { "type": "string" } }, "additionalProperties": false });
    let merged = |forms: Value| Value::Object(one_object(object(json!({ "oneOf": forms }))));
    let all = merged(json!([closed, map(json!({ "type": "integer" }))]));
    assert_eq!(all["additionalProperties"], json!({ "type": "integer" }));
    assert_eq!(all["properties"]["x"], json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }] }));
    let all = merged(json!([map(json!(true)), closed]));
    assert_eq!((&all["additionalProperties"], &all["properties"]["x"]), (&json!({}), &json!({})));
    let all = merged(json!([closed, { "type": "object" }]));
    assert_eq!(all.get("additionalProperties"), None);
    let keyed = json!({ "type": "object", "patternProperties": { "^k": {} }, "additionalProperties": false });
    let all = merged(json!([closed, keyed]));
    assert_eq!((&all["additionalProperties"], &all["patternProperties"]), (&json!(false), &json!({ "^k": {} })));
}

#[test]
fn what_no_object_fits_is_known() {
    let definitions = json!({ "Word": { "type": "string" }, "Words": { "oneOf": [{ "$ref": "#/$defs/Word" }] } });
    for (schema, fits) in [
        (json!({ "oneOf": [{ "const": "a" }, { "$ref": "#/$defs/Word" }] }), false),
        (json!({ "$ref": "#/$defs/Words" }), false),
        (json!({ "anyOf": [{ "type": ["object", "null"] }, { "type": "null" }] }), true),
        (json!({ "allOf": [{}, { "type": "array" }] }), false),
        (json!({ "not": {} }), false),
        (json!({}), true),
    ] {
        let mut schema = object(schema);
        schema.insert("$defs".to_owned(), definitions.clone());
        assert_eq!(admits_objects(&schema), fits, "{schema:?}");
    }
}
