//! Sealing what others keep for us and must come back as it was: clients, and stores.

use std::fmt;
use std::sync::OnceLock;

use aegis::aegis256::Aegis256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;

const NONCE: usize = 32;
const TAG: usize = 16;

/// Says how a seal is made, so that it can be made otherwise one day.
const FORMAT: u8 = 1;

/// How many bytes a seal adds.
pub(crate) const SEAL_BYTES: usize = 1 + NONCE + TAG;

/// Seals and opens (AEGIS-256: authenticated encryption whose nonces are long enough to be drawn at random).
///
/// The first key seals, all of them open: to rotate, put a new key in front and drop the last once nothing sealed with it
/// can come back any more. Without any it draws one that nobody else has, when it is first needed.
#[derive(Default)]
pub(crate) struct Vault {
    keys: OnceLock<Vec<[u8; KEY_BYTES]>>,
}

impl Vault {
    /// With these keys.
    pub(crate) fn new(keys: Vec<[u8; KEY_BYTES]>) -> Self {
        Self { keys: if keys.is_empty() { OnceLock::new() } else { keys.into() } }
    }

    /// Whether it was given keys, so that what it seals can be opened after this process has ended, or by another.
    pub(crate) fn is_given_keys(&self) -> bool {
        self.keys.get().is_some()
    }

    fn keys(&self) -> Result<&[[u8; KEY_BYTES]], getrandom::Error> {
        if let Some(keys) = self.keys.get() {
            return Ok(keys);
        }
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key)?;
        Ok(self.keys.get_or_init(|| vec![key]))
    }

    /// Seals bytes; they open only together with what they are `bound_to`.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub(crate) fn seal(&self, plain: &[u8], bound_to: &[u8]) -> Result<Vec<u8>, getrandom::Error> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)?;
        let key = self.keys()?.first().ok_or(getrandom::Error::UNEXPECTED)?;
        let (sealed, tag) = Aegis256::<TAG>::new(key, &nonce).encrypt(plain, bound_to);
        Ok([&[FORMAT], &nonce[..], &tag, &sealed].concat())
    }

    /// Opens what was sealed. `None` where it is not as it was, or was bound to something else, or sealed with another key.
    pub(crate) fn open(&self, sealed: &[u8], bound_to: &[u8]) -> Option<Vec<u8>> {
        let (format, rest) = sealed.split_first()?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
        let (tag, rest) = rest.split_first_chunk::<TAG>()?;
        let open = |key| Aegis256::<TAG>::new(key, nonce).decrypt(rest, tag, bound_to).ok();
        if *format == FORMAT { self.keys().ok()?.iter().find_map(open) } else { None }
    }

    /// Seals bytes as text, which may be part of a message.
    ///
    /// # Errors
    /// As [`seal`](Self::seal).
    pub(crate) fn seal_text(&self, plain: &[u8], bound_to: &[u8]) -> Result<String, getrandom::Error> {
        Ok(URL_SAFE_NO_PAD.encode(self.seal(plain, bound_to)?))
    }

    /// How long the sealed text of so many bytes is.
    pub(crate) fn sealed_text_len(plain: usize) -> usize {
        base64::encoded_len(plain.saturating_add(SEAL_BYTES), false).unwrap_or(usize::MAX)
    }

    /// Opens what was sealed as text. `None` as with [`open`](Self::open).
    pub(crate) fn open_text(&self, sealed: &str, bound_to: &[u8]) -> Option<Vec<u8>> {
        self.open(&URL_SAFE_NO_PAD.decode(sealed).ok()?, bound_to)
    }
}

/// A fingerprint of bytes, the same in every process. It tells apart what comes about by chance or mistake; nobody is kept
/// from making two texts of one fingerprint.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    let (_, tag) = Aegis256::<16>::new(&[0; KEY_BYTES], &[0; NONCE]).encrypt(&[], bytes);
    URL_SAFE_NO_PAD.encode(tag)
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("keys", &self.keys.get().map_or(0, Vec::len)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_as_it_was_and_in_no_other_way() {
        let vault = Vault::default();
        let sealed = vault.seal_text(b"what was said", b"ada").expect("random bits");
        assert_eq!(vault.open_text(&sealed, b"ada").as_deref(), Some(&b"what was said"[..]));
        assert_eq!(sealed.len(), Vault::sealed_text_len(b"what was said".len()));
        assert_eq!(vault.open_text(&sealed, b"eve"), None);
        assert_eq!(Vault::default().open_text(&sealed, b"ada"), None);
        for at in 0..sealed.len() {
            let mut other = sealed.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).expect("ASCII");
            assert_eq!(vault.open_text(&other, b"ada"), None, "changed at {at}");
            assert_eq!(vault.open_text(&sealed[..at], b"ada"), None, "cut at {at}");
        }
        assert_eq!(vault.open_text(&format!("{sealed}A"), b"ada"), None);
        assert_eq!(vault.open_text(&format!("{sealed}-TAMPERED"), b"ada"), None);
    }

    #[test]
    fn old_keys_open_and_the_new_one_seals() {
        let (old, new) = ([1; KEY_BYTES], [2; KEY_BYTES]);
        let sealed = Vault::new(vec![old]).seal_text(b"it", b"").expect("random bits");
        let rotated = Vault::new(vec![new, old]);
        assert!(rotated.open_text(&sealed, b"").is_some());
        let again = rotated.seal_text(b"it", b"").expect("random bits");
        assert!(Vault::new(vec![old]).open_text(&again, b"").is_none());
        assert!(Vault::new(vec![new]).open_text(&again, b"").is_some());
    }
}
