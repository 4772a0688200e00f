//! `completion/complete` (`server/utilities/completion`).

use std::borrow::Cow;
use std::sync::Arc;

use mcp_proto::types::Values;
use mcp_proto::wire::{Member, Reply, RpcError, members, pick, text_param};

use crate::args::Completing;
use crate::call::{Call, Caller, Handler};
use crate::gate::{self, Driven};
use crate::nearest::unknown;
use crate::registry::{Bound, Catalog};
use crate::service::policy::{refusal, seen};

/// What is to be completed.
struct Params<'a> {
    reference: Reference<'a>,
    name: Cow<'a, str>,
    value: Cow<'a, str>,
    /// The arguments that are given already.
    arguments: Values,
}

/// What has the argument.
enum Reference<'a> {
    Prompt(Cow<'a, str>),
    Resource(Cow<'a, str>),
}

impl<'a> Params<'a> {
    fn read(json: &'a str) -> Result<Self, RpcError> {
        let [reference, argument, context] = pick(json, ["ref", "argument", "context"]).unwrap_or_default();
        let [kind, name, uri] = object("ref", reference, ["type", "name", "uri"])?;
        // Only the member that the type asks for is judged.
        let reference = match &*text_param("type", kind)? {
            "ref/prompt" => Reference::Prompt(text_param("name", name)?),
            "ref/resource" => Reference::Resource(text_param("uri", uri)?),
            other => {
                let why = format!("`{other}` is not a type of `ref`: expected `ref/prompt` or `ref/resource`");
                return Err(invalid(&why));
            }
        };
        let [name, value] = object("argument", argument, ["name", "value"])?;
        let (name, value) = (text_param("name", name)?, text_param("value", value)?);
        let arguments = match context.filter(|context| !context.is_null()) {
            Some(context) => object("context", Some(context), ["arguments"])?[0],
            None => None,
        };
        Ok(Self { reference, name, value, arguments: texts(arguments)? })
    }
}

/// The members of a parameter that has to be an object.
fn object<'a, const N: usize>(
    field: &str,
    param: Option<Member<'a>>,
    names: [&str; N],
) -> Result<[Option<Member<'a>>; N], RpcError> {
    let param = param.ok_or_else(|| invalid(&format!("missing field `{field}`")))?;
    pick(param.json(), names).ok_or_else(|| invalid(&format!("`{field}` must be an object")))
}

/// An object whose members are texts; nothing where there is none.
fn texts(object: Option<Member<'_>>) -> Result<Values, RpcError> {
    let mut texts = Values::new();
    let Some(object) = object else { return Ok(texts) };
    let are_texts = members(object.json(), |name, value| match value.text() {
        Some(value) => {
            texts.insert(name.into(), value.into_owned());
            true
        }
        None => false,
    });
    if are_texts { Ok(texts) } else { Err(invalid("`arguments` must be an object of strings")) }
}

fn invalid(why: &str) -> RpcError {
    RpcError::invalid_params(format!("Invalid params: {why}"))
}

pub(crate) fn complete(call: Call, catalog: &Catalog) -> Result<Reply, Driven> {
    let params = match Params::read(call.request().params_json().unwrap_or("{}")) {
        Ok(params) => params,
        Err(error) => return Ok(Reply::error(call.id(), &error)),
    };
    let principal = call.ctx().principal();
    let found = find(catalog, &params.reference, &call.ctx().inner().caller).and_then(|(bound, mut values)| {
        // What was filled in already says which scope is meant.
        values.extend(params.arguments.iter().map(|(name, value)| (name.clone(), value.clone())));
        refusal(&bound.entry, principal, &values).map_or(Ok(bound), Err)
    });
    let bound = match found {
        Ok(bound) => bound,
        Err(error) => return Ok(Reply::error(call.id(), &error)),
    };
    let name = params.name;
    let Some(parameter) = bound.parameters.iter().find(|parameter| parameter.name == name) else {
        let names = bound.parameters.iter().map(|parameter| &*parameter.name).collect::<Vec<_>>().join(", ");
        let error = RpcError::invalid_params(format!("Unknown argument: {name}; `{}` has {names}", bound.entry.name));
        return Ok(Reply::error(call.id(), &error));
    };
    let completer = parameter.completer.clone();
    let (value, arguments) = (params.value.into_owned(), params.arguments);
    let call = match &parameter.entry {
        Some(entry) => call.under(Arc::clone(entry)),
        None => call,
    };
    let completing = Completing::new(value, arguments, call.ctx().clone());
    let handler = Handler::asynchronous(move |call| completer.complete(completing.clone(), call));
    gate::start(&handler, call)
}

/// What is to be completed, and the values that its variables have in a URI.
fn find<'a>(catalog: &'a Catalog, reference: &Reference<'_>, caller: &Caller) -> Result<(&'a Bound, Values), RpcError> {
    match reference {
        Reference::Prompt(name) => {
            let bound = seen(catalog.prompt(name), caller);
            let bound =
                bound.ok_or_else(|| unknown("prompt", name, catalog.nearest_prompt(name, &caller.facts.principal)))?;
            Ok((bound, Values::new()))
        }
        // A template as it is listed, or a URI that one of them matches.
        Reference::Resource(uri) => {
            let found = catalog.template(uri).map(|bound| (bound, Values::new())).or_else(|| catalog.resource(uri));
            let found = found.and_then(|(bound, values)| Some((seen(Some(bound), caller)?, values)));
            found.ok_or_else(|| RpcError::invalid_params(format!("Unknown resource: {uri}")))
        }
    }
}
