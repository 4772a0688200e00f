//! Several processes that serve the same clients, and the keys they share or do not.

use std::net::SocketAddr;
use std::process::Command;

use mcp_tests::process::Process;
use serde_json::json;

use super::caller::{Caller, Request, outcome, word};

/// A server in a process of its own.
struct Child {
    process: Process,
    address: SocketAddr,
}

impl Child {
    /// With these keys, the first of which seals; with one of its own if there are none.
    fn start(keys: &str) -> Self {
        let mut process = Process::spawn(Command::new(env!("CARGO_BIN_EXE_asking-server")).env("STATE_KEYS", keys));
        let address = process.receive().expect("its address").parse().expect("an address");
        Self { process, address }
    }

    fn caller(&self) -> Caller {
        Caller::new(self.address)
    }
}

fn requests() -> [Request; 3] {
    let arguments = json!({ "greeting": "hi" });
    [Request::tool("pair", &arguments), Request::prompt("pair", &arguments), Request::resource("pair://hi")]
}

#[tokio::test]
async fn processes_with_the_same_key_go_on_with_each_others_calls() {
    let servers = [Child::start("1"), Child::start("1"), Child::start("1")];
    for request in requests() {
        let [one, two, three] = &servers;
        for (first, second, third) in [(one, two, three), (one, two, one), (three, one, one), (two, three, two)] {
            let asked = first.caller().send(&request).await;
            assert_eq!(outcome(&asked), "asked first");
            let asked = second.caller().send(&request.after(&asked, json!({ "first": word("a") }))).await;
            assert_eq!(outcome(&asked), "asked second");
            let answer = third.caller().outcome(&request.after(&asked, json!({ "second": word("b") }))).await;
            // The step was taken where the call was when it came to it, and nowhere else.
            assert_eq!(answer, format!("said hi a b by {}", second.process.id()));
        }
    }
    for Child { process, .. } in servers {
        assert_eq!(process.end(), (Some(0), String::new()));
    }
}

#[tokio::test]
async fn keys_are_changed_without_a_call_being_lost() {
    let old = Child::start("1");
    let between = Child::start("2,1");
    let new = Child::start("2");
    let (own, other) = (Child::start(""), Child::start(""));
    // Who gave the state, and who can go on with it.
    let rows = [
        (&old, [true, true, false, false, false]),
        (&between, [false, true, true, false, false]),
        (&new, [false, true, true, false, false]),
        (&own, [false, false, false, true, false]),
        (&other, [false, false, false, false, true]),
    ];
    for request in requests() {
        for (giver, (giving, opens)) in rows.iter().enumerate() {
            for (taker, ((taking, _), opens)) in rows.iter().zip(opens).enumerate() {
                let asked = giving.caller().send(&request).await;
                let outcome = taking.caller().outcome(&request.after(&asked, json!({ "first": word("a") }))).await;
                let expected = if *opens { "asked second" } else { "error -32602" };
                assert_eq!(outcome, expected, "from {giver} to {taker}");
            }
        }
        // What the old key has sealed is sealed with the new one from the next round on.
        let asked = old.caller().send(&request).await;
        let asked = between.caller().send(&request.after(&asked, json!({ "first": word("a") }))).await;
        let answer = new.caller().outcome(&request.after(&asked, json!({ "second": word("b") }))).await;
        assert_eq!(answer, format!("said hi a b by {}", between.process.id()));
    }
}
