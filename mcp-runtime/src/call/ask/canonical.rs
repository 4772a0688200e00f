//! One way of writing JSON, whoever has written it.

use mcp_proto::wire::members;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::json_text;
use crate::order::order;

/// Beyond it JSON is left as it was written. Each level is read once more, so this bounds what a message can cost.
const DEEPEST: usize = 8;

/// Appends JSON in one way of writing it: members sorted, no spaces, texts with the fewest escapes. What means something else
/// is written otherwise: members that are given twice are all there, and numbers that do not fit 64 bits stay as they are.
pub(crate) fn canonical(out: &mut String, json: &str, depth: usize) {
    let json = json.trim_ascii();
    match json.as_bytes().first() {
        Some(b'{') if depth < DEEPEST => match members_of(json) {
            Some(members) => {
                let place = |index: usize| &members[index];
                out.push('{');
                for (nth, index) in order(members.len(), &|a, b| place(a).cmp(place(b))).into_iter().enumerate() {
                    let (name, value) = &members[index];
                    if nth > 0 {
                        out.push(',');
                    }
                    out.push_str(&json_text::string(name));
                    out.push(':');
                    canonical(out, value, depth + 1);
                }
                out.push('}');
            }
            None => out.push_str(json),
        },
        Some(b'[') if depth < DEEPEST => match serde_json::from_str::<Vec<&RawValue>>(json) {
            Ok(items) => {
                out.push('[');
                for (nth, item) in items.into_iter().enumerate() {
                    if nth > 0 {
                        out.push(',');
                    }
                    canonical(out, item.get(), depth + 1);
                }
                out.push(']');
            }
            Err(_) => out.push_str(json),
        },
        Some(b'{' | b'[') => out.push_str(json),
        // Integers in all their spellings, and texts. What is no 64 bits is not rounded to what is.
        _ => match serde_json::from_str::<Value>(json) {
            Ok(Value::Number(number)) if number.is_f64() => out.push_str(json),
            Ok(value) => out.push_str(&json_text::value(&value)),
            Err(_) => out.push_str(json),
        },
    }
}

/// The members of an object, each as often as it is given; `None` where a name is no text.
fn members_of(json: &str) -> Option<Vec<(String, &str)>> {
    let mut all = Vec::new();
    members(json, |name, value| {
        all.push((name.to_owned(), value.json()));
        true
    })
    .then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str) -> String {
        let mut out = String::new();
        canonical(&mut out, json, 0);
        out
    }

    #[test]
    fn what_means_the_same_is_written_alike() {
        for (one, other) in [
            (r#"{"a":1,"b":[true,null]}"#, r#" { "b" : [ true , null ] , "\u0061" : 1 } "#),
            (r#""\u00e9\/""#, r#""é/""#),
            ("-0", "-0"),
            (r#"{"a":{"x":1,"y":2}}"#, r#"{"a":{"y":2,"x":1}}"#),
        ] {
            assert_eq!(written(one), written(other), "{one}");
        }
    }

    #[test]
    fn what_may_mean_something_else_is_not() {
        for (one, other) in [
            (r#"{"amount":1,"x":1e999}"#, r#"{"amount":2,"x":1e999}"#),
            (r#"{"a":18446744073709551616}"#, r#"{"a":18446744073709551617}"#),
            (r#"{"a":1}"#, r#"{"a":5,"a":1}"#),
            (r#"{"a":5,"a":1}"#, r#"{"a":6,"a":1}"#),
            ("[1,2]", "[2,1]"),
            (r#"["1"]"#, "[1]"),
            (r#"{"a":"{}"}"#, r#"{"a":{}}"#),
            (r#""\ud800""#, r#""\ud801""#),
        ] {
            assert_ne!(written(one), written(other), "{one}");
        }
        let deep = |value| format!("{}{value}{}", "[".repeat(500), "]".repeat(500));
        assert_ne!(written(&deep(1)), written(&deep(2)));
    }
}
