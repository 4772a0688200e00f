//! Who calls: what a program knows of credentials.

use std::future::Future;
use std::pin::Pin;

use http::request::Parts;

use super::challenge::Challenge;
#[cfg(feature = "auth")]
use super::resource::ResourceMetadata;
use crate::call::Principal;

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

    /// Where callers get credentials, told in the metadata of the server (RFC 9728). By default nothing is told, and there is no
    /// such page.
    #[cfg(feature = "auth")]
    fn resource_metadata(&self) -> ResourceMetadata {
        ResourceMetadata::default()
    }

    /// Whether credentials of this kind are this check's to decide on: asked by [`Any`](crate::auth::Any), of requests that
    /// carry some. It must be told by their form alone. By default all are.
    #[cfg(feature = "auth")]
    fn recognises(&self, request: &Parts) -> bool {
        let _ = request;
        true
    }

    /// What is wrong with how the check was set up, a sentence each. They stop the start.
    #[cfg(feature = "auth")]
    fn problems(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What [`Http::authenticate`](crate::Http::authenticate) takes. `How` tells the forms apart.
///
/// ```
/// use mcp_runtime::http::request::Parts;
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{Challenge, IntoAuthenticate};
///
/// /// A wrapper of your own around [`Http`] takes the same checks.
/// fn protected<How>(server: Server, check: impl IntoAuthenticate<How>) -> Http {
///     Http::new(server).public_url("https://shop.example.com/mcp").authenticate(check)
/// }
///
/// fn check(request: &Parts) -> Result<Principal, Challenge> {
///     match request.headers.get("x-user").and_then(|user| user.to_str().ok()) {
///         Some(user) => Ok(Principal::new(user)),
///         None => Err(Challenge::bearer()),
///     }
/// }
///
/// # fn example(server: Server) {
/// let http = protected(server, check);
/// # }
/// ```
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
pub(crate) trait Authenticator: Send + Sync {
    fn identify<'a>(&'a self, request: &'a Parts) -> Identifying<'a>;
    #[cfg(feature = "auth")]
    fn takes(&self, request: &Parts) -> bool;
    #[cfg(feature = "auth")]
    fn metadata(&self) -> ResourceMetadata;
    #[cfg(feature = "auth")]
    fn faults(&self) -> Vec<String>;
}

type Identifying<'a> = Pin<Box<dyn Future<Output = Result<Principal, Challenge>> + Send + 'a>>;

impl<A: Authenticate> Authenticator for A {
    fn identify<'a>(&'a self, request: &'a Parts) -> Identifying<'a> {
        Box::pin(self.authenticate(request))
    }

    #[cfg(feature = "auth")]
    fn takes(&self, request: &Parts) -> bool {
        self.recognises(request)
    }

    #[cfg(feature = "auth")]
    fn metadata(&self) -> ResourceMetadata {
        self.resource_metadata()
    }

    #[cfg(feature = "auth")]
    fn faults(&self) -> Vec<String> {
        self.problems()
    }
}
