//! Tells a test how it was compiled itself, so that it can compile other files against the same libraries.
//!
//! Cargo names those libraries to nobody but the compiler: they differ with the profile, the features and the packages that
//! were asked for. A macro runs inside the compiler and can read its command line.

use proc_macro::{Delimiter, Group, Literal, Punct, Spacing, TokenStream, TokenTree};

/// The path of the compiler and its arguments, as a `&[&str]`.
#[proc_macro]
pub fn command(_: TokenStream) -> TokenStream {
    let compiler = std::env::current_exe().expect("the compiler's path is known");
    let words = std::iter::once(compiler.display().to_string()).chain(std::env::args().skip(1));
    let list = words
        .flat_map(|word| -> [TokenTree; 2] { [Literal::string(&word).into(), Punct::new(',', Spacing::Alone).into()] });
    let list = TokenTree::from(Group::new(Delimiter::Bracket, list.collect()));
    [Punct::new('&', Spacing::Alone).into(), list].into_iter().collect()
}
