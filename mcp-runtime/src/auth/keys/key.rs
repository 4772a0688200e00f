//! A key that the program itself has.

use std::fmt;
use std::time::SystemTime;

use super::table::Known;
use crate::call::{AuthMethod, Principal};

/// The fewest characters of a key, so that nobody guesses it.
const SHORTEST: usize = 16;

/// A key that the program itself knows, from its environment or a secret store, say: what [`ApiKeys::of`](super::ApiKeys::of)
/// takes. It is kept as a digest.
///
/// ```
/// use mcp_runtime::auth::ApiKey;
///
/// let key = ApiKey::new("J8sV1Zq0Xr5uTnG2").subject("ci").scopes(["orders:read"]);
/// ```
#[derive(Clone)]
pub struct ApiKey {
    secret: String,
    subject: String,
    scopes: Vec<String>,
    roles: Vec<String>,
    expires: Option<SystemTime>,
}

impl ApiKey {
    /// A key, as clients send it: at least 16 characters.
    pub fn new(secret: impl Into<String>) -> Self {
        Self {
            secret: secret.into(),
            subject: "api-key".to_owned(),
            scopes: Vec::new(),
            roles: Vec::new(),
            expires: None,
        }
    }

    /// Who has the key. By default `api-key`.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// What its owner may do. By default nothing that needs a scope.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// What its owner is. By default nothing.
    #[must_use]
    pub fn roles<S: Into<String>>(mut self, roles: impl IntoIterator<Item = S>) -> Self {
        self.roles = roles.into_iter().map(Into::into).collect();
        self
    }

    /// From when on the key lets nobody in. By default never.
    #[must_use]
    pub fn expires(mut self, expires: SystemTime) -> Self {
        self.expires = Some(expires);
        self
    }

    /// What is wrong with it.
    pub(crate) fn fault(&self) -> Option<String> {
        let Self { secret, subject, .. } = self;
        if secret.chars().count() < SHORTEST {
            return Some(format!("the key of `{subject}` has fewer than {SHORTEST} characters: it could be guessed"));
        }
        // It is sent in a header.
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Some(format!("the key of `{subject}` has a space, or a character that no header has"));
        }
        subject.trim().is_empty().then(|| "a key has an empty subject".to_owned())
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    pub(crate) fn known(self) -> Known {
        Known {
            principal: principal(self.subject, self.scopes, self.roles, self.expires),
            expires: self.expires,
            disabled: false,
        }
    }
}

/// The owner of a key.
pub(crate) fn principal(
    subject: String,
    scopes: Vec<String>,
    roles: Vec<String>,
    expires: Option<SystemTime>,
) -> Principal {
    let principal = Principal::new(subject).with_scopes(scopes).with_roles(roles).with_method(AuthMethod::ApiKey);
    match expires {
        Some(expires) => principal.with_expiry(expires),
        None => principal,
    }
}

/// Without the key.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("subject", &self.subject).field("scopes", &self.scopes).finish_non_exhaustive()
    }
}
