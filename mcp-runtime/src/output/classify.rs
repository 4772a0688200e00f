//! `#[tool(error = classify)]`: a function that says which [`Error`] an error of another crate is.

use super::{Error, IntoError};

/// The result of a function, with its error classified.
///
/// # Errors
/// As `classify` has it.
pub fn classified<T, E, R: IntoError>(result: Result<T, E>, classify: fn(E) -> R) -> Result<T, Error> {
    result.map_err(|error| classify(error).into_error())
}
