//! The scripts of `tests/transcripts` that ask, played by the client's own handlers: what the server asks is answered as the
//! script says, in every revision, and the result is what the script expects.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use mcp_runtime::Version;
use mcp_runtime::client::{Client, ClientError, ClientHandler, ElicitationReply, SamplingReply};
use mcp_tests::process::PATIENCE;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::servers::{WAYS, Way, connect};
use script::{Action, Case, Expected, Message, Step, read};

#[path = "../player/pattern.rs"]
mod pattern;
#[allow(dead_code)] // Of the scripts' words these need some.
#[path = "../player/script.rs"]
mod script;

const FILES: [&str; 3] = [
    include_str!("../transcripts/asking.txt"),
    include_str!("../transcripts/elicitation.txt"),
    include_str!("../transcripts/sampling.txt"),
];

/// A request, how its questions are answered, and what comes of it.
struct Play {
    message: Message,
    answers: VecDeque<Asked>,
    expected: (&'static str, Value),
}

/// A question, and its answer.
struct Asked {
    key: String,
    params: Value,
    result: Value,
}

/// How the questions of each tool are known, where a script says so once.
type Known = HashMap<(Value, String), Value>;

fn known(cases: &[Case]) -> Known {
    let mut known = Known::new();
    for case in cases {
        let mut whose = Value::Null;
        for Step { action, .. } in &case.steps {
            match action {
                Action::Say(message) => whose = message.params.get("name").cloned().unwrap_or_default(),
                Action::Ask(question) if question.params.is_object() => {
                    // Not the form, which differs by revision.
                    // Asked again, it says behind its message what was wrong.
                    let message = question.params.get("message").and_then(Value::as_str).unwrap_or_default();
                    let message = json!({ "message": format!("{}…", message.trim_end_matches('…')) });
                    known.entry((whose.clone(), question.key.clone())).or_insert(message);
                }
                _ => {}
            }
        }
    }
    known
}

/// The requests of a case, if a client can play all of it: one at a time, with each question answered once as it is asked.
fn plays(case: &Case, version: Version, known: &Known) -> Option<Vec<Play>> {
    let mut plays = Vec::new();
    let mut steps = case.steps.iter().filter(|step| step.only.contains(&version));
    while let Some(Step { action, .. }) = steps.next() {
        let Action::Say(message) = action else { return None };
        if message.id.is_some() || message.method.starts_with("notifications/") {
            return None;
        }
        let (mut open, mut answers): (Vec<(String, Value)>, _) = (Vec::new(), VecDeque::new());
        let expected = loop {
            match &steps.next()?.action {
                Action::Ask(question) => {
                    let whose = message.params.get("name").cloned().unwrap_or_default();
                    let known = known.get(&(whose, question.key.clone())).filter(|_| !question.params.is_object());
                    open.push((question.key.clone(), known.unwrap_or(&question.params).clone()));
                }
                Action::Answer(answer) => {
                    let place = open.iter().position(|(key, _)| *key == answer.key)?;
                    let (key, params) = open.remove(place);
                    answers.push_back(Asked { key, params, result: answer.result.clone() });
                }
                Action::Expect(Expected::Answer { id: None, outcome }) if open.is_empty() => break outcome.clone(),
                _ => return None,
            }
        };
        plays.push(Play { message: message.clone(), answers, expected });
    }
    Some(plays)
}

type Waiting = Arc<Mutex<VecDeque<Asked>>>;

/// The answer to a question: the first that is like it.
fn answer(waiting: &Waiting, params: &Value) -> Value {
    let mut waiting = waiting.lock().expect("no panic");
    let is_like = |asked: &Asked| {
        // What handlers are not shown, because it differs by revision.
        let mut pattern = asked.params.clone();
        for hidden in ["mode", "elicitationId", "(exact)"] {
            pattern.as_object_mut().map(|pattern| pattern.remove(hidden));
        }
        pattern::check(&pattern, params, &mut HashMap::new()).is_ok()
    };
    let place = waiting.iter().position(is_like).unwrap_or_else(|| panic!("nobody expects {params}"));
    let asked = waiting.remove(place).expect("it is there");
    assert!(!asked.key.is_empty());
    asked.result
}

fn elicited(result: &Value) -> ElicitationReply {
    match result["action"].as_str() {
        Some("accept") => ElicitationReply::accept(result["content"].clone()),
        Some("decline") => ElicitationReply::decline(),
        _ => ElicitationReply::cancel(),
    }
}

/// What the client of a case can do.
fn handler(case: &Case, waiting: &Waiting) -> ClientHandler {
    let mut handler = ClientHandler::new();
    if let Some(elicitation) = case.capabilities.get("elicitation") {
        let answers = Arc::clone(waiting);
        handler = handler.on_form(move |form| {
            let params = json!({"message": form.message(), "requestedSchema": form.schema()});
            let reply = elicited(&answer(&answers, &params));
            async move { reply }
        });
        if elicitation.get("url").is_some() {
            let answers = Arc::clone(waiting);
            handler = handler.on_page(move |page| {
                let params = json!({"message": page.message, "url": page.url});
                let reply = elicited(&answer(&answers, &params));
                async move { reply }
            });
        }
    }
    if let Some(sampling) = case.capabilities.get("sampling") {
        let answers = Arc::clone(waiting);
        let sample = move |request: mcp_runtime::client::SamplingRequest| {
            let params: Value = serde_json::from_str(request.json()).expect("JSON");
            let reply = SamplingReply::json(answer(&answers, &params));
            async move { Ok(reply) }
        };
        handler = match sampling.get("tools") {
            Some(_) => handler.on_sampling_with_tools(sample),
            None => handler.on_sampling(sample),
        };
    }
    handler
}

/// Whether the handlers can give these answers as they stand.
fn is_natural(play: &Play) -> bool {
    play.answers.iter().all(|asked| match asked.result.get("action") {
        Some(action) => {
            let is_known = matches!(action.as_str(), Some("accept" | "decline" | "cancel"));
            is_known && asked.result.get("content").is_none_or(|content| !content.is_null())
        }
        None => asked.result.get("role").is_some(),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_that_ask_are_played_by_handlers_in_every_revision() {
    let mut played = HashMap::new();
    let cases: Vec<Case> = FILES.iter().flat_map(|text| read(text).expect("a script")).collect();
    let known = known(&cases);
    for case in cases {
        for version in case.revisions.iter().copied().filter(|_| case.handshake) {
            let Some(plays) = plays(&case, version, &known).filter(|plays| plays.iter().all(is_natural)) else {
                continue;
            };
            if plays.iter().all(|play| play.answers.is_empty()) {
                continue;
            }
            // Where the way makes no difference, one in turn is enough.
            let way = WAYS[played.values().sum::<usize>() % WAYS.len()];
            play(&case, version, way, plays).await;
            *played.entry(version).or_default() += 1;
        }
    }
    // A script that nobody can play any more is not missed silently.
    for version in [Version::V2025_06_18, Version::V2025_11_25, Version::V2026_07_28] {
        assert!(played.get(&version).is_some_and(|count| *count >= 10), "{played:?}");
    }
}

async fn play(case: &Case, version: Version, way: Way, plays: Vec<Play>) {
    let waiting = Waiting::default();
    let builder = Client::builder().handler(handler(case, &waiting));
    let client = connect(builder, way, Some(version), &case.server).await;
    for Play { message, answers, expected: (kind, expected) } in plays {
        let at = format!("{:?} in {version}, {way:?}: {}", case.title, message.method);
        *waiting.lock().expect("no panic") = answers;
        let request = client.request::<Value>(&message.method, &message.params);
        let outcome = match timeout(PATIENCE, request).await.unwrap_or_else(|_| panic!("{at}: no answer")) {
            Ok(result) => ("result", result),
            Err(ClientError::Rpc(error)) => ("error", json!({"code": error.code(), "message": error.message()})),
            Err(error) => panic!("{at}: {error}"),
        };
        assert_eq!(outcome.0, kind, "{at}: {}", outcome.1);
        pattern::check(&expected, &outcome.1, &mut HashMap::new())
            .unwrap_or_else(|why| panic!("{at}: {why}: {}", outcome.1));
        assert!(waiting.lock().expect("no panic").is_empty(), "{at}: not all was asked");
    }
}
