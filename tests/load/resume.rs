//! Clients whose streams are cut off again and again.

use std::sync::Arc;

use super::client::{Client, Era, Who};
use super::serve::{Dice, Running, all, alone};
use super::wire::Wire;

const MESSAGES: u64 = 2000;

/// Calls, and follows what is said through one interruption after another: what it heard, and how often it was cut off.
async fn follow(server: Arc<Running>, seed: u64) -> (Vec<String>, usize) {
    let mut dice = Dice::new(seed);
    let Client { mut wire, who } = Client::open(server.address, Era::Sessions).await;
    let arguments = format!(r#"{{"n":{MESSAGES},"pause":50}}"#);
    wire.send(&who.call(seed, "tell", &arguments)).await.expect("the server reads");
    assert_eq!(wire.head().await.expect("an answer").status, 200);
    // Who was never told where it is cannot come back.
    let mut last = wire.event().await.expect("a stream").expect("an event").id.expect("an id");
    wire.allow(dice.below(4000));
    let (mut heard, mut cuts) = (Vec::new(), 0);
    loop {
        match wire.message().await {
            Ok(Some(event)) => {
                last = event.id.expect("an id");
                heard.push(event.data);
                // More is let through than is waited for, so that this ends; little enough that it runs all the while.
                server.stage.gate.add_permits(usize::from(heard.len() % 25 == 0));
            }
            Ok(None) => return (heard, cuts),
            Err(_) => wire = come_back(&who, &last, &mut dice, &mut cuts).await,
        }
    }
}

/// Comes back for what is after this event: on a connection that will be cut off soon, too.
async fn come_back(who: &Who, last: &str, dice: &mut Dice, cuts: &mut usize) -> Wire {
    loop {
        *cuts += 1;
        assert!(*cuts < 10_000, "it gets nowhere");
        let mut wire = Wire::open(who.address).await;
        wire.send(&who.resume(last)).await.expect("the server reads");
        wire.allow(dice.below(6000));
        // A cut in the head is one like any other.
        if let Ok(head) = wire.head().await {
            assert_eq!(head.status, 200, "after {last}: {head:?}");
            return wire;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_cut_off_again_and_again_has_each_message_once_in_order_and_the_result() {
    let _alone = alone().await;
    let server = Arc::new(Running::start().await);
    for (heard, cuts) in all((1..=8).map(|seed| follow(Arc::clone(&server), seed))).await {
        assert!(cuts > 50, "cut off {cuts} times only");
        assert_eq!(u64::try_from(heard.len()).expect("a few"), MESSAGES + 1);
        for (n, message) in (1..).zip(&heard) {
            let said = if n <= MESSAGES { format!("message {n}.") } else { format!("told {MESSAGES}") };
            assert!(message.contains(&format!(r#""{said}""#)), "{n}: {message}");
        }
    }
}
