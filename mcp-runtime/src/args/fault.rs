//! What is wrong with arguments, in words that a model can act on.

use std::fmt::{self, Write as _};

use serde::Serialize;

/// One thing that is wrong with the arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: a JSON pointer into `arguments`.
    pub pointer: String,
    /// What: what was expected and what was got.
    pub message: String,
}

/// All that is wrong with a call's arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, pointer: String, message: String) {
        self.0.push(Fault { pointer, message });
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invalid arguments:")?;
        for Fault { pointer, message } in &self.0 {
            let place = if pointer.is_empty() { "(the whole)" } else { pointer };
            write!(f, "\n- {place}: {message}")?;
        }
        Ok(())
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

/// The fault that serde found, its path put behind `prefix`.
pub(crate) fn from_serde(prefix: String, error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    use serde_path_to_error::Segment;
    let mut pointer = prefix;
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => {
                let _ = write!(pointer, "/{index}");
            }
            Segment::Map { key } => push_pointer(&mut pointer, key),
            Segment::Enum { variant } => push_pointer(&mut pointer, variant),
            Segment::Unknown => {}
        }
    }
    let text = error.inner().to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    Fault { pointer, message: humane(text) }
}

/// Serde's words, without Rust's type names: `expected an integer, got the string "x"`.
fn humane(text: &str) -> String {
    let Some((got, expected)) = text
        .strip_prefix("invalid type: ")
        .or_else(|| text.strip_prefix("invalid value: "))
        .and_then(|rest| rest.rsplit_once(", expected "))
    else {
        return text.to_owned();
    };
    let expected = match expected {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "an integer",
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "an integer, 0 or more",
        "f32" | "f64" => "a number",
        "a boolean" | "a Boolean" => "true or false",
        "unit" => "null",
        other => other,
    };
    let got = match got.split_once(' ') {
        Some(("integer" | "floating", number)) => number.trim_start_matches("point ").trim_matches('`').to_owned(),
        Some(("string", text)) => format!("the string {text}"),
        Some(("boolean", value)) => value.trim_matches('`').to_owned(),
        _ => match got {
            "map" => "an object".to_owned(),
            "sequence" => "an array".to_owned(),
            other => other.to_owned(),
        },
    };
    // A range is known for the small types only by their name.
    format!("expected {expected}, got {got}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serdes_words_become_everybodys() {
        for (serde, everybody) in [
            (r#"invalid type: string "x", expected i64"#, r#"expected an integer, got the string "x""#),
            ("invalid type: floating point `1.5`, expected u32", "expected an integer, 0 or more, got 1.5"),
            ("invalid value: integer `-1`, expected u8", "expected an integer, 0 or more, got -1"),
            ("invalid type: map, expected a string", "expected a string, got an object"),
            ("missing field `price`", "missing field `price`"),
        ] {
            assert_eq!(humane(serde), everybody);
        }
    }

    #[test]
    fn pointers_are_escaped() {
        assert_eq!(pointer_to("a/b~c"), "/a~1b~0c");
    }
}
