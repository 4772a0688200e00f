//! Which calls have the same answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mcp_proto::wire::{items, members, write_str};

use crate::gate::ring::Call;

/// The longest key in bytes: calls with larger arguments are neither cached nor coalesced.
const LONGEST: usize = 64 * 1024;

/// How deep arguments may be nested.
const DEEPEST: usize = 64;

/// A part of the key that the program adds.
pub(super) type Vary = Arc<dyn Fn(&Call) -> String + Send + Sync>;

/// What makes keys.
#[derive(Clone, Default)]
pub(super) struct Keys {
    /// Whether callers share answers.
    pub(super) is_public: bool,
    pub(super) vary: Option<Vary>,
}

/// A name that was not given before. Two services with names of their own share no answers, even if they share a layer.
pub(super) fn fresh_place() -> Arc<str> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string().into()
}

impl Keys {
    /// The key of a call that only reads: method, revision, target, canonical arguments, and caller. `None` for other calls, and
    /// for those that bring answers to questions.
    pub(super) fn key(&self, place: &str, call: &Call) -> Option<Arc<str>> {
        let is_kept = matches!(call.method(), "tools/call" | "resources/read" | "prompts/get");
        // A user is asked about each call, or was: another call's answer is none to this one.
        if !is_kept || !call.is_read_only() || !call.is_first_round() || call.asks_consent() {
            return None;
        }
        let (ctx, arguments) = (call.ctx(), call.arguments_json());
        if arguments.len() > LONGEST {
            return None;
        }
        // With room for the usual, and for what `write_str` wants to have behind a text.
        let mut key = Vec::with_capacity(384 + arguments.len());
        key.extend_from_slice(place.as_bytes());
        for part in [" ", call.method(), " ", ctx.protocol().as_str(), " "] {
            key.extend_from_slice(part.as_bytes());
        }
        write_str(&mut key, call.target());
        if !self.is_public
            && let Some((issuer, subject)) = ctx.principal().identity()
        {
            write_str(&mut key, issuer.unwrap_or_default());
            write_str(&mut key, subject);
            all(&mut key, ctx.principal().scopes());
            all(&mut key, ctx.principal().roles());
        }
        key.push(b' ');
        canonical(&mut key, arguments, 0)?;
        if let Some(vary) = &self.vary {
            write_str(&mut key, &vary(call));
        }
        let key = String::from_utf8(key).ok()?;
        (key.len() <= LONGEST).then(|| key.into())
    }
}

/// Appends texts in an order of their own.
fn all<'a>(key: &mut Vec<u8>, texts: impl Iterator<Item = &'a str>) {
    let mut texts: Vec<&str> = texts.collect();
    texts.sort_unstable();
    key.push(b'[');
    texts.into_iter().for_each(|text| write_str(key, text));
    key.push(b']');
}

/// Appends JSON with its members sorted and its texts written in one way; numbers stay as they are. `None` if a member is there
/// twice, or if it is nested too deep.
fn canonical(out: &mut Vec<u8>, json: &str, depth: usize) -> Option<()> {
    let json = json.trim();
    let kind = json.bytes().next().filter(|_| depth <= DEEPEST)?;
    match kind {
        b'{' => {
            out.push(b'{');
            let start = out.len();
            // Where each member begins, its name ends, and it ends.
            let mut all: Vec<(usize, usize, usize)> = Vec::new();
            let is_whole = members(json, |name, member| {
                let begins = out.len();
                write_str(out, name);
                let named = out.len();
                let is_written = canonical(out, member.json(), depth + 1).is_some();
                all.push((begins, named, out.len()));
                is_written
            });
            if !is_whole {
                return None;
            }
            // They may be in order already.
            let name = |(begins, named, _): &(usize, usize, usize)| &out[*begins..*named];
            if !all.is_sorted_by(|one, next| name(one) < name(next)) {
                all.sort_unstable_by(|one, other| name(one).cmp(name(other)));
                if all.windows(2).any(|pair| name(&pair[0]) == name(&pair[1])) {
                    return None;
                }
                let sorted: Vec<u8> = all.iter().flat_map(|(begins, _, ends)| &out[*begins..*ends]).copied().collect();
                out.truncate(start);
                out.extend(sorted);
            }
            out.push(b'}');
        }
        b'[' => {
            out.push(b'[');
            for item in items(json)? {
                canonical(out, item.json(), depth + 1)?;
                out.push(b',');
            }
            out.push(b']');
        }
        // One without escapes is written so already.
        b'"' if !json.contains('\\') => out.extend_from_slice(json.as_bytes()),
        b'"' => write_str(out, &serde_json::from_str::<String>(json).ok()?),
        _ => out.extend_from_slice(json.as_bytes()),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(json: &str) -> Option<String> {
        let mut out = Vec::new();
        canonical(&mut out, json, 0)?;
        String::from_utf8(out).ok()
    }

    #[test]
    fn arguments_that_mean_the_same_have_one_key() {
        let one = key(r#"{"a": [1, {"x": "é", "y": null}], "b": 1.0}"#);
        assert!(one.is_some());
        assert_eq!(one, key(r#"{"b":1.0,"\u0061":[1,{"y":null,"x":"\u00e9"}]}"#));
    }

    #[test]
    fn arguments_that_differ_have_keys_that_differ() {
        let all = [r#"{"a":1}"#, r#"{"a":1.0}"#, r#"{"a":"1"}"#, r#"{"a":[1]}"#, r#"{"a":[1,2]}"#, r#"{"a":[12]}"#];
        let all = all.map(|json| key(json).expect("a key"));
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), all.len(), "{all:?}");
    }

    #[test]
    fn arguments_with_a_member_twice_or_nested_without_end_have_no_key() {
        assert_eq!(key(r#"{"a":1,"a":2}"#), None);
        assert_eq!(key(&"[".repeat(10_000)), None);
        assert_eq!(key(&format!("{}{}", "[".repeat(100), "]".repeat(100))), None);
    }
}
