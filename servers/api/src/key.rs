//! The key of the API: it is sent, and never shown.

use hyper::header::HeaderValue;
use mcp_runtime::prelude::*;
use url::form_urlencoded::byte_serialize;

/// What a request shows to the API, if the API wants something.
pub struct Key {
    /// `Bearer …`, marked so that nothing shows it.
    authorization: Option<HeaderValue>,
    /// The key in each spelling in which it may come back.
    spellings: Vec<String>,
}

impl Key {
    /// # Errors
    /// The key has characters that no header has. The message does not have it.
    pub fn new(key: Option<&str>) -> Result<Self> {
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            return Ok(Self { authorization: None, spellings: Vec::new() });
        };
        let mut authorization = HeaderValue::try_from(format!("Bearer {key}"))
            .map_err(|_| Error::new("API_KEY has characters that no key has"))?;
        authorization.set_sensitive(true);
        let mut spellings = vec![
            key.to_owned(),
            // In a URL.
            byte_serialize(key.as_bytes()).collect(),
            // In texts that are quoted by JSON, and by messages of serde.
            inside(&serde_json::to_string(key)?).to_owned(),
            inside(&format!("{key:?}")).to_owned(),
        ];
        // The longest first: a part of one may be another.
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        spellings.dedup();
        Ok(Self { authorization: Some(authorization), spellings })
    }

    /// The header `Authorization`.
    pub fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// A text of the API without the key, which the API may have sent back.
    pub fn hide(&self, text: &str) -> String {
        self.spellings.iter().fold(text.to_owned(), |text, spelling| text.replace(spelling, "…"))
    }
}

/// What stands between quotation marks.
fn inside(quoted: &str) -> &str {
    quoted.trim_start_matches('"').strip_suffix('"').unwrap_or(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_hidden_in_every_spelling() {
        let key = Key::new(Some(r#"a"b\c+d/é="#)).expect("a key");
        for (text, expected) in [
            (r#"<a"b\c+d/é=>"#, "<…>"),
            (r#"<"a\"b\\c+d/é=">"#, r#"<"…">"#),
            ("?token=a%22b%5Cc%2Bd%2F%C3%A9%3D&x", "?token=…&x"),
            ("another", "another"),
        ] {
            assert_eq!(key.hide(text), expected, "{text}");
        }
        for none in [None, Some("")] {
            let key = Key::new(none).expect("no key");
            assert_eq!((key.hide("a text"), key.authorization()), ("a text".to_owned(), None));
        }
    }
}
