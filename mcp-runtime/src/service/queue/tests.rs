//! What waits for a peer, in which order, and within which bounds.

use super::*;

const LIMIT: usize = 256 * 1024;

fn frame(bytes: usize) -> Frame {
    vec![b'x'; bytes].into()
}

fn numbered(n: usize, bytes: usize) -> Frame {
    Bytes::from(format!("{n:>bytes$}")).into()
}

/// The numbers and texts that wait.
fn texts(queue: &mut Queue) -> Vec<String> {
    let mut frames = Frames::default();
    queue.take(&mut frames);
    let text = |frame: Frame| String::from_utf8_lossy(&frame).trim().to_owned();
    std::iter::from_fn(|| frames.pop()).map(text).collect()
}

fn behind() -> Queue {
    let mut queue = Queue::new(LIMIT);
    queue.push(Class::Answer, frame(BEHIND));
    queue
}

#[test]
fn notices_that_wait_are_bounded_in_bytes_and_the_newest_stay() {
    for bytes in [10, 10_000] {
        let mut queue = behind();
        for n in 0..100_000 / bytes * 10 {
            queue.push(Class::Notice, numbered(n, bytes));
        }
        let newest = 100_000 / bytes * 10 - 1;
        assert!(queue.said < LIMIT + 20_000, "{}", queue.said);
        assert!(queue.slots.len() < 2 * LIMIT / OVERHEAD + 2 * FEW, "{}", queue.slots.len());
        let left = texts(&mut queue);
        assert_eq!(left.last(), Some(&newest.to_string()));
        let numbers: Vec<usize> = left[1..].iter().filter_map(|text| text.parse().ok()).collect();
        assert!(numbers.len() > 20 && numbers.is_sorted());
        assert_eq!((queue.bytes(), queue.is_empty()), (0, true));
    }
}

#[test]
fn a_notice_that_waits_is_not_doubled_until_it_was_sent_or_had_to_go() {
    let mut queue = Queue::new(LIMIT);
    for n in [1, 2, 1, 1, 2] {
        queue.push(Class::Notice, numbered(n, 1));
    }
    assert_eq!(texts(&mut queue), ["1", "2"]);
    queue.push(Class::Notice, numbered(1, 1));
    for n in 2..100 {
        queue.push(Class::Notice, numbered(n, 10_000));
    }
    queue.push(Class::Notice, numbered(1, 1));
    let left = texts(&mut queue);
    assert!(left.len() < 40 && left[0] != "1" && left.last().is_some_and(|last| last == "1"), "{left:?}");
}

#[test]
fn what_calls_say_waits_within_one_limit_that_answers_do_not_count_against() {
    let mut queue = behind();
    queue.push(Class::Progress(CallKey::FIRST), frame(40_000));
    for n in 0..20 {
        queue.push(Class::Log, frame(40_000));
        queue.push(Class::Notice, numbered(n, 40_000));
        queue.push(Class::Answer, frame(10));
    }
    assert!(queue.said < LIMIT + 80_000, "{}", queue.said);
    assert!(queue.dropped_logs > 0 || texts(&mut queue).iter().any(|text| text.contains("dropped")));
}

#[test]
fn log_messages_that_were_dropped_are_told_of_before_the_next_answer_or_at_the_end() {
    for answers in [0, 1] {
        let mut queue = Queue::new(1000);
        (0..10).for_each(|_| {
            queue.push(Class::Log, frame(600));
        });
        assert_eq!(queue.dropped_logs, 8);
        (0..answers).for_each(|_| {
            queue.push(Class::Answer, numbered(7, 1));
        });
        let left = texts(&mut queue);
        assert!(left.len() == 3 + answers && left[2].contains('8'), "{left:?}");
        assert!(queue.is_empty());
    }
}

#[test]
fn progress_is_coalesced_where_the_peer_is_behind_and_comes_before_the_answer() {
    let mut queue = Queue::new(LIMIT);
    let progress = Class::Progress(CallKey::FIRST);
    (0..3).for_each(|n| {
        queue.push(progress, numbered(n, 1));
    });
    queue.push(Class::Answer, frame(BEHIND));
    (3..6).for_each(|n| {
        queue.push(progress, numbered(n, n));
    });
    queue.push(Class::Answer, numbered(9, 1));
    let left = texts(&mut queue);
    let (waiting, large) = (left[..3].to_vec(), left[3].len());
    assert_eq!((waiting, large), (vec!["0".to_owned(), "1".to_owned(), "2".to_owned()], BEHIND));
    assert_eq!(left[4..], ["5", "9"]);
    assert_eq!((queue.bytes, queue.waiting, queue.said), (0, 0, 0));
}

/// Says a number, in so many bytes.
fn say(queue: &mut Queue, class: Class, n: usize, bytes: usize) {
    queue.write(class, bytes, &|out| out.extend_from_slice(format!("{n:>bytes$}").as_bytes()));
}

#[test]
fn what_calls_say_shares_a_buffer_and_comes_in_its_order_among_other_frames() {
    let mut queue = Queue::new(LIMIT);
    let progress = Class::Progress(CallKey::FIRST);
    say(&mut queue, progress, 1, 10);
    queue.push(Class::Answer, numbered(2, 1));
    say(&mut queue, Class::Log, 3, 10);
    queue.push(Class::Notice, numbered(4, 1));
    say(&mut queue, Class::Log, 5, 2 * SMALL);
    say(&mut queue, progress, 6, 10);
    assert_eq!(queue.bytes(), 6 * OVERHEAD + 32 + 2 * SMALL);
    let mut frames = Frames::default();
    queue.take(&mut frames);
    assert!(frames.written().len() == 30, "a long message has a buffer of its own");
    let mut lines = Vec::new();
    while frames.pop_into(&mut lines) {
        lines.push(b' ');
    }
    let numbers: Vec<_> = str::from_utf8(&lines).expect("digits").split_whitespace().collect();
    assert_eq!((numbers, frames.bytes(), frames.written()), (vec!["1", "2", "3", "4", "5", "6"], 0, &b""[..]));
}

#[test]
fn what_calls_say_waits_within_the_same_limits_and_a_burst_keeps_no_memory() {
    let mut queue = Queue::new(LIMIT);
    let progress = Class::Progress(CallKey::FIRST);
    for n in 0..100_000 {
        say(&mut queue, if n % 2 == 0 { progress } else { Class::Log }, n, 100);
    }
    assert!(queue.said < LIMIT + 1000 && queue.dropped_logs > 40_000, "{} {}", queue.said, queue.dropped_logs);
    let mut frames = Frames::default();
    queue.take(&mut frames);
    assert!(frames.written().len() < BEHIND, "what may go again has buffers of its own");
    let all: Vec<_> = std::iter::from_fn(|| frames.pop()).collect();
    let texts: Vec<_> = all.iter().map(|frame| String::from_utf8_lossy(frame).trim().to_owned()).collect();
    assert_eq!(texts[..3], ["0", "1", "2"]);
    assert!(texts.contains(&"99998".to_owned()), "the last report arrives");
    assert!(texts.last().is_some_and(|last| last.contains("were dropped")), "{:?}", texts.last());
    say(&mut queue, progress, 7, 100);
    queue.take(&mut frames);
    assert_eq!(frames.pop().as_deref(), Some(format!("{:>100}", 7).as_bytes()));
    assert!(frames.kept() <= 16 * 1024 && queue.frames.kept() <= 16 * 1024, "{}", frames.kept());
}

#[test]
#[cfg(feature = "http")]
fn what_is_forgotten_before_it_was_sent_waits_no_more() {
    let mut queue = behind();
    let progress = Class::Progress(CallKey::FIRST);
    queue.push(progress, frame(10));
    queue.push(Class::Notice, numbered(1, 1));
    for place in 1..=3 {
        assert_eq!(queue.forget_oldest(), Some(place));
    }
    assert_eq!((queue.bytes, queue.waiting, queue.said, queue.len()), (0, 0, 0, 0));
    queue.push(Class::Answer, frame(BEHIND));
    queue.push(progress, numbered(2, 1));
    queue.push(Class::Notice, numbered(1, 1));
    assert_eq!(texts(&mut queue)[1..], ["2", "1"]);
}

#[test]
#[cfg(feature = "http")]
fn frames_that_were_sent_are_kept_by_their_places_and_notices_that_had_to_go_leave_no_trace() {
    let mut queue = Queue::new(10_000);
    queue.push(Class::Answer, numbered(1000, 4));
    for n in 0..100 {
        queue.push(Class::Notice, numbered(n, 1000));
    }
    let numbers = |queue: &Queue, after| {
        let text = |frame: &[u8]| String::from_utf8_lossy(frame).trim().to_owned();
        queue.after(after).map(|(place, frame)| (place, text(frame))).collect::<Vec<_>>()
    };
    let all = numbers(&queue, 0);
    assert!(all.len() == queue.len() && all.len() < 15, "{all:?}");
    assert_eq!((&all[0], &all[all.len() - 1]), (&(1, "1000".to_owned()), &(101, "99".to_owned())));
    queue.all_sent();
    assert_eq!((queue.sent(), queue.slots.len()), (101, all.len()));
    assert_eq!(numbers(&queue, 0), all);
    assert_eq!(numbers(&queue, 100), all[all.len() - 1..]);
    assert_eq!((queue.waiting(), queue.is_empty(), queue.bytes() > 0), (0, true, true));
}
