//! What a task waits for beside its work.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use pin_project_lite::pin_project;

use crate::lock::Lock;

pin_project! {
    /// A future that is polled only after it was woken.
    ///
    /// A connection waits for its next message, and beside that for its own end, which has many reasons. Polled with each message,
    /// those futures take locks and register wakers again, though none of them has anything to say.
    pub(crate) struct Aside<F> {
        #[pin]
        future: F,
        bell: Arc<Bell>,
        // The bell, as the future knows it.
        waker: Waker,
        // The task that has polled last.
        task: Waker,
    }
}

struct Bell {
    is_rung: AtomicBool,
    /// The task to wake.
    task: Lock<Waker>,
}

impl<F: Future> Aside<F> {
    pub(crate) fn new(future: F) -> Self {
        let task = Waker::noop().clone();
        let bell = Arc::new(Bell { is_rung: AtomicBool::new(true), task: Lock::new(task.clone()) });
        Self { future, waker: Waker::from(Arc::clone(&bell)), bell, task }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_rung.store(true, Ordering::Release);
        self.task.lock().wake_by_ref();
    }
}

impl<F: Future> Future for Aside<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if !this.task.will_wake(cx.waker()) {
            this.task.clone_from(cx.waker());
            this.bell.task.lock().clone_from(cx.waker());
        }
        // Looked at after the task is known, so that a wake-up which still went to another task is seen here. Taken back before the
        // poll, so that one which comes meanwhile leads to another poll.
        if !this.bell.is_rung.load(Ordering::Acquire) {
            return Poll::Pending;
        }
        this.bell.is_rung.store(false, Ordering::Relaxed);
        poll_rung(this.future, this.waker)
    }
}

/// Cold, so that what is polled each time does not lie around what is polled now and then.
#[cold]
#[inline(never)]
fn poll_rung<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Task(AtomicUsize);

    impl Task {
        fn waker(self: &Arc<Self>) -> Waker {
            Waker::from(Arc::clone(self))
        }

        fn woken(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_future_is_polled_once_for_each_time_it_was_woken_whichever_task_polls() {
        let (polls, kept) = (AtomicUsize::new(0), Mutex::new(None::<Waker>));
        let mut aside = pin!(Aside::new(poll_fn(|cx| {
            *kept.lock().expect("a lock") = Some(cx.waker().clone());
            if polls.fetch_add(1, Ordering::Relaxed) < 3 { Poll::Pending } else { Poll::Ready("an end") }
        })));
        let ring = || kept.lock().expect("a lock").clone().expect("a waker").wake();
        let (first, second) = (Arc::<Task>::default(), Arc::<Task>::default());
        let mut poll = |task: &Arc<Task>| {
            let polled = aside.as_mut().poll(&mut Context::from_waker(&task.waker()));
            (polled, polls.load(Ordering::Relaxed))
        };
        for _ in 0..3 {
            assert_eq!(poll(&first), (Poll::Pending, 1), "nothing has woken it since");
        }
        ring();
        assert_eq!((first.woken(), poll(&first)), (1, (Poll::Pending, 2)));
        assert_eq!(poll(&second), (Poll::Pending, 2), "another task polls");
        ring();
        assert_eq!((first.woken(), second.woken()), (1, 1), "the task that polls now is woken");
        assert_eq!(poll(&second), (Poll::Pending, 3));
        ring();
        // It was woken for the task before.
        assert_eq!(poll(&first), (Poll::Ready("an end"), 4));
    }

    #[test]
    fn a_future_that_wakes_itself_while_it_is_polled_is_polled_again() {
        let mut left = 2;
        let mut aside = pin!(Aside::new(poll_fn(|cx| {
            left -= 1;
            cx.waker().wake_by_ref();
            if left > 0 { Poll::Pending } else { Poll::Ready(()) }
        })));
        let task = Arc::<Task>::default();
        let waker = task.waker();
        assert!(aside.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(task.woken(), 1);
        assert!(aside.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
    }
}
