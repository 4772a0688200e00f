//! What of a payload may stand in a log: without what is called like a secret, and cut.

use std::borrow::Cow;

use serde_json::Value;

use crate::escape::one_line;

/// Which members are not shown.
#[derive(Clone, Debug)]
pub(crate) struct Redaction {
    /// Parts of their names, without case and punctuation.
    names: Vec<String>,
}

/// What members are called whose values nobody should read.
const SECRETS: [&str; 10] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "authorization",
    "apikey",
    "credential",
    "cookie",
    "privatekey",
];

/// What stands in place of what is not shown.
const REDACTED: &str = "(redacted)";

impl Default for Redaction {
    fn default() -> Self {
        Self { names: SECRETS.map(str::to_owned).into() }
    }
}

impl Redaction {
    #[cfg(any(feature = "layers", feature = "auth", test))]
    pub(crate) fn add<N: AsRef<str>>(&mut self, names: impl IntoIterator<Item = N>) {
        // A name without a letter would be part of each.
        self.names.extend(names.into_iter().map(|name| plain(name.as_ref())).filter(|name| !name.is_empty()));
    }

    /// JSON as it may be shown: its beginning, on one line.
    pub(crate) fn show(&self, json: &str, bytes: usize) -> String {
        // What is not understood is not shown: it may hold anything.
        let Ok(mut value) = serde_json::from_str(json) else { return "(unreadable)".to_owned() };
        self.redact(&mut value);
        cut(&value.to_string(), bytes).into_owned()
    }

    fn redact(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if self.hides(name) {
                        *value = REDACTED.into();
                    } else {
                        self.redact(value);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact(item)),
            // Structured results stand in a text once more.
            Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
                if let Ok(mut within) = serde_json::from_str(text) {
                    self.redact(&mut within);
                    *text = within.to_string();
                }
            }
            _ => {}
        }
    }

    /// Whether the value of a member of this name is not shown.
    pub(crate) fn hides(&self, name: &str) -> bool {
        let name = plain(name);
        self.names.iter().any(|part| name.contains(&**part))
    }
}

/// A name without case and punctuation.
fn plain(name: &str) -> String {
    name.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The beginning of a text, on one line: how long it was is told.
pub(crate) fn cut(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.len() <= bytes {
        return one_line(text);
    }
    let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{}… ({} bytes)", one_line(&text[..end]), text.len()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown_in_any_spelling_or_place() {
        let mut redaction = Redaction::default();
        redaction.add(["I-BAN", "-"]);
        let show = |json| redaction.show(json, 1_000);
        assert_eq!(show(r#"{"user":"ada","Db_Password":"x"}"#), r#"{"Db_Password":"(redacted)","user":"ada"}"#);
        assert_eq!(
            show(r#"[{"X-Api-Key":{"a":1}},{"apiKey":7}]"#),
            r#"[{"X-Api-Key":"(redacted)"},{"apiKey":"(redacted)"}]"#
        );
        assert_eq!(show(r#"{"iban":"x","text":"a-b"}"#), r#"{"iban":"(redacted)","text":"a-b"}"#);
        assert_eq!(show(r#"{"text":"{\"token\":\"x\"}"}"#), r#"{"text":"{\"token\":\"(redacted)\"}"}"#);
        assert_eq!(show(r#"{"text":"{token"}"#), r#"{"text":"{token"}"#);
        assert_eq!(show(r#"{"token":"x""#), "(unreadable)");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("été", 3), "ét… (5 bytes)");
        assert_eq!(cut("été", 5), "été");
        assert_eq!(cut("a\nb", 9), "a\\nb");
    }
}
