//! Who may do what: the one place where a request meets the policy of what it asks for.

use mcp_proto::types::Values;
use mcp_proto::wire::{Code, Reply, RpcError};
use serde_json::json;

#[cfg(feature = "auth")]
use crate::call::Ruled;
use crate::call::{Call, Caller, Entry, Inner, Lacks, Policy, Principal};
use crate::gate::{Driven, checked, decides_now};
use crate::output::{FORBIDDEN, is_allowed};
use crate::registry::{Bound, Catalog};

/// An item, if its caller may know of it. All who find items for callers see them through this.
#[inline]
pub(super) fn seen<'a>(bound: Option<&'a Bound>, caller: &Caller) -> Option<&'a Bound> {
    let bound = bound?;
    match &bound.entry.policy {
        None => Some(bound),
        Some(policy) => seen_by(policy, bound, caller),
    }
}

#[cold]
#[inline(never)]
fn seen_by<'a>(policy: &Policy, bound: &'a Bound, caller: &Caller) -> Option<&'a Bound> {
    if policy.shows_to(&caller.facts.principal) {
        return Some(bound);
    }
    bound.entry.counters.denied();
    None
}

/// Begins a call of an item that has a policy, unless its caller may not make it.
pub(super) fn begin(
    policy: &Policy,
    bound: &Bound,
    call: Call,
    start: impl FnOnce(Call) -> Result<Reply, Driven> + Send + 'static,
) -> Result<Reply, Driven> {
    if let Some(error) = lacking(policy, &bound.entry, call.ctx().principal(), call.variables()) {
        call.ctx().inner().deny();
        return Ok(Reply::error(call.id(), &error));
    }
    match &bound.wrapped.check {
        None => start(call),
        Some(check) => checked(check, call, start),
    }
}

/// Notes of a request that finds nothing whether there is something, which its caller may not know of.
#[cold]
#[cfg_attr(not(feature = "auth"), expect(unused_variables, reason = "only the audit log wants to know"))]
pub(super) fn rule_absent(found: Option<&Bound>, inner: &Inner) {
    #[cfg(feature = "auth")]
    {
        let policy = found.and_then(|bound| bound.entry.policy.as_ref());
        let is_hidden = policy.is_some_and(|policy| !policy.shows_to(&inner.caller.facts.principal));
        inner.rule(if is_hidden { Ruled::Denied } else { Ruled::Refused });
    }
}

/// Why a caller may not use an item that it knows of.
pub(super) fn refusal(entry: &Entry, principal: &Principal, values: &Values) -> Option<RpcError> {
    lacking(entry.policy.as_deref()?, entry, principal, values)
}

/// Whether a caller may hear that what is at a URI has changed. Where there is nothing, nothing is to be hidden.
pub(super) fn may_hear(catalog: &Catalog, uri: &str, principal: &Principal) -> bool {
    !catalog.is_guarded()
        || catalog.resource(uri).is_none_or(|(bound, values)| {
            let policy = bound.entry.policy.as_ref();
            policy.is_none_or(|policy| policy.shows_to(principal) && policy.lacks(principal, &values).is_none())
        })
}

/// Whether a call may subscribe to a resource, as far as that is known at once. To what its caller may not know of it may not, as
/// to what does not exist.
pub(super) fn may_subscribe(catalog: &Catalog, uri: &str, call: &Call) -> bool {
    let Some((bound, values)) = catalog.resource(uri) else { return false };
    let principal = call.ctx().principal();
    let Some(policy) = &bound.entry.policy else { return true };
    policy.shows_to(principal)
        && policy.lacks(principal, &values).is_none()
        && bound.wrapped.check.as_ref().is_none_or(|check| {
            let decided = decides_now(check, call.clone().with_variables(values));
            decided.is_some_and(|reply| is_allowed(&reply))
        })
}

#[cold]
fn lacking(policy: &Policy, entry: &Entry, principal: &Principal, values: &Values) -> Option<RpcError> {
    let lacks = policy.lacks(principal, values)?;
    entry.counters.denied();
    let name = &entry.name;
    let error = |message| RpcError::new(Code(FORBIDDEN), message);
    Some(match lacks {
        Lacks::Scopes { needed, missing } => {
            let scopes = if missing.contains(' ') { "scopes" } else { "scope" };
            error(format!("Forbidden: `{name}` needs the {scopes} `{missing}`"))
                .with_data(&json!({ "error": "insufficient_scope", "scope": needed }))
        }
        Lacks::Nameless => error(format!("Forbidden: `{name}` needs a scope that this caller does not have")),
    })
}
