//! Servers that are known by their key.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::certificate::public_key;

/// The SHA-256 of a public key (`SubjectPublicKeyInfo`), as `curl --pinnedpubkey` writes it: `sha256//` and base64.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Pin([u8; 32]);

impl Pin {
    fn of(key: &[u8]) -> Option<Self> {
        digest::digest(&digest::SHA256, key).as_ref().try_into().ok().map(Self)
    }
}

impl FromStr for Pin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hash = text.strip_prefix("sha256//").and_then(|text| STANDARD.decode(text).ok());
        hash.and_then(|hash| hash.try_into().ok()).map(Self).ok_or_else(|| {
            format!(
                "{text:?} is no hash of a key; write sha256// and 44 characters of base64, or let a refusal tell it"
            )
        })
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256//{}", STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Takes certificates that are valid, and whose key is one of these.
#[derive(Debug)]
pub(super) struct Pinned {
    pub(super) valid: Arc<WebPkiServerVerifier>,
    pub(super) pins: Vec<Pin>,
}

/// The key is another one.
#[derive(Debug)]
struct OtherKey(Option<Pin>);

impl fmt::Display for OtherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("has another key than the one that is expected (pin)")?;
        self.0.map_or(Ok(()), |pin| write!(f, ": {pin}"))
    }
}

impl std::error::Error for OtherKey {}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let valid = self.valid.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)?;
        let pin = public_key(end_entity).and_then(Pin::of);
        if pin.is_some_and(|pin| self.pins.contains(&pin)) {
            return Ok(valid);
        }
        Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(OtherKey(pin))))))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.valid.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.valid.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.valid.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_read_as_curl_writes_it() {
        let text = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(text.parse::<Pin>().map(|pin| pin.to_string()).as_deref(), Ok(text));
        assert_eq!(Pin::of(b"").map(|pin| pin.to_string()).as_deref(), Some(text));
        for wrong in ["", "sha256//", "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "sha256//AAAA", "key.pem"]
        {
            assert!(wrong.parse::<Pin>().is_err(), "{wrong}");
        }
    }
}
