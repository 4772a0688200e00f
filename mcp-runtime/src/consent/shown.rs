//! What a person is shown of a call before it runs.

use mcp_proto::types::uri_key;
use mcp_proto::wire::{Method, members};

use crate::call::{ConsentRule, Ctx, canonical};
use crate::json_text;
use crate::redact::{Redaction, cut};

/// The most bytes of one argument that are shown.
const LONGEST_VALUE: usize = 512;

/// The most bytes of a name that are shown.
const LONGEST_NAME: usize = 128;

/// What stands in place of a value that is not shown.
const HIDDEN: &str = "(sensitive, not shown)";

/// A call, as a person is asked about it.
pub(super) struct Shown {
    /// What it would do, in full: the arguments in one way of writing them, or the URI.
    pub(super) what: String,
    /// What an answer would be about that holds for other calls, too: the URI, or the arguments that name it. `None` where it would have
    /// a value in it that is not shown.
    pub(super) resource: Option<String>,
    arguments: Vec<Argument>,
}

/// What is to be known of how a call is shown.
pub(super) struct Showing<'a> {
    pub(super) rule: &'a ConsentRule,
    pub(super) redaction: &'a Redaction,
    /// The arguments that the author's words name.
    pub(super) named: &'a [Box<str>],
}

impl Shown {
    pub(super) fn of(ctx: &Ctx, showing: &Showing<'_>) -> Self {
        let request = &ctx.inner().request;
        let mut what = String::new();
        match request.uri() {
            Some(uri) => what.push_str(uri),
            None => canonical(&mut what, request.arguments_json(), 0),
        }
        let arguments = showing.arguments(ctx);
        let resource = showing.resource(ctx, &arguments, &what);
        Self { what, resource, arguments }
    }
}

impl Showing<'_> {
    /// What an answer would be about.
    fn resource(&self, ctx: &Ctx, arguments: &[Argument], what: &str) -> Option<String> {
        let is_named = |argument: &&Argument| self.named.iter().any(|name| **name == *argument.key);
        if let Some(uri) = ctx.inner().request.uri() {
            return (!arguments.iter().any(|argument| argument.is_hidden)).then(|| uri_key(uri).into_owned());
        }
        if self.named.is_empty() {
            if ctx.scope().shared.consent.any_arguments {
                return Some(String::new());
            }
            return (!arguments.iter().any(|argument| argument.is_hidden)).then(|| what.to_owned());
        }
        if arguments.iter().filter(is_named).any(|argument| argument.is_hidden) {
            return None;
        }
        let mut named = String::from("{");
        for name in self.named {
            // One that is given twice stands there twice.
            for argument in arguments.iter().filter(|argument| *argument.key == **name) {
                if named.len() > 1 {
                    named.push(',');
                }
                named.push_str(&json_text::string(name));
                named.push(':');
                canonical(&mut named, &argument.json, 0);
            }
        }
        Some(named + "}")
    }

    /// The question, which says what an answer for more than once holds for, if there can be one.
    pub(super) fn message(&self, ctx: &Ctx, shown: &Shown, is_remembered: bool) -> String {
        let (arguments, resource) = (&shown.arguments, shown.resource.as_deref().filter(|_| is_remembered));
        let request = &ctx.inner().request;
        let most_bytes = ctx.scope().shared.consent.question_bytes;
        let entry = ctx.inner().entry.as_deref();
        let name = cut(entry.map_or("", |entry| &entry.name), LONGEST_NAME);
        let mut message = match request.method {
            Method::ToolsCall => format!("Allow the tool `{name}` to run?"),
            Method::PromptsGet => format!("Allow the prompt `{name}` to be used?"),
            _ => match request.uri().filter(|_| !arguments.iter().any(|argument| argument.is_hidden)) {
                Some(uri) => format!("Allow {} to be read?", cut(uri, LONGEST_VALUE)),
                None => format!("Allow {name} to be read?"),
            },
        };
        let about = match &self.rule.text {
            Some(text) => filled_in(text, arguments),
            None => self.rule.about.to_string(),
        };
        if !about.is_empty() {
            message.push('\n');
            message.push_str(&cut(&about, LONGEST_VALUE * 2));
        }
        if entry.is_some_and(|entry| entry.hints.destructive == Some(true)) {
            message.push_str("\nIt may destroy something.");
        }
        let (mut shown, mut left_out, mut left_bytes) = (String::new(), 0, 0);
        for argument in arguments {
            let by_default = if argument.is_default { " (by default)" } else { "" };
            let line = format!("\n{}: {}{by_default}", argument.name, argument.value);
            // A line that says how much is left out has room, too.
            if left_out > 0 || message.len() + shown.len() + line.len() + 64 > most_bytes {
                left_out += 1;
                left_bytes += argument.json.len();
            } else {
                shown.push_str(&line);
            }
        }
        message.push_str(&shown);
        if left_out > 0 {
            let arguments = if left_out == 1 { "argument" } else { "arguments" };
            message.push_str(&format!("\n… and {left_out} more {arguments} of {left_bytes} bytes"));
        }
        if let Some(resource) = resource.filter(|_| request.uri().is_none()) {
            let what = match self.named {
                _ if resource.is_empty() => "whatever its arguments are".to_owned(),
                [] => "with the same arguments".to_owned(),
                named => format!("with the same {}", named.join(", ")),
            };
            message.push_str(&format!("\nAn answer for more than once holds for `{name}` {what}."));
        }
        message
    }

    /// The arguments of a call, or the values of the variables of its URI.
    fn arguments(&self, ctx: &Ctx) -> Vec<Argument> {
        let inner = ctx.inner();
        let mut all = Vec::new();
        if inner.request.uri().is_some() {
            let mut variables: Vec<_> = inner.variables.iter().collect();
            variables.sort_unstable();
            all.extend(variables.into_iter().map(|(name, value)| self.argument(name, &json_text::string(value))));
        } else {
            members(inner.request.arguments_json(), |name, value| {
                all.push(self.argument(name, value.json()));
                true
            });
            // What is left out runs with its default, of which the person is told. It is no secret: lists have it.
            for (name, default) in &self.rule.defaults {
                if !default.is_null() && !all.iter().any(|argument| *argument.key == **name) {
                    let argument = self.argument(name, &default.to_string());
                    all.push(Argument { is_hidden: false, is_default: true, ..argument });
                }
            }
        }
        all
    }

    fn argument(&self, name: &str, json: &str) -> Argument {
        let is_hidden = self.rule.sensitive.iter().any(|hidden| **hidden == *name) || self.redaction.hides(name);
        let value = if is_hidden {
            HIDDEN.to_owned()
        } else if json.starts_with(['{', '[', '"']) {
            self.redaction.show(json, LONGEST_VALUE)
        } else {
            // A number as it was written, which may have more digits than we would keep.
            cut(json, LONGEST_VALUE).into_owned()
        };
        Argument {
            key: name.into(),
            name: cut(name, LONGEST_NAME).into_owned(),
            value,
            json: json.into(),
            is_hidden,
            is_default: false,
        }
    }
}

/// An argument, as it is shown.
struct Argument {
    key: Box<str>,
    name: String,
    /// JSON on one line, or its beginning.
    value: String,
    /// All of it.
    json: Box<str>,
    is_hidden: bool,
    /// Whether the call leaves it out.
    is_default: bool,
}

impl Argument {
    /// Within a sentence: a plain word without quotes.
    fn in_words(&self) -> &str {
        let bare = self.value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let is_plain = |text: &&str| {
            !text.is_empty()
                && text.len() <= 64
                && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | ':' | '/' | '#'))
        };
        bare.filter(is_plain).unwrap_or(&self.value)
    }
}

/// The author's words, with the values of arguments in place of their names.
fn filled_in(text: &str, arguments: &[Argument]) -> String {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((name, after)) = behind.split_once('}') else { break };
        filled.push_str(before);
        let argument = arguments.iter().find(|argument| *argument.key == *name);
        filled.push_str(argument.map_or("(not given)", Argument::in_words));
        rest = after;
    }
    filled + rest
}

/// The names in the author's words.
pub(crate) fn names(text: &str) -> Box<[Box<str>]> {
    let mut names: Vec<Box<str>> = Vec::new();
    for part in text.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}')
            && !names.iter().any(|known| **known == *name)
        {
            names.push(name.into());
        }
    }
    names.into()
}
