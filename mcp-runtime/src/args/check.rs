//! Enforcing constraints: generated code calls these on each argument that has some.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use mcp_proto::wire::Str;

use super::constraint::{self, Constraint, Num, Pattern};
use super::pattern_cost::STEPS;
use super::pattern_engine::Matcher;
use super::read::Read;
use super::shape::excerpt;
use crate::json_text;

/// Numbers that `range(..)` can hold to.
#[diagnostic::on_unimplemented(
    message = "`range(..)` is for numbers, and `{Self}` is not a number",
    label = "not a number",
    note = "use `length(..)` for text and collections"
)]
pub trait Ranged {
    /// The number, unless there is none.
    fn number(&self) -> Option<Num>;
}

/// Text and collections that `length(..)` can hold to.
#[diagnostic::on_unimplemented(
    message = "`length(..)` is for text and collections, and `{Self}` is neither",
    label = "has no length",
    note = "use `range(..)` for numbers"
)]
pub trait Measured {
    /// The characters or items, unless there is no value.
    fn length(&self) -> Option<usize>;
}

/// Text that `pattern = ".."` can hold to.
#[diagnostic::on_unimplemented(message = "`pattern` is for text, and `{Self}` is not text", label = "not text")]
pub trait Textual {
    /// The text, unless there is none.
    fn as_text(&self) -> Option<&str>;
}

/// Types whose value can be mirrored into an HTTP header (`server/tools`, "x-mcp-header").
#[diagnostic::on_unimplemented(
    message = "`header` is for strings, integers and booleans, and `{Self}` is not one of them",
    label = "cannot be mirrored into a header"
)]
pub trait HeaderValue {
    /// Asks.
    const CHECKED: () = ();
}

/// Holds a number to its `range(..)`.
pub fn check_range(read: &mut Read<'_>, index: usize, number: Option<Num>) {
    let (Some(number), Some(range)) = (number, read.param(index).constraints[0]) else {
        return;
    };
    if let Some(fault) = range_fault(range, number) {
        read.broken(index, fault);
    }
}

/// Why a number is not within a range.
pub(super) fn range_fault(range: Constraint, number: Num) -> Option<String> {
    let Constraint::Range { min, max, exclusive_max } = range else { return None };
    let low = min.is_some_and(|min| number.compare(min).is_none_or(std::cmp::Ordering::is_lt));
    let high = max
        .is_some_and(|max| number.compare(max).is_none_or(|order| order.is_gt() || (exclusive_max && order.is_eq())));
    let kind = if matches!(number, Num::Int(_)) { "an integer" } else { "a number" };
    (low || high).then(|| format!("expected {kind} {range}, got {number}"))
}

/// Holds text or a collection to its `length(..)`.
pub fn check_length(read: &mut Read<'_>, index: usize, length: Option<usize>) {
    let (Some(length), Some(limits)) = (length, read.param(index).constraints[1]) else {
        return;
    };
    if let Some(fault) = length_fault(limits, length) {
        read.broken(index, fault);
    }
}

/// Why something has not the length that it should have.
pub(super) fn length_fault(limits: Constraint, length: usize) -> Option<String> {
    let Constraint::Length { min, max } = limits else { return None };
    let length = length as u64;
    let is_wrong = min.is_some_and(|min| length < min) || max.is_some_and(|max| length > max);
    is_wrong.then(|| format!("expected a value {limits}, got one of length {length}"))
}

/// Holds text to its `pattern`.
pub fn check_pattern(read: &mut Read<'_>, index: usize, text: Option<&str>) {
    let (Some(text), Some(pattern)) = (text, read.param(index).constraints[2]) else {
        return;
    };
    let Constraint::Pattern(Pattern { source, .. }) = pattern else { return };
    // Text that is too long is not searched.
    if read.is_faulty(index) {
        return;
    }
    // A pattern that does not compile has stopped the start.
    let Ok(matcher) = constraint::compiled(source) else { return };
    let has_limit = matches!(read.param(index).constraints[1], Some(Constraint::Length { max: Some(_), .. }));
    if !has_limit && matcher.steps(text.len()) > STEPS {
        return read.broken(index, too_long(source, &matcher));
    }
    if !matcher.is_match(text) {
        read.broken(index, mismatch(pattern, text));
    }
}

/// Says that a pattern does not match a text.
pub(super) fn mismatch(pattern: Constraint, text: &str) -> String {
    format!("expected text {pattern}, got {}", excerpt(&json_text::string(text)))
}

/// Says that a text is not searched for a pattern.
pub(super) fn too_long(source: &str, matcher: &Matcher) -> String {
    let longest = matcher.longest();
    format!("expected shorter text: no more than {longest} bytes are searched for `{}`", excerpt(source))
}

macro_rules! integers {
    ($($number:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Ranged for $number {
            fn number(&self) -> Option<Num> {
                // Beyond it there are only the largest of u128.
                Some(i128::try_from(*self).map_or(Num::Float(u128::MAX as f64), Num::Int))
            }
        }

        #[diagnostic::do_not_recommend]
        impl HeaderValue for $number {}
    )*};
}

integers!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

#[diagnostic::do_not_recommend]
impl Ranged for f32 {
    fn number(&self) -> Option<Num> {
        // The decimal number that was written, and that a range has: `0.1`, not 0.10000000149011612.
        self.to_string().parse().ok().map(Num::Float)
    }
}

#[diagnostic::do_not_recommend]
impl Ranged for f64 {
    fn number(&self) -> Option<Num> {
        Some(Num::Float(*self))
    }
}

macro_rules! texts {
    ($($text:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Textual for $text {
            fn as_text(&self) -> Option<&str> {
                Some(self)
            }
        }

        #[diagnostic::do_not_recommend]
        impl Measured for $text {
            fn length(&self) -> Option<usize> {
                // JSON Schema counts characters.
                Some(self.chars().count())
            }
        }

        #[diagnostic::do_not_recommend]
        impl HeaderValue for $text {}
    )*};
}

texts!(String, Box<str>, Cow<'_, str>, Str<'_>);

#[diagnostic::do_not_recommend]
impl HeaderValue for bool {}

#[diagnostic::do_not_recommend]
impl<T: Ranged> Ranged for Option<T> {
    fn number(&self) -> Option<Num> {
        self.as_ref()?.number()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Measured> Measured for Option<T> {
    fn length(&self) -> Option<usize> {
        self.as_ref()?.length()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Textual> Textual for Option<T> {
    fn as_text(&self) -> Option<&str> {
        self.as_ref()?.as_text()
    }
}

#[diagnostic::do_not_recommend]
impl<T: HeaderValue> HeaderValue for Option<T> {}

macro_rules! collections {
    ($([$($generic:ident),*] $collection:ty),* $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generic),*> Measured for $collection {
            fn length(&self) -> Option<usize> {
                Some(self.len())
            }
        }
    )*};
}

collections!(
    [T] Vec<T>, [T] Box<[T]>, [T] VecDeque<T>, [T] BTreeSet<T>, [T, S] HashSet<T, S>, [K, V] BTreeMap<K, V>,
    [K, V, S] HashMap<K, V, S>, [] serde_json::Map<String, serde_json::Value>,
);

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    #[test]
    fn numbers_are_held_to_a_range_as_they_are_written() {
        for (number, written) in [(0.1_f32, 0.1_f64), (0.3, 0.3), (0.7, 0.7), (-1e30, -1e30)] {
            assert_eq!(number.number().expect("a number").compare(Num::Float(written)), Some(Ordering::Equal));
        }
        let largest = u128::MAX.number().expect("a number");
        assert_eq!(largest.compare(Num::Int(100)), Some(Ordering::Greater));
    }
}
