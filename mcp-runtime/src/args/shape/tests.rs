//! The walk, without a server around it.

use serde_json::{Value, json};

use super::{Shape, Walked};
use crate::args::pattern_engine::pattern_engine;
use crate::call::FaultLimits;

fn walk(schema: &Value, json: &str) -> Walked {
    Shape::compile(schema, Some(pattern_engine)).walk(json, false, FaultLimits::default())
}

fn faults(schema: &Value, json: &str) -> String {
    let walked = walk(schema, json);
    let lines = walked.faults.told().iter().map(|fault| format!("{}: {}", fault.pointer, fault.message));
    lines.collect::<Vec<_>>().join("\n")
}

fn amended(schema: &Value, json: &str) -> Option<String> {
    let walked = walk(schema, json);
    assert!(walked.faults.is_empty(), "{}", walked.faults);
    walked.amended
}

fn gaps(schema: &Value) -> Vec<String> {
    let shape = Shape::compile(schema, Some(pattern_engine));
    shape.gaps().iter().map(|gap| format!("{}.{}", gap.argument.as_deref().unwrap_or("-"), gap.keyword)).collect()
}

#[test]
fn members_that_are_null_for_nothing_are_taken_out_with_their_commas() {
    let schema = json!({ "type": "object", "properties": {
        "a": { "type": "string" }, "b": { "type": "string" }, "c": { "type": ["string", "null"] } } });
    for (json, expected) in [
        (r#"{"a":null}"#, Some("{}")),
        (r#"{ "a" : null , "b" : null }"#, Some("{   }")),
        (r#"{"a":null,"b":"x"}"#, Some(r#"{"b":"x"}"#)),
        (r#"{"b":"x","a":null}"#, Some(r#"{"b":"x"}"#)),
        (r#"{"b":"x","a":null,"c":"y"}"#, Some(r#"{"b":"x","c":"y"}"#)),
        (r#"{"a":null,"b":null,"c":"y"}"#, Some(r#"{"c":"y"}"#)),
        (r#"{"c":"y","a":null,"b":null}"#, Some(r#"{"c":"y"}"#)),
        (r#"{"c":null}"#, None),
    ] {
        assert_eq!(amended(&schema, json).as_deref(), expected, "{json}");
    }
}

#[test]
fn whole_numbers_are_written_as_integers_only_where_integers_are_due() {
    let integer = json!({ "type": "integer" });
    assert_eq!(amended(&integer, " 30.0 ").as_deref(), Some("30"));
    assert_eq!(amended(&integer, "30"), None);
    assert_eq!(amended(&json!({ "type": "number" }), "30.0"), None);
    assert_eq!(amended(&json!({}), "30.0"), None);
    // The alternative that takes it as it is goes first.
    let either = json!({ "anyOf": [integer, { "type": "number" }] });
    assert_eq!(amended(&either, "30.0"), None);
    let nested =
        json!({ "type": "array", "items": { "anyOf": [{ "type": "string" }, { "type": "array", "items": integer }] } });
    assert_eq!(amended(&nested, r#"["1.0", [1.0, -0], [2e1]]"#).as_deref(), Some(r#"["1.0", [1, 0], [20]]"#));
}

#[test]
fn the_alternative_that_is_missed_least_is_told_of() {
    let schema = json!({ "anyOf": [
        { "type": "object", "properties": { "x": { "type": "integer" }, "y": { "type": "integer" } }, "required": ["x", "y"] },
        { "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] },
    ] });
    assert_eq!(faults(&schema, r#"{"x":"1","y":2}"#), "/x: expected an integer, got the string \"1\"");
    assert_eq!(faults(&schema, r#"{"name":5}"#), "/name: expected a string, got 5");
    assert_eq!(faults(&schema, "5"), ": expected an object, got 5");
}

#[test]
fn exactly_one_means_one() {
    let schema = json!({ "oneOf": [{ "multipleOf": 2 }, { "multipleOf": 3 }] });
    assert_eq!(faults(&schema, "4"), "");
    assert_eq!(faults(&schema, "6"), ": fits several of the forms that are allowed, and must fit one");
}

#[test]
fn what_is_not_enforced_is_known() {
    assert_eq!(
        gaps(&json!({ "type": "object", "not": { "required": ["c"] }, "properties": {
            "a": { "not": { "const": 3 } },
            "b": { "type": "array", "contains": { "const": 1 }, "items": { "pattern": "(?=look)ahead", "type": "string" } },
            "c": { "$ref": "https://example.com/elsewhere.json" },
            "d": { "x-own": 1, "format": "email", "title": "D", "not": {} },
        } })),
        ["-.not", "a.not", "b.contains", "b.pattern", "c.$ref"]
    );
}

#[test]
fn a_shape_may_contain_itself() {
    let schema = json!({ "$ref": "#/$defs/Tree", "$defs": { "Tree": { "type": "object", "properties": {
        "size": { "type": "integer", "maximum": 3 },
        "children": { "type": "array", "items": { "$ref": "#/$defs/Tree" } } } } } });
    assert_eq!(
        faults(&schema, r#"{"children":[{},{"children":[{"size":4}]}]}"#),
        "/children/1/children/0/size: expected an integer of at most 3, got 4"
    );
    let whole =
        json!({ "type": "object", "properties": { "next": { "anyOf": [{ "$ref": "#" }, { "type": "null" }] } } });
    assert_eq!(faults(&whole, r#"{"next":{"next":5}}"#), "/next/next: expected an object, got 5");
    let deep = format!("{}null{}", r#"{"next":"#.repeat(100_000), "}".repeat(100_000));
    assert!(faults(&whole, &deep).contains("nested too deeply"));
}

#[test]
fn alternatives_that_contain_each_other_end() {
    // Each level is tried twice, and each of these has the next level in it.
    let branch = |last: &str| {
        json!({ "type": "object", "required": [last],
            "properties": { "next": { "$ref": "#/$defs/Both" } } })
    };
    let schema = json!({ "$ref": "#/$defs/Both", "$defs": { "Both": { "anyOf": [branch("a"), branch("b")] } } });
    let deep = format!("{}{{}}{}", r#"{"next":"#.repeat(60), "}".repeat(60));
    assert!(faults(&schema, &deep).contains("too deeply nested in alternatives"));
    assert!(!Shape::compile(&schema, Some(pattern_engine)).fits(&deep));
    assert_eq!(faults(&schema, r#"{"next":{"next":{"a":1},"b":1},"a":1}"#), "");
}

#[test]
fn long_names_and_values_are_cut() {
    let schema = json!({ "type": "object", "properties": { "a": { "enum": ["x"] } }, "additionalProperties": false });
    let long = "é".repeat(100_000);
    let text = faults(&schema, &format!(r#"{{"{long}":1,"a":"{long}"}}"#));
    assert!(text.len() < 600 && text.contains("…"), "{text}");
}

#[test]
fn types_that_read_what_their_schema_says_are_free() {
    fn is_free<T: schemars::JsonSchema>() -> bool {
        let shape = Shape::compile(&schemars::schema_for!(T).to_value(), Some(pattern_engine));
        shape.is_free(shape.root)
    }
    assert!(is_free::<u8>() && is_free::<i64>() && is_free::<usize>() && is_free::<f64>() && is_free::<bool>());
    assert!(is_free::<String>() && is_free::<Option<u16>>() && is_free::<Vec<u32>>() && is_free::<Vec<Vec<String>>>());
    assert!(is_free::<Value>() && is_free::<Vec<Value>>());
    assert!(!is_free::<f32>() && !is_free::<std::num::NonZeroU8>() && !is_free::<std::collections::BTreeSet<u8>>());
    assert!(!is_free::<[u8; 2]>() && !is_free::<(u8, u8)>() && !is_free::<std::collections::BTreeMap<String, u8>>());
}

#[test]
fn lists_that_hold_each_other_are_looked_into_to_an_end() {
    #[derive(schemars::JsonSchema)]
    #[allow(dead_code, reason = "only its schema is looked at")]
    struct Nested(Vec<Vec<Nested>>);
    let shape = Shape::compile(&schemars::schema_for!(Nested).to_value(), Some(pattern_engine));
    assert!(!shape.is_free(shape.root));
    assert!(shape.fits("[[],[[]]]") && !shape.fits("[[1]]"));
}

#[test]
fn a_definition_is_found_whatever_letters_its_name_has() {
    #[derive(schemars::JsonSchema)]
    #[allow(dead_code, reason = "only its schema is looked at")]
    struct Größe {
        n: u8,
    }
    #[derive(schemars::JsonSchema)]
    #[allow(dead_code, reason = "only its schema is looked at")]
    struct Args {
        größe: Größe,
    }
    let shape = Shape::compile(&schemars::schema_for!(Args).to_value(), Some(pattern_engine));
    assert!(shape.gaps().is_empty(), "{:?}", shape.gaps());
    assert!(shape.fits(r#"{"größe":{"n":1}}"#) && !shape.fits(r#"{"größe":[1]}"#));
}

#[test]
fn items_of_a_set_are_compared_exactly() {
    let schema = json!({ "type": "array", "uniqueItems": true });
    for different in [
        "[18446744073709551616,18446744073709551617]",
        "[9007199254740993,9007199254740992.0]",
        "[0.1,0.1000000000000000055511151231257827]",
        "[[18446744073709551616],[18446744073709551617]]",
        r#"[{"a":{"n":1e400}},{"a":{"n":1e401}}]"#,
        r#"["1",1,"1.0",[1],{"1":1},null,"null"]"#,
        r#"[["a","b"],["a,b"],["a"],"a"]"#,
    ] {
        assert_eq!(faults(&schema, different), "", "{different}");
    }
    for same in [
        "[1,1.0]",
        "[18446744073709551617,1844674407370955161.7e1]",
        "[[1,2],[1.0,20e-1]]",
        r#"[{"a":1,"b":[2]},{"b":[2.0],"a":1}]"#,
        r#"["a/b","a\/\u0062"]"#,
        r#"[{"\u0061":0},{"a":-0}]"#,
    ] {
        let text = faults(&schema, same);
        assert!(text.starts_with("/1: given twice, and all items must be different"), "{same}: {text}");
    }
}

#[test]
fn names_that_patterns_search_are_bounded_together() {
    let schema = json!({ "type": "object", "patternProperties": { "^[0-9]+$": { "type": "integer" } } });
    let names = |count: usize| {
        let members: Vec<String> = (0..count).map(|n| format!(r#""{n}{}":1"#, "7".repeat(100_000))).collect();
        faults(&schema, &format!(r#"{{{},"last":"x"}}"#, members.join(",")))
    };
    assert_eq!(names(10), "");
    let text = names(100);
    assert!(text.contains("expected shorter names") && !text.contains("not JSON"), "{text}");
}

#[test]
fn many_short_texts_are_searched_for_a_pattern() {
    let schema = json!({ "type": "array", "items": { "type": "string", "pattern": "^[a-z0-9-]{1,36}$" } });
    let ids: Vec<String> = (0..20_000).map(|n| format!("67e55044-10b1-426f-9247-{n:012}")).collect();
    assert_eq!(faults(&schema, &json!(ids).to_string()), "");
}

#[test]
fn texts_are_searched_for_so_many_steps_in_all() {
    // At 1,000 places of the pattern at a time.
    let schema = json!({ "type": "array", "items": { "type": "string", "pattern": "[a-z]{1000}!" } });
    let texts = |count: usize| faults(&schema, &json!(vec!["a".repeat(1000); count]).to_string());
    assert!(!texts(15).contains("expected shorter text"), "{}", texts(15));
    let text = texts(100);
    let searched = text.matches("expected text matching").count();
    assert!(text.contains("expected shorter text") && (15..50).contains(&searched), "{searched}: {text}");
}

#[test]
fn any_text_is_walked_over_without_a_panic() {
    let shape = Shape::compile(
        &json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/any" }, "$defs": { "any": {
        "anyOf": [
            { "type": "array", "items": { "$ref": "#/$defs/any" }, "uniqueItems": true, "maxItems": 3 },
            { "type": "object", "required": ["t"], "properties": { "t": { "const": "x" }, "n": { "type": "string" } } },
            { "type": "object", "required": ["t"], "properties": { "t": { "const": "y" } }, "propertyNames": { "pattern": "^." } },
            { "type": "integer", "minimum": -3, "multipleOf": 2, "format": "int8" },
            { "type": "string", "minLength": 1, "pattern": "é$", "format": "date-time" },
        ] } } }),
        Some(pattern_engine),
    );
    let text = r#"{"a":[1.5e-3,"x\n\u0041é",null,{"t":"x","n":null}], "b" : -0.0, "c":{"t":"y","":[2.0,2]}, "d":"2026-11-28T12:00:00Z"}"#;
    let walk = |text: &str| {
        let walked = shape.walk(text, true, FaultLimits::default());
        if let Some(amended) = walked.amended {
            // What is behind the value is not looked at.
            let is_json = serde_json::from_str::<Value>(text).is_ok();
            assert!(!is_json || serde_json::from_str::<Value>(&amended).is_ok(), "{text}: {amended}");
        }
        let _ = shape.fits(text);
    };
    walk(text);
    for at in text.char_indices().map(|(at, _)| at) {
        walk(&text[..at]);
        let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
        for other in
            ["", " ", "\"", "\\", "0", "{", "}", "[", "]", ",", ":", "e9", "-", "\u{1}", "é", "null", "\\ud800"]
        {
            walk(&format!("{}{other}{}", &text[..at], &text[end..]));
        }
    }
}
