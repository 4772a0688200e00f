//! What a certificate says of whose it is (RFC 5280).

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

use super::der::{BIT_STRING, BOOLEAN, Der, GENERALIZED_TIME, OCTET_STRING, OID, SEQUENCE, SET, UTC_TIME, Value};
use crate::moment;

/// The most names of a certificate that are read.
const MOST_NAMES: usize = 64;

/// The parts of a certificate that somebody asks for.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// Whose it is, as RFC 4514 writes it.
    pub(crate) subject: String,
    /// Who has signed it.
    pub(crate) issuer: String,
    pub(crate) not_before: Option<SystemTime>,
    pub(crate) not_after: Option<SystemTime>,
    pub(crate) names: Vec<Name>,
}

/// A name that a certificate has beside its subject (`subjectAltName`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Dns(String),
    Email(String),
    Uri(String),
    Ip(IpAddr),
}

/// What is signed, from the issuer on.
fn body(der: &[u8]) -> Option<Der<'_>> {
    let mut body = Der::new(der).expect(SEQUENCE)?.inside().expect(SEQUENCE)?.inside();
    // The version, the serial number, and how it is signed.
    body.maybe(0xa0);
    body.next()?;
    body.expect(SEQUENCE)?;
    Some(body)
}

/// The public key of a certificate (`SubjectPublicKeyInfo`), in DER.
#[cfg(feature = "client")]
pub(super) fn public_key(der: &[u8]) -> Option<&[u8]> {
    // Behind the issuer, the validity and the subject.
    body(der)?.nth(3).filter(|key| key.tag == SEQUENCE).map(|key| key.whole)
}

impl Parsed {
    /// Reads a certificate; `None` if it is none.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let mut body = body(der)?;
        let issuer = distinguished_name(body.expect(SEQUENCE)?)?;
        let mut validity = body.expect(SEQUENCE)?.inside();
        let (not_before, not_after) = (moment(validity.next()?), moment(validity.next()?));
        let subject = distinguished_name(body.expect(SEQUENCE)?)?;
        let key = body.expect(SEQUENCE)?;
        key.inside().nth(1).filter(|bits| bits.tag == BIT_STRING)?;
        let names = body.find(|value| value.tag == 0xa3).and_then(alternative_names).unwrap_or_default();
        Some(Self { subject, issuer, not_before, not_after, names })
    }
}

/// The names among the extensions.
fn alternative_names(extensions: Value<'_>) -> Option<Vec<Name>> {
    let names = extensions.inside().expect(SEQUENCE)?.inside().find_map(|extension| {
        let mut parts = extension.inside();
        // 2.5.29.17
        parts.expect(OID).filter(|oid| oid.content == [0x55, 0x1d, 0x11])?;
        parts.maybe(BOOLEAN);
        parts.expect(OCTET_STRING)
    })?;
    let text = |value: Value<'_>| std::str::from_utf8(value.content).ok().map(str::to_owned);
    let name = |value: Value<'_>| match value.tag {
        0x81 => text(value).map(Name::Email),
        0x82 => text(value).map(Name::Dns),
        0x86 => text(value).map(Name::Uri),
        0x87 => address(value.content).map(Name::Ip),
        _ => None,
    };
    Some(names.inside().expect(SEQUENCE)?.inside().filter_map(name).take(MOST_NAMES).collect())
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|bytes| Ipv6Addr::from(bytes).into())
}

/// A name as RFC 4514 writes it: `CN=build,O=Example`.
fn distinguished_name(name: Value<'_>) -> Option<String> {
    let mut parts = Vec::new();
    for set in name.inside() {
        if set.tag != SET {
            return None;
        }
        let mut several = Vec::new();
        for pair in set.inside() {
            let mut pair = pair.inside();
            let (kind, value) = (pair.expect(OID)?, pair.next()?);
            several.push(attribute(kind.content, value));
        }
        parts.push(several.join("+"));
    }
    parts.reverse();
    Some(parts.join(","))
}

fn attribute(kind: &[u8], value: Value<'_>) -> String {
    // Those that RFC 4514 has short names for.
    let short = match kind {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 9] => "STREET",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        _ => "",
    };
    match text(value) {
        Some(text) if !short.is_empty() => format!("{short}={}", escaped(&text)),
        _ => {
            let mut out = if short.is_empty() { dotted(kind) } else { short.to_owned() };
            out.push_str("=#");
            for byte in value.whole {
                let _ = write!(out, "{byte:02x}");
            }
            out
        }
    }
}

/// The text of a string of any of ASN.1's types.
fn text(value: Value<'_>) -> Option<String> {
    match value.tag {
        // UTF8String, NumericString, PrintableString, IA5String, VisibleString
        0x0c | 0x12 | 0x13 | 0x16 | 0x1a => String::from_utf8(value.content.to_vec()).ok(),
        // TeletexString, which is read as Latin-1 everywhere.
        0x14 => Some(value.content.iter().map(|byte| char::from(*byte)).collect()),
        // BMPString
        0x1e if value.content.len().is_multiple_of(2) => {
            let units: Vec<u16> =
                value.content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).ok()
        }
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (at, c) in text.chars().enumerate() {
        let is_at_edge = (at == 0 && matches!(c, ' ' | '#')) || (at == last && c == ' ');
        match c {
            '\0' => out.push_str("\\00"),
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', c]),
            _ if is_at_edge => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// An object identifier with dots.
fn dotted(oid: &[u8]) -> String {
    let (mut out, mut arc, mut is_first) = (String::new(), 0_u64, true);
    for byte in oid {
        arc = arc.saturating_mul(128).saturating_add(u64::from(byte & 0x7f));
        if byte & 0x80 != 0 {
            continue;
        }
        if std::mem::take(&mut is_first) {
            let top = (arc / 40).min(2);
            let _ = write!(out, "{top}.{}", arc - top * 40);
        } else {
            let _ = write!(out, ".{arc}");
        }
        arc = 0;
    }
    out
}

/// A point in time: `YYMMDDHHMMSSZ`, or the same with four digits of the year (RFC 5280, 4.1.2.5).
fn moment(value: Value<'_>) -> Option<SystemTime> {
    let text = std::str::from_utf8(value.content).ok().filter(|text| text.is_ascii())?;
    let (century, text) = match value.tag {
        UTC_TIME if text.len() == 13 => (if text < "50" { "20" } else { "19" }, text),
        GENERALIZED_TIME if text.len() == 15 => text.split_at(2),
        _ => return None,
    };
    let part = |at: usize| &text[at..at + 2];
    let zone = &text[12..];
    let (year, month, day) = (part(0), part(2), part(4));
    moment::read(&format!("{century}{year}-{month}-{day}T{}:{}:{}{zone}", part(6), part(8), part(10)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).expect("short");
        if length < 128 { [&[tag, length], content].concat() } else { [&[tag, 0x81, length], content].concat() }
    }

    fn attribute(oid: &[u8], tag: u8, text: &[u8]) -> Vec<u8> {
        value(SET, &value(SEQUENCE, &[value(OID, oid), value(tag, text)].concat()))
    }

    fn named(parts: &[Vec<u8>]) -> String {
        let bytes = value(SEQUENCE, &parts.concat());
        distinguished_name(Der::new(&bytes).next().expect("a value")).expect("a name")
    }

    #[test]
    fn names_are_written_as_rfc_4514_has_it() {
        let organisation = attribute(&[0x55, 4, 10], 0x13, b"Example, Inc.");
        assert_eq!(
            named(&[organisation, attribute(&[0x55, 4, 3], 0x0c, "Bj\u{f6}rn".as_bytes())]),
            "CN=Bj\u{f6}rn,O=Example\\, Inc."
        );
        assert_eq!(named(&[attribute(&[0x55, 4, 3], 0x16, b" #a\0 ")]), "CN=\\ #a\\00\\ ");
        assert_eq!(named(&[attribute(&[0x55, 4, 3], 0x1e, &[0, b'a', 0x20, 0xac])]), "CN=a\u{20ac}");
        assert_eq!(named(&[attribute(&[0x55, 4, 3], 0x14, &[0xe9])]), "CN=\u{e9}");
        // The e-mail address of PKCS #9 has no short name.
        let email = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
        assert_eq!(named(&[attribute(&email, 0x16, b"a")]), "1.2.840.113549.1.9.1=#160161");
        assert_eq!(named(&[]), "");
    }

    #[test]
    fn times_are_read_with_two_digits_of_the_year_and_with_four() {
        let seconds = |tag, text: &[u8]| {
            let bytes = value(tag, text);
            let moment = moment(Der::new(&bytes).next().expect("a value"))?;
            moment.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs())
        };
        assert_eq!(seconds(UTC_TIME, b"700101000000Z"), Some(0));
        assert_eq!(seconds(UTC_TIME, b"240229120000Z"), Some(1_709_208_000));
        assert_eq!(seconds(GENERALIZED_TIME, b"20500101000000Z"), Some(2_524_608_000));
        assert_eq!(seconds(UTC_TIME, b"491231235959Z"), Some(2_524_607_999));
        for wrong in [&b"7001010000Z"[..], b"701301000000Z", b"700101000000", b"70010100000\xffZ", b"+00101000000Z"] {
            assert_eq!(seconds(UTC_TIME, wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_certificate_are_none() {
        for bytes in [&b""[..], &[0x30, 0x80], &[0x30, 0], &[0x30, 2, 0x30, 0], &[0xff; 64]] {
            assert!(Parsed::read(bytes).is_none(), "{bytes:?}");
        }
    }
}
