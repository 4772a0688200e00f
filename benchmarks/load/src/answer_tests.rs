//! Right answers, wrong ones, and those that say that something is not served.

use super::*;
use crate::case;

fn examiner(name: &str) -> Examiner {
    let case = case::all(false).into_iter().find(|case| case.to_string() == name);
    Examiner::new(&case.expect("there is such a case"))
}

/// `{}` is a result's content.
fn complete(content: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1000001,"result":{{{content},"resultType":"complete"}}}}"#)
}

fn text(text: &str) -> String {
    format!(r#""content":[{{"type":"text","text":{text:?}}}]"#)
}

fn progress(done: u32) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":7,"progress":{done},"total":100}}}}"#
    )
}

#[test]
fn text_is_compared() {
    let mut echo = examiner("HTTP 2026-07-28 echo");
    assert_eq!(echo.take(&complete(&text("hello"))), Ok(Some(1_000_001)));
    assert!(matches!(echo.take(&complete(&text("hullo"))), Err(Trouble::Wrong(_))));
    assert!(matches!(echo.take(&complete(r#""content":[]"#)), Err(Trouble::Wrong(_))));
    assert!(matches!(echo.take("not JSON"), Err(Trouble::Wrong(_))));
}

#[test]
fn an_error_says_that_it_is_not_served() {
    let mut echo = examiner("HTTP 2025-11-25 echo");
    let error = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"no such method"}}"#;
    assert!(matches!(echo.take(error), Err(Trouble::Unserved(why)) if why.contains("no such method")));
    let error = r#"{"id":1000001,"result":{"content":[{"type":"text","text":"unknown tool"}],"isError":true}}"#;
    assert!(matches!(echo.take(error), Err(Trouble::Unserved(why)) if why.contains("unknown tool")));
}

#[test]
fn the_stateless_era_is_known_by_its_results() {
    let old = format!(r#"{{"id":1000001,"result":{{{}}}}}"#, text("hello"));
    assert_eq!(examiner("HTTP 2025-11-25 echo").take(&old), Ok(Some(1_000_001)));
    assert!(matches!(examiner("HTTP 2026-07-28 echo").take(&old), Err(Trouble::Unserved(_))));
}

#[test]
fn a_sum_is_structured_and_text() {
    let mut sum = examiner("HTTP 2026-07-28 sum, structured");
    let both =
        |structured: &str, block: &str| complete(&format!(r#""structuredContent":{structured},{}"#, text(block)));
    assert_eq!(sum.take(&both(r#"{"sum":5}"#, r#"{"sum": 5}"#)), Ok(Some(1_000_001)));
    assert!(matches!(sum.take(&both(r#"{"sum":6}"#, r#"{"sum":5}"#)), Err(Trouble::Wrong(_))));
    assert!(matches!(sum.take(&both(r#"{"sum":5}"#, "5")), Err(Trouble::Wrong(_))));
    assert!(matches!(sum.take(&complete(&text(r#"{"sum":5}"#))), Err(Trouble::Unserved(_))));
}

#[test]
fn all_tools_are_listed_and_no_others() {
    let mut list = examiner("HTTP 2026-07-28 tools/list of 5");
    let tools = |names: &[&str]| {
        let tools: Vec<String> = names.iter().map(|name| format!(r#"{{"name":"{name}"}}"#)).collect();
        format!(r#""tools":[{}]"#, tools.join(","))
    };
    let five = ["wait", "add", "echo", "progress", "sum"];
    assert_eq!(list.take(&complete(&tools(&five))), Ok(Some(1_000_001)));
    assert!(matches!(list.take(&complete(&tools(&five[1..]))), Err(Trouble::Wrong(_))));
    assert!(matches!(list.take(&complete(&tools(&["add"; 5]))), Err(Trouble::Wrong(_))));
    let page = format!(r#"{},"nextCursor":"2""#, tools(&five[1..]));
    assert!(matches!(list.take(&complete(&page)), Err(Trouble::Unserved(why)) if why.contains("pages, of 4")));
}

#[test]
fn notifications_are_counted_and_in_order() {
    let mut examiner = examiner("HTTP 2026-07-28 100 notifications");
    let done = complete(&text("done"));
    for _ in 0..2 {
        for count in 1..=100 {
            assert_eq!(examiner.take(&progress(count)), Ok(None));
        }
        assert_eq!(examiner.take(&done), Ok(Some(1_000_001)));
    }
    assert!(matches!(examiner.take(&done), Err(Trouble::Unserved(_))));
    assert_eq!(examiner.take(&progress(1)), Ok(None));
    assert!(matches!(examiner.take(&progress(3)), Err(Trouble::Wrong(_))));
    assert!(matches!(examiner.take(&done), Err(Trouble::Wrong(why)) if why.contains("2 notifications of 100")));
}
