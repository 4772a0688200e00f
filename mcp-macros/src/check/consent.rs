//! The words in which consent is asked for: whether the arguments that they name are there.

use syn::LitStr;

use crate::attr::suggest::did_you_mean;
use crate::errors::Errors;
use crate::model::Item;
use crate::model::consent::{Consent, EXAMPLE};
use crate::model::param::{Argument, Param, Role};

pub(super) fn check(item: &Item, errors: &Errors) {
    let Some(Consent::Asked(Some(text))) = &item.common.consent else { return };
    let value = text.value();
    if value.trim().is_empty() {
        errors.on(text, format!("say what will be done: write `consent = {EXAMPLE:?}`, or `consent` alone"));
        return;
    }
    let mut rest = &*value;
    while let Some(at) = rest.find(['{', '}']) {
        let named = rest[at..].strip_prefix('{').and_then(|behind| behind.split_once('}'));
        let Some((name, after)) = named.filter(|(name, _)| !name.contains('{')) else {
            return errors.on(text, "a brace has no counterpart: an argument is written `{order}`");
        };
        rest = after;
        argument(name, text, &item.params, errors);
    }
}

/// Notes what is wrong with an argument that the text names.
fn argument(name: &str, text: &LitStr, params: &[Param], errors: &Errors) {
    let arguments = || params.iter().filter_map(Param::argument);
    match arguments().find(|argument| argument.wire.value() == name) {
        Some(Argument { sensitive: true, .. }) => {
            errors.on(text, format!("`{name}` is `sensitive`, and is shown to nobody: leave `{{{name}}}` out"));
        }
        Some(_) => {}
        // Its fields are not known here.
        None if params.iter().any(|param| matches!(param.role, Role::Flat)) => {}
        None => {
            let names: Vec<String> = arguments().map(|argument| argument.wire.value()).collect();
            let cure = did_you_mean(name, names.iter().map(String::as_str)).unwrap_or_else(|| match &names[..] {
                [] => "; it has none".to_owned(),
                names => format!("; there are {}", names.join(", ")),
            });
            errors.on(text, format!("`{name}` is no argument of this function{cure}"));
        }
    }
}
