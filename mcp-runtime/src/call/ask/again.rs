//! A question that is asked again, because its answer did not fit.

use std::fmt::Write as _;

use mcp_proto::wire::{Member, members, pick};

/// The parameters of the same question, whose message tells the user what was wrong with the answer.
#[cold]
pub(super) fn again(params: &str, why: &str) -> String {
    let message = pick(params, ["message"]).and_then(|[message]| message?.text());
    let Some(message) = message else { return params.to_owned() };
    let mut again = String::with_capacity(params.len() + why.len() + 8);
    members(params, |name, member: Member<'_>| {
        again.push(if again.is_empty() { '{' } else { ',' });
        let told = if name == "message" { serde_json::to_string(&format!("{message}\n({why})")).ok() } else { None };
        // Writing to a text does not fail.
        let _ = write!(again, "\"{name}\":{}", told.as_deref().unwrap_or(member.json()));
        true
    });
    again.push('}');
    again
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_says_what_was_wrong_and_the_rest_stays() {
        let params = r#"{"mode":"form","message":"\"When\"?","requestedSchema":{"type":"object"}}"#;
        let expected = r#"{"mode":"form","message":"\"When\"?\n(`day`: missing)","requestedSchema":{"type":"object"}}"#;
        assert_eq!(again(params, "`day`: missing"), expected);
        assert_eq!(again(r#"{"messages":[]}"#, "no"), r#"{"messages":[]}"#);
    }
}
