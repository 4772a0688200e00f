//! Values that come as text: template variables and prompt arguments.
//!
//! A type is read with `FromStr` where it has it, else with `Deserialize`, from the text as a string or as JSON. Which,
//! is settled by method resolution on the concrete type, in the code that the macros expand to.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Visitor};

use super::fault;
use super::read::Read;
use super::shape::{Format, excerpt, whole};
use crate::json_text;
use crate::output::{Fits, Misfit, Probe};

/// Reads a type that has `FromStr`.
pub trait TextByParse<T> {
    /// Yes.
    fn fits(&self) -> Fits;

    /// Whether it takes a missing value, as `Option` does.
    fn takes_nothing(&self) -> bool;

    /// What is wrong with a text for the type.
    fn fault(&self, text: &str) -> Option<String>;

    /// The value; `None`, and a fault is noted, where it is missing or does not fit.
    fn text(&self, read: &mut Read<'_>, index: usize) -> Option<T>;

    /// The value, or the default where it is missing.
    fn text_or(&self, read: &mut Read<'_>, index: usize, default: impl FnOnce() -> T) -> Option<T>;
}

/// Reads an `Option` of a type that has `FromStr`: a missing value is `None`.
pub trait TextOption<T> {
    /// Yes.
    fn fits(&self) -> Fits;

    /// Whether it takes a missing value, as `Option` does.
    fn takes_nothing(&self) -> bool;

    /// What is wrong with a text for the type.
    fn fault(&self, text: &str) -> Option<String>;

    /// The value; the outer `None`, and a fault is noted, where it does not fit.
    fn text(&self, read: &mut Read<'_>, index: usize) -> Option<T>;

    /// The value, or the default where it is missing.
    fn text_or(&self, read: &mut Read<'_>, index: usize, default: impl FnOnce() -> T) -> Option<T>;
}

/// Reads a type that has `Deserialize`.
pub trait TextBySerde<T> {
    /// Yes.
    fn fits(&self) -> Fits;

    /// Whether it takes a missing value, as `Option` does.
    fn takes_nothing(&self) -> bool;

    /// What is wrong with a text for the type.
    fn fault(&self, text: &str) -> Option<String>;

    /// The value; `None`, and a fault is noted, where it is missing or does not fit.
    fn text(&self, read: &mut Read<'_>, index: usize) -> Option<T>;

    /// The value, or the default where it is missing.
    fn text_or(&self, read: &mut Read<'_>, index: usize, default: impl FnOnce() -> T) -> Option<T>;
}

/// All other types.
pub trait TextByNothing<T> {
    /// No.
    fn fits(&self) -> Misfit;

    /// No.
    fn takes_nothing(&self) -> bool;

    /// What is wrong with a text for the type.
    fn fault(&self, text: &str) -> Option<String>;

    /// Nothing.
    fn text(&self, read: &mut Read<'_>, index: usize) -> Option<T>;

    /// Nothing.
    fn text_or(&self, read: &mut Read<'_>, index: usize, default: impl FnOnce() -> T) -> Option<T>;
}

/// Types that can be read from text.
#[diagnostic::on_unimplemented(
    message = "`{T}` can't be read from text",
    label = "variables of a URI and arguments of a prompt are text",
    note = "implement `std::str::FromStr` for it, or derive `serde::Deserialize`"
)]
pub trait TextArgument<T> {
    /// Asks.
    fn check(&self) {}
}

#[diagnostic::do_not_recommend]
impl<T> TextArgument<T> for Fits {}

/// Variables of the query, which a client may leave out.
#[diagnostic::on_unimplemented(
    message = "a client may leave out this argument, which is in the query, and `{T}` is always there",
    label = "not an `Option`",
    note = "write `Option<{T}>`, or give it a `#[arg(default = …)]`"
)]
pub trait QueryArgument<T> {
    /// Asks.
    fn check(&self) {}
}

#[diagnostic::do_not_recommend]
impl<T> QueryArgument<T> for Fits {}

/// An `Option`, whatever alias it goes by.
pub trait QueryByOption {
    /// Yes.
    fn may_be_left_out(&self) -> Fits;
}

/// All other types.
pub trait QueryByNothing {
    /// No.
    fn may_be_left_out(&self) -> Misfit;
}

impl<T> QueryByOption for &Probe<Option<T>> {
    fn may_be_left_out(&self) -> Fits {
        Fits
    }
}

impl<T> QueryByNothing for Probe<T> {
    fn may_be_left_out(&self) -> Misfit {
        Misfit
    }
}

impl<T> TextByNothing<T> for Probe<T> {
    fn fits(&self) -> Misfit {
        Misfit
    }

    fn takes_nothing(&self) -> bool {
        false
    }

    fn fault(&self, _: &str) -> Option<String> {
        None
    }

    fn text(&self, _: &mut Read<'_>, _: usize) -> Option<T> {
        None
    }

    fn text_or(&self, _: &mut Read<'_>, _: usize, _: impl FnOnce() -> T) -> Option<T> {
        None
    }
}

impl<T: FromStr<Err: Display>> TextOption<Option<T>> for &&&Probe<Option<T>> {
    fn fits(&self) -> Fits {
        Fits
    }

    fn takes_nothing(&self) -> bool {
        true
    }

    fn fault(&self, text: &str) -> Option<String> {
        parsed::<T>(text).err()
    }

    fn text(&self, read: &mut Read<'_>, index: usize) -> Option<Option<T>> {
        match read.given(index)? {
            None => Some(None),
            Some(text) => parse(read, index, &text).map(Some),
        }
    }

    fn text_or(&self, read: &mut Read<'_>, index: usize, default: impl FnOnce() -> Option<T>) -> Option<Option<T>> {
        match read.given(index)? {
            None => Some(default()),
            Some(text) => parse(read, index, &text).map(Some),
        }
    }
}

impl<T: FromStr<Err: Display>> TextByParse<T> for &&Probe<T> {
    fn fits(&self) -> Fits {
        Fits
    }

    fn takes_nothing(&self) -> bool {
        false
    }

    fn fault(&self, text: &str) -> Option<String> {
        parsed::<T>(text).err()
    }

    fn text(&self, read: &mut Read<'_>, index: usize) -> Option<T> {
        let text = read.required(index)?;
        parse(read, index, &text)
    }

    fn text_or(&self, read: &mut Read<'_>, index: usize, default: impl FnOnce() -> T) -> Option<T> {
        match read.given(index)? {
            None => Some(default()),
            Some(text) => parse(read, index, &text),
        }
    }
}

impl<T: DeserializeOwned> TextBySerde<T> for &Probe<T> {
    fn fits(&self) -> Fits {
        Fits
    }

    fn takes_nothing(&self) -> bool {
        super::param::nothing::<T>().is_some()
    }

    fn fault(&self, text: &str) -> Option<String> {
        deserialized::<T>(text).err()
    }

    fn text(&self, read: &mut Read<'_>, index: usize) -> Option<T> {
        match read.given(index)? {
            Some(text) => deserialize(read, index, &text),
            None => {
                let nothing = super::param::nothing();
                if nothing.is_none() {
                    read.missing(index);
                }
                nothing
            }
        }
    }

    fn text_or(&self, read: &mut Read<'_>, index: usize, default: impl FnOnce() -> T) -> Option<T> {
        match read.given(index)? {
            None => Some(default()),
            Some(text) => deserialize(read, index, &text),
        }
    }
}

fn parse<T: FromStr<Err: Display>>(read: &mut Read<'_>, index: usize, text: &str) -> Option<T> {
    parsed(text).map_err(|why| read.fault(index, why)).ok()
}

/// # Errors
/// What is wrong with the text.
#[inline(never)] // It is called for a request and for a description.
fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    let is_finite = match std::any::type_name::<T>() {
        "f32" => text.parse().is_ok_and(f32::is_finite),
        "f64" => text.parse().is_ok_and(f64::is_finite),
        _ => true,
    };
    let error = match text.parse::<T>() {
        // As in JSON: no `NaN`, no `inf`, and nothing that is too large to be told from it.
        Ok(_) if !is_finite => return Err(format!("expected a number, got {}", quoted(text))),
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let integers = fault::integers(std::any::type_name::<T>(), text);
    // `30.0` is an integer here as it is in JSON.
    if integers.is_some()
        && let Some(value) = as_whole(text).and_then(|digits| digits.parse().ok())
    {
        return Ok(value);
    }
    let expected = match std::any::type_name::<T>() {
        "f32" | "f64" => Some("a number"),
        "bool" => Some("true or false"),
        name => integers.or_else(|| Format::of_type(name).map(Format::words)),
    };
    // The types' own words speak of digits and characters, or do not say how a value is written.
    let expected = expected.map_or_else(|| error.to_string(), |expected| format!("expected {expected}"));
    Err(format!("{expected}, got {}", quoted(text)))
}

/// The digits of a whole number that is written with a fraction or an exponent.
fn as_whole(text: &str) -> Option<String> {
    let is_number = serde_json::from_str::<f64>(text).is_ok();
    if is_number { whole(text) } else { None }
}

fn quoted(text: &str) -> String {
    excerpt(&json_text::string(&excerpt(text)))
}

fn deserialize<T: DeserializeOwned>(read: &mut Read<'_>, index: usize, text: &str) -> Option<T> {
    deserialized(text).map_err(|why| read.fault(index, why)).ok()
}

/// First as a string, for enums, dates and the like; then as JSON, for numbers, booleans and structures.
///
/// # Errors
/// What is wrong with the text.
#[inline(never)] // It is called for a request and for a description.
fn deserialized<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let why = match T::deserialize(Plain(text)) {
        Ok(value) => return Ok(value),
        Err(why) => why,
    };
    let as_json = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let amended = as_whole(text).and_then(|digits| serde_json::from_str(&digits).ok());
    amended.ok_or_else(|| misfit(text, &why.to_string(), &as_json))
}

/// A text as a string for types that read one, also within an `Option` or a newtype.
struct Plain<'a>(&'a str);

impl<'de> Deserializer<'de> for Plain<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, v: V) -> Result<V::Value, Self::Error> {
        v.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        StrDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// Why a text was not read: as a string for one reason, as JSON for another.
fn misfit(text: &str, as_string: &str, as_json: &serde_json::Error) -> String {
    // Text that is JSON to begin with was meant as JSON.
    if text.trim_start().starts_with(['[', '{']) {
        let said = as_json.to_string();
        let (why, place) = said.rsplit_once(" at line ").unwrap_or((&said, "1"));
        return match as_json.is_data() {
            true => format!("{} (line {place} of the JSON)", fault::humane(why)),
            false => format!("not JSON that can be read, at line {place}: {why}"),
        };
    }
    let why = fault::humane(as_string);
    let got = if why.contains(", got ") { String::new() } else { format!(", got {}", quoted(text)) };
    let tip = match () {
        () if why.starts_with("expected an array") => r#"; write it as JSON, like ["a","b"]"#,
        () if why.starts_with("expected an object") => r#"; write it as JSON, like {"name":"value"}"#,
        () => "",
    };
    format!("{why}{got}{tip}")
}

impl Read<'_> {
    /// The text of a parameter: the outer `None` where it was given and is wrong, the inner one where it is missing.
    fn given(&mut self, index: usize) -> Option<Option<String>> {
        if self.is_faulty(index) {
            return None;
        }
        let Some(text) = self.texts[index].take() else { return Some(None) };
        let in_uri = self.call.request().uri().is_some() && !self.param(index).raw;
        if let Some(why) = unsafe_path(&text).filter(|_| in_uri) {
            self.fault(index, why.to_owned());
            return None;
        }
        Some(Some(text.into_owned()))
    }

    fn required(&mut self, index: usize) -> Option<String> {
        let text = self.given(index)?;
        if text.is_none() {
            self.missing(index);
        }
        text
    }
}

/// What makes a variable of a URI a danger to a function that takes it for a path (`server/resources`, "Security
/// Considerations"). Functions that know better say `#[arg(raw)]`.
pub(crate) fn unsafe_path(text: &str) -> Option<&'static str> {
    let drive = matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if text.contains('\0') {
        Some("a NUL byte is not allowed")
    } else if text.split(['/', '\\']).any(|segment| segment == "..") {
        Some("`..` is not allowed")
    } else if text.starts_with(['/', '\\']) || (drive && text[2..].starts_with(['/', '\\'])) {
        Some("an absolute path is not allowed")
    } else if drive {
        // Joined to a directory, `C:x` leaves it as well.
        Some("a drive, as in `C:`, is not allowed")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_out_of_a_directory_is_refused() {
        for text in ["..", "a/../b", "a\\..\\b", "/etc/passwd", "\\\\host\\share", "C:\\x", "C:/x", "C:x", "c:", "a\0b"]
        {
            assert!(unsafe_path(text).is_some(), "{text:?}");
        }
        for text in ["a", "a/b.txt", "a..b", "...", "10:30", "ab:c"] {
            assert!(unsafe_path(text).is_none(), "{text:?}");
        }
    }
}
