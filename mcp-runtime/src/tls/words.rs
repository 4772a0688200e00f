//! Why a connection was refused, in words.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::{Duration, SystemTime};

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, ExtendedKeyPurpose, InvalidMessage, PeerIncompatible};

use crate::moment;

/// The last second that is told, of the year 9999.
const LAST: u64 = 253_402_300_799;

/// What is said of the other side's word on our certificate.
const DISTRUST: &str = "the other side does not take our certificate: ";

/// Why TLS has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) why: String,
    /// It is about a certificate: one side does not trust the other.
    pub(crate) is_of_certificate: bool,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl StdError for Refusal {}

/// Puts words in place of what has failed.
#[cfg(any(feature = "client", feature = "otel"))]
pub(super) fn in_words(error: io::Error) -> io::Error {
    match refusal(&error) {
        Some(refusal) => io::Error::new(error.kind(), refusal),
        None => error,
    }
}

/// Why TLS has failed, if it has: found among the causes of an error.
pub(crate) fn refusal(error: &(dyn StdError + 'static)) -> Option<Refusal> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return Some(of(error));
        }
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return Some(refusal.clone());
        }
        // HTTP/2 keeps of an error what it says, and nothing else.
        if error.source().is_none()
            && let Some((_, why)) = error.to_string().split_once(DISTRUST)
        {
            return Some(Refusal { why: format!("{DISTRUST}{why}"), is_of_certificate: true });
        }
        // An error of I/O does not have what it is made of among its causes.
        cause = match error.downcast_ref().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn of(error: &Error) -> Refusal {
    let about = |why: String| Refusal { why, is_of_certificate: true };
    let other = |why: &str| Refusal { why: why.to_owned(), is_of_certificate: false };
    match error {
        Error::InvalidCertificate(error) => about(format!("its certificate {}", certificate(error))),
        Error::NoCertificatesPresented => about("it has shown no certificate, and one is required".to_owned()),
        Error::AlertReceived(alert) => match told(*alert) {
            Some(why) => about(format!("{DISTRUST}{why}")),
            None => alert_words(*alert),
        },
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            other("what it speaks is not TLS; is it plain HTTP? (http:// in place of https://)")
        }
        Error::PeerIncompatible(why) => other(incompatible(why)),
        Error::NoApplicationProtocol => other("both sides have no protocol in common (ALPN)"),
        error => Refusal { why: error.to_string(), is_of_certificate: false },
    }
}

/// What is wrong with a certificate of the other side.
fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::ExpiredContext { not_after, .. } => format!("has expired on {}", date(*not_after)),
        CertificateError::Expired => "has expired".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("is not valid before {}; check this machine's clock", date(*not_before))
        }
        CertificateError::NotValidYet => "is not valid yet; check this machine's clock".to_owned(),
        CertificateError::NotValidForNameContext { expected, presented } if presented.is_empty() => {
            format!("is not for {}, and names no host", expected.to_str())
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let presented: Vec<_> = presented.iter().take(8).map(|name| shown(name)).collect();
            format!("is not for {}, but for {}", expected.to_str(), presented.join(", "))
        }
        CertificateError::NotValidForName => "is for another host".to_owned(),
        CertificateError::UnknownIssuer => "is signed by no authority that is trusted here".to_owned(),
        CertificateError::Revoked => "was revoked".to_owned(),
        CertificateError::UnknownRevocationStatus => {
            "is signed by an authority of which there is no list of revoked certificates".to_owned()
        }
        CertificateError::ExpiredRevocationList => {
            "cannot be checked: the list of revoked certificates is out of date".to_owned()
        }
        CertificateError::ExpiredRevocationListContext { next_update, .. } => format!(
            "cannot be checked: the list of revoked certificates is out of date since {}; renew it",
            date(*next_update)
        ),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            let what = match error {
                CertificateError::InvalidPurposeContext { required: ExtendedKeyPurpose::ClientAuth, .. } => "clients",
                _ => "servers",
            };
            format!("is not meant for {what} (extended key usage)")
        }
        CertificateError::Other(other) => other.to_string(),
        // An authority's own certificate is the one that webpki has no error of its own for here.
        error => format!("cannot be used: {error}"),
    }
}

/// A name as the certificate has it, without what is of Rust: `DnsName("a")` is `a`.
fn shown(name: &str) -> &str {
    name.split('"').nth(1).unwrap_or(name)
}

/// What the other side says of our certificate.
fn told(alert: AlertDescription) -> Option<&'static str> {
    Some(match alert {
        AlertDescription::CertificateExpired => "it has expired, or is not valid yet",
        AlertDescription::CertificateRevoked => "it was revoked",
        AlertDescription::UnknownCA => "it is signed by no authority that is trusted there",
        AlertDescription::CertificateRequired => "there is none, and one is required",
        AlertDescription::BadCertificate | AlertDescription::CertificateUnknown => "it is not valid there",
        AlertDescription::UnsupportedCertificate => "it is of a kind, or for a purpose, that is not taken there",
        AlertDescription::AccessDenied => "access is denied",
        _ => return None,
    })
}

fn alert_words(alert: AlertDescription) -> Refusal {
    let why = match alert {
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            "both sides have no cipher suite or signature in common, or the other side wants a certificate".to_owned()
        }
        AlertDescription::ProtocolVersion => {
            "the other side speaks no version of TLS that is spoken here: 1.2 or 1.3".to_owned()
        }
        AlertDescription::NoApplicationProtocol => "both sides have no protocol in common (ALPN)".to_owned(),
        AlertDescription::UnrecognisedName => "the other side does not know the host that was asked for".to_owned(),
        alert => format!("the other side has ended the handshake: {alert:?}"),
    };
    Refusal { why, is_of_certificate: false }
}

fn incompatible(why: &PeerIncompatible) -> &'static str {
    match why {
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled
        | PeerIncompatible::Tls13RequiredForQuic => "it speaks no version of TLS that is safe: 1.2 or 1.3",
        _ => "both sides have no cipher suite, key exchange or signature in common that is safe",
    }
}

/// A day and a time, as people read them.
fn date(time: UnixTime) -> String {
    moment::write(SystemTime::UNIX_EPOCH + Duration::from_secs(time.as_secs().min(LAST)))
}
