//! What a marked function may look like.

use quote::ToTokens;
use syn::{ReturnType, Safety};

use crate::attr::function::Function;
use crate::errors::Errors;
use crate::model::{Kind, types};

pub(super) fn check(kind: Kind, function: &Function, errors: &Errors) {
    one_mark(kind, function, errors);
    let attribute = kind.attribute();
    let sig = &function.sig;

    if let Some(constness) = &sig.constness {
        errors.on(constness, format!("`{attribute}` calls this at run time: drop `const`"));
    }
    if let Safety::Unsafe(word) = &sig.safety {
        errors.on(word, format!("`{attribute}` lets clients call this, so it must be safe: drop `unsafe`"));
    }
    if let Some(abi) = &sig.abi {
        errors.on(abi, format!("`{attribute}` marks Rust functions: drop `extern`"));
    }
    if let Some(variadic) = &sig.variadic {
        errors.on(variadic, "a function for clients names each argument: write `items: Vec<T>`");
    }
    let types: Vec<_> = sig.generics.type_params().map(ToTokens::to_token_stream).collect();
    let consts = sig.generics.const_params().map(ToTokens::to_token_stream);
    if let Some(first) = types.into_iter().chain(consts).next() {
        errors.on(first, "a client can't choose type parameters: write a function for each type you need");
    } else if let Some(clause) = &sig.generics.where_clause {
        errors.on(clause, "there is nothing to bound here: drop the `where` clause");
    }
    if let ReturnType::Type(_, ty) = &sig.output {
        if let Some(output) = types::awaited(ty) {
            errors.on(ty, format!("a future is not a result: write `async fn {}(…) -> {output}`", sig.ident));
        } else if types::mentions(ty, "impl") {
            errors.on(ty, "the result needs one type, for its schema: name it instead of `impl …`");
        }
    }
}

fn one_mark(kind: Kind, function: &Function, errors: &Errors) {
    for attr in &function.attrs {
        let name = attr.path().segments.last().map(|last| last.ident.to_string());
        if let Some(second @ ("tool" | "resource" | "prompt")) = name.as_deref() {
            errors.on(
                attr.path(),
                format!(
                    "the function has `{}` already: write a second function for `#[{second}]` \
                     that calls it",
                    kind.attribute()
                ),
            );
        }
    }
}
