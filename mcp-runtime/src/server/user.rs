//! Who the program's user is, by the environment.

use std::env::{self, VarError};
use std::io;

use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderValue, Method, Request};

use super::Server;
use crate::call::Principal;
use crate::transport::Authenticator;

/// Where a program on standard input and output finds the credentials of its user.
const TOKEN: &str = "MCP_TOKEN";

const IGNORED: &str = "MCP_TOKEN is ignored: nothing says whose it is; name the keys with --api-keys FILE, the issuer of tokens \
                       with --issuer URL, or either in the program with .authenticate(…)";

#[cfg(feature = "cli")]
const ABSENT: &str = "MCP_TOKEN is not set: the caller is anonymous; set it to the key or token of the one who calls";

impl Server {
    /// This server as the program's user calls it, who has credentials in the environment.
    ///
    /// # Errors
    /// They are refused.
    pub(crate) async fn as_environment(&self) -> io::Result<Self> {
        let mut server = self.clone();
        if let Some(checks) = &self.checks
            && let Some(principal) = identify(checks, env::var(TOKEN)).await?
        {
            server.user = Some(principal);
        }
        Ok(server)
    }

    /// That there are credentials in the environment, and no check that knows whose they are.
    pub(crate) fn ignored_token(&self) -> Option<&'static str> {
        let is_set = || env::var_os(TOKEN).is_some_and(|token| !token.is_empty());
        (self.checks.is_none() && is_set()).then_some(IGNORED)
    }

    /// That no credentials are in the environment, and so nobody is known by them.
    #[cfg(feature = "cli")]
    pub(crate) fn absent_token(&self) -> Option<&'static str> {
        (env::var_os(TOKEN).is_none() && self.principal().is_anonymous()).then_some(ABSENT)
    }
}

/// Who has a token; nobody where there is none.
async fn identify(checks: &dyn Authenticator, token: Result<String, VarError>) -> io::Result<Option<Principal>> {
    let refused = |why: &str| {
        let why = format!("{TOKEN} is refused: {why}; set it to a token or key that is valid, or unset it");
        io::Error::new(io::ErrorKind::PermissionDenied, why)
    };
    let token = match token {
        Ok(token) => token,
        Err(VarError::NotPresent) => return Ok(None),
        Err(VarError::NotUnicode(_)) => return Err(refused("it is not UTF-8")),
    };
    let token = token.trim();
    // A key may have characters that no bearer token has.
    let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let (name, value) = if token.bytes().all(is_of_token) {
        (AUTHORIZATION, format!("Bearer {token}"))
    } else {
        (HeaderName::from_static("x-api-key"), token.to_owned())
    };
    let value = HeaderValue::try_from(value).map_err(|_| refused("it has characters that no token has"))?;
    let request = Request::builder().method(Method::POST).uri("/").header(name, value);
    let (request, ()) = request.body(()).map_err(|error| refused(&error.to_string()))?.into_parts();
    match checks.identify(&request).await {
        Ok(principal) => Ok(Some(principal)),
        Err(challenge) if challenge.status() == 503 => {
            let why = format!("{TOKEN} cannot be checked at the moment; the log says why");
            Err(io::Error::new(io::ErrorKind::TimedOut, why))
        }
        Err(challenge) => Err(refused(challenge.description().unwrap_or("it lets nobody in"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Any, ApiKey, ApiKeys};

    async fn said(token: Result<&str, VarError>) -> String {
        let key = ApiKey::new("J8sV1Zq0Xr5uTnG2!").subject("ada");
        let keys = ApiKeys::of([key, ApiKey::new("J8sV1Zq0Xr5uTnG2").subject("eve")]).expect("they are right");
        let checks = Any::of([keys.into()]);
        match identify(&checks, token.map(str::to_owned)).await {
            Ok(principal) => format!("{:?}", principal.as_ref().and_then(Principal::subject)),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn the_environment_says_who_the_programs_user_is_and_a_wrong_token_stops_the_start() {
        assert_eq!(said(Err(VarError::NotPresent)).await, "None");
        assert_eq!(said(Ok("J8sV1Zq0Xr5uTnG2")).await, "Some(\"eve\")");
        assert_eq!(said(Ok("J8sV1Zq0Xr5uTnG2!\n")).await, "Some(\"ada\")");
        let cure = "set it to a token or key that is valid, or unset it";
        assert_eq!(said(Ok("wrong")).await, format!("MCP_TOKEN is refused: the key is not known; {cure}"));
        for token in ["", "é", "a\nb"] {
            let said = said(Ok(token)).await;
            assert!(said.starts_with("MCP_TOKEN is refused: ") && said.ends_with(cure), "{token:?}: {said}");
        }
    }
}
