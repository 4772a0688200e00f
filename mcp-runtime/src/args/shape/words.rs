//! What was expected, and what was given, in JSON's words.

use mcp_proto::wire::{Cursor, JsonKind, Member};
use serde_json::Value;

use super::Shape;
use super::node::{Kinds, Node, ObjectRules};
use super::number;
use crate::json_text::{member, members};
use crate::nearest::nearest;

/// As much of a value or a name is repeated in a message.
const EXCERPT: usize = 64;
/// As many values or names are listed.
const LISTED: usize = 20;

/// What a value of this shape is; `None` where nothing is.
pub(super) fn of(shape: &Shape, node: &Node) -> Option<String> {
    describe(shape, node, 4)
}

fn describe(shape: &Shape, node: &Node, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    if let Some(values) = &node.values {
        return Some(of_values(values));
    }
    if let Some(choice) = node.choices.first() {
        return either(choice.branches.iter().filter_map(|branch| describe(shape, &shape.nodes[*branch], depth)));
    }
    if node.kinds == Kinds::ALL
        && let Some(other) = node.all.first()
    {
        return describe(shape, &shape.nodes[*other], depth);
    }
    let integer = !node.kinds.contains(Kinds::NUMBER);
    let kinds = node.kinds.and(node.admits);
    // That `null` is allowed too is of no use to who has sent something else; where it is all there is, it is said.
    let kinds = if kinds.some() == Kinds::NONE { kinds } else { kinds.some() };
    let each = [
        (Kinds::STRING, text(node)),
        (Kinds::INTEGER, {
            let range = node.number.as_ref().map(|rules| rules.range).unwrap_or_default();
            if integer { format!("an integer{}", range.of_integers()) } else { format!("a number{range}") }
        }),
        (Kinds::BOOL, "true or false".to_owned()),
        (Kinds::ARRAY, "an array".to_owned()),
        (Kinds::OBJECT, "an object".to_owned()),
        (Kinds::NULL, "null".to_owned()),
    ];
    if kinds == Kinds::ALL.some() {
        return Some("something else".to_owned());
    }
    either(each.into_iter().filter(|(kind, _)| kinds.contains(*kind)).map(|(_, words)| words))
}

fn text(node: &Node) -> String {
    let Some(rules) = &node.text else { return "a string".to_owned() };
    match (rules.format, &rules.pattern) {
        (Some(format), _) => format.words().to_owned(),
        (None, Some(pattern)) => format!("text matching `{}`", excerpt(&pattern.source)),
        (None, None) if !rules.length.is_any() => format!("text {}", rules.length),
        (None, None) => "a string".to_owned(),
    }
}

/// Alternatives, each once.
pub(super) fn either(each: impl Iterator<Item = String>) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    for words in each {
        if !all.contains(&words) {
            all.push(words);
        }
    }
    // `null` is worth a word only where nothing else is.
    if all.len() > 1 {
        all.retain(|words| words != "null");
    }
    if all.len() > 1 {
        all.iter_mut().for_each(bracket);
    }
    joined(all)
}

/// `an integer (0 or more)` of `an integer, 0 or more`, which would read as two of the alternatives.
fn bracket(words: &mut String) {
    let bound = words.split_once(", ").filter(|(_, bound)| bound.ends_with(" or more") && !bound.contains(", "));
    if let Some((kind @ ("an integer" | "a number"), bound)) = bound {
        *words = format!("{kind} ({bound})");
    }
}

/// The values of an enum.
pub(super) fn of_values(values: &[Value]) -> String {
    let listed = values.iter().map(|value| excerpt(&crate::json_text::value(value)));
    list(listed, values.len())
}

/// Texts, as values.
pub(super) fn of_texts<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.map(|text| excerpt(&crate::json_text::string(text))).collect();
    let count = texts.len();
    list(texts.into_iter(), count)
}

fn list(each: impl Iterator<Item = String>, count: usize) -> String {
    let listed: Vec<String> = each.take(LISTED).collect();
    if count > LISTED {
        return format!("one of {}, … ({count} in all)", listed.join(", "));
    }
    joined(listed).unwrap_or_else(|| "nothing".to_owned())
}

fn joined(mut all: Vec<String>) -> Option<String> {
    let last = all.pop()?;
    Some(if all.is_empty() { last } else { format!("{} or {last}", all.join(", ")) })
}

/// That a member is none that is known.
pub(super) fn unknown(noun: &str, name: &str, rules: &ObjectRules) -> String {
    let names = || rules.members.iter().filter(|member| member.node.is_some()).map(|member| &*member.name);
    let count = names().count();
    match nearest(name, &mut names()) {
        Some(near) => format!("unknown {noun}; did you mean `{near}`?"),
        None if count == 0 => format!("unknown {noun}; there are none"),
        None => {
            let listed: Vec<&str> = names().take(LISTED).collect();
            let more = if count > LISTED { ", …" } else { "" };
            match *listed {
                [only] => format!("unknown {noun}; there is only `{only}`"),
                _ => format!("unknown {noun}; there are {}{more}", listed.join(", ")),
            }
        }
    }
}

/// Whether a value is one of several.
pub(super) fn is_among(member: Member<'_>, values: &[Value]) -> bool {
    let json = member.json();
    match Cursor::new(json).kind() {
        Some(JsonKind::String) => {
            let text = member.text();
            values.iter().any(|value| value.as_str().is_some_and(|value| Some(value) == text.as_deref()))
        }
        Some(JsonKind::Number) => {
            let given = number::parse(json);
            values.iter().filter_map(Value::as_number).any(|value| {
                let value = number::parse(&value.to_string());
                value.zip(given).is_some_and(|(value, given)| value.compare(given) == Some(std::cmp::Ordering::Equal))
            })
        }
        Some(JsonKind::Null | JsonKind::Bool) => values.iter().any(|value| match value {
            Value::Null => json == "null",
            Value::Bool(value) => json == if *value { "true" } else { "false" },
            _ => false,
        }),
        // `1.0` in it is `1`; lists and objects among the values of an enum are rare enough to be compared as trees.
        _ => serde_json::from_str::<Value>(json).is_ok_and(|given| values.iter().any(|value| equal(value, &given))),
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && members(Some(a)).all(|(name, a)| member(b, name).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}

/// What was given, of the wrong kind.
pub(super) fn shown(member: Member<'_>) -> String {
    match Cursor::new(member.json()).kind() {
        Some(JsonKind::String) => format!("the string {}", excerpt(member.json())),
        Some(JsonKind::Array) => "an array".to_owned(),
        Some(JsonKind::Object) => "an object".to_owned(),
        _ => excerpt(member.json()),
    }
}

/// The beginning of a text that may be long.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
