//! What a session is called.

use std::fmt::Write as _;

use http::HeaderValue;

/// The id of a session: 128 random bits, which nobody guesses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SessionId(u128);

impl SessionId {
    /// The first in their order.
    pub(super) const LEAST: Self = Self(0);

    /// Another one.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub(super) fn fresh() -> Result<Self, getrandom::Error> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits)?;
        Ok(Self(u128::from_be_bytes(bits)))
    }

    /// Reads what [`text`](Self::text) has written, and nothing else.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        if text.len() != 32 || !text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        u128::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok().map(Self)
    }

    /// 32 hexadecimal digits.
    pub(super) fn text(self) -> String {
        let mut text = String::with_capacity(32);
        // Writing to a string does not fail.
        let _ = write!(text, "{:032x}", self.0);
        text
    }

    /// The value of `Mcp-Session-Id`.
    pub(super) fn header(self) -> HeaderValue {
        // Hexadecimal digits always make a header.
        HeaderValue::try_from(self.text()).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_and_nothing_like_it_is() {
        let id = SessionId::fresh().expect("random bits");
        let text = id.text();
        assert!(SessionId::parse(text.as_bytes()) == Some(id));
        for other in [
            &text[1..],
            &format!("{text}0"),
            &format!("+{}", &text[1..]),
            &text.to_uppercase().replace(|c: char| c.is_ascii_digit(), "A"),
            "",
        ] {
            assert!(SessionId::parse(other.as_bytes()).is_none(), "{other}");
        }
    }
}
