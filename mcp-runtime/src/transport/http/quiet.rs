//! A task that is not woken by itself.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::lock::Lock;

/// How often a future is polled again in place before others on its thread have their turn.
const TURNS: u32 = 8;

/// A future whose wake-ups, while it is being polled, lead to another poll on the spot.
///
/// hyper hands a body from the half that reads to the half that asks through wakers, and both are polled by one task. To
/// the runtime such a wake-up looks like work for another thread, which it wakes, in vain: a system call or two for each
/// request, a quarter of what it costs.
pub(super) struct Quiet<F> {
    future: Pin<Box<F>>,
    link: Arc<Link>,
    waker: Waker,
    /// Who has polled last, whom the wakers know.
    task: Waker,
}

/// What the wakers of the future know.
struct Link {
    state: AtomicU8,
    /// Who polls, to be woken from outside.
    outer: Lock<Waker>,
}

const IDLE: u8 = 0;
const POLLING: u8 = 1;
/// Woken while it was polled.
const AGAIN: u8 = 2;

impl<F: Future> Quiet<F> {
    pub(super) fn new(future: F) -> Self {
        let task = Waker::noop().clone();
        let link = Arc::new(Link { state: AtomicU8::new(IDLE), outer: Lock::new(task.clone()) });
        Self { future: Box::pin(future), waker: Waker::from(Arc::clone(&link)), link, task }
    }
}

impl Wake for Link {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.compare_exchange(POLLING, AGAIN, Ordering::AcqRel, Ordering::Acquire) == Err(IDLE) {
            self.outer.lock().wake_by_ref();
        }
    }
}

impl<F: Future> Future for Quiet<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        if !this.task.will_wake(cx.waker()) {
            this.task.clone_from(cx.waker());
            this.link.outer.lock().clone_from(cx.waker());
        }
        let mut inner = Context::from_waker(&this.waker);
        for _ in 0..TURNS {
            this.link.state.store(POLLING, Ordering::Release);
            if let Poll::Ready(output) = this.future.as_mut().poll(&mut inner) {
                return Poll::Ready(output);
            }
            if this.link.state.compare_exchange(POLLING, IDLE, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return Poll::Pending;
            }
        }
        this.link.state.store(IDLE, Ordering::Release);
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Wake for Counting {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Polls once a future that wakes itself so often; how often the task around it was woken.
    fn wakes(mut own: u32) -> (Poll<()>, usize) {
        let counting = Arc::<Counting>::default();
        let mut quiet = Quiet::new(poll_fn(move |cx| {
            if own == 0 {
                return Poll::Ready(());
            }
            own -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        }));
        let polled = Pin::new(&mut quiet).poll(&mut Context::from_waker(&Waker::from(Arc::clone(&counting))));
        (polled, counting.0.load(Ordering::Relaxed))
    }

    #[test]
    fn a_future_that_wakes_itself_is_polled_again_in_place_within_bounds() {
        assert_eq!(wakes(0), (Poll::Ready(()), 0));
        assert_eq!(wakes(TURNS - 1), (Poll::Ready(()), 0));
        assert_eq!(wakes(TURNS), (Poll::Pending, 1));
    }

    #[test]
    fn a_wake_up_from_outside_wakes_the_task() {
        let counting = Arc::<Counting>::default();
        let kept = Arc::<Mutex<Option<Waker>>>::default();
        let keep = Arc::clone(&kept);
        let mut quiet = Quiet::new(poll_fn(move |cx| {
            *keep.lock().expect("a lock") = Some(cx.waker().clone());
            Poll::<()>::Pending
        }));
        let waker = Waker::from(Arc::clone(&counting));
        assert!(Pin::new(&mut quiet).poll(&mut Context::from_waker(&waker)).is_pending());
        kept.lock().expect("a lock").take().expect("a waker").wake();
        assert_eq!(counting.0.load(Ordering::Relaxed), 1);
    }
}
