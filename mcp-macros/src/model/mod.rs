//! What a marked function means.

pub(crate) mod block;
pub(crate) mod case;
pub(crate) mod consent;
pub(crate) mod constraint;
pub(crate) mod default;
pub(crate) mod form;
mod grammar;
pub(crate) mod json;
pub(crate) mod literal;
pub(crate) mod media;
pub(crate) mod output;
pub(crate) mod own_type;
pub(crate) mod owner;
pub(crate) mod param;
pub(crate) mod policy;
pub(crate) mod receiver;
mod serde_names;
pub(crate) mod template;
pub(crate) mod types;

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Path};

use self::consent::Consent;
use self::media::{Annotations, Icon};
use self::output::Output;
use self::owner::Owner;
use self::param::Param;
use self::policy::Policy;
use self::template::Template;
use crate::attr::function::Function;
use crate::attr::options::{Flag, Options};
use crate::attr::{Place, docs};
use crate::errors::Errors;
use crate::runtime::Runtime;

/// Which of the three attributes stands on the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Tool,
    Resource,
    Prompt,
}

impl Kind {
    /// The one whose attribute has this path.
    pub(crate) fn marked_by(path: &Path) -> Option<Self> {
        let last = path.segments.last()?;
        [Kind::Tool, Kind::Resource, Kind::Prompt].into_iter().find(|kind| last.ident == kind.word())
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Tool => "tool",
            Kind::Resource => "resource",
            Kind::Prompt => "prompt",
        }
    }

    /// As it is called in messages.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Kind::Tool => "#[tool]",
            Kind::Resource => "#[resource]",
            Kind::Prompt => "#[prompt]",
        }
    }

    /// With an option, as an example.
    pub(crate) fn with_option(self) -> &'static str {
        match self {
            Kind::Tool => "#[tool(name = \"…\")]",
            Kind::Resource => "#[resource(\"note://{id}\")]",
            Kind::Prompt => "#[prompt(name = \"…\")]",
        }
    }

    /// With the option that tells where the runtime is.
    pub(crate) fn with_crate(self) -> &'static str {
        match self {
            Kind::Tool => "#[tool(crate = \"my_crate::mcp\")]",
            Kind::Resource => "#[resource(\"…\", crate = \"my_crate::mcp\")]",
            Kind::Prompt => "#[prompt(crate = \"my_crate::mcp\")]",
        }
    }

    fn place(self) -> Place {
        match self {
            Kind::Tool => Place::Tool,
            Kind::Resource => Place::Resource,
            Kind::Prompt => Place::Prompt,
        }
    }

    fn arg_place(self) -> Place {
        match self {
            Kind::Tool => Place::ToolArg,
            Kind::Resource => Place::ResourceArg,
            Kind::Prompt => Place::PromptArg,
        }
    }
}

/// A marked function, understood.
pub(crate) struct Item {
    pub(crate) kind: Kind,
    /// `None` if it can't be found, which has been told.
    pub(crate) runtime: Option<Runtime>,
    pub(crate) common: Common,
    pub(crate) own: Own,
    pub(crate) params: Vec<Param>,
}

/// What all three kinds may say of themselves.
pub(crate) struct Common {
    pub(crate) name: LitStr,
    pub(crate) title: Option<LitStr>,
    pub(crate) docs: Option<TokenStream>,
    pub(crate) icons: Vec<Icon>,
    pub(crate) tags: Vec<LitStr>,
    /// A JSON object.
    pub(crate) meta: Option<String>,
    pub(crate) timeout: Option<LitStr>,
    pub(crate) timeout_ms: Option<u64>,
    /// `cache = "60s"`; zero for `cache = off`.
    pub(crate) cache: Option<Expr>,
    pub(crate) cache_ms: Option<u64>,
    pub(crate) policy: Policy,
    pub(crate) consent: Option<Consent>,
    pub(crate) blocking: Option<Flag>,
    pub(crate) group: Option<Path>,
    /// `error = classify`
    pub(crate) error: Option<Path>,
}

/// What only one of them has.
pub(crate) enum Own {
    Tool(Box<Tool>),
    Resource(Box<Resource>),
    Prompt,
}

#[derive(Default)]
pub(crate) struct Tool {
    pub(crate) read_only: Option<Flag>,
    pub(crate) destructive: Option<Flag>,
    pub(crate) idempotent: Option<Flag>,
    pub(crate) open_world: Option<Flag>,
    pub(crate) cost: Option<u32>,
    pub(crate) input: Option<Expr>,
    /// `schema = exact`
    pub(crate) exact_schema: bool,
    /// `output = off`
    pub(crate) output: Output,
}

pub(crate) struct Resource {
    pub(crate) uri: LitStr,
    /// `None` if the URI is broken, which has been told.
    pub(crate) template: Option<Template>,
    pub(crate) mime: Option<LitStr>,
    pub(crate) size: Option<u64>,
    pub(crate) annotations: Option<Annotations>,
}

impl Item {
    /// Understands what can be understood; what can't is noted in `errors`.
    pub(crate) fn read(
        kind: Kind,
        args: TokenStream,
        function: &Function,
        owner: Option<&Owner>,
        errors: &Errors,
    ) -> Self {
        let (uri, args) = match kind {
            Kind::Resource => resource_uri(args, errors),
            _ => (None, args),
        };
        let options = Options::read(kind.place(), args, errors);
        let params = function
            .sig
            .inputs
            .iter()
            .zip(&function.on_params)
            .filter_map(|(input, attrs)| Param::read(kind, input, attrs, owner, errors))
            .collect();
        let own = match kind {
            Kind::Tool => Own::Tool(Box::new(Tool::read(&options))),
            Kind::Resource => Own::Resource(Box::new(Resource::read(uri, &options))),
            Kind::Prompt => Own::Prompt,
        };
        let of_block = owner.and_then(|owner| owner.runtime.clone()).filter(|_| options.word("crate").is_none());
        let runtime = of_block.or_else(|| Runtime::read(&options, kind.with_crate()));
        let mut common = Common::read(&options, function);
        common.group = common.group.or_else(|| owner.and_then(|owner| owner.group.clone()));
        Self { kind, runtime, common, own, params }
    }
}

impl Common {
    fn read(options: &Options<'_>, function: &Function) -> Self {
        let described = options.text("description").map(|text| quote::quote!(#text));
        Self {
            name: options.text("name").unwrap_or_else(|| unraw(&function.sig.ident)),
            title: options.text("title"),
            docs: described.or_else(|| docs::read(&function.attrs)),
            icons: Icon::read_all(options),
            tags: options.texts("tags"),
            meta: options.tokens("meta").and_then(|tokens| options.errors.ok(json::object(tokens))),
            timeout: options.text("timeout"),
            timeout_ms: options.text("timeout").and_then(|text| duration(&text, options.errors)),
            cache: options.expr("cache"),
            cache_ms: options.expr("cache").and_then(|cache| fresh(&cache, options.errors)),
            policy: Policy::read(options),
            consent: Consent::read(options),
            blocking: options.flag("blocking").filter(|flag| flag.on),
            group: path("group", GROUP, options),
            error: path("error", CLASSIFY, options),
        }
    }
}

impl Tool {
    fn read(options: &Options<'_>) -> Self {
        let exact_schema = options.expr("schema").is_some_and(|schema| {
            let exact = media::is_word(&schema, "exact");
            if !exact {
                options.errors.on(
                    &schema,
                    "the schema comes from the parameters; write `schema = exact` to list it as it is, or `input = …` \
                     for one of your own",
                );
            }
            exact
        });
        Self {
            read_only: options.flag("read_only"),
            destructive: options.flag("destructive"),
            idempotent: options.flag("idempotent"),
            open_world: options.flag("open_world"),
            cost: options.number("cost").and_then(|cost| whole(&cost, options.errors)),
            input: options.expr("input"),
            exact_schema,
            output: Output::read(options),
        }
    }
}

impl Resource {
    fn read(uri: Option<LitStr>, options: &Options<'_>) -> Self {
        let errors = options.errors;
        let template =
            uri.as_ref().and_then(|uri| Template::parse(&uri.value()).map_err(|message| errors.on(uri, message)).ok());
        Self {
            uri: uri.unwrap_or_else(|| LitStr::new("", Span::call_site())),
            template,
            mime: media::mime(options),
            size: options.number("size").and_then(|size| bytes(&size, errors)),
            annotations: Annotations::read(options),
        }
    }
}

/// The URI, which stands before the options and has no name.
fn resource_uri(args: TokenStream, errors: &Errors) -> (Option<LitStr>, TokenStream) {
    let mut rest = args.clone().into_iter();
    let first = rest.next().map(TokenStream::from);
    let uri = first.as_ref().and_then(|first| syn::parse2::<LitStr>(first.clone()).ok());
    let Some(uri) = uri else {
        let message = "`#[resource]` begins with a URI: write `#[resource(\"note://{id}\")]`";
        match first {
            Some(first) => errors.on(first, message),
            None => errors.at(Span::call_site(), message),
        }
        return (None, TokenStream::new());
    };
    match rest.next() {
        Some(proc_macro2::TokenTree::Punct(comma)) if comma.as_char() == ',' => {}
        Some(other) => errors.on(other, "expected a comma after the URI"),
        None => {}
    }
    (Some(uri), rest.collect())
}

/// `"5s"`, `"250ms"`, `"2m"`, in milliseconds.
fn duration(text: &LitStr, errors: &Errors) -> Option<u64> {
    let value = text.value();
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let factor = match unit.trim_start() {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let parsed = number.parse::<u64>().ok().filter(|number| *number > 0);
    let millis = parsed.zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    if millis.is_none() {
        errors.on(text, format!("{value:?} is not a duration: write `\"250ms\"`, `\"5s\"`, `\"2m\"` or `\"1h\"`"));
    }
    millis
}

fn whole(cost: &Lit, errors: &Errors) -> Option<u32> {
    let whole = match cost {
        Lit::Int(int) => int.base10_parse().ok(),
        _ => None,
    };
    if whole.is_none() {
        errors.on(cost, "`cost` is a whole number of calls: write `cost = 5`");
    }
    whole
}

/// For how long a result is fresh, in milliseconds.
fn fresh(cache: &Expr, errors: &Errors) -> Option<u64> {
    match cache {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => duration(text, errors),
        word if media::is_word(word, "off") => Some(0),
        other => {
            errors.on(
                other,
                "`cache` is a duration: write `cache = \"60s\"`, or `cache = off` for results that are not to be kept",
            );
            None
        }
    }
}

fn bytes(size: &Lit, errors: &Errors) -> Option<u64> {
    let bytes = match size {
        Lit::Int(int) => int.base10_parse().ok(),
        _ => None,
    };
    if bytes.is_none() {
        errors.on(size, "`size` is a whole number of bytes: write `size = 1024`");
    }
    bytes
}

const GROUP: &str = "`group` is the path of a static: write `group = ADMIN`, with `pub static ADMIN: Group = \
                     Group::new(\"admin\");` beside it";
const CLASSIFY: &str = "`error` is the name of a function: write `error = classify`, with `fn classify(error: E) -> \
                        mcp_runtime::Error` beside it";

/// The path that an option is set to.
fn path(option: &str, wish: &str, options: &Options<'_>) -> Option<Path> {
    match options.expr(option)? {
        Expr::Path(path) if path.qself.is_none() => Some(path.path),
        other => {
            options.errors.on(&other, wish);
            None
        }
    }
}

/// `type` of `r#type`, as text.
pub(crate) fn unraw(ident: &Ident) -> LitStr {
    LitStr::new(&ident.unraw().to_string(), ident.span())
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn spans_of_time_are_read() {
        let read = |text: LitStr| duration(&text, &Errors::default());
        assert_eq!(read(parse_quote!("5s")), Some(5_000));
        assert_eq!(read(parse_quote!("250 ms")), Some(250));
        assert_eq!(read(parse_quote!("2m")), Some(120_000));
        assert_eq!(read(parse_quote!("1h")), Some(3_600_000));
        for wrong in ["", "5", "0s", "s", "1.5s", "99999999999999999h"] {
            assert_eq!(read(LitStr::new(wrong, Span::call_site())), None, "{wrong}");
        }
    }
}
