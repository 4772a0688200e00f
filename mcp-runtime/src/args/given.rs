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

/// Methods for integers. One with a fraction, an exponent or too many digits is left to `serde_json`.
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
