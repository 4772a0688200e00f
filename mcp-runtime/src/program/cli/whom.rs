//! Whom the server is to take the caller for: a principal, headers, `_meta`.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::matches::Matches;
use super::remote::Failure;
use super::values::pair;
use crate::Principal;
use crate::call::Facts;

/// What a transport would have told of the caller.
#[derive(Default)]
pub(super) struct Whom {
    principal: Option<Principal>,
    /// The HTTP request that a call is said to have come with.
    #[cfg(feature = "http")]
    http: Option<http::request::Parts>,
}

/// What the command line says of the caller.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(matches: &Matches) -> Result<Whom, Failure> {
    Ok(Whom {
        principal: principal(matches),
        #[cfg(feature = "http")]
        http: head(matches.values("header"))?,
    })
}

/// The principal that the command line names.
pub(super) fn principal(matches: &Matches) -> Option<Principal> {
    let subject = matches.values("as").next()?;
    let names = |option| matches.values(option).flat_map(|names| names.split(',')).map(str::trim);
    let named = |option| names(option).filter(|name| !name.is_empty());
    Some(Principal::new(subject).with_scopes(named("scopes")).with_roles(named("roles")))
}

/// The head of a request that has these headers; none without headers.
#[cfg(feature = "http")]
fn head<'a>(headers: impl Iterator<Item = &'a str>) -> Result<Option<http::request::Parts>, Failure> {
    let mut request = http::Request::builder().method(http::Method::POST).uri("/mcp");
    let mut is_any = false;
    for header in headers {
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| Failure::usage(format!("--header {header}: write a name, a colon and a value")))?;
        request = request.header(name.trim(), value.trim());
        is_any = true;
    }
    let (parts, ()) = request.body(()).map_err(|error| Failure::usage(format!("--header: {error}")))?.into_parts();
    Ok(is_any.then_some(parts))
}

impl Whom {
    /// What a transport would know of them; they are `otherwise` where the command line names nobody.
    pub(super) fn facts(self, otherwise: Principal) -> Arc<Facts> {
        let principal = self.principal.unwrap_or(otherwise);
        #[cfg(feature = "http")]
        if let Some(parts) = self.http {
            return Arc::new(Facts::new(principal, parts));
        }
        Facts::of(principal)
    }
}

/// What is added to the `_meta` of each request: JSON, or text where it is none.
///
/// # Errors
/// What is not written as `key=value`.
pub(super) fn meta<'a>(written: impl Iterator<Item = &'a str>) -> Result<Map<String, Value>, Failure> {
    let mut meta = Map::new();
    for written in written {
        let (key, value) = pair(written)?;
        meta.insert(key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into()));
    }
    Ok(meta)
}
