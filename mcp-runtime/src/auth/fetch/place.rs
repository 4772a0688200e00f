//! Where something is fetched from.

use std::fmt;
use std::net::IpAddr;

use http::Uri;
use http::uri::{Parts, PathAndQuery};

use super::address::is_public;
use super::{FetchError, Rules};

/// A URL that may be fetched.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Place {
    uri: Uri,
    /// Whether it is on this machine, because the program says so.
    is_loopback: bool,
}

impl Place {
    /// A URL that the program names: it may be on this machine.
    ///
    /// # Errors
    /// It is none that may be fetched; with the cure.
    pub(crate) fn named(url: &str, rules: &Rules) -> Result<Self, FetchError> {
        Self::parse(url, rules, true)
    }

    /// A URL that an issuer names in a document. It leads to this machine only if that document came from there.
    ///
    /// # Errors
    /// It is none that may be fetched.
    pub(crate) fn told(&self, url: &str, rules: &Rules) -> Result<Self, FetchError> {
        Self::parse(url, rules, self.is_loopback)
    }

    /// Another path of the same origin.
    pub(crate) fn at(&self, path: &str) -> Result<Self, FetchError> {
        let path: PathAndQuery = path.parse().map_err(|_| FetchError::new(format!("{path:?} is no path")))?;
        let mut parts: Parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(path);
        let uri = Uri::from_parts(parts).map_err(|error| FetchError::new(error.to_string()))?;
        Ok(Self { uri, is_loopback: self.is_loopback })
    }

    /// Where a redirect leads.
    ///
    /// # Errors
    /// To another origin.
    pub(super) fn redirected(&self, location: &str) -> Result<Self, FetchError> {
        if location.starts_with('/') && !location.starts_with("//") {
            return self.at(location);
        }
        let uri: Uri = location.parse().map_err(|_| FetchError::new(format!("{self} redirects to {location:?}")))?;
        if uri.scheme() == self.uri.scheme() && uri.authority() == self.uri.authority() {
            return Ok(Self { uri, is_loopback: self.is_loopback });
        }
        Err(FetchError::new(format!("{self} redirects to another origin: {location:?}")))
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    fn parse(url: &str, rules: &Rules, may_be_loopback: bool) -> Result<Self, FetchError> {
        let is_no_url = || FetchError::new(format!("{url:?} is not the URL of a server: https://…"));
        let uri: Uri = url.parse().map_err(|_| is_no_url())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(is_no_url()) };
        let host = authority.host();
        if host.is_empty() || authority.as_str().contains('@') {
            return Err(is_no_url());
        }
        let is_loopback = is_loopback(host);
        if is_loopback && !may_be_loopback && !rules.private {
            return Err(FetchError::new(format!("{url:?} is on this machine, and who names it is not")));
        }
        match scheme {
            "https" if cfg!(feature = "tls") => {}
            "https" => {
                return Err(FetchError::new(format!(
                    "{url:?} needs the feature `tls` of mcp-runtime: add it in Cargo.toml"
                )));
            }
            "http" if is_loopback || rules.http => {}
            "http" => {
                let why = "is not encrypted; use https, or `Fetch::dangerous_allow_http` in a network that you trust";
                return Err(FetchError::new(format!("{url:?} {why}")));
            }
            _ => return Err(is_no_url()),
        }
        if let Some(ip) = literal(host)
            && !is_loopback
            && !rules.private
            && !is_public(ip)
        {
            let why = "is an address of a private network; `Fetch::allow_private_addresses` allows it";
            return Err(FetchError::new(format!("{url:?} {why}")));
        }
        Ok(Self { uri, is_loopback })
    }
}

/// Whether a host is this machine by its name.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || literal(host).is_some_and(|ip| ip.is_loopback())
}

/// The address that a host is.
fn literal(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).parse().ok()
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_asked_without_encryption_and_no_private_network() {
        let rules = Rules::default();
        for url in ["http://127.0.0.1:8080/a", "http://localhost/", "http://[::1]:1/"] {
            assert!(Place::named(url, &rules).is_ok(), "{url}");
        }
        for url in ["http://id.example.com/", "http://10.0.0.1/", "ftp://a/", "a", "", "http://user@localhost/", "/a"] {
            assert!(Place::named(url, &rules).is_err(), "{url}");
        }
        let http = Rules { http: true, ..Rules::default() };
        assert!(Place::named("http://10.0.0.1/", &http).is_err());
        assert!(Place::named("http://10.0.0.1/", &Rules { private: true, ..http }).is_ok());
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn an_issuer_behind_tls_names_the_feature_that_is_missing() {
        let error = Place::named("https://id.example.com", &Rules::default()).expect_err("it cannot be asked");
        assert!(error.to_string().contains("the feature `tls`"), "{error}");
    }

    #[cfg(feature = "tls")]
    #[test]
    fn what_an_issuer_names_does_not_lead_to_this_machine_unless_the_issuer_is_there() {
        let rules = Rules::default();
        let far = Place::named("https://id.example.com", &rules).expect("a URL");
        for url in ["https://localhost/keys", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/"] {
            assert!(far.told(url, &rules).is_err(), "{url}");
        }
        assert!(far.told("https://keys.example.com/", &rules).is_ok());
        let near = Place::named("http://localhost:1", &rules).expect("a URL");
        assert!(near.told("http://127.0.0.1:2/keys", &rules).is_ok());
    }

    #[test]
    fn redirects_stay_at_their_origin() {
        let place = Place::named("http://localhost:1/a", &Rules::default()).expect("a URL");
        let to = |location: &str| place.redirected(location).map(|place| place.to_string()).ok();
        assert_eq!(to("/b").as_deref(), Some("http://localhost:1/b"));
        assert_eq!(to("http://localhost:1/c").as_deref(), Some("http://localhost:1/c"));
        for other in ["http://localhost:2/c", "https://localhost:1/c", "//other.example/c", "c"] {
            assert_eq!(to(other), None, "{other}");
        }
    }
}
