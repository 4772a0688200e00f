//! Tools for time.

use mcp_runtime::prelude::*;

/// Tools for time.
pub static CLOCK: Group = Group::new("clock");

/// Says how long something takes: `90` seconds are `1m 30s`.
#[tool(group = CLOCK, read_only)]
fn duration(
    /// How many seconds.
    seconds: u64,
) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m {seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_left_out_where_there_are_none() {
        assert_eq!(duration(90), "1m 30s");
        assert_eq!(duration(59), "59s");
    }
}
