//! Both sides of a connection as machines, joined by two queues of frames whose deliveries interleave in any order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use mcp_proto::Version;
use mcp_proto::engine::{Admitted, CallKey, Event, Extras, Greeting, Hello, Peer, Token};
use mcp_proto::era::Seal;
use mcp_proto::wire::ResultWriter;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Something that one of the sides does, or a frame that arrives.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The client calls, and wants to hear how far it is.
    Call {
        progress: bool,
    },
    /// The client gives up on one of its calls.
    GiveUp(usize),
    /// The client answers one of the server's questions.
    Reply(usize),
    /// The server answers one of the calls.
    Answer(usize),
    /// The server tells how far one of the calls is.
    Progress(usize),
    /// The server asks.
    Ask(usize),
    /// The server takes one of its questions back.
    Withdraw(usize),
    ToServer,
    ToClient,
}

/// What the server may ask for in a session, and what the client declares.
const QUESTIONS: [&str; 4] = ["ping", "sampling/createMessage", "elicitation/create", "roots/list"];

fn step() -> impl Strategy<Value = Step> {
    let which = || 0..8_usize;
    prop_oneof![
        3 => any::<bool>().prop_map(|progress| Step::Call { progress }),
        1 => which().prop_map(Step::GiveUp),
        2 => which().prop_map(Step::Reply),
        3 => which().prop_map(Step::Answer),
        2 => which().prop_map(Step::Progress),
        2 => which().prop_map(Step::Ask),
        1 => which().prop_map(Step::Withdraw),
        4 => Just(Step::ToServer),
        4 => Just(Step::ToClient),
    ]
}

fn hello() -> Arc<Hello> {
    Arc::new(Hello::new(r#"{"name":"client","version":"1"}"#, r#"{"sampling":{},"elicitation":{},"roots":{}}"#))
}

/// What a side knows of what it has asked for: how often each was answered, and what was given up.
#[derive(Default)]
struct Asked {
    answers: BTreeMap<String, usize>,
    given_up: BTreeSet<String>,
}

impl Asked {
    fn answered(&mut self, token: Token) {
        *self.answers.get_mut(&format!("{token:?}")).expect("only what was asked is answered") += 1;
    }
}

struct World {
    client: Peer,
    server: Peer,
    to_server: VecDeque<Vec<u8>>,
    to_client: VecDeque<Vec<u8>>,
    /// What the client waits for, oldest first.
    calls: Vec<Token>,
    questions: Vec<Token>,
    of_client: Asked,
    of_server: Asked,
    /// What each side is to answer.
    serving: Vec<Admitted>,
    asked: Vec<Admitted>,
    /// How often each call's progress was told, and heard.
    told: BTreeMap<String, usize>,
    heard: BTreeMap<String, usize>,
    version: Version,
}

impl World {
    fn new(version: Version) -> Self {
        let greeting =
            Greeting::new(|_| r#""capabilities":{},"serverInfo":{"name":"server","version":"1"}"#.to_owned());
        let mut world = Self {
            client: Peer::client(hello()),
            server: Peer::server(Arc::new(greeting)),
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            calls: Vec::new(),
            questions: Vec::new(),
            of_client: Asked::default(),
            of_server: Asked::default(),
            serving: Vec::new(),
            asked: Vec::new(),
            told: BTreeMap::new(),
            heard: BTreeMap::new(),
            version,
        };
        world.open();
        world
    }

    fn open(&mut self) {
        if self.version.is_stateless() {
            self.client.discover();
            self.server.handle_frame(self.client.poll_transmit().expect("server/discover"));
            let Some(Event::Call(call)) = self.server.poll_event() else { panic!("a call") };
            assert_eq!(call.request.method.as_str(), "server/discover");
            let mut result = ResultWriter::new(&call.request.id);
            result.members(r#""supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}"#);
            self.server.respond(call.key, result.finish(&Seal::stateless(r#"{"name":"server"}"#)));
        } else {
            self.client.initialize(self.version);
            self.server.handle_frame(self.client.poll_transmit().expect("initialize"));
            assert!(matches!(self.server.poll_event(), Some(Event::Opened(..))));
        }
        self.client.handle_frame(self.server.poll_transmit().expect("an answer"));
        let Some(Event::Agreed(agreement)) = self.client.poll_event() else { panic!("an agreement") };
        assert_eq!(agreement.version(), self.version);
        assert!(agreement.server_info().expect("a name").contains("server"));
        self.transmit();
        if !self.version.is_stateless() {
            self.deliver(Step::ToServer);
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Call { progress } => {
                let extras = Extras { progress, ..Extras::default() };
                let token = self.client.send("tools/call", extras, |request| request.members(r#""name":"x""#));
                let token = token.expect("there is room");
                self.calls.push(token);
                self.of_client.answers.insert(format!("{token:?}"), 0);
            }
            Step::GiveUp(at) => {
                if let Some(token) = remove(&mut self.calls, at) {
                    self.client.cancel(token);
                    self.of_client.given_up.insert(format!("{token:?}"));
                }
            }
            Step::Reply(at) => {
                if let Some(asked) = remove(&mut self.asked, at) {
                    self.client.respond(asked.key, ResultWriter::new(&asked.request.id).finish(&Seal::stateful()));
                }
            }
            Step::Answer(at) => {
                if let Some(call) = remove(&mut self.serving, at) {
                    self.server.respond(call.key, ResultWriter::new(&call.request.id).finish(&Seal::stateful()));
                }
            }
            Step::Progress(at) => {
                let Some(call) = self.serving.get(at) else { return };
                let Some(token) = call.request.progress_token() else { return };
                *self.told.entry(token.to_owned()).or_default() += 1;
                let params = format!(r#"{{"progressToken":{token},"progress":1}}"#);
                self.server.notify("notifications/progress", Some(&params));
            }
            Step::Ask(which) if !self.version.is_stateless() => {
                let token = self.server.request(QUESTIONS[which % QUESTIONS.len()], Some("{}"));
                self.questions.push(token);
                self.of_server.answers.insert(format!("{token:?}"), 0);
            }
            Step::Ask(_) => {}
            Step::Withdraw(at) => {
                if let Some(token) = remove(&mut self.questions, at) {
                    self.server.cancel(token);
                    self.of_server.given_up.insert(format!("{token:?}"));
                }
            }
            Step::ToServer | Step::ToClient => self.deliver(step),
        }
        self.transmit();
    }

    fn transmit(&mut self) {
        self.to_server.extend(std::iter::from_fn(|| self.client.poll_transmit()));
        self.to_client.extend(std::iter::from_fn(|| self.server.poll_transmit()));
    }

    fn deliver(&mut self, step: Step) {
        if matches!(step, Step::ToServer) {
            let Some(frame) = self.to_server.pop_front() else { return };
            self.server.handle_frame(frame);
            while let Some(event) = self.server.poll_event() {
                match event {
                    Event::Call(call) => self.serving.push(call),
                    Event::Cancelled { key, .. } => drop(take(&mut self.serving, key)),
                    Event::Answered(token, response) => {
                        response.outcome().expect("all that is asked for was declared");
                        self.questions.retain(|question| *question != token);
                        self.of_server.answered(token);
                    }
                    Event::Ready => {}
                    other => panic!("{other:?}"),
                }
            }
        } else {
            let Some(frame) = self.to_client.pop_front() else { return };
            let id = serde_json::from_slice::<Value>(&frame).ok().and_then(|frame| frame["id"].as_i64());
            self.client.handle_frame(frame);
            while let Some(event) = self.client.poll_event() {
                match event {
                    Event::Call(asked) => self.asked.push(asked),
                    Event::Cancelled { key, .. } => drop(take(&mut self.asked, key)),
                    Event::Answered(token, _) => {
                        self.calls.retain(|call| *call != token);
                        self.of_client.answered(token);
                    }
                    Event::Progress(_, told) => {
                        let told: Value = told.params().expect("an object");
                        *self.heard.entry(told["progressToken"].to_string()).or_default() += 1;
                    }
                    // Of calls that were given up meanwhile.
                    Event::Stray(_) | Event::Notified(_) => {
                        assert!(!self.of_client.given_up.is_empty(), "{id:?} was not given up");
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    /// Everything is answered and delivered.
    fn finish(&mut self) {
        while !(self.serving.is_empty()
            && self.asked.is_empty()
            && self.to_server.is_empty()
            && self.to_client.is_empty())
        {
            for step in [Step::Answer(0), Step::Reply(0), Step::ToServer, Step::ToClient] {
                self.take(step);
            }
        }
    }
}

fn remove<T>(from: &mut Vec<T>, at: usize) -> Option<T> {
    (at < from.len()).then(|| from.remove(at))
}

fn take(from: &mut Vec<Admitted>, key: CallKey) -> Admitted {
    let at = from.iter().position(|call| call.key == key);
    from.remove(at.expect("only what is served is cancelled"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_asked_is_answered_once_unless_it_is_given_up(steps in vec(step(), 0..80), version in 0..5_usize) {
        let mut world = World::new(Version::ALL[version]);
        for step in steps {
            world.take(step);
        }
        world.finish();
        prop_assert!(world.calls.is_empty() && world.questions.is_empty());
        prop_assert_eq!((world.client.calls(), world.server.calls()), (0, 0));
        for asked in [&world.of_client, &world.of_server] {
            for (token, answers) in &asked.answers {
                prop_assert_eq!(*answers, usize::from(!asked.given_up.contains(token)), "{}", token);
            }
        }
        for (token, heard) in &world.heard {
            prop_assert!(*heard <= world.told[token], "{} heard, {} told", heard, world.told[token]);
        }
        if world.of_client.given_up.is_empty() {
            prop_assert_eq!(world.heard, world.told);
        }
    }
}

fn client_of(version: Version) -> Peer {
    World::new(version).client
}

fn sent(peer: &mut Peer) -> Vec<Value> {
    let frames = std::iter::from_fn(|| peer.poll_transmit());
    frames.map(|frame| serde_json::from_slice(&frame).expect("JSON")).collect()
}

#[test]
fn a_client_refuses_what_it_has_not_declared_and_everything_of_a_stateless_server() {
    let ask = |method: &str| json!({ "jsonrpc": "2.0", "id": "q", "method": method, "params": {} }).to_string();
    let mut silent = Peer::client(Arc::default());
    silent.handle_frame(ask("ping"));
    assert!(matches!(silent.poll_event(), Some(Event::Call(_))), "before the handshake too");
    silent.handle_frame(ask("sampling/createMessage"));
    assert_eq!(sent(&mut silent)[0]["error"]["code"], -32601);
    for (version, code) in [(Version::V2025_11_25, Value::Null), (Version::V2026_07_28, json!(-32601))] {
        let mut client = client_of(version);
        client.handle_frame(ask("elicitation/create"));
        let refused = sent(&mut client).first().map_or(Value::Null, |sent| sent["error"]["code"].clone());
        assert_eq!(refused, code, "{version}");
    }
}

#[test]
fn a_server_of_sessions_alone_makes_a_client_fall_back() {
    let mut client = Peer::client(hello());
    client.discover();
    let id = sent(&mut client)[0]["id"].clone();
    let error = json!({ "code": -32022, "message": "no", "data": { "supported": ["2025-06-18", "1999-01-01"] } });
    client.handle_frame(json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string());
    let Some(Event::Disagreed(why)) = client.poll_event() else { panic!("no agreement") };
    assert_eq!((why.supported, &*why.why), (vec![Version::V2025_06_18], "no"));
    assert!(client.agreement().is_none());
    client.initialize(Version::V2025_06_18);
    let id = sent(&mut client)[0]["id"].clone();
    let result = json!({ "protocolVersion": "2025-03-26", "capabilities": {}, "serverInfo": { "name": "s" } });
    client.handle_frame(json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string());
    assert!(matches!(client.poll_event(), Some(Event::Agreed(with)) if with.version() == Version::V2025_03_26));
    assert_eq!(sent(&mut client)[0]["method"], "notifications/initialized");
}

#[test]
fn the_handshake_is_never_cancelled_and_a_late_answer_to_it_is_ignored() {
    let mut client = Peer::client(hello());
    let discover = client.discover().expect("a client");
    let id = sent(&mut client)[0]["id"].clone();
    client.cancel(discover);
    client.initialize(Version::V2025_11_25);
    assert_eq!(sent(&mut client)[0]["method"], "initialize", "nothing was cancelled");
    let late = json!({ "jsonrpc": "2.0", "id": id, "result": { "supportedVersions": ["2026-07-28"] } }).to_string();
    client.handle_frame(late.clone());
    assert!(client.poll_event().is_none(), "it may have been on its way");
    client.handle_frame(late);
    assert!(matches!(client.poll_event(), Some(Event::Stray(_))), "a second one cannot");
    assert!(client.agreement().is_none());
}

#[test]
fn a_late_answer_to_a_request_that_was_cancelled_is_ignored_once() {
    let mut client = client_of(Version::V2025_11_25);
    let tokens: Vec<_> = (0..3).map(|_| client.send("tools/list", Extras::default(), |_| ()).expect("room")).collect();
    let ids: Vec<_> = sent(&mut client).iter().map(|request| request["id"].clone()).collect();
    tokens.iter().for_each(|token| client.cancel(*token));
    for id in [&ids[1], &ids[0], &ids[2]] {
        let answer = json!({ "jsonrpc": "2.0", "id": id, "result": {} }).to_string();
        client.handle_frame(answer.clone());
        assert!(client.poll_event().is_none(), "{id}");
        client.handle_frame(answer);
        assert!(matches!(client.poll_event(), Some(Event::Stray(_))), "{id}");
    }
}

#[test]
fn garbage_and_answers_to_nothing_are_told_and_the_connection_lives() {
    let mut client = client_of(Version::V2025_11_25);
    for (frame, is_stray) in
        [("{", false), ("[]", false), ("17", false), (r#"{"jsonrpc":"2.0","id":99,"result":{}}"#, true)]
    {
        client.handle_frame(frame);
        match client.poll_event() {
            Some(Event::Stray(_)) => assert!(is_stray, "{frame}"),
            Some(Event::Unreadable(_)) => assert!(!is_stray, "{frame}"),
            other => panic!("{frame}: {other:?}"),
        }
        assert!(sent(&mut client).is_empty(), "a client answers no garbage: {frame}");
    }
    let token = client.send("ping", Extras::default(), |_| ()).expect("there is room");
    let id = sent(&mut client)[0]["id"].clone();
    client.handle_frame(json!({ "jsonrpc": "2.0", "id": id, "result": {} }).to_string());
    assert!(matches!(client.poll_event(), Some(Event::Answered(answered, _)) if answered == token));
    client.handle_frame(json!({ "jsonrpc": "2.0", "id": id, "result": {} }).to_string());
    assert!(matches!(client.poll_event(), Some(Event::Stray(_))), "a second answer");
}

#[test]
fn batches_of_a_server_of_2025_03_26_are_taken_in_and_answered_together() {
    let ping = |id: i64| json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
    let mut client = client_of(Version::V2025_03_26);
    client.handle_frame(json!([ping(1), ping(2)]).to_string());
    for _ in 0..2 {
        let Some(Event::Call(call)) = client.poll_event() else { panic!("a call") };
        client.respond(call.key, ResultWriter::new(&call.request.id).finish(&Seal::stateful()));
    }
    assert_eq!(sent(&mut client)[0].as_array().map(Vec::len), Some(2));
    let mut client = client_of(Version::V2025_11_25);
    client.handle_frame(json!([ping(1)]).to_string());
    assert!(matches!(client.poll_event(), Some(Event::Unreadable(_))));
}

#[test]
fn requests_that_wait_are_bounded() {
    let mut limits = mcp_proto::engine::Limits::default();
    limits.requests = 2;
    let mut client = Peer::client(hello()).with_limits(limits);
    let mut send = || client.send("ping", Extras::default(), |_| ());
    let tokens = [send(), send(), send()];
    assert_eq!(tokens.map(|token| token.is_some()), [true, true, false]);
    client.cancel(tokens[0].expect("it was sent"));
    assert!(client.send("ping", Extras::default(), |_| ()).is_some(), "there is room again");
}
