//! When two URIs are one: RFC 3986, 6.2.2, for scheme, host and percent-encoding; RFC 3987, 3.1, for what is not ASCII.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use super::uri_template::grammar::scheme;

/// A URI in the form that is compared: its scheme in lower case, unreserved characters as they are, and all else that
/// stands encoded or is no character of a URI encoded with upper-case digits. `docs://café/%7ea` and
/// `docs://caf%c3%a9/~a` are both `docs://caf%C3%A9/~a`.
///
/// The case of the host stays: the variable of a template may stand there. [`fold_host`] does the rest.
pub fn normalize(uri: &str) -> Cow<'_, str> {
    let escaped = escape(uri);
    // What had an escape in its scheme was no URI; now it may be one.
    let scheme = ..scheme(&escaped).unwrap_or_default().len();
    if !escaped[scheme].bytes().any(|byte| byte.is_ascii_uppercase()) {
        return escaped;
    }
    let mut normal = escaped.into_owned();
    normal[scheme].make_ascii_lowercase();
    normal.into()
}

/// A normal URI with its host in lower case too. Only for comparison.
pub fn fold_host(uri: &str) -> Cow<'_, str> {
    let host = host(uri).unwrap_or_default();
    if !uri[host.clone()].bytes().any(|byte| byte.is_ascii_uppercase()) {
        return uri.into();
    }
    let mut folded = uri.to_owned();
    folded[host].make_ascii_lowercase();
    folded.into()
}

/// A URI as it is compared with others: the key of what is kept by URI.
pub fn uri_key(uri: &str) -> Cow<'_, str> {
    match normalize(uri) {
        Cow::Borrowed(uri) => fold_host(uri),
        Cow::Owned(uri) => match fold_host(&uri) {
            Cow::Owned(folded) => folded.into(),
            Cow::Borrowed(_) => uri.into(),
        },
    }
}

/// Where the host of a URI stands, with its port, if it has one.
fn host(uri: &str) -> Option<Range<usize>> {
    let start = scheme(uri)?.len() + "://".len();
    let rest = uri.get(start..).filter(|_| uri[..start].ends_with("://"))?;
    let end = start + rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // What stands before an `@` is of the user, whose case counts.
    let user = uri[start..end].rfind('@').map_or(0, |at| at + 1);
    Some(start + user..end)
}

/// A part of a URI with its percent-encoding in the normal form. A broken escape stays as it is.
pub(super) fn escape(part: &str) -> Cow<'_, str> {
    let bytes = part.as_bytes();
    let Some(first) = (0..bytes.len()).find(|at| !is_normal(bytes, *at)) else { return part.into() };
    // What is normal up to there is ASCII.
    let mut out = part[..first].to_owned();
    let mut at = first;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match escaped(bytes, at - 1) {
            Some(decoded) => {
                at += 2;
                let plain = is_unreserved(decoded) && !ends_broken(&out);
                push(&mut out, decoded, plain);
            }
            None => push(&mut out, byte, byte == b'%' || is_of_uri(byte)),
        }
    }
    out.into()
}

/// Whether it ends in the beginning of an escape that is none. What is decoded there would make it one: `%6%66` is not `%6f`.
fn ends_broken(part: &str) -> bool {
    matches!(part.as_bytes(), [.., b'%'] | [.., b'%', _])
}

fn push(out: &mut String, byte: u8, plain: bool) {
    if plain {
        out.push(char::from(byte));
    } else {
        let _ = write!(out, "%{byte:02X}");
    }
}

/// Whether what begins at a place stands there in the normal form.
fn is_normal(bytes: &[u8], at: usize) -> bool {
    if bytes[at] != b'%' {
        return is_of_uri(bytes[at]);
    }
    let is_upper = |byte: &u8| !byte.is_ascii_lowercase();
    escaped(bytes, at).is_none_or(|decoded| !is_unreserved(decoded) && bytes[at + 1..at + 3].iter().all(is_upper))
}

/// The byte that an escape at this place stands for.
pub(super) fn escaped(bytes: &[u8], at: usize) -> Option<u8> {
    let [b'%', high, low] = *bytes.get(at..at + 3)? else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Whether it may stand in a URI; the `%` of an escape apart.
fn is_of_uri(byte: u8) -> bool {
    is_unreserved(byte) || b":/?#[]@!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_key() {
        for (uri, key) in [
            ("docs://café/a", "docs://caf%C3%A9/a"),
            ("docs://caf%c3%a9/a", "docs://caf%c3%a9/a"),
            ("DOCS://Cafe/A", "docs://cafe/A"),
            ("s://Host@Host:1/%7e%41%2f%2F", "s://Host@host:1/~A%2F%2F"),
            ("urn:ISBN:A%2d1", "urn:ISBN:A-1"),
            ("s://h/a b\"{c}", "s://h/a%20b%22%7Bc%7D"),
            ("s://h/%zz%4", "s://h/%zz%4"),
            ("s://h/%6%66", "s://h/%6%66"),
            ("s://h/%%366", "s://h/%%366"),
            ("s:/éé", "s:/%C3%A9%C3%A9"),
            ("no scheme", "no%20scheme"),
            ("1s://H", "1s://H"),
            ("s%54://H", "st://h"),
            ("", ""),
        ] {
            let normal = uri_key(&uri_key(uri)).into_owned();
            assert_eq!(uri_key(uri), normal, "{uri} is normal once");
            assert_eq!(normal, uri_key(key), "{uri}");
        }
        assert_ne!(uri_key("s://h/%6%66"), uri_key("s://h/%6f"), "an escape is not made of two others");
        assert_ne!(uri_key("docs://café/a"), uri_key("docs://cafe/a"));
        assert_ne!(uri_key("s://h/a%2Fb"), uri_key("s://h/a/b"));
        assert_ne!(uri_key("s://h/A"), uri_key("s://h/a"));
    }

    #[test]
    fn what_is_normal_is_not_copied() {
        let normal = "file:///srv/a%20b?x=1&y=%C3%A9#z";
        assert!(matches!(normalize(normal), Cow::Borrowed(_)) && matches!(uri_key(normal), Cow::Borrowed(_)));
    }

    #[test]
    fn the_host_keeps_its_case_where_it_may_be_a_variable() {
        assert_eq!(normalize("NOTE://Alice/%c3%a9"), "note://Alice/%C3%A9");
    }
}
