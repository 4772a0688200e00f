//! Records of rounds.

use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, Principal, elicit_raw};
use mcp_tests::answering::{alone, ask, text};
use serde_json::{Value, json};

static GROUP: Group = Group::new("records");

static EFFECTS: AtomicUsize = AtomicUsize::new(0);

/// Has an effect once, after it has asked.
#[tool(group = GROUP)]
async fn effect(ctx: &Ctx) -> Result<String> {
    ctx.ask("sure", elicit_raw("Sure?", r#"{"type":"object","properties":{}}"#)).await?;
    let number = ctx.once("effect", async || Ok(EFFECTS.fetch_add(1, Ordering::SeqCst) + 1)).await?;
    Ok(format!("effect {number}"))
}

async fn call(client: &mut MemoryClient, id: u32, params: &Value) -> Value {
    ask(client, id, "tools/call", alone(params.clone())).await
}

/// The second round of a call; with its answer comes so much junk.
async fn second_round(client: &mut MemoryClient, junk: usize) -> Value {
    let first = call(client, 1, &json!({ "name": "effect" })).await;
    let responses = json!({ "sure": { "action": "accept", "content": {} }, "junk": "x".repeat(junk) });
    json!({ "name": "effect", "requestState": first["result"]["requestState"], "inputResponses": responses })
}

#[tokio::test]
async fn a_record_does_not_grow_with_the_clients_answers_and_tells_them_from_others() {
    let server = Server::of(&GROUP).build().expect("a server");
    let mut client = server.connect();
    let round = second_round(&mut client, 1 << 20).await;
    let answer = call(&mut client, 2, &round).await;
    assert!(text(&answer["result"]).starts_with("effect"), "{answer}");
    let used = server.handle().memory_used();
    assert!(used > 100 && used < 8192, "{used} bytes are used");
    assert_eq!(call(&mut client, 3, &round).await["result"], answer["result"]);
    let mut other = round;
    other["inputResponses"]["junk"] = json!("x");
    assert_eq!(call(&mut client, 4, &other).await["error"]["code"], -32602);
}

#[tokio::test]
async fn the_recorded_answer_of_a_tool_that_was_removed_is_not_given_again() {
    let server = Server::of(&GROUP).build().expect("a server");
    let mut client = server.connect();
    let round = second_round(&mut client, 1).await;
    assert!(call(&mut client, 2, &round).await["result"].is_object());
    assert!(server.handle().remove_tool("effect"));
    let refused = call(&mut client, 3, &round).await;
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
}

#[tokio::test]
async fn beyond_the_room_for_records_whoever_has_most_loses_the_oldest() {
    // An eighth of a megabyte is for records, of which each takes more than half a kilobyte.
    let server = Server::of(&GROUP).memory_limit(1 << 20).build().expect("a server");
    let mut ada = server.connect_as(Principal::new("ada"));
    let of_ada = second_round(&mut ada, 1).await;
    let answer_to_ada = call(&mut ada, 2, &of_ada).await;
    let mut eve = server.connect_as(Principal::new("eve"));
    let mut of_eve = Vec::new();
    for _ in 0..300 {
        let round = second_round(&mut eve, 1).await;
        of_eve.push((call(&mut eve, 2, &round).await, round));
    }
    let used = server.handle().memory_used();
    assert!(used > 100 << 10 && used <= 128 << 10, "{used} bytes are used");
    let [(first, of_first), .., (last, of_last)] = &of_eve[..] else { panic!("300") };
    assert_eq!(call(&mut ada, 3, &of_ada).await["result"], answer_to_ada["result"], "others lose nothing");
    assert_eq!(call(&mut eve, 3, of_last).await["result"], last["result"], "the newest is there");
    let again = call(&mut eve, 4, of_first).await;
    assert_ne!(again["result"], first["result"], "the oldest is not");
    assert!(text(&again["result"]).starts_with("effect"), "{again}");
}
