//! The engine for regular expressions, reached by a pointer: a server whose parameters cannot have a pattern is linked
//! without it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt;

use mcp_proto::wire::Str;
use regex_lite::Regex;

use super::dialect::{self, Dialect};
use super::pattern_cost::Cost;
use crate::output::Probe;

/// Compiles an expression; `None` where the checker would read it otherwise than JSON Schema does.
pub(crate) type PatternEngine = fn(&str) -> Option<Matcher>;

/// A compiled expression.
pub struct Matcher {
    is_match: Box<dyn Fn(&str) -> bool + Send + Sync>,
    cost: Cost,
}

impl Matcher {
    /// Compiles an expression that the dialect admits.
    ///
    /// # Errors
    /// The engine does not take it.
    pub(super) fn new(pattern: &str) -> Result<Self, regex_lite::Error> {
        let regex = Regex::new(&dialect::for_checker(pattern))?;
        Ok(Self { is_match: Box::new(move |text| regex.is_match(text)), cost: Cost::of(pattern) })
    }

    /// Whether the expression matches anywhere in a text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        (self.is_match)(text)
    }

    /// The steps that searching a text of so many bytes takes at most.
    pub(super) fn steps(&self, bytes: usize) -> u64 {
        self.cost.steps(bytes)
    }

    /// The longest text that is searched, in bytes, if its own rules do not limit it.
    pub(super) fn longest(&self) -> u64 {
        self.cost.longest()
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Matcher")
    }
}

/// The engine.
pub(crate) fn pattern_engine(pattern: &str) -> Option<Matcher> {
    if dialect::fault(pattern, Dialect::Both).is_some() {
        return None;
    }
    Matcher::new(pattern).ok()
}

/// Types whose schema has no pattern.
pub trait Patternless {}

/// The engine for parameters of such types.
pub trait EngineByNone<T> {
    /// There is none.
    fn engine(&self) -> Option<PatternEngine>;
}

/// The engine for parameters of other types, whatever their schemas say.
pub trait EngineByType<T> {
    /// The engine.
    fn engine(&self) -> Option<PatternEngine>;
}

impl<T: Patternless> EngineByNone<T> for &Probe<T> {
    fn engine(&self) -> Option<PatternEngine> {
        None
    }
}

impl<T> EngineByType<T> for Probe<T> {
    fn engine(&self) -> Option<PatternEngine> {
        Some(pattern_engine)
    }
}

macro_rules! patternless {
    ($([$($generic:ident),*] $type:ty),* $(,)?) => {$(
        impl<$($generic: Patternless),*> Patternless for $type {}
    )*};
}

patternless!(
    [] i8, [] i16, [] i32, [] i64, [] i128, [] isize, [] u8, [] u16, [] u32, [] u64, [] u128, [] usize,
    [] f32, [] f64, [] bool, [] char, [] String, [] Box<str>, [] Str<'_>, [] &str, [] Cow<'_, str>,
    [T] Option<T>, [T] Vec<T>, [T] Box<[T]>, [T] VecDeque<T>, [T] BTreeSet<T>, [T] BTreeMap<String, T>,
);

impl<T: Patternless, S> Patternless for HashSet<T, S> {}
impl<T: Patternless, S> Patternless for HashMap<String, T, S> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_without_an_engine_have_no_pattern_in_their_schemas() {
        fn check<T: Patternless + schemars::JsonSchema>() {
            let schema = schemars::schema_for!(T).to_value().to_string();
            assert!(!schema.contains("attern"), "{schema}");
        }
        check::<Vec<u8>>();
        check::<Box<[f32]>>();
        check::<BTreeMap<String, Option<Vec<i128>>>>();
        check::<HashMap<String, VecDeque<f64>>>();
        check::<HashSet<Box<str>>>();
        check::<BTreeSet<char>>();
        check::<Vec<Cow<'_, str>>>();
        check::<Option<&str>>();
        check::<Str<'_>>();
        check::<bool>();
    }

    #[test]
    #[expect(clippy::needless_borrow, reason = "this is how generated code asks, which does not know the type")]
    fn types_whose_schema_may_have_a_pattern_bring_the_engine() {
        assert!((&&Probe::<Vec<String>>::new()).engine().is_none());
        assert!((&&Probe::<HashMap<i32, String>>::new()).engine().is_some());
        assert!((&&Probe::<Vec<(String, u8)>>::new()).engine().is_some());
    }
}
