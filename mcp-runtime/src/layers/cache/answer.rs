//! An answer that is given more than once.

use std::time::Duration;

use mcp_proto::wire::{Id, Reply, ReplyKind};

/// An answer, without the request that it answers. Cheap to share in an `Arc`.
pub(in crate::layers) struct Answer {
    outcome: Box<[u8]>,
    kind: ReplyKind,
    /// Where the number of `ttlMs` begins and ends, if it has one.
    ttl: Option<(usize, usize)>,
}

impl Answer {
    /// The answer to request `id`; `None` if it answers another one.
    pub(in crate::layers) fn of(id: &Id, reply: &Reply) -> Option<Self> {
        let outcome: Box<[u8]> = reply.outcome(id)?.into();
        Some(Self { ttl: ttl(&outcome), outcome, kind: reply.kind() })
    }

    /// How many bytes it takes.
    pub(super) fn len(&self) -> usize {
        self.outcome.len()
    }

    /// Whether clients learn for how long they may keep it.
    pub(super) fn has_ttl(&self) -> bool {
        self.ttl.is_some()
    }

    /// The same answer to request `id`.
    pub(in crate::layers) fn again(&self, id: &Id) -> Reply {
        Reply::again(id, &self.outcome, self.kind)
    }

    /// The same, which says for how long the client may keep it.
    pub(super) fn again_for(&self, id: &Id, left: Duration, is_public: bool) -> Reply {
        let Some((start, end)) = self.ttl else { return self.again(id) };
        let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX).to_string();
        let rest: &[u8] = if is_public { br#","cacheScope":"public"}}"# } else { &self.outcome[end..] };
        let outcome = [&self.outcome[..start], left.as_bytes(), rest].concat();
        Reply::again(id, &outcome, self.kind)
    }
}

/// The number of `ttlMs` in an answer that ends with the two members of caching, as results do that can be cached.
fn ttl(outcome: &[u8]) -> Option<(usize, usize)> {
    const NAME: &[u8] = br#","ttlMs":"#;
    let scope = [&br#","cacheScope":"private"}}"#[..], br#","cacheScope":"public"}}"#];
    let end = scope.into_iter().find_map(|scope| outcome.strip_suffix(scope))?.len();
    let digits = outcome[..end].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let start = end - digits;
    (digits > 0 && outcome[..start].ends_with(NAME)).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_written_where_the_result_ends_with_it() {
        let result = br#""result":{"contents":[],"ttlMs":0,"cacheScope":"private"}}"#;
        let reply = Reply::again(&Id::Number(1), result, ReplyKind::Result);
        let answer = Answer::of(&Id::Number(1), &reply).expect("it answers that");
        let again = answer.again_for(&Id::Number(2), Duration::from_secs(5), false);
        let expected = br#"{"jsonrpc":"2.0","id":2,"result":{"contents":[],"ttlMs":5000,"cacheScope":"private"}}"#;
        assert_eq!(again.bytes(), expected);
        let again = answer.again_for(&Id::Number(2), Duration::from_secs(5), true);
        assert!(again.bytes().ends_with(br#""ttlMs":5000,"cacheScope":"public"}}"#));
    }

    #[test]
    fn members_of_those_names_elsewhere_are_left_alone() {
        for result in [
            r#""result":{"_meta":{"a":1,"ttlMs":0,"cacheScope":"private"}}}"#,
            r#""result":{"text":",\"ttlMs\":0,\"cacheScope\":\"private\"}}"}}"#,
            r#""result":{"ttlMs":"0","cacheScope":"private"}}"#,
        ] {
            let reply = Reply::again(&Id::Number(1), result.as_bytes(), ReplyKind::Result);
            let answer = Answer::of(&Id::Number(1), &reply).expect("it answers that");
            assert_eq!(answer.again_for(&Id::Number(1), Duration::from_secs(5), true).bytes(), reply.bytes());
        }
    }
}
