//! What the arguments of a prompt and the variables of a template take. The protocol lists them as texts; the program knows more.

use super::json::Json;
use super::schema::{Schema, bare};
use super::values::in_uri;
use crate::args::Param;
use crate::registry::of_texts;

/// The parameters of a prompt or of a template.
pub(super) struct Texts {
    params: &'static [Param],
    schema: Json,
}

impl Texts {
    pub(super) fn new(params: &'static [Param]) -> Self {
        Self { params, schema: Json::parse(&of_texts(params)) }
    }

    /// Their schema, as the input of a tool has one.
    pub(super) fn input(&self) -> Schema<'_> {
        Schema::new(&self.schema)
    }

    fn fault(&self, name: &str, text: &str) -> Option<String> {
        self.params.iter().find(|param| param.name() == name)?.text_fault(text)
    }

    /// A text that is one of its values; `None` if none is found.
    pub(super) fn example(&self, name: &str) -> Option<String> {
        let text = bare(&self.input().property(name)?.example());
        let Some(fault) = self.fault(name, &text) else { return Some(text) };
        // A message proposes a value: `expected a date like 2026-11-28`.
        let like = fault.split(" like ").nth(1)?.split([' ', ',']).next()?;
        self.fault(name, like).is_none().then(|| like.to_owned())
    }

    /// A value of a variable, as it stands in a URI: of one that takes any text, its own name.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let value = if self.fault(name, name).is_none() { name.to_owned() } else { self.example(name)? };
        Some(in_uri(&value, b"-._~:"))
    }
}
