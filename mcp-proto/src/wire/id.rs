//! Request ids.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::reply::write_str;

/// The most bytes that the text of an id or of a progress token may have. Each is echoed, often many times, and kept as long
/// as its call runs; real ones have some forty.
pub(super) const LONGEST: usize = 256;

/// The most bytes that the JSON of such a text may have: all of it escaped as `\u0000`, and quoted.
pub(super) const LONGEST_JSON: usize = 6 * LONGEST + 2;

/// A request's id: a string or an integer, never `null` (`basic/index`, "Requests").
#[derive(Debug)]
#[non_exhaustive]
pub enum Id {
    /// An integer.
    Number(i64),
    /// A string; it may be empty or look like a number.
    String(Box<str>),
    /// An integer that is written as a fraction or with an exponent: `1.0`. It equals the plain one, and is given back as it
    /// came: clients without a type for integers write both.
    Spelled(Box<Spelled>),
}

/// An integer, and the JSON that was written for it.
#[derive(Clone, Debug)]
pub struct Spelled {
    value: i64,
    json: Box<str>,
}

impl Id {
    /// Reads an id from its JSON. `None` for whatever is neither a string of at most 256 bytes nor an integer of 64 bits.
    pub fn read(json: &str) -> Option<Self> {
        if json.len() > LONGEST_JSON {
            return None;
        }
        if json.starts_with('"') {
            let text: Box<str> = serde_json::from_str(json).ok()?;
            return (text.len() <= LONGEST).then_some(Self::String(text));
        }
        json.parse().map_or_else(|_| Self::read_spelled(json), |number| Some(Self::Number(number)))
    }

    /// The same, from the bytes of a text.
    pub(super) fn read_bytes(json: &[u8]) -> Option<Self> {
        // Nearly all are small numbers.
        small(json).map(Self::Number).or_else(|| Self::read_other(json))
    }

    #[inline(never)]
    fn read_other(json: &[u8]) -> Option<Self> {
        Self::read(std::str::from_utf8(json).ok()?)
    }

    /// Reads an integer that is written otherwise.
    #[cold]
    fn read_spelled(json: &str) -> Option<Self> {
        // Below 2^53 each integer is a float of its own.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let value: f64 = serde_json::from_str(json).ok().filter(|_| json.len() <= LONGEST)?;
        let is_integer = value.fract() == 0.0 && value.abs() <= EXACT;
        is_integer.then(|| Self::Spelled(Box::new(Spelled { value: value as i64, json: json.into() })))
    }

    /// Appends the id as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Number(number) => write_integer(out, *number),
            Self::String(text) => write_str(out, text),
            Self::Spelled(spelled) => out.extend_from_slice(spelled.json.as_bytes()),
        }
    }

    #[inline(never)]
    fn copy(&self) -> Self {
        match self {
            Self::Number(number) => Self::Number(*number),
            Self::String(text) => Self::String(text.clone()),
            Self::Spelled(spelled) => Self::Spelled(spelled.clone()),
        }
    }

    #[inline(never)]
    fn equals(&self, other: &Self) -> bool {
        self.value() == other.value()
    }

    fn value(&self) -> Result<i64, &str> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::String(text) => Err(text),
            Self::Spelled(spelled) => Ok(spelled.value),
        }
    }
}

// By hand, as are the comparisons: nearly all ids are numbers, for which nothing is called.
impl Clone for Id {
    #[inline]
    fn clone(&self) -> Self {
        match self {
            Self::Number(number) => Self::Number(*number),
            other => other.copy(),
        }
    }
}

impl PartialEq for Id {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one == other,
            _ => self.equals(other),
        }
    }
}

impl Eq for Id {}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.value() {
            Ok(number) => state.write_i64(number),
            Err(text) => text.hash(state),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::String(text) => write!(f, "{text:?}"),
            Self::Spelled(spelled) => f.write_str(&spelled.json),
        }
    }
}

/// The number that these digits are, where each number of so many fits.
fn small(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

fn write_integer(out: &mut Vec<u8>, number: i64) {
    // An integer always serializes, and a `Vec` takes all that is written.
    let _ = serde_json::to_writer(out, &number);
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher as _;

    use super::*;

    fn read(json: &str) -> Option<Id> {
        Id::read(json)
    }

    #[test]
    fn ids_come_back_as_they_were_in_type_and_value() {
        for json in ["1", "-7", "9007199254740991", "1.0", "-2e0", "1.50e1", r#""""#, r#""1""#, r#""é\"x""#] {
            let mut out = Vec::new();
            read(json).expect("an id").write(&mut out);
            assert_eq!(String::from_utf8(out).expect("UTF-8"), json);
        }
    }

    #[test]
    fn what_is_no_string_and_no_integer_is_no_id() {
        for json in ["null", "1.5", "1e400", "1e17", "true", "[1]", r#"{"a":1}"#, "18446744073709551616"] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn two_spellings_of_one_string_are_one_id() {
        assert_eq!(read(r#""a""#), read(r#""\u0061""#));
    }

    #[test]
    fn an_integer_is_one_id_however_it_is_written() {
        let (plain, fraction) = (read("1").expect("an id"), read("1.0").expect("an id"));
        assert_eq!(plain, fraction);
        let fold = crate::hash::Fold::default();
        assert_eq!(fold.hash_one(&plain), fold.hash_one(&fraction));
        assert_ne!(fraction, read(r#""1.0""#).expect("an id"));
    }

    #[test]
    fn a_text_of_more_than_256_bytes_is_no_id() {
        for (json, is_id) in [
            (format!(r#""{}""#, "x".repeat(256)), true),
            (format!(r#""{}""#, "x".repeat(257)), false),
            (format!(r#""{}""#, r"\u0041".repeat(256)), true),
            (format!(r#""{}""#, r"\u0041".repeat(257)), false),
            (format!("1.{}", "0".repeat(254)), true),
            (format!("1.{}", "0".repeat(255)), false),
        ] {
            assert_eq!(read(&json).is_some(), is_id, "{} bytes", json.len());
        }
    }
}
