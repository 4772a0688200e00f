//! The headers in which proxies say from whom they have a request: `X-Forwarded-For`, and `Forwarded` of RFC 7239.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

/// The header in which the [proxies that are trusted](crate::Http::trust_proxy) say who is calling.
///
/// Only one of the two is read, because a proxy sets one and passes on the other as the client has written it.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::Http;
/// use mcp_runtime::transport::ForwardedHeader;
///
/// # fn example(server: Server) {
/// let http = Http::new(server).trust_proxy("10.0.0.0/8").forwarded_header(ForwardedHeader::Forwarded);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: 203.0.113.7, 10.0.0.2`, which most proxies set.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=203.0.113.7;proto=https` ([RFC 7239](https://www.rfc-editor.org/rfc/rfc7239)).
    Forwarded,
}

impl ForwardedHeader {
    /// The client: from the right, because each proxy adds at the end whom it has the request from, the first that is no proxy. A
    /// proxy that is believed and does not know, or says something else than an address, is itself as far as is known.
    pub(super) fn client(self, headers: &HeaderMap, is_proxy: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
        let name = match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        };
        let mut client = None;
        for value in headers.get_all(name).iter().rev() {
            let Ok(text) = value.to_str() else { return client };
            let mut elements = FromRight { rest: Some(text), at: b',' };
            for element in &mut elements {
                let node = match self {
                    Self::XForwardedFor => node(element.trim()),
                    Self::Forwarded => forwarded_for(element),
                };
                let Some(node) = node else { return client };
                client = Some(node);
                if !is_proxy(node) {
                    return client;
                }
            }
        }
        client
    }
}

/// The parts of a list, from the right, so that nothing that stands before one has a say in where it begins.
struct FromRight<'a> {
    rest: Option<&'a str>,
    at: u8,
}

impl<'a> Iterator for FromRight<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest.take()?;
        let mut is_quoted = false;
        for (index, byte) in rest.bytes().enumerate().rev() {
            if byte == b'"' {
                is_quoted = !is_quoted;
            } else if byte == self.at && !is_quoted {
                self.rest = rest.get(..index);
                return rest.get(index + 1..);
            }
        }
        Some(rest)
    }
}

/// The address in an element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut found = None;
    for pair in (FromRight { rest: Some(element), at: b';' }) {
        let Some((name, value)) = pair.trim().split_once('=') else { continue };
        if !name.eq_ignore_ascii_case("for") {
            continue;
        }
        // Twice is once too often (RFC 7239, 4).
        if found.is_some() {
            return None;
        }
        let quoted = value.strip_prefix('"').map(|rest| rest.strip_suffix('"'));
        found = match quoted {
            Some(inner) => Some(node(inner?)?),
            // An IPv6 address must be quoted; who forgets that is understood.
            None => Some(node(value)?),
        };
    }
    found
}

/// An address, perhaps with a port; `None` for `unknown`, for `_hidden`, and what is neither.
fn node(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<std::net::Ipv6Addr>().ok().map(IpAddr::V6);
    let address = text.parse::<IpAddr>().ok().or_else(bare);
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    // A port may be a name, too (RFC 7239, 6.2).
    let hidden = || {
        let (address, port) = text.rsplit_once(":_")?;
        let is_name = port.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        if is_name && !address.ends_with(':') { node(address) } else { None }
    };
    address.or_else(hidden).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// The client, as lines of a header say that come from 10.0.0.1; all of 10.0.0.0/8 is believed.
    fn client(header: ForwardedHeader, lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        let name = if header == ForwardedHeader::Forwarded { "forwarded" } else { "x-forwarded-for" };
        for line in lines {
            headers.append(name, HeaderValue::from_bytes(line.as_bytes()).expect("a header"));
        }
        let client = header.client(&headers, |ip| matches!(ip, IpAddr::V4(ip) if ip.octets()[0] == 10));
        client.map(|client| client.to_string())
    }

    #[test]
    fn x_forwarded_for_names_the_first_from_the_right_that_is_no_proxy() {
        let of = |lines: &[&str]| client(ForwardedHeader::XForwardedFor, lines);
        for (lines, found) in [
            (&["203.0.113.7"][..], Some("203.0.113.7")),
            (&["203.0.113.7, 10.0.0.2"], Some("203.0.113.7")),
            (&["203.0.113.7", "10.0.0.2 ,10.0.0.3"], Some("203.0.113.7")),
            // What the client has written itself stands before it.
            (&["198.51.100.1, 203.0.113.7"], Some("203.0.113.7")),
            (&["198.51.100.1", "203.0.113.7"], Some("203.0.113.7")),
            (&["10.0.0.9, 203.0.113.7, 10.0.0.2"], Some("203.0.113.7")),
            (&["\", 203.0.113.7"], Some("203.0.113.7")),
            (&["203.0.113.7:4711"], Some("203.0.113.7")),
            (&["2001:db8::7"], Some("2001:db8::7")),
            (&["[2001:db8::7]"], Some("2001:db8::7")),
            (&["[2001:db8::7]:4711"], Some("2001:db8::7")),
            (&["::ffff:203.0.113.7"], Some("203.0.113.7")),
            // Only proxies, as from a probe of their own.
            (&["10.0.0.2"], Some("10.0.0.2")),
            // A proxy that does not know is the last that is known.
            (&["unknown, 10.0.0.2"], Some("10.0.0.2")),
            (&["203.0.113.7, unknown"], None),
            (&["203.0.113.7,"], None),
            (&["evil.example"], None),
            (&["203.0.113"], None),
            (&["203.0.113.7:70000"], None),
            (&["203.0.113.7 10.0.0.2"], None),
            (&[""], None),
            (&["ÿ, 203.0.113.7"], None),
            (&[], None),
        ] {
            assert_eq!(of(lines).as_deref(), found, "{lines:?}");
        }
    }

    #[test]
    fn forwarded_names_the_first_from_the_right_that_is_no_proxy() {
        let of = |lines: &[&str]| client(ForwardedHeader::Forwarded, lines);
        for (lines, found) in [
            (&["for=203.0.113.7"][..], Some("203.0.113.7")),
            (&["For=203.0.113.7;proto=https;by=10.0.0.1"], Some("203.0.113.7")),
            (&["proto=https; for=203.0.113.7 ; host=a"], Some("203.0.113.7")),
            (&["for=203.0.113.7, for=10.0.0.2"], Some("203.0.113.7")),
            (&["for=198.51.100.1, for=203.0.113.7;host=\"a,b;c\", for=10.0.0.2"], Some("203.0.113.7")),
            (&["for=\"[2001:db8::7]:4711\""], Some("2001:db8::7")),
            (&["for=\"203.0.113.7:_obscure\""], Some("203.0.113.7")),
            // The client cannot open a quotation that swallows what the proxy adds.
            (&["for=\", for=203.0.113.7"], Some("203.0.113.7")),
            (&["for=\"\\", "for=203.0.113.7"], Some("203.0.113.7")),
            (&["for=_hidden, for=10.0.0.2"], Some("10.0.0.2")),
            (&["for=unknown"], None),
            (&["for=203.0.113.7, proto=https"], None),
            (&["for=203.0.113.7;for=198.51.100.1"], None),
            (&["for=\"203.0.113.7"], None),
            (&["203.0.113.7"], None),
            (&[""], None),
        ] {
            assert_eq!(of(lines).as_deref(), found, "{lines:?}");
        }
    }
}
