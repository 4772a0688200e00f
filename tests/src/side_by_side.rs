//! Cases that are checked side by side.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::{iter, thread};

/// What is wrong with cases, in their order: `check` says it of one of them. So many are checked at the same time.
///
/// # Panics
/// Where `check` panics.
pub fn failures<C: Sync>(cases: &[C], at_once: usize, check: impl Fn(&C) -> Option<String> + Sync) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let run = || {
        let mine = iter::from_fn(|| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            cases.get(index).map(|case| (index, case))
        });
        mine.filter_map(|(index, case)| Some((index, check(case)?))).collect::<Vec<_>>()
    };
    let mut failures = thread::scope(|scope| {
        let running: Vec<_> = (0..at_once).map(|_| scope.spawn(run)).collect();
        let ended = running.into_iter().flat_map(|one| one.join().expect("a check panicked, and has said why"));
        ended.collect::<Vec<_>>()
    });
    failures.sort();
    failures.into_iter().map(|(_, failure)| failure).collect()
}
