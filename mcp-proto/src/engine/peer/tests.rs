//! Two sides, or one side and raw frames; no I/O.

use super::*;
use crate::Version;
use crate::era::Seal;
use crate::wire::ResultWriter;

fn sent(peer: &mut Peer) -> Vec<String> {
    let frames = std::iter::from_fn(|| peer.poll_transmit());
    frames.map(|frame| String::from_utf8(frame).expect("UTF-8")).collect()
}

fn calls(peer: &mut Peer) -> Vec<Admitted> {
    let mut calls = Vec::new();
    while let Some(event) = peer.poll_event() {
        if let Event::Call(call) = event {
            calls.push(call);
        }
    }
    calls
}

fn open(version: &str) -> Peer {
    let mut peer = Peer::default();
    let params = format!(r#"{{"protocolVersion":"{version}","capabilities":{{}}}}"#);
    peer.handle_frame(format!(r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{params}}}"#));
    assert!(sent(&mut peer)[0].contains(version), "the version asked for is agreed on");
    peer
}

fn answer(peer: &mut Peer, call: &Admitted) {
    let reply = ResultWriter::new(&call.request.id).finish(&Seal::stateful());
    peer.respond(call.key, reply);
}

#[test]
fn every_stateful_revision_is_agreed_on_and_unknown_ones_get_the_newest() {
    for version in Version::ALL.into_iter().filter(|version| !version.is_stateless()) {
        open(version.as_str());
    }
    let mut peer = Peer::default();
    let params = r#"{"protocolVersion":"1999-01-01","capabilities":{}}"#;
    peer.handle_frame(format!(r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{params}}}"#));
    assert!(sent(&mut peer)[0].contains("2025-11-25"));
}

#[test]
fn a_call_and_its_answer_are_given_back_at_once_and_overtake_nothing() {
    let ping = |id| decode(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#));
    let reply = |call: &Admitted| ResultWriter::new(&call.request.id).finish(&Seal::stateful());
    let mut peer = open("2025-11-25");
    calls(&mut peer);
    let call = peer.admit(ping(1)).expect("nothing waits");
    assert!(peer.poll_event().is_none() && peer.has(call.key));
    assert!(peer.answer(call.key, reply(&call)).is_some() && peer.poll_transmit().is_none() && !peer.has(call.key));
    // An event that waits comes first.
    peer.handle(ping(2));
    assert!(peer.admit(ping(3)).is_none());
    let [second, third] = calls(&mut peer).try_into().expect("two calls");
    assert_eq!((second.request.id.clone(), third.request.id.clone()), (Id::Number(2), Id::Number(3)));
    // So does a frame, whether a call comes after it or an answer.
    peer.respond(second.key, reply(&second));
    assert!(peer.admit(ping(4)).is_none() && peer.answer(third.key, reply(&third)).is_none());
    let order: Vec<_> = sent(&mut peer).iter().map(|frame| frame.contains("\"id\":2")).collect();
    assert_eq!(order, [true, false]);
    assert_eq!(calls(&mut peer).len(), 1);
    // What is no call is handled as ever.
    assert!(peer.admit(decode(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)).is_none());
    assert!(matches!(peer.poll_event(), Some(Event::Ready)));
}

#[test]
fn an_id_in_flight_is_refused_and_free_again_after_the_answer() {
    let mut peer = open("2025-11-25");
    let frame = r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#;
    peer.handle_frame(frame);
    peer.handle_frame(frame);
    let first = calls(&mut peer);
    assert_eq!(first.len(), 1);
    assert!(sent(&mut peer)[0].contains("-32600"));
    answer(&mut peer, &first[0]);
    peer.handle_frame(frame);
    assert_eq!(calls(&mut peer).len(), 1);
}

#[test]
fn a_cancelled_call_is_not_answered() {
    let mut peer = open("2025-11-25");
    peer.handle_frame(r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"slow"}}"#);
    let call = calls(&mut peer).remove(0);
    peer.handle_frame(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#);
    assert!(matches!(peer.poll_event(), Some(Event::Cancelled { key, .. }) if key == call.key));
    answer(&mut peer, &call);
    assert!(sent(&mut peer).is_empty());
}

#[test]
fn a_batch_is_answered_in_one_array_when_its_last_call_is() {
    let mut peer = open("2025-03-26");
    let ping = |id| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
    peer.handle_frame(format!("[{},{},7]", ping(1), ping(2)));
    let both = calls(&mut peer);
    answer(&mut peer, &both[1]);
    assert!(sent(&mut peer).is_empty());
    answer(&mut peer, &both[0]);
    let frames = sent(&mut peer);
    assert_eq!(frames.len(), 1);
    assert!(frames[0].starts_with('[') && frames[0].contains(r#""id":1"#) && frames[0].contains("-32600"));
}

#[test]
fn a_batch_elsewhere_is_refused_once() {
    for version in ["2024-11-05", "2025-06-18", "2025-11-25"] {
        let mut peer = open(version);
        peer.handle_frame(r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#);
        assert!(sent(&mut peer)[0].contains("-32600"), "{version}");
        assert!(calls(&mut peer).is_empty(), "{version}");
    }
}

#[test]
fn a_broken_line_has_a_null_id_only_where_the_revision_wants_one() {
    let broken = |mut peer: Peer| {
        peer.handle_frame("{nonsense");
        sent(&mut peer).remove(0)
    };
    assert!(broken(open("2025-06-18")).contains(r#""id":null"#));
    for peer in [open("2025-11-25"), Peer::default()] {
        let answer = broken(peer);
        assert!(answer.contains("-32700") && !answer.contains(r#""id""#), "{answer}");
    }
}

#[test]
fn both_eras_are_served_on_one_connection() {
    let mut peer = open("2025-06-18");
    peer.handle_frame(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    let meta = concat!(
        r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
        r#""io.modelcontextprotocol/clientCapabilities":{}}"#
    );
    peer.handle_frame(format!(r#"{{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{{"_meta":{meta}}}}}"#));
    let versions: Vec<_> = calls(&mut peer).into_iter().map(|call| call.terms.version).collect();
    assert_eq!(versions, [Version::V2025_06_18, Version::V2026_07_28]);
}

#[test]
fn more_calls_than_allowed_are_refused_not_lost() {
    let mut peer = Peer::default().with_limits(Limits { calls: 1, ..Limits::default() });
    let params = r#"{"protocolVersion":"2025-11-25","capabilities":{}}"#;
    peer.handle_frame(format!(r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{params}}}"#));
    sent(&mut peer);
    for id in [1, 2] {
        peer.handle_frame(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/list"}}"#));
    }
    peer.handle_frame(r#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#);
    assert_eq!(calls(&mut peer).len(), 2, "a ping is served in any case");
    assert!(sent(&mut peer)[0].contains(r#""id":2"#));
}

#[test]
fn the_two_sides_understand_each_other() {
    let (mut client, mut server) = (Peer::default(), Peer::default());
    let token = client.request("ping", None);
    for frame in sent(&mut client) {
        server.handle_frame(frame);
    }
    let call = calls(&mut server).remove(0);
    answer(&mut server, &call);
    for frame in sent(&mut server) {
        client.handle_frame(frame);
    }
    assert!(matches!(client.poll_event(), Some(Event::Answered(given, _)) if given == token));
}

#[test]
fn an_answer_that_cannot_be_read_ends_the_question_and_is_not_answered_under_its_id() {
    for answer in [
        r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}"#,
        r#"{"jsonrpc":"2.0","id":1}"#,
        r#"{"jsonrpc":"2.0","id":1.0,"result":{},"error":{}}"#,
        r#"{"jsonrpc":"1.0","id":1,"result":{}}"#,
        r#"{"id":1,"error":{}}"#,
    ] {
        let mut peer = open("2025-11-25");
        let token = peer.request("roots/list", None);
        sent(&mut peer);
        peer.handle_frame(answer);
        let Some(Event::Opened(..)) = peer.poll_event() else { panic!("the session was opened") };
        let Some(Event::Answered(given, response)) = peer.poll_event() else { panic!("unanswered: {answer}") };
        assert_eq!(given, token);
        assert!(response.outcome().is_err_and(|error| error.contains("-32600")), "{answer}");
        let refusals = sent(&mut peer);
        assert!(refusals.iter().all(|refusal| !refusal.contains(r#""id""#)), "{refusals:?}");
    }
}

#[test]
fn an_answer_that_is_too_long_ends_the_question() {
    let mut peer = open("2025-11-25");
    let token = peer.request("roots/list", None);
    sent(&mut peer);
    let mut skimmed = Skimmer::default();
    skimmed.feed(br#"{"jsonrpc":"2.0","result":{"roots":[]},"id":1}"#);
    peer.handle_oversize(skimmed);
    let events: Vec<_> = std::iter::from_fn(|| peer.poll_event()).collect();
    assert!(
        matches!(&events[..], [Event::Opened(..), Event::Answered(given, _), Event::Refused(_)] if *given == token),
        "{events:?}"
    );
}

#[test]
fn a_call_is_cancelled_by_its_id_however_that_is_written() {
    for (id, cancelled) in [("1.0", "1.0"), ("1.0", "1"), ("1", "1e0")] {
        let mut peer = open("2025-11-25");
        peer.handle_frame(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call"}}"#));
        calls(&mut peer);
        let params = format!(r#"{{"requestId":{cancelled}}}"#);
        peer.handle_frame(format!(r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{params}}}"#));
        assert!(matches!(peer.poll_event(), Some(Event::Cancelled { .. })), "{id} by {cancelled}");
    }
}

#[test]
fn a_session_does_not_keep_the_room_that_a_batch_took() {
    let mut peer = open("2025-03-26");
    let messages = vec!["1"; 1000].join(",");
    peer.handle_frame(format!("[{messages}]"));
    let refused = std::iter::from_fn(|| peer.poll_event()).filter(|event| matches!(event, Event::Refused(_))).count();
    assert_eq!(refused, 1000);
    assert!(peer.events.capacity() <= FEW, "{}", peer.events.capacity());
}
