//! Requests that stand alone: 2026-07-28.

use super::{Terms, refuse};
use crate::Version;
use crate::types::LogLevel;
use crate::wire::{Method, Request, RpcError};

pub(crate) const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";
pub(crate) const CAPABILITIES_KEY: &str = "io.modelcontextprotocol/clientCapabilities";

/// The order of the checks is the order of what a client can repair (`basic/index`, "Per-request protocol fields").
pub(super) fn admit(request: &Request, no_session: bool) -> Result<Terms, RpcError> {
    admit_with(request, no_session, |_| Ok(()), || Ok(()))
}

/// As [`admit`], with a transport's own checks where they belong: that what it was told beside the message agrees with
/// the version in it, and, once that is one we speak, with the rest.
pub(super) fn admit_with(
    request: &Request,
    no_session: bool,
    version_agrees: impl FnOnce(&str) -> Result<(), RpcError>,
    rest_agrees: impl FnOnce() -> Result<(), RpcError>,
) -> Result<Terms, RpcError> {
    let stateless = super::is_stateless(request);
    if !stateless && no_session && request.method == Method::Ping {
        // Answered before there is a session: clients probe that way (2025-11-25, `basic/utilities/ping`).
        return Ok(Terms { version: Version::LATEST_STATEFUL, session: None });
    }
    let Some(requested) = request.protocol_version() else {
        return Err(missing(VERSION_KEY, "string", !stateless));
    };
    if request.meta.client_capabilities.is_none() {
        return Err(missing(CAPABILITIES_KEY, "object", false));
    }
    version_agrees(requested)?;
    let version = match Version::parse(requested) {
        Some(version) if version.is_stateless() => version,
        Some(_) => return Err(only_in_sessions(requested)),
        None => return Err(RpcError::unsupported_version(requested)),
    };
    if let Some(error) = unknown_level(request) {
        return Err(error);
    }
    rest_agrees()?;
    if request.method.is_stateful_only() {
        return Err(refuse(&request.method));
    }
    Ok(Terms { version, session: None })
}

#[cold]
fn only_in_sessions(version: &str) -> RpcError {
    let message = format!("Unsupported protocol version: {version} is spoken in sessions; use `initialize`");
    RpcError { message: message.into(), ..RpcError::unsupported_version(version) }
}

/// What is wrong with the log level that a request asks for. Few ask for one.
#[inline]
fn unknown_level(request: &Request) -> Option<RpcError> {
    #[cold]
    fn judge(level: &str) -> Option<RpcError> {
        let is_known = LogLevel::parse(level).is_some();
        (!is_known).then(|| RpcError::invalid_params(format!("Invalid params: there is no log level {level:?}")))
    }
    request.log_level().and_then(judge)
}

#[cold]
fn missing(key: &str, kind: &str, no_session: bool) -> RpcError {
    let hint = if no_session { "; or open a session with `initialize` first" } else { "" };
    RpcError::invalid_params(format!("Invalid params: `_meta` needs `{key}` ({kind}) on every request{hint}"))
}
