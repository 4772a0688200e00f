//! A question beside what it becomes, and an answer beside what is made of it.

use std::fmt::Debug;

use mcp_runtime::{AskError, Question, Version};

/// The revisions, from the first to the last of a row.
pub(super) const ALL: [Version; 5] = Version::ALL;
pub(super) const FORMS: [Version; 3] = [Version::V2025_06_18, Version::V2025_11_25, Version::V2026_07_28];
pub(super) const RICH: [Version; 2] = [Version::V2025_11_25, Version::V2026_07_28];

/// The params must be these bytes, in each of the revisions.
#[track_caller]
pub(super) fn sends(question: &impl Question, versions: &[Version], params: &str) {
    for version in versions {
        assert_eq!(question.params(*version).as_deref(), Ok(params), "{version}");
    }
}

/// The form must have these properties, in each of the revisions.
#[track_caller]
pub(super) fn sends_form(question: &impl Question, versions: &[Version], properties: &str, required: &str) {
    for version in versions {
        let mode = if *version == Version::V2025_06_18 { "" } else { r#""mode":"form","# };
        let schema = format!(r#"{{"type":"object","properties":{properties},"required":{required}}}"#);
        sends(question, &[*version], &format!(r#"{{{mode}"message":"?","requestedSchema":{schema}}}"#));
    }
}

/// The question must be refused in every revision but these, with these words.
#[track_caller]
pub(super) fn only_in(question: &impl Question, versions: &[Version], lacking: &str) {
    for version in ALL.iter().filter(|version| !versions.contains(version)) {
        assert_eq!(question.params(*version), Err(lacking.to_owned()), "{version}");
    }
    for version in versions {
        assert!(question.params(*version).is_ok(), "{version}");
    }
}

/// The answer must be read as this.
#[track_caller]
pub(super) fn reads<Q: Question<Answer: Debug + PartialEq>>(question: &Q, answer: &str, value: Q::Answer) {
    assert_eq!(question.read(answer), Ok(value));
}

/// The answer must be refused, with these words.
#[track_caller]
pub(super) fn refuses<Q: Question<Answer: Debug>>(question: &Q, answer: &str, faults: &str) {
    match question.read(answer) {
        Err(AskError::Invalid(found)) => assert_eq!(found, faults),
        other => panic!("{other:?}"),
    }
}

/// The answer to a form with this content.
pub(super) fn accept(content: &str) -> String {
    format!(r#"{{"action":"accept","content":{content}}}"#)
}
