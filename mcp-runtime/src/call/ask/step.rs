//! Which step this thread is in: a question within a step could never be answered without a session.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;

use super::dialogue::Dialogue;

thread_local! {
    /// The steps that are being polled on this thread, the innermost last: whose they are, and their keys.
    static STEPS: RefCell<Vec<(usize, String)>> = const { RefCell::new(Vec::new()) };
}

/// Takes a step, so that what is asked within it is known to be.
pub(super) async fn taken<T>(dialogue: &Dialogue, key: &str, step: impl Future<Output = T>) -> T {
    let mut step = pin!(step);
    poll_fn(|cx| {
        let _polling = Polling::begin(dialogue, key);
        step.as_mut().poll(cx)
    })
    .await
}

/// The step of this call that this thread is in.
pub(super) fn innermost(dialogue: &Dialogue) -> Option<String> {
    STEPS.with_borrow(|steps| {
        steps.iter().rev().find(|(whose, _)| *whose == address(dialogue)).map(|(_, key)| key.clone())
    })
}

/// Tells one call's dialogue from another's, while both are there.
fn address(dialogue: &Dialogue) -> usize {
    std::ptr::from_ref(dialogue).addr()
}

/// A step is being polled, until this is dropped, by a panic too.
struct Polling;

impl Polling {
    fn begin(dialogue: &Dialogue, key: &str) -> Self {
        STEPS.with_borrow_mut(|steps| steps.push((address(dialogue), key.to_owned())));
        Self
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        STEPS.with_borrow_mut(Vec::pop);
    }
}
