//! Lengths of time as people write them.

use std::time::Duration;

/// So long: `30m`, `12h`, `90d`, `8w`. `None` for anything else.
pub(super) fn lasting(text: &str) -> Option<Duration> {
    let (at, unit) = text.char_indices().next_back()?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return None,
    };
    let count: u32 = text[..at].parse().ok()?;
    Some(Duration::from_secs(u64::from(count) * seconds))
}
