//! JSON as text, and small trees of it.
//!
//! `Display` of a [`Value`] has serializers of its own, compact and pretty. These functions use the one that
//! everything else is written with.

use serde_json::{Map, Number, Value};

/// A value as text.
pub(crate) fn value(value: &Value) -> String {
    // A tree always serializes: its keys are text.
    serde_json::to_string(value).unwrap_or_default()
}

/// An object with these members. A function, because `json!` writes all of this where it is used.
#[inline(never)]
pub(crate) fn object(members: Vec<(&str, Value)>) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
    object.into()
}

/// The member of this name. A function, because what looks for it is a quarter of a kilobyte wherever it is inlined.
#[inline(never)]
pub(crate) fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name)
}

/// The members of an object; none where there is no object.
pub(crate) fn members(object: Option<&Map<String, Value>>) -> Members<'_> {
    Members(object.map(Map::iter))
}

/// The members of an object, one after the other.
pub(crate) struct Members<'a>(Option<serde_json::map::Iter<'a>>);

impl<'a> Iterator for Members<'a> {
    type Item = (&'a String, &'a Value);

    // What walks over a tree is a kilobyte wherever it is inlined.
    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.as_mut()?.next()
    }
}

/// A number as JSON has it, but for whole ones, which have no fraction: `0.5`, `3`, `1e300`; `NaN`, `inf` or `-inf` where JSON
/// has none. `Display` of `f64` is twenty kilobytes of code, and JSON's numbers are written anyway.
#[inline(never)]
pub(crate) fn float(number: f64) -> String {
    let text = match Number::from_f64(number) {
        Some(number) => number.to_string(),
        None if number.is_nan() => "NaN".to_owned(),
        None => if number > 0.0 { "inf" } else { "-inf" }.to_owned(),
    };
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A text as a JSON string, quoted and escaped.
pub(crate) fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
