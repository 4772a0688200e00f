//! A line of the audit log.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::Value;

use crate::call::{AuthMethod, Decided, Principal, Ruled};
use crate::gate::ring::{Call, Outcome};
use crate::gate::{Seen, shown};
use crate::output::FORBIDDEN;
use crate::toml::write_moment;

/// The most that is recorded of a reason.
const REASON_BYTES: usize = 512;

/// What is recorded of a request, but for what the writer adds: the number, and the digest of the line before.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line<'a> {
    time: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<Told>,
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
}

/// What is recorded of the arguments.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Told {
    Digest { sha256: String, bytes: usize },
    Text(String),
}

impl Told {
    pub(super) fn digest(json: &str) -> Self {
        Self::Digest { sha256: hex(json.as_bytes()), bytes: json.len() }
    }
}

impl<'a> Line<'a> {
    /// Whether a request is recorded by default: what calls a function, and whatever is refused.
    pub(super) fn matters(seen: &Seen<'_>) -> bool {
        let is_quiet = |method: &str| {
            matches!(
                method,
                "initialize"
                    | "ping"
                    | "server/discover"
                    | "tools/list"
                    | "prompts/list"
                    | "resources/list"
                    | "resources/templates/list"
                    | "resources/subscribe"
                    | "resources/unsubscribe"
                    | "subscriptions/listen"
                    | "logging/setLevel"
            )
        };
        match seen.outcome {
            Outcome::Error(_) | Outcome::Status(400..) => true,
            _ => !seen.method.is_some_and(is_quiet),
        }
    }

    /// A request is over.
    pub(super) fn end(seen: &'a Seen<'_>, arguments: Option<Told>) -> Self {
        let decision = match (seen.ruled, seen.outcome) {
            (Ruled::Denied, _) | (_, Outcome::Error(FORBIDDEN) | Outcome::Status(401 | 403)) => "denied",
            (Ruled::Refused, _) => "refused",
            (Ruled::Allowed, _) => "allowed",
        };
        let message =
            |error: &str| Some(cut(serde_json::from_str::<Value>(error).ok()?["message"].as_str()?).to_owned());
        let (consent, reason) = match &seen.consent {
            Some(Decided::Denied(why)) => (Some("denied"), Some(cut(&format!("consent: {why}")).to_owned())),
            Some(Decided::Allowed(how)) => (Some(*how), seen.error.and_then(message)),
            None => (None, seen.error.and_then(message)),
        };
        let who = Self::of(&seen.facts.principal, "end");
        Self {
            method: seen.method,
            target: seen.name.map(Cow::Borrowed),
            arguments,
            decision,
            reason,
            consent,
            outcome: Some(seen.outcome.to_string()),
            duration_ms: Some((seen.duration.as_secs_f64() * 1e6).round() / 1e3),
            bytes: Some(seen.bytes),
            address: seen.facts.address,
            ..who
        }
    }

    /// A call that has been allowed begins.
    pub(super) fn begin(call: &'a Call, arguments: Option<Told>) -> Self {
        Self {
            method: Some(call.method()),
            target: Some(shown(call.target())),
            arguments,
            address: call.ctx().inner().caller.facts.address,
            ..Self::of(call.ctx().principal(), "begin")
        }
    }

    fn of(principal: &'a Principal, event: &'static str) -> Self {
        Self {
            time: now(),
            event,
            issuer: principal.issuer(),
            subject: principal.subject(),
            client: principal.client(),
            via: principal.method().map(via),
            address: None,
            method: None,
            target: None,
            arguments: None,
            decision: "allowed",
            reason: None,
            consent: None,
            outcome: None,
            duration_ms: None,
            bytes: None,
        }
    }

    /// Its members: the rest of an object.
    pub(super) fn to_json(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        json.strip_prefix('{').map(str::to_owned).unwrap_or(json)
    }
}

/// As much of a reason as a line should have.
fn cut(reason: &str) -> &str {
    let end = (0..=REASON_BYTES.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end));
    &reason[..end.unwrap_or_default()]
}

fn via(method: AuthMethod) -> &'static str {
    match method {
        AuthMethod::ApiKey => "api-key",
        AuthMethod::Jwt => "jwt",
        AuthMethod::Introspection => "introspection",
        AuthMethod::Certificate => "certificate",
        AuthMethod::Unix => "unix",
        AuthMethod::Environment => "environment",
        AuthMethod::Other(name) => name,
    }
}

/// The number of a line, which comes first.
pub(super) fn number(line: &str) -> Option<u64> {
    line.strip_prefix(r#"{"seq":"#)?.split(',').next()?.parse().ok()
}

/// The digest of bytes, in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// This moment, to the millisecond.
fn now() -> String {
    let now = SystemTime::now();
    let millis = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_millis());
    let seconds = write_moment(now);
    format!("{}.{millis:03}Z", seconds.trim_end_matches('Z'))
}
