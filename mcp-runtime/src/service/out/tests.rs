//! What waits for a peer is charged.

use super::*;

fn out() -> (Arc<Budget>, Out) {
    let budget = Budget::new(1 << 30);
    let out = Out::new(&budget, 256 * 1024);
    (budget, out)
}

fn answers(bytes: usize) -> Frames {
    let mut frames = Frames::default();
    frames.push(vec![b'x'; bytes].into());
    frames
}

/// A charge for so many bytes in one frame.
fn is_about(charged: usize, bytes: usize) -> bool {
    (bytes..bytes + 200).contains(&charged)
}

#[test]
fn what_waits_and_what_is_being_written_is_charged() {
    let (budget, out) = out();
    out.send(Class::Log, vec![b'x'; 100].into());
    assert_eq!(budget.used(), 0, "small frames are not");
    for _ in 0..3 {
        out.acknowledge(vec![b'x'; 200_000]);
    }
    assert!(budget.used() > 600_000, "{}", budget.used());
    let mut taken = Frames::default();
    assert!(out.take(&mut taken));
    assert_eq!(budget.used(), 600_100, "it is being written");
    out.push(&mut answers(100_000));
    out.written();
    assert!(is_about(budget.used(), 100_000), "{}", budget.used());
    drop(out);
    assert_eq!(budget.used(), 0);
}

#[test]
#[cfg(feature = "stdio")]
fn what_is_written_at_once_is_charged_and_what_waits_for_another_write() {
    let (budget, out) = out();
    let mut frames = answers(100_000);
    assert!(out.push_and_take(&mut frames) && frames.bytes() == 100_000);
    assert_eq!(budget.used(), 100_000, "it is being written");
    assert!(!out.push_and_take(&mut answers(50_000)));
    assert!(is_about(budget.used(), 150_000), "it waits: {}", budget.used());
    out.written();
    assert!(is_about(budget.used(), 50_000), "{}", budget.used());
}

#[test]
fn progress_that_takes_the_place_of_older_is_charged_alone() {
    let (budget, out) = out();
    out.acknowledge(vec![b'x'; 300_000]);
    let before = budget.used();
    for bytes in [50_000, 20_000] {
        out.send(Class::Progress(mcp_proto::engine::CallKey::FIRST), vec![b'x'; bytes].into());
    }
    assert!(is_about(budget.used(), before + 20_000), "{}", budget.used());
}

#[test]
#[cfg(feature = "streams")]
fn it_is_quiet_while_nothing_waits_and_nobody_writes() {
    let (_, out) = out();
    assert!(out.is_quiet(), "at first");
    let take = || out.take(&mut Frames::default());
    let ways: [(&str, &dyn Fn()); 5] = [
        ("said by a call", &|| out.send(Class::Log, vec![b'x'; 10].into())),
        ("written by a call", &|| out.say(Class::Log, 10, &|bytes| bytes.push(b'x'))),
        ("an answer", &|| out.push(&mut answers(10))),
        ("the first answer", &|| out.push_first(&mut answers(10))),
        ("an answer behind it", &|| assert!(!out.push_and_take(&mut answers(10)), "it is written by who writes")),
    ];
    for (what, say) in &ways[..4] {
        say();
        assert!(!out.is_quiet(), "{what} waits");
        assert!(take() && !out.is_quiet(), "{what} is being written");
        out.written();
        assert!(out.is_quiet(), "{what} was written");
    }
    for begin in [&|| out.begun(&answers(10)), &|| assert!(out.push_and_take(&mut answers(10)))] as [&dyn Fn(); 2] {
        begin();
        assert!(!out.is_quiet(), "it is being written");
        ways[4].1();
        out.written();
        assert!(!out.is_quiet(), "the other one waits");
        assert!(take());
        out.written();
        assert!(out.is_quiet(), "all was written");
    }
}
