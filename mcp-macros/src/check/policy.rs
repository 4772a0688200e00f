//! Who may use a function: whether it can be read, and fits the function.

use crate::attr::suggest::did_you_mean;
use crate::errors::Errors;
use crate::model::param::Param;
use crate::model::policy::Policy;
use crate::model::template::Template;
use crate::model::{Item, Own};

pub(super) fn check(item: &Item, has_all_params: bool, errors: &Errors) {
    let policy = &item.common.policy;
    if policy.public.is_some() {
        for (name, word) in &policy.asks {
            errors.at(*word, format!("a function that is `public` asks for nothing: drop `{name}`, or drop `public`"));
        }
    }
    names(policy, errors);
    match &item.own {
        Own::Resource(resource) => {
            if let Some(template) = &resource.template {
                variables(policy, Some((template, &resource.uri.value())), item.kind.word(), errors);
            }
        }
        Own::Tool(_) | Own::Prompt => variables(policy, None, item.kind.word(), errors),
    }
    if has_all_params {
        arguments(policy, &item.params, &item.common.name.value(), errors);
    }
}

/// Names that could never be had.
fn names(policy: &Policy, errors: &Errors) {
    for (needs, one, example) in [(&policy.scopes, "scope", "orders:write"), (&policy.roles, "role", "clerk")] {
        for need in needs {
            let text = need.value();
            if text.split('|').any(|name| name.trim().is_empty()) {
                errors.on(
                    need,
                    format!("a {one} has no name here: write `{one}s = \"{example}\"`; of `\"{example}|admin\"` one is enough"),
                );
            } else if one == "scope"
                && !text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
            {
                errors.on(
                    need,
                    "a scope has only visible characters of ASCII, and no quotes and backslashes: write `scopes = \"orders:write\"`",
                );
            }
        }
    }
}

/// Variables in scopes are those of the path of a template.
fn variables(policy: &Policy, template: Option<(&Template, &str)>, kind: &str, errors: &Errors) {
    for scope in &policy.scopes {
        let text = scope.value();
        let mut rest = &*text;
        while let Some((before, behind)) = rest.split_once('{') {
            let Some((name, after)) =
                behind.split_once('}').filter(|(name, _)| !name.contains('{') && !before.contains('}'))
            else {
                errors.on(scope, "a brace has no counterpart: a variable is written `{owner}`");
                return;
            };
            rest = after;
            let Some((template, uri)) = template else {
                errors.on(
                    scope,
                    format!(
                        "`{{{name}}}` is a variable of a URI template, and a {kind} has none: write the scope out, or \
                         `policy = …` with a function that is given the argument"
                    ),
                );
                continue;
            };
            match template.variables.iter().find(|variable| variable.name == name) {
                Some(variable) if variable.query => errors.on(
                    scope,
                    format!("a client may leave out `{{{name}}}`, which is in the query: a scope has variables of the path only"),
                ),
                Some(_) => {}
                None => {
                    let names = template.variables.iter().filter(|variable| !variable.query);
                    let hint = did_you_mean(name, names.map(|variable| &*variable.name)).unwrap_or_default();
                    errors.on(scope, format!("the template `{uri}` has no variable `{{{name}}}`{hint}"));
                }
            }
        }
        if rest.contains('}') {
            errors.on(scope, "a brace has no counterpart: a variable is written `{owner}`");
        }
    }
}

/// What a function is given are parameters.
fn arguments(policy: &Policy, params: &[Param], function: &str, errors: &Errors) {
    for argument in policy.check.iter().flat_map(|check| &check.arguments) {
        if params.iter().any(|param| param.ident == *argument) {
            continue;
        }
        let names: Vec<String> = params.iter().map(|param| param.ident.to_string()).collect();
        let hint = did_you_mean(&argument.to_string(), names.iter().map(String::as_str)).unwrap_or_else(|| {
            let principal = argument == "principal";
            if principal { ": it is always the first, drop it here".to_owned() } else { String::new() }
        });
        errors.on(argument, format!("`{argument}` is no parameter of `{function}`{hint}"));
    }
}
