//! Error types that say which error they are.

use super::error::Error;
use crate::call::AskError;

/// An error type that decides, for each of its variants, what clients learn.
///
/// If a tool, resource or prompt returns `Result<T, E>` with such an `E`, the call is answered with the [`Error`] that
/// [`into_error`](Self::into_error) makes. For any other error type, clients get the text of the error and of its causes.
///
/// `?` into an [`Error`] does not use this trait: let the function return the type itself, or write
/// `.map_err(IntoError::into_error)?`. For error types of other crates, use `#[tool(error = classify)]`.
///
/// ```
/// use mcp_runtime::prelude::*;
/// # use std::fmt;
///
/// #[derive(Debug)]
/// enum ShopError {
///     NoSuchItem(u32),
///     SoldOut,
///     Database(std::io::Error),
/// }
/// # impl fmt::Display for ShopError {
/// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("an error of the shop") }
/// # }
/// # impl std::error::Error for ShopError {}
///
/// impl IntoError for ShopError {
///     fn into_error(self) -> Error {
///         match self {
///             Self::NoSuchItem(id) => Error::not_found().with_message(format!("there is no item {id}")),
///             Self::SoldOut => Error::new("it is sold out").with_data(&serde_json::json!({ "left": 0 })),
///             Self::Database(_) => Error::internal(self),
///         }
///     }
/// }
///
/// /// Buys an item.
/// #[tool]
/// fn buy(id: u32) -> Result<String, ShopError> {
///     Err(ShopError::NoSuchItem(id))
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which `mcp_runtime::Error` it is",
    note = "implement `mcp_runtime::IntoError` for it, or return `mcp_runtime::Error`"
)]
pub trait IntoError {
    /// What a call is answered with, and what goes to the log.
    fn into_error(self) -> Error;
}

#[diagnostic::do_not_recommend]
impl IntoError for Error {
    fn into_error(self) -> Error {
        self
    }
}

/// What a function fails with that is given to a method, such as a [completer](crate::CompleteFn): anything that has
/// [`IntoError`], and the most usual of what has not: texts, [`AskError`], `std::io::Error`, `serde_json::Error`, and errors in a box. Of others `?` makes an
/// [`Error`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which `mcp_runtime::Error` it is",
    note = "implement `mcp_runtime::IntoError` for it, or return `mcp_runtime::Error`, into which `?` turns any error"
)]
pub trait HandlerError {
    /// What a call is answered with, and what goes to the log.
    #[doc(hidden)]
    fn into_handler_error(self) -> Error;
}

impl<E: IntoError> HandlerError for E {
    fn into_handler_error(self) -> Error {
        self.into_error()
    }
}

macro_rules! told_to_clients {
    ($($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl HandlerError for $type {
            fn into_handler_error(self) -> Error {
                self.into()
            }
        }
    )*};
}

told_to_clients!(String, &str, AskError, std::io::Error, serde_json::Error, Box<dyn std::error::Error + Send + Sync>);
