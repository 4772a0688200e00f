//! Answers on their way to the client, above all those of HTTP/2, which a client may leave unread one by one.
//!
//! On HTTP/1 an answer that is not read blocks the socket, which [`Patient`](super::patient::Patient) watches. On HTTP/2 it
//! waits for the client to open a flow-control window, while the socket goes on. So an answer is handed to hyper in small
//! parts, each of which tells when the client has taken it; a stream whose client takes nothing is reset, and a connection
//! whose client takes nothing of any stream is closed.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use super::body::Body;
use super::turn::InTurn;
use crate::background::background;
use crate::lock::Lock;

/// How much of an answer hyper gets at a time on HTTP/2, and so how much of a stream that is reset may stay with it: as much
/// as a frame holds.
const PART: usize = 16 * 1024;

/// A request of HTTP/2 and its answer, until all of the answer is written or dropped.
pub(super) struct Stream {
    serving: InTurn,
    /// hyper was given a part, and has not asked for the next one: it waits for the client.
    is_offering: AtomicBool,
    /// How often the client has taken something.
    taken: AtomicUsize,
}

impl Stream {
    fn is_taken(&self) {
        self.taken.fetch_add(1, Ordering::AcqRel);
        self.serving.turn().part_is_taken();
    }
}

/// Who an answer belongs to.
enum Owner {
    /// The request that an HTTP/1 connection is serving.
    One { _serving: InTurn },
    /// A request of an HTTP/2 connection.
    OfMany(Arc<Stream>),
}

/// The body of an answer, on a connection of ours.
pub(super) struct Sent {
    body: Body,
    /// What of the last bytes was not handed out yet.
    rest: Bytes,
    /// Whether some of them were.
    is_cut: bool,
    owner: Owner,
}

/// Some bytes of an answer. On HTTP/2 they tell when they are taken.
pub(super) struct Part {
    bytes: Bytes,
    stream: Option<Arc<Stream>>,
}

impl Sent {
    fn part(&mut self) -> Part {
        let Owner::OfMany(stream) = &self.owner else {
            return Part { bytes: std::mem::take(&mut self.rest), stream: None };
        };
        stream.serving.turn().part_waits();
        stream.is_offering.store(true, Ordering::Release);
        stream.taken.fetch_add(1, Ordering::AcqRel);
        let mut bytes = self.rest.split_to(self.rest.len().min(PART));
        if self.rest.is_empty() && std::mem::take(&mut self.is_cut) {
            // A copy: the last part may wait for its client long after the task of its request has ended, and would keep the
            // whole answer until then.
            bytes = Bytes::copy_from_slice(&bytes);
        } else {
            self.is_cut = !self.rest.is_empty();
        }
        Part { bytes, stream: Some(Arc::clone(stream)) }
    }
}

impl HttpBody for Sent {
    type Data = Part;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Part>, Infallible>>> {
        let this = &mut *self;
        if this.rest.is_empty() {
            match Pin::new(&mut this.body).poll_frame(cx) {
                // Our bodies have no trailers.
                Poll::Ready(Some(Ok(frame))) => this.rest = frame.into_data().unwrap_or_default(),
                other => {
                    if let Owner::OfMany(stream) = &this.owner {
                        stream.is_offering.store(false, Ordering::Release);
                    }
                    return other.map(|_| None);
                }
            }
        }
        Poll::Ready(Some(Ok(Frame::data(this.part()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.body.size_hint();
        match body.exact() {
            Some(length) => SizeHint::with_exact(length + self.rest.len() as u64),
            None => body,
        }
    }
}

impl Buf for Part {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if let Some(stream) = self.stream.as_ref().filter(|_| count > 0) {
            stream.is_taken();
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(stream) = &self.stream {
            stream.serving.turn().part_is_done();
        }
    }
}

/// The requests of a connection: which of them hyper is about to start a task for, and how long that task may wait for a
/// client that takes nothing.
#[derive(Clone)]
pub(super) struct Streams {
    /// The one that was begun last. hyper makes its task at once, in the same thread.
    begun: Arc<Lock<Option<Arc<Stream>>>>,
    patience: Duration,
}

impl Streams {
    pub(super) fn new(patience: Duration) -> Self {
        Self { begun: Arc::default(), patience }
    }

    /// A request has come; what is given makes an answer's body the body of an answer to it.
    pub(super) fn begin(&self, serving: InTurn) -> impl FnOnce(Body) -> Sent + use<> {
        let owner = if serving.turn().is_many() {
            let stream = Stream { serving, is_offering: AtomicBool::new(false), taken: AtomicUsize::new(0) };
            let stream = Arc::new(stream);
            *self.begun.lock() = Some(Arc::clone(&stream));
            Owner::OfMany(stream)
        } else {
            Owner::One { _serving: serving }
        };
        move |body| Sent { body, rest: Bytes::new(), is_cut: false, owner }
    }
}

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Streams {
    fn execute(&self, task: F) {
        let stream = self.begun.lock().take();
        let task = Box::pin(task);
        tokio::spawn(background(Watched { task, stream, patience: self.patience, alarm: None, seen: None }));
    }
}

/// The task of a request, which ends once its client has taken nothing for too long. hyper resets the stream then.
struct Watched {
    task: Pin<Box<dyn Future<Output = ()> + Send>>,
    stream: Option<Arc<Stream>>,
    patience: Duration,
    /// Runs while the task waits for the client. Kept to be used again.
    alarm: Option<Pin<Box<Sleep>>>,
    /// How often the client had taken something when the alarm was set.
    seen: Option<usize>,
}

impl Future for Watched {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if this.task.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let Some(stream) = this.stream.as_ref().filter(|stream| stream.is_offering.load(Ordering::Acquire)) else {
            this.seen = None;
            return Poll::Pending;
        };
        let taken = stream.taken.load(Ordering::Acquire);
        // An overflow means that there is no deadline.
        let Some(until) = Instant::now().checked_add(this.patience) else { return Poll::Pending };
        let alarm = this.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if this.seen.replace(taken) != Some(taken) {
            alarm.as_mut().reset(until);
        }
        alarm.as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use hyper::rt::Executor as _;

    use super::super::turn::Turn;
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// The body of an answer of HTTP/2, and what its task is made by.
    fn answer(length: usize) -> (Streams, Sent) {
        let turn = Arc::<Turn>::default();
        let streams = Streams::new(PATIENCE);
        let send = streams.begin(turn.begin(http::Version::HTTP_2));
        (streams, send(Body::whole(vec![0; length])))
    }

    #[tokio::test]
    async fn the_last_part_of_an_answer_does_not_keep_the_others() {
        let budget = crate::budget::Budget::new(1 << 20);
        for length in [PART, 2 * PART + 1, 3 * PART] {
            let turn = Arc::<Turn>::default();
            let send = Streams::new(PATIENCE).begin(turn.begin(http::Version::HTTP_2));
            let mut sent = send(Body::whole(budget.hold(vec![7; length])));
            let (mut last, mut came) = (None, 0);
            while let Some(part) = next(&mut sent).await {
                came += part.remaining();
                last = Some(part);
            }
            drop(sent);
            assert_eq!(came, length);
            let last = last.expect("a part");
            assert!(last.chunk().iter().all(|byte| *byte == 7));
            assert!(budget.used() <= PART, "{} of {length} are still there", budget.used());
            drop(last);
            assert_eq!(budget.used(), 0);
        }
    }

    async fn next(sent: &mut Sent) -> Option<Part> {
        let frame = poll_fn(|cx| Pin::new(&mut *sent).poll_frame(cx)).await?;
        frame.expect("no errors").into_data().ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_whose_client_takes_nothing_ends_and_one_whose_client_takes_little_goes_on() {
        let (streams, mut sent) = answer(PART + 10);
        let began = Instant::now();
        let (over, is_over) = tokio::sync::oneshot::channel::<()>();
        streams.execute(async move {
            // As hyper does: it asks for a part, and waits until the client has room for it.
            let mut part = next(&mut sent).await.expect("a part");
            for _ in 0..10 {
                tokio::time::sleep(PATIENCE / 2).await;
                part.advance(1);
            }
            std::future::pending::<()>().await;
            drop(over);
        });
        tokio::time::timeout(PATIENCE * 100, is_over).await.expect("it ends").expect_err("without a word");
        assert_eq!(began.elapsed(), PATIENCE * 6);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_has_nothing_to_send_yet_is_not_waited_for() {
        let (streams, mut sent) = answer(10);
        let is_done = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&is_done);
        streams.execute(async move {
            tokio::time::sleep(PATIENCE * 10).await;
            drop(next(&mut sent).await);
            assert!(next(&mut sent).await.is_none());
            // The answer is at its end; what else there is to do may take its time.
            tokio::time::sleep(PATIENCE * 10).await;
            done.store(true, Ordering::Release);
        });
        tokio::time::sleep(PATIENCE * 21).await;
        assert!(is_done.load(Ordering::Acquire));
    }

    #[tokio::test]
    async fn an_answer_comes_in_small_parts_and_its_request_is_open_until_the_last_is_taken() {
        let turn = Arc::<Turn>::default();
        let send = Streams::new(PATIENCE).begin(turn.begin(http::Version::HTTP_2));
        let mut sent = send(Body::whole(vec![0; 2 * PART + 1]));
        assert_eq!(sent.size_hint().exact(), Some(2 * PART as u64 + 1));
        let mut parts = Vec::new();
        while !sent.is_end_stream() {
            parts.push(next(&mut sent).await.expect("a part"));
        }
        assert_eq!(parts.iter().map(Buf::remaining).collect::<Vec<_>>(), [PART, PART, 1]);
        drop(sent);
        assert_eq!(turn.phase(), super::super::turn::Phase::Unread);
        drop(parts);
        assert_eq!(turn.phase(), super::super::turn::Phase::Idle);
    }
}
