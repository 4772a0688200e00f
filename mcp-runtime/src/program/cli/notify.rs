//! What a server says while it works, on standard error.

use serde_json::Value;

use super::output::say;
use crate::json_text;

/// Shows a notification: a log message, or progress.
pub(super) fn show(method: &str, params: &Value) {
    let text = |member: &str| params[member].as_str().unwrap_or_default();
    let line = match method {
        "notifications/message" => {
            let data = &params["data"];
            let data = data.as_str().map_or_else(|| json_text::value(data), str::to_owned);
            format!("[{}] {data}", text("level"))
        }
        "notifications/progress" => {
            let total = params.get("total").map(|total| format!("/{}", json_text::value(total))).unwrap_or_default();
            format!("[{}{total}] {}", json_text::value(&params["progress"]), text("message"))
        }
        _ => return,
    };
    // Progress may come without a message.
    say(line.trim_end());
}
