//! States and answers that no client should send: each is refused, ignored or asked for again, and the server lives.

use serde_json::{Value, json};

use super::caller::{Caller, Request, outcome, word};
use super::strangers::serve;

/// What is made of a state: the JSON of another.
type Change = fn(&str) -> String;

/// A JSON text of so many brackets, one in the other.
fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

/// A JSON text.
fn text(text: &str) -> String {
    Value::from(text).to_string()
}

/// As much of a text as a person would read.
fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

/// Answers that are none to a question for a word.
fn misfits() -> Vec<String> {
    let sampled = json!({ "role": "assistant", "model": "m", "content": { "type": "text", "text": "a" } });
    let accept = |content: Value| json!({ "action": "accept", "content": content });
    let wrong = [
        json!(null),
        json!(7),
        json!("a"),
        json!([]),
        json!({}),
        json!({ "action": "shrug", "content": { "word": "a" } }),
        json!({ "action": 1 }),
        json!({ "action": "accept" }),
        accept(json!(null)),
        accept(json!("a")),
        accept(json!({ "word": 7 })),
        accept(json!({ "word": null })),
        accept(json!({ "words": "a" })),
        json!({ "content": { "word": "a" } }),
        sampled,
        json!({ "roots": [{ "uri": "file:///" }] }),
        json!({ "result": word("a") }),
    ];
    let deep = nested(100_000);
    let deep = [
        deep.clone(),
        format!(r#"{{"action":{deep}}}"#),
        format!(r#"{{"action":"accept","content":{deep}}}"#),
        format!(r#"{{"action":"accept","content":{{"word":{deep}}}}}"#),
    ];
    wrong.iter().map(Value::to_string).chain(deep).collect()
}

#[tokio::test]
async fn answers_that_are_not_what_was_asked_for_are_asked_for_again() {
    let caller = Caller::new(serve().await);
    let request = Request::tool("both", &json!({}));
    let (a, b) = (word("a"), word("b"));
    let many: String = (0..10_000).map(|key| format!(r#""{key}":{a},"#)).collect();
    let deep = nested(1_000_000);
    let rows = [
        ("null", "asked left right"),
        ("true", "error -32602"),
        ("7", "error -32602"),
        (r#""left""#, "error -32602"),
        ("[]", "error -32602"),
        (&nested(1000), "error -32602"),
        ("{}", "asked left right"),
        (&format!(r#"[{{"left":{a},"right":{b}}}]"#), "error -32602"),
        (&format!(r#"{{"Left":{a},"right ":{b}}}"#), "asked left right"),
        (&format!(r#"{{"left":{a}}}"#), "asked right"),
        (&format!(r#"{{"right":{b}}}"#), "asked left"),
        (&format!(r#"{{"left":{a},"right":{b}}}"#), "said a b"),
        (&format!(r#"{{"\u006ceft":{a},"right":{b}}}"#), "said a b"),
        (&format!(r#"{{"left":{b},"right":{b},"left":{a}}}"#), "said a b"),
        (&format!(r#"{{{many}"left":{a},"right":{b}}}"#), "said a b"),
        (&format!(r#"{{{many}"left":{a}}}"#), "asked right"),
        (&format!(r#"{{"up":{deep},"left":{a},"right":{b}}}"#), "said a b"),
        (r#"{"left":{"action":"decline"}}"#, "asked right"),
        (&format!(r#"{{"left":{{"action":"decline"}},"right":{b}}}"#), "failed: the user declined to answer"),
        (&format!(r#"{{"left":{{"action":"cancel"}},"right":{b}}}"#), "failed: the user cancelled the question"),
    ];
    for (responses, expected) in rows {
        let asked = caller.send(&request).await;
        let outcome = caller.outcome(&request.after(&asked, responses)).await;
        assert_eq!(outcome, expected, "{}", shown(responses));
        // What the client knows without being asked is as good as what it was asked for.
        let outcome = caller.outcome(&request.with("inputResponses", responses)).await;
        assert_eq!(outcome, expected, "at first: {}", shown(responses));
    }
    for misfit in misfits() {
        let responses = format!(r#"{{"left":{a},"right":{misfit}}}"#);
        let asked = caller.send(&request).await;
        let outcome = caller.outcome(&request.after(&asked, &responses)).await;
        assert_eq!(outcome, "asked right", "{}", shown(&responses));
    }
}

#[tokio::test]
async fn what_nobody_asked_for_is_not_carried_along() {
    let caller = Caller::new(serve().await);
    let request = Request::tool("both", &json!({}));
    let asked = caller.send(&request).await;
    let many: String = (0..10_000).map(|key| format!(r#""{key}":{},"#, word("c"))).collect();
    let asked = caller.send(&request.after(&asked, format!(r#"{{{many}"left":{}}}"#, word("a")))).await;
    let state = asked["result"]["requestState"].as_str().expect("a state");
    assert!(state.len() < 1024, "{} bytes", state.len());
}

#[tokio::test]
async fn the_handler_is_told_of_an_answer_that_did_not_fit_three_times() {
    let caller = Caller::new(serve().await);
    let request = Request::tool("both", &json!({}));
    let fits = format!(r#"{{"left":{}}}"#, word("a"));
    for misfit in misfits() {
        let left = format!(r#"{{"left":{misfit}}}"#);
        let both = format!(r#"{{"left":{misfit},"right":{}}}"#, word("b"));
        let faults = "failed: the answer is not what was asked for: ";
        // It may come right at the last moment.
        for (last, expected) in [(&fits, "said a b"), (&left, faults)] {
            let mut answer = caller.send(&request).await;
            for responses in [&both, &left] {
                answer = caller.send(&request.after(&answer, responses)).await;
                assert_eq!(outcome(&answer), "asked left", "{}", shown(&misfit));
            }
            let told = caller.outcome(&request.after(&answer, last)).await;
            assert!(told.starts_with(expected), "{}: {told}", shown(&misfit));
        }
    }
}

#[tokio::test]
async fn a_state_that_was_never_given_out_is_refused() {
    let caller = Caller::new(serve().await);
    let request = Request::tool("both", &json!({}));
    let responses = json!({ "left": word("a"), "right": word("b") });
    let rows: [(Change, &str); 20] = [
        (text, "said a b"),
        // It is as if there were none.
        (|_| "null".to_owned(), "said a b"),
        (|_| text(""), "error -32602"),
        (|_| "7".to_owned(), "error -32602"),
        (|_| "true".to_owned(), "error -32602"),
        (|_| "{}".to_owned(), "error -32602"),
        (|state| format!("[{}]", text(state)), "error -32602"),
        (|state| format!(r#"{{"requestState":{}}}"#, text(state)), "error -32602"),
        (|_| nested(100_000), "error -32602"),
        (|state| text(&text(state)), "error -32602"),
        (|state| text(&format!(" {state}")), "error -32602"),
        (|state| text(&format!("{state}\n")), "error -32602"),
        (|state| text(&format!("{state}=")), "error -32602"),
        (|state| text(&format!("{state}\0")), "error -32602"),
        (|state| text(&state.repeat(2)), "error -32602"),
        (|state| text(&state.to_lowercase()), "error -32602"),
        (|state| text(&state.chars().rev().collect::<String>()), "error -32602"),
        (|state| text(&state.replace(|c: char| c.is_ascii_digit(), "\u{1F980}")), "error -32602"),
        (|_| text(&"A".repeat(3 << 20)), "error -32602"),
        (|state| text(&(state.to_owned() + &"A".repeat(3 << 20))), "error -32602"),
    ];
    for (change, expected) in rows {
        let asked = caller.send(&request).await;
        let state = change(asked["result"]["requestState"].as_str().expect("a state"));
        let sent = request.with("requestState", &state).with("inputResponses", &responses);
        assert_eq!(caller.outcome(&sent).await, expected, "{}", shown(&state));
    }
}
