//! Where a server is.

use std::fmt;

use http::Uri;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};

use crate::client::error::ClientError;
#[cfg(all(unix, feature = "unix"))]
use crate::transport::unix::address::Address;

/// A URL, and the headers that go there.
#[derive(Clone, Debug)]
pub(in crate::client) struct Endpoint {
    uri: Uri,
    headers: Vec<(String, String)>,
    /// The Unix socket that is connected to, whatever the host of the URL.
    #[cfg(all(unix, feature = "unix"))]
    socket: Option<Address>,
}

impl Endpoint {
    /// # Errors
    /// It is not a URL that can be connected to.
    pub(in crate::client) fn parse(url: &str) -> Result<Self, String> {
        // What is behind it is for who reads a page.
        let url = url.split('#').next().unwrap_or_default();
        if let Some(socket) = url.strip_prefix("http+unix:") {
            return Self::of_socket(socket);
        }
        let is_no_url = |why: &str| format!("{url:?} is not a URL: {why}");
        // A URL that lacks its beginning, or has another, is the most frequent of mistakes.
        let is_socket = url.starts_with("ws://") || url.starts_with("wss://");
        if !url.starts_with("http://") && !url.starts_with("https://") && !is_socket {
            return Err(is_no_url("it begins with http:// or https://"));
        }
        let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| is_no_url(&error.to_string()))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("ws" | "wss") if !cfg!(feature = "ws") => {
                return Err(format!("{url:?} needs the feature `ws` of mcp-runtime"));
            }
            Some("ws") => {}
            Some("wss") if cfg!(feature = "tls") => {}
            Some("wss") => return Err(format!("{url:?} needs the feature `tls` of mcp-runtime")),
            Some("https") if cfg!(feature = "tls") => {}
            Some("https") => return Err(format!("{url:?} needs the feature `tls` of mcp-runtime")),
            _ => return Err(is_no_url("it begins with http:// or https://")),
        }
        if uri.host().is_none_or(str::is_empty) {
            return Err(format!("{url:?} names no host"));
        }
        Ok(Self {
            uri,
            headers: Vec::new(),
            #[cfg(all(unix, feature = "unix"))]
            socket: None,
        })
    }

    /// `http+unix:PATH`, served at `/mcp`; or `http+unix://` and the path with `%2F` in place of slashes, and where it is served.
    fn of_socket(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("//") else {
            return Self::parse("http://localhost/mcp")?.over(text);
        };
        let (socket, place) = rest.find(['/', '?']).map_or((rest, "/mcp"), |end| rest.split_at(end));
        let socket = unescaped(socket).ok_or_else(|| format!("\"http+unix:{text}\" has a `%` that begins no byte"))?;
        Self::parse(&format!("http://localhost{place}"))?.over(&socket)
    }

    /// The same by a Unix socket.
    ///
    /// # Errors
    /// There are none here.
    #[cfg_attr(not(all(unix, feature = "unix")), allow(unused_mut))] // It has no socket.
    pub(in crate::client) fn over(mut self, socket: &str) -> Result<Self, String> {
        if socket.is_empty() {
            return Err("a Unix socket has a path".to_owned());
        }
        #[cfg(all(unix, feature = "unix"))]
        {
            self.socket = Some(Address::new(std::path::Path::new(socket)));
            Ok(self)
        }
        #[cfg(not(all(unix, feature = "unix")))]
        Err(if cfg!(unix) {
            format!("the Unix socket {socket:?} needs the feature `unix` of mcp-runtime")
        } else {
            "there are no Unix domain sockets here".to_owned()
        })
    }

    /// The Unix socket that is connected to, if it is one.
    #[cfg(all(unix, feature = "unix"))]
    pub(in crate::client) fn socket(&self) -> Option<&Address> {
        self.socket.as_ref()
    }

    pub(in crate::client) fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub(in crate::client) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Whether it is behind TLS.
    pub(in crate::client) fn is_secure(&self) -> bool {
        matches!(self.uri.scheme_str(), Some("https" | "wss"))
    }

    /// Whether it is a WebSocket.
    #[cfg(feature = "ws")]
    pub(in crate::client) fn is_socket(&self) -> bool {
        matches!(self.uri.scheme_str(), Some("ws" | "wss"))
    }

    /// The headers of each request: those of the target, and those of the client.
    ///
    /// # Errors
    /// One that cannot be sent.
    pub(in crate::client) fn headers(&self, more: &[(String, String)]) -> Result<HeaderMap, ClientError> {
        let mut headers = HeaderMap::new();
        let host =
            HeaderValue::from_str(&self.host()).map_err(|_| invalid("host", "has a value that cannot be sent"))?;
        headers.insert(HOST, host);
        for (name, value) in self.headers.iter().chain(more) {
            let key: HeaderName = name.parse().map_err(|_| invalid(name, "is not the name of a header"))?;
            let mut value: HeaderValue = value.parse().map_err(|_| invalid(name, "has a value that cannot be sent"))?;
            value.set_sensitive(true);
            headers.insert(key, value);
        }
        Ok(headers)
    }

    /// The header `Host`: with the port, unless it is the scheme's own.
    fn host(&self) -> String {
        let (host, own) = (self.uri.host().unwrap_or_default(), if self.is_secure() { 443 } else { 80 });
        match self.uri.port_u16() {
            Some(port) if port != own => format!("{host}:{port}"),
            _ => host.to_owned(),
        }
    }

    /// The same server, at another place.
    ///
    /// # Errors
    /// It is another server's.
    pub(super) fn at(&self, place: &str) -> Result<Uri, String> {
        let is_no_place = || format!("{place:?} is not a place");
        let has_scheme = place.find([':', '/', '?']).is_some_and(|end| place[end..].starts_with(':'));
        if has_scheme || place.starts_with("//") {
            let whole = if has_scheme {
                place.to_owned()
            } else {
                format!("{}:{place}", self.uri.scheme_str().unwrap_or_default())
            };
            let uri: Uri = whole.parse().map_err(|_| is_no_place())?;
            let is_here = uri.scheme() == self.uri.scheme() && uri.authority() == self.uri.authority();
            return if is_here { Ok(uri) } else { Err(format!("{place:?} is at another origin")) };
        }
        let path = if place.starts_with('/') { place.to_owned() } else { self.beside(place) };
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(path.parse().map_err(|_| is_no_place())?);
        Uri::from_parts(parts).map_err(|_| is_no_place())
    }

    /// A path relative to that of the endpoint.
    fn beside(&self, place: &str) -> String {
        let path = self.uri.path();
        if place.starts_with('?') {
            return format!("{path}{place}");
        }
        let folder = path.rfind('/').map_or("", |end| &path[..end]);
        format!("{folder}/{place}")
    }
}

fn invalid(name: &str, what: &str) -> ClientError {
    ClientError::invalid(format!("the header {name:?} {what}"))
}

/// A text in which `%2F` and its like stand for bytes; `None` if one is no byte, or the whole is not UTF-8.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(all(unix, feature = "unix"))]
        if let Some(socket) = &self.socket {
            return write!(f, "{} of {socket}", self.uri);
        }
        self.uri.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_url_is_named() {
        for url in ["ftp://a", "http://", "http:// a", "localhost:3000"] {
            assert!(Endpoint::parse(url).is_err(), "{url}");
        }
        assert_eq!(
            Endpoint::parse("http://[::1]:80/mcp?a=b#c").map(|there| there.to_string()).as_deref(),
            Ok("http://[::1]:80/mcp?a=b")
        );
    }

    #[cfg(all(unix, feature = "unix"))]
    #[test]
    fn a_unix_socket_is_written_in_two_ways() {
        for (text, shown) in [
            ("http+unix:/run/a.sock", "http://localhost/mcp of unix:/run/a.sock"),
            ("http+unix:@shop", "http://localhost/mcp of unix:@shop"),
            ("http+unix://%2Frun%2fa.sock", "http://localhost/mcp of unix:/run/a.sock"),
            ("http+unix://%2Frun%2Fa%25b/shop?a=b", "http://localhost/shop?a=b of unix:/run/a%b"),
            ("http+unix://a.sock/", "http://localhost/ of unix:a.sock"),
        ] {
            assert_eq!(Endpoint::parse(text).map(|there| there.to_string()).as_deref(), Ok(shown), "{text}");
        }
        for text in ["http+unix:", "http+unix://", "http+unix:///run/a.sock", "http+unix://%2", "http+unix://%zz/mcp"] {
            assert!(Endpoint::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_host_has_the_port_unless_it_is_the_scheme_s_own() {
        for (url, host) in [
            ("http://a/", "a"),
            ("http://a:80/", "a"),
            ("http://a:8080/", "a:8080"),
            ("http://[::1]:3000/", "[::1]:3000"),
        ] {
            assert_eq!(Endpoint::parse(url).expect(url).host(), host);
        }
        // One of the user's own goes before it.
        let headers =
            Endpoint::parse("http://a/").expect("a URL").headers(&[("host".into(), "b".into())]).expect("headers");
        assert_eq!(headers.get(HOST).map(HeaderValue::as_bytes), Some(&b"b"[..]));
    }

    #[test]
    fn nothing_leads_to_another_origin() {
        let there = Endpoint::parse("http://localhost:1/a/sse").expect("a URL");
        let at = |place: &str| there.at(place).map(|uri| uri.to_string());
        assert_eq!(at("/messages?id=1").as_deref(), Ok("http://localhost:1/messages?id=1"));
        assert_eq!(at("messages").as_deref(), Ok("http://localhost:1/a/messages"));
        assert_eq!(at("?id=1").as_deref(), Ok("http://localhost:1/a/sse?id=1"));
        assert_eq!(at("http://localhost:1/b").as_deref(), Ok("http://localhost:1/b"));
        assert_eq!(at("//localhost:1/b").as_deref(), Ok("http://localhost:1/b"));
        for other in ["http://localhost:2/b", "https://localhost:1/b", "//evil.example/b", "javascript:x"] {
            assert!(at(other).is_err(), "{other}");
        }
    }
}
