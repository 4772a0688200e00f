//! Request ids.

use std::fmt;

use super::reply::write_str;

/// A request's id: a string or an integer, never `null` (`basic/index`, "Requests").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Id {
    /// An integer.
    Number(i64),
    /// A string; it may be empty or look like a number.
    String(Box<str>),
}

impl Id {
    /// Reads an id from its JSON. `None` for whatever is neither a string nor an integer.
    pub(crate) fn read(json: &str) -> Option<Self> {
        if json.starts_with('"') {
            return serde_json::from_str(json).ok().map(Self::String);
        }
        json.parse().ok().map(Self::Number)
    }

    /// Appends the id as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Number(number) => write_integer(out, *number),
            Self::String(text) => write_str(out, text),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::String(text) => write!(f, "{text:?}"),
        }
    }
}

fn write_integer(out: &mut Vec<u8>, number: i64) {
    // An integer always serializes, and a `Vec` takes all that is written.
    let _ = serde_json::to_writer(out, &number);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Id> {
        Id::read(json)
    }

    #[test]
    fn ids_come_back_as_they_were_in_type_and_value() {
        for json in ["1", "-7", "9007199254740991", r#""""#, r#""1""#, r#""é\"x""#] {
            let mut out = Vec::new();
            read(json).expect("an id").write(&mut out);
            assert_eq!(String::from_utf8(out).expect("UTF-8"), json);
        }
    }

    #[test]
    fn what_is_no_string_and_no_integer_is_no_id() {
        for json in ["null", "1.5", "true", "[1]", r#"{"a":1}"#] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn two_spellings_of_one_string_are_one_id() {
        assert_eq!(read(r#""a""#), read(r#""\u0061""#));
    }
}
