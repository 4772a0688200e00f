//! Holding JSON to shapes: objects with members, and what a member may be.

use mcp_proto::Version;
use serde_json::Value;

/// Whether a value is what it should be, and why not.
pub(super) type Checked = Result<(), String>;

/// A member of an object: its name, since when it is there, whether it must be, and what it is.
pub(super) type Member = (&'static str, Version, Need, fn(&Value, Version) -> Checked);

/// Whether a member must be there.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Need {
    Must,
    May,
}

use Need::Must;

/// Holds an object to its members: those that must be there, none that `version` does not have.
pub(super) fn object(value: &Value, version: Version, members: &[Member]) -> Checked {
    let object = value.as_object().ok_or_else(|| format!("no object: {value}"))?;
    for (name, value) in object {
        let known = members.iter().find(|(known, since, ..)| known == name && *since <= version);
        let Some((.., check)) = known else {
            return Err(format!("`{name}` is not known in {version}"));
        };
        check(value, version).map_err(|why| format!("`{name}`: {why}"))?;
    }
    let missing =
        members.iter().find(|(name, since, need, _)| *need == Must && *since <= version && !object.contains_key(*name));
    missing.map_or(Ok(()), |(name, ..)| Err(format!("`{name}` is missing")))
}

pub(super) fn each(value: &Value, version: Version, check: fn(&Value, Version) -> Checked) -> Checked {
    let items = value.as_array().ok_or_else(|| format!("no array: {value}"))?;
    items.iter().try_for_each(|item| check(item, version))
}

pub(super) fn that(holds: bool, what: &str, value: &Value) -> Checked {
    if holds { Ok(()) } else { Err(format!("no {what}: {value}")) }
}

pub(super) fn one_of(value: &Value, words: &[&str]) -> Checked {
    let known = value.as_str().is_some_and(|word| words.contains(&word));
    that(known, &words.join(" or "), value)
}

pub(super) fn base64(value: &Value, _: Version) -> Checked {
    let text = value.as_str().unwrap_or("?");
    let digits = text.trim_end_matches('=');
    let clean = digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte));
    that(clean && text.len().is_multiple_of(4), "Base64", value)
}

pub(super) fn id(value: &Value, _: Version) -> Checked {
    that(value.is_string() || value.is_i64(), "id", value)
}

pub(super) fn text(value: &Value, _: Version) -> Checked {
    that(value.as_str().is_some_and(|text| !text.is_empty()), "text", value)
}

pub(super) fn string(value: &Value, _: Version) -> Checked {
    that(value.is_string(), "string", value)
}

pub(super) fn number(value: &Value, _: Version) -> Checked {
    that(value.is_number(), "number", value)
}

pub(super) fn integer(value: &Value, _: Version) -> Checked {
    that(value.is_i64(), "integer", value)
}

pub(super) fn natural(value: &Value, _: Version) -> Checked {
    that(value.is_u64(), "natural number", value)
}

pub(super) fn boolean(value: &Value, _: Version) -> Checked {
    that(value.is_boolean(), "boolean", value)
}

pub(super) fn any_object(value: &Value, _: Version) -> Checked {
    that(value.is_object(), "object", value)
}

pub(super) fn anything(_: &Value, _: Version) -> Checked {
    Ok(())
}
