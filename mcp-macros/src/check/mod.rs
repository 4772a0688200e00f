//! Says what may not be, though it could be read.

pub(crate) mod form;

mod consent;
mod param;
mod policy;
mod signature;
mod template;

use syn::ReturnType;

use crate::attr::function::Function;
use crate::attr::options::Flag;
use crate::errors::Errors;
use crate::model::types::{self, Sort, spell};
use crate::model::{Common, Item, Kind, Own, Tool};

/// Notes every mistake that shows only when the whole is seen.
pub(crate) fn all(item: &Item, function: &Function, errors: &Errors) {
    signature::check(item.kind, function, errors);
    name(item.kind, &item.common, errors);
    blocking(item, function, errors);
    timeout(item, function, errors);
    cache(item, errors);
    output(item, function, errors);
    error(item, function, errors);
    param::check(&item.params, errors);
    policy::check(item, item.params.len() == function.sig.inputs.len(), errors);
    // A parameter that could not be read would be missed there a second time.
    if item.params.len() == function.sig.inputs.len() {
        consent::check(item, errors);
    }
    match &item.own {
        Own::Tool(tool) => contradiction(tool, errors),
        // As above.
        Own::Resource(resource) if item.params.len() == function.sig.inputs.len() => {
            template::check(resource, &item.params, errors);
        }
        Own::Resource(_) | Own::Prompt => {}
    }
}

/// Tools have names that every model's interface accepts; others need some name.
fn name(kind: Kind, common: &Common, errors: &Errors) {
    let name = common.name.value();
    if name.is_empty() {
        errors.on(
            &common.name,
            format!("the name of a {} can't be empty: drop `name`, and it has the function's", kind.word()),
        );
    }
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let bad = name.chars().find(|c| !legal(*c));
    if kind != Kind::Tool {
        return;
    }
    if let Some(bad) = bad {
        let better: String = name.chars().map(|c| if legal(c) { c } else { '_' }).collect();
        errors.on(
            &common.name,
            format!(
                "a tool's name has letters, digits, `_`, `-` and `.`, and no {bad:?}: write \
                 `name = {better:?}`"
            ),
        );
    }
    if name.len() > 128 {
        errors.on(&common.name, "a tool's name has at most 128 characters");
    }
}

fn blocking(item: &Item, function: &Function, errors: &Errors) {
    let Some(blocking) = item.common.blocking else { return };
    if function.sig.asyncness.is_some() {
        errors
            .at(blocking.word, "`blocking` is for plain functions, and this one is `async`: drop one of the two words");
    }
}

/// A function that neither waits nor runs on a thread of its own is over before anybody could stop waiting for it.
fn timeout(item: &Item, function: &Function, errors: &Errors) {
    // One that could not be read has been told.
    let Some(timeout) = item.common.timeout.as_ref().filter(|_| item.common.timeout_ms.is_some()) else { return };
    if function.sig.asyncness.is_some() || item.common.blocking.is_some() {
        return;
    }
    errors.on(timeout, "a plain function can't be stopped in the middle: make it `async`, or say `blocking` too");
}

/// A tool that changes something has to run each time.
fn cache(item: &Item, errors: &Errors) {
    let Own::Tool(tool) = &item.own else { return };
    let Some(cache) = item.common.cache.as_ref().filter(|_| item.common.cache_ms.is_some_and(|ms| ms > 0)) else {
        return;
    };
    if !tool.read_only.as_ref().is_some_and(|flag| flag.on) {
        errors.on(cache, "only results of tools that change nothing are kept: say `read_only` too, or drop `cache`");
    }
}

/// Types whose name tells that they are text alone, which nothing structured goes with.
fn output(item: &Item, function: &Function, errors: &Errors) {
    let Own::Tool(tool) = &item.own else { return };
    if !tool.output.is_given() {
        return;
    }
    let words = |returns: &str| {
        format!(
            "{returns} has no structured content, which `output` describes: return `ToolResult`, or a type with \
             `serde::Serialize`; or drop `output`"
        )
    };
    match &function.sig.output {
        ReturnType::Default => errors.on(&function.sig.ident, words("a function that returns nothing")),
        ReturnType::Type(_, ty) => {
            let value = types::succeeding(ty);
            if types::is_text(value) {
                errors.on(ty, words(&format!("a `{}`", spell(value))));
            }
        }
    }
}

/// Types whose name tells that they are no `Result`. Of others the compiler tells.
fn error(item: &Item, function: &Function, errors: &Errors) {
    let Some(classify) = &item.common.error else { return };
    let returns = match &function.sig.output {
        ReturnType::Default => "nothing".to_owned(),
        ReturnType::Type(_, ty) if Sort::of(ty).is_some() => format!("`{}`", spell(ty)),
        ReturnType::Type(..) => return,
    };
    errors.on(
        classify,
        format!("`error` is for functions that return a `Result`, and this one returns {returns}: drop `error`"),
    );
}

fn contradiction(tool: &Tool, errors: &Errors) {
    let on = |flag: Option<Flag>| flag.filter(|flag| flag.on);
    if let (Some(read_only), Some(destructive)) = (on(tool.read_only), on(tool.destructive)) {
        let second = if read_only.nth > destructive.nth { read_only } else { destructive };
        errors.at(second.word, "a tool that is `read_only` can't be `destructive`: drop one of the two words");
    }
}
