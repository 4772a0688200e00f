//! What waits for a client, and within which bounds.

use super::*;

const MOST: usize = 256 * 1024;

fn out() -> (Arc<Budget>, Out) {
    let budget = Budget::new(1 << 30);
    let out = Out::new(Framing::LINES, &budget, MOST);
    (budget, out)
}

#[test]
fn what_waits_and_what_is_being_written_is_charged() {
    let (budget, out) = out();
    out.log(vec![b'x'; 100]);
    assert_eq!(budget.used(), 0, "small frames are not");
    for _ in 0..3 {
        out.acknowledge(vec![b'x'; 200_000]);
    }
    let waiting = budget.used();
    assert!(waiting > 600_000, "{waiting}");
    let mut taken = Vec::new();
    assert!(out.take(&mut taken));
    assert_eq!(budget.used(), waiting, "it is being written");
    out.push_lines(&mut vec![b'x'; 100_000]);
    out.written();
    assert_eq!(budget.used(), 100_000);
    drop(out);
    assert_eq!(budget.used(), 0);
}

#[test]
#[cfg(feature = "stdio")]
fn what_is_written_at_once_is_charged_and_what_waits_for_another_write() {
    let (budget, out) = out();
    let mut lines = vec![b'x'; 100_000];
    assert!(out.push_and_take(&mut lines));
    assert_eq!(budget.used(), 100_000, "it is being written");
    assert!(!out.push_and_take(&mut vec![b'x'; 50_000]));
    assert_eq!(budget.used(), 150_000, "it waits");
    out.written();
    assert_eq!(budget.used(), 50_000);
}

#[test]
fn notices_that_wait_are_bounded_in_bytes_and_the_newest_stay() {
    let (budget, out) = out();
    out.acknowledge(vec![b'x'; BEHIND]);
    let notice = |n: usize| Bytes::from(format!("{n:>10000}"));
    for n in 0..1000 {
        out.notice(notice(n));
    }
    assert!(budget.used() <= BEHIND + 1 + MOST, "{}", budget.used());
    let mut taken = Vec::new();
    assert!(out.take(&mut taken) && taken.len() == BEHIND + 1);
    out.written();
    taken.clear();
    assert!(out.take(&mut taken) && taken.len() <= MOST + 1000);
    assert!(taken.ends_with(&[&notice(999)[..], b"\n"].concat()));
}

#[test]
fn what_calls_say_waits_within_one_limit_that_answers_do_not_count_against() {
    let (_, out) = out();
    out.acknowledge(vec![b'x'; BEHIND]);
    out.progress(CallKey::FIRST, vec![b'p'; 40_000]);
    for n in 0..3 {
        out.log(vec![b'l'; 40_000]);
        out.notice(format!("{n:>40000}").into());
    }
    let state = out.lock();
    // The last notice took the place of the first.
    assert_eq!((state.said_bytes, state.progress_bytes, state.notice_bytes), (120_000, 40_000, 80_000));
    drop(state);
    out.log(vec![b'l'; 40_000]);
    out.log(vec![b'l'; 40_000]);
    let state = out.lock();
    assert_eq!(state.dropped_logs, 1);
}

#[test]
fn progress_that_is_held_back_is_charged() {
    let (budget, out) = out();
    out.acknowledge(vec![b'x'; BEHIND]);
    let before = budget.used();
    out.progress(CallKey::FIRST, vec![b'x'; 50_000]);
    out.progress(CallKey::FIRST, vec![b'x'; 20_000]);
    assert_eq!(budget.used(), before + 20_000);
    out.settle(CallKey::FIRST);
    assert_eq!(budget.used(), before + 20_001);
}

#[test]
fn notices_that_answers_have_released_still_count() {
    let (_, out) = out();
    let mut answers = 0;
    for n in 0..1000 {
        out.notice(format!("{n:>10000}").into());
        if n % 20 == 0 {
            let mut lines = vec![b'x'; 1000];
            answers += lines.len();
            out.push_lines(&mut lines);
        }
    }
    let state = out.lock();
    let said = state.bytes.len() + state.notice_bytes - answers;
    // Each limit is gone beyond by a few notices at most.
    assert!(said < BEHIND + MOST + 40_000, "{said}");
}
