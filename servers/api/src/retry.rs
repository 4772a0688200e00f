//! Whether a request is sent again, and when.

use std::time::{Duration, SystemTime};

use hyper::header::RETRY_AFTER;
use hyper::{HeaderMap, Method};

use crate::connection::{Answer, Failure};

/// The pause before the first time; it doubles each time.
const PAUSE: Duration = Duration::from_millis(200);

/// How long to wait before a request is sent again; `None` if that would do no good, or harm.
pub fn pause(method: &Method, sent: &Result<Answer, Failure>, attempt: u32) -> Option<Duration> {
    // Sent twice, it could do twice what it does: whether the first one has arrived is not known.
    if !method.is_idempotent() {
        return None;
    }
    let usual = PAUSE.saturating_mul(1 << attempt.min(10));
    match sent {
        Err(Failure::Lost(_)) => Some(usual),
        Ok(answer) if matches!(answer.status, 408 | 429 | 500 | 502 | 503 | 504) => {
            Some(retry_after(&answer.headers).unwrap_or(usual))
        }
        Err(Failure::TooLong) | Ok(_) => None,
    }
}

/// What `Retry-After` says, in seconds or as a date.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}
