//! Where generated code finds the runtime: under its own name, under the one it is renamed to, or in a crate that
//! re-exports it.

mod find;
mod toml;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, Lit, Path};

use crate::attr::options::Options;
use crate::errors::Errors;

/// The path of the runtime, as generated code writes it: `::mcp_runtime`.
#[derive(Clone)]
pub(crate) struct Runtime(TokenStream);

impl Runtime {
    /// What `crate = …` says, else what the package's manifest says. `None`, and the mistake noted, if it is nowhere.
    pub(crate) fn read(options: &Options<'_>, attribute: &str) -> Option<Self> {
        if options.word("crate").is_some() {
            return options.expr("crate").and_then(|path| Self::written(&path, options.errors));
        }
        Self::found(attribute, options.errors)
    }

    /// What the package's manifest says.
    pub(crate) fn found(attribute: &str, errors: &Errors) -> Option<Self> {
        // Without the compiler (in a test of this crate) there is no package that is compiled.
        let found = if proc_macro::is_available() { find::name() } else { Ok(find::OWN.to_owned()) };
        match found.map_err(|why| why.to_string()).and_then(|name| path(&format!("::{name}"))) {
            Ok(path) => Some(Self(path)),
            Err(why) => {
                errors
                    .at(Span::call_site(), format!("{why}: write `{attribute}`, with the path of what re-exports it"));
                None
            }
        }
    }

    /// `"mcp"`, `"my_crate::mcp"`, or the same without quotes.
    fn written(expr: &Expr, errors: &Errors) -> Option<Self> {
        let parsed = match expr {
            Expr::Path(path) if path.qself.is_none() => Ok(path.path.to_token_stream()),
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => text.parse_with(Path::parse_mod_style).map(ToTokens::into_token_stream),
                _ => Err(syn::Error::new_spanned(expr, "")),
            },
            _ => Err(syn::Error::new_spanned(expr, "")),
        };
        if parsed.is_err() {
            errors
                .on(expr, "`crate` is the path of the runtime: write `crate = \"mcp\"` or `crate = \"my_crate::mcp\"`");
        }
        parsed.ok().map(Self)
    }
}

impl ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

fn path(text: &str) -> Result<TokenStream, String> {
    text.parse().map_err(|_| format!("`{text}` is not a path"))
}

impl Default for Runtime {
    /// Its own name.
    fn default() -> Self {
        Self(quote!(::mcp_runtime))
    }
}
