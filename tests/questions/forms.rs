//! Forms: every kind of field in every revision, and every fault in an answer.

use mcp_runtime::prelude::*;
use mcp_runtime::{Capability, Question, Version, elicit_raw};

use super::check::{FORMS, RICH, accept, only_in, reads, refuses, sends, sends_form};

#[derive(Debug, PartialEq, Elicit)]
enum Size {
    Small,
    /// For all who share.
    ///
    /// Costs more.
    Large,
    #[elicit(rename = "x-large", title = "Enormous…")]
    Enormous,
}

#[derive(Debug, PartialEq, Elicit)]
#[elicit(rename_all = "SCREAMING-KEBAB-CASE")]
enum Topping {
    RedOnion,
    Cheese,
}

/// Text, numbers and switches.
#[derive(Debug, PartialEq, Elicit)]
struct Plain {
    /// What people
    /// call you.
    #[elicit(title = "Name", length(2..=5))]
    name: String,
    #[elicit(rename = "e-mail", format = "email")]
    mail: Option<String>,
    #[elicit(range(..121))]
    age: u8,
    #[elicit(range(0.0..=1.0), default = 0.5)]
    share: f32,
    offset: i64,
    r#type: bool,
}

/// Choices.
#[derive(Debug, PartialEq, Elicit)]
struct Pizza {
    size: Size,
    #[elicit(default = Topping::Cheese)]
    topping: Topping,
    #[elicit(choices("thin", "thick"))]
    crust: Option<String>,
}

/// Several choices.
#[derive(Debug, PartialEq, Elicit)]
struct Menu {
    #[elicit(items(1..=2), default = [Topping::RedOnion])]
    toppings: Vec<Topping>,
    #[elicit(items(1..))]
    sizes: Vec<Size>,
    #[elicit(choices("a", "b"), default = ["b"])]
    words: Vec<String>,
}

#[derive(Debug, PartialEq, Elicit)]
struct Single {
    float: f32,
}

/// A form that asks only whether.
#[derive(Debug, PartialEq, Elicit)]
struct Sure;

#[test]
fn a_form_is_told_as_each_revision_has_it() {
    let properties = |share: &str| {
        [
            r#"{"name":{"type":"string","title":"Name","description":"What people\ncall you.","minLength":2,"maxLength":5},"#,
            r#""e-mail":{"type":"string","format":"email"},"age":{"type":"integer","minimum":0,"maximum":120},"#,
            &format!(r#""share":{{"type":"number","minimum":0.0,"maximum":1.0{share}}},"#),
            r#""offset":{"type":"integer"},"type":{"type":"boolean"}}"#,
        ]
        .concat()
    };
    let required = r#"["name","age","offset","type"]"#;
    sends_form(&elicit::<Plain>("?"), &[Version::V2025_06_18], &properties(""), required);
    sends_form(&elicit::<Plain>("?"), &RICH, &properties(r#","default":0.5"#), required);

    let crust = r#""crust":{"type":"string","enum":["thin","thick"]}"#;
    sends_form(
        &elicit::<Pizza>("?"),
        &[Version::V2025_06_18],
        &[
            r#"{"size":{"type":"string","enum":["Small","Large","x-large"],"enumNames":["Small","For all who share","Enormous…"]},"#,
            &format!(r#""topping":{{"type":"string","enum":["RED-ONION","CHEESE"]}},{crust}}}"#),
        ]
        .concat(),
        r#"["size"]"#,
    );
    let sizes = concat!(
        r#"[{"const":"Small","title":"Small"},{"const":"Large","title":"For all who share"},"#,
        r#"{"const":"x-large","title":"Enormous…"}]"#
    );
    sends_form(
        &elicit::<Pizza>("?"),
        &RICH,
        &[
            &format!(r#"{{"size":{{"type":"string","oneOf":{sizes}}},"#),
            &format!(r#""topping":{{"type":"string","enum":["RED-ONION","CHEESE"],"default":"CHEESE"}},{crust}}}"#),
        ]
        .map(String::as_str)
        .concat(),
        r#"["size"]"#,
    );
    sends_form(
        &elicit::<Menu>("?"),
        &RICH,
        &[
            r#"{"toppings":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"string","enum":["RED-ONION","CHEESE"]},"#,
            &format!(r#""default":["RED-ONION"]}},"sizes":{{"type":"array","minItems":1,"items":{{"anyOf":{sizes}}}}},"#),
            r#""words":{"type":"array","items":{"type":"string","enum":["a","b"]},"default":["b"]}}"#,
        ]
        .concat(),
        r#"["sizes"]"#,
    );
    sends_form(&elicit::<Sure>("?"), &FORMS, "{}", "[]");
    sends(
        &elicit::<Sure>("\"so\"\n"),
        &[Version::V2025_06_18],
        r#"{"message":"\"so\"\n","requestedSchema":{"type":"object","properties":{},"required":[]}}"#,
    );
}

#[test]
fn what_a_revision_lacks_is_named() {
    only_in(&elicit::<Plain>("?"), &FORMS, "elicitation, which came with 2025-06-18");
    only_in(&elicit_raw("?", "{}"), &FORMS, "elicitation, which came with 2025-06-18");
    let old = elicit::<Menu>("?").params(Version::V2025_06_18).unwrap_err();
    assert_eq!(old, "choosing several at once in `toppings`, `sizes`, `words`, which came with 2025-11-25");
    let wrong = elicit_raw("?", "[]").params(Version::LATEST).unwrap_err();
    assert_eq!(wrong, "the schema of a form is not a JSON object");
}

#[test]
fn it_is_asked_by_its_name_and_of_clients_that_can() {
    assert_eq!(elicit::<Plain>("?").method(), "elicitation/create");
    assert_eq!(elicit::<Plain>("?").needs(), [Capability::Elicitation]);
    assert_eq!(elicit_raw("?", "{}").needs(), [Capability::Elicitation]);
}

#[test]
fn a_good_answer_is_the_form() {
    let plain = elicit::<Plain>("?");
    reads(
        &plain,
        &accept(r#"{"name":"Zoë","age":36,"offset":-3e2,"type":true,"share":1,"e-mail":"zoe@example.com","more":[]}"#),
        Plain {
            name: "Zoë".to_owned(),
            mail: Some("zoe@example.com".to_owned()),
            age: 36,
            share: 1.0,
            offset: -300,
            r#type: true,
        },
    );
    // What may be missing may be `null`; whole numbers may have a fraction of nothing.
    reads(
        &plain,
        &accept(
            r#"{"name":"Ada\u00df","age":36.0,"offset":9223372036854775807,"type":false,"e-mail":null,"share":null}"#,
        ),
        Plain { name: "Adaß".to_owned(), mail: None, age: 36, share: 0.5, offset: i64::MAX, r#type: false },
    );
    reads(
        &elicit::<Pizza>("?"),
        &accept(r#"{"size":"x-large","crust":"thin"}"#),
        Pizza { size: Size::Enormous, topping: Topping::Cheese, crust: Some("thin".to_owned()) },
    );
    reads(
        &elicit::<Menu>("?"),
        &accept(r#"{"sizes":["Small","Large"],"words":[]}"#),
        Menu { toppings: vec![Topping::RedOnion], sizes: vec![Size::Small, Size::Large], words: vec![] },
    );
    for sure in
        [r#"{"action":"accept"}"#, r#"{"action":"accept","content":null}"#, r#"{"content":{},"action":"\u0061ccept"}"#]
    {
        reads(&elicit::<Sure>("?"), sure, Sure);
    }
}

#[test]
fn every_fault_of_an_answer_is_told() {
    let plain = elicit::<Plain>("?");
    refuses(&plain, r#"{"action":"accept"}"#, "`name`: missing; `age`: missing; `offset`: missing; `type`: missing");
    refuses(
        &plain,
        &accept(r#"{"name":"A","e-mail":"a at b","age":121,"share":-0.5,"offset":0.5,"type":"true"}"#),
        concat!(
            "`name`: expected text of 2 to 5 characters, got 1; ",
            "`e-mail`: expected an e-mail address, got \"a at b\"; ",
            "`age`: expected an integer from 0 to 120, got 121; ",
            "`share`: expected a number from 0 to 1, got -0.5; ",
            "`offset`: expected an integer, got 0.5; ",
            "`type`: expected true or false, got \"true\"",
        ),
    );
    refuses(
        &plain,
        &accept(r#"{"name":["A"],"e-mail":7,"age":-1,"share":1e999,"offset":9223372036854775808,"type":null}"#),
        concat!(
            "`name`: expected text, got a list; ",
            "`e-mail`: expected an e-mail address, got 7; ",
            "`age`: expected an integer from 0 to 120, got -1; ",
            "`share`: expected a number from 0 to 1, got 1e999; ",
            "`offset`: expected an integer from -9223372036854775808 to 9223372036854775807, got 9223372036854775808; ",
            "`type`: expected true or false, got null",
        ),
    );
    let long = "ß".repeat(100);
    refuses(
        &elicit::<Pizza>("?"),
        &accept(&format!(r#"{{"size":"small","topping":{{}},"crust":"{long}"}}"#)),
        &format!(
            "`size`: expected one of \"Small\", \"Large\", \"x-large\", got \"small\"; \
             `topping`: expected one of \"RED-ONION\", \"CHEESE\", got an object; \
             `crust`: expected one of \"thin\", \"thick\", got \"{}…",
            "ß".repeat(59)
        ),
    );
    refuses(
        &elicit::<Menu>("?"),
        &accept(r#"{"toppings":["CHEESE","RED-ONION","CHEESE"],"sizes":[],"words":["a","c",null]}"#),
        concat!(
            "`toppings`: expected 1 to 2 choices, got 3; ",
            "`sizes`: expected at least 1 choice, got 0; ",
            "`words[1]`: expected one of \"a\", \"b\", got \"c\"; ",
            "`words[2]`: expected one of \"a\", \"b\", got null",
        ),
    );
    refuses(&elicit::<Single>("?"), &accept(r#"{"float":1e39}"#), "`float`: expected a smaller number, got 1e39");
    let many = accept(&format!(r#"{{"sizes":[{}0]}}"#, "0,".repeat(99)));
    let error = elicit::<Menu>("?").read(&many).unwrap_err().to_string();
    assert!(error.starts_with("the answer is not what was asked for: `sizes[0]`: expected one of"), "{error}");
    assert!(error.ends_with("; and 68 more"), "{error}");
}

#[test]
fn what_is_no_answer_is_told() {
    let plain = elicit::<Sure>("?");
    assert_eq!(plain.read(r#"{"action":"decline","content":7}"#), Err(AskError::Declined));
    assert_eq!(plain.read(r#"{"action":"cancel"}"#), Err(AskError::Cancelled));
    let action = r#"`action`: expected "accept", "decline" or "cancel", got "#;
    refuses(&plain, "{}", "`action`: missing");
    refuses(&plain, r#"{"action":"reject"}"#, &format!("{action}\"reject\""));
    refuses(&plain, r#"{"action":{}}"#, &format!("{action}an object"));
    refuses(&plain, "[]", "expected an object, got a list");
    refuses(&plain, "", "expected an object, got nothing");
    refuses(&plain, &accept("[]"), "`content`: expected an object, got a list");
    refuses(&elicit_raw("?", "{}"), &accept("true"), "`content`: expected an object that can be read, got true");
}
