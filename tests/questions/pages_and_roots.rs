//! Web pages to send the user to, and the client's directories.

use mcp_runtime::prelude::*;
use mcp_runtime::{Capability, Question, Version};

use super::check::{ALL, RICH, only_in, reads, refuses, sends};

#[test]
fn a_page_is_told_as_each_revision_has_it() {
    let page = elicit_url("Connect the archive.", "https://example.com/connect?a=1");
    assert_eq!((page.method(), page.needs()), ("elicitation/create", vec![Capability::ElicitationUrl]));
    only_in(&page, &RICH, "sending the user to a web page, which came with 2025-11-25");

    let params = r#"{"mode":"url","message":"Connect the archive.","url":"https://example.com/connect?a=1""#;
    let id = "4b9fac752b2a280e7fbc62bb0e09f33b";
    sends(&page, &[Version::V2025_11_25], &format!(r#"{params},"elicitationId":"{id}"}}"#));
    sends(&page, &[Version::V2026_07_28], &format!("{params}}}"));
    sends(&page.id("a-1"), &[Version::V2025_11_25], &format!(r#"{params},"elicitationId":"a-1"}}"#));

    let wrong = elicit_url("?", "example.com").params(Version::LATEST);
    assert_eq!(wrong, Err("the page is `example.com`, which is not a URL".to_owned()));
}

#[test]
fn to_a_page_one_says_yes_or_no() {
    let page = elicit_url("?", "https://example.com");
    reads(&page, r#"{"action":"accept","content":[]}"#, ());
    assert_eq!(page.read(r#"{"action":"decline"}"#), Err(AskError::Declined));
    assert_eq!(page.read(r#"{"action":"cancel"}"#), Err(AskError::Cancelled));
    refuses(&page, "{}", "`action`: missing");
}

#[test]
fn roots_are_asked_for_in_every_revision() {
    assert_eq!((roots().method(), roots().needs()), ("roots/list", vec![Capability::Roots]));
    sends(&roots(), &ALL, "{}");
}

#[test]
fn roots_are_read() {
    let read =
        roots().read(r#"{"roots":[{"uri":"file:///a","name":"A"},{"uri":"file:///b","name":null,"x":1}],"_meta":{}}"#);
    let read: Vec<_> = read.expect("they fit").into_iter().map(|root| (root.uri, root.name)).collect();
    assert_eq!(read, [("file:///a".to_owned(), Some("A".to_owned())), ("file:///b".to_owned(), None)]);
    reads(&roots(), r#"{"roots":[]}"#, vec![]);

    refuses(&roots(), "{}", "`roots`: missing");
    refuses(&roots(), r#"{"roots":{}}"#, "`roots`: expected a list, got an object");
    refuses(
        &roots(),
        r#"{"roots":[{"name":1},"file:///a",{"uri":"file:///b"}]}"#,
        "`roots[0].uri`: missing; `roots[0].name`: expected text, got 1; `roots[1]`: expected an object, got \"file:///a\"",
    );
}
