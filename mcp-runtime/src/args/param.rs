//! A parameter that is an argument: its name, its schema, its rules.

use std::borrow::Cow;

use schemars::{Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::Value;

use super::complete::Completer;
use super::constraint::Constraint;
use super::pattern_engine::PatternEngine;
use crate::json_text;

/// A parameter of a tool, a template or a prompt. Made by the macros, in a `static`.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    pub(crate) name: &'static str,
    pub(crate) docs: &'static str,
    pub(crate) source: Source,
    pub(crate) optional: bool,
    pub(crate) default: Option<Json>,
    pub(crate) example: Option<Json>,
    pub(crate) constraints: [Option<Constraint>; 3],
    pub(crate) header: Option<&'static str>,
    pub(crate) complete: Option<fn() -> Completer>,
    pub(crate) raw: bool,
    /// Whether its value is shown to nobody.
    pub(crate) sensitive: bool,
}

/// Where a parameter's value comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    /// From JSON: an argument of a tool.
    Json {
        /// Its type's schema.
        schema: fn(&mut SchemaGenerator) -> Schema,
        /// Whether the type takes a missing argument, as `Option` does.
        takes_nothing: fn() -> bool,
        /// The engine for the patterns that the schema may have.
        engine: fn() -> Option<PatternEngine>,
    },
    /// From text: a template's variable or a prompt's argument.
    Text {
        /// Whether the type takes a missing value, as `Option` does.
        takes_nothing: fn() -> bool,
        /// What is wrong with a text for the type.
        #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "the command line alone tells what a type takes"))]
        fault: fn(&str) -> Option<String>,
    },
}

/// A JSON text that is written in the source, or computed from an expression.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Json {
    /// Written.
    Text(&'static str),
    /// Computed; `None` where the type does not serialize.
    With(fn() -> Option<String>),
}

impl Json {
    pub(crate) fn value(self) -> Option<Value> {
        match self {
            Self::Text(text) => serde_json::from_str(text).ok(),
            Self::With(compute) => serde_json::from_str(&compute()?).ok(),
        }
    }
}

impl Param {
    /// An argument of a tool.
    pub const fn json(
        name: &'static str,
        schema: fn(&mut SchemaGenerator) -> Schema,
        takes_nothing: fn() -> bool,
        engine: fn() -> Option<PatternEngine>,
    ) -> Self {
        Self::new(name, Source::Json { schema, takes_nothing, engine })
    }

    /// A value that comes as text.
    pub const fn text(name: &'static str, takes_nothing: fn() -> bool, fault: fn(&str) -> Option<String>) -> Self {
        Self::new(name, Source::Text { takes_nothing, fault })
    }

    const fn new(name: &'static str, source: Source) -> Self {
        Self {
            name,
            docs: "",
            source,
            optional: false,
            default: None,
            example: None,
            constraints: [None; 3],
            header: None,
            complete: None,
            raw: false,
            sensitive: false,
        }
    }

    /// Its description.
    #[must_use]
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// It may be left out.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// What it is when left out.
    #[must_use]
    pub const fn default_json(mut self, json: &'static str) -> Self {
        self.default = Some(Json::Text(json));
        self
    }

    /// What it is when left out, computed.
    #[must_use]
    pub const fn default_with(mut self, compute: fn() -> Option<String>) -> Self {
        self.default = Some(Json::With(compute));
        self
    }

    /// What it may look like.
    #[must_use]
    pub const fn example(mut self, json: &'static str) -> Self {
        self.example = Some(Json::Text(json));
        self
    }

    /// What it may look like, computed.
    #[must_use]
    pub const fn example_with(mut self, compute: fn() -> Option<String>) -> Self {
        self.example = Some(Json::With(compute));
        self
    }

    /// What it must be beside its type; one of each kind.
    #[must_use]
    pub const fn constraint(mut self, constraint: Constraint) -> Self {
        let kind = match constraint {
            Constraint::Range { .. } => 0,
            Constraint::Length { .. } => 1,
            Constraint::Pattern(_) => 2,
        };
        self.constraints[kind] = Some(constraint);
        self
    }

    /// Its value is shown to nobody.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The HTTP header that mirrors it (`x-mcp-header`).
    #[must_use]
    pub const fn header(mut self, name: &'static str) -> Self {
        self.header = Some(name);
        self
    }

    /// What completes it.
    #[must_use]
    pub const fn complete(mut self, completer: fn() -> Completer) -> Self {
        self.complete = Some(completer);
        self
    }

    /// It may hold `..`, begin with a slash, and hold NUL: the function copes.
    #[must_use]
    pub const fn raw(mut self) -> Self {
        self.raw = true;
        self
    }

    /// Its name on the wire.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// What is listed of it where no schema has its rules and its default: `How often. (from 1 to 5, 1 if left out)`.
    pub(crate) fn described(&self) -> Cow<'static, str> {
        let default = self.default.and_then(Json::value).filter(|default| !default.is_null()).map(|default| {
            let shown = default.as_str().map_or_else(|| json_text::value(&default), str::to_owned);
            format!("{shown} if left out")
        });
        let said: Vec<String> = self.constraints().map(|rule| rule.to_string()).chain(default).collect();
        match (self.docs, said.join(", ")) {
            (docs, said) if said.is_empty() => docs.into(),
            ("", said) => said.into(),
            (docs, said) => format!("{docs} ({said})").into(),
        }
    }

    /// Whether a call need not give it.
    pub(crate) fn may_be_missing(&self) -> bool {
        self.optional
            || match self.source {
                Source::Json { takes_nothing, .. } | Source::Text { takes_nothing, .. } => takes_nothing(),
            }
    }

    /// What completes it; for most parameters nothing does.
    pub(crate) fn completer(&self) -> Completer {
        self.complete.map_or_else(Completer::default, |completer| completer())
    }

    /// Whether it has a default that no JSON can be made of, because its type does not serialize.
    pub(crate) fn has_unknown_default(&self) -> bool {
        matches!(self.default, Some(Json::With(compute)) if compute().is_none())
    }

    /// The engine for what patterns its schema may have.
    pub(crate) fn engine(&self) -> Option<PatternEngine> {
        let own = match self.source {
            Source::Json { engine, .. } => engine(),
            Source::Text { .. } => None,
        };
        own.or_else(|| self.constraints().find_map(Constraint::engine))
    }

    pub(crate) fn constraints(&self) -> impl Iterator<Item = Constraint> + '_ {
        self.constraints.iter().flatten().copied()
    }
}

/// What `T` makes of a missing argument. Asks serde itself, so that every alias of `Option` is one.
pub(super) fn nothing<'de, T: Deserialize<'de>>() -> Option<T> {
    T::deserialize(Nothing).ok()
}

/// Deserializes into `None`, and into nothing else.
struct Nothing;

impl<'de> serde::Deserializer<'de> for Nothing {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("missing"))
    }

    fn deserialize_option<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
