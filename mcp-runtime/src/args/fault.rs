//! What is wrong with arguments, in words that a model can act on.

use std::fmt::{self, Write as _};

use serde::{Serialize, Serializer};

use super::constraint::Num;
use super::shape::{excerpt, number};
use crate::call::FaultLimits;
use crate::nearest::nearest;
use crate::order::order;

/// The longest place and the longest message, in bytes.
const LONGEST_POINTER: usize = 256;
const LONGEST_MESSAGE: usize = 512;

/// One thing that is wrong with the arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    /// Where: a JSON pointer into `arguments`.
    pub pointer: String,
    /// What: what was expected and what was got.
    pub message: String,
}

/// All that is wrong with a call's arguments: the first faults, within the limits, and the number of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    limits: FaultLimits,
    told: Vec<Fault>,
    bytes: usize,
    more: usize,
}

impl Faults {
    pub(crate) fn new(limits: FaultLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Adds a fault, unless the same is known already. Beyond the limits it is counted.
    pub(crate) fn add(&mut self, pointer: String, message: String) {
        if self.are_full() {
            return self.count();
        }
        let fault = Fault { pointer: cut(pointer, LONGEST_POINTER), message: cut(message, LONGEST_MESSAGE) };
        if self.told.contains(&fault) {
            return;
        }
        let bytes = written(&fault.pointer) + written(&fault.message);
        if self.bytes + bytes > self.limits.bytes {
            // Shorter ones might fit still; but then the first would not be the first.
            self.bytes = self.limits.bytes;
            return self.count();
        }
        self.bytes += bytes;
        self.told.push(fault);
    }

    /// Adds faults that were found elsewhere.
    pub(crate) fn take(&mut self, faults: Vec<(String, String)>, more: usize) {
        for (pointer, message) in faults {
            self.add(pointer, message);
        }
        self.more += more;
    }

    /// Counts a fault that is not told.
    pub(crate) fn count(&mut self) {
        self.more += 1;
    }

    /// Whether faults are only counted from now on.
    pub(crate) fn are_full(&self) -> bool {
        self.told.len() >= self.limits.count || self.bytes >= self.limits.bytes
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.told.is_empty() && self.more == 0
    }

    /// Those that are told.
    pub(crate) fn told(&self) -> &[Fault] {
        &self.told
    }

    /// How many are not told.
    pub(crate) fn more(&self) -> usize {
        self.more
    }

    /// Puts the faults in the order of these arguments. Those that are about none of them come last, in the order in which they were
    /// found.
    pub(crate) fn sort(&mut self, names: &[&str]) {
        if self.told.len() > 1 {
            let of = |fault: &Fault| names.iter().position(|name| is_at(&fault.pointer, &place_of(name)));
            let of: Vec<usize> = self.told.iter().map(|fault| of(fault).unwrap_or(names.len())).collect();
            let sorted = order(of.len(), &|a, b| of[a].cmp(&of[b]));
            self.told = sorted.into_iter().map(|index| self.told[index].clone()).collect();
        }
    }

    /// Whether something is wrong with this argument, or with something in it.
    pub(crate) fn are_of(&self, name: &str) -> bool {
        if self.told.is_empty() {
            return false;
        }
        let own = place_of(name);
        self.told.iter().any(|fault| is_at(&fault.pointer, &own))
    }
}

impl Serialize for Faults {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.told.serialize(serializer)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invalid arguments:")?;
        for Fault { pointer, message } in &self.told {
            let place = if pointer.is_empty() { "(the whole)" } else { pointer };
            write!(f, "\n- {place}: {message}")?;
        }
        if self.more > 0 {
            write!(f, "\n- and {} more", self.more)?;
        }
        Ok(())
    }
}

/// The pointer to an argument, as faults have it.
fn place_of(name: &str) -> String {
    cut(pointer_to(&excerpt(name)), LONGEST_POINTER)
}

/// Whether a pointer leads to this place, or into it.
fn is_at(pointer: &str, place: &str) -> bool {
    pointer.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The beginning of a text, in no more than so many bytes as JSON has them.
fn cut(mut text: String, most: usize) -> String {
    if written(&text) > most {
        let mut bytes = 0;
        let fits = text.char_indices().find(|(_, c)| {
            bytes += width(*c);
            bytes > most - '…'.len_utf8()
        });
        text.truncate(fits.map_or(text.len(), |(at, _)| at));
        text.push('…');
    }
    text
}

/// How many bytes a text takes as JSON.
fn written(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        '\0'..'\x20' => 6,
        c => c.len_utf8(),
    }
}

/// Appends one step to a JSON pointer (RFC 6901).
pub(crate) fn push_pointer(pointer: &mut String, step: &str) {
    pointer.push('/');
    for c in step.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// The pointer to a top-level argument.
pub(crate) fn pointer_to(name: &str) -> String {
    let mut pointer = String::with_capacity(name.len() + 1);
    push_pointer(&mut pointer, name);
    pointer
}

/// Whether a pointer leads to this argument, or into it.
pub(super) fn is_within(pointer: &str, name: &str) -> bool {
    let own = pointer_to(&excerpt(name));
    pointer.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Says that an argument of this description is missing.
pub(crate) fn missing(docs: &str) -> String {
    match docs.lines().next().unwrap_or_default() {
        "" => "missing".to_owned(),
        line => format!("missing: {line}"),
    }
}

/// Says that there is no argument of this name, but these.
pub(crate) fn unknown(name: &str, names: &[&str]) -> String {
    match nearest(name, &mut names.iter().copied()) {
        Some(near) => format!("unknown argument; did you mean `{near}`?"),
        None if names.is_empty() => "unknown argument; there are none".to_owned(),
        None => match names {
            [only] => format!("unknown argument; there is only `{only}`"),
            names => format!("unknown argument; there are {}", names.join(", ")),
        },
    }
}

/// Where `serde` has found a fault, behind `prefix`, and what it is.
pub(crate) fn from_serde(prefix: String, error: &serde_path_to_error::Error<serde_json::Error>) -> (String, String) {
    use serde_path_to_error::Segment;
    let mut pointer = prefix;
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => drop(write!(pointer, "/{index}")),
            Segment::Map { key } => push_pointer(&mut pointer, &excerpt(key)),
            Segment::Enum { variant } => push_pointer(&mut pointer, &excerpt(variant)),
            Segment::Unknown => {}
        }
        // Deeper places are cut in any case.
        if pointer.len() > LONGEST_POINTER {
            break;
        }
    }
    let text = error.inner().to_string();
    let text = text.rsplit_once(" at line ").map_or(&*text, |(text, _)| text);
    let quoted = |before: &str| text.strip_prefix(before)?.split('`').nth(1);
    if let Some(name) = quoted("missing field ") {
        push_pointer(&mut pointer, &excerpt(name));
        return (pointer, "missing".to_owned());
    }
    if let Some(name) = quoted("duplicate field ") {
        push_pointer(&mut pointer, &excerpt(name));
        return (pointer, "given twice".to_owned());
    }
    (pointer, humane(text))
}

/// Serde's words in JSON's words: `expected an integer, got the string "x"`.
pub(crate) fn humane(text: &str) -> String {
    if text.starts_with("data did not match any variant of untagged enum") {
        return "fits none of the forms that are allowed".to_owned();
    }
    if text.starts_with("trailing characters") {
        return "more than can be read as one value".to_owned();
    }
    if let Some(rest) = text.strip_prefix("unknown field ") {
        return format!(
            "unknown member {}",
            rest.replace(", expected one of ", "; there are ").replace(", expected ", "; there is ")
        );
    }
    if text.starts_with("recursion limit exceeded") {
        return "nested too deeply; 128 levels are allowed".to_owned();
    }
    if let Some(rest) = text.strip_prefix("unknown variant ") {
        return match rest.split_once(", expected ") {
            Some((got, expected)) => {
                format!("expected {}, got {}", expected.replace('`', "\""), got.replace('`', "\""))
            }
            None => "fits none of the forms that are allowed".to_owned(),
        };
    }
    if let Some((got, expected)) = text.strip_prefix("invalid length ").and_then(|rest| rest.split_once(", expected "))
    {
        return format!("expected {}, got one of length {got}", in_json(expected, ""));
    }
    let Some((got, expected)) = text
        .strip_prefix("invalid type: ")
        .or_else(|| text.strip_prefix("invalid value: "))
        .and_then(|rest| rest.rsplit_once(", expected "))
    else {
        return text.to_owned();
    };
    let mut number = "";
    let got = match got.split_once(' ') {
        Some(("integer" | "floating", given)) => {
            number = given.trim_start_matches("point ").trim_matches('`');
            number.to_owned()
        }
        Some(("string", text)) => format!("the string {}", excerpt(text)),
        Some(("boolean", value)) => value.trim_matches('`').to_owned(),
        _ => match got {
            "map" => "an object".to_owned(),
            "sequence" => "an array".to_owned(),
            other => other.to_owned(),
        },
    };
    format!("expected {}, got {got}", in_json(expected, number))
}

/// What serde expects, in JSON's words: types of Rust mean nothing to who sends JSON. `number` is what was given, if it is one.
fn in_json(expected: &str, number: &str) -> String {
    if let Some(range) = integers(expected, number) {
        return range.to_owned();
    }
    let elements = |text: &str| {
        let count = text.split(' ').find_map(|word| word.parse::<usize>().ok())?;
        Some(format!("an array of {count} {}", if count == 1 { "item" } else { "items" }))
    };
    match expected {
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" | "a Boolean" => "true or false".to_owned(),
        "unit" => "null".to_owned(),
        "a borrowed string" | "a character" => "a string".to_owned(),
        "a sequence" => "an array".to_owned(),
        "a map" => "an object".to_owned(),
        _ => match expected.split_once(' ') {
            Some(("unit", _)) => "null".to_owned(),
            Some(("tuple", rest)) => elements(rest).unwrap_or_else(|| "an array".to_owned()),
            Some(("struct", rest)) if rest.contains(" with ") => {
                elements(rest).unwrap_or_else(|| "an object".to_owned())
            }
            Some(("struct" | "internally" | "adjacently" | "map", _)) => "an object".to_owned(),
            Some(("enum", _)) => "a string or an object".to_owned(),
            Some(("variant" | "field", _)) => "a string".to_owned(),
            Some(("a", rest)) if rest.starts_with("tuple") => elements(rest).unwrap_or_else(|| "an array".to_owned()),
            Some(("an", rest)) if rest.starts_with("array of length") => {
                elements(rest).unwrap_or_else(|| "an array".to_owned())
            }
            _ => expected.to_owned(),
        },
    }
}

/// What an integer type of Rust holds. The ends of 64 bits are told to who has given a number beyond them; to others they say nothing.
pub(super) fn integers(type_name: &str, given: &str) -> Option<&'static str> {
    let is_within = |least: i128, most: i128| whole_number(given).is_none_or(|given| (least..=most).contains(&given));
    Some(match type_name {
        "i8" => "an integer from -128 to 127",
        "i16" => "an integer from -32768 to 32767",
        "i32" => "an integer from -2147483648 to 2147483647",
        "i64" | "isize" if is_within(i64::MIN.into(), i64::MAX.into()) => "an integer",
        "i64" | "isize" => "an integer from -9223372036854775808 to 9223372036854775807",
        "u8" => "an integer from 0 to 255",
        "u16" => "an integer from 0 to 65535",
        "u32" => "an integer from 0 to 4294967295",
        "u64" | "usize" if is_within(i128::MIN, u64::MAX.into()) => "an integer, 0 or more",
        "u64" | "usize" => "an integer from 0 to 18446744073709551615",
        "i128" => "an integer",
        "u128" => "an integer, 0 or more",
        _ => return None,
    })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The whole number that a text is, or the one of 128 bits that is nearest to it.
fn whole_number(text: &str) -> Option<i128> {
    // Other texts are no numbers, and not read as such.
    if !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    match number(text) {
        Some(Num::Int(number)) => return Some(number),
        Some(Num::Float(number)) if number.fract() != 0.0 => return None,
        Some(Num::Float(_)) => {}
        // More digits than floats hold are a number as well.
        None if is_digits(text.strip_prefix('-').unwrap_or(text)) => {}
        None => return None,
    }
    Some(if text.starts_with('-') { i128::MIN } else { i128::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serdes_words_become_everybodys() {
        for (serde, everybody) in [
            (r#"invalid type: string "x", expected i8"#, r#"expected an integer from -128 to 127, got the string "x""#),
            ("invalid value: integer `300`, expected u8", "expected an integer from 0 to 255, got 300"),
            (r#"invalid type: string "x", expected i64"#, r#"expected an integer, got the string "x""#),
            ("invalid type: floating point `1.5`, expected i64", "expected an integer, got 1.5"),
            ("invalid type: map, expected usize", "expected an integer, 0 or more, got an object"),
            ("invalid value: integer `-1`, expected u64", "expected an integer, 0 or more, got -1"),
            // What 64 bits hold is worth its words to who has given more.
            (
                "invalid value: integer `9223372036854775808`, expected i64",
                "expected an integer from -9223372036854775808 to 9223372036854775807, got 9223372036854775808",
            ),
            (
                "invalid type: floating point `1e20`, expected u64",
                "expected an integer from 0 to 18446744073709551615, got 1e20",
            ),
            ("invalid type: map, expected a string", "expected a string, got an object"),
            ("invalid type: sequence, expected struct Line", "expected an object, got an array"),
            (
                r#"invalid type: string "cash", expected internally tagged enum Payment"#,
                r#"expected an object, got the string "cash""#,
            ),
            (
                "invalid length 1, expected tuple variant Shape::Rect with 2 elements",
                "expected an array of 2 items, got one of length 1",
            ),
            (
                "invalid type: integer `1`, expected tuple struct Pair with 2 elements",
                "expected an array of 2 items, got 1",
            ),
            ("invalid length 3, expected a tuple of size 2", "expected an array of 2 items, got one of length 3"),
            ("invalid type: integer `1`, expected unit variant Color::Red", "expected null, got 1"),
            ("unknown variant `blue`, expected `red` or `green`", r#"expected "red" or "green", got "blue""#),
            ("data did not match any variant of untagged enum Id", "fits none of the forms that are allowed"),
            ("the day is over", "the day is over"),
        ] {
            assert_eq!(humane(serde), everybody);
        }
    }

    #[test]
    fn pointers_are_escaped() {
        assert_eq!(pointer_to("a/b~c"), "/a~1b~0c");
    }

    #[test]
    fn many_faults_and_long_ones_take_little_room() {
        let limits = FaultLimits::default();
        let mut faults = Faults::new(limits);
        for index in 0..100_000 {
            faults.add(format!("/{index}"), "\0".repeat(200));
        }
        assert!(faults.to_string().len() < limits.bytes, "{}", faults.to_string().len());
        assert_eq!(faults.told().len() + faults.more(), 100_000);
        let json = serde_json::to_string(&faults).expect("JSON");
        assert!(json.len() < 2 * limits.bytes, "{}", json.len());
        let mut faults = Faults::default();
        for index in 0..60 {
            faults.add(format!("/{index}"), "missing".to_owned());
        }
        assert_eq!(faults.told().len(), limits.count);
        assert!(faults.to_string().ends_with("/49: missing\n- and 10 more"));
    }
}
