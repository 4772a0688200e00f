//! What a type takes that is read from text, as a schema.
//!
//! Such a type has `FromStr` or `Deserialize`, and no schema. What it takes is known from the words with which it refuses a text.

use serde_json::{Map, Value};

use super::param::{Param, Source};
use super::preset::broken;
use super::shape::Format;

/// A text that only types of texts take.
const UNLIKELY: &str = "\0";

/// What is wrong with a text for a type.
pub(crate) type TextFault = fn(&str) -> Option<String>;

/// The schema of the values of a type: its kind, its choices, its format. A text where it is not known.
pub(crate) fn text_schema(fault: TextFault) -> Map<String, Value> {
    let refusal = fault(UNLIKELY);
    let expected = refusal.as_deref().and_then(|refusal| refusal.strip_prefix("expected ")?.rsplit_once(", got "));
    let expected = expected.map(|(expected, _)| expected).unwrap_or_default();
    let kind = match expected {
        "true or false" => "boolean",
        "a number" => "number",
        "an array" => "array",
        "an object" => "object",
        _ if expected.starts_with("an integer") => "integer",
        _ => "string",
    };
    let mut schema = Map::new();
    schema.insert("type".to_owned(), kind.into());
    if kind == "integer" {
        let (least, most) = bounds(expected);
        schema.extend(least.map(|least| ("minimum".to_owned(), least.into())));
        schema.extend(most.map(|most| ("maximum".to_owned(), most.into())));
    }
    if kind == "string" {
        schema.extend(Format::of_words(expected).map(|format| ("format".to_owned(), format.into())));
        let choices = quoted(expected);
        if !choices.is_empty() && choices.iter().all(|choice| fault(choice).is_none()) {
            schema.insert("enum".to_owned(), choices.into());
        }
    }
    schema
}

/// The bounds of `an integer from 0 to 255`, or of `an integer, 0 or more`. Those of 32 bits and more are as good as none, as in the
/// schemas of tools.
fn bounds(expected: &str) -> (Option<i64>, Option<i64>) {
    let numbers: Vec<i64> = expected.split([' ', ',']).filter_map(|word| word.parse().ok()).collect();
    let is_told = |number: &i64| *number > i64::from(i32::MIN) && *number < i64::from(i32::MAX);
    (numbers.first().copied().filter(is_told), numbers.get(1).copied().filter(is_told))
}

/// What stands in quotes, or in the marks that errors of Rust have.
fn quoted(text: &str) -> Vec<&str> {
    text.split(['"', '`']).enumerate().filter(|(at, _)| at % 2 == 1).map(|(_, text)| text).collect()
}

impl Param {
    /// What is wrong with a text for it, if it is read from text.
    pub(crate) fn text_fault(&self, text: &str) -> Option<String> {
        let Source::Text { fault, .. } = self.source else { return None };
        fault(text).or_else(|| {
            let value = match serde_json::from_str(text) {
                Ok(value @ (Value::Array(_) | Value::Object(_))) => [value, Value::Null],
                Ok(value) => [value, text.into()],
                Err(_) => [text.into(), Value::Null],
            };
            self.constraints().find_map(|rule| value.iter().find_map(|value| broken(rule, value)))
        })
    }
}
