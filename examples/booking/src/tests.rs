//! A booking from the client's side, in both eras, without a network.

use mcp_runtime::client::{call, read};
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{Answer, TestClient};
use mcp_runtime::{Question, Version};
use serde_json::{Value, json};

use super::{Booking, Diary, Status, Wish, book, lines, no_table};

#[test]
fn a_form_is_read_and_what_does_not_fit_is_named() {
    let question = elicit::<Wish>("When?");
    let wish = r#"{"action": "accept", "content": {"day": "2026-08-01", "guests": 4}}"#;
    let wish = question.read(wish).expect("it fits");
    assert_eq!((wish.day.as_str(), wish.guests), ("2026-08-01", 4));
    let wrong = r#"{"action": "accept", "content": {"day": "tomorrow", "guests": 40}}"#;
    let Some(AskError::Invalid(why)) = question.read(wrong).err() else { panic!("it was taken") };
    assert!(why.contains("`day`") && why.contains("`guests`"), "{why}");
}

#[test]
fn no_is_an_answer_and_a_failure_is_not() {
    assert!(matches!(no_table(AskError::Declined), Ok(Booking { status: Status::Declined, .. })));
    assert!(matches!(no_table(AskError::Cancelled), Ok(Booking { status: Status::Cancelled, .. })));
    assert!(no_table(AskError::Refused("out of order".to_owned())).is_err());
}

/// With a session the handler waits for its answers; without one it runs once for each.
#[tokio::test]
async fn each_effect_happens_once_in_both_eras() {
    let wish = || Answer::accept(json!({ "day": "2026-08-01", "guests": 4 }));
    let confirmed = || Answer::accept(json!({ "remarks": "no nuts" }));
    for version in [Version::V2025_11_25, Version::V2026_07_28] {
        for (answers, status, effects) in [
            (vec![wish(), confirmed(), Answer::sampled("See you!")], Status::Booked, vec!["held", "booked"]),
            (vec![wish(), Answer::decline()], Status::Declined, vec!["held", "given_back"]),
            (vec![wish(), Answer::cancel()], Status::Cancelled, vec!["held", "given_back"]),
            (vec![Answer::decline()], Status::Declined, vec![]),
        ] {
            let server = Server::new("booking").state(Diary::default()).build().expect("a server");
            let client = TestClient::in_revision(&server, version).await.answering(answers);
            let booking = call!(client, book("gull")).await.expect("an answer");
            assert_eq!(booking.status, status, "{version}");
            if booking.status == Status::Booked {
                assert_eq!(booking.message, "See you!");
            }
            assert_eq!(client.answers_left(), 0, "{version}");

            let happened = read!(client, lines("gull")).await.expect("what happened at the Gull");
            let expected: Value = effects.iter().map(|what| json!({ "number": 1, "what": what })).collect();
            assert_eq!(serde_json::from_str::<Value>(&happened).expect("JSON"), expected, "{version}: {status:?}");
        }
    }
}
