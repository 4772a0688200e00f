//! Refusing a call that may be made again later.

use std::time::Duration;

#[cfg(feature = "http")]
use mcp_proto::wire::{Code, Member, error_code, pick};
use serde_json::json;

use super::Reply;
use crate::call::Ctx;
use crate::meter::Event;
use crate::output::Error;

/// The JSON-RPC error code of a call that exceeds a [`RateLimit`](super::RateLimit): `{"retryAfterMs": 1500}` as its data says when
/// it may be made again. On HTTP without a session the status is 429, with `Retry-After`; in a session it is by
/// [`Http::session_statuses`](crate::Http::session_statuses).
///
/// The specification has errors of one's own outside of -32768 to -32000 (`basic/index`, "Error Codes").
pub const RATE_LIMITED: i64 = -42_900;

/// The JSON-RPC error code of a call for which there is no room, such as by a [`Concurrency`](super::Concurrency): `{"retryAfterMs":
/// 1000}` as its data says when to try again. On HTTP without a session the status is 503, with `Retry-After`; in a session it is by
/// [`Http::session_statuses`](crate::Http::session_statuses).
pub const BUSY: i64 = -50_300;

/// Refuses a call, which may be made again after this time.
#[cold]
pub(super) fn later(ctx: &Ctx, code: i64, why: &str, after: Duration) -> Reply {
    ctx.scope().shared.meters.count(Event::Limited);
    // Rounded up: a client that waits for exactly that long has waited for long enough.
    let millis = after.as_nanos().div_ceil(1_000_000).max(1);
    let millis = u64::try_from(millis).unwrap_or(u64::MAX);
    let error = Error::rpc(code, format!("{why}; try again in {}", in_words(millis)));
    Reply::error(ctx, error.with_data(&json!({ "retryAfterMs": millis })))
}

/// `250 ms`, `2 s`, `3 min`, rounded up.
fn in_words(millis: u64) -> String {
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..120_000 => format!("{} s", millis.div_ceil(1_000)),
        _ => format!("{} min", millis.div_ceil(60_000)),
    }
}

/// The status of HTTP that such an answer has, and the seconds of its `Retry-After`. `None` for every other answer.
#[cfg(feature = "http")]
pub(crate) fn status(frame: &[u8]) -> Option<(u16, u64)> {
    let status = match error_code(frame)? {
        Code(RATE_LIMITED) => 429,
        Code(BUSY) => 503,
        _ => return None,
    };
    let member = |json, name| pick(json, [name]).and_then(|[member]| member.map(Member::json));
    let error = member(std::str::from_utf8(frame).ok()?, "error")?;
    // An error of an author's own may have the code, and no such data.
    let millis = member(error, "data").and_then(|data| member(data, "retryAfterMs")?.parse::<u64>().ok());
    Some((status, millis.map_or(1, |millis| millis.div_ceil(1_000)).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_up_in_words() {
        assert_eq!(
            [1, 999, 1_000, 1_001, 119_001, 120_001].map(in_words),
            ["1 ms", "999 ms", "1 s", "2 s", "120 s", "3 min"]
        );
    }
}
