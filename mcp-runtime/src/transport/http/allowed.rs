//! Hosts and origins that are let in, as they are written: `mcp.example.com`, `*.example.com:8443`, `[::1]`, `*`.

use std::fmt;
use std::net::Ipv6Addr;

/// A host, or many of one kind. Without a port it is any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    name: Name,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    /// `*`
    Any,
    /// `*.example.com`; with its dot, without its star.
    Below(Box<str>),
    /// In lower case.
    One(Box<str>),
    Ip(Ipv6Addr),
}

impl Host {
    /// Reads a host. Of a URL its host is taken: what else there is, no request could say.
    ///
    /// # Errors
    /// Why nothing could ever match, and what to write instead.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (_, host) = without_scheme(text.trim());
        Self::of(host).map_err(|why| format!("{text:?} {why}: write `mcp.example.com`, `*.example.com` or `*`"))
    }

    fn of(text: &str) -> Result<Self, &'static str> {
        let text = before_path(text);
        // Any port is what a host without one is for.
        let text = text.strip_suffix(":*").unwrap_or(text);
        if text.is_empty() {
            return Err("names no host");
        }
        if text.contains(['@', ',']) || text.contains(char::is_whitespace) {
            return Err("is not one host");
        }
        let bare = text.parse().ok().map(|ip| (Some(ip), "", None));
        let (ip, name, port) = match bare {
            Some(bare) => bare,
            None => split(text).ok_or("has a port that is none")?,
        };
        let name = match (ip, name) {
            (Some(ip), _) => Name::Ip(ip),
            (None, "*") if !text.starts_with("*.") => Name::Any,
            (None, name) => {
                let plain = name.strip_prefix("*.").unwrap_or(name);
                if !plain.is_ascii() {
                    return Err("is not as it is sent, in ASCII (`xn--…`)");
                }
                if plain.contains('*') {
                    return Err("has a `*` that does not stand for whole labels at its beginning");
                }
                let is_label = |label: &str| {
                    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
                };
                if !plain.split('.').all(is_label) {
                    return Err("is not a host");
                }
                let below = name.strip_prefix('*').map(|below| Name::Below(below.to_ascii_lowercase().into()));
                below.unwrap_or_else(|| Name::One(name.to_ascii_lowercase().into()))
            }
        };
        Ok(Self { name, port })
    }

    /// Whether it is every host there is.
    pub(super) fn is_any(&self) -> bool {
        self.name == Name::Any
    }

    /// Whether a request for this host, as `Host` says it, is let in.
    pub(super) fn admits(&self, host: &str) -> bool {
        // Clients leave out the ports that are usual, of which a server behind a proxy does not know the one.
        let fits = |port: Option<u16>| self.port.is_none() || self.port == port || (port.is_none() && self.is_usual());
        split(host).is_some_and(|(ip, name, port)| self.name.is(ip, name) && fits(port))
    }

    fn is_usual(&self) -> bool {
        matches!(self.port, Some(80 | 443))
    }
}

impl Name {
    fn is(&self, ip: Option<Ipv6Addr>, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Ip(own) => ip == Some(*own),
            Self::One(own) => ip.is_none() && name.eq_ignore_ascii_case(own),
            Self::Below(own) => {
                let at = name.len().checked_sub(own.len()).filter(|at| *at > 0 && ip.is_none());
                at.and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(own))
            }
        }
    }
}

/// An origin, or many of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// `*`
    Any,
    /// Pages of a host, in the scheme that is named or in both; with a scheme and no port, at the port that is usual.
    Web { scheme: Option<Scheme>, host: Host },
    /// `null`, and those that no web server has: `vscode-webview://…`.
    Exactly(Box<str>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn parse(text: &str) -> Option<Self> {
        match text {
            _ if text.eq_ignore_ascii_case("http") => Some(Self::Http),
            _ if text.eq_ignore_ascii_case("https") => Some(Self::Https),
            _ => None,
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Origin {
    /// Reads an origin. What stands behind it in a URL is left out: no browser says it.
    ///
    /// # Errors
    /// Why nothing could ever match, and what to write instead.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let origin = text.trim();
        if origin == "*" {
            return Ok(Self::Any);
        }
        if origin.eq_ignore_ascii_case("null") {
            return Ok(Self::Exactly("null".into()));
        }
        let (scheme, rest) = without_scheme(origin);
        let web = scheme.map(Scheme::parse);
        if let (Some(None), Some(scheme)) = (web, scheme) {
            return Ok(Self::Exactly(format!("{scheme}://{}", before_path(rest)).into()));
        }
        let mut host = Host::of(rest).map_err(|why| {
            format!("{text:?} {why}: write `https://app.example.com`, `https://*.example.com` or `*`")
        })?;
        let scheme = web.flatten();
        let any_port = host.is_any() || before_path(rest).ends_with(":*");
        if host.port.is_none() && !any_port {
            host.port = scheme.map(Scheme::port);
        }
        Ok(Self::Web { scheme, host })
    }

    /// Whether pages of this origin, as `Origin` says it, are let in.
    pub(super) fn admits(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(own) => own.eq_ignore_ascii_case(origin),
            Self::Web { scheme, host } => {
                let (said, authority) = without_scheme(origin);
                let Some(said) = said.and_then(Scheme::parse) else { return false };
                if scheme.is_some_and(|scheme| scheme != said) {
                    return false;
                }
                let Some((ip, name, port)) = split(authority) else { return false };
                let port = port.unwrap_or(said.port());
                host.name.is(ip, name) && host.port.is_none_or(|own| own == port)
            }
        }
    }
}

/// What stands before `://`, and behind it.
fn without_scheme(text: &str) -> (Option<&str>, &str) {
    text.split_once("://").map_or((None, text), |(scheme, rest)| (Some(scheme), rest))
}

fn before_path(text: &str) -> &str {
    text.split(['/', '?', '#']).next().unwrap_or_default()
}

/// An authority as its address of IPv6 or its name, and its port. `None` if it is neither.
fn split(authority: &str) -> Option<(Option<Ipv6Addr>, &str, Option<u16>)> {
    let (ip, name, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (ip, rest) = rest.split_once(']')?;
        (Some(ip.parse().ok()?), "", rest)
    } else {
        let (name, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
        // The dot of the root says nothing more.
        (None, name.strip_suffix('.').unwrap_or(name), port)
    };
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        // `host:` is `host` (RFC 3986, 3.2.3).
        Some("") => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
        _ => return None,
    };
    Some((ip, name, port))
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Name::Any => f.write_str("*")?,
            Name::Below(name) => write!(f, "*{name}")?,
            Name::One(name) => f.write_str(name)?,
            Name::Ip(ip) => write!(f, "[{ip}]")?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn host(written: &str, yes: &[&str], no: &[&str]) {
        let host = Host::parse(written).expect(written);
        yes.iter().for_each(|said| assert!(host.admits(said), "{written} admits {said:?}"));
        no.iter().for_each(|said| assert!(!host.admits(said), "{written} does not admit {said:?}"));
        assert_eq!(Host::parse(&host.to_string()), Ok(host));
    }

    #[track_caller]
    fn origin(written: &str, yes: &[&str], no: &[&str]) {
        let origin = Origin::parse(written).expect(written);
        yes.iter().for_each(|said| assert!(origin.admits(said), "{written} admits {said:?}"));
        no.iter().for_each(|said| assert!(!origin.admits(said), "{written} does not admit {said:?}"));
    }

    #[test]
    fn hosts_are_let_in_as_people_write_them() {
        let not = &["example.com", "xmcp.example.com", "mcp.example.com.evil.com", "", "mcp.example.com:x", "[::1]"];
        host(
            "mcp.example.com",
            &["mcp.example.com", "MCP.Example.com:443", "mcp.example.com.", "mcp.example.com:1"],
            not,
        );
        for url in
            ["https://mcp.example.com", "mcp.example.com/", " https://MCP.example.com/mcp?x#y ", "mcp.example.com."]
        {
            host(url, &["mcp.example.com", "mcp.example.com:8443"], not);
        }
        host("mcp.example.com:8443", &["mcp.example.com:8443"], &["mcp.example.com", "mcp.example.com:84430"]);
        host("mcp.example.com:443", &["mcp.example.com:443", "mcp.example.com"], &["mcp.example.com:80"]);
        host("*", &["a", "a.b:1", "[::1]:3000", ""], &["a:b"]);
        host("localhost:*", &["localhost", "localhost:3000"], &["localhos"]);
        host("*:3000", &["a:3000"], &["a", "a:3001"]);
        let below = &["a.example.com", "a.b.EXAMPLE.com:1"];
        host("*.example.com", below, &["example.com", ".example.com", "aexample.com", "a.example.com.evil.com"]);
        host("*.example.com:8443", &["a.example.com:8443"], below);
        host("10.0.0.5", &["10.0.0.5", "10.0.0.5:80"], &["10.0.0.50"]);
        for ip in ["[::1]", "::1", "0:0:0:0:0:0:0:1", "http://[::1]/"] {
            host(ip, &["[::1]", "[::1]:3000", "[0:0::1]"], &["[::2]", "::1"]);
        }
        host("[::1]:3000", &["[::1]:3000"], &["[::1]", "[::1]:3001"]);
        host("my_host-1", &["my_host-1"], &[]);
    }

    #[test]
    fn hosts_that_nothing_can_match_are_refused() {
        for (written, why) in [
            ("", "names no host"),
            ("  ", "names no host"),
            ("https://", "names no host"),
            (":*", "names no host"),
            ("/mcp", "names no host"),
            ("a.example.com,b.example.com", "not one host"),
            ("a.example.com b.example.com", "not one host"),
            ("me@example.com", "not one host"),
            ("a.example.com:99999", "port"),
            ("a.example.com:https", "port"),
            ("[::x]", "port"),
            ("münchen.example.com", "xn--"),
            ("mcp.*.com", "`*`"),
            ("*example.com", "`*`"),
            ("*.*", "`*`"),
            ("*.", "`*`"),
            ("a..b", "not a host"),
            (".example.com", "not a host"),
            ("a%20b", "not a host"),
        ] {
            let refusal = Host::parse(written).expect_err(written);
            assert!(refusal.contains(why) && refusal.contains("write `mcp.example.com`"), "{written}: {refusal}");
        }
    }

    #[test]
    fn origins_are_let_in_as_people_write_them() {
        let app = "https://app.example.com";
        let not =
            &["http://app.example.com", "https://app.example.com:8443", "https://app.example.com.evil.com", "null"];
        for written in
            [app, "HTTPS://App.example.com/", "https://app.example.com:443", "https://app.example.com/page?x"]
        {
            origin(written, &[app, "https://APP.example.com:443"], not);
        }
        origin("http://localhost:5173", &["http://localhost:5173"], &["http://localhost", "https://localhost:5173"]);
        origin(
            "https://*.example.com",
            &[app, "https://a.b.example.com"],
            &["https://example.com", "http://app.example.com"],
        );
        origin("*.example.com", &[app, "http://app.example.com:81"], &["https://example.com", "ftp://app.example.com"]);
        origin("app.example.com:8443", &["https://app.example.com:8443"], &[app]);
        origin("[::1]:3000", &["http://[::1]:3000"], &["http://[::1]"]);
        origin("http://localhost:*", &["http://localhost", "http://localhost:5173"], &["https://localhost"]);
        origin("https://*", &[app, "https://x:1"], &["http://x"]);
        origin("*", &[app, "null", "file://"], &[]);
        origin("null", &["null"], &[app, "https://null"]);
        origin("vscode-webview://abc/", &["vscode-webview://ABC"], &["vscode-webview://abcd", app]);
        for written in ["", "https://", "https://a b", "a,b", "https://mcp.*.com", "https://ä.example.com"] {
            let refusal = Origin::parse(written).expect_err(written);
            assert!(refusal.contains("write `https://app.example.com`"), "{written}: {refusal}");
        }
    }
}
