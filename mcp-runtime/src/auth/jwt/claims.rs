//! What a token says, and who its caller is by it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::value::RawValue;

use crate::auth::expected::Expected;
use crate::auth::jose::json_object;
use crate::call::{AuthMethod, Principal};

/// The claims of a token, by name.
pub(in crate::auth) struct Claims(Vec<(Box<str>, Box<RawValue>)>);

impl Claims {
    /// # Errors
    /// It is no JSON object, or says something twice.
    pub(in crate::auth) fn read(payload: &[u8]) -> Result<Self, &'static str> {
        json_object(payload).map(Self).ok_or("its payload is not a JSON object, or names something twice")
    }

    /// Who the caller is, if the token is for us and valid now. `resource` is the audience where none is expected by name, unless any
    /// audience is good.
    ///
    /// # Errors
    /// It is not; why.
    pub(in crate::auth) fn principal(
        self,
        expected: &Expected,
        resource: Option<&str>,
    ) -> Result<Principal, &'static str> {
        if self.text("iss").as_deref() != Some(&*expected.issuer) {
            return Err("it is of another issuer");
        }
        if !expected.any_audience && !self.is_for(expected, resource) {
            return Err("it is for another audience");
        }
        let expires = self.check_times(expected.leeway)?.ok_or("it does not say when it expires")?;
        let subject = self.text(&expected.subject).filter(|subject| !subject.is_empty()).ok_or("it has no subject")?;
        let principal = self.principal_of(subject, expected);
        Ok(principal.with_issuer(&*expected.issuer).with_expiry(expires).with_method(AuthMethod::Jwt))
    }

    /// The same of what an issuer answers about a token (RFC 7662). It need not say whose the token is, if it is the client's own,
    /// nor of which issuer, nor when it expires.
    ///
    /// # Errors
    /// It lets nobody in; why.
    pub(in crate::auth) fn of_answer(
        self,
        expected: &Expected,
        resource: Option<&str>,
    ) -> Result<Principal, &'static str> {
        if self.text("iss").is_some_and(|issuer| !expected.issuer.is_empty() && issuer != expected.issuer) {
            return Err("it is of another issuer");
        }
        if !expected.any_audience && !self.is_for(expected, resource) {
            return Err("it is for another audience");
        }
        let expires = self.check_times(expected.leeway)?;
        let subject = ["sub", "username", "client_id"].into_iter().find_map(|name| self.text(name));
        let subject = subject.filter(|subject| !subject.is_empty()).ok_or("it has no subject")?;
        let principal = self.principal_of(subject, expected);
        Ok(match expires {
            Some(expires) => principal.with_expiry(expires),
            None => principal,
        })
    }

    fn principal_of(self, subject: String, expected: &Expected) -> Principal {
        let mut principal = Principal::new(subject)
            .with_scopes(expected.scopes.iter().flat_map(|name| self.words(name)))
            .with_roles(expected.roles.iter().flat_map(|path| self.at(path).map(words).unwrap_or_default()));
        if let Some(client) = self.text("client_id").or_else(|| self.text("azp")) {
            principal = principal.with_client(client);
        }
        principal.with_claims(self.0)
    }

    fn is_for(&self, expected: &Expected, resource: Option<&str>) -> bool {
        let audiences = self.get("aud").map(texts).unwrap_or_default();
        let is_ours = |audience: &String| {
            expected.audiences.iter().map(String::as_str).chain(resource).any(|ours| is_same_uri(ours, audience))
        };
        audiences.iter().any(is_ours)
    }

    /// When it expires, with the leeway.
    fn check_times(&self, leeway: Duration) -> Result<Option<SystemTime>, &'static str> {
        let now = SystemTime::now();
        let latest = now + leeway;
        let expires = self.time("exp")?.map(|expires| expires.checked_add(leeway).unwrap_or(expires));
        if expires.is_some_and(|expires| expires <= now) {
            return Err("it has expired");
        }
        if self.time("nbf")?.is_some_and(|begins| begins > latest) {
            return Err("it is not valid yet");
        }
        if self.time("iat")?.is_some_and(|issued| issued > latest) {
            return Err("it was issued in the future");
        }
        Ok(expires)
    }

    fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// A number of seconds since 1970, which may have a fraction.
    fn time(&self, name: &str) -> Result<Option<SystemTime>, &'static str> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let seconds: f64 = serde_json::from_str(value.get()).map_err(|_| "a time in it is not a number")?;
        let since = Duration::try_from_secs_f64(seconds).map_err(|_| "a time in it is out of range")?;
        UNIX_EPOCH.checked_add(since).map(Some).ok_or("a time in it is out of range")
    }

    fn words(&self, name: &str) -> Vec<String> {
        self.get(name).map(words).unwrap_or_default()
    }

    /// What is at a path such as `realm_access.roles`. A claim of that very name goes first: some have a URL as theirs.
    fn at(&self, path: &str) -> Option<&RawValue> {
        if let Some(whole) = self.get(path) {
            return Some(whole);
        }
        let (first, rest) = path.split_once('.')?;
        within(self.get(first)?, rest)
    }
}

fn within<'a>(value: &'a RawValue, path: &str) -> Option<&'a RawValue> {
    let member = |name: &str| {
        let mut found = None;
        let all: std::collections::BTreeMap<String, &'a RawValue> = serde_json::from_str(value.get()).ok()?;
        for (key, value) in all {
            if key == name {
                found = Some(value);
            }
        }
        found
    };
    if let Some(whole) = member(path) {
        return Some(whole);
    }
    let (first, rest) = path.split_once('.')?;
    within(member(first)?, rest)
}

/// A text, or several.
fn texts(value: &RawValue) -> Vec<String> {
    if let Ok(text) = serde_json::from_str::<String>(value.get()) {
        return vec![text];
    }
    serde_json::from_str(value.get()).unwrap_or_default()
}

/// Words with spaces in between, or a list of them.
fn words(value: &RawValue) -> Vec<String> {
    let mut words = Vec::new();
    for text in texts(value) {
        words.extend(text.split_ascii_whitespace().map(str::to_owned));
    }
    words
}

/// Whether two audiences are the same: to the letter but for the case of a URL's scheme and host, and the slash of an empty path.
fn is_same_uri(ours: &str, theirs: &str) -> bool {
    if ours == theirs {
        return true;
    }
    let split = |uri: &'_ str| -> Option<(String, String)> {
        let begin = uri.find("://")? + 3;
        let end = uri[begin..].find(['/', '?', '#']).map_or(uri.len(), |at| begin + at);
        let path = if uri[end..] == *"/" { "" } else { &uri[end..] };
        Some((uri[..end].to_ascii_lowercase(), path.to_owned()))
    };
    split(ours).is_some_and(|ours| split(theirs) == Some(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected {
            audiences: vec!["https://shop.example/mcp".into()],
            roles: vec!["realm_access.roles".into(), "https://shop.example/roles".into()],
            ..Expected::of("https://id.example".into())
        }
    }

    fn principal(claims: &str) -> Result<Principal, &'static str> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let times = format!(r#""exp":{},"iat":{now},"nbf":{now}"#, now + 300);
        let most = r#""iss":"https://id.example","aud":"https://shop.example/mcp","sub":"ada""#;
        Claims::read(format!("{{{most},{times}{claims}}}").as_bytes())?.principal(&expected(), None)
    }

    #[test]
    fn claims_become_a_principal_however_issuers_write_them() {
        let of = |claims: &str| principal(claims).expect(claims);
        let ada = of(r#","scope":"a  b","client_id":"c","realm_access":{"roles":["x","y"]}"#);
        assert_eq!((ada.subject(), ada.issuer(), ada.client()), (Some("ada"), Some("https://id.example"), Some("c")));
        assert_eq!(ada.scopes().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(ada.roles().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(ada.claim("scope").map(RawValue::get), Some("\"a  b\""));
        let list = of(r#","scp":["a","b c"],"azp":"d","https://shop.example/roles":"z""#);
        assert_eq!(list.scopes().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((list.client(), list.has_role("z")), (Some("d"), true));
        assert_eq!(of(r#","scope":7,"realm_access":"x""#).scopes().count(), 0);
    }

    #[test]
    fn audiences_are_the_same_but_for_the_case_of_their_host() {
        for (ours, theirs, is_same) in [
            ("https://a.example/mcp", "HTTPS://A.example/mcp", true),
            ("https://a.example", "https://a.example/", true),
            ("https://a.example/mcp", "https://a.example/mcp/", false),
            ("https://a.example/mcp", "https://a.example/MCP", false),
            ("https://a.example/mcp", "https://a.example", false),
            ("https://a.example", "https://a.example.evil.example", false),
            ("api://shop", "api://shop", true),
            ("shop", "SHOP", false),
        ] {
            assert_eq!(is_same_uri(ours, theirs), is_same, "{ours} {theirs}");
        }
    }
}
