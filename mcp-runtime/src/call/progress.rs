//! Progress (`basic/patterns/progress`).

use std::borrow::Cow;
use std::fmt;

use mcp_proto::wire::{CallNotice, write_str};

use super::ctx::Ctx;
use super::frame::Class;
use super::outlet::Sent;

/// Reports how far a call has come. A parameter of this type is injected.
///
/// Nothing is sent to a client that did not ask for progress.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Counts to `n`.
/// #[tool]
/// async fn count(n: u32, progress: Progress) -> String {
///     for i in 1..=n {
///         progress.report(i, n, "counting").await;
///     }
///     format!("counted to {n}")
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Progress(Ctx);

impl Progress {
    /// Reports `done` of `total` (a number, an `Option` of one, or `()` where nobody knows it), with a message for people or
    /// `None`. See [`Ctx::progress`].
    pub fn report<'a>(&self, done: impl Amount, total: impl Total, message: impl ProgressMessage<'a>) -> Sent<'_> {
        self.0.progress(done, total, message)
    }
}

impl Ctx {
    /// Reports progress: `done` of `total`, with a message for people: text, `format!(…)`, `format_args!(…)`, or `None`.
    ///
    /// `total` is a number or an `Option` of one; where nobody knows it, write `()`. A bare `None` has no type, and the compiler
    /// says "type annotations needed".
    ///
    /// Nothing is sent if the client did not ask for progress, or if `done` is not greater than before. A client that reads
    /// slowly gets the newest value, not all of them; the last one always arrives. Awaiting the result waits until the client
    /// has caught up. (`basic/patterns/progress`)
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Copies files.
    /// #[tool]
    /// async fn copy(ctx: &Ctx, files: u32) {
    ///     for file in 1..=files {
    ///         ctx.progress(file, files, format!("file {file}")).await;
    ///     }
    ///     ctx.progress(files + 1, (), "counting what was copied").await;
    /// }
    /// ```
    pub fn progress<'a>(&self, done: impl Amount, total: impl Total, message: impl ProgressMessage<'a>) -> Sent<'_> {
        let Some(token) = self.inner().request.progress_token().filter(|_| !self.is_cancelled()) else {
            return self.unsent();
        };
        let done = done.amount();
        if !done.is_finite() || !self.first_run().inner().highest.raise(done) {
            return Sent::nothing();
        }
        let message = if self.protocol().has_progress_messages() { message.text() } else { None };
        let total = total.total().filter(|total| total.is_finite());
        let report = Report { token, done, total, message: message.as_deref() };
        self.say(|outlet| outlet.say(Class::Progress(self.inner().key), report.about(), &|out| report.write(out)))
    }

    /// A handle that reports progress, for code that should not see the whole context.
    pub fn progress_handle(&self) -> Progress {
        Progress(self.clone())
    }
}

/// A number, of whatever type.
///
/// ```
/// use mcp_runtime::Amount;
///
/// assert_eq!(3_u8.amount(), 3.0);
/// assert_eq!(0.5_f32.amount(), 0.5);
/// ```
pub trait Amount {
    /// The number.
    fn amount(self) -> f64;
}

/// A message that goes with progress: a text of any kind, `format_args!(…)`, or `None`.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Copies files.
/// #[tool]
/// fn copy(ctx: &Ctx, files: Vec<String>) {
///     for (done, file) in files.iter().enumerate() {
///         // The text is written only if the client wants progress.
///         ctx.progress(done, files.len(), format_args!("copying {file}"));
///     }
///     ctx.progress(files.len(), files.len(), None);
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message for progress",
    label = "expected text, `format!(…)`, or `None`"
)]
pub trait ProgressMessage<'a> {
    /// The text. It is asked for only where the client wants progress.
    fn text(self) -> Option<Cow<'a, str>>;
}

#[diagnostic::do_not_recommend]
impl<'a> ProgressMessage<'a> for Option<&'a str> {
    fn text(self) -> Option<Cow<'a, str>> {
        self.map(Cow::Borrowed)
    }
}

#[diagnostic::do_not_recommend]
impl<'a> ProgressMessage<'a> for fmt::Arguments<'_> {
    fn text(self) -> Option<Cow<'a, str>> {
        Some(self.to_string().into())
    }
}

macro_rules! messages {
    ($($text:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<'a> ProgressMessage<'a> for $text {
            fn text(self) -> Option<Cow<'a, str>> {
                Some(self.into())
            }
        }
    )*};
}

messages!(&'a str, String, &'a String, Cow<'a, str>);

/// The number at which the work is done: a number, an `Option` of one, or `()` where nobody knows.
///
/// ```
/// use mcp_runtime::Total;
///
/// assert_eq!(10.total(), Some(10.0));
/// assert_eq!(None::<u32>.total(), None);
/// assert_eq!(().total(), None);
/// ```
pub trait Total {
    /// The number, if there is one.
    fn total(self) -> Option<f64>;
}

macro_rules! amounts {
    ($($number:ty),*) => {$(
        impl Amount for $number {
            fn amount(self) -> f64 {
                self as f64
            }
        }

        impl Total for $number {
            fn total(self) -> Option<f64> {
                Some(self as f64)
            }
        }
    )*};
}

amounts!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f32, f64);

impl<T: Amount> Total for Option<T> {
    fn total(self) -> Option<f64> {
        self.map(Amount::amount)
    }
}

impl Total for () {
    fn total(self) -> Option<f64> {
        None
    }
}

/// What a report says.
pub(crate) struct Report<'a> {
    /// The token of the request, as JSON.
    pub(crate) token: &'a str,
    pub(crate) done: f64,
    pub(crate) total: Option<f64>,
    pub(crate) message: Option<&'a str>,
}

impl Report<'_> {
    /// How long its frame is, about.
    fn about(&self) -> usize {
        200 + self.message.map_or(0, str::len)
    }

    /// Appends its frame. A loop may report often, so it is written straight.
    fn write(&self, out: &mut Vec<u8>) {
        CallNotice::Progress.write(out, |out| {
            out.extend_from_slice(br#"{"progressToken":"#);
            out.extend_from_slice(self.token.as_bytes());
            out.extend_from_slice(br#","progress":"#);
            write_number(out, self.done);
            if let Some(total) = self.total {
                out.extend_from_slice(br#","total":"#);
                write_number(out, total);
            }
            if let Some(message) = self.message {
                out.extend_from_slice(br#","message":"#);
                write_str(out, message);
            }
            out.push(b'}');
        });
    }
}

/// Whole numbers are written without a fraction: `50`, not `50.0`.
fn write_number(out: &mut Vec<u8>, number: f64) {
    let whole = number as i64;
    // A finite number always serializes, and a `Vec` takes all that is written.
    let _ =
        if whole as f64 == number { serde_json::to_writer(out, &whole) } else { serde_json::to_writer(out, &number) };
}
