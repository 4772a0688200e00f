//! The client of a call in a unit test: what it is sent, and how it cancels.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, MutexGuard, Weak};
use std::task::{Context, Poll};

use mcp_proto::types::LogLevel;
use serde_json::Value;

use super::ctx::Ctx;
use super::frame::{Class, Frame};
use super::inner::Inner;
use super::outlet::{Outlet, Sent};
use crate::lock::Lock;

/// The client of a call in a unit test: it has the progress and the log messages that the function has sent, and cancels the call.
///
/// [`Ctx::test_caller`] makes it.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Copies files.
/// #[tool]
/// async fn copy(ctx: &Ctx, files: u32) -> String {
///     for file in 1..=files {
///         ctx.info(format!("file {file}"));
///         ctx.progress(file, files, "copying").await;
///     }
///     "done".to_owned()
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let ctx = Ctx::for_test();
/// let client = ctx.test_caller();
/// assert_eq!(copy(&ctx, 2).await, "done");
/// assert_eq!(client.progress(), ["1/2 copying", "2/2 copying"]);
/// assert_eq!(client.logs(), ["info: file 1", "info: file 2"]);
///
/// // The client cancels after the third message. The function is dropped where it waits, as a server does it.
/// let ctx = Ctx::for_test();
/// let client = ctx.test_caller();
/// client.cancel_after(3);
/// assert_eq!(client.until_cancelled(copy(&ctx, 100)).await, None);
/// assert_eq!(client.logs(), ["info: file 1", "info: file 2"]);
/// # }
/// ```
#[derive(Clone)]
pub struct TestCaller {
    ctx: Ctx,
    heard: Heard,
}

/// Progress that a [`TestCaller`] was sent. It compares with a text such as `"1/3 counting"`, which is how it is displayed.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Counts.
/// #[tool]
/// async fn count(ctx: &Ctx) {
///     ctx.progress(1, 3, "counting").await;
///     ctx.info("counted").await;
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let ctx = Ctx::for_test();
/// let caller = ctx.test_caller();
/// count(&ctx).await;
/// let progress = caller.progress();
/// assert_eq!(progress, ["1/3 counting"]);
/// assert_eq!((progress[0].done, progress[0].total), (1.0, Some(3.0)));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TestProgress {
    /// How much is done.
    pub done: f64,
    /// At how much all is done, if that is known.
    pub total: Option<f64>,
    /// The message for people.
    pub message: Option<String>,
}

/// A log message that a [`TestCaller`] was sent. It compares with a text such as `"info: connected"`, which is how it is
/// displayed; with a logger it is `"info db: connected"`. Data that is no text is displayed as JSON.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Counts.
/// #[tool]
/// async fn count(ctx: &Ctx) {
///     ctx.progress(1, 3, "counting").await;
///     ctx.info("counted").await;
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let ctx = Ctx::for_test();
/// let caller = ctx.test_caller();
/// count(&ctx).await;
/// let logs = caller.logs();
/// assert_eq!(logs, ["info: counted"]);
/// assert_eq!(logs[0].level, mcp_runtime::LogLevel::Info);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TestLog {
    /// Its level.
    pub level: LogLevel,
    /// The name of the logger, if there is one.
    pub logger: Option<String>,
    /// What was logged.
    pub data: Value,
}

impl Ctx {
    /// The client of this call in a unit test, which has what the function sends from then on, and can cancel: see
    /// [`TestCaller`].
    ///
    /// Make it after [`answering`](Self::answering), [`with_principal`](Self::with_principal) and
    /// [`with_extension`](Self::with_extension), and before the function is called.
    ///
    /// # Panics
    /// If the context is not that of a unit test, made by [`for_test`](Self::for_test).
    pub fn test_caller(&self) -> TestCaller {
        let heard = self.heard_in_test().expect("only a context of `Ctx::for_test()` has a client for tests");
        TestCaller { ctx: self.clone(), heard: heard.clone() }
    }

    pub(super) fn heard_in_test(&self) -> Option<&Heard> {
        self.inner().caller.facts.extensions.get()
    }

    /// What comes of a message that is not sent. In a unit test others have their turn where the call is cancelled: what calls
    /// the function then drops it.
    pub(super) fn unsent(&self) -> Sent<'_> {
        if self.is_cancelled()
            && let Some(heard) = self.heard_in_test()
        {
            Sent::to(heard)
        } else {
            Sent::nothing()
        }
    }
}

impl TestCaller {
    /// The progress so far, in the order in which it was sent. A value that is not greater than the one before is not sent.
    pub fn progress(&self) -> Vec<TestProgress> {
        self.heard.lock().progress.clone()
    }

    /// The log messages so far, of all levels, in the order in which they were sent.
    pub fn logs(&self) -> Vec<TestLog> {
        self.heard.lock().logs.clone()
    }

    /// Cancels the call: [`Ctx::is_cancelled`] is true, [`Ctx::cancelled`] is ready, and nothing is sent any more. The function
    /// goes on unless it is called in [`until_cancelled`](Self::until_cancelled).
    pub fn cancel(&self) {
        self.heard.lock().is_cancelled = true;
        self.ctx.cancel();
    }

    /// Cancels the call once it has sent so many messages, progress and logs together.
    pub fn cancel_after(&self, messages: usize) {
        let mut heard = self.heard.lock();
        heard.cancel_at = Some((messages, self.ctx.downgrade()));
        heard.cancel_if_full();
    }

    /// Calls the function as a server does: if the call is cancelled, the function is dropped where it waits, and the result is
    /// `None`.
    pub async fn until_cancelled<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        let (mut call, mut cancelled) = (pin!(call), pin!(self.ctx.cancelled()));
        poll_fn(|cx| match cancelled.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => call.as_mut().poll(cx).map(Some),
        })
        .await
    }
}

impl fmt::Debug for TestCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestCaller")
            .field("progress", &self.progress())
            .field("logs", &self.logs())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for TestProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.done)?;
        if let Some(total) = self.total {
            write!(f, "/{total}")?;
        }
        self.message.iter().try_for_each(|message| write!(f, " {message}"))
    }
}

impl fmt::Display for TestLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.level.as_str())?;
        self.logger.iter().try_for_each(|logger| write!(f, " {logger}"))?;
        match &self.data {
            Value::String(text) => write!(f, ": {text}"),
            data => write!(f, ": {data}"),
        }
    }
}

impl PartialEq<&str> for TestProgress {
    fn eq(&self, text: &&str) -> bool {
        format!("{self}") == **text
    }
}

impl PartialEq<&str> for TestLog {
    fn eq(&self, text: &&str) -> bool {
        format!("{self}") == **text
    }
}

/// What the call in a unit test has sent.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Lock<Messages>>);

#[derive(Default)]
struct Messages {
    progress: Vec<TestProgress>,
    logs: Vec<TestLog>,
    /// After how many of them the client cancels which call.
    cancel_at: Option<(usize, Weak<Inner>)>,
    is_cancelled: bool,
    /// Others have had their turn.
    has_yielded: bool,
}

impl Messages {
    fn cancel_if_full(&mut self) {
        let heard = self.progress.len() + self.logs.len();
        if let Some((_, call)) = self.cancel_at.take_if(|(most, _)| heard >= *most) {
            self.is_cancelled = true;
            call.upgrade().inspect(|call| call.cancelled.raise());
        }
    }
}

impl Heard {
    fn lock(&self) -> MutexGuard<'_, Messages> {
        self.0.lock()
    }
}

impl Outlet for Heard {
    fn send(&self, _: Class, frame: Frame) {
        // Frames are ours, so what is in them is known.
        let Ok(message) = serde_json::from_slice::<Value>(&frame) else { return };
        let params = &message["params"];
        let text = |name: &str| params[name].as_str().map(str::to_owned);
        let mut messages = self.lock();
        if let Some(done) = params["progress"].as_f64() {
            let total = params["total"].as_f64();
            messages.progress.push(TestProgress { done, total, message: text("message") });
        } else if let Some(level) = params["level"].as_str().and_then(LogLevel::parse) {
            messages.logs.push(TestLog { level, logger: text("logger"), data: params["data"].clone() });
        }
        messages.cancel_if_full();
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut messages = self.lock();
        messages.has_yielded = messages.is_cancelled && !messages.has_yielded;
        if !messages.has_yielded {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
