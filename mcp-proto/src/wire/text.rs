//! Strings that stay where they are as long as they can.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

use super::frame::{Frame, Span};

/// A string of a request: a place in its frame, or a copy where the JSON had escapes.
#[derive(Clone, Debug)]
pub enum Text {
    /// Unescaped, so its bytes in the frame are the string.
    Span(Span),
    /// Decoded.
    Owned(Box<str>),
}

impl Text {
    /// Its bytes, given the frame it came from.
    pub(crate) fn bytes<'a>(&'a self, frame: &'a Frame) -> &'a [u8] {
        match self {
            Self::Span(span) => frame.at(*span),
            Self::Owned(text) => text.as_bytes(),
        }
    }

    /// The string, given the frame it came from.
    // Not in line: it is in many places, and what it does is a call anyway.
    #[inline(never)]
    pub fn get<'a>(&'a self, frame: &'a Frame) -> &'a str {
        match self {
            Self::Span(span) => frame.text(*span),
            Self::Owned(text) => text,
        }
    }
}

/// A string argument that borrows from the request where its JSON has no escapes, and is decoded where it has.
///
/// It stands behind every `&str` parameter: `Cow<str>` would copy always, because serde's derive borrows only
/// when told so at the very field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Str<'a>(Cow<'a, str>);

impl Str<'_> {
    /// An owned copy, or the string itself if it was decoded already.
    pub fn into_owned(self) -> String {
        self.0.into_owned()
    }

    /// Whether the bytes are still the request's own.
    pub fn is_borrowed(&self) -> bool {
        matches!(self.0, Cow::Borrowed(_))
    }
}

impl Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Str<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'a> From<&'a str> for Str<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Str<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl std::str::FromStr for Str<'static> {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.to_owned().into())
    }
}

impl Serialize for Str<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrow;

        impl<'de> Visitor<'de> for Borrow {
            type Value = Str<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Str(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Str(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
                Ok(Str(Cow::Owned(text)))
            }
        }

        deserializer.deserialize_str(Borrow)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Str<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_string_is_borrowed_and_an_escaped_one_decoded() {
        let plain: Str<'_> = serde_json::from_str(r#""plain é""#).expect("a string");
        assert!(plain.is_borrowed());
        let escaped: Str<'_> = serde_json::from_str(r#""esc\u00e9\n""#).expect("a string");
        assert!(!escaped.is_borrowed());
        assert_eq!(&*escaped, "escé\n");
    }
}
