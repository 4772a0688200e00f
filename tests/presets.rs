//! Defaults that break the rules of their own parameters and fields: the author is told, and no caller. What is left out, and
//! what is `null`.

use mcp_runtime::client::{call, prompt as get};
use mcp_runtime::prelude::*;
use mcp_runtime::testing::TestClient;
use mcp_runtime::{Question as _, Version};
use serde_json::json;

static GROUP: Group = Group::new("presets");

const NINE: u8 = 9;

fn bad() -> String {
    "b".to_owned()
}

/// Has four defaults, of which each breaks a rule, and two that do not.
#[tool(group = GROUP)]
fn tool(
    #[arg(range(1..=5), default = NINE)] n: u8,
    #[arg(pattern = "^a$", default = bad())] word: String,
    #[arg(pattern = "^a$", default = "c")] text: &str,
    #[arg(length(3..), default = vec![1])] list: Vec<u8>,
    #[arg(range(1..=9), default = NINE)] fits: u8,
    #[arg(range(1..=5), default = None)] nothing: Option<u8>,
) -> String {
    format!("{n} {word} {text} {list:?} {fits} {nothing:?}")
}

/// Has one of its own.
#[prompt(group = GROUP)]
fn prompt(#[arg(range(1..=5), default = NINE)] n: u8) -> String {
    n.to_string()
}

/// Has one, too.
#[resource("presets://resource{?n}", group = GROUP)]
fn resource(#[arg(range(1..=5), default = NINE)] n: u8) -> String {
    n.to_string()
}

#[test]
fn a_default_of_an_argument_that_breaks_its_own_rule_stops_the_start() {
    let error = Server::of(&GROUP).build().expect_err("its defaults are wrong").to_string();
    for expected in [
        "tool `tool`: the default of `n` breaks its own `range`: expected an integer from 1 to 5, got 9",
        "tool `tool`: the default of `word` breaks its own `pattern`: expected text matching `^a$`, got \"b\"",
        "tool `tool`: the default of `text` breaks its own `pattern`: expected text matching `^a$`, got \"c\"",
        "tool `tool`: the default of `list` breaks its own `length`: expected a value of length 3 or more, got one of length 1",
        "prompt `prompt`: the default of `n` breaks its own `range`: expected an integer from 1 to 5, got 9",
        "resource `presets://resource{?n}`: the default of `n` breaks its own `range`: expected an integer from 1 to 5, got 9",
    ] {
        assert!(error.contains(expected), "{expected}\n{error}");
    }
    assert_eq!(error.matches("presets.rs:").count(), 6, "{error}");
    assert!(!error.contains("fits") && !error.contains("nothing"), "{error}");
}

static LATE: Group = Group::new("presets-late");

/// A type that does not serialize, so that nobody knows its values at the start.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Mute {}

/// Has a default that is found wrong when it is used.
#[tool(group = LATE)]
fn late(#[arg(length(2..), default = vec![Mute {}])] list: Vec<Mute>) -> usize {
    list.len()
}

#[tokio::test]
async fn a_default_that_is_not_known_at_the_start_is_not_the_fault_of_the_caller() {
    let server = Server::of(&LATE).build().expect("a server");
    let client = TestClient::to(&server).await;
    let error = client.call("late", ()).await.expect_err("its default is wrong").to_string();
    let expected = "left out, and the server's own default breaks its rule: expected a value of length 2 or more, got one of length 1";
    assert!(error.contains(expected), "{error}");
    let error = client.call("late", json!({ "list": [{}] })).await.expect_err("it is too short").to_string();
    assert!(!error.contains("default"), "{error}");
}

static ASKING: Group = Group::new("presets-asked");

#[derive(Debug, Elicit)]
struct Form {
    #[elicit(range(1..=5), default = NINE)]
    n: u8,
    #[elicit(format = "email", default = "x")]
    mail: String,
    #[elicit(length(2..), default = bad())]
    word: String,
    #[elicit(choices("a", "c"), default = bad())]
    one: String,
    #[elicit(items(..=1), choices("a", "b"), default = vec!["a".to_owned(), "b".to_owned()])]
    some: Vec<String>,
    #[elicit(format = "email", default = "ada@example.com")]
    fits: String,
}

/// Asks.
#[tool(group = ASKING)]
async fn form(ctx: &Ctx) -> Result<String> {
    let Form { n, mail, word, one, some, fits } = ctx.ask("form", elicit("A form?")).await?;
    Ok(format!("{n} {mail} {word} {one} {some:?} {fits}"))
}

const FAULTS: &str = "this cannot be asked: a default breaks the rules of its own field: \
     `n`: expected an integer from 1 to 5, got 9; \
     `mail`: expected an e-mail address, got \"x\"; \
     `word`: expected text of at least 2 characters, got 1; \
     `one`: expected one of \"a\", \"c\", got \"b\"; \
     `some`: expected at most 1 choice, got 2";

#[tokio::test]
async fn a_form_with_a_default_that_breaks_its_own_rule_is_not_asked() {
    let server = Server::of(&ASKING).build().expect("a server");
    for version in [Version::V2025_11_25, Version::V2026_07_28] {
        let client = TestClient::in_revision(&server, version).await;
        let client = client.answering([mcp_runtime::testing::Answer::accept(json!({}))]);
        let error = client.call("form", ()).await.expect_err("no such form can be asked");
        assert!(error.to_string().contains(FAULTS), "{version}: {error}");
        assert!(client.questions().is_empty(), "{version}");
    }
    // In a unit test of the function as well.
    let read = elicit::<Form>("A form?").read(r#"{"action":"accept","content":{}}"#);
    assert_eq!(read.expect_err("the same").to_string(), FAULTS);
}

static CHANGES: Group = Group::new("presets-changes");

/// Changes a note: what is left out stays, `null` clears it.
#[tool(group = CHANGES)]
fn change(
    title: Option<Option<String>>,
    #[arg(range(1..=5))] stars: Option<Option<u8>>,
    #[arg(default = Some(Some(7)))] days: Option<Option<u8>>,
    #[arg(default = Some(3))] pages: Option<u8>,
) -> String {
    format!("{title:?} {stars:?} {days:?} {pages:?}")
}

/// Tells a value, which has to be given.
#[prompt(group = CHANGES)]
fn tell(value: serde_json::Value) -> String {
    value.to_string()
}

#[tokio::test]
async fn a_null_that_has_to_be_given_is_sent_in_a_text() {
    let server = Server::of(&CHANGES).build().expect("nothing is wrong with it");
    let client = TestClient::to(&server).await;
    let told = get!(client, tell(serde_json::Value::Null)).await.expect("a prompt");
    assert_eq!(told.text(), "null");
}

#[tokio::test]
async fn a_parameter_that_is_an_option_of_an_option_tells_null_from_what_is_left_out() {
    let server = Server::of(&CHANGES).build().expect("nothing is wrong with it");
    for version in [Version::V2025_11_25, Version::V2026_07_28] {
        let client = TestClient::builder().version(version).to(&server).await;
        let told = async |arguments| client.call("change", arguments).await.expect("an answer").text().to_owned();
        for (arguments, expected) in [
            (json!({}), "None None Some(Some(7)) Some(3)"),
            (json!({ "title": null }), "Some(None) None Some(Some(7)) Some(3)"),
            (json!({ "title": "a", "stars": null, "days": null }), "Some(Some(\"a\")) Some(None) Some(None) Some(3)"),
            // Read one by one, as 2.0 is no integer for the parser.
            (
                json!({ "title": null, "stars": 2.0, "days": null, "pages": null }),
                "Some(None) Some(Some(2)) Some(None) None",
            ),
        ] {
            assert_eq!(told(arguments).await, expected, "{version}");
        }
        let faulty = client.call("change", json!({ "title": 1, "stars": 6 })).await.expect_err("refused").to_string();
        assert!(faulty.contains("/title: ") && faulty.contains("/stars: expected an integer from 1 to 5"), "{faulty}");
        assert!(!faulty.contains("/days"), "{faulty}");

        let cleared = call!(client, change(Some(None), None, None, None)).await.expect("an answer");
        assert_eq!(cleared, "Some(None) None Some(Some(7)) Some(3)");
        let set = call!(client, change(Some(Some("b".to_owned())), Some(Some(1)), Some(None), Some(4))).await;
        assert_eq!(set.expect("an answer"), "Some(Some(\"b\")) Some(Some(1)) Some(None) Some(4)");
    }
}
