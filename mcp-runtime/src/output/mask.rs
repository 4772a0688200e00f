//! What decides which errors clients see. A layer puts it into the call.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use super::chain::{OneLine, Place, chain};
use super::error::{Error, ErrorKind};
use crate::call::Call;
use crate::log;

/// An error, as far as it matters to who sees it.
pub(crate) struct Failure<'a> {
    pub(crate) kind: ErrorKind,
    /// Whether the program has chosen the text for clients.
    pub(crate) is_worded: bool,
    /// What `?` has made the error of, or what the function has returned.
    pub(crate) cause: Option<&'a (dyn StdError + 'static)>,
}

/// What becomes of an error.
pub(crate) enum Verdict {
    /// The client gets what it would get.
    Show,
    /// The client gets this one.
    Replace(Error),
    /// The client gets a reference, under which the error is in the log.
    Hide,
}

/// The rules of a call.
#[derive(Clone)]
pub(crate) struct Mask(Arc<dyn Fn(&Failure<'_>) -> Verdict + Send + Sync>);

impl Mask {
    pub(crate) fn new(decide: impl Fn(&Failure<'_>) -> Verdict + Send + Sync + 'static) -> Self {
        Self(Arc::new(decide))
    }

    /// What clients get in place of this error, unless they may see it.
    pub(super) fn of(&self, error: &Error, call: &Call) -> Option<Error> {
        let failure = Failure { kind: error.kind(), is_worded: error.is_worded(), cause: error.cause() };
        match (self.0)(&failure) {
            Verdict::Show => None,
            Verdict::Replace(shown) => Some(instead(shown, &error.with_causes(), call)),
            Verdict::Hide => {
                Some(hidden(&error.with_causes(), error.is_worded().then(|| error.client_message()), call))
            }
        }
    }

    /// The same for an error that is of another type.
    pub(super) fn of_other(&self, error: &(dyn StdError + 'static), call: &Call) -> Error {
        let failure = Failure { kind: ErrorKind::Message, is_worded: false, cause: Some(error) };
        match (self.0)(&failure) {
            Verdict::Show => Error::new(chain(error)),
            Verdict::Replace(shown) => instead(shown, &chain(error), call),
            Verdict::Hide => hidden(&chain(error), None, call),
        }
    }
}

fn instead(shown: Error, text: &str, call: &Call) -> Error {
    log::event!(DEBUG, "{} failed: {}", Place(call), OneLine(text));
    shown
}

fn hidden(text: &str, told: Option<&str>, call: &Call) -> Error {
    let mut bytes = [0; 6];
    // Without chance the reference is the request's alone.
    let _ = getrandom::fill(&mut bytes);
    let reference: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    log::event!(ERROR, "{} failed (reference {reference}): {}", Place(call), OneLine(text));
    Error::new(format_args!("{} (reference {reference})", told.unwrap_or("Internal error")))
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask")
    }
}
