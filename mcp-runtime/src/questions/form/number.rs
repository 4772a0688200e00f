//! Numbers of JSON, as JSON Schema sees them: `3.0` is whole.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

/// A number in a form: a bound, or an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole one.
    Int(i128),
    /// Any other.
    Float(f64),
}

impl Number {
    /// The number that a JSON value is; none for other values and for what is beyond every float.
    pub(super) fn parse(json: &str) -> Option<Self> {
        if let Ok(whole) = json.parse() {
            return Some(Self::Int(whole));
        }
        let float = serde_json::from_str::<f64>(json).ok().filter(|float| float.is_finite())?;
        // Below 2^127 a whole float is that integer exactly.
        let whole = float.fract() == 0.0 && float.abs() < i128::MAX as f64;
        Some(if whole { Self::Int(float as i128) } else { Self::Float(float) })
    }

    /// Compares two numbers; whole ones exactly.
    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            (a, b) => a.as_f64().partial_cmp(&b.as_f64()),
        }
    }

    /// As a float.
    pub(super) fn as_f64(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Int(number) => serializer.serialize_i128(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_whole_however_it_is_written() {
        for (json, number) in [
            ("3", Some(Number::Int(3))),
            ("-0", Some(Number::Int(0))),
            ("3.0", Some(Number::Int(3))),
            ("3e2", Some(Number::Int(300))),
            ("-1.5", Some(Number::Float(-1.5))),
            ("18446744073709551616", Some(Number::Int(1 << 64))),
            ("1e300", Some(Number::Float(1e300))),
            ("1e999", None),
            ("inf", None),
            ("NaN", None),
            ("\"3\"", None),
            ("true", None),
            ("", None),
        ] {
            assert_eq!(Number::parse(json), number, "{json}");
        }
    }
}
