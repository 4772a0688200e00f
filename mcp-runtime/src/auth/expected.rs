//! What a token must say, whoever checks it, and how those are refused that do not say it.

use std::time::Duration;

use http::request::Parts;

use crate::call::Principal;
use crate::transport::{Challenge, ResourceMetadata, ResourceUrl};

/// What a token must say, and where it says it.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
    pub(super) any_audience: bool,
    pub(super) leeway: Duration,
    /// The claim that is the subject.
    pub(super) subject: String,
    /// The claims that may have the scopes, and where the roles are.
    pub(super) scopes: Vec<String>,
    pub(super) roles: Vec<String>,
    /// The scopes that each token must have.
    pub(super) required: Vec<String>,
}

impl Expected {
    /// Tokens of this issuer for this server.
    pub(super) fn of(issuer: String) -> Self {
        Self {
            issuer,
            audiences: Vec::new(),
            any_audience: false,
            leeway: Duration::from_secs(60),
            subject: "sub".to_owned(),
            scopes: vec!["scope".to_owned(), "scp".to_owned()],
            roles: vec!["roles".to_owned()],
            required: Vec::new(),
        }
    }

    /// The audience that a token must have, where none is expected by name. `setter` names what sets one.
    ///
    /// # Errors
    /// It is not known.
    pub(super) fn resource<'a>(&self, request: &'a Parts, setter: &str) -> Result<Option<&'a str>, Challenge> {
        if self.any_audience || !self.audiences.is_empty() {
            return Ok(None);
        }
        match request.extensions.get::<ResourceUrl>() {
            Some(url) => Ok(Some(url.as_str())),
            None => {
                Err(Challenge::unavailable(format!("no audience of tokens is known: set {setter} or Http::public_url")))
            }
        }
    }

    /// A caller with the scopes that each must have.
    ///
    /// # Errors
    /// It lacks some.
    pub(super) fn with_scopes(&self, principal: Principal) -> Result<Principal, Challenge> {
        if self.required.iter().all(|scope| principal.has_scope(scope)) {
            Ok(principal)
        } else {
            Err(Challenge::insufficient_scope(&self.required))
        }
    }

    /// A caller whose token may come without a proof.
    ///
    /// # Errors
    /// It is bound to a key. Without the proof it is stolen, for all that can be seen (RFC 9449, 7.1; RFC 8705, 3).
    pub(super) fn unbound(&self, principal: Principal) -> Result<Principal, Challenge> {
        match principal.claim("cnf") {
            None => Ok(principal),
            Some(_) => Err(self.invalid("it is bound to a key of the client, and comes as a bearer token")),
        }
    }

    /// No token came.
    pub(super) fn missing(&self) -> Challenge {
        match &*self.required {
            [] => Challenge::bearer(),
            required => Challenge::bearer().scope(required),
        }
    }

    /// A token came that lets nobody in.
    pub(super) fn invalid(&self, why: &str) -> Challenge {
        self.missing().param("error", "invalid_token").param("error_description", why)
    }

    /// What is published of where to get a token.
    pub(super) fn metadata(&self) -> ResourceMetadata {
        let metadata = ResourceMetadata::new().scopes(&self.required);
        let metadata = match &*self.issuer {
            "" => metadata,
            issuer => metadata.authorization_server(issuer),
        };
        match self.audiences.first() {
            Some(audience) => metadata.resource(audience),
            None => metadata,
        }
    }
}
