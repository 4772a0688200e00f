//! Variables of a URI template and parameters of the function: each needs the other.

use crate::attr::suggest::closest;
use crate::errors::Errors;
use crate::model::Resource;
use crate::model::param::Param;
use crate::model::template::{Template, Variable};

pub(super) fn check(resource: &Resource, params: &[Param], errors: &Errors) {
    let Some(template) = &resource.template else { return };
    let arguments: Vec<(&Param, String)> =
        params.iter().filter_map(|param| Some((param, param.argument()?.wire.value()))).collect();

    // A slip on one side shows on both. It is told once, at the parameter.
    let mut slips = Vec::new();
    for (param, name) in &arguments {
        match template.variables.iter().find(|variable| variable.name == *name) {
            Some(variable) => optional_if_query(variable, param, errors),
            None => slips.extend(stray(param, name, resource, template, &arguments, errors)),
        }
    }
    for Variable { name, .. } in &template.variables {
        if !arguments.iter().any(|(_, argument)| argument == name) && !slips.contains(&&**name) {
            errors.on(
                &resource.uri,
                format!(
                    "the template has `{{{name}}}`, but no parameter is named `{name}`: add \
                     `{name}: String`"
                ),
            );
        }
    }
}

/// Notes a parameter that is no variable; gives the variable it was meant to be.
fn stray<'t>(
    param: &Param,
    name: &str,
    resource: &Resource,
    template: &'t Template,
    arguments: &[(&Param, String)],
    errors: &Errors,
) -> Option<&'t str> {
    let free = || {
        let taken = |variable: &Variable| arguments.iter().any(|(_, name)| *name == variable.name);
        template.variables.iter().filter(move |variable| !taken(variable)).map(|v| &*v.name)
    };
    let uri = resource.uri.value();
    let meant = closest(name, free());
    let cure = match meant {
        Some(meant) => format!("; did you mean `{{{meant}}}`?"),
        None if template.variables.is_empty() => {
            format!(": write `{}/{{{name}}}`, or drop the parameter", uri.trim_end_matches('/'))
        }
        None => format!(": add `{{{name}}}` to it, or drop the parameter"),
    };
    errors.at(param.ident.span(), format!("`{name}` is not in the template `{uri}`{cure}"));
    meant
}

fn optional_if_query(variable: &Variable, param: &Param, errors: &Errors) {
    if variable.query && param.may_be_left_out() == Some(false) {
        errors.on(
            &param.ty,
            format!(
                "a client may leave out `{}`, which is in the query: write `Option<{}>`, or give \
                 it a `#[arg(default = …)]`",
                variable.name,
                crate::model::types::spell(&param.ty)
            ),
        );
    }
}
