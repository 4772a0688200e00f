//! The methods of the protocol itself.

mod complete;
mod listen;

pub(super) use complete::complete;
pub(super) use listen::listen;

use mcp_proto::era::{Cache, CacheScope};
use mcp_proto::types::LogLevel;
use mcp_proto::wire::{Reply, ResultWriter, RpcError, pick, text_param, write_str};

use super::link::{Link, MOST_SUBSCRIPTIONS, SUBSCRIPTION_BYTES};
use super::policy::{refusal, rule_absent, seen};
use crate::call::Call;
use crate::gate::{Driven, checked};
use crate::registry::{BadCursor, Catalog, ListKind};

/// A server does not change what it is while it runs: an hour.
const DISCOVERY: Cache = Cache { ttl_ms: 3_600_000, scope: CacheScope::Public };

/// `tools/list` and its siblings: bytes that were rendered before.
pub(super) fn list(call: &Call, catalog: &Catalog, kind: ListKind) -> Reply {
    let page = catalog.page(kind, call.version(), call.ctx().principal(), call.request().cursor());
    let (items, next) = match page {
        Ok(page) => page,
        Err(BadCursor) => {
            let error = RpcError::invalid_params(format!("Invalid params: this cursor is not one of {kind}'s"));
            return Reply::error(call.id(), &error);
        }
    };
    let mut result = ResultWriter::with_capacity(call.id(), items.len() + 256);
    let out = result.member(kind.member());
    out.push(b'[');
    out.extend_from_slice(items.as_bytes());
    out.push(b']');
    if let Some(next) = next {
        write_str(result.member("nextCursor"), &next);
    }
    result.finish_cacheable(call.seal(), catalog.list_cache())
}

/// `server/discover`.
pub(super) fn discover(call: &Call, catalog: &Catalog) -> Reply {
    let mut result = ResultWriter::with_capacity(call.id(), 1024);
    result.members(&catalog.discovery(call.version()));
    result.finish_cacheable(catalog.discovery_seal(), DISCOVERY)
}

/// `ping`, and whatever else is answered with nothing.
pub(super) fn empty(call: &Call) -> Reply {
    ResultWriter::with_capacity(call.id(), 64).finish(call.seal())
}

/// `logging/setLevel`.
pub(super) fn set_level(call: &Call) -> Reply {
    let [level] = pick(call.request().params_json().unwrap_or("{}"), ["level"]).unwrap_or_default();
    let level = text_param("level", level).and_then(|level| {
        let why = || RpcError::invalid_params(format!("Invalid params: `level` cannot be `{level}`"));
        LogLevel::parse(&level).ok_or_else(why)
    });
    match level {
        Ok(level) => {
            if let Some(session) = &call.ctx().inner().terms.session {
                session.set_log_level(level);
            }
            empty(call)
        }
        Err(error) => Reply::error(call.id(), &error),
    }
}

/// `resources/subscribe`.
pub(super) fn subscribe(call: Call, catalog: &Catalog, link: &Link) -> Result<Reply, Driven> {
    let Some(uri) = call.request().uri() else { return Ok(needs_uri(&call)) };
    let principal = call.ctx().principal();
    let found = catalog.resource(uri);
    let hidden = found.as_ref().map(|(bound, _)| *bound);
    let Some((Some(bound), values)) =
        found.map(|(bound, values)| (seen(Some(bound), &call.ctx().inner().caller), values))
    else {
        rule_absent(hidden, call.ctx().inner());
        return Ok(crate::output::not_found(&call));
    };
    if let Some(error) = refusal(&bound.entry, principal, &values) {
        return Ok(Reply::error(call.id(), &error));
    }
    match &bound.wrapped.check {
        None => Ok(subscribed(&call, link)),
        Some(check) => {
            let link = link.clone();
            checked(check, call.with_variables(values), move |call| Ok(subscribed(&call, &link)))
        }
    }
}

/// Subscribes to a resource that the caller may read.
fn subscribed(call: &Call, link: &Link) -> Reply {
    let Some(uri) = call.request().uri() else { return needs_uri(call) };
    if link.wishes.as_ref().is_some_and(|wishes| !wishes.subscribe(uri, call.ctx().principal())) {
        let message = format!(
            "Too many subscriptions: at most {MOST_SUBSCRIPTIONS}, whose URIs have at most {SUBSCRIPTION_BYTES} bytes"
        );
        return Reply::error(call.id(), &RpcError { message: message.into(), ..RpcError::internal() });
    }
    call.ctx().scope().shared.bus.subscribed(uri);
    empty(call)
}

/// `resources/unsubscribe`.
pub(super) fn unsubscribe(call: &Call, link: &Link) -> Reply {
    let Some(uri) = call.request().uri() else { return needs_uri(call) };
    if let Some(wishes) = &link.wishes {
        wishes.unsubscribe(uri);
    }
    empty(call)
}

fn needs_uri(call: &Call) -> Reply {
    Reply::error(call.id(), &RpcError::invalid_params("Invalid params: `uri` (string) is missing"))
}
