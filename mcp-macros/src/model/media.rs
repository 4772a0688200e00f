//! What clients show beside an item: icons and annotations.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Lit, LitStr};

use super::literal::Literal;
use crate::attr::Place;
use crate::attr::options::Options;
use crate::attr::suggest::did_you_mean;
use crate::errors::Errors;

/// `"https://…"` or `icon("https://…", mime = "image/png", …)`.
pub(crate) struct Icon {
    pub(crate) src: LitStr,
    pub(crate) mime: Option<LitStr>,
    pub(crate) sizes: Vec<LitStr>,
    pub(crate) theme: Option<LitStr>,
}

impl Icon {
    pub(crate) fn read_all(options: &Options<'_>) -> Vec<Self> {
        let icons = options.array("icons").unwrap_or_default();
        icons.iter().filter_map(|icon| Self::read(icon, options.errors)).collect()
    }

    fn read(icon: &Expr, errors: &Errors) -> Option<Self> {
        let (src, rest) = match icon {
            Expr::Call(call) if is_word(&call.func, "icon") => {
                let mut args = call.args.iter();
                (args.next().map_or_else(|| icon.clone(), Clone::clone), quote!(#(#args),*))
            }
            other => (other.clone(), TokenStream::new()),
        };
        let Ok(src) = syn::parse2::<LitStr>(src.to_token_stream()) else {
            errors.on(src, r#"an icon is a text or `icon("https://example.com/icon.png", mime = "image/png")`"#);
            return None;
        };
        let options = Options::read(Place::Icon, rest, errors);
        Some(Self {
            src,
            mime: mime(&options),
            sizes: options.texts("sizes"),
            theme: one_of(options.text("theme"), &["light", "dark"], errors),
        })
    }
}

#[derive(Default)]
pub(crate) struct Annotations {
    pub(crate) audience: Vec<LitStr>,
    pub(crate) priority: Option<f64>,
    pub(crate) last_modified: Option<LitStr>,
}

impl Annotations {
    pub(crate) fn read(options: &Options<'_>) -> Option<Self> {
        let (_, list) = options.list("annotations")?;
        let errors = options.errors;
        let options = Options::read(Place::Annotations, list, errors);
        let audience = options.texts("audience").into_iter();
        Some(Self {
            audience: audience.filter_map(|who| one_of(Some(who), &["user", "assistant"], errors)).collect(),
            priority: options.number("priority").and_then(|number| priority(&number, errors)),
            last_modified: options.text("last_modified"),
        })
    }
}

fn priority(number: &Lit, errors: &Errors) -> Option<f64> {
    let value = Literal::of(number, "")?.number()?;
    if !(0.0..=1.0).contains(&value) {
        errors.on(number, "`priority` is between 0 and 1: write `priority = 0.8`");
        return None;
    }
    Some(value)
}

/// A MIME type, of which only the slash is checked.
pub(crate) fn mime(options: &Options<'_>) -> Option<LitStr> {
    let mime = options.text("mime")?;
    if !mime.value().contains('/') {
        options
            .errors
            .on(&mime, format!("{:?} is not a MIME type: write one like `mime = \"text/plain\"`", mime.value()));
    }
    Some(mime)
}

pub(crate) fn one_of(text: Option<LitStr>, choices: &[&str], errors: &Errors) -> Option<LitStr> {
    let text = text?;
    let value = text.value();
    if !choices.contains(&value.as_str()) {
        let hint = did_you_mean(&value, choices.iter().copied()).unwrap_or_default();
        let choices: Vec<String> = choices.iter().map(|choice| format!("{choice:?}")).collect();
        errors.on(&text, format!("expected {}{hint}", choices.join(" or ")));
    }
    Some(text)
}

pub(crate) fn is_word(expr: &Expr, word: &str) -> bool {
    matches!(expr, Expr::Path(path) if path.path.is_ident(word))
}
