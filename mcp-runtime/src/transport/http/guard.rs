//! Who may talk to the server at all: `Host` and `Origin`, against DNS rebinding.

use http::HeaderValue;

use super::allowed::{Host, Origin};
use super::head::Found;
use super::names::text_of;

/// Which hosts and origins are let in.
///
/// A web page that a user visits can make the browser send requests to a server on the same machine. The browser says
/// whose page it was in `Origin`, and under which name it found the server in `Host` (`basic/transports/streamable-http`,
/// "Security & Endpoint").
#[derive(Clone, Debug)]
pub(super) enum Guard {
    /// The names of this machine itself, with any port: the default.
    Loopback,
    /// These hosts and origins, and the names of this machine.
    Named {
        /// Hosts: `mcp.example.com`.
        hosts: Vec<Host>,
        /// Origins: `https://app.example.com`.
        origins: Vec<Origin>,
    },
    /// Everybody.
    Open,
}

impl Guard {
    /// Whether a request with these headers is let in; if not, because of which header.
    pub(super) fn admits(
        &self,
        authority: Option<&str>,
        host: Found<'_>,
        origin: Found<'_>,
    ) -> Result<(), &'static str> {
        if matches!(self, Self::Open) {
            return Ok(());
        }
        // HTTP/2 has the host in the request line, and HTTP/1.1 may; there it is what counts (RFC 9112, 3.2.2).
        let hosts = host.first.map(|host| text_of(host).unwrap_or_default());
        // Of several hosts nobody can say which one counts.
        if host.is_several || !hosts.into_iter().chain(authority).all(|host| self.knows_host(host)) {
            return Err("Host");
        }
        let is_several = origin.is_several;
        let origin = origin.first.map(|origin| text_of(origin).unwrap_or_default());
        if is_several || origin.is_some_and(|origin| !self.knows_origin(origin)) {
            return Err("Origin");
        }
        Ok(())
    }

    /// Whether it lets in names of this machine only.
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Loopback => true,
            Self::Named { hosts, .. } => hosts.is_empty(),
            Self::Open => false,
        }
    }

    /// Whether it lets in requests for any host.
    pub(super) fn is_for_any_host(&self) -> bool {
        match self {
            Self::Loopback => false,
            Self::Named { hosts, .. } => hosts.iter().any(Host::is_any),
            Self::Open => true,
        }
    }

    /// The origin of the request, if pages of it may read the answers: it is configured.
    pub(super) fn shared_with(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        let Self::Named { origins, .. } = self else { return None };
        let origin = origin?;
        names(origins, text_of(origin)?).then(|| origin.clone())
    }

    fn knows_host(&self, host: &str) -> bool {
        let named = match self {
            Self::Named { hosts, .. } => hosts.iter().any(|known| known.admits(host)),
            Self::Loopback | Self::Open => false,
        };
        named || is_loopback(host)
    }

    pub(super) fn knows_origin(&self, origin: &str) -> bool {
        let named = match self {
            Self::Named { origins, .. } => names(origins, origin),
            Self::Loopback | Self::Open => false,
        };
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        named || host.is_some_and(is_loopback)
    }
}

/// Whether an origin is among those that are configured.
fn names(origins: &[Origin], origin: &str) -> bool {
    origins.iter().any(|known| known.admits(origin))
}

/// Whether a host is this machine, on any port.
fn is_loopback(host: &str) -> bool {
    let host = host.as_bytes();
    // Which of its names it can be the first byte tells.
    let port = match host.first() {
        Some(b'1') => host.strip_prefix(b"127.0.0.1"),
        Some(b'[') => host.strip_prefix(b"[::1]"),
        _ => host.split_at_checked(9).filter(|(name, _)| name.eq_ignore_ascii_case(b"localhost")).map(|(_, port)| port),
    };
    port.is_some_and(|port| port.is_empty() || (port[0] == b':' && port[1..].iter().all(u8::is_ascii_digit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> HeaderValue {
        text.parse().expect("a header")
    }

    fn once(value: &HeaderValue) -> Found<'_> {
        Found { first: Some(value), is_several: false }
    }

    fn admits(guard: &Guard, host: &str, origin: Option<&str>) -> bool {
        let (host, origin) = (value(host), origin.map(value));
        guard.admits(None, once(&host), Found { first: origin.as_ref(), is_several: false }).is_ok()
    }

    #[test]
    fn only_names_of_this_machine_are_let_in_by_default() {
        for host in ["localhost", "localhost:3000", "127.0.0.1:1", "[::1]", "[::1]:80", "LOCALHOST:80"] {
            assert!(admits(&Guard::Loopback, host, None), "{host}");
        }
        for host in ["evil.example.com", "localhost.evil.com", "127.0.0.1.evil.com", "", "[::2]", "127.0.0.1:x"] {
            assert!(!admits(&Guard::Loopback, host, None), "{host}");
        }
        assert!(admits(&Guard::Loopback, "localhost", Some("http://localhost:5173")));
        for origin in ["http://evil.example.com", "null", "file://", "http://localhost.evil.com"] {
            assert!(!admits(&Guard::Loopback, "localhost", Some(origin)), "{origin}");
        }
    }

    #[test]
    fn every_host_that_is_named_must_be_known() {
        let host = value("localhost");
        let admits = |authority, host| Guard::Loopback.admits(authority, host, Found::default());
        assert!(admits(Some("localhost:80"), once(&host)).is_ok());
        assert!(admits(Some("evil.example.com"), once(&host)).is_err());
        assert!(admits(None, Found { is_several: true, ..once(&host) }).is_err());
    }

    #[test]
    fn named_hosts_and_origins_are_let_in_too() {
        let host = Host::parse("mcp.example.com").expect("a host");
        let origin = Origin::parse("https://app.example.com").expect("an origin");
        let guard = Guard::Named { hosts: vec![host], origins: vec![origin] };
        assert!(admits(&guard, "mcp.example.com:443", Some("https://app.example.com")));
        assert!(admits(&guard, "localhost", None));
        assert!(!admits(&guard, "other.example.com", None));
        assert!(!admits(&guard, "mcp.example.com", Some("https://evil.example.com")));
    }
}
