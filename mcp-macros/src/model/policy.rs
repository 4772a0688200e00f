//! `scopes = "…"`, `roles = "…"`, `public`, `policy = …`: who may use a function.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Expr, ExprPath, Ident, LitStr};

use crate::attr::options::{Flag, Options};

/// Who may use a function.
#[derive(Default)]
pub(crate) struct Policy {
    pub(crate) scopes: Vec<LitStr>,
    pub(crate) roles: Vec<LitStr>,
    pub(crate) public: Option<Flag>,
    pub(crate) check: Option<Check>,
    /// Where the words stand that ask for something.
    pub(crate) asks: Vec<(&'static str, Span)>,
}

/// `may_refund`, `may_refund(order)`, `may_refund(order).await`
pub(crate) struct Check {
    pub(crate) function: ExprPath,
    /// The parameters that it is given.
    pub(crate) arguments: Vec<Ident>,
    pub(crate) awaited: bool,
}

const CHECK: &str = "`policy` is the name of a function, with the parameters that it is given: write `policy = may_refund`, \
                     `policy = may_refund(order)`, or `policy = may_refund(order).await` for an `async fn`";

impl Policy {
    pub(crate) fn read(options: &Options<'_>) -> Self {
        let asks = ["scopes", "roles", "policy"].into_iter();
        Self {
            scopes: options.words("scopes"),
            roles: options.words("roles"),
            public: options.flag("public").filter(|flag| flag.on),
            check: options.expr("policy").and_then(|policy| {
                let check = Check::read(&policy);
                if check.is_none() {
                    options.errors.on(&policy, CHECK);
                }
                check
            }),
            asks: asks.filter_map(|name| Some((name, options.word(name)?))).collect(),
        }
    }
}

impl Check {
    fn read(policy: &Expr) -> Option<Self> {
        match policy {
            Expr::Await(awaited) => Some(Self { awaited: true, ..Self::read(&awaited.base)? }),
            Expr::Path(function) => Some(Self { function: function.clone(), arguments: Vec::new(), awaited: false }),
            Expr::Call(call) => {
                let Expr::Path(function) = &*call.func else { return None };
                let arguments = call.args.iter().map(|argument| match argument {
                    Expr::Path(path) => path.path.get_ident().cloned(),
                    _ => None,
                });
                let arguments = arguments.collect::<Option<Vec<_>>>()?;
                Some(Self { function: function.clone(), arguments, awaited: false })
            }
            _ => None,
        }
    }

    /// Where its name stands.
    pub(crate) fn span(&self) -> Span {
        let last = self.function.path.segments.last();
        last.map_or_else(Span::call_site, |last| last.ident.span())
    }

    /// Whether it says something of the caller alone, at once.
    pub(crate) fn is_of_caller(&self) -> bool {
        self.arguments.is_empty() && !self.awaited
    }
}

impl ToTokens for Check {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        self.function.to_tokens(tokens);
    }
}
