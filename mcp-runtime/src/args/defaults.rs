//! Defaults of a schema that was written by hand.

use std::borrow::Cow;
use std::sync::Arc;

use mcp_proto::wire::members;
use serde_json::Value;

use super::fault::{is_within, pointer_to};
use crate::call::{FaultLimits, Inspect};
use crate::json_text;

/// The `default` of each property of a schema, which arguments get where callers leave them out. `null` stands for no default.
#[derive(Clone, Debug)]
pub(crate) struct Defaults(Arc<[(String, String)]>);

impl Defaults {
    /// Those of a schema. What is no schema has none.
    pub(crate) fn of(schema: &str) -> Self {
        let schema = serde_json::from_str::<Value>(schema).unwrap_or_default();
        let properties = json_text::members(schema.get("properties").and_then(Value::as_object));
        let defaults = properties.filter_map(|(name, property)| {
            let default = property.get("default").filter(|default| !default.is_null())?;
            Some((name.clone(), json_text::value(default)))
        });
        Self(defaults.collect())
    }

    /// Arguments with the defaults of those that are left out.
    pub(crate) fn fill<'a>(&self, json: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() { Cow::Borrowed(json) } else { self.filled(json) }
    }

    #[inline(never)]
    fn filled<'a>(&self, json: &'a str) -> Cow<'a, str> {
        let (mut left_out, mut is_empty) = (vec![true; self.0.len()], true);
        let is_object = members(json, |name, _| {
            is_empty = false;
            if let Some(at) = self.0.iter().position(|(known, _)| known == name) {
                left_out[at] = false;
            }
            true
        });
        let Some(end) = json.rfind('}').filter(|_| is_object && left_out.contains(&true)) else {
            return Cow::Borrowed(json);
        };
        let mut filled = json[..end].to_owned();
        for ((name, default), _) in self.0.iter().zip(left_out).filter(|(_, is_left_out)| *is_left_out) {
            if !is_empty {
                filled.push(',');
            }
            is_empty = false;
            filled.push_str(&json_text::string(name));
            filled.push(':');
            filled.push_str(default);
        }
        filled.push('}');
        Cow::Owned(filled)
    }

    /// How defaults break the schema that they are of.
    pub(crate) fn faults(&self, inspector: &dyn Inspect) -> Vec<String> {
        let limits = FaultLimits::default();
        let found = inspector.inspect(&self.fill("{}"), true, limits);
        let mut faults = Vec::new();
        for (pointer, why) in found.faults {
            // Of others nothing is known here: they may be required.
            if let Some((name, _)) = self.0.iter().find(|(name, _)| is_within(&pointer, name)) {
                let place = pointer.strip_prefix(&*pointer_to(name)).filter(|place| !place.is_empty());
                let place = place.map(|place| format!(", at {place}")).unwrap_or_default();
                faults.push(format!("the default of `{name}` does not fit its own schema{place}: {why}"));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_filled_in_and_nothing_else_is_changed() {
        let schema =
            r#"{"properties":{"a":{"default":1},"b":{"default":{"c":"é\n"}},"d":{},"e":{"default":null},"f":true}}"#;
        let defaults = Defaults::of(schema);
        let cases = [
            ("{}", r#"{"a":1,"b":{"c":"é\n"}}"#),
            (r#"{ "d" : "}" } "#, r#"{ "d" : "}" ,"a":1,"b":{"c":"é\n"}}"#),
            (r#"{"\u0061":null}"#, r#"{"\u0061":null,"b":{"c":"é\n"}}"#),
            (r#"{"b":2,"a":3}"#, r#"{"b":2,"a":3}"#),
            ("[1]", "[1]"),
        ];
        for (given, filled) in cases {
            assert_eq!(defaults.fill(given), filled, "{given}");
        }
        for schema in ["{}", "true", "no schema", r#"{"properties":[{"default":1}]}"#] {
            assert_eq!(Defaults::of(schema).fill("{}"), "{}", "{schema}");
        }
    }
}
