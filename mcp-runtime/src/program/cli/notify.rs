//! What a server says while it works, on standard error.

use serde_json::Value;

use super::bar::{Bar, Progress};
use crate::json_text;

/// Shows a notification: a log message, or progress.
pub(super) fn show(bar: &Bar, method: &str, params: &Value) {
    let text = |member: &str| params[member].as_str().unwrap_or_default();
    match method {
        "notifications/message" => {
            let data = &params["data"];
            let data = data.as_str().map_or_else(|| json_text::value(data), str::to_owned);
            bar.log(text("level"), &data);
        }
        "notifications/progress" => {
            let (done, total) = (&params["progress"], params.get("total"));
            let of_all = total.map(|total| format!("/{}", json_text::value(total))).unwrap_or_default();
            bar.report(Progress {
                done: done.as_f64().unwrap_or_default(),
                total: total.and_then(Value::as_f64),
                numbers: &format!("{}{of_all}", json_text::value(done)),
                message: text("message"),
            });
        }
        _ => {}
    }
}
