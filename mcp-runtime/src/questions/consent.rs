//! Asking whether a call may run.

use super::elicit::Elicitation;
use super::form::{Answers, Asked, Choice, Elicit, FormField};

/// What somebody has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consented {
    /// The call may run.
    Once,
    /// The call may run, and others like it in the same session.
    Session,
    /// The call may run, and others like it.
    Always,
    /// It may not.
    Denied,
    /// It may not, nor may others like it.
    Never,
}

/// For how long an answer may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offers {
    pub(crate) session: bool,
    pub(crate) always: bool,
}

const ONCE: Choice = Choice::new("once").title("Allow once");
const SESSION: Choice = Choice::new("session").title("Allow in this session");
const ALWAYS: Choice = Choice::new("always").title("Always allow");
const DENY: Choice = Choice::new("deny").title("Deny");
const NEVER: Choice = Choice::new("never").title("Deny, and do not ask again");

const fn field(choices: &'static [Choice]) -> FormField {
    FormField::chosen("answer", choices, false, false).title("Answer")
}

static FOR_NOW: [FormField; 1] = [field(&[ONCE, DENY])];
static FOR_SESSION: [FormField; 1] = [field(&[ONCE, SESSION, DENY, NEVER])];
static FOR_EVER: [FormField; 1] = [field(&[ONCE, ALWAYS, DENY, NEVER])];
static FOR_ALL: [FormField; 1] = [field(&[ONCE, SESSION, ALWAYS, DENY, NEVER])];

/// Asks whether a call may run that is described like this.
pub(crate) fn consent(message: String, offers: Offers) -> Elicitation<Consented> {
    let fields = match (offers.session, offers.always) {
        (false, false) => &FOR_NOW,
        (true, false) => &FOR_SESSION,
        (false, true) => &FOR_EVER,
        (true, true) => &FOR_ALL,
    };
    Elicitation::with_fields(message, fields, |answers| answers.read())
}

impl Elicit for Consented {
    // The fields depend on what can be offered.
    const FIELDS: &'static [FormField] = &[];

    fn read(answers: &mut Answers<'_>) -> Option<Self> {
        Some(match String::take(answers, 0)?.as_str() {
            "once" => Self::Once,
            "session" => Self::Session,
            "always" => Self::Always,
            "never" => Self::Never,
            _ => Self::Denied,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;
    use crate::call::{AskError, Question as _};

    fn read(offers: Offers, answer: &str) -> Result<Consented, AskError> {
        let result = format!(r#"{{"action":"accept","content":{{"answer":"{answer}"}}}}"#);
        consent("May it?".to_owned(), offers).read(&result)
    }

    #[test]
    fn only_what_was_offered_is_an_answer() {
        let all = Offers { session: true, always: true };
        assert_eq!(read(all, "once"), Ok(Consented::Once));
        assert_eq!(read(all, "session"), Ok(Consented::Session));
        assert_eq!(read(all, "always"), Ok(Consented::Always));
        assert_eq!(read(all, "deny"), Ok(Consented::Denied));
        assert_eq!(read(all, "never"), Ok(Consented::Never));
        for (offers, answer) in [
            (Offers::default(), "session"),
            (Offers::default(), "always"),
            (Offers::default(), "never"),
            (Offers { session: true, always: false }, "always"),
            (Offers { session: false, always: true }, "session"),
            (all, "yes"),
            (all, ""),
        ] {
            assert!(matches!(read(offers, answer), Err(AskError::Invalid(_))), "{offers:?} {answer}");
        }
        // Without a choice there is no consent.
        let empty = consent(String::new(), all).read(r#"{"action":"accept"}"#);
        assert!(matches!(empty, Err(AskError::Invalid(_))), "{empty:?}");
    }

    #[test]
    fn revisions_without_forms_cannot_ask() {
        let question = consent("May it?".to_owned(), Offers::default());
        assert!(question.params(Version::V2025_03_26).is_err());
        assert!(question.params(Version::V2025_06_18).is_ok());
    }
}
