//! Requests of a session: up to 2025-11-25.

use std::sync::Arc;

use super::{Session, Terms, refuse};
use crate::wire::{Request, RpcError};

pub(super) fn admit(request: &Request, session: Option<&Arc<Session>>) -> Result<Terms, RpcError> {
    let Some(session) = session.filter(|_| !request.method.is_stateless_only()) else {
        return Err(refuse(&request.method));
    };
    Ok(Terms { version: session.version(), session: Some(Arc::clone(session)) })
}
