//! The forms that the official conformance suite asks for, word for word.

use mcp_runtime::prelude::*;
use mcp_runtime::{Question, Version, elicit_raw};
use serde::Serialize;

use super::check::{FORMS, RICH, accept, sends, sends_form};

#[derive(Elicit, Serialize)]
struct Contact {
    /// User's response
    username: String,
    /// User's email address
    email: String,
}

#[derive(Elicit, Serialize)]
struct Defaults {
    #[elicit(default = "John Doe")]
    name: String,
    #[elicit(default = 30)]
    age: i64,
    #[elicit(default = 95.5)]
    score: f64,
    #[elicit(choices("active", "inactive", "pending"), default = "active")]
    status: String,
    #[elicit(default = true)]
    verified: bool,
}

#[derive(Elicit, Serialize)]
#[elicit(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
enum Untitled {
    Option1,
    Option2,
    Option3,
}

#[derive(Elicit, Serialize)]
#[elicit(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
enum Options {
    /// First Option
    Value1,
    /// Second Option
    Value2,
    /// Third Option
    Value3,
}

#[derive(Elicit, Serialize)]
#[elicit(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
enum Multiple {
    /// First Choice
    Value1,
    /// Second Choice
    Value2,
    /// Third Choice
    Value3,
}

#[derive(Elicit, Serialize)]
#[elicit(rename_all = "lowercase", legacy_titles)]
#[serde(rename_all = "lowercase")]
enum Legacy {
    #[elicit(title = "Option One")]
    Opt1,
    #[elicit(title = "Option Two")]
    Opt2,
    #[elicit(title = "Option Three")]
    Opt3,
}

#[derive(Elicit, Serialize)]
#[elicit(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
struct Enums {
    untitled_single: Option<Untitled>,
    titled_single: Option<Options>,
    legacy_enum: Option<Legacy>,
    untitled_multi: Option<Vec<Untitled>>,
    titled_multi: Option<Vec<Multiple>>,
}

#[test]
fn test_elicitation() {
    sends_form(
        &elicit::<Contact>("?"),
        &FORMS,
        r#"{"username":{"type":"string","description":"User's response"},"email":{"type":"string","description":"User's email address"}}"#,
        r#"["username","email"]"#,
    );
}

#[test]
fn test_elicitation_sep1034_defaults() {
    let question = elicit::<Defaults>("?");
    let properties = concat!(
        r#"{"name":{"type":"string","default":"John Doe"},"age":{"type":"integer","default":30},"#,
        r#""score":{"type":"number","default":95.5},"#,
        r#""status":{"type":"string","enum":["active","inactive","pending"],"default":"active"},"#,
        r#""verified":{"type":"boolean","default":true}}"#
    );
    sends_form(&question, &RICH, properties, "[]");
    // Of defaults, 2025-06-18 knows those of booleans.
    let properties = concat!(
        r#"{"name":{"type":"string"},"age":{"type":"integer"},"score":{"type":"number"},"#,
        r#""status":{"type":"string","enum":["active","inactive","pending"]},"#,
        r#""verified":{"type":"boolean","default":true}}"#
    );
    sends_form(&question, &[Version::V2025_06_18], properties, "[]");

    let read = question.read(&accept("{}")).expect("everything has a default");
    assert_eq!(
        serde_json::to_string(&read).expect("plain data"),
        r#"{"name":"John Doe","age":30,"score":95.5,"status":"active","verified":true}"#
    );
}

#[test]
fn test_elicitation_sep1330_enums() {
    let question = elicit::<Enums>("?");
    let properties = concat!(
        r#"{"untitledSingle":{"type":"string","enum":["option1","option2","option3"]},"#,
        r#""titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},"#,
        r#"{"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},"#,
        r#""legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],"#,
        r#""enumNames":["Option One","Option Two","Option Three"]},"#,
        r#""untitledMulti":{"type":"array","items":{"type":"string","enum":["option1","option2","option3"]}},"#,
        r#""titledMulti":{"type":"array","items":{"anyOf":[{"const":"value1","title":"First Choice"},"#,
        r#"{"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}}"#
    );
    sends_form(&question, &RICH, properties, "[]");

    let content = concat!(
        r#"{"untitledSingle":"option2","titledSingle":"value1","legacyEnum":"opt3","#,
        r#""untitledMulti":["option1","option3"],"titledMulti":[]}"#
    );
    let read = question.read(&accept(content)).expect("it fits");
    assert_eq!(serde_json::to_string(&read).expect("plain data"), content);
}

#[test]
fn a_schema_by_hand_is_sent_as_it_is_and_its_answer_is_what_came() {
    let schema = r#"{"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "boolean"}}}"#;
    let question = elicit_raw("?", schema);
    sends(&question, &RICH, &format!(r#"{{"mode":"form","message":"?","requestedSchema":{schema}}}"#));
    let answer = question.read(&accept(r#"{"b":3}"#)).expect("nothing is checked");
    assert_eq!(serde_json::Value::from(answer), serde_json::json!({ "b": 3 }));
}
