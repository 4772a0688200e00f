//! Reading transcript files.

use std::ops::RangeInclusive;

use mcp_proto::Version;
use serde_json::{Map, Value};

/// A case: one connection, and what is said on it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows.
    pub title: String,
    /// The variant of the fixture server.
    pub server: String,
    /// The revisions it is played in.
    pub revisions: Vec<Version>,
    /// What it is played over, and in which revisions it may be.
    pub over: Vec<(Carrier, Vec<Version>)>,
    /// Whether the session is opened before it begins.
    pub handshake: bool,
    /// Whether it takes seconds: it is played where the feature `slow` is on.
    pub slow: bool,
    /// What the client declares that it can do.
    pub capabilities: Map<String, Value>,
    /// What is said.
    pub steps: Vec<Step>,
}

impl Case {
    /// The revisions it is played in over a carrier.
    pub fn revisions_over(&self, carrier: Carrier) -> impl Iterator<Item = Version> {
        let over = self.over.iter().filter(move |(named, _)| *named == carrier);
        over.flat_map(|(_, at)| self.revisions.iter().filter(|version| at.contains(version))).copied()
    }
}

/// What carries a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A connection inside the process.
    Memory,
    /// The standard streams of a process.
    Stdio,
    /// Streamable HTTP.
    Http,
}

/// A line of a case.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands, from 1.
    pub line: usize,
    /// The revisions that know it.
    pub only: Vec<Version>,
    /// What happens.
    pub action: Action,
}

/// What happens in a line.
#[derive(Clone, Debug)]
pub enum Action {
    /// A message to put together.
    Say(Message),
    /// Text to send as it stands.
    Send(String),
    /// A frame to come.
    Expect(Expected),
    /// One of several frames to come in any order.
    ExpectUnordered(Expected),
    /// One of several questions of the server's, asked at once.
    Ask(Question),
    /// One of several answers to them, given at once.
    Answer(Answer),
    /// Nothing was said.
    Quiet,
    /// The input ends.
    Close,
}

impl Action {
    /// The frame, if it is one of several to come in any order.
    pub(super) fn unordered(&self) -> Option<&Expected> {
        if let Self::ExpectUnordered(expected) = self { Some(expected) } else { None }
    }

    /// The question, if it is one.
    pub(super) fn question(&self) -> Option<&Question> {
        if let Self::Ask(question) = self { Some(question) } else { None }
    }

    /// The answer, if it is one.
    pub(super) fn answer(&self) -> Option<&Answer> {
        if let Self::Answer(answer) = self { Some(answer) } else { None }
    }
}

/// `METHOD id=… key=value`
#[derive(Clone, Debug)]
pub struct Message {
    /// The method.
    pub method: String,
    /// The id, where it is said.
    pub id: Option<Value>,
    /// The params.
    pub params: Map<String, Value>,
}

/// A frame, as it is expected.
#[derive(Clone, Debug)]
pub enum Expected {
    /// `{…}` or `[…]`
    Whole(Value),
    /// The answer to a request: the last one, or that of `id`.
    Answer {
        /// The id, where it is said.
        id: Option<Value>,
        /// The member `result` or `error`.
        outcome: (&'static str, Value),
    },
    /// A notification.
    Notification(String, Value),
}

/// A question of the server's, as it is expected: `KEY METHOD PATTERN`.
#[derive(Clone, Debug)]
pub struct Question {
    /// What it is called.
    pub key: String,
    /// The method of the request that it is.
    pub method: String,
    /// What its params are like.
    pub params: Value,
}

/// An answer of the client's: `KEY JSON`.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What the question is called.
    pub key: String,
    /// The result.
    pub result: Value,
}

/// Reads a file.
///
/// # Errors
/// The first line that cannot be read, and why.
pub fn read(text: &str) -> Result<Vec<Case>, String> {
    let mut common = Case {
        title: String::new(),
        server: String::new(),
        revisions: Version::ALL.to_vec(),
        over: [Carrier::Memory, Carrier::Stdio, Carrier::Http].map(|carrier| (carrier, Version::ALL.to_vec())).to_vec(),
        handshake: true,
        slow: false,
        capabilities: Map::new(),
        steps: Vec::new(),
    };
    let mut cases: Vec<Case> = Vec::new();
    for (line, text) in logical_lines(text) {
        let at = |why: String| format!("line {line}: {why}");
        if let Some(title) = text.strip_prefix("== ") {
            cases.push(Case { title: title.to_owned(), ..common.clone() });
        } else if text.starts_with(['>', '<', '!', '?', '=']) {
            let case = cases.last_mut().ok_or_else(|| at("a step before the first `== `".into()))?;
            case.steps.push(step(line, &text).map_err(at)?);
        } else {
            let case = cases.last_mut().unwrap_or(&mut common);
            setting(case, &text).map_err(at)?;
        }
    }
    Ok(cases)
}

/// Lines without comments, each joined with the indented ones that follow it.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match lines.last_mut().filter(|_| line.starts_with(' ')) {
            Some((_, begun)) => begun.push_str(line.trim_start()),
            None => lines.push((index + 1, repeat(line))),
        }
    }
    lines
}

/// `{{x*3}}` → `xxx`
fn repeat(line: &str) -> String {
    let Some((before, rest)) = line.split_once("{{") else { return line.to_owned() };
    let Some((inside, after)) = rest.split_once("}}") else { return line.to_owned() };
    let repeated = inside.rsplit_once('*').and_then(|(what, n)| Some(what.repeat(n.parse().ok()?)));
    match repeated {
        Some(repeated) => format!("{before}{repeated}{}", repeat(after)),
        None => format!("{before}{{{{{}", repeat(rest)),
    }
}

fn setting(case: &mut Case, text: &str) -> Result<(), String> {
    let (key, value) = text.split_once(':').ok_or("expected `key: value`")?;
    match (key, value.trim()) {
        ("revisions", value) => case.revisions = revisions(value)?,
        ("over", value) => case.over = value.split_whitespace().map(carrier).collect::<Result<_, _>>()?,
        ("server", value) => case.server = value.to_owned(),
        ("handshake", "off") => case.handshake = false,
        ("slow", "yes") => case.slow = true,
        ("capabilities", json) => case.capabilities = serde_json::from_str(json).map_err(|error| error.to_string())?,
        _ => return Err(format!("unknown setting `{text}`")),
    }
    Ok(())
}

fn step(line: usize, text: &str) -> Result<Step, String> {
    let marks = text.find([' ', '[']).unwrap_or(text.len());
    let (mark, rest) = text.split_at(marks);
    let (only, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((only, rest)) => (revisions(only)?, rest),
        None => (Version::ALL.to_vec(), rest),
    };
    let rest = rest.trim();
    let action = match (mark, rest) {
        (">", json) if json.starts_with(['{', '[']) => Action::Send(json.to_owned()),
        (">", words) => Action::Say(message(words)?),
        (">>", raw) => Action::Send(raw.to_owned()),
        ("<", frame) => Action::Expect(expected(frame)?),
        ("<*", frame) => Action::ExpectUnordered(expected(frame)?),
        ("?", words) => Action::Ask(question(words)?),
        ("=", words) => Action::Answer(answer(words)?),
        ("!", "quiet") => Action::Quiet,
        ("!", "close") => Action::Close,
        _ => return Err(format!("unknown line `{text}`")),
    };
    Ok(Step { line, only, action })
}

/// `2025-03-26`, `..2025-06-18`, `2025-11-25..`, several of them, or `stateful`.
fn revisions(text: &str) -> Result<Vec<Version>, String> {
    let mut all = Vec::new();
    for word in text.split_whitespace() {
        let range = range(word).ok_or_else(|| format!("no revisions: `{word}`"))?;
        all.extend(Version::ALL.into_iter().filter(|version| range.contains(version)));
    }
    Ok(all)
}

/// `http`, or `http[..2025-11-25]`: in these revisions only.
fn carrier(word: &str) -> Result<(Carrier, Vec<Version>), String> {
    let (name, at) = match word.strip_suffix(']').and_then(|word| word.split_once('[')) {
        Some((name, at)) => (name, revisions(at)?),
        None => (word, Version::ALL.to_vec()),
    };
    let carrier = match name {
        "memory" => Carrier::Memory,
        "stdio" => Carrier::Stdio,
        "http" => Carrier::Http,
        _ => return Err(format!("nothing to carry it: `{name}`")),
    };
    Ok((carrier, at))
}

fn range(word: &str) -> Option<RangeInclusive<Version>> {
    if word == "stateful" {
        return Some(Version::V2024_11_05..=Version::LATEST_STATEFUL);
    }
    match word.split_once("..") {
        None => Version::parse(word).map(|one| one..=one),
        Some(("", last)) => Some(Version::V2024_11_05..=Version::parse(last)?),
        Some((first, "")) => Some(Version::parse(first)?..=Version::LATEST),
        Some((first, last)) => Some(Version::parse(first)?..=Version::parse(last)?),
    }
}

fn message(words: &str) -> Result<Message, String> {
    let (method, mut rest) = words.split_once(' ').unwrap_or((words, ""));
    let mut message = Message { method: method.to_owned(), id: None, params: Map::new() };
    while !rest.trim_start().is_empty() {
        let (key, tail) = rest.trim_start().split_once('=').ok_or_else(|| format!("expected `key=…`: {rest}"))?;
        let (value, tail) = value(tail)?;
        if key == "id" {
            message.id = Some(value);
        } else {
            message.params.insert(key.to_owned(), value);
        }
        rest = tail;
    }
    Ok(message)
}

/// The JSON at the beginning of `text`, or a bare word, and what follows.
fn value(text: &str) -> Result<(Value, &str), String> {
    if text.starts_with(['{', '[', '"']) {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let value = values.next().ok_or("no value")?.map_err(|error| format!("{error}: {text}"))?;
        return Ok((value, &text[values.byte_offset()..]));
    }
    let end = text.find(' ').unwrap_or(text.len());
    let (word, tail) = text.split_at(end);
    Ok((serde_json::from_str(word).unwrap_or_else(|_| word.into()), tail))
}

fn question(words: &str) -> Result<Question, String> {
    let (key, rest) = words.split_once(' ').ok_or("expected `KEY METHOD`")?;
    let (method, params) = rest.split_once(' ').unwrap_or((rest, "\"(any)\""));
    let (params, _) = value(params.trim_start())?;
    Ok(Question { key: key.to_owned(), method: method.to_owned(), params })
}

fn answer(words: &str) -> Result<Answer, String> {
    let (key, result) = words.split_once(' ').ok_or("expected `KEY JSON`")?;
    let (result, _) = value(result.trim_start())?;
    Ok(Answer { key: key.to_owned(), result })
}

fn expected(text: &str) -> Result<Expected, String> {
    if text.starts_with(['{', '[']) {
        let (whole, _) = value(text)?;
        return Ok(Expected::Whole(whole));
    }
    let (id, text) = match text.strip_prefix("id=") {
        Some(rest) => value(rest).map(|(id, rest)| (Some(id), rest.trim_start()))?,
        None => (None, text),
    };
    let (kind, mut rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut next = |otherwise: Value| {
        if rest.trim().is_empty() {
            return Ok(otherwise);
        }
        let (value, tail) = value(rest.trim_start())?;
        rest = tail;
        Ok::<_, String>(value)
    };
    let anything = || Value::from("…");
    Ok(match kind {
        "result" => Expected::Answer { id, outcome: ("result", next(anything())?) },
        "error" => {
            let mut error = Map::new();
            error.insert("code".to_owned(), next(anything())?);
            error.insert("message".to_owned(), next(anything())?);
            error.insert("data".to_owned(), next("(any)".into())?);
            Expected::Answer { id, outcome: ("error", error.into()) }
        }
        method => Expected::Notification(method.to_owned(), next("(any)".into())?),
    })
}
