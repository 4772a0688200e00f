//! Right answers, wrong ones, and those that say that something is not served.

use serde_json::{Value, json};

use super::*;

const USER: u32 = 7;

/// As an answer with this body, in the revision whose results need the least.
fn look(body: &str, errand: Errand) -> Outcome<()> {
    done(&Answer { status: 200, session: None, body, events: false }, errand, Revision::Session, USER)
}

/// The answer of a tool that says this.
pub fn tool(text: &Value) -> String {
    let content = json!([{ "type": "text", "text": text.to_string() }]);
    json!({ "jsonrpc": "2.0", "id": 2, "result": { "content": content } }).to_string()
}

/// What each tool says to user 7.
pub fn found() -> Value {
    let products: Vec<Value> = (0..10).map(|number| json!({ "id": 4901 + 20 * number })).collect();
    json!({ "total_found": 2251, "products": products, "top10_popular_ids": vec![1; 10] })
}

/// See [`found`].
pub fn cart() -> Value {
    let cart = json!({ "items": [{}, {}], "item_count": 2, "estimated_total": 1.5 });
    json!({ "user_id": "user-00007", "cart": cart, "recent_history": [{}, {}, {}, {}, {}] })
}

/// See [`found`].
pub fn receipt() -> Value {
    json!({ "user_id": "user-00007", "status": "confirmed", "total": 24.63, "items_count": 2, "rate_limit_count": 1 })
}

#[test]
fn right_answers_are_right() {
    for (errand, text) in [(Errand::Search, found()), (Errand::Cart, cart()), (Errand::Checkout, receipt())] {
        assert_eq!(look(&tool(&text), errand), Ok(()), "{text}");
    }
}

#[test]
fn every_member_counts() {
    let wrong = [
        (Errand::Search, found(), "/total_found", json!(2250)),
        (Errand::Search, found(), "/products/9/id", json!(1)),
        (Errand::Search, found(), "/top10_popular_ids", json!([])),
        (Errand::Cart, cart(), "/user_id", json!("user-00008")),
        (Errand::Cart, cart(), "/cart/items", json!([{}, {}, {}])),
        (Errand::Cart, cart(), "/recent_history", json!([{}])),
        (Errand::Checkout, receipt(), "/status", json!("refused")),
        (Errand::Checkout, receipt(), "/user_id", json!("user-00008")),
        (Errand::Checkout, receipt(), "/total", json!(24.64)),
        (Errand::Checkout, receipt(), "/items_count", json!(1)),
        (Errand::Checkout, receipt(), "/rate_limit_count", json!(0)),
    ];
    for (errand, mut text, place, value) in wrong {
        *text.pointer_mut(place).expect("there is such a member") = value;
        assert!(matches!(look(&tool(&text), errand), Err(Trouble::Wrong(_))), "{place}");
    }
    assert!(matches!(look(&tool(&json!("done")), Errand::Checkout), Err(Trouble::Wrong(_))));
}

#[test]
fn an_answer_is_one_message_for_its_request() {
    let right = tool(&receipt());
    let other = right.replace("\"id\":2", "\"id\":1");
    assert!(matches!(look(&other, Errand::Checkout), Err(Trouble::Wrong(_))));
    let events = format!("data: {right}\n\ndata: {right}\n\n");
    let answer = Answer { status: 200, session: None, body: &events, events: true };
    assert!(matches!(done(&answer, Errand::Checkout, Revision::Session, USER), Err(Trouble::Wrong(_))));
    let answer = Answer { status: 404, body: "no such session", events: false, ..answer };
    assert!(matches!(done(&answer, Errand::Checkout, Revision::Session, USER), Err(Trouble::Unserved(_))));
}

#[test]
fn the_tools_are_the_three() {
    let list = |names: &[&str]| {
        let tools: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        json!({ "jsonrpc": "2.0", "id": 2, "result": { "tools": tools } }).to_string()
    };
    assert_eq!(look(&list(&["get_user_cart", "checkout", "search_products"]), Errand::List), Ok(()));
    assert!(matches!(look(&list(&["get_user_cart", "checkout"]), Errand::List), Err(Trouble::Wrong(_))));
}

#[test]
fn what_is_not_served_is_told_from_what_is_wrong() {
    let failed = r#"{"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":"no Redis"}],"isError":true}}"#;
    assert!(matches!(look(failed, Errand::Cart), Err(Trouble::Unserved(why)) if why.contains("no Redis")));
    let refused = r#"{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no such method"}}"#;
    assert!(matches!(look(refused, Errand::List), Err(Trouble::Unserved(_))));
    let right = tool(&receipt());
    let answer = Answer { status: 200, session: None, body: &right, events: false };
    assert!(matches!(done(&answer, Errand::Checkout, Revision::Stateless, USER), Err(Trouble::Unserved(_))));
}

#[test]
fn a_session_is_in_the_revision_that_was_asked_for() {
    let body = r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2024-11-05","capabilities":{}}}"#;
    let answer = Answer { status: 200, session: None, body, events: false };
    assert_eq!(opened(&answer, Revision::Original), Ok(()));
    assert!(matches!(opened(&answer, Revision::Session), Err(Trouble::Unserved(_))));
}
