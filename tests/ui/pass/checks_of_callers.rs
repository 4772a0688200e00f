//! What `Http::authenticate` takes: functions that wait and that do not, closures of both kinds, and types of one's own.

#![deny(warnings)]

use std::sync::Arc;

use mcp_runtime::http::request::Parts;
use mcp_runtime::prelude::*;
use mcp_runtime::{Authenticate, Challenge};

fn check(request: &Parts) -> Result<Principal, Challenge> {
    request.headers.get("x-key").map(|_| Principal::new("ada")).ok_or_else(Challenge::bearer)
}

async fn check_later(request: &Parts) -> Result<Principal, Challenge> {
    std::future::ready(()).await;
    check(request)
}

#[derive(Clone)]
struct Keys(Arc<str>);

impl Authenticate for Keys {
    async fn authenticate(&self, request: &Parts) -> Result<Principal, Challenge> {
        let key = request.headers.get(&*self.0).ok_or_else(Challenge::bearer)?;
        check_later(request).await.map_err(|_| Challenge::new("Key").param("was", &format!("{key:?}")))
    }
}

fn main() -> Result<(), BuildError> {
    let keys = Keys("x-key".into());
    let in_closure = keys.clone();
    let http = Http::new(Server::new("checks").build()?);
    let _ = http.clone().authenticate(check);
    let _ = http.clone().authenticate(check_later);
    let _ = http.clone().authenticate(|request: &Parts| check(request));
    let _ = http.clone().authenticate(async |request: &Parts| check_later(request).await);
    let _ = http.clone().authenticate(move |request: &Parts| {
        let (keys, known) = (in_closure.clone(), check(request));
        async move { if keys.0.is_empty() { Err(Challenge::bearer()) } else { known } }
    });
    let _ = http.clone().authenticate(keys.clone());
    Server::new("checks").http(|http| http.authenticate(check_later)).build()?;
    Ok(())
}
