//! Playing a case.

use std::collections::{HashMap, HashSet};

use mcp_proto::Version;
use serde_json::{Map, Value, json};

use super::body::{Body, Frame};
use super::pattern::{self, Memory};
use super::script::{Action, Answer, Case, Expected, Message, Question};
use super::{questions, rules};

/// Plays a case in one of its revisions.
///
/// # Errors
/// The first line at which it goes wrong, and how.
pub fn play(case: &Case, version: Version, body: &mut dyn Body) -> Result<(), String> {
    let mut player = Player::new(case, version, body);
    if case.handshake && !version.is_stateless() {
        player.handshake().map_err(|why| format!("the handshake: {why}"))?;
    }
    let steps: Vec<_> = case.steps.iter().filter(|step| step.only.contains(&version)).collect();
    let mut closed = false;
    let mut at = 0;
    while let Some(step) = steps.get(at) {
        let actions = steps[at..].iter().map(|step| &step.action);
        let (taken, done) = match &step.action {
            Action::Say(message) => (1, player.say(message)),
            Action::Send(text) => (1, player.send(&player.filled_in(text))),
            Action::Expect(expected) => (1, player.expect(&[expected])),
            Action::ExpectUnordered(_) => {
                let expected: Vec<_> = actions.map_while(Action::unordered).collect();
                (expected.len(), player.expect(&expected))
            }
            Action::Ask(_) => {
                let questions: Vec<_> = actions.map_while(Action::question).collect();
                (questions.len(), player.be_asked(&questions))
            }
            Action::Answer(_) => {
                let answers: Vec<_> = actions.map_while(Action::answer).collect();
                (answers.len(), player.answer(&answers))
            }
            Action::Quiet => (1, player.quiet()),
            Action::Close => {
                closed = true;
                player.body.close();
                (1, Ok(()))
            }
        };
        done.map_err(|why| format!("line {}: {why}", step.line))?;
        at += taken;
    }
    if !closed {
        player.quiet().map_err(|why| format!("at the end: {why}"))?;
        player.body.close();
    }
    let more = player.held.pop().map(|(_, frame)| frame.to_string());
    match more.or_else(|| player.body.receive().map(|frame| frame.text.unwrap_or_else(|why| why))) {
        None => Ok(()),
        Some(more) => Err(format!("after the end: {more}")),
    }
}

struct Player<'a> {
    version: Version,
    body: &'a mut dyn Body,
    memory: Memory,
    /// The last id that was counted up.
    counted: i64,
    /// The request sent last.
    last: Sent,
    /// The request that was answered with questions last, or that asks them.
    asking: Option<Sent>,
    /// What the client declares that it can do.
    capabilities: Map<String, Value>,
    /// The revision of the session, once there is one.
    session: Option<Version>,
    /// What was asked under each id: the method, and the revision it was asked in.
    asked: HashMap<String, Vec<(String, Option<Version>)>>,
    /// The ids of the server's own requests, in JSON.
    theirs: HashSet<String>,
    /// What came before its turn, each with its stream.
    held: Vec<(u64, Value)>,
}

/// A request that was sent.
#[derive(Clone, Default)]
struct Sent {
    id: Value,
    /// What it was put together from, where it was.
    message: Option<Message>,
}

impl<'a> Player<'a> {
    fn new(case: &Case, version: Version, body: &'a mut dyn Body) -> Self {
        Self {
            version,
            body,
            memory: Memory::from([("version".to_owned(), version.as_str().into())]),
            counted: 0,
            last: Sent::default(),
            asking: None,
            capabilities: case.capabilities.clone(),
            session: None,
            asked: HashMap::new(),
            theirs: HashSet::new(),
            held: Vec::new(),
        }
    }

    fn handshake(&mut self) -> Result<(), String> {
        let params = json!({
            "protocolVersion": self.version.as_str(),
            "capabilities": self.capabilities,
            "clientInfo": { "name": "transcript", "version": "1" },
        });
        let request = json!({ "jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": params });
        self.send(&request.to_string())?;
        let answer = json!({ "id": "hello", "result": { "protocolVersion": "$version" } });
        self.expect(&[&Expected::Whole(answer)])?;
        self.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
    }

    fn say(&mut self, message: &Message) -> Result<(), String> {
        let mut frame = Map::from_iter([("jsonrpc".to_owned(), "2.0".into())]);
        if !message.method.starts_with("notifications/") {
            let id = message.id.clone().unwrap_or_else(|| {
                self.counted += 1;
                self.counted.into()
            });
            frame.insert("id".to_owned(), id);
        }
        frame.insert("method".to_owned(), message.method.as_str().into());
        let mut params = message.params.clone();
        if self.version.is_stateless() {
            let meta = params.entry("_meta").or_insert_with(|| json!({}));
            if let Value::Object(members) = meta {
                members.extend(stateless_meta(&self.capabilities));
            }
        }
        if !params.is_empty() {
            frame.insert("params".to_owned(), params.into());
        }
        self.send(&self.filled_in(&Value::Object(frame).to_string()))?;
        if !message.method.starts_with("notifications/") {
            self.last.message = Some(message.clone());
        }
        Ok(())
    }

    /// The text with what was remembered in the place of `"$name"`, and the same with a letter changed in that of `"$name~"`.
    fn filled_in(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.memory {
            text = text.replace(&format!("\"${name}\""), &value.to_string());
            text = text.replace(&format!("\"${name}~\""), &changed(value).to_string());
        }
        text
    }

    fn send(&mut self, frame: &str) -> Result<(), String> {
        let frames = match serde_json::from_str(frame) {
            Ok(Value::Array(frames)) => frames,
            Ok(frame) => vec![frame],
            // What is no JSON is answered without an id.
            Err(_) => vec![json!({ "id": null })],
        };
        for frame in &frames {
            let is_response = frame.get("method").is_none() && (frame.get("result").or(frame.get("error"))).is_some();
            if let Some(id) = frame.get("id").filter(|_| !is_response) {
                let stateless = &frame["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"];
                let method = frame["method"].as_str().unwrap_or_default().to_owned();
                let version = stateless.as_str().and_then(Version::parse);
                self.asked.entry(id.to_string()).or_default().push((method, version));
                self.last = Sent { id: id.clone(), message: None };
            }
        }
        self.body.send(frame);
        Ok(())
    }

    fn receive(&mut self) -> Result<(u64, Value), String> {
        let frame = self.body.receive().ok_or("the connection has ended")?;
        self.read(frame)
    }

    fn read(&mut self, Frame { stream, text }: Frame) -> Result<(u64, Value), String> {
        let text = text?;
        let frame: Value = serde_json::from_str(&text).map_err(|error| format!("no JSON: {error}: {text}"))?;
        let parts = match &frame {
            Value::Array(parts) => &parts[..],
            one => std::slice::from_ref(one),
        };
        for part in parts {
            self.hold_to_rules(part).map_err(|why| format!("breaks a rule: {why}: {part}"))?;
        }
        Ok((stream, frame))
    }

    fn hold_to_rules(&mut self, frame: &Value) -> Result<(), String> {
        let id = frame.get("id").unwrap_or(&Value::Null).to_string();
        let asked = self.asked.get(&id).cloned().unwrap_or_else(|| vec![(String::new(), None)]);
        if asked.iter().any(|(method, _)| method == "initialize") {
            let agreed = frame["result"]["protocolVersion"].as_str().and_then(Version::parse);
            self.session = agreed.or(self.session);
        }
        // Before there is a session, a client of the stateful era is answered as in its newest revision.
        let stateless = self.version.is_stateless();
        let otherwise = if stateless { Version::LATEST } else { Version::LATEST_STATEFUL };
        let otherwise = self.session.unwrap_or(otherwise);
        questions::declared(frame, &self.capabilities)?;
        if frame.get("method").is_some() && frame.get("id").is_some() && !self.theirs.insert(id) {
            return Err("its id was used before".into());
        }
        // An id that was used for two things may answer either.
        let held = asked.iter().map(|(method, version)| rules::check(frame, method, version.unwrap_or(otherwise)));
        held.reduce(Result::or).unwrap_or(Ok(()))
    }

    /// Waits for some frames, in whatever order they come.
    fn expect(&mut self, expected: &[&Expected]) -> Result<(), String> {
        let mut open = expected.to_vec();
        while !open.is_empty() {
            if self.take_one(&mut open) {
                continue;
            }
            let frame = match self.held.first().cloned() {
                None => self.receive()?,
                // Frames of other streams may come before it. Where there are none, it is the one that is wrong.
                Some((_, frame)) => match self.body.receive_beside() {
                    Some(more) => self.read(more)?,
                    None => return Err(self.misfit(&open, &frame)),
                },
            };
            self.held.push(frame);
        }
        Ok(())
    }

    /// Takes a frame that is expected out of those that have come: one that no other of its stream goes before.
    fn take_one(&mut self, open: &mut Vec<&Expected>) -> bool {
        for at in 0..self.held.len() {
            let (stream, frame) = self.held[at].clone();
            if self.held[..at].iter().any(|(earlier, _)| *earlier == stream) {
                continue;
            }
            if let Some(fit) = open.iter().position(|expected| self.fits(expected, &frame).is_ok()) {
                open.remove(fit);
                self.held.remove(at);
                return true;
            }
        }
        false
    }

    fn misfit(&mut self, open: &[&Expected], frame: &Value) -> String {
        match open {
            [expected] => {
                let why = self.fits(expected, frame).err().unwrap_or_default();
                format!("{why}\n  in {frame}")
            }
            _ => format!("not expected: {frame}"),
        }
    }

    fn fits(&mut self, expected: &Expected, frame: &Value) -> Result<(), String> {
        let pattern = match expected {
            Expected::Whole(pattern) => pattern.clone(),
            Expected::Answer { id, outcome: (member, pattern) } => {
                let id = id.clone().unwrap_or_else(|| self.last.id.clone());
                json!({ "id": id, *member: pattern })
            }
            Expected::Notification(method, params) => {
                json!({ "method": method, "params": params, "id": "(absent)" })
            }
        };
        let mut memory = self.memory.clone();
        pattern::check(&pattern, frame, &mut memory)?;
        self.memory = memory;
        Ok(())
    }

    /// Waits for questions: requests of the server's own in a session; without one, the answer to the last request.
    fn be_asked(&mut self, questions: &[&Question]) -> Result<(), String> {
        self.asking = Some(self.last.clone());
        if self.version.is_stateless() {
            let request = |question: &&Question| {
                let Question { key, method, params } = *question;
                (key.clone(), json!({ "(exact)": true, "method": method, "params": params }))
            };
            let mut requests: Map<_, _> = questions.iter().map(request).collect();
            requests.insert("(exact)".to_owned(), true.into());
            self.memory.remove("state");
            let result = json!({ "resultType": "input_required", "inputRequests": requests, "requestState": "$state" });
            return self.expect(&[&Expected::Answer { id: None, outcome: ("result", result) }]);
        }
        let mut requests = Vec::new();
        for Question { key, method, params } in questions {
            // Asked again, it is another request.
            self.memory.remove(key);
            let id = format!("${key}");
            requests.push(Expected::Whole(json!({ "id": id, "method": method, "params": params })));
        }
        self.expect(&requests.iter().collect::<Vec<_>>())
    }

    /// Answers questions: each with a response in a session; without one, with the request that was answered with them, once
    /// more.
    fn answer(&mut self, answers: &[&Answer]) -> Result<(), String> {
        let asking = self.asking.clone().ok_or("nothing was asked")?;
        if self.version.is_stateless() {
            let mut again = asking.message.ok_or("only what was put together can be said again")?;
            let responses: Map<_, _> =
                answers.iter().map(|answer| (answer.key.clone(), answer.result.clone())).collect();
            again.id = None;
            again.params.insert("inputResponses".to_owned(), responses.into());
            again.params.insert("requestState".to_owned(), "$state".into());
            return self.say(&again);
        }
        for Answer { key, result } in answers {
            let id = self.memory.get(key).ok_or_else(|| format!("`{key}` was not asked"))?;
            self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string())?;
        }
        self.last = asking;
        Ok(())
    }

    /// Asks for what nobody serves, and sees that the answer comes next. No time passes.
    fn quiet(&mut self) -> Result<(), String> {
        if let Some((_, frame)) = self.held.first() {
            return Err(format!("expected nothing, got {frame}"));
        }
        let last = self.last.clone();
        let id = Value::from("is it quiet?");
        let nobody = Message { method: "nobody/serves".to_owned(), id: Some(id.clone()), params: Map::new() };
        self.say(&nobody)?;
        let (_, frame) = self.receive()?;
        self.last = last;
        if frame["id"] == id && frame["error"].is_object() {
            return Ok(());
        }
        Err(format!("expected nothing, got {frame}"))
    }
}

/// A text with the letter in its middle changed to another.
fn changed(value: &Value) -> Value {
    let mut letters: Vec<char> = value.as_str().unwrap_or_default().chars().collect();
    let middle = letters.len() / 2;
    if let Some(letter) = letters.get_mut(middle) {
        *letter = if *letter == 'A' { 'B' } else { 'A' };
    }
    letters.into_iter().collect::<String>().into()
}

fn stateless_meta(capabilities: &Map<String, Value>) -> Map<String, Value> {
    let key = |name: &str| format!("io.modelcontextprotocol/{name}");
    Map::from_iter([
        (key("protocolVersion"), Version::LATEST.as_str().into()),
        (key("clientInfo"), json!({ "name": "transcript", "version": "1" })),
        (key("clientCapabilities"), capabilities.clone().into()),
    ])
}
