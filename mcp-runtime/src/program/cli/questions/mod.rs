//! Answering what a server asks: forms, web pages, models, directories.

mod form;
mod person;
mod script;

use std::io::IsTerminal as _;

use serde_json::Value;

use self::person::Person;
use self::script::Script;
use super::json::{Json, object};
use super::matches::Matches;
use super::output::Style;
use super::remote::Failure;
use crate::nearest::characters;

/// Who answers: the command line as far as it has answers, then whoever sits at the terminal.
pub(super) struct Questions {
    script: Script,
    roots: Vec<Value>,
    person: Option<Person>,
    /// The keys of the questions that have had an answer.
    answered: Vec<String>,
    /// What answers for a model.
    #[cfg(feature = "client")]
    model: Option<Model>,
}

/// Answers for a model: from the request as JSON to the text of the answer, or the whole result as JSON.
#[cfg(feature = "client")]
pub(super) type Model = Box<dyn FnMut(&str) -> Result<String, Failure> + Send>;

impl Questions {
    /// Answers with `--answer`s, `--sample`s and `--root`s, and with a person where standard input and standard error are a terminal.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn new(matches: &Matches) -> Result<Self, Failure> {
        let mut script = Script::default();
        for is_sample in [false, true] {
            script.add(matches.values(script::option_of(is_sample)), is_sample);
        }
        let is_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Ok(Self {
            script,
            roots: matches.values("root").map(script::root).collect::<Result<_, _>>()?,
            person: is_terminal.then(|| Person::at_terminal(Style::of(true))),
            answered: Vec::new(),
            #[cfg(feature = "client")]
            model: None,
        })
    }

    /// Answers for a model by this, where the command line has no answer.
    #[cfg(feature = "client")]
    pub(super) fn with_model(self, model: Model) -> Self {
        Self { model: Some(model), ..self }
    }

    /// Whether anything answers for a model.
    fn has_model(&self) -> bool {
        #[cfg(feature = "client")]
        if self.model.is_some() {
            return true;
        }
        self.script.has(true)
    }

    /// What can be answered, as a client declares it.
    pub(super) fn capabilities(&self) -> Value {
        let nothing = || object(Vec::new());
        let mut capabilities = Vec::new();
        if self.script.has(false) || self.person.is_some() {
            capabilities.push(("elicitation", object(vec![("form", nothing()), ("url", nothing())])));
        }
        if self.has_model() {
            capabilities.push(("sampling", object(vec![("tools", nothing()), ("context", nothing())])));
        }
        if !self.roots.is_empty() {
            capabilities.push(("roots", nothing()));
        }
        object(capabilities)
    }

    /// Answers a request of the server's, which it has named by this key, or by none; the result of the request.
    ///
    /// # Errors
    /// What was asked, and how to answer it, where nobody can; what is wrong with an answer.
    pub(super) fn answer(&mut self, key: &str, method: &str, params: &Json) -> Result<Value, Failure> {
        let mut question = Question::read(key, method, params);
        // A server asks again if the answer was no good to it, and a question has no place to say why.
        question.is_again = !key.is_empty() && self.answered.iter().any(|answered| answered == key);
        if !question.is_again {
            self.answered.push(key.to_owned());
        }
        let is_for_model = matches!(question.kind, Kind::Model);
        let named = self.script.take_named(key, is_for_model);
        // What an `--answer` says to a question that it does not declare is in the message, behind the option that does.
        if (is_for_model && !self.has_model()) || (matches!(question.kind, Kind::Roots) && self.roots.is_empty()) {
            return Err(unanswered(&question, named.as_ref().map_or("text", |given| &given.0), &Json::Null));
        }
        if let Some(given) = named {
            return given.result(&question);
        }
        if let Kind::Form(schema) = question.kind {
            let content = self.script.take_fields(schema)?;
            if !content.members().is_empty() {
                let is_open = form::fields(schema).iter().any(|field| field.is_open(&content));
                if is_open {
                    return Err(unanswered(&question, "", &content));
                }
                return script::filled_in(&question, schema, content);
            }
        }
        if matches!(question.kind, Kind::Roots) {
            return Ok(object(vec![("roots", self.roots.clone().into())]));
        }
        if let Some(given) = self.script.take_next(key, is_for_model) {
            return given.result(&question);
        }
        #[cfg(feature = "client")]
        if let (Kind::Model, Some(model)) = (&question.kind, &mut self.model) {
            return model(&params.to_string()).map(script::of_model_text);
        }
        match (&mut self.person, &question.kind) {
            (Some(person), Kind::Form(_) | Kind::Page(_)) => Ok(person.answer(&question)),
            _ => Err(unanswered(&question, "text", &Json::Null)),
        }
    }

    /// The answers that nobody has asked for.
    pub(super) fn unused(&self) -> Vec<String> {
        self.script.unused()
    }
}

/// What a server asks.
struct Question<'a> {
    key: &'a str,
    message: &'a str,
    kind: Kind<'a>,
    /// Whether it was answered before.
    is_again: bool,
}

enum Kind<'a> {
    /// To fill in a form with this schema.
    Form(&'a Json),
    /// To visit a web page.
    Page(&'a str),
    /// To ask a model.
    Model,
    /// Where the client works.
    Roots,
    /// Something that the protocol does not have yet.
    Other(&'a str),
}

impl<'a> Question<'a> {
    fn read(key: &'a str, method: &'a str, params: &'a Json) -> Self {
        let kind = match (method, params["mode"].text()) {
            ("elicitation/create", "url") => Kind::Page(params["url"].text()),
            ("elicitation/create", _) => Kind::Form(&params["requestedSchema"]),
            ("sampling/createMessage", _) => Kind::Model,
            ("roots/list", _) => Kind::Roots,
            (other, _) => Kind::Other(other),
        };
        let message = match kind {
            // The last one is what the model is to go on from.
            Kind::Model => params["messages"].items().last().map(|last| said(&last["content"])).unwrap_or_default(),
            _ => params["message"].text(),
        };
        Self { key, message, kind, is_again: false }
    }

    /// The option that answers it.
    fn option(&self) -> String {
        let option = script::option_of(matches!(self.kind, Kind::Model));
        if self.key.is_empty() { format!("--{option}") } else { format!("--{option} {}", self.key) }
    }
}

/// The text of a message, which may be one of several blocks.
fn said(content: &Json) -> &str {
    content.items().first().unwrap_or(content)["text"].text()
}

/// That a question has no answer, or not enough of one: what was asked, and how to answer it. `text` is what a model may say,
/// `given` what is said of the fields of a form.
fn unanswered(question: &Question<'_>, text: &str, given: &Json) -> Failure {
    let Question { key, message, kind, is_again } = question;
    let is_begun = !given.members().is_empty();
    let again = if *is_again { " again" } else { "" };
    let keyed = |value: &str| if key.is_empty() { value.to_owned() } else { format!("{key}={value}") };
    let option = script::option_of(matches!(kind, Kind::Model));
    let answer = |value: &str| format!("--{option} {}", super::values::quoted(&keyed(value)));
    // In a session questions have no names.
    let asks = if key.is_empty() { "something".to_owned() } else { format!("`{key}`") };
    let text = match kind {
        Kind::Form(schema) => {
            let fields = form::fields(schema);
            let width = fields.iter().map(|field| characters(field.name)).max().unwrap_or(0);
            let example = answer(&form::example(&fields, given).to_string());
            let shown = fields.iter().filter(|field| !is_begun || field.is_open(given));
            let fields: String = shown.map(|field| format!("\n  {:width$}  {}", field.name, field.summary())).collect();
            let lacks = if is_begun { "\nIt needs more:" } else { "" };
            format!("{asks} is asked{again}, a form: {message}{lacks}{fields}\nAnswer at a terminal, or with {example}")
        }
        Kind::Page(url) => {
            let accept = answer("accept");
            format!(
                "{asks} is asked{again}, to visit a page: {message}\n  {url}\nAnswer at a terminal, or with {accept}"
            )
        }
        Kind::Model => {
            let text = answer(text);
            format!(
                "{asks} is asked{again} of a model, and the command line has none: {message}\nAnswer for it with {text}"
            )
        }
        Kind::Roots => format!("{asks} asks{again} for the directories of the client: name them with --root DIR"),
        Kind::Other(method) => format!("{asks} is asked{again}, a {method}, which the command line does not know"),
    };
    if is_begun { Failure::usage(text) } else { Failure::local(text) }
}
