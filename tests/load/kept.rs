//! What streams keep for clients that come back.

use super::client::{Client, Era};
use super::serve::{Running, alone, within};

/// More than all streams keep together: each keeps one question of 3 MB.
const QUESTIONS: u64 = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_client_leaves_unread_costs_no_other_its_result() {
    let _alone = alone().await;
    let server = Running::start().await;
    let greedy = Client::open(server.address, Era::Sessions).await;
    for id in 1..=QUESTIONS {
        let mut asked = greedy.another().await;
        asked.begin(id, "ask", r#"{"length":3000000}"#).await;
        asked.wire.head().await.expect("an answer");
    }
    let used = server.handle.memory_used();
    assert!(used > 48 << 20 && used < 68 << 20, "{used} bytes are kept");
    let mut client = Client::open(server.address, Era::Sessions).await;
    let mut calling = client.another().await;
    calling.begin(1, "tell", r#"{"n":1,"pause":1}"#).await;
    calling.wire.head().await.expect("an answer");
    let last = calling.wire.event().await.expect("a stream").expect("an event").id.expect("an id");
    drop(calling);
    server.stage.gate.add_permits(1);
    // Twice: what was sent, and lost on the way, is there as well.
    for _ in 0..2 {
        let resume = client.who.resume(&last);
        client.wire.send(&resume).await.expect("the server reads");
        let head = client.wire.head().await.expect("an answer");
        assert_eq!(head.status, 200, "{head:?}");
        let told = within(async {
            loop {
                let message = client.wire.message().await.expect("a stream").expect("an answer");
                if message.data.contains("told 1") {
                    return message;
                }
            }
        });
        assert!(told.await.data.contains(r#""id":1"#));
        assert!(client.wire.message().await.expect("a good end").is_none());
    }
}
