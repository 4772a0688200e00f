//! Numbers that JSON cannot hold.

use std::fmt;

use mcp_proto::wire::single_line;
use serde::{Serialize, Serializer, ser};
use serde_json::value::RawValue;

/// Writes a value as JSON on one line, and refuses what JSON has no form for: serde_json writes a number that is not finite
/// as `null`, under a schema that says `number`.
///
/// # Errors
/// What keeps the value from being written.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, Unsendable> {
    let json = serde_json::to_string(value)?;
    // Only then there may be such a number, and it is worth a second look.
    if has_null(&json) {
        check(value)?;
    }
    // JSON that is passed on as others have written it may have several lines, and a frame has one.
    Ok(single_line(json))
}

/// The same as JSON that is passed on as it is.
///
/// # Errors
/// The same.
pub(crate) fn to_raw_json<T: Serialize + ?Sized>(value: &T) -> Result<Box<RawValue>, Unsendable> {
    Ok(RawValue::from_string(to_json(value)?)?)
}

/// Whether there is a `null` in it, if only in a text.
fn has_null(json: &str) -> bool {
    // What is short is looked through in less time than a search takes to begin.
    const SHORT: usize = 32;
    if json.len() < SHORT {
        json.as_bytes().windows(4).fold(false, |found, four| found | (four == b"null"))
    } else {
        json.contains("null")
    }
}

/// Refuses a value with a number that is not finite.
///
/// # Errors
/// Where the first of them stands.
pub(crate) fn check<T: Serialize + ?Sized>(value: &T) -> Result<(), Unsendable> {
    let mut finder = Finder::default();
    match value.serialize(&mut finder) {
        Err(Stop) if finder.found.is_some() => Err(Unsendable::NotFinite { path: finder.path, number: finder.found }),
        // Whatever else is wrong, writing it tells better.
        _ => Ok(()),
    }
}

/// Whether the value is a `Some`, whatever is in it: `Some(None)` and `None` are both `null` in JSON.
#[cfg(feature = "client-stdio")]
pub(crate) fn is_some<T: Serialize + ?Sized>(value: &T) -> bool {
    let mut finder = Finder::default();
    value.serialize(&mut finder).is_ok() && finder.has_some
}

/// Why a value cannot be written as JSON.
#[derive(Debug)]
pub(crate) enum Unsendable {
    Serde(serde_json::Error),
    NotFinite {
        /// A JSON pointer.
        path: String,
        number: Option<f64>,
    },
}

impl From<serde_json::Error> for Unsendable {
    fn from(error: serde_json::Error) -> Self {
        Self::Serde(error)
    }
}

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.of("the result"))
    }
}

impl Unsendable {
    /// Why a value of this name cannot be written.
    pub(crate) fn of(&self, what: &str) -> String {
        let (path, number) = match self {
            Self::Serde(error) => return error.to_string(),
            Self::NotFinite { path, number } => (path, number),
        };
        let number = match number {
            Some(number) if number.is_nan() => "NaN",
            Some(number) if *number < 0.0 => "-Infinity",
            _ => "Infinity",
        };
        let of = if path.is_empty() { "" } else { "'s " };
        format!("{what}{of}{path} is {number}, which JSON has no number for")
    }
}

impl std::error::Error for Unsendable {}

/// Looks through a value for a number that is not finite, and stops there.
#[derive(Default)]
struct Finder {
    path: String,
    found: Option<f64>,
    /// The name of the member that comes.
    key: String,
    /// Whether what comes is that name.
    is_in_key: bool,
    /// Whether there was a `Some`.
    has_some: bool,
}

/// Found, or lost.
#[derive(Debug)]
struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Stop {}

impl ser::Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl Finder {
    fn number(&mut self, number: f64) -> Result<(), Stop> {
        if number.is_finite() {
            if self.is_in_key {
                self.key = number.to_string();
            }
            return Ok(());
        }
        self.found = Some(number);
        Err(Stop)
    }

    /// Looks into a member. The path stays as it is where something was found.
    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Stop> {
        let outer = self.path.len();
        self.path.push('/');
        self.path.push_str(&name.replace('~', "~0").replace('/', "~1"));
        value.serialize(&mut *self)?;
        self.path.truncate(outer);
        Ok(())
    }

    fn within<'a>(&'a mut self, variant: &str) -> Inside<'a> {
        let outer = self.path.len();
        if !variant.is_empty() {
            self.path.push('/');
            self.path.push_str(variant);
        }
        Inside { finder: self, outer, index: 0 }
    }
}

/// Elements or members of what is looked through.
struct Inside<'a> {
    finder: &'a mut Finder,
    outer: usize,
    index: usize,
}

impl Inside<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        let name = self.index.to_string();
        self.index += 1;
        self.finder.member(&name, value)
    }

    fn leave(self) -> Result<(), Stop> {
        self.finder.path.truncate(self.outer);
        Ok(())
    }
}

macro_rules! nothing_to_find {
    ($($method:ident: $type:ty),*) => {$(
        fn $method(self, value: $type) -> Result<(), Stop> {
            if self.is_in_key {
                self.key = value.to_string();
            }
            Ok(())
        }
    )*};
}

impl<'a> Serializer for &'a mut Finder {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Inside<'a>;
    type SerializeTuple = Inside<'a>;
    type SerializeTupleStruct = Inside<'a>;
    type SerializeTupleVariant = Inside<'a>;
    type SerializeMap = Inside<'a>;
    type SerializeStruct = Inside<'a>;
    type SerializeStructVariant = Inside<'a>;

    nothing_to_find!(
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_char: char, serialize_str: &str
    );

    fn serialize_f32(self, number: f32) -> Result<(), Stop> {
        self.number(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<(), Stop> {
        self.number(number)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        self.has_some = true;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Stop> {
        variant.clone_into(&mut self.key);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        self.member(variant, value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'a>, Stop> {
        Ok(self.within(""))
    }

    fn serialize_tuple(self, _: usize) -> Result<Inside<'a>, Stop> {
        Ok(self.within(""))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, Stop> {
        Ok(self.within(""))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside<'a>, Stop> {
        Ok(self.within(variant))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'a>, Stop> {
        Ok(self.within(""))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, Stop> {
        Ok(self.within(""))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside<'a>, Stop> {
        Ok(self.within(variant))
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident),*) => {$(
        impl ser::$trait for Inside<'_> {
            type Ok = ();
            type Error = Stop;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
                self.element(value)
            }

            fn end(self) -> Result<(), Stop> {
                self.leave()
            }
        }
    )*};
}

elements!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! fields {
    ($($trait:ident),*) => {$(
        impl ser::$trait for Inside<'_> {
            type Ok = ();
            type Error = Stop;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Stop> {
                self.finder.member(name, value)
            }

            fn end(self) -> Result<(), Stop> {
                self.leave()
            }
        }
    )*};
}

fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Stop> {
        self.finder.is_in_key = true;
        let named = key.serialize(&mut *self.finder);
        self.finder.is_in_key = false;
        named
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        let name = std::mem::take(&mut self.finder.key);
        self.finder.member(&name, value)
    }

    fn end(self) -> Result<(), Stop> {
        self.leave()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize)]
    struct Reading {
        name: &'static str,
        none: Option<u8>,
        values: Vec<f64>,
        by_place: BTreeMap<String, (u8, f32)>,
        state: Option<State>,
    }

    #[derive(Serialize)]
    enum State {
        At { height: f64 },
    }

    fn reading() -> Reading {
        Reading { name: "NaN", none: None, values: vec![1.0, 2.5], by_place: BTreeMap::new(), state: None }
    }

    fn check(expected: &str, change: impl FnOnce(&mut Reading)) {
        let mut reading = reading();
        change(&mut reading);
        assert_eq!(to_json(&reading).expect_err("it cannot be sent").to_string(), expected);
    }

    #[test]
    fn numbers_that_json_cannot_hold_are_found_wherever_they_stand() {
        assert_eq!(
            to_json(&reading()).expect("all is finite"),
            r#"{"name":"NaN","none":null,"values":[1.0,2.5],"by_place":{},"state":null}"#
        );
        check("the result's /values/1 is NaN, which JSON has no number for", |one| one.values[1] = f64::NAN);
        check("the result's /by_place/a~1b/1 is -Infinity, which JSON has no number for", |one| {
            one.by_place.insert("a".to_owned(), (1, 1.0));
            one.by_place.insert("a/b".to_owned(), (1, f32::NEG_INFINITY));
        });
        check("the result's /state/At/height is Infinity, which JSON has no number for", |one| {
            one.state = Some(State::At { height: f64::INFINITY });
        });
        let alone = to_json(&f64::NAN).expect_err("it cannot be sent").to_string();
        assert_eq!(alone, "the result is NaN, which JSON has no number for");
    }

    #[test]
    fn a_null_in_a_text_or_for_nothing_keeps_no_value_from_being_sent() {
        for value in ["null", "a text that is longer, and says null in its midst"] {
            assert_eq!(to_json(value).expect("a text"), format!("\"{value}\""));
        }
        assert_eq!(to_json(&None::<u8>).expect("nothing"), "null");
    }

    #[test]
    fn json_of_others_is_on_one_line() {
        let raw = serde_json::value::RawValue::from_string("[1,\r\n null]".to_owned()).expect("JSON");
        assert_eq!(to_json(&raw).expect("all is finite"), "[1,   null]");
    }
}
