//! Numbers that JSON cannot hold.

use std::cell::Cell;
use std::fmt;
use std::io;

use mcp_proto::wire::{is_single_line, single_line};
use serde::{Serialize, Serializer, ser};
use serde_json::ser::Formatter;

/// Writes a value as JSON on one line, and refuses what JSON has no form for: serde_json writes a number that is not finite as `null`,
/// under a schema that says `number`.
///
/// # Errors
/// What keeps the value from being written.
pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, Unsendable> {
    let has_null = Cell::new(false);
    let mut json = Vec::with_capacity(128);
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut json, NoteNull(&has_null)))?;
    // Only then there may be such a number, and it is worth a second look.
    if has_null.get() {
        check(value)?;
    }
    String::from_utf8(json).map_err(|error| Unsendable::Serde(ser::Error::custom(error)))
}

/// Refuses a value with a number that is not finite.
///
/// # Errors
/// Where the first of them stands.
pub(super) fn check<T: Serialize + ?Sized>(value: &T) -> Result<(), Unsendable> {
    let mut finder = Finder::default();
    match value.serialize(&mut finder) {
        Err(Stop) if finder.found.is_some() => Err(Unsendable::NotFinite { path: finder.path, number: finder.found }),
        // Whatever else is wrong, writing it tells better.
        _ => Ok(()),
    }
}

/// Why a value cannot be written as JSON.
#[derive(Debug)]
pub(super) enum Unsendable {
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
        match self {
            Self::Serde(error) => error.fmt(f),
            Self::NotFinite { path, number } => {
                let number = match number {
                    Some(number) if number.is_nan() => "NaN",
                    Some(number) if *number < 0.0 => "-Infinity",
                    _ => "Infinity",
                };
                let place = if path.is_empty() { "the result".to_owned() } else { format!("the result's {path}") };
                write!(f, "{place} is {number}, which JSON has no number for")
            }
        }
    }
}

impl std::error::Error for Unsendable {}

/// The compact form, on one line, and a note of each `null`.
struct NoteNull<'a>(&'a Cell<bool>);

impl Formatter for NoteNull<'_> {
    fn write_null<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.set(true);
        writer.write_all(b"null")
    }

    /// JSON that is passed on as others have written it may have several lines, and a frame has one.
    fn write_raw_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if is_single_line(fragment.as_bytes()) {
            return writer.write_all(fragment.as_bytes());
        }
        writer.write_all(single_line(fragment.to_owned()).as_bytes())
    }
}

/// Looks through a value for a number that is not finite, and stops there.
#[derive(Default)]
struct Finder {
    path: String,
    found: Option<f64>,
    /// The name of the member that comes.
    key: String,
    /// Whether what comes is that name.
    is_in_key: bool,
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
}
