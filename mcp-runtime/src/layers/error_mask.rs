//! Which errors clients see.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::{Call, Reply};
use crate::call::AskError;
use crate::output::{Error, ErrorKind, Failure, Mask, Verdict};

/// What becomes of an error, if the rule knows it.
type Rule = Arc<dyn Fn(&(dyn StdError + 'static)) -> Option<Verdict> + Send + Sync>;

/// The layer that decides which errors of functions clients see. Feature `layers`.
///
/// Without it, `?` tells clients the text of any error and of its causes, which helps a model and may tell strangers what your
/// database is called. With it:
///
/// | Error | Clients get |
/// | --- | --- |
/// | one that you have made for them, in the function or by [`IntoError`](crate::IntoError): [`Error::new`], [`invalid`](Error::invalid), [`not_found`](Error::not_found), [`rpc`](Error::rpc), [`with_message`](Error::with_message); not `Error::from`, which is what `?` does | what you wrote |
/// | a type that you [`show`](Self::show), or [`map`](Self::map) | its text, or what you make of it; of [`Error::internal`] only what you make of it |
/// | [`std::io::Error`]: permission denied, not found, invalid input or data | "Permission denied", "Not found", "Invalid input" |
/// | numbers, addresses and texts that do not parse ([`std::num::ParseIntError`] and its like), an answer that a user did not give ([`AskError`](crate::AskError)) | its text |
/// | any other that came by `?` or was returned, and [`Error::internal`] | "Internal error (reference 5f0c2a9be817)" |
///
/// The log has the last, with its causes and the reference, at the level `error`, so that a user who tells the reference can be
/// helped. What stands first in a chain of causes counts: an `io::Error` within a type of your own is shown as one if you have no
/// rule for the type. Mistakes in arguments, panics and calls that time out are answered as ever.
///
/// ```
/// use mcp_runtime::layers::ErrorMask;
/// use mcp_runtime::prelude::*;
///
/// # #[derive(Debug)] enum DbError { Busy, Broken(String) }
/// # impl std::fmt::Display for DbError {
/// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{self:?}") }
/// # }
/// # impl std::error::Error for DbError {}
/// # #[derive(Debug)] struct CartError;
/// # impl std::fmt::Display for CartError {
/// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("the cart is empty") }
/// # }
/// # impl std::error::Error for CartError {}
/// let mask = ErrorMask::new()
///     .show::<CartError>()
///     .map(|error: &DbError| match error {
///         DbError::Busy => Some(Error::new("The shop is busy; try again in a minute.")),
///         DbError::Broken(_) => None, // as any other
///     });
/// let server = Server::new("shop").layer(mask);
/// ```
#[derive(Clone, Default)]
pub struct ErrorMask {
    rules: Vec<Rule>,
    hides_texts: bool,
}

impl ErrorMask {
    /// Shows what is listed above.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows the texts of errors of this type and of their causes.
    #[must_use]
    pub fn show<E: StdError + 'static>(self) -> Self {
        self.rule(|_: &E| Some(Verdict::Show))
    }

    /// Makes another error of those of a type; `None` leaves it to the rules that follow. Rules are asked in the order in which they
    /// were given, for the error itself first, and then for each of its causes.
    #[must_use]
    pub fn map<E: StdError + 'static>(self, make: impl Fn(&E) -> Option<Error> + Send + Sync + 'static) -> Self {
        self.rule(move |error: &E| make(error).map(Verdict::Replace))
    }

    /// Hides texts of [`Error::new`], too: for programs that write the texts of other errors into them.
    #[must_use]
    pub fn hide_texts(self) -> Self {
        Self { hides_texts: true, ..self }
    }

    fn rule<E: StdError + 'static>(mut self, rule: impl Fn(&E) -> Option<Verdict> + Send + Sync + 'static) -> Self {
        self.rules.push(Arc::new(move |error| rule(error.downcast_ref()?)));
        self
    }

    fn decide(&self, failure: &Failure<'_>) -> Verdict {
        if failure.is_worded {
            return Verdict::Show;
        }
        match (failure.kind, failure.cause) {
            (ErrorKind::Message, None) if self.hides_texts => Verdict::Hide,
            (ErrorKind::Message, Some(cause)) => self.find(cause).unwrap_or(Verdict::Hide),
            (ErrorKind::Internal, Some(cause)) => self.find_made(cause).unwrap_or(Verdict::Hide),
            (ErrorKind::Internal, None) => Verdict::Hide,
            _ => Verdict::Show,
        }
    }

    /// What the rules say of an error and its causes.
    fn find(&self, error: &(dyn StdError + 'static)) -> Option<Verdict> {
        causes(error).find_map(|error| self.own(error).or_else(|| usual(error)))
    }

    /// What the rules make of an error that the program has said to be internal. Nothing of it is shown: to see what would be is to
    /// see "Internal error", without a reference.
    fn find_made(&self, error: &(dyn StdError + 'static)) -> Option<Verdict> {
        causes(error).find_map(|error| self.own(error).filter(|verdict| matches!(verdict, Verdict::Replace(_))))
    }

    fn own(&self, error: &(dyn StdError + 'static)) -> Option<Verdict> {
        self.rules.iter().find_map(|rule| rule(error))
    }
}

/// An error and its causes: not for ever, should they go round.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&(dyn StdError + 'static)| (*error).source()).take(32)
}

/// What is shown of the errors that everybody knows.
fn usual(error: &(dyn StdError + 'static)) -> Option<Verdict> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return match error.kind() {
            io::ErrorKind::PermissionDenied => Some(Verdict::Replace(Error::new("Permission denied"))),
            io::ErrorKind::NotFound => Some(Verdict::Replace(Error::not_found())),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                Some(Verdict::Replace(Error::invalid("Invalid input")))
            }
            _ => None,
        };
    }
    let is_of_input = error.is::<std::num::ParseIntError>()
        || error.is::<std::num::ParseFloatError>()
        || error.is::<std::num::TryFromIntError>()
        || error.is::<std::str::ParseBoolError>()
        || error.is::<std::char::ParseCharError>()
        || error.is::<std::net::AddrParseError>();
    if is_of_input {
        return Some(Verdict::Replace(Error::invalid(error.to_string())));
    }
    error.is::<AskError>().then_some(Verdict::Show)
}

impl fmt::Debug for ErrorMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorMask").field("rules", &self.rules.len()).field("hides_texts", &self.hides_texts).finish()
    }
}

impl<S> Layer<S> for ErrorMask {
    type Service = ErrorsMasked<S>;

    fn layer(&self, inner: S) -> ErrorsMasked<S> {
        let mask = self.clone();
        ErrorsMasked { inner, mask: Mask::new(move |failure| mask.decide(failure)) }
    }
}

/// The service that [`ErrorMask`] makes.
#[derive(Clone, Debug)]
pub struct ErrorsMasked<S> {
    inner: S,
    mask: Mask,
}

impl<S: Service<Call, Response = Reply>> Service<Call> for ErrorsMasked<S> {
    type Response = Reply;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut call: Call) -> S::Future {
        if call.is_offered() {
            call.insert(self.mask.clone());
        }
        self.inner.call(call)
    }
}
