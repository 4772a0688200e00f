//! What an argument must be beside its type.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;
use serde_json::{Map, Value};

use super::dialect::{self, Dialect};
use super::pattern_engine::{Matcher, PatternEngine, pattern_engine};
use crate::json_text;

/// A constraint on an argument. It is in the schema, and it is enforced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constraint {
    /// A number between two others, both included unless `exclusive_max`.
    Range {
        /// The least.
        min: Option<Num>,
        /// The greatest.
        max: Option<Num>,
        /// Whether `max` itself is too much.
        exclusive_max: bool,
    },
    /// So many characters, or items.
    Length {
        /// The fewest.
        min: Option<u64>,
        /// The most.
        max: Option<u64>,
    },
    /// Text in which this regular expression matches.
    Pattern(Pattern),
}

/// A regular expression. It comes with what compiles it: a server without any does not carry the engine.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    pub(crate) source: &'static str,
    check: fn(&'static str) -> Result<(), String>,
    admits: fn(&'static str, &str) -> bool,
    engine: PatternEngine,
}

/// A number in a constraint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Num {
    /// A whole one.
    Int(i128),
    /// Any.
    Float(f64),
}

impl Num {
    /// As a float, for a comparison with one.
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    /// Compares two numbers; whole ones exactly.
    pub(crate) fn compare(self, other: Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            (a, b) => a.as_f64().partial_cmp(&b.as_f64()),
        }
    }

    fn json(self) -> Value {
        match self {
            Self::Int(number) => i64::try_from(number)
                .map(Value::from)
                .or_else(|_| u64::try_from(number).map(Value::from))
                .unwrap_or_else(|_| Value::from(number as f64)),
            Self::Float(number) => Value::from(number),
        }
    }
}

impl fmt::Display for Num {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::Float(number) => f.write_str(&json_text::float(*number)),
        }
    }
}

impl Constraint {
    /// Writes the constraint into an argument's schema.
    pub(crate) fn apply(self, schema: &mut Map<String, Value>) {
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                schema.insert(key.to_owned(), value);
            }
        };
        match self {
            Self::Range { min, max, exclusive_max } => {
                put("minimum", min.map(Num::json));
                put(if exclusive_max { "exclusiveMaximum" } else { "maximum" }, max.map(Num::json));
            }
            Self::Length { min, max } => {
                let (least, most) = length_keywords(schema);
                schema.extend(min.map(|min| (least.to_owned(), min.into())));
                schema.extend(max.map(|max| (most.to_owned(), max.into())));
            }
            Self::Pattern(pattern) => put("pattern", Some(pattern.source.into())),
        }
    }
}

fn length_keywords(schema: &Map<String, Value>) -> (&'static str, &'static str) {
    let is = |kind: &str| match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        _ => false,
    };
    if is("array") {
        ("minItems", "maxItems")
    } else if is("object") {
        ("minProperties", "maxProperties")
    } else {
        ("minLength", "maxLength")
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range { min: Some(min), max: Some(max), exclusive_max: false } => {
                write!(f, "from {min} to {max}")
            }
            Self::Range { min: Some(min), max: Some(max), .. } => {
                write!(f, "at least {min} and less than {max}")
            }
            Self::Range { min: Some(min), .. } => write!(f, "at least {min}"),
            Self::Range { max: Some(max), exclusive_max: false, .. } => write!(f, "at most {max}"),
            Self::Range { max: Some(max), .. } => write!(f, "less than {max}"),
            Self::Range { .. } => f.write_str("any number"),
            Self::Length { min: Some(min), max: Some(max) } if min == max => {
                write!(f, "of length {min}")
            }
            Self::Length { min: Some(min), max: Some(max) } => {
                write!(f, "of length {min} to {max}")
            }
            Self::Length { min: Some(min), .. } => write!(f, "of length {min} or more"),
            Self::Length { max: Some(max), .. } => write!(f, "of length {max} or less"),
            Self::Length { .. } => f.write_str("of any length"),
            Self::Pattern(pattern) => write!(f, "matching `{}`", pattern.source),
        }
    }
}

impl Pattern {
    /// The pattern that is written like this.
    ///
    /// # Panics
    /// Where it is no pattern that clients read as it is checked. In a `static`, as generated code has it, the compiler
    /// stops there.
    #[track_caller]
    pub const fn new(source: &'static str) -> Self {
        if let Some(fault) = dialect::fault(source, Dialect::Both) {
            panic!("{}", fault);
        }
        Self {
            source,
            check: |source| compiled(source).map(drop).map_err(|why| why.to_string()),
            // A pattern that does not compile is told by `check`.
            admits: |source, text| compiled(source).is_ok_and(|matcher| matcher.is_match(text)),
            engine: pattern_engine,
        }
    }

    /// Compiles it, for later.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn check(self) -> Result<(), String> {
        (self.check)(self.source)
    }

    /// Whether it matches in a text of the author's own.
    pub(super) fn admits(self, text: &str) -> bool {
        (self.admits)(self.source, text)
    }
}

impl Constraint {
    /// The engine that it needs.
    pub(super) fn engine(self) -> Option<PatternEngine> {
        match self {
            Self::Pattern(pattern) => Some(pattern.engine),
            Self::Range { .. } | Self::Length { .. } => None,
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

/// The compiled form of a pattern. Compiled when the server is built, and kept for the process; looking it up takes no lock.
///
/// # Errors
/// What is wrong with the pattern.
pub(super) fn compiled(source: &'static str) -> Result<Arc<Matcher>, regex_lite::Error> {
    static COMPILED: LazyLock<ArcSwap<HashMap<&'static str, Arc<Matcher>>>> = LazyLock::new(ArcSwap::default);
    if let Some(matcher) = COMPILED.load().get(source) {
        return Ok(Arc::clone(matcher));
    }
    let matcher = Arc::new(Matcher::new(source)?);
    COMPILED.rcu(|compiled| {
        let mut compiled = HashMap::clone(compiled);
        compiled.insert(source, Arc::clone(&matcher));
        compiled
    });
    Ok(matcher)
}
