//! `call!(client, add(2, 3))`, and the same for resources and prompts: the function's own types on the way to a server.
//!
//! Nothing stands beside the function for it. The types are had from its signature, the names from its definition.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, ExprPath, Path, Token};

use super::items::{self, module};
use super::mixed;
use crate::errors::Errors;
use crate::model::Kind;
use crate::runtime::Runtime;

/// The most parameters that the runtime knows a function with.
const PARAMETERS: usize = 16;

/// `client, add(2, 3)`
struct Invocation {
    client: Expr,
    call: ExprCall,
    function: ExprPath,
}

impl Parse for Invocation {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let client = input.parse()?;
        input.parse::<Token![,]>()?;
        let expr: Expr = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        let Expr::Call(call) = expr else { return Err(syn::Error::new_spanned(expr, "expected a call of a function")) };
        let Expr::Path(function) = &*call.func else {
            return Err(syn::Error::new_spanned(&call.func, "expected the name of a function"));
        };
        Ok(Self { client, function: function.clone(), call })
    }
}

/// Expands `call!`, `read!` or `prompt!`.
pub(crate) fn invoke(kind: Kind, tokens: TokenStream) -> TokenStream {
    let errors = Errors::default();
    let parsed = syn::parse2::<Invocation>(tokens).map_err(|error| {
        let (name, example) = spelled(kind);
        let at = error.span();
        syn::Error::new(at, format!("{error}; `{name}!` takes a client and a call: write `{name}!(client, {example})`"))
    });
    let runtime = Runtime::found(kind.with_crate(), &errors);
    match (errors.ok(parsed), runtime) {
        (Some(invocation), Some(runtime)) if errors.is_empty() => invocation.quote(kind, &runtime),
        _ => errors.to_token_stream(),
    }
}

/// How it is written.
fn spelled(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Tool => ("call", "add(2, 3)"),
        Kind::Resource => ("read", "note(7)"),
        Kind::Prompt => ("prompt", "review(\"…\")"),
    }
}

impl Invocation {
    fn quote(&self, kind: Kind, runtime: &Runtime) -> TokenStream {
        let Self { client, call, function } = self;
        let Some(last) = function.path.segments.last() else { return TokenStream::new() };
        let definition = items::definition(kind, function, &last.ident, Some(runtime));
        let owner = owner(function);
        let (reads, with) = match kind {
            Kind::Tool => (quote!(ReadAny as _, ReadOutput as _, ReadSerde as _, ReadText as _), "call_tool"),
            Kind::Resource => {
                (quote!(ResourceAny as _, ResourceText as _, ResourceValue as _, ResourceWhole as _), "read_resource")
            }
            Kind::Prompt => (TokenStream::new(), "get_prompt"),
        };
        let with = Ident::new(with, mixed());
        let reading = (kind != Kind::Prompt).then(|| {
            quote_spanned! {mixed()=> {
                let output = signature.output();
                let output = (&&output).awaited();
                let output = (&&output).peeled();
                (&&&&output).reading()
            } }
        });
        let shape = (kind == Kind::Tool).then(|| quote_spanned!(mixed()=> &__MCP_SHAPE,));
        let of_shape =
            shape.as_ref().map(|_| quote_spanned!(mixed()=> static __MCP_SHAPE: __mcp::Shape = __mcp::Shape::new();));
        let steps = std::iter::repeat_n(quote_spanned!(mixed()=> let signature = (&&&signature).step();), PARAMETERS);
        let at_function = function.span();
        let signature = quote_spanned!(at_function=> __mcp::signature::<#owner, _, _>(&#function));
        // The compiler says how many arguments there are, and which one is of another type, where it finds these tokens.
        let arguments = Ident::new("arguments", last.ident.span().resolved_at(mixed()));
        let values = call.args.iter().map(value);
        let mut given = arguments.to_token_stream();
        call.paren_token.surround(&mut given, |given| given.extend(quote!(#(#values),*)));
        let at_client = client.span();
        let client = quote_spanned!(at_client=> &#client);
        let sent = quote_spanned!(at_client=> __mcp::#with);
        quote_spanned! {mixed()=> {
            use #runtime::__private as __mcp;
            #[allow(unused_imports)]
            use __mcp::{
                Awaited as _, NotAwaited as _, PeelPlain as _, PeelResult as _, StepArgument as _, StepInjected as _,
                StepReceiver as _, #reads
            };
            #of_shape
            let signature = #signature;
            #(#steps)*
            let arguments = signature.arguments();
            #sent(#client, #definition, #shape #given, #reading)
        } }
    }
}

/// The value of an argument, asked whether it can be sent where it is written.
fn value(value: &Expr) -> TokenStream {
    let at = value.span();
    let send = quote_spanned!(at=> __mcp::value);
    quote_spanned!(at=> #send(#value))
}

/// The type whose method is called, or `()`.
fn owner(function: &ExprPath) -> TokenStream {
    if let Some(own) = &function.qself
        && own.position == 0
    {
        return own.ty.to_token_stream();
    }
    if module(function).is_some() {
        return quote_spanned!(Span::mixed_site()=> ());
    }
    let Path { leading_colon, mut segments } = function.path.clone();
    segments.pop();
    segments.pop_punct();
    quote!(#leading_colon #segments)
}
