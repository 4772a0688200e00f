//! The certificate that a client has shown.

use std::sync::Arc;
#[cfg(feature = "tls")]
use std::time::SystemTime;

#[cfg(feature = "tls")]
use serde_json::value::RawValue;
#[cfg(feature = "tls")]
use serde_json::{Map, Value};

use crate::call::{AuthMethod, Principal};
#[cfg(feature = "tls")]
use crate::tls::{Name, Parsed};

/// A certificate that a client has shown, and that a transport has verified: chain, time and possession of the key. The transport, or
/// the program's own listener, puts it into the extensions of the request. Nothing that a client sends in a header becomes one.
///
/// ```
/// use mcp_runtime::PeerCertificate;
///
/// # let der = vec![];
/// let certificate = PeerCertificate::verified("CN=build,O=Example", "CN=Example CA", der);
/// assert_eq!(certificate.subject(), "CN=build,O=Example");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate(Arc<Certificate>);

#[derive(Debug, PartialEq, Eq)]
struct Certificate {
    subject: String,
    issuer: String,
    der: Vec<u8>,
    /// What is known of it beside its names, where the transport has read it.
    #[cfg(feature = "tls")]
    read: Option<Read>,
}

#[cfg(feature = "tls")]
#[derive(Debug, PartialEq, Eq)]
struct Read {
    names: Vec<Name>,
    expires: Option<SystemTime>,
}

impl PeerCertificate {
    /// A verified certificate: the names of its subject and its issuer (RFC 4514), and the certificate itself in DER.
    pub fn verified(subject: impl Into<String>, issuer: impl Into<String>, der: Vec<u8>) -> Self {
        Self(Arc::new(Certificate {
            subject: subject.into(),
            issuer: issuer.into(),
            der,
            #[cfg(feature = "tls")]
            read: None,
        }))
    }

    /// One that a handshake has verified.
    #[cfg(feature = "tls")]
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let Parsed { mut subject, issuer, not_after: expires, names, .. } = Parsed::read(der)?;
        if subject.is_empty() {
            // Certificates of workloads have a URI alone, such as that of SPIFFE.
            let text = |name: &Name| match name {
                Name::Uri(text) | Name::Dns(text) | Name::Email(text) => text.clone(),
                Name::Ip(address) => address.to_string(),
            };
            let best = names.iter().find(|name| matches!(name, Name::Uri(_))).or_else(|| names.first());
            subject = best.map(text).unwrap_or_default();
        }
        let read = Some(Read { names, expires });
        Some(Self(Arc::new(Certificate { subject, issuer, der: der.to_vec(), read })))
    }

    /// Whose it is. A certificate without a subject has the first URI of its other names in this place, or another name.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Who has signed it.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The certificate itself, in DER.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The other names of the certificate (`subjectAltName`): hosts, URIs, e-mail addresses and IP addresses, as text. There are none where
    /// the certificate did not come over TLS of this crate's.
    #[cfg(feature = "tls")]
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.0.read.iter().flat_map(|read| &read.names).map(|name| match name {
            Name::Dns(text) | Name::Email(text) | Name::Uri(text) => text.clone(),
            Name::Ip(address) => address.to_string(),
        })
    }

    /// The caller whose certificate it is: the subject and the issuer, and the other names as the claim `san`.
    pub(crate) fn principal(&self) -> Principal {
        let principal = Principal::new(self.subject()).with_issuer(self.issuer()).with_method(AuthMethod::Certificate);
        #[cfg(feature = "tls")]
        if let Some(read) = &self.0.read {
            let principal = match read.expires {
                Some(expires) => principal.with_expiry(expires),
                None => principal,
            };
            return principal.with_claims(read.claim().map(|claim| ("san", claim)));
        }
        principal
    }
}

#[cfg(feature = "tls")]
impl Read {
    /// The names by their kinds: `{"dns":["a.example"]}`.
    fn claim(&self) -> Option<Box<RawValue>> {
        let mut kinds = Map::new();
        for name in &self.names {
            let (kind, text) = match name {
                Name::Dns(text) => ("dns", text.clone()),
                Name::Email(text) => ("email", text.clone()),
                Name::Uri(text) => ("uri", text.clone()),
                Name::Ip(address) => ("ip", address.to_string()),
            };
            if let Value::Array(names) = kinds.entry(kind).or_insert_with(|| Value::Array(Vec::new())) {
                names.push(text.into());
            }
        }
        serde_json::value::to_raw_value(&kinds).ok().filter(|_| !kinds.is_empty())
    }
}
