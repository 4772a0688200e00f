//! How far calls have come.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Poll, Waker};

use crate::lock::Lock;
use futures_core::Stream;
use mcp_proto::wire::Notification;
use serde::Deserialize;

/// Reports that wait for who reads them: of more the oldest goes. What matters is the newest.
const WAITING: usize = 64;

/// How far a call has come (`basic/patterns/progress`).
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let mut running = client.call("index", ()).start();
/// while let Some(report) = running.progress().next().await {
///     if let Some(fraction) = report.fraction() {
///         println!("{:.0} % {}", fraction * 100.0, report.message.unwrap_or_default());
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ProgressReport {
    /// How much is done; it grows from report to report.
    pub progress: f64,
    /// How much there is to do, if the server knows.
    pub total: Option<f64>,
    /// What is being done.
    pub message: Option<String>,
}

impl ProgressReport {
    /// How much of all is done, from 0 to 1, if the server knows how much there is to do.
    pub fn fraction(&self) -> Option<f64> {
        let total = self.total.filter(|total| *total > 0.0)?;
        Some((self.progress / total).clamp(0.0, 1.0))
    }
}

/// The reports of one call.
#[derive(Default)]
pub(crate) struct Reports {
    kept: Lock<Kept>,
    /// Hears each report as it comes, in its place among the other messages of the server's.
    hear: Option<Hear>,
}

/// Hears reports.
pub(crate) type Hear = Arc<dyn Fn(ProgressReport) + Send + Sync>;

#[derive(Debug, Default)]
struct Kept {
    waiting: VecDeque<ProgressReport>,
    /// How many have come.
    count: u64,
    is_over: bool,
    reader: Option<Waker>,
    /// The call itself, whose deadline is put off.
    call: Option<Waker>,
}

impl std::fmt::Debug for Reports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reports").field(&self.kept).finish()
    }
}

impl Reports {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock()
    }

    /// Reports that somebody hears at once.
    pub(super) fn heard_by(hear: Hear) -> Self {
        Self { hear: Some(hear), ..Self::default() }
    }

    /// A report has come. What cannot be read is none.
    pub(super) fn note(&self, notification: &Notification) {
        let Ok(report) = notification.params::<ProgressReport>() else { return };
        if let Some(hear) = &self.hear {
            hear(report.clone());
        }
        let mut kept = self.lock();
        if kept.waiting.len() == WAITING {
            kept.waiting.pop_front();
        }
        kept.waiting.push_back(report);
        kept.count += 1;
        let wakers = [kept.reader.take(), kept.call.take()];
        drop(kept);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// No more will come.
    pub(super) fn end(&self) {
        let mut kept = self.lock();
        kept.is_over = true;
        let reader = kept.reader.take();
        drop(kept);
        reader.into_iter().for_each(Waker::wake);
    }

    /// Waits until more have come than `seen`; how many there are then.
    pub(super) fn poll_more(&self, cx: &mut Context<'_>, seen: u64) -> Poll<u64> {
        let mut kept = self.lock();
        if kept.count > seen {
            return Poll::Ready(kept.count);
        }
        kept.call = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// The reports of a call, as they come: a stream that ends with the call.
///
/// At most 64 wait to be read; of more the oldest is dropped.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let mut running = client.call("index", ()).start();
/// let reports = running.progress();
/// while let Some(report) = reports.next().await {
///     println!("{} of {:?}", report.progress, report.total);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ProgressStream(pub(super) Arc<Reports>);

impl ProgressStream {
    /// All reports that have come.
    pub(super) fn drain(reports: &Reports) -> Vec<ProgressReport> {
        reports.lock().waiting.drain(..).collect()
    }

    /// The next report; `None` once the call is over.
    pub async fn next(&mut self) -> Option<ProgressReport> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for ProgressStream {
    type Item = ProgressReport;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ProgressReport>> {
        let mut kept = self.0.lock();
        match kept.waiting.pop_front() {
            Some(report) => Poll::Ready(Some(report)),
            None if kept.is_over => Poll::Ready(None),
            None => {
                kept.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
