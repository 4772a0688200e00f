//! Which frames may come on which stream (2025-11-25, `basic/transports`; 2026-07-28, `basic/transports/streamable-http`,
//! "Receiving Messages").

use serde_json::Value;

/// A stream, by what was sent to open it.
pub(super) struct Place {
    /// The ids that are not answered yet; `None` where nobody can tell them.
    open: Option<Vec<Value>>,
    /// Whether it brings what is said outside of requests.
    listens: bool,
    /// Whether it was opened by a request, or several.
    pub(super) of_request: bool,
}

impl Place {
    /// What answers a GET.
    pub(super) fn of_get() -> Self {
        Self { open: Some(Vec::new()), listens: true, of_request: true }
    }

    /// What answers a message, or several; null where we cannot read what we send.
    pub(super) fn of_post(message: &Value) -> Self {
        let mut open = Vec::new();
        let (mut listens, mut of_request) = (false, false);
        for part in parts(message) {
            open.extend(part.get("id").cloned());
            listens |= part["method"] == "subscriptions/listen";
            of_request |= part.get("id").is_some() && part["method"].is_string();
        }
        Self { open: Some(open).filter(|_| !message.is_null()), listens, of_request }
    }

    /// Takes a frame that came here.
    ///
    /// # Errors
    /// Where it may not.
    pub(super) fn take(&mut self, frame: &str) -> Result<(), &'static str> {
        // What is no JSON is told where it is received.
        let frame: Value = serde_json::from_str(frame).unwrap_or_default();
        parts(&frame).iter().try_for_each(|part| self.take_one(part))
    }

    fn take_one(&mut self, frame: &Value) -> Result<(), &'static str> {
        if let Some(method) = frame["method"].as_str() {
            let of_call = ["notifications/progress", "notifications/message", "notifications/cancelled"];
            // What the server asks, it asks on behalf of a call.
            let of_request = frame.get("id").is_some() || of_call.contains(&method);
            return match (of_request, self.listens) {
                (true, true) => Err("of a request, where somebody only listens"),
                (false, false) => Err("of no request, in the answer to one"),
                (true, false) if self.open.as_ref().is_some_and(Vec::is_empty) => Err("after the answer"),
                _ => Ok(()),
            };
        }
        let Some(id) = frame.get("id").filter(|id| !id.is_null()) else { return Ok(()) };
        let Some(open) = &mut self.open else { return Ok(()) };
        let at = open.iter().position(|open| open == id).ok_or("an answer to what was not asked here")?;
        open.remove(at);
        Ok(())
    }
}

/// A message, or those of a batch.
fn parts(message: &Value) -> &[Value] {
    match message {
        Value::Array(parts) => parts,
        one => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_comes_elsewhere_than_it_belongs_is_noticed() {
        let answer = r#"{"id":1,"result":{}}"#;
        let progress = r#"{"method":"notifications/progress"}"#;
        let change = r#"{"method":"notifications/tools/list_changed"}"#;
        let mut call = Place::of_post(&json!({ "id": 1, "method": "tools/call" }));
        assert!(call.take(progress).is_ok() && call.take(change).is_err());
        assert!(call.take(r#"{"id":"1","result":{}}"#).is_err() && call.take(answer).is_ok());
        assert!(call.take(answer).is_err() && call.take(progress).is_err());
        let question = r#"{"id":1,"method":"roots/list"}"#;
        let mut asking = Place::of_post(&json!({ "id": 1, "method": "tools/call" }));
        assert!(asking.take(question).is_ok() && asking.take(answer).is_ok() && asking.take(question).is_err());
        let mut session = Place::of_get();
        assert!(session.take(question).is_err());
        assert!(session.take(change).is_ok() && session.take(progress).is_err() && session.take(answer).is_err());
        let mut batch = Place::of_post(&json!([{ "id": 1, "method": "ping" }, { "id": 2, "method": "ping" }]));
        assert!(batch.take(r#"[{"id":2,"result":{}},{"id":1,"result":{}}]"#).is_ok());
    }
}
