//! Answers that stand on the command line.

use serde_json::{Map, Value};

use super::form;
use super::{Kind, Question};
use crate::json_text;
use crate::program::cli::json::{Json, object};
use crate::program::cli::remote::Failure;
use crate::program::cli::source;
use crate::program::cli::values::{self, in_uri, quoted};

/// The `--answer`s and `--sample`s, each of which answers one question.
#[derive(Default)]
pub(super) struct Script {
    answers: Vec<Written>,
}

struct Written {
    /// As it stands on the command line.
    whole: String,
    /// The key of its question; without one it answers whatever is asked next.
    key: Option<usize>,
    /// Whether it answers for a model.
    is_sample: bool,
    is_used: bool,
}

/// The option that answers, for a model or not.
pub(super) fn option_of(is_sample: bool) -> &'static str {
    if is_sample { "sample" } else { "answer" }
}

impl Written {
    /// What it names: a question, or a field of a form; empty where it names nothing.
    fn key(&self) -> &str {
        self.key.map_or("", |end| &self.whole[..end])
    }
}

impl Script {
    /// Adds answers, or what a model is to have said.
    pub(super) fn add<'a>(&mut self, answers: impl Iterator<Item = &'a str>, is_sample: bool) {
        self.answers.extend(answers.map(|whole| {
            // JSON may have an equals sign in it.
            let key = whole.find('=').filter(|_| !whole.starts_with(['{', '[', '"']));
            Written { whole: whole.to_owned(), key, is_sample, is_used: false }
        }));
    }

    /// Whether there are answers, or answers for a model.
    pub(super) fn has(&self, is_sample: bool) -> bool {
        self.answers.iter().any(|answer| answer.is_sample == is_sample)
    }

    /// The answer that names this question: the first of several. An `--answer` that names a question for a model will do, too.
    pub(super) fn take_named(&mut self, key: &str, is_for_model: bool) -> Option<Given> {
        let is_named = |answer: &Written| !key.is_empty() && answer.key() == key;
        let sample = if is_for_model { self.take(&|answer| answer.is_sample && is_named(answer)) } else { None };
        sample.or_else(|| self.take(&|answer| !answer.is_sample && is_named(answer)))
    }

    /// What answers say of the fields of a form, which they name one by one: an object, which is empty where they name none.
    ///
    /// # Errors
    /// What a field takes.
    pub(super) fn take_fields(&mut self, schema: &Json) -> Result<Json, Failure> {
        let (mut members, mut faults) = (Vec::new(), Vec::new());
        for field in form::fields(schema) {
            let Some(Given(text)) = self.take(&|answer| !answer.is_sample && answer.key() == field.name) else {
                continue;
            };
            let text = source::text(&text)?;
            match field.read(&text, false) {
                Ok(value) => members.push((field.name.to_owned(), value)),
                Err(wanted) => faults.push(format!("--answer {}: write {wanted}, not `{text}`", field.name)),
            }
        }
        if faults.is_empty() { Ok(Json::Object(members)) } else { Err(Failure::usage(faults.join("\n"))) }
    }

    /// The first answer that names no question. A question without a name, as sessions have them, takes the first of all.
    pub(super) fn take_next(&mut self, key: &str, is_for_model: bool) -> Option<Given> {
        self.take(&|answer| answer.is_sample == is_for_model && (answer.key.is_none() || key.is_empty()))
    }

    #[inline(never)]
    fn take(&mut self, is_it: &dyn Fn(&Written) -> bool) -> Option<Given> {
        let answer = self.answers.iter_mut().find(|answer| !answer.is_used && is_it(answer))?;
        answer.is_used = true;
        let begin = answer.key.map_or(0, |end| end + 1);
        Some(Given(answer.whole[begin..].to_owned()))
    }

    /// The answers that nobody has asked for, as they were written.
    pub(super) fn unused(&self) -> Vec<String> {
        let unused = self.answers.iter().filter(|answer| !answer.is_used);
        unused.map(|answer| format!("--{} {}", option_of(answer.is_sample), quoted(&answer.whole))).collect()
    }
}

/// What was written as an answer: JSON, `decline` or `cancel`, or the value of the only field; or `@FILE` for a file with it.
pub(super) struct Given(pub(super) String);

impl Given {
    /// The result of the request.
    ///
    /// # Errors
    /// Why it is no answer to the question.
    pub(super) fn result(&self, question: &Question<'_>) -> Result<Value, Failure> {
        let text = source::text(&self.0)?;
        let json: Option<Value> = serde_json::from_str(&text).ok();
        let wrong = |wanted: &str| Failure::usage(format!("{}: write {wanted}, not `{text}`", question.option()));
        match (&question.kind, json) {
            (Kind::Form(_), None) if matches!(text.as_str(), "decline" | "cancel") => Ok(action(&text)),
            (Kind::Page(_), _) => {
                visited(&text).map(action).ok_or_else(|| wrong("accept (yes), decline (no) or cancel"))
            }
            (Kind::Form(schema), Some(Value::Object(_))) => filled_in(question, schema, Json::parse(&text)),
            (Kind::Form(schema), _) => match form::fields(schema).as_slice() {
                [field] => {
                    let content = Json::Object(vec![(
                        field.name.to_owned(),
                        field.read(&text, false).map_err(|why| wrong(&why))?,
                    )]);
                    Ok(accept(content.to_value()))
                }
                _ => Err(wrong("a JSON object with the fields of the form, decline or cancel")),
            },
            (Kind::Model, None) if matches!(text.as_str(), "decline" | "cancel") => {
                Err(wrong("the model's text (a model cannot decline), or the whole result as JSON"))
            }
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

/// What somebody does with a page, who writes this: the words of the protocol, or yes and no.
pub(super) fn visited(text: &str) -> Option<&'static str> {
    match values::flag(text) {
        Some(true) => Some("accept"),
        Some(false) => Some("decline"),
        None if text.eq_ignore_ascii_case("c") => Some("cancel"),
        None => ["accept", "decline", "cancel"].into_iter().find(|word| text.eq_ignore_ascii_case(word)),
    }
}

/// What somebody does with a question, and no more.
pub(super) fn action(action: &str) -> Value {
    object(vec![("action", action.into())])
}

/// The result of a form that is filled in.
///
/// # Errors
/// What is wrong with it.
pub(super) fn filled_in(question: &Question<'_>, schema: &Json, content: Json) -> Result<Value, Failure> {
    match form::faults(schema, &content).as_slice() {
        [] => Ok(accept(content.to_value())),
        [fault] => Err(Failure::usage(format!("{}: {fault}", question.option()))),
        faults => Err(Failure::usage(format!("{}:\n  {}", question.option(), faults.join("\n  ")))),
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
        Value::Object(members) if members.contains_key("content") => members,
        Value::String(text) => text_of_model(text),
        other => text_of_model(json_text::value(&other)),
    };
    for (member, usual) in [("role", "assistant"), ("model", "command-line"), ("stopReason", "endTurn")] {
        if !result.contains_key(member) {
            result.insert(member.to_owned(), usual.into());
        }
    }
    result.into()
}

fn text_of_model(text: String) -> Map<String, Value> {
    let mut result = Map::new();
    result.insert("content".to_owned(), object(vec![("type", "text".into()), ("text", text.into())]));
    result
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
    let mut uri = "file://".to_owned();
    // Windows has a drive where others have the root.
    if !text.starts_with('/') {
        uri.push('/');
    }
    uri += &in_uri(&text.replace('\\', "/"), b"/-._~:");
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

    fn script(answers: &[&str]) -> Script {
        let mut script = Script::default();
        script.add(answers.iter().copied(), false);
        script
    }

    #[test]
    fn answers_belong_to_the_key_they_name_or_to_what_is_asked_next() {
        let mut script = script(&[r#"{"a":"b=c"}"#, "left=1", "right=2", "left=3"]);
        let mut take =
            |key: &str| script.take_named(key, false).or_else(|| script.take_next(key, false)).map(|given| given.0);
        assert_eq!(take("left").as_deref(), Some("1"));
        assert_eq!(take("left").as_deref(), Some("3"));
        assert_eq!(take("other").as_deref(), Some(r#"{"a":"b=c"}"#));
        assert_eq!(take("other"), None);
        assert_eq!(script.unused(), ["--answer right=2"]);
        let mut script = self::script(&["a=1", r#"{"b":"=2"}"#]);
        assert_eq!(script.take_next("", false).map(|given| given.0).as_deref(), Some("1"));
        assert_eq!(script.take_next("", false).map(|given| given.0).as_deref(), Some(r#"{"b":"=2"}"#));
    }

    #[test]
    fn answers_for_a_model_are_for_no_other_question() {
        let mut script = script(&["x", "summary=y"]);
        script.add(["a", "summary=b"].into_iter(), true);
        assert!(script.has(true) && script.has(false));
        assert_eq!(script.take_next("form", false).map(|given| given.0).as_deref(), Some("x"));
        assert!(script.take_next("form", false).is_none());
        // The one that is meant for a model goes first, and one that names the question will do.
        for expected in ["b", "y"] {
            assert_eq!(script.take_named("summary", true).map(|given| given.0).as_deref(), Some(expected));
        }
        assert_eq!(script.unused(), ["--sample a"]);
        assert_eq!(script.take_next("other", true).map(|given| given.0).as_deref(), Some("a"));
    }

    #[test]
    fn answers_may_name_the_fields_of_a_form() {
        let schema = Json::parse(r#"{"properties":{"n":{"type":"integer"},"s":{"type":"string"}}}"#);
        let mut script = script(&["s=7", "n=7", "n=x", "t=1"]);
        let mut take = || script.take_fields(&schema).map(|read| read.to_string()).map_err(|why| why.to_string());
        assert_eq!(take().as_deref(), Ok(r#"{"n":7,"s":"7"}"#));
        assert_eq!(take(), Err("--answer n: write an integer, not `x`".to_owned()));
        assert_eq!(take().as_deref(), Ok("{}"));
        assert_eq!(script.unused(), ["--answer t=1"]);
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
        for (word, meant) in [("yes", "accept"), ("No", "decline"), ("cancel", "cancel")] {
            assert_eq!(result(word, elicit, page), Ok(action(meant)));
        }
        let wrong = "--answer key: write accept (yes), decline (no) or cancel, not `1`";
        assert_eq!(result("1", elicit, page), Err(wrong.to_owned()));
        let list = r#"{"requestedSchema":{"properties":{"l":{"type":"array","items":{"type":"string"}}}}}"#;
        let filled = json!({ "action": "accept", "content": { "l": ["a,b"] } });
        assert_eq!(result(r#"["a,b"]"#, elicit, list), Ok(filled));
        let said = result("Rain.", "sampling/createMessage", "{}").expect("a text is a model's answer");
        assert_eq!((&said["role"], &said["content"]["text"]), (&json!("assistant"), &json!("Rain.")));
        for word in ["decline", "cancel"] {
            let refused = result(word, "sampling/createMessage", "{}").expect_err("no model says that it declines");
            assert!(refused.ends_with(&format!("not `{word}`")), "{refused}");
        }
        let roots = result(r#"["file:///a b", "/c d"]"#, "roots/list", "{}").expect("a list of directories");
        assert_eq!(roots["roots"][0]["uri"], "file:///a b");
        #[cfg(unix)]
        assert_eq!(roots["roots"][1], json!({ "uri": "file:///c%20d", "name": "c d" }));
    }
}
