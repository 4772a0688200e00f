//! What an answer must say.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::case::{Ask, Case, Era};
use crate::request::{PROGRESS_TOKEN, text};
use crate::trouble::{Outcome, Trouble};

/// Looks at every message that comes for a case: whether it is right.
#[derive(Clone, Debug)]
pub struct Examiner {
    era: Era,
    expected: Expected,
    /// How many notifications of progress must come before the answer, and have come.
    announced: u32,
    seen: u32,
}

#[derive(Clone, Debug)]
enum Expected {
    /// One block of content, of this text.
    Text(String),
    /// A sum as structured content, and as JSON in a block.
    Sum(i64),
    /// These tools, in any order.
    Tools(Vec<String>),
}

impl Examiner {
    /// For the answers of a case.
    pub fn new(case: &Case) -> Self {
        let expected = match case.ask {
            Ask::Echo(bytes) => Expected::Text(text(bytes)),
            Ask::Add => Expected::Text("5".to_owned()),
            Ask::Sum => Expected::Sum(5),
            Ask::Progress(_) => Expected::Text("done".to_owned()),
            Ask::Wait => Expected::Text("waited".to_owned()),
            Ask::List => {
                let more = (6..=case.tools).map(|number| format!("tool_{number:04}"));
                let mut names: Vec<String> =
                    ["add", "echo", "progress", "sum", "wait"].map(str::to_owned).into_iter().chain(more).collect();
                names.sort_unstable();
                Expected::Tools(names)
            }
        };
        let announced = if let Ask::Progress(count) = case.ask { count } else { 0 };
        Self { era: case.era, expected, announced, seen: 0 }
    }

    /// Takes a message; if it is an answer, the id it is for.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take(&mut self, message: &str) -> Outcome<Option<u32>> {
        let told = |error| Trouble::wrong(format!("{error} in {message}"));
        let read: Message<'_> = serde_json::from_str(message).map_err(told)?;
        if let Some(method) = read.method {
            if method == "notifications/progress" {
                self.progress(&read.params.unwrap_or_default())?;
            }
            return Ok(None);
        }
        if let Some(error) = read.error {
            return Err(Trouble::unserved(error));
        }
        let id = read.id.and_then(|id| id.get().parse().ok());
        let (Some(id), Some(result)) = (id, read.result) else {
            return Err(Trouble::wrong(format!("no answer to a request of ours: {message}")));
        };
        match std::mem::take(&mut self.seen) {
            seen if seen == self.announced => {}
            0 => return Err(Trouble::unserved("it sends no notifications of progress")),
            seen => return Err(Trouble::wrong(format!("{seen} notifications of {}", self.announced))),
        }
        self.result(&result, message)?;
        Ok(Some(id))
    }

    // They count from one, in steps of one: an `f64` has no gaps there.
    #[allow(clippy::float_cmp)]
    fn progress(&mut self, params: &Params<'_>) -> Outcome<()> {
        self.seen += 1;
        let token = params.progress_token.and_then(|token| token.get().parse().ok());
        if token != Some(PROGRESS_TOKEN) || params.progress != Some(f64::from(self.seen)) {
            return Err(Trouble::wrong(format!("notification {} is {params:?}", self.seen)));
        }
        Ok(())
    }

    fn result(&self, result: &CallResult<'_>, message: &str) -> Outcome<()> {
        if result.is_error {
            return Err(Trouble::unserved(format!("the tool fails: {message}")));
        }
        // The one member that every result of this revision has, and none of those before.
        if self.era == Era::Stateless && result.result_type != "complete" {
            return Err(Trouble::unserved("it answers as revisions before 2026-07-28 do, without a resultType"));
        }
        let fits = match (&self.expected, &*result.content) {
            (Expected::Text(text), [block]) => block.kind == "text" && block.text == *text,
            (Expected::Sum(_), _) if result.structured_content.is_none() => {
                return Err(Trouble::unserved("it has no structured content"));
            }
            (Expected::Sum(sum), [block]) => {
                let structured = result.structured_content.map_or("", RawValue::get);
                [structured, &block.text]
                    .iter()
                    .all(|json| serde_json::from_str(json).is_ok_and(|Sum { sum: s }| s == *sum))
            }
            (Expected::Tools(_), _) if result.next_cursor.is_some() => {
                return Err(Trouble::unserved(format!("it lists in pages, of {} here", result.tools.len())));
            }
            (Expected::Tools(names), _) => {
                let mut listed: Vec<&str> = result.tools.iter().map(|tool| &*tool.name).collect();
                listed.sort_unstable();
                listed == *names
            }
            _ => false,
        };
        if fits { Ok(()) } else { Err(Trouble::wrong(format!("not the result expected: {message}"))) }
    }
}

/// A message, as far as it is looked at.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: Option<Cow<'a, str>>,
    #[serde(borrow)]
    params: Option<Params<'a>>,
    #[serde(borrow)]
    result: Option<CallResult<'a>>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params<'a> {
    #[serde(borrow)]
    progress_token: Option<&'a RawValue>,
    progress: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallResult<'a> {
    #[serde(borrow, default)]
    result_type: Cow<'a, str>,
    #[serde(default)]
    is_error: bool,
    #[serde(borrow, default)]
    content: Vec<Block<'a>>,
    #[serde(borrow)]
    structured_content: Option<&'a RawValue>,
    #[serde(borrow, default)]
    tools: Vec<Tool<'a>>,
    next_cursor: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Tool<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Sum {
    sum: i64,
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
