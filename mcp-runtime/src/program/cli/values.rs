//! From `key=value` on the command line to a tool's arguments.

use serde_json::{Map, Value};

use super::json::Json;
use super::remote::Failure;
use super::schema::{Schema, bare};
use super::source;

/// What was written on the command line, taken apart at its first `=`.
///
/// # Errors
/// What is not written like that, and how to write it.
pub(super) fn pair(written: &str) -> Result<(&str, &str), Failure> {
    match written.split_once('=') {
        Some(("", _)) => Err(Failure::usage(format!("`{written}` has no name before its `=`; write `key=value`"))),
        Some(pair) if !written.starts_with(['{', '[', '"']) => Ok(pair),
        _ if written.starts_with('{') => Err(Failure::usage(format!(
            "`{written}` is not `key=value`; write --json {} to give all arguments as one JSON object",
            quoted(written)
        ))),
        _ => {
            let is_name = written.starts_with(char::is_alphabetic) && quoted(written) == written;
            let key = if is_name { written } else { "key" };
            Err(Failure::usage(format!("`{written}` has no value; write `{key}=VALUE`")))
        }
    }
}

/// The arguments of a tool, each read as its schema wants it. A list takes its items one by one (`tags=a tags=b`), with
/// commas between them (`tags=a,b`), or as JSON (`tags='["a,b"]'`).
///
/// # Errors
/// What is not written as `key=value`, or is given twice and is no list.
pub(super) fn for_tool<'a>(
    written: impl Iterator<Item = &'a str>,
    input: Schema<'_>,
) -> Result<Map<String, Value>, Failure> {
    let mut arguments: Map<String, Value> = Map::new();
    for written in written {
        let (key, value) = pair(written)?;
        let text = source::text(value)?;
        let schema = input.property(key);
        let items = schema.filter(|schema| schema.takes("array") && !schema.takes("string")).map(Schema::items);
        match (items, arguments.get_mut(key)) {
            (None, Some(_)) => return Err(twice(key)),
            (None, None) => {
                arguments.insert(key.to_owned(), read(&text, schema));
            }
            (Some(_), None) if text == "null" && schema.is_some_and(|schema| schema.takes("null")) => {
                arguments.insert(key.to_owned(), Value::Null);
            }
            (Some(items), before) => {
                let mut more = list(&text, items);
                match before {
                    Some(Value::Array(list)) => list.append(&mut more),
                    Some(_) => return Err(twice(key)),
                    None => {
                        arguments.insert(key.to_owned(), more.into());
                    }
                }
            }
        }
    }
    Ok(arguments)
}

/// The arguments of a prompt, which are texts.
///
/// # Errors
/// What is not written as `key=value`, or is given twice.
pub(super) fn texts<'a>(written: impl Iterator<Item = &'a str>) -> Result<Map<String, Value>, Failure> {
    let mut arguments = Map::new();
    for written in written {
        let (key, value) = pair(written)?;
        if arguments.insert(key.to_owned(), source::text(value)?.into()).is_some() {
            let tip = quoted(&format!(r#"{key}=["a","b"]"#));
            return Err(Failure::usage(format!("`{key}` is given twice; if it is a list, write JSON: {tip}")));
        }
    }
    Ok(arguments)
}

/// What to write instead of a value that is no object where one is wanted.
pub(super) fn tip(arguments: &Map<String, Value>, input: Schema<'_>) -> Option<String> {
    let (name, schema) = arguments.iter().find_map(|(name, value)| {
        let schema = input.property(name)?;
        let misfits = match value {
            Value::Array(items) => schema.items().kind() == "object" && !items.iter().all(Value::is_object),
            value => schema.kind() == "object" && !value.is_object(),
        };
        misfits.then_some((name, schema))
    })?;
    Some(format!("tip: `{name}` is {}, as in {name}={}", schema.shape(), written(&schema.example())))
}

fn twice(key: &str) -> Failure {
    Failure::usage(format!("`{key}` is given twice, and only lists take several values"))
}

/// The items of a list.
fn list(text: &str, items: Schema<'_>) -> Vec<Value> {
    let text = text.trim();
    if let Ok(Value::Array(items)) = serde_json::from_str(text) {
        return items;
    }
    if text.is_empty() {
        return Vec::new();
    }
    // Commas within objects and lists are not those between them.
    if !items.takes("string")
        && let Ok(Value::Array(items)) = serde_json::from_str(&format!("[{text}]"))
    {
        return items;
    }
    text.split(',').map(|item| read(item.trim(), Some(items))).collect()
}

/// Text where the schema takes text and the value is no better as something else; JSON otherwise.
pub(super) fn read(text: &str, schema: Option<Schema<'_>>) -> Value {
    let as_text = || Value::from(text);
    if let Some(schema) = schema {
        let choices = schema.choices();
        if let Some(choice) = choices.iter().find(|choice| bare(choice.value) == text) {
            return choice.value.to_value();
        }
        if schema.kind() == "boolean"
            && let Some(flag) = flag(text)
        {
            return flag.into();
        }
        if schema.takes("string") && !(schema.takes("null") && text == "null") {
            return as_text();
        }
    }
    serde_json::from_str(text).unwrap_or_else(|_| as_text())
}

/// Yes or no, as people write it.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "y" | "yes" | "true" => Some(true),
        "n" | "no" | "false" => Some(false),
        _ => None,
    }
}

/// A value as it is written behind `key=` in a shell.
pub(super) fn written(value: &Json) -> String {
    let text = match value {
        Json::Text(text) if text.starts_with('@') => format!("@{text}"),
        Json::List(items) if !items.is_empty() => {
            let texts: Vec<_> = items.iter().map(bare).collect();
            let is_plain = items.iter().all(|item| matches!(item, Json::Text(text) if !text.contains([',', '['])));
            let are_numbers = items.iter().all(|item| item.number().is_some());
            if is_plain || are_numbers { texts.join(",") } else { value.to_string() }
        }
        other => bare(other),
    };
    quoted(&text)
}

/// A word as a shell takes it for one.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_=+:,./@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A text as it stands in a URI: all but letters, digits and what is `plain` there is escaped.
pub(super) fn in_uri(text: &str, plain: &[u8]) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || plain.contains(&byte);
        if is_plain { escaped.push(byte.into()) } else { escaped += &format!("%{byte:02X}") }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TOOL: &str = r#"{ "properties": {
        "n": { "type": "integer" },
        "text": { "type": "string" },
        "maybe": { "type": ["string", "null"] },
        "list": { "type": "array", "items": { "type": "integer" } },
        "tags": { "anyOf": [{ "type": "array", "items": { "type": "string" } }, { "type": "null" }] },
        "lines": { "type": "array", "items": { "type": "object" } },
        "level": { "enum": ["1", 2, null] },
        "any": {}
    } }"#;

    fn arguments(written: &[&str]) -> Result<Value, String> {
        let schema = Json::parse(TOOL);
        let arguments = for_tool(written.iter().copied(), Schema::new(&schema));
        arguments.map(Value::Object).map_err(|failure| failure.to_string())
    }

    #[test]
    fn values_become_what_the_schema_wants() {
        let written =
            ["n=2", "text=2", "maybe=null", "list=1", "list=2,3", "any={\"a\":1}", "tags=a, b,c=d", "level=1"];
        let expected = json!({
            "n": 2, "text": "2", "maybe": null, "list": [1, 2, 3], "any": { "a": 1 }, "tags": ["a", "b", "c=d"],
            "level": "1",
        });
        assert_eq!(arguments(&written), Ok(expected));
        let written = ["tags=[\"a,b\"]", "lines={\"a\":1,\"b\":2},{}", "list=", "text=@@file", "level=2"];
        let expected = json!({
            "tags": ["a,b"], "lines": [{ "a": 1, "b": 2 }, {}], "list": [], "text": "@file", "level": 2,
        });
        assert_eq!(arguments(&written), Ok(expected));
        assert_eq!(arguments(&["tags=null", "list=x,1"]), Ok(json!({ "tags": null, "list": ["x", 1] })));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_write() {
        for (written, why) in [
            (&["n=1", "n=2"][..], "`n` is given twice, and only lists take several values"),
            (&["=1"], "`=1` has no name before its `=`; write `key=value`"),
            (&["1"], "`1` has no value; write `key=VALUE`"),
            (&["tags"], "`tags` has no value; write `tags=VALUE`"),
            (
                &[r#"{"n":"="}"#],
                r#"`{"n":"="}` is not `key=value`; write --json '{"n":"="}' to give all arguments as one JSON object"#,
            ),
        ] {
            assert_eq!(arguments(written), Err(why.to_owned()));
        }
        let missing = arguments(&["text=@/no/such/file"]).expect_err("no such file");
        assert!(missing.starts_with("cannot read the file `/no/such/file`: "), "{missing}");
        assert!(missing.ends_with("for a text that begins with `@` write `@@/no/such/file`"), "{missing}");
    }
}
