//! What clients are given: codes, and tokens for them.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::form::{encode, field};
use super::{Inner, Token};
use crate::lock::Lock;

/// The subject of tokens that are given for codes: there is nobody to log in.
const USER: &str = "user";

/// What was given and has not been used.
#[derive(Default)]
pub(super) struct Grants {
    codes: Lock<HashMap<String, Code>>,
    refresh: Lock<HashMap<String, Granted>>,
}

/// What a code is good for.
struct Code {
    granted: Granted,
    redirect: String,
    challenge: String,
}

/// What a token is for.
#[derive(Clone)]
struct Granted {
    client: String,
    scope: Option<String>,
    resource: Option<String>,
}

/// A refusal, in the words of RFC 6749.
pub(super) type Refusal = (&'static str, &'static str);

impl Inner {
    /// Approves a request for a code: where the browser goes next.
    ///
    /// # Errors
    /// The request lacks what the browser would be sent on with, or PKCE.
    pub(super) fn authorize(&self, query: &str) -> Result<String, Refusal> {
        let get = |name| field(query, name);
        let redirect = get("redirect_uri").ok_or(("invalid_request", "there is no redirect_uri"))?;
        let client = get("client_id").ok_or(("invalid_request", "there is no client_id"))?;
        if get("response_type").as_deref() != Some("code") {
            return Err(("unsupported_response_type", "only codes are given"));
        }
        let challenge = get("code_challenge").filter(|_| get("code_challenge_method").as_deref() == Some("S256"));
        let challenge = challenge.ok_or(("invalid_request", "there is no code_challenge with the method S256"))?;
        let granted = Granted { client, scope: get("scope"), resource: get("resource") };
        let code = fresh();
        self.grants.codes.lock().insert(code.clone(), Code { granted, redirect: redirect.clone(), challenge });
        let state = get("state").map(|state| format!("&state={}", encode(&state))).unwrap_or_default();
        let separator = if redirect.contains('?') { '&' } else { '?' };
        Ok(format!("{redirect}{separator}code={code}{state}&iss={}", encode(&self.url)))
    }

    /// Gives a token.
    ///
    /// # Errors
    /// What for is not known, or was used.
    pub(super) fn grant(self: &Arc<Self>, form: &str, authorization: Option<&str>) -> Result<Value, Refusal> {
        let get = |name| field(form, name);
        let granted = match get("grant_type").as_deref() {
            Some("client_credentials") => {
                let client = get("client_id").or_else(|| authorization.and_then(client_of));
                let client = client.ok_or(("invalid_client", "there is no client_id"))?;
                Granted { client, scope: get("scope"), resource: get("resource") }
            }
            Some("authorization_code") => self.redeem(form)?,
            Some("refresh_token") => {
                let token = get("refresh_token").unwrap_or_default();
                let granted = self.grants.refresh.lock().remove(&token);
                granted.ok_or(("invalid_grant", "the refresh token is unknown, or was used"))?
            }
            _ => {
                return Err((
                    "unsupported_grant_type",
                    "it is none of client_credentials, authorization_code, refresh_token",
                ));
            }
        };
        let is_user = get("grant_type").as_deref() != Some("client_credentials");
        let subject = if is_user { USER } else { &granted.client };
        let mut token = Token::of(self, subject).claim("client_id", &granted.client);
        if let Some(resource) = get("resource").or_else(|| granted.resource.clone()) {
            token = token.audience(&resource);
        }
        if let Some(scope) = &granted.scope {
            token = token.claim("scope", scope);
        }
        let mut answer = json!({ "access_token": token.sign(), "token_type": "Bearer", "expires_in": 300 });
        if let Some(scope) = &granted.scope {
            answer["scope"] = json!(scope);
        }
        if is_user {
            let refresh = fresh();
            answer["refresh_token"] = json!(refresh);
            self.grants.refresh.lock().insert(refresh, granted);
        }
        Ok(answer)
    }

    fn redeem(&self, form: &str) -> Result<Granted, Refusal> {
        let get = |name| field(form, name).unwrap_or_default();
        let code = self.grants.codes.lock().remove(&get("code"));
        let Code { granted, redirect, challenge } =
            code.ok_or(("invalid_grant", "the code is unknown, or was used"))?;
        let verifier = URL_SAFE_NO_PAD.encode(digest(&SHA256, get("code_verifier").as_bytes()));
        if verifier != challenge || redirect != get("redirect_uri") {
            return Err(("invalid_grant", "the code_verifier or the redirect_uri is another"));
        }
        Ok(granted)
    }
}

/// The client in the header `Authorization: Basic …`.
fn client_of(authorization: &str) -> Option<String> {
    let decoded = STANDARD.decode(authorization.strip_prefix("Basic ")?).ok()?;
    let (client, _) = String::from_utf8(decoded).ok()?.split_once(':').map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    field(&format!("client={client}"), "client")
}

/// A text that nobody guesses.
pub(super) fn fresh() -> String {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).expect("randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}
