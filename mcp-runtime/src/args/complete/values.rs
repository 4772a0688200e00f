//! What a completer returns.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::convert::Infallible;

use crate::output::{Error, HandlerError};

/// What a [completer](crate::CompleteFn) returns: an iterator over texts, a collection of them (`Vec`, an array, `Option`,
/// a set), or a `Result` of one, whose error implements [`IntoError`](crate::IntoError).
///
/// The marker keeps the three apart; nobody has to name it. A `Result` of a single text is not among them: its error would be
/// taken for no text.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// An iterator.
/// fn cities(typed: String) -> impl Iterator<Item = &'static str> {
///     ["Bergen", "Bodø", "Oslo"].into_iter().filter(move |city| city.starts_with(&typed))
/// }
///
/// /// A result of a collection.
/// fn languages(_typed: String) -> std::io::Result<Vec<String>> {
///     Ok(std::fs::read_to_string("languages.txt")?.lines().map(str::to_owned).collect())
/// }
///
/// /// Tells about a city.
/// #[prompt]
/// fn tell(#[arg(complete = cities)] city: &str, #[arg(complete = languages)] language: &str) -> String {
///     format!("Tell me about {city}, in {language}.")
/// }
/// ```
pub trait CompleteOutput<Marker> {
    /// The texts.
    ///
    /// # Errors
    /// The completer's own.
    #[doc(hidden)]
    fn values(self) -> Result<Vec<String>, Error>;
}

/// Marks iterators.
#[derive(Debug)]
pub struct Iterated(Infallible);

/// Marks collections.
#[derive(Debug)]
pub struct Listed(Infallible);

/// Marks results.
#[derive(Debug)]
pub struct Failing<M>(Infallible, std::marker::PhantomData<M>);

impl<I: Iterator<Item: Into<String>>> CompleteOutput<Iterated> for I {
    fn values(self) -> Result<Vec<String>, Error> {
        Ok(self.map(Into::into).collect())
    }
}

/// A collection of texts. `Result` can be iterated over, too, and is none.
trait Collection: IntoIterator<Item: Into<String>> {}

impl<T: Into<String>> Collection for Vec<T> {}
impl<T: Into<String>> Collection for VecDeque<T> {}
impl<T: Into<String>> Collection for Option<T> {}
impl<T: Into<String>> Collection for BTreeSet<T> {}
impl<T: Into<String>, S> Collection for HashSet<T, S> {}
impl<T: Into<String>, const N: usize> Collection for [T; N] {}

impl<C: Collection> CompleteOutput<Listed> for C {
    fn values(self) -> Result<Vec<String>, Error> {
        self.into_iter().values()
    }
}

impl<T: CompleteOutput<M>, M, E: HandlerError> CompleteOutput<Failing<M>> for Result<T, E> {
    fn values(self) -> Result<Vec<String>, Error> {
        self.map_err(HandlerError::into_handler_error)?.values()
    }
}
