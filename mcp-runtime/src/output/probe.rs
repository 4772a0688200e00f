//! How the macros' code finds out what a concrete type can do.
//!
//! Method resolution looks at `impl`s for fewer references last. Calling a method on `(&&&Probe::<T>)` therefore finds
//! the trait that is implemented for `&&Probe<T>` if `T` fits its bounds, else the one for `&Probe<T>`, else the one for
//! `Probe<T>`. That picks by what `T` *is*; no macro could, seeing only how `T` is *spelled*.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt::{self, Display};
use std::marker::PhantomData;

use mcp_proto::wire::Reply;

use super::answer::told_with_causes;
use super::error::Error;
use super::into_error::IntoError;
use crate::call::Call;

/// Stands for a type, to ask what it can do.
pub struct Probe<T: ?Sized>(PhantomData<fn() -> T>);

impl<T: ?Sized> Probe<T> {
    /// Stands for `T`.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Probe<T> {
    /// Stands for the type of a value.
    pub const fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

impl<T: ?Sized> Default for Probe<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized> fmt::Debug for Probe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::any::type_name::<T>())
    }
}

/// A `Result`, whatever alias it goes by.
pub trait PeelResult<T, E> {
    /// The result.
    ///
    /// # Errors
    /// As it has it.
    fn peel(&self, value: Result<T, E>) -> Result<T, E>;

    /// The type without the `Result`.
    fn peeled(&self) -> Probe<T>;
}

/// All that is no `Result`.
pub trait PeelPlain<T> {
    /// The value, as a result.
    ///
    /// # Errors
    /// Never.
    fn peel(&self, value: T) -> Result<T, Infallible>;

    /// The type itself.
    fn peeled(&self) -> Probe<T>;
}

impl<T, E> PeelResult<T, E> for &Probe<Result<T, E>> {
    fn peel(&self, value: Result<T, E>) -> Result<T, E> {
        value
    }

    fn peeled(&self) -> Probe<T> {
        Probe::new()
    }
}

impl<T> PeelPlain<T> for Probe<T> {
    fn peel(&self, value: T) -> Result<T, Infallible> {
        Ok(value)
    }

    fn peeled(&self) -> Probe<T> {
        Probe::new()
    }
}

/// Our own [`Error`](super::Error), and the types that say which one they are.
pub trait ErrorByOwn<E> {
    /// The answer.
    fn reply_error(&self, error: E, call: &Call) -> Reply;
}

/// Errors as the standard library has them: their causes are told, too.
pub trait ErrorByStd<E> {
    /// The answer.
    fn reply_error(&self, error: E, call: &Call) -> Reply;
}

/// Errors that hold one of the standard library's and can be sent to other threads: `Box<dyn Error + Send + Sync>`,
/// and the all-purpose types of error crates.
pub trait ErrorBySharedChain<E> {
    /// The answer.
    fn reply_error(&self, error: E, call: &Call) -> Reply;
}

/// Errors that hold one of the standard library's: `Box<dyn Error>`.
pub trait ErrorByChain<E> {
    /// The answer.
    fn reply_error(&self, error: E, call: &Call) -> Reply;
}

/// Any error that can be shown.
pub trait ErrorByDisplay<E> {
    /// The answer.
    fn reply_error(&self, error: E, call: &Call) -> Reply;
}

impl<E: IntoError> ErrorByOwn<E> for &&&&Probe<E> {
    fn reply_error(&self, error: E, call: &Call) -> Reply {
        error.into_error().reply(call)
    }
}

impl<E: StdError + 'static> ErrorByStd<E> for &&&Probe<E> {
    fn reply_error(&self, error: E, call: &Call) -> Reply {
        told_with_causes(call, &error)
    }
}

impl<E: AsRef<dyn StdError + Send + Sync>> ErrorBySharedChain<E> for &&Probe<E> {
    fn reply_error(&self, error: E, call: &Call) -> Reply {
        told_with_causes(call, error.as_ref())
    }
}

impl<E: AsRef<dyn StdError>> ErrorByChain<E> for &Probe<E> {
    fn reply_error(&self, error: E, call: &Call) -> Reply {
        told_with_causes(call, error.as_ref())
    }
}

impl<E: Display> ErrorByDisplay<E> for Probe<E> {
    fn reply_error(&self, error: E, call: &Call) -> Reply {
        Error::new(error).reply(call)
    }
}
