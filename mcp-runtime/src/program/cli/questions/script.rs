//! Answers that stand on the command line.

use serde_json::Value;

use super::form;
use super::{Kind, Question};
use crate::json_text;
use crate::program::cli::json::{Json, object};
use crate::program::cli::remote::Failure;
use crate::program::cli::source;

/// The `--answer`s, each of which answers one question.
#[derive(Default)]
pub(super) struct Script {
    answers: Vec<Written>,
}

struct Written {
    /// As it stands on the command line.
    whole: String,
    /// The key of its question; without one it answers whatever is asked next.
    key: Option<usize>,
    is_used: bool,
}

impl<'a> FromIterator<&'a str> for Script {
    fn from_iter<I: IntoIterator<Item = &'a str>>(answers: I) -> Self {
        let written = |whole: &str| {
            // JSON may have an equals sign in it.
            let key = whole.find('=').filter(|_| !whole.starts_with(['{', '[', '"']));
            Written { whole: whole.to_owned(), key, is_used: false }
        };
        Self { answers: answers.into_iter().map(written).collect() }
    }
}

impl Script {
    pub(super) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// The answer to this question: the first that names it, or else the first that names none. A question without a name, as
    /// sessions have them, takes the next.
    pub(super) fn take(&mut self, key: &str) -> Option<Given> {
        if key.is_empty() {
            let answer = self.answers.iter_mut().find(|answer| !answer.is_used)?;
            answer.is_used = true;
            let begin = answer.key.map_or(0, |end| end + 1);
            return Some(Given(answer.whole[begin..].to_owned()));
        }
        let names = |answer: &&mut Written| answer.key.is_some_and(|end| &answer.whole[..end] == key);
        let of_key = |script: &mut Self| -> Option<Given> {
            let answer = script.answers.iter_mut().filter(|answer| !answer.is_used).find(names)?;
            answer.is_used = true;
            Some(Given(answer.whole[key.len() + 1..].to_owned()))
        };
        let of_none = |script: &mut Self| -> Option<Given> {
            let mut unused = script.answers.iter_mut().filter(|answer| !answer.is_used);
            let answer = unused.find(|answer| answer.key.is_none())?;
            answer.is_used = true;
            Some(Given(answer.whole.clone()))
        };
        of_key(self).or_else(|| of_none(self))
    }

    pub(super) fn unused(&self) -> Vec<&str> {
        self.answers.iter().filter(|answer| !answer.is_used).map(|answer| answer.whole.as_str()).collect()
    }
}

/// What was written as an answer: JSON, `decline` or `cancel`, or the value of the only field; or `@FILE` for a file with it.
pub(super) struct Given(String);

impl Given {
    /// The result of the request.
    ///
    /// # Errors
    /// Why it is no answer to the question.
    pub(super) fn result(&self, question: &Question<'_>) -> Result<Value, Failure> {
        let text = source::text(&self.0)?;
        let json: Option<Value> = serde_json::from_str(&text).ok();
        let wrong = |wanted: &str| {
            let key = question.key;
            Failure::usage(format!("--answer {key}: write {wanted}, not `{text}`"))
        };
        match (&question.kind, json) {
            (Kind::Form(_) | Kind::Page(_), None) if matches!(text.as_str(), "decline" | "cancel") => {
                Ok(object(vec![("action", text.into())]))
            }
            (Kind::Page(_), None) if text == "accept" => Ok(object(vec![("action", "accept".into())])),
            (Kind::Page(_), _) => Err(wrong("accept, decline or cancel")),
            (Kind::Form(schema), Some(content @ Value::Object(_))) => {
                match form::faults(schema, &Json::parse(&text)).as_slice() {
                    [] => Ok(accept(content)),
                    [fault] => Err(Failure::usage(format!("--answer {}: {fault}", question.key))),
                    faults => Err(Failure::usage(format!("--answer {}:\n  {}", question.key, faults.join("\n  ")))),
                }
            }
            (Kind::Form(schema), _) => match form::fields(schema).as_slice() {
                [field] => {
                    let content =
                        Json::Object(vec![(field.name.to_owned(), field.read(&text).map_err(|why| wrong(&why))?)]);
                    Ok(accept(content.to_value()))
                }
                _ => Err(wrong("a JSON object with the fields of the form, decline or cancel")),
            },
            (Kind::Model, json) => Ok(of_model(json.unwrap_or_else(|| text.clone().into()))),
            (Kind::Roots, Some(Value::Array(roots))) => {
                let roots = roots.iter().map(|root| match root {
                    Value::String(path) => self::root(path),
                    root => Ok(root.clone()),
                });
                Ok(object(vec![("roots", Value::Array(roots.collect::<Result<_, _>>()?))]))
            }
            (Kind::Roots, None) => Ok(object(vec![("roots", Value::Array(vec![self::root(&text)?]))])),
            (Kind::Other(_), Some(result)) => Ok(result),
            (Kind::Roots, _) => Err(wrong("a JSON array of directories")),
            (Kind::Other(_), None) => Err(wrong("the result as JSON")),
        }
    }
}

/// That a form is accepted, with what was filled in.
pub(super) fn accept(content: Value) -> Value {
    object(vec![("action", "accept".into()), ("content", content)])
}

/// What a model has answered: the JSON of a whole result, or the text of one.
#[cfg(feature = "client")]
pub(super) fn of_model_text(text: String) -> Value {
    let text = text.trim_end();
    let json: Option<Value> = serde_json::from_str(text).ok();
    of_model(json.filter(|json| json.get("content").is_some()).unwrap_or_else(|| text.into()))
}

/// What a model is said to have answered: a whole result, or the text of one.
fn of_model(given: Value) -> Value {
    let mut result = match given {
        Value::Object(members) if members.contains_key("content") => Value::Object(members),
        Value::String(text) => text_of_model(text),
        other => text_of_model(json_text::value(&other)),
    };
    for (member, usual) in [("role", "assistant"), ("model", "command-line"), ("stopReason", "endTurn")] {
        if result.get(member).is_none() {
            result[member] = usual.into();
        }
    }
    result
}

fn text_of_model(text: String) -> Value {
    let content = object(vec![("type", "text".into()), ("text", text.into())]);
    object(vec![("content", content)])
}

/// A directory as clients name it: its name and its `file://` URI.
///
/// # Errors
/// Where it has no absolute path.
pub(super) fn root(path: &str) -> Result<Value, Failure> {
    if path.contains("://") {
        return Ok(object(vec![("uri", path.into())]));
    }
    let absolute = std::path::absolute(path).map_err(|error| Failure::usage(format!("--root {path}: {error}")))?;
    let text = absolute.to_string_lossy();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte);
    let mut uri = "file://".to_owned();
    // Windows has a drive where others have the root.
    if !text.starts_with('/') {
        uri.push('/');
    }
    for byte in text.replace('\\', "/").bytes() {
        if is_plain(byte) { uri.push(byte.into()) } else { uri += &format!("%{byte:02X}") }
    }
    let name = absolute.file_name().map(|name| name.to_string_lossy());
    Ok(match name {
        Some(name) => object(vec![("uri", uri.into()), ("name", name.into())]),
        None => object(vec![("uri", uri.into())]),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result(given: &str, method: &str, params: &str) -> Result<Value, String> {
        let params = Json::parse(params);
        let question = Question::read("key", method, &params);
        Given(given.to_owned()).result(&question).map_err(|failure| failure.to_string())
    }

    #[test]
    fn answers_belong_to_the_key_they_name_or_to_what_is_asked_next() {
        let mut script: Script = [r#"{"a":"b=c"}"#, "left=1", "right=2", "left=3"].into_iter().collect();
        let mut take = |key: &str| script.take(key).map(|given| given.0);
        assert_eq!(take("left").as_deref(), Some("1"));
        assert_eq!(take("left").as_deref(), Some("3"));
        assert_eq!(take("other").as_deref(), Some(r#"{"a":"b=c"}"#));
        assert_eq!(take("other"), None);
        assert_eq!(script.unused(), ["right=2"]);
        let mut script: Script = ["a=1", r#"{"b":"=2"}"#].into_iter().collect();
        assert_eq!(script.take("").map(|given| given.0).as_deref(), Some("1"));
        assert_eq!(script.take("").map(|given| given.0).as_deref(), Some(r#"{"b":"=2"}"#));
    }

    #[test]
    fn an_answer_is_read_as_its_question_wants_it() {
        let form = r#"{"requestedSchema":{"properties":{"n":{"type":"integer"}},"required":["n"]}}"#;
        let page = r#"{"mode":"url","url":"https://example.com"}"#;
        let elicit = "elicitation/create";
        assert_eq!(result("3", elicit, form), Ok(json!({ "action": "accept", "content": { "n": 3 } })));
        assert_eq!(result(r#"{"n":4}"#, elicit, form), Ok(json!({ "action": "accept", "content": { "n": 4 } })));
        assert_eq!(result("decline", elicit, form), Ok(json!({ "action": "decline" })));
        assert_eq!(result("x", elicit, form), Err("--answer key: write an integer, not `x`".to_owned()));
        assert_eq!(result("accept", elicit, page), Ok(object(vec![("action", "accept".into())])));
        let wrong = "--answer key: write accept, decline or cancel, not `yes`";
        assert_eq!(result("yes", elicit, page), Err(wrong.to_owned()));
        let said = result("Rain.", "sampling/createMessage", "{}").expect("a text is a model's answer");
        assert_eq!((&said["role"], &said["content"]["text"]), (&json!("assistant"), &json!("Rain.")));
        let roots = result(r#"["file:///a b", "/c d"]"#, "roots/list", "{}").expect("a list of directories");
        assert_eq!(roots["roots"][0]["uri"], "file:///a b");
        #[cfg(unix)]
        assert_eq!(roots["roots"][1], json!({ "uri": "file:///c%20d", "name": "c d" }));
    }
}
