//! Who calls: what a program knows of credentials, and what is said to callers that have none.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use http::header::WWW_AUTHENTICATE;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use mcp_proto::wire::{Code, RpcError};

use super::answer;
use super::body::Body;
use crate::call::Principal;
use crate::log;

/// Identifies the caller of an HTTP request by its headers: what [`Http::authenticate`](crate::Http::authenticate) takes.
///
/// `authenticate` also takes functions: `fn(&Parts) -> Result<Principal, Challenge>`, and the same as `async fn` or as an `async`
/// closure that keeps nothing. A check that waits and has something of its own, such as a database, implements the trait:
///
/// ```
/// use mcp_runtime::http::request::Parts;
/// use mcp_runtime::{Authenticate, Challenge, Principal};
///
/// # struct Db;
/// # impl Db { async fn owner_of(&self, key: &str) -> std::io::Result<Option<String>> { Ok(None) } }
/// struct Keys(Db);
///
/// impl Authenticate for Keys {
///     async fn authenticate(&self, request: &Parts) -> Result<Principal, Challenge> {
///         let key = request.headers.get("x-api-key").and_then(|key| key.to_str().ok());
///         let key = key.ok_or_else(|| Challenge::new("ApiKey"))?;
///         let owner = self.0.owner_of(key).await.map_err(Challenge::unavailable)?;
///         owner.map(Principal::new).ok_or_else(|| Challenge::new("ApiKey"))
///     }
/// }
/// ```
pub trait Authenticate: Send + Sync + 'static {
    /// The caller; [`Principal::anonymous`] lets in one that is not identified.
    ///
    /// # Errors
    /// The request is answered with the [`Challenge`], and no handler sees it.
    fn authenticate(&self, request: &Parts) -> impl Future<Output = Result<Principal, Challenge>> + Send;
}

/// What [`Http::authenticate`](crate::Http::authenticate) takes. `How` tells the forms apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not identify callers",
    label = "expected a function of the request's head, or a type with `Authenticate`",
    note = "write `fn check(request: &Parts) -> Result<Principal, Challenge>`, which may be `async`; `Parts` is \
            `mcp_runtime::http::request::Parts`",
    note = "a check that waits and has something of its own, such as a database, implements `mcp_runtime::Authenticate`"
)]
pub trait IntoAuthenticate<How> {
    #[doc(hidden)]
    fn into_authenticate(self) -> impl Authenticate;
}

/// A type with [`Authenticate`], or a function that does not wait.
#[derive(Debug)]
pub enum Checks {}
/// A function that waits.
#[derive(Debug)]
pub enum Waits {}

#[diagnostic::do_not_recommend]
impl<A: Authenticate> IntoAuthenticate<Checks> for A {
    fn into_authenticate(self) -> impl Authenticate {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<F: for<'a> Waiting<'a> + Send + Sync + 'static> IntoAuthenticate<Waits> for F {
    fn into_authenticate(self) -> impl Authenticate {
        Waiter(self)
    }
}

/// A function whose future may borrow the request.
pub trait Waiting<'a> {
    /// What is awaited.
    type Identified: Future<Output = Result<Principal, Challenge>> + Send + 'a;
    /// Begins to check.
    fn check(&self, request: &'a Parts) -> Self::Identified;
}

#[diagnostic::do_not_recommend]
impl<'a, F, Fut> Waiting<'a> for F
where
    F: Fn(&'a Parts) -> Fut,
    Fut: Future<Output = Result<Principal, Challenge>> + Send + 'a,
{
    type Identified = Fut;

    fn check(&self, request: &'a Parts) -> Fut {
        self(request)
    }
}

/// A function that waits.
struct Waiter<F>(F);

impl<F: for<'a> Waiting<'a> + Send + Sync + 'static> Authenticate for Waiter<F> {
    fn authenticate(&self, request: &Parts) -> impl Future<Output = Result<Principal, Challenge>> + Send {
        self.0.check(request)
    }
}

#[diagnostic::do_not_recommend]
impl<F: Fn(&Parts) -> Result<Principal, Challenge> + Send + Sync + 'static> Authenticate for F {
    fn authenticate(&self, request: &Parts) -> impl Future<Output = Result<Principal, Challenge>> + Send {
        std::future::ready(self(request))
    }
}

/// Any [`Authenticate`], as a service keeps it.
pub(super) trait Authenticator: Send + Sync {
    fn identify<'a>(&'a self, request: &'a Parts) -> Identifying<'a>;
}

type Identifying<'a> = Pin<Box<dyn Future<Output = Result<Principal, Challenge>> + Send + 'a>>;

impl<A: Authenticate> Authenticator for A {
    fn identify<'a>(&'a self, request: &'a Parts) -> Identifying<'a> {
        Box::pin(self.authenticate(request))
    }
}

/// Refuses a request whose caller could not be identified: 401, and a `WWW-Authenticate` header that says how to
/// authenticate ([RFC 9110, 11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)).
///
/// ```
/// use mcp_runtime::Challenge;
///
/// // No credentials came: `WWW-Authenticate: Bearer realm="shop"`
/// let missing = Challenge::bearer().param("realm", "shop");
/// // They are wrong: `WWW-Authenticate: Bearer error="invalid_token"`
/// let wrong = Challenge::bearer().param("error", "invalid_token");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The value of the header; `None` if credentials could not be checked.
    header: Option<String>,
}

impl Challenge {
    /// Asks for a bearer token (RFC 6750).
    pub fn bearer() -> Self {
        Self::new("Bearer")
    }

    /// Asks for credentials of this scheme, such as `Basic`.
    pub fn new(scheme: impl Into<String>) -> Self {
        Self { header: Some(scheme.into()) }
    }

    /// Adds a parameter, such as `realm`, `error`, `scope` or `resource_metadata`. The value is put in quotes.
    #[must_use]
    pub fn param(mut self, name: &str, value: &str) -> Self {
        if let Some(header) = &mut self.header {
            header.push_str(if header.contains(' ') { ", " } else { " " });
            header.push_str(name);
            header.push_str("=\"");
            for character in value.chars() {
                if matches!(character, '"' | '\\') {
                    header.push('\\');
                }
                header.push(character);
            }
            header.push('"');
        }
        self
    }

    /// The credentials could not be checked, because a database does not answer, say. The caller gets 503, without the reason,
    /// which is logged as an error.
    pub fn unavailable(reason: impl fmt::Display) -> Self {
        log::event!(ERROR, "credentials could not be checked: {reason}");
        Self { header: None }
    }

    /// The answer to the request.
    pub(super) fn answer(self) -> Response<Body> {
        let Some(header) = self.header else {
            let why = "The server cannot check credentials at the moment; try again later";
            return answer::error(StatusCode::SERVICE_UNAVAILABLE, &RpcError::new(Code::INTERNAL, why));
        };
        let why = "Unauthorized: the credentials are missing or wrong";
        let mut response = answer::error(StatusCode::UNAUTHORIZED, &RpcError::invalid_request(why));
        // A value that no header can have, with a line break in it, is told without what is special about it.
        let plain: Cow<'_, str> = match HeaderValue::from_str(&header) {
            Ok(_) => header.into(),
            Err(_) => header.chars().map(|character| if character.is_control() { ' ' } else { character }).collect(),
        };
        if let Ok(value) = HeaderValue::from_str(&plain) {
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_written_as_headers_have_it() {
        let of = |challenge: Challenge| {
            let response = challenge.answer();
            let header = response.headers().get(WWW_AUTHENTICATE).map(|value| value.as_bytes().to_vec());
            (response.status().as_u16(), header.map(|value| String::from_utf8_lossy(&value).into_owned()))
        };
        let bearer = |header: &str| (401, Some(header.to_owned()));
        assert_eq!(of(Challenge::bearer()), bearer("Bearer"));
        let two = Challenge::bearer().param("error", "invalid_token").param("error_description", r#"no "such" \ key"#);
        assert_eq!(of(two), bearer(r#"Bearer error="invalid_token", error_description="no \"such\" \\ key""#));
        assert_eq!(of(Challenge::bearer().param("realm", "a\r\nX: y")), bearer("Bearer realm=\"a  X: y\""));
        assert_eq!(of(Challenge::unavailable("no database").param("realm", "a")), (503, None));
    }
}
