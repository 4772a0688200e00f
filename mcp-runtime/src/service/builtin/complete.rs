//! `completion/complete` (`server/utilities/completion`).

use std::collections::HashMap;
use std::sync::Arc;

use mcp_proto::wire::{Reply, RpcError};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::args::Completing;
use crate::call::{Call, Handler};
use crate::registry::{Bound, Catalog};
use crate::service::dispatch::unknown;
use crate::service::drive::{self, Driven};

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow)]
    r#ref: Reference<'a>,
    argument: Argument,
    context: Option<Context>,
}

/// What has the argument: a prompt by its name, or a resource by its URI. Read as a struct: an enum that is told by a
/// member has its members read twice. Only the member that the type asks for is judged.
#[derive(Deserialize)]
struct Reference<'a> {
    r#type: ReferenceType,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    uri: Option<&'a RawValue>,
}

#[derive(Deserialize)]
enum ReferenceType {
    #[serde(rename = "ref/prompt")]
    Prompt,
    #[serde(rename = "ref/resource")]
    Resource,
}

#[derive(Deserialize)]
struct Argument {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Context {
    #[serde(default)]
    arguments: HashMap<String, String>,
}

pub(crate) fn complete(call: Call, catalog: &Catalog) -> Result<Reply, Driven> {
    let params: Params<'_> = match call.request().params() {
        Ok(params) => params,
        Err(error) => return Ok(Reply::error(call.id(), &error)),
    };
    let bound = match find(catalog, &params.r#ref) {
        Ok(bound) => bound,
        Err(error) => return Ok(Reply::error(call.id(), &error)),
    };
    let name = params.argument.name;
    let Some(parameter) = bound.parameters.iter().find(|parameter| parameter.name == name) else {
        let names = bound.parameters.iter().map(|parameter| &*parameter.name).collect::<Vec<_>>().join(", ");
        let error = RpcError::invalid_params(format!("Unknown argument: {name}; `{}` has {names}", bound.entry.name));
        return Ok(Reply::error(call.id(), &error));
    };
    let completer = parameter.completer.clone();
    let (value, arguments) = (params.argument.value, params.context.map(|context| context.arguments));
    let call = match &parameter.entry {
        Some(entry) => call.under(Arc::clone(entry)),
        None => call,
    };
    let completing = Completing::new(value, arguments.unwrap_or_default(), call.ctx().clone());
    let handler = Handler::asynchronous(move |call| completer.complete(completing.clone(), call));
    drive::start(&handler, call)
}

/// The text of a member that the type asks for.
fn text(value: Option<&RawValue>, field: &str) -> Result<String, RpcError> {
    let wrong = |why: String| RpcError::invalid_params(format!("Invalid params: {why}"));
    let json = value.ok_or_else(|| wrong(format!("missing field `{field}`")))?.get();
    serde_json::from_str(json).map_err(|_| wrong(format!("`{field}` must be a string, not {json}")))
}

fn find<'a>(catalog: &'a Catalog, reference: &Reference<'_>) -> Result<&'a Bound, RpcError> {
    match reference.r#type {
        ReferenceType::Prompt => {
            let name = text(reference.name, "name")?;
            catalog.prompt(&name).ok_or_else(|| unknown("prompt", &name, catalog.nearest_prompt(&name)))
        }
        // A template as it is listed, or a URI that one of them matches.
        ReferenceType::Resource => {
            let uri = text(reference.uri, "uri")?;
            let bound = catalog.template(&uri).or_else(|| catalog.resource(&uri).map(|(bound, _)| bound));
            bound.ok_or_else(|| RpcError::invalid_params(format!("Unknown resource: {uri}")))
        }
    }
}
