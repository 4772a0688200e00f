//! From a request to the function that serves it.

use std::sync::Arc;

use mcp_proto::engine::Admitted;
use mcp_proto::era::Terms;
use mcp_proto::types::Values;
use mcp_proto::wire::{Arguments, Method, Reply, Request, RpcError};

use super::builtin;
use super::link::Link;
use super::policy::{self, seen};
use crate::call::{Call, Caller, Ctx, Home, Inner, Policy, Working};
use crate::gate::ring::{Core, Ring, Wrapped};
use crate::gate::{self, Driven, Passing};
use crate::nearest::unknown;
use crate::registry::{Bound, Catalog, ListKind};

/// Serves a request: an answer at once, or a call to be polled.
pub(crate) fn dispatch(catalog: &Arc<Catalog>, admitted: Admitted, link: &Link) -> Result<Reply, Driven> {
    let Admitted { key, request, terms } = admitted;
    let _working = Working::on(&request.id);
    let passing = Passing::begin(&catalog.profile().observers, &request, &link.caller.facts);
    let home = Arc::clone(catalog) as Arc<dyn Home>;
    let inner = Inner::new(request, terms, key, home, link.caller.clone());
    #[cfg(feature = "auth")]
    let inner = Inner { ruling: passing.as_ref().and_then(|passing| passing.ruling()), ..inner };
    let begun = begin(catalog, inner, link);
    match passing {
        None => begun,
        Some(passing) => watch(passing, begun),
    }
}

/// Observers see how it ends.
#[inline(never)]
fn watch(mut passing: Box<Passing>, begun: Result<Reply, Driven>) -> Result<Reply, Driven> {
    let begun = begun.inspect(|reply| passing.end(reply));
    begun.map_err(|driven| driven.passing(passing))
}

/// Begins a call. Routing comes first, so that whatever looks at the call sees its entry.
pub(super) fn begin(catalog: &Arc<Catalog>, mut inner: Inner, link: &Link) -> Result<Reply, Driven> {
    let route = route(catalog, &inner.request, &inner.terms, &inner.caller);
    let counters = match &route {
        Ok(Route::Bound(bound, _)) => &bound.entry.counters,
        _ => catalog.scope().shared.meters.of(&inner.request.method),
    };
    let began = counters.begin();
    inner.counted = Some(began);
    let begun = match route {
        Ok(Route::Bound(bound, variables)) => {
            // In its place: all of it is copied once more into its allocation.
            inner.entry = Some(Arc::clone(&bound.entry));
            inner.variables = variables;
            let call = Call::new(Ctx::new(inner));
            match (&bound.entry.policy, catalog.profile().rings.server(), &bound.wrapped.ring) {
                (None, None, None) => gate::start(&bound.wrapped.handler, call),
                (None, outer, _) => in_rings(outer, &bound.wrapped, call),
                (Some(policy), outer, _) => under(policy, outer, bound, call),
            }
        }
        Ok(Route::Builtin(builtin)) => serve_builtin(builtin, Call::new(Ctx::new(inner)), catalog, link),
        Err(error) => Ok(refuse(catalog, &inner, &error)),
    };
    begun.inspect(|reply| counters.end(began, reply.kind().into(), reply.bytes().len()))
}

/// Serves a method of the protocol itself.
#[inline(never)]
fn serve_builtin(builtin: Builtin, call: Call, catalog: &Arc<Catalog>, link: &Link) -> Result<Reply, Driven> {
    match catalog.profile().rings.server().filter(|_| call.request().method != Method::Ping) {
        None => builtin(call, catalog, link),
        Some(ring) => in_builtin_ring(ring, call, builtin, catalog, link),
    }
}

/// Refuses a request that nobody serves, or nobody for this caller.
#[cold]
fn refuse(catalog: &Catalog, inner: &Inner, error: &RpcError) -> Reply {
    policy::rule_absent(asked_for(catalog, &inner.request), inner);
    Reply::error(&inner.request.id, error)
}

/// Sends a call through layers, if there are any, to its handler.
#[cold]
fn in_rings(outer: Option<&Ring>, wrapped: &Arc<Wrapped>, call: Call) -> Result<Reply, Driven> {
    match (outer, &wrapped.ring) {
        (Some(outer), _) => outer.enter(call, Core::Handler(Arc::clone(wrapped))),
        (None, Some(inner)) => inner.enter_group(call, Core::Handler(Arc::clone(wrapped))),
        (None, None) => gate::start(&wrapped.handler, call),
    }
}

/// Begins a call that its policy has to allow.
#[cold]
#[inline(never)]
fn under(policy: &Policy, outer: Option<&Ring>, bound: &Bound, call: Call) -> Result<Reply, Driven> {
    let (outer, wrapped) = (outer.cloned(), Arc::clone(&bound.wrapped));
    policy::begin(policy, bound, call, move |call| in_rings(outer.as_ref(), &wrapped, call))
}

/// Sends a request through the layers of the server to a method of the protocol itself.
#[cold]
fn in_builtin_ring(
    ring: &Ring,
    call: Call,
    builtin: Builtin,
    catalog: &Arc<Catalog>,
    link: &Link,
) -> Result<Reply, Driven> {
    let (catalog, link) = (Arc::clone(catalog), link.clone());
    ring.enter(call, Core::Builtin(Arc::new(Box::new(move |call| builtin(call, &catalog, &link)))))
}

/// A method of the protocol itself.
pub(super) type Builtin = fn(Call, &Catalog, &Link) -> Result<Reply, Driven>;

/// Who serves a request.
pub(super) enum Route<'a> {
    Bound(&'a Bound, Values),
    Builtin(Builtin),
}

/// Finds who serves a request.
pub(super) fn route<'a>(
    catalog: &'a Catalog,
    request: &Request,
    terms: &Terms,
    caller: &Caller,
) -> Result<Route<'a>, RpcError> {
    match &request.method {
        Method::ToolsCall => tool(catalog, request, caller),
        _ => other(catalog, request, terms, caller),
    }
}

/// The same of all that is no call of a tool. Not in line, so that what a call runs through lies together.
#[inline(never)]
fn other<'a>(catalog: &'a Catalog, request: &Request, terms: &Terms, caller: &Caller) -> Result<Route<'a>, RpcError> {
    let absent = || RpcError::method_not_found(request.method.as_str());
    let served = |kind: ListKind, builtin: Builtin| {
        if catalog.serves(kind) { Ok(Route::Builtin(builtin)) } else { Err(absent()) }
    };
    match &request.method {
        Method::ResourcesRead => resource(catalog, request, caller),
        Method::PromptsGet => prompt(catalog, request, caller),
        Method::ToolsList => {
            served(ListKind::Tools, |call, catalog, _| Ok(builtin::list(&call, catalog, ListKind::Tools)))
        }
        Method::PromptsList => {
            served(ListKind::Prompts, |call, catalog, _| Ok(builtin::list(&call, catalog, ListKind::Prompts)))
        }
        Method::ResourcesList => {
            served(ListKind::Resources, |call, catalog, _| Ok(builtin::list(&call, catalog, ListKind::Resources)))
        }
        Method::ResourceTemplatesList => {
            served(ListKind::Templates, |call, catalog, _| Ok(builtin::list(&call, catalog, ListKind::Templates)))
        }
        Method::ResourcesSubscribe => served(ListKind::Resources, builtin::subscribe),
        Method::ResourcesUnsubscribe => {
            served(ListKind::Resources, |call, _, link| Ok(builtin::unsubscribe(&call, link)))
        }
        Method::Complete if catalog.completes() => {
            Ok(Route::Builtin(|call, catalog, _| builtin::complete(call, catalog)))
        }
        Method::Discover => Ok(Route::Builtin(|call, catalog, _| Ok(builtin::discover(&call, catalog)))),
        Method::Listen => Ok(Route::Builtin(builtin::listen)),
        Method::Ping if terms.version.has_ping() => Ok(Route::Builtin(|call, _, _| Ok(builtin::empty(&call)))),
        Method::SetLevel => Ok(Route::Builtin(|call, _, _| Ok(builtin::set_level(&call)))),
        Method::Other(name) => Ok(Route::Bound(seen(catalog.method(name), caller).ok_or_else(absent)?, Values::new())),
        Method::ToolsCall | Method::Initialize | Method::Ping | Method::Complete => Err(absent()),
    }
}

/// What a request asks for, whoever may know of it.
#[cold]
fn asked_for<'a>(catalog: &'a Catalog, request: &Request) -> Option<&'a Bound> {
    match &request.method {
        Method::ToolsCall => catalog.tool(request.name()?),
        Method::PromptsGet => catalog.prompt(request.name()?),
        Method::ResourcesRead => Some(catalog.resource(request.uri()?)?.0),
        Method::Other(name) => catalog.method(name),
        _ => None,
    }
}

fn tool<'a>(catalog: &'a Catalog, request: &Request, caller: &Caller) -> Result<Route<'a>, RpcError> {
    if !catalog.serves(ListKind::Tools) {
        return Err(RpcError::method_not_found("tools/call"));
    }
    let name = request.name().ok_or_else(|| needs("name", "tools/call"))?;
    let bound = seen(catalog.tool(name), caller);
    let bound = bound.ok_or_else(|| unknown_tool(catalog, name, caller))?;
    with_object(request, bound)
}

#[cold]
fn unknown_tool(catalog: &Catalog, name: &str, caller: &Caller) -> RpcError {
    unknown("tool", name, catalog.nearest_tool(name, &caller.facts.principal))
}

fn prompt<'a>(catalog: &'a Catalog, request: &Request, caller: &Caller) -> Result<Route<'a>, RpcError> {
    if !catalog.serves(ListKind::Prompts) {
        return Err(RpcError::method_not_found("prompts/get"));
    }
    let name = request.name().ok_or_else(|| needs("name", "prompts/get"))?;
    let bound = seen(catalog.prompt(name), caller);
    let bound = bound.ok_or_else(|| unknown("prompt", name, catalog.nearest_prompt(name, &caller.facts.principal)))?;
    with_object(request, bound)
}

fn resource<'a>(catalog: &'a Catalog, request: &Request, caller: &Caller) -> Result<Route<'a>, RpcError> {
    if !catalog.serves(ListKind::Resources) {
        return Err(RpcError::method_not_found("resources/read"));
    }
    let uri = request.uri().ok_or_else(|| needs("uri", "resources/read"))?;
    // A URI whose template is not for this caller is not tried with wider ones, which may know less of who may read it.
    let found = catalog.resource(uri).and_then(|(bound, values)| Some((seen(Some(bound), caller)?, values)));
    match found {
        Some((bound, variables)) => Ok(Route::Bound(bound, variables)),
        // The code differs between the eras, so the answer needs the call.
        None => Ok(Route::Builtin(|call, catalog, _| {
            policy::rule_absent(asked_for(catalog, call.request()), call.ctx().inner());
            Ok(crate::output::not_found(&call))
        })),
    }
}

fn with_object<'a>(request: &Request, bound: &'a Bound) -> Result<Route<'a>, RpcError> {
    if request.arguments() == Arguments::NotAnObject {
        return Err(RpcError::invalid_params("Invalid params: `arguments` must be an object"));
    }
    Ok(Route::Bound(bound, Values::new()))
}

#[cold]
fn needs(member: &str, method: &str) -> RpcError {
    RpcError::invalid_params(format!("Invalid params: {method} needs `{member}` (string)"))
}
