//! Matching JSON with patterns.
//!
//! | Pattern | Matches |
//! | --- | --- |
//! | `{"a": P}` | an object with a member `a` that matches; others are ignored |
//! | `{"a": "(absent)"}` | an object without `a` |
//! | `{"a": "(any)"}` | an object with or without `a` |
//! | `{"(exact)": true, …}` | an object without other members |
//! | `[P, Q]` | an array of two; of two and more with `"…"` at the end |
//! | `["(has)", P, Q]` | an array with an item that matches P, and one that matches Q |
//! | `"…"` | anything |
//! | `"one … two"` | a text that begins and ends so |
//! | `"$name"` | anything, and remembers it; the same thing where it is remembered already |
//! | all else | itself |

use std::collections::HashMap;

use serde_json::{Map, Value};

/// What was remembered.
pub type Memory = HashMap<String, Value>;

/// Holds `value` to `pattern`.
///
/// # Errors
/// Where they differ.
pub fn check(pattern: &Value, value: &Value, memory: &mut Memory) -> Result<(), String> {
    at("", pattern, value, memory)
}

fn at(path: &str, pattern: &Value, value: &Value, memory: &mut Memory) -> Result<(), String> {
    match (pattern, value) {
        (Value::String(text), _) if text == "…" || text == "(any)" => Ok(()),
        (Value::String(text), _) if text.starts_with('$') => {
            let known = memory.entry(text[1..].to_owned()).or_insert_with(|| value.clone());
            equal(path, known, value)
        }
        (Value::String(glob), Value::String(text)) if glob.contains('…') => {
            if matches_glob(glob, text) {
                return Ok(());
            }
            Err(format!("{path}: expected {glob:?}, got {text:?}"))
        }
        (Value::Object(pattern), Value::Object(value)) => object(path, pattern, value, memory),
        (Value::Array(pattern), Value::Array(value)) => array(path, pattern, value, memory),
        _ => equal(path, pattern, value),
    }
}

fn equal(path: &str, expected: &Value, got: &Value) -> Result<(), String> {
    let same = match (expected.as_f64(), got.as_f64()) {
        (Some(a), Some(b)) if expected.is_f64() || got.is_f64() => a.total_cmp(&b).is_eq(),
        _ => expected == got,
    };
    if same { Ok(()) } else { Err(format!("{path}: expected {expected}, got {got}")) }
}

fn object(
    path: &str,
    pattern: &Map<String, Value>,
    value: &Map<String, Value>,
    memory: &mut Memory,
) -> Result<(), String> {
    for (key, pattern) in pattern.iter().filter(|(key, _)| *key != "(exact)") {
        let path = format!("{path}/{key}");
        match (value.get(key), pattern.as_str()) {
            (None, Some("(absent)" | "(any)")) => {}
            (Some(value), Some("(absent)")) => {
                return Err(format!("{path}: expected nothing, got {value}"));
            }
            (None, _) => return Err(format!("{path}: expected {pattern}, got nothing")),
            (Some(value), _) => at(&path, pattern, value, memory)?,
        }
    }
    let more = value.keys().find(|key| !pattern.contains_key(*key));
    if let Some(more) = more.filter(|_| pattern.contains_key("(exact)")) {
        return Err(format!("{path}/{more}: expected nothing, got {}", value[more]));
    }
    Ok(())
}

fn array(path: &str, pattern: &[Value], value: &[Value], memory: &mut Memory) -> Result<(), String> {
    if let Some((_, wanted)) = pattern.split_first().filter(|(first, _)| *first == "(has)") {
        let missing =
            wanted.iter().find(|wanted| !value.iter().any(|item| at("", wanted, item, &mut memory.clone()).is_ok()));
        return missing.map_or(Ok(()), |wanted| Err(format!("{path}: no item is {wanted}")));
    }
    let (pattern, open) = match pattern.split_last() {
        Some((last, rest)) if last == "…" => (rest, true),
        _ => (pattern, false),
    };
    if value.len() < pattern.len() || (!open && value.len() > pattern.len()) {
        return Err(format!("{path}: expected {} items, got {}", pattern.len(), value.len()));
    }
    for (index, (pattern, value)) in pattern.iter().zip(value).enumerate() {
        at(&format!("{path}/{index}"), pattern, value, memory)?;
    }
    Ok(())
}

/// Whether `text` has the parts of `glob`, in order, from its beginning to its end.
fn matches_glob(glob: &str, text: &str) -> bool {
    let mut parts = glob.split('…');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_match_what_they_say() {
        let fits = |pattern: Value, value: Value| check(&pattern, &value, &mut Memory::new()).is_ok();
        assert!(fits(json!({ "a": 1 }), json!({ "a": 1.0, "b": 2 })));
        assert!(!fits(json!({ "a": 1, "(exact)": true }), json!({ "a": 1, "b": 2 })));
        assert!(!fits(json!({ "a": "(absent)" }), json!({ "a": 1 })));
        assert!(fits(json!([1, "…"]), json!([1, 2, 3])));
        assert!(!fits(json!([1]), json!([1, 2])));
        assert!(fits(json!(["(has)", 3, 1]), json!([1, 2, 3])));
        assert!(!fits(json!(["(has)", 4]), json!([1, 2, 3])));
        assert!(fits(json!("a…b…c"), json!("axxbyyc")));
        assert!(!fits(json!("a…b…c"), json!("acb")));
        assert!(!fits(json!("…c…c"), json!("c")));
        assert!(fits(json!(["$x", "$x"]), json!([7, 7])));
        assert!(!fits(json!(["$x", "$x"]), json!([7, 8])));
        assert!(!fits(json!(1), json!("1")));
    }
}
