//! Any sequence of frames, answers and cancellations: `cargo fuzz run peer -s none`.
//!
//! Nothing panics; every frame that is sent is JSON; a call is answered at most once, and never after it was cancelled; what
//! waits is bounded by what came. The same bytes, and what the server's side sends, come to a client's side.

#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use mcp_proto::Version;
use mcp_proto::engine::{CallKey, Event, Extras, Hello, Peer, Token};
use mcp_proto::wire::{Id, Reply, RpcError};
use serde_json::{Value, json};

#[derive(Arbitrary, Debug)]
enum Step {
    /// Any bytes.
    Bytes(Vec<u8>),
    /// A request that can be served.
    Call { id: SmallId, stateless: bool },
    /// The session opens.
    Initialize { id: SmallId, revision: u8 },
    /// Several calls in one frame.
    Batch(Vec<SmallId>),
    /// The client gives up.
    Cancel(SmallId),
    /// The oldest call is answered, or the newest.
    Answer { newest: bool },
    /// We give up on a call.
    Abandon(SmallId),
    /// We ask.
    Ask,
    /// We give up asking.
    GiveUp,
    /// The client answers us.
    Answered { id: u8, fails: bool },
    /// A frame was too long.
    Oversize,
    /// The client's side does something.
    Client(Act),
}

#[derive(Arbitrary, Debug)]
enum Act {
    Initialize,
    Discover,
    Send { progress: bool },
    GiveUp,
    Answer,
}

/// Few enough to meet again.
#[derive(Arbitrary, Clone, Debug)]
enum SmallId {
    Number(u8),
    Text(u8),
}

impl SmallId {
    fn json(&self) -> Value {
        match self {
            Self::Number(n) => Value::from(n % 4),
            Self::Text(n) => Value::from((n % 4).to_string()),
        }
    }

    fn id(&self) -> Id {
        match self {
            Self::Number(n) => Id::Number(i64::from(n % 4)),
            Self::Text(n) => Id::String((n % 4).to_string().into()),
        }
    }
}

struct World {
    peer: Peer,
    client: Peer,
    /// What the client waits for, and what it is asked.
    sent: Vec<Token>,
    questions: BTreeMap<CallKey, Id>,
    /// Calls that are being served, oldest first.
    open: BTreeMap<CallKey, Id>,
    /// All there ever were.
    seen: BTreeSet<CallKey>,
    asked: Vec<Token>,
    /// Answers that may still come for an id: one for each message that bore it.
    owed: BTreeMap<String, usize>,
}

fuzz_target!(|steps: Vec<Step>| {
    let hello = Hello::new(r#"{"name":"c"}"#, r#"{"sampling":{},"elicitation":{},"roots":{}}"#);
    let mut world = World {
        peer: Peer::default(),
        client: Peer::client(hello.into()),
        sent: Vec::new(),
        questions: BTreeMap::new(),
        open: BTreeMap::new(),
        seen: BTreeSet::new(),
        asked: Vec::new(),
        owed: BTreeMap::new(),
    };
    for step in steps {
        world.take(step);
        world.settle();
    }
    while !world.open.is_empty() {
        world.answer(false);
        world.settle();
    }
    assert_eq!(world.peer.calls(), 0);
});

impl World {
    fn take(&mut self, step: Step) {
        match step {
            Step::Bytes(bytes) => {
                self.owe_whatever(&bytes);
                self.client.handle_frame(bytes.clone());
                self.peer.handle_frame(bytes);
            }
            Step::Call { id, stateless } => self.frame(&call(&id, stateless)),
            Step::Initialize { id, revision } => {
                let dates = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "never"];
                let date = dates[usize::from(revision) % dates.len()];
                self.frame(&json!({ "jsonrpc": "2.0", "id": id.json(), "method": "initialize",
                    "params": { "protocolVersion": date, "capabilities": {} } }));
            }
            Step::Batch(ids) => self.frame(&ids.iter().map(|id| call(id, false)).collect()),
            Step::Cancel(id) => self.frame(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled",
                "params": { "requestId": id.json() } })),
            Step::Answer { newest } => self.answer(newest),
            Step::Abandon(id) => {
                self.peer.abandon(&id.id());
                self.open.retain(|_, open| *open != id.id());
            }
            Step::Ask => self.asked.push(self.peer.request("ping", None)),
            Step::GiveUp => {
                if let Some(token) = self.asked.pop() {
                    self.peer.cancel(token);
                }
            }
            Step::Answered { id, fails } => {
                let member = if fails { "error" } else { "result" };
                self.frame(&json!({ "jsonrpc": "2.0", "id": id, member: {} }));
            }
            Step::Oversize => {
                self.peer.handle_oversize(Default::default());
                self.client.handle_oversize(Default::default());
            }
            Step::Client(act) => self.act(act),
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Initialize => drop(self.client.initialize(Version::V2025_03_26)),
            Act::Discover => drop(self.client.discover()),
            Act::Send { progress } => {
                let extras = Extras { progress, ..Extras::default() };
                self.sent.extend(self.client.send("tools/call", extras, |request| request.members(r#""name":"x""#)));
            }
            Act::GiveUp => {
                if let Some(token) = self.sent.pop() {
                    self.client.cancel(token);
                }
            }
            Act::Answer => {
                if let Some((key, id)) = self.questions.pop_first() {
                    self.client.respond(key, Reply::error(&id, &RpcError::internal()));
                }
            }
        }
    }

    /// What the client's side makes of what has come.
    fn settle_client(&mut self) {
        while let Some(event) = self.client.poll_event() {
            match event {
                Event::Call(call) => drop(self.questions.insert(call.key, call.request.id)),
                Event::Cancelled { key, .. } => assert!(self.questions.remove(&key).is_some(), "only what is open"),
                Event::Answered(token, _) => {
                    let sent = self.sent.iter().position(|sent| *sent == token);
                    self.sent.remove(sent.expect("only what was asked, and once"));
                }
                Event::Progress(token, _) => assert!(self.sent.contains(&token), "only of what is out"),
                _ => {}
            }
        }
        assert_eq!(self.client.calls(), self.questions.len());
        while let Some(frame) = self.client.poll_transmit() {
            assert!(!frame.contains(&b'\n'), "a frame is a line");
            serde_json::from_slice::<Value>(&frame).expect("frames are JSON");
        }
    }

    fn frame(&mut self, frame: &Value) {
        let messages = frame.as_array().cloned().unwrap_or_else(|| vec![frame.clone()]);
        for message in messages.iter().filter(|message| message.get("method").is_some()) {
            if let Some(id) = message.get("id") {
                *self.owed.entry(id.to_string()).or_default() += 1;
            }
        }
        self.peer.handle_frame(frame.to_string());
    }

    /// Whatever ids stand in bytes that nobody here made.
    fn owe_whatever(&mut self, bytes: &[u8]) {
        let Ok(json) = serde_json::from_slice::<Value>(bytes) else { return };
        let messages = json.as_array().cloned().unwrap_or_else(|| vec![json]);
        for id in messages.iter().filter_map(|message| message.get("id")) {
            *self.owed.entry(id.to_string()).or_default() += 1;
        }
    }

    fn answer(&mut self, newest: bool) {
        let next = if newest { self.open.pop_last() } else { self.open.pop_first() };
        if let Some((key, id)) = next {
            self.peer.respond(key, Reply::error(&id, &RpcError::internal()));
            // A second answer goes nowhere.
            self.peer.respond(key, Reply::error(&Id::Number(-1), &RpcError::internal()));
        }
    }

    fn settle(&mut self) {
        while let Some(event) = self.peer.poll_event() {
            match event {
                Event::Call(call) => {
                    assert!(self.seen.insert(call.key), "a key is never used twice");
                    let twice = self.open.values().any(|id| *id == call.request.id);
                    assert!(!twice, "an id is in flight once");
                    self.open.insert(call.key, call.request.id);
                }
                Event::Cancelled { key, .. } => assert!(self.open.remove(&key).is_some(), "only what is open"),
                Event::Answered(token, _) => {
                    let asked = self.asked.iter().position(|asked| *asked == token);
                    self.asked.remove(asked.expect("only what was asked"));
                }
                _ => {}
            }
        }
        assert_eq!(self.peer.calls(), self.open.len());
        while let Some(frame) = self.peer.poll_transmit() {
            assert!(!frame.contains(&b'\n'), "a frame is a line");
            let sent: Value = serde_json::from_slice(&frame).expect("frames are JSON");
            let messages = sent.as_array().cloned().unwrap_or_else(|| vec![sent]);
            messages.iter().for_each(|message| self.pay(message));
            self.client.handle_frame(frame);
        }
        self.settle_client();
    }

    fn pay(&mut self, message: &Value) {
        let Some(id) = message.get("id").filter(|id| !id.is_null() && message.get("method").is_none()) else {
            return;
        };
        let owed = self.owed.get_mut(&id.to_string()).expect("an answer to what was asked");
        *owed = owed.checked_sub(1).expect("one answer for each message");
    }
}

fn call(id: &SmallId, stateless: bool) -> Value {
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {} });
    let params = if stateless { json!({ "name": "x", "_meta": meta }) } else { json!({ "name": "x" }) };
    json!({ "jsonrpc": "2.0", "id": id.json(), "method": "tools/call", "params": params })
}
