//! `output = …`: where the schema of a tool's result comes from.

use syn::{Expr, PathArguments, Type};

use super::media::is_word;
use crate::attr::options::Options;

/// Where the output schema comes from.
#[derive(Default)]
pub(crate) enum Output {
    /// The return type.
    #[default]
    Returned,
    /// Nowhere: `output = off`.
    Off,
    /// Another type: `output = Report`.
    Of(Type),
    /// A schema: `output = SCHEMA`.
    Given(Expr),
}

impl Output {
    pub(crate) fn read(options: &Options<'_>) -> Self {
        let Some(tokens) = options.word("output").and_then(|_| options.tokens("output")) else {
            return Self::Returned;
        };
        if let Ok(ty) = syn::parse2::<Type>(tokens.clone())
            && is_type(&ty)
        {
            return Self::Of(ty);
        }
        match options.expr("output") {
            Some(expr) if is_word(&expr, "off") => Self::Off,
            Some(expr) if is_word(&expr, "on") => {
                options.errors.on(
                    &expr,
                    "the output schema comes from the return type: drop `output`, or write `output = off` to have none",
                );
                Self::Returned
            }
            Some(expr) => Self::Given(expr),
            None => Self::Returned,
        }
    }

    pub(crate) fn is_given(&self) -> bool {
        matches!(self, Self::Of(_) | Self::Given(_))
    }
}

/// Whether it is a type and not a value: the spelling tells `Report` from `SCHEMA` and from `schema()`.
fn is_type(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_type(&group.elem),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            let is_camel =
                name.starts_with(char::is_uppercase) && (name.len() == 1 || name.contains(char::is_lowercase));
            is_camel || matches!(last.arguments, PathArguments::AngleBracketed(_))
        }),
        _ => false,
    }
}
