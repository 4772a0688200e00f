//! Which types a function can return.
//!
//! Generated code shows every value to `admit` before it answers with it. A type that fits comes
//! back; for one that does not the compiler stops, once, with the words of the trait that only
//! [`Fits`] has, and goes on with a `String`, so that nothing more is said of it.

use std::fmt::Display;

use serde::Serialize;

use super::probe::Probe;
use super::{IntoError, PromptOutput, ResourceOutput, ToolOutput};

/// What is said of a type that fits.
#[derive(Clone, Copy, Debug)]
pub struct Fits;

/// What is said of a type that does not.
#[derive(Clone, Copy, Debug)]
pub struct Misfit;

macro_rules! admit {
    ($(
        $(#[$attribute:meta])*
        $answer:ident for $first:ident ($by_first:ident) $(or $second:ident ($by_second:ident))? else $by_nothing:ident
    )*) => {$(
        $(#[$attribute])*
        pub trait $answer<T> {
            /// Asks.
            fn check(_: &Probe<T>, _: &Self) {}
        }

        #[diagnostic::do_not_recommend]
        impl<T> $answer<T> for Fits {}

        /// Types that do it in their own way.
        pub trait $by_first<T> {
            /// The value.
            fn admit(&self, value: T) -> (Fits, T);
        }

        $(
            /// Types that do it in the common way.
            pub trait $by_second<T> {
                /// The value.
                fn admit(&self, value: T) -> (Fits, T);
            }

            impl<T: $second> $by_second<T> for &Probe<T> {
                fn admit(&self, value: T) -> (Fits, T) {
                    (Fits, value)
                }
            }
        )?

        /// All others.
        pub trait $by_nothing<T> {
            /// Never called: the compiler has stopped.
            fn admit(&self, value: T) -> (Misfit, String);
        }

        impl<T: $first> $by_first<T> for &&Probe<T> {
            fn admit(&self, value: T) -> (Fits, T) {
                (Fits, value)
            }
        }

        impl<T> $by_nothing<T> for Probe<T> {
            fn admit(&self, _: T) -> (Misfit, String) {
                (Misfit, String::new())
            }
        }
    )*};
}

admit! {
    /// What a tool can return.
    #[diagnostic::on_unimplemented(
        message = "a tool can't return `{T}`",
        label = "no answer can be made of this",
        note = "derive `serde::Serialize` and `schemars::JsonSchema` for it, or return a `String`",
        note = "if it is a type of another crate: add its feature `serde` (for `Arc` and `Rc`: serde's feature `rc`), or return a type of your own"
    )]
    ToolAnswer for ToolOutput (AdmitToolOutput) or Serialize (AdmitToolSerde) else AdmitToolNothing

    /// What a resource can return.
    #[diagnostic::on_unimplemented(
        message = "a resource can't return `{T}`",
        label = "no contents can be made of this",
        note = "return a `String`, `Vec<u8>` or `ResourceContents`; or derive `serde::Serialize` for it, for JSON"
    )]
    ResourceAnswer for ResourceOutput (AdmitResourceOutput) or Serialize (AdmitResourceSerde) else AdmitResourceNothing

    /// What a prompt can return.
    #[diagnostic::on_unimplemented(
        message = "a prompt can't return `{T}`",
        label = "no messages can be made of this",
        note = "return a `String`, a `PromptMessage`, a `Vec` of them, or a `Prompt`"
    )]
    PromptAnswer for PromptOutput (AdmitPromptOutput) or Display (AdmitPromptText) else AdmitPromptNothing

    /// What can be the error of any of them.
    #[diagnostic::on_unimplemented(
        message = "an error of type `{T}` can't be told to a client",
        label = "the error has no text",
        note = "implement `std::fmt::Display` or `mcp_runtime::IntoError` for it, or return `mcp_runtime::Error`"
    )]
    ErrorAnswer for IntoError (AdmitErrorOwn) or Display (AdmitErrorDisplay) else AdmitErrorNothing
}
