//! Failures in words that tell a model what to do next.

use hyper::Method;
use hyper::header::LOCATION;
use mcp_runtime::prelude::*;
use serde_json::Value;

use crate::connection::{Answer, BYTES, Failure};
use crate::key::Key;
use crate::retry::retry_after;

/// The most characters of what the API says of a failure.
const SAID: usize = 1000;

/// The answer, if it is one that tools can use.
///
/// # Errors
/// What went wrong, and whose turn it is: the model's, the operator's, or the API's. It never has the key, even if the API sends it back.
pub fn explain(sent: Result<Answer, Failure>, method: &Method, key: &Key) -> Result<Answer> {
    let answer = match sent {
        Ok(answer) => answer,
        Err(failure) => {
            let (why, advised) = match failure {
                Failure::Lost(why) => (format!("the API cannot be reached: {why}"), ""),
                Failure::TooLong => (format!("the answer has more than {BYTES} bytes"), ": ask for less"),
            };
            return Err(Error::new(why + advice(method, advised)));
        }
    };
    let said = said(&answer.body, key);
    let with = |text: &str| if said.is_empty() { text.to_owned() } else { format!("{text}: {said}") };
    let why = match answer.status {
        200..=299 | 304 => return Ok(answer),
        404 | 410 if method == Method::DELETE => return Ok(answer),
        404 | 410 => return Err(Error::not_found().with_message(with("the API has no such thing"))),
        300..=399 => {
            // What stands behind `?` may be a secret of the API.
            let to = answer.headers.get(LOCATION).and_then(|to| to.to_str().ok()?.split(['?', '#']).next());
            let to = to.map_or_else(String::new, |to| format!(" to {:?}", short(&key.hide(to))));
            format!("the API redirects{to}, where the key is not sent: the operator has to correct the URL of the API")
        }
        401 => with("the API does not take the key: the operator has to set API_KEY"),
        403 => with("the key may not do that"),
        409 | 412 => with("the API has something else by now: read it again"),
        400 | 422 => with("the API does not accept the values"),
        429 => {
            let when =
                retry_after(&answer.headers).map_or(60, |pause| pause.as_secs() + u64::from(pause.subsec_nanos() > 0));
            with(&format!("too many requests: try again in {when} seconds"))
        }
        500..=599 if method.is_idempotent() => with("the API has failed: try again later"),
        500..=599 => with("the API has failed, and may have made the change: look before you try again"),
        status => with(&format!("the API answers {status}")),
    };
    Err(Error::new(why))
}

/// What the model should do after a request that has no answer: what is `usual` if the request may be sent twice.
pub fn advice(method: &Method, usual: &'static str) -> &'static str {
    let unknown = ". Whether the change was made is not known: look before you try again";
    if method.is_idempotent() { usual } else { unknown }
}

/// What is said of an answer that is not what the API promises. What it has instead is told, without the key.
pub fn malformed(why: &serde_json::Error, key: &Key) -> Error {
    Error::new(format!("the API answers something else than it should: {}", short(&key.hide(&why.to_string()))))
}

/// What the API says of a failure: the texts of a problem (RFC 9457), or plain text. Never the key, nor HTML.
fn said(body: &[u8], key: &Key) -> String {
    let text = match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => {
            let texts = ["title", "detail", "message", "error", "errors"].iter().filter_map(|name| members.get(*name));
            let texts = texts.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            texts.collect::<Vec<_>>().join("; ")
        }
        Ok(Value::String(text)) => text,
        Ok(_) => String::new(),
        Err(_) => std::str::from_utf8(body).unwrap_or_default().to_owned(),
    };
    let text = text.trim().replace(|c: char| c.is_control(), " ");
    if text.starts_with('<') {
        return String::new();
    }
    short(&key.hide(&text))
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SAID) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
