//! Where the keys of an issuer come from.

use std::path::PathBuf;

use serde::Deserialize;

use crate::auth::fetch::{Fetch, Fetched, Place};
use crate::auth::jose::KeySet;

/// Where keys come from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// From what the issuer publishes of itself.
    Discovery,
    /// From this URL.
    Url(String),
    /// From this file.
    File(PathBuf),
}

/// What of an issuer's metadata is of use here (RFC 8414; OpenID Connect Discovery 1.0).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: Option<String>,
}

impl Source {
    /// What is wrong with it, as far as can be said without asking anybody.
    pub(super) fn problem(&self, issuer: &str, fetch: &Fetch) -> Option<String> {
        match self {
            Self::Discovery => Place::named(issuer, fetch.rules()).err().map(|error| format!("the issuer {error}")),
            Self::Url(url) => Place::named(url, fetch.rules()).err().map(|error| format!("the URL of keys {error}")),
            Self::File(path) => read(path).err(),
        }
    }

    /// The keys as they are now.
    ///
    /// # Errors
    /// They cannot be had.
    pub(super) async fn keys(&self, issuer: &str, fetch: &Fetch) -> Result<KeySet, String> {
        let place = match self {
            Self::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || read(&path)).await;
                return read.unwrap_or_else(|_| Err("reading the file of keys failed".to_owned()));
            }
            Self::Url(url) => Place::named(url, fetch.rules()).map_err(|error| error.to_string())?,
            Self::Discovery => discover(issuer, fetch).await?,
        };
        let fetched = fetch.get(&place).await.map_err(|error| error.to_string())?;
        if !fetched.status.is_success() {
            return Err(format!("{place} answered {}", fetched.status));
        }
        KeySet::read(&fetched.body).map_err(|why| format!("{place}: {why}"))
    }
}

fn read(path: &std::path::Path) -> Result<KeySet, String> {
    let failed = |why: &dyn std::fmt::Display| format!("the file of keys {}: {why}", path.display());
    let json = std::fs::read(path).map_err(|error| failed(&error))?;
    KeySet::read(&json).map_err(|why| failed(&why))
}

/// Where an issuer says its keys are.
async fn discover(issuer: &str, fetch: &Fetch) -> Result<Place, String> {
    let base = Place::named(issuer, fetch.rules()).map_err(|error| error.to_string())?;
    let path = base.uri().path().trim_end_matches('/');
    let mut last = String::new();
    // In the order of `basic/authorization/authorization-server-discovery`.
    let mut paths = vec![
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        paths.push(format!("{path}/.well-known/openid-configuration"));
    }
    for path in paths {
        let place = base.at(&path).map_err(|error| error.to_string())?;
        let fetched = fetch.get(&place).await.map_err(|error| error.to_string())?;
        match keys_uri(&fetched, issuer) {
            Ok(uri) => return base.told(&uri, fetch.rules()).map_err(|error| error.to_string()),
            Err(why) => last = format!("{place}: {why}"),
        }
    }
    Err(last)
}

fn keys_uri(fetched: &Fetched, issuer: &str) -> Result<String, String> {
    if !fetched.status.is_success() {
        return Err(format!("it answered {}", fetched.status));
    }
    let metadata: Metadata =
        serde_json::from_slice(&fetched.body).map_err(|_| "it is not the metadata of an issuer".to_owned())?;
    // Or one issuer could have another's tokens checked with its keys (RFC 8414, 3.3).
    if metadata.issuer != issuer {
        return Err(format!("it is the metadata of {:?}, and the issuer is {issuer:?}", metadata.issuer));
    }
    metadata.jwks_uri.ok_or_else(|| "it has no `jwks_uri`".to_owned())
}
