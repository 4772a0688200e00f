//! An argument as it was given, for serde.

use mcp_proto::wire::Member;
use serde::de::{Deserializer, Visitor};
use serde_json::Error;

/// An argument's JSON. The walk that has found it has seen what it is, so that a text, an integer, a boolean or `null` is
/// not parsed once more; everything else is `serde_json`'s.
pub(super) struct Given<'de>(pub(super) Member<'de>);

impl<'de> Given<'de> {
    /// Has `serde_json` read it, all of it: types that read only the beginning of a number must not get away with it.
    fn parse<T>(
        self,
        read: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::StrRead<'de>>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut parser = serde_json::Deserializer::from_str(self.0.json());
        let value = read(&mut parser)?;
        parser.end().map(|()| value)
    }
}

/// Methods that leave it all to `serde_json`.
macro_rules! parsed {
    ($($method:ident($($argument:ident: $type:ty),*))+) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Error> {
            self.parse(|parser| parser.$method($($argument,)* visitor))
        }
    )+};
}

/// Methods for texts.
macro_rules! texts {
    ($($method:ident)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.0.plain() {
                Some(text) => visitor.visit_borrowed_str(text),
                None => self.parse(|parser| parser.$method(visitor)),
            }
        }
    )+};
}

/// Methods for integers. One with a fraction, an exponent or too many digits is left to `serde_json`. `-0` is 0, which it is
/// on the slow way as well.
macro_rules! integers {
    ($($method:ident)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let json = self.0.json();
            if let Ok(number) = json.parse() {
                return visitor.visit_u64(number);
            }
            match json.parse() {
                Ok(number) => visitor.visit_i64(number),
                Err(_) => self.parse(|parser| parser.$method(visitor)),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for Given<'de> {
    type Error = Error;

    texts! { deserialize_str deserialize_string }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.json() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => self.parse(|parser| parser.deserialize_bool(visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.json() == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    parsed! {
        deserialize_any()
        deserialize_i128()
        deserialize_u128()
        deserialize_f32()
        deserialize_f64()
        deserialize_char()
        deserialize_bytes()
        deserialize_byte_buf()
        deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier()
        deserialize_ignored_any()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Debug;

    use mcp_proto::wire::members;
    use serde::Deserialize;
    use serde::de::DeserializeOwned;
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is looked at as a whole")]
    struct Newtype(i64);

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is looked at as a whole")]
    enum Choice {
        Red,
        Other(i64),
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "it is looked at as a whole")]
    enum Untagged {
        Number(i64),
        Text(String),
        Nothing,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is looked at as a whole")]
    struct Nested {
        #[serde(default)]
        a: Option<u8>,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }

    const VALUES: [&str; 34] = [
        "0",
        "-0",
        "7",
        "-7",
        "128",
        "-129",
        "255",
        "65536",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "1e2",
        "2.0",
        "1.5",
        "1e999",
        "true",
        "false",
        "null",
        "\"\"",
        "\"é\"",
        "\"two words\"",
        "\"\\u0041\"",
        "\"\\ud800\"",
        "\"Red\"",
        "\"12\"",
        "[]",
        "[1,2]",
        "{}",
        "{\"a\":1,\"b\":[null]}",
        "{\"Other\":5}",
    ];

    fn given<T: DeserializeOwned>(json: &str) -> Option<T> {
        let mut value = None;
        members(&format!("{{\"it\":{json}}}"), |_, member| {
            value = T::deserialize(Given(member)).ok();
            true
        });
        value
    }

    fn agrees<T: DeserializeOwned + Debug>() {
        for json in VALUES {
            let (ours, theirs) = (given::<T>(json), serde_json::from_str::<T>(json).ok());
            // As an integer it is 0, on the slow way too.
            let is_zero = json == "-0" && theirs.is_none() && ours.is_some();
            let (ours, theirs) = (format!("{ours:?}"), format!("{theirs:?}"));
            assert!(ours == theirs || is_zero, "{json} as {}: {ours}, {theirs}", std::any::type_name::<T>());
        }
    }

    #[test]
    fn values_are_what_serde_json_makes_of_them() {
        agrees::<i8>();
        agrees::<i16>();
        agrees::<i32>();
        agrees::<i64>();
        agrees::<i128>();
        agrees::<u8>();
        agrees::<u16>();
        agrees::<u32>();
        agrees::<u64>();
        agrees::<u128>();
        agrees::<f32>();
        agrees::<f64>();
        agrees::<bool>();
        agrees::<char>();
        agrees::<()>();
        agrees::<String>();
        agrees::<Option<u64>>();
        agrees::<Option<Option<bool>>>();
        agrees::<Vec<i64>>();
        agrees::<[u8; 2]>();
        agrees::<(u8, u8)>();
        agrees::<Newtype>();
        agrees::<Choice>();
        agrees::<Untagged>();
        agrees::<Nested>();
        agrees::<BTreeMap<String, Value>>();
        agrees::<Value>();
        agrees::<Box<RawValue>>();
    }
}
