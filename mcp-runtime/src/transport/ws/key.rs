//! The keys of the handshake (RFC 6455, 4.2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1_smol::Sha1;

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What a server answers to a client's key; `None` if it is no key.
pub(crate) fn accepted(key: &[u8]) -> Option<String> {
    let key = key.trim_ascii();
    STANDARD.decode(key).ok().filter(|bytes| bytes.len() == 16)?;
    Some(STANDARD.encode(Sha1::from([key, GUID].concat()).digest().bytes()))
}

/// A client's key.
#[cfg(feature = "client")]
pub(crate) fn fresh() -> String {
    let mut bytes = [0; 16];
    // It proves that the server speaks WebSocket, which it does without chance, too.
    let _ = getrandom::fill(&mut bytes);
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_key_is_that_of_the_standard() {
        assert_eq!(accepted(b"dGhlIHNhbXBsZSBub25jZQ==").as_deref(), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        for wrong in [&b""[..], b"x", b"dGhlIHNhbXBsZSBub25j", b"\xff"] {
            assert_eq!(accepted(wrong), None);
        }
    }
}
