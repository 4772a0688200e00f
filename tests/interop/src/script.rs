//! What a script says: the answers to what a server may ask, and one step after the other.

use std::collections::BTreeMap;

use mcp_runtime::{LogLevel, Version};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Failure;

/// A script for one kind of server.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    pub answers: Answers,
    pub steps: Vec<Step>,
}

/// What is answered, by words of the question; `decline` and `cancel` are answers too. A form that nothing fits is filled in with
/// what it proposes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    pub forms: BTreeMap<String, Value>,
    pub pages: BTreeMap<String, String>,
    pub model: BTreeMap<String, String>,
    /// The URIs that the client works at.
    pub roots: Vec<String>,
}

/// One thing to do, and what has to come of it. What is not named is not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Step {
    /// What it is called; by default, what it does.
    pub name: Option<String>,
    /// The first revision that it is for.
    pub since: Option<String>,
    /// The last one.
    pub until: Option<String>,
    /// Answers of this step's alone; they come before those of the script.
    pub answers: Answers,

    /// Listens to these changes while the rest is done: `tools`, `prompts`, `resources`, or the URI of a resource.
    pub watch: Vec<String>,
    /// Calls a tool.
    pub call: Option<String>,
    /// Gets a prompt.
    pub prompt: Option<String>,
    /// Reads a resource.
    pub read: Option<String>,
    /// Completes an argument of a prompt, or a variable of a template.
    pub complete: Option<Complete>,
    /// Asks whether the server is there.
    pub ping: bool,
    /// The arguments of a tool or prompt.
    pub with: Map<String, Value>,
    /// The least severe log messages that are wanted.
    pub level: Option<LogLevel>,
    /// Makes so many calls at once, with a number of its own in place of `$n` in the arguments of each; texts are looked at with
    /// the same number.
    pub at_once: usize,
    /// Cancels the call once it is out.
    pub cancel: bool,

    /// What is listed, beside other things.
    pub tools: Vec<String>,
    pub resources: Vec<String>,
    pub templates: Vec<String>,
    pub prompts: Vec<String>,
    /// Texts that the result has in it.
    pub text: Vec<String>,
    /// The value of a tool: a part of it, where it is an object.
    pub value: Option<Value>,
    /// The kinds of a tool's blocks of content.
    pub kinds: Vec<String>,
    /// How many bytes a resource has.
    pub bytes: Option<usize>,
    /// The values that complete an argument.
    pub values: Option<Vec<String>>,
    /// Words of the error that it has to end with.
    pub error: Option<String>,
    /// The code of that error.
    pub code: Option<i64>,
    /// How far a call tells that it has come.
    pub progress: Option<Vec<f64>>,
    /// Log messages, beside others.
    pub logs: Vec<String>,
    /// What is asked meanwhile, one question after the other, by its words.
    pub asked: Option<Vec<String>>,
    /// What has changed.
    pub change: Option<String>,
}

/// What is completed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    pub prompt: Option<String>,
    pub template: Option<String>,
    pub argument: String,
    pub begun: String,
}

impl Script {
    /// # Errors
    /// It says something that no script says.
    pub fn read(json: &str) -> Result<Self, Failure> {
        Ok(serde_json::from_str(json)?)
    }

    /// Adds another one at the end.
    pub fn add(&mut self, other: Self) {
        self.answers.add(other.answers);
        self.steps.extend(other.steps);
    }
}

impl Answers {
    fn add(&mut self, other: Self) {
        self.forms.extend(other.forms);
        self.pages.extend(other.pages);
        self.model.extend(other.model);
        self.roots.extend(other.roots);
    }
}

impl Step {
    /// Whether it is for a revision.
    pub fn is_for(&self, version: Version) -> bool {
        self.since.as_deref().is_none_or(|since| since <= version.as_str())
            && self.until.as_deref().is_none_or(|until| version.as_str() <= until)
    }

    /// What it is called in a report.
    pub fn title(&self) -> String {
        let done = |what: &str, name: &Option<String>| name.as_ref().map(|name| format!("{what} {name}"));
        let complete = self.complete.as_ref();
        self.name
            .clone()
            .or_else(|| done("calls", &self.call))
            .or_else(|| done("gets", &self.prompt))
            .or_else(|| done("reads", &self.read))
            .or_else(|| complete.map(|complete| format!("completes {}", complete.argument)))
            .unwrap_or_else(|| if self.ping { "pings" } else { "lists what there is" }.to_owned())
    }
}
