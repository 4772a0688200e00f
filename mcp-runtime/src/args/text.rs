//! Values that come as text: template variables and prompt arguments.
//!
//! A type is read with `FromStr` where it has it, else with `Deserialize`, from the text as a string or as JSON. Which,
//! is settled by method resolution on the concrete type, in the code that the macros expand to.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::de::value::StrDeserializer;

use super::fault;
use super::read::Read;
use super::shape::{excerpt, whole};
use crate::json_text;
use crate::output::{Fits, Misfit, Probe};

/// Reads a type that has `FromStr`.
pub trait TextByParse<T> {
    /// Yes.
    fn fits(&self) -> Fits;

    /// Whether it takes a missing value, as `Option` does.
    fn takes_nothing(&self) -> bool;

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
    let integers = fault::integers(std::any::type_name::<T>());
    let is_finite = match std::any::type_name::<T>() {
        "f32" => text.parse().is_ok_and(f32::is_finite),
        "f64" => text.parse().is_ok_and(f64::is_finite),
        _ => true,
    };
    let error = match text.parse::<T>() {
        // As in JSON: no `NaN`, no `inf`, and nothing that is too large to be told from it.
        Ok(_) if !is_finite => {
            read.fault(index, format!("expected a number, got {}", quoted(text)));
            return None;
        }
        Ok(value) => return Some(value),
        Err(error) => error,
    };
    // `30.0` is an integer here as it is in JSON.
    if integers.is_some()
        && let Some(value) = as_whole(text).and_then(|digits| digits.parse().ok())
    {
        return Some(value);
    }
    let expected = match std::any::type_name::<T>() {
        "f32" | "f64" => Some("a number"),
        "bool" => Some("true or false"),
        _ => integers,
    };
    // The standard types' own words speak of digits and strings.
    let expected = expected.map_or_else(|| error.to_string(), |expected| format!("expected {expected}"));
    read.fault(index, format!("{expected}, got {}", quoted(text)));
    None
}

/// The digits of a whole number that is written with a fraction or an exponent.
fn as_whole(text: &str) -> Option<String> {
    let is_number = text.parse::<f64>().is_ok() && text.bytes().any(|byte| byte.is_ascii_digit());
    if is_number { whole(text) } else { None }
}

fn quoted(text: &str) -> String {
    excerpt(&json_text::string(&excerpt(text)))
}

/// First as a string, for enums, dates and the like; then as JSON, for numbers, booleans and structures.
fn deserialize<T: DeserializeOwned>(read: &mut Read<'_>, index: usize, text: &str) -> Option<T> {
    let as_string = T::deserialize(StrDeserializer::<serde::de::value::Error>::new(text));
    let why = match as_string {
        Ok(value) => return Some(value),
        Err(why) => why,
    };
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let amended = as_whole(text).and_then(|digits| serde_json::from_str(&digits).ok());
    if amended.is_none() {
        let why = fault::humane(&why.to_string());
        let got = if why.contains(", got ") { String::new() } else { format!(", got {}", quoted(text)) };
        read.fault(index, format!("{why}{got}"));
    }
    amended
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
