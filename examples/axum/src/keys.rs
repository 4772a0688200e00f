//! The keys of callers.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use mcp_runtime::{Authenticate, Challenge, Principal};

/// Who has which key.
#[derive(Clone)]
pub struct Keys(Arc<HashMap<String, String>>);

impl Keys {
    /// Reads `ada=key1,bob=key2`. A real program keeps hashes of keys in a file or a database.
    pub fn parse(text: &str) -> Self {
        let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
        Self(Arc::new(pairs.map(|(name, key)| (key.to_owned(), name.to_owned())).collect()))
    }
}

impl Authenticate for Keys {
    /// Knows callers by `Authorization: Bearer KEY`. Others get 401, and `WWW-Authenticate` tells them what is wanted.
    async fn authenticate(&self, request: &Parts) -> Result<Principal, Challenge> {
        let header = request.headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok());
        let key = header.and_then(|header| header.strip_prefix("Bearer "));
        let key = key.ok_or_else(|| Challenge::bearer().param("realm", "shop"))?;
        let name = self.0.get(key);
        name.map(|name| Principal::new(name.as_str()))
            .ok_or_else(|| Challenge::bearer().param("realm", "shop").param("error", "invalid_token"))
    }
}
