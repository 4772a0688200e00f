//! Calls that ask and go wrong: none hangs, none is taken for another, none keeps what it should not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, RawElicitation, elicit_raw};
use mcp_tests::answering::{alone, ask, play, play_in_session, receive, text, with_session};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Notify;

static GROUP: Group = Group::new("mishaps").version("1.0.0");

#[derive(Clone, Default)]
struct World {
    runs: Arc<AtomicUsize>,
    gone: Arc<AtomicUsize>,
    reached: Arc<Notify>,
    answered: Arc<Notify>,
}

fn question(message: &str) -> RawElicitation {
    elicit_raw(message, r#"{ "type": "object", "properties": { "name": { "type": "string" } } }"#)
}

fn named(name: &str) -> Value {
    json!({ "action": "accept", "content": { "name": name } })
}

#[derive(Deserialize, schemars::JsonSchema)]
struct Order {
    amount: u64,
}

/// Pays, and asks before the goods go out.
#[tool(group = GROUP)]
async fn pay(ctx: &Ctx, order: Order) -> Result<String> {
    let paid = ctx.once("pay", async || Ok(order.amount)).await?;
    ctx.ask("sure", question("Sure?")).await?;
    Ok(format!("paid {paid}, sent {}", order.amount))
}

/// Asks by hand.
#[tool(group = GROUP)]
fn hand(ctx: &Ctx) -> Result<String> {
    match ctx.answer("name", &question("Who?")) {
        None => Err(InputRequired::new().ask("name", question("Who?")).into()),
        Some(answer) => Ok(answer?["name"].as_str().unwrap_or_default().to_owned()),
    }
}

/// Calls the same twice.
#[tool(group = GROUP)]
async fn twice(ctx: &Ctx) -> Result<String> {
    let (one, two) = (ctx.call("hand", ()).await?, ctx.call("hand", ()).await?);
    Ok(format!("{} {}", one.text(), two.text()))
}

/// Asks two things by hand, the second of which the revision lacks.
#[tool(group = GROUP)]
fn too_much(ctx: &Ctx) -> Result<String> {
    let _ = ctx;
    Err(InputRequired::new().ask("a", question("A?")).ask("b", elicit_url("https://example.com", "B?")).into())
}

/// Goes on where another could not ask.
#[tool(group = GROUP)]
async fn undeterred(ctx: &Ctx) -> String {
    let failure = ctx.call("too_much", ()).await.expect_err("it cannot be asked");
    tokio::task::yield_now().await;
    failure.to_string()
}

/// Asks within a step.
#[tool(group = GROUP)]
async fn within_a_step(ctx: &Ctx) -> Result<String> {
    ctx.try_once("step", async || ctx.ask("name", question("Who?")).await.map(|_| ())).await?;
    Ok("never".to_owned())
}

/// Leaves a task behind that asks once its call is over.
#[tool(group = GROUP)]
async fn leaves_one_that_asks(ctx: &Ctx, world: State<World>) -> String {
    let (ctx, world) = (ctx.clone(), world.clone());
    tokio::spawn(async move {
        world.answered.notified().await;
        if ctx.ask("name", question("Who?")).await == Err(mcp_runtime::AskError::Gone) {
            world.gone.fetch_add(1, Ordering::SeqCst);
        }
        world.reached.notify_one();
    });
    "done".to_owned()
}

/// Leaves a task behind whose question is open.
#[tool(group = GROUP)]
async fn leaves_an_open_question(ctx: &Ctx, world: State<World>) -> &'static str {
    let (task, its_world) = (ctx.clone(), world.clone());
    tokio::spawn(async move {
        if task.ask("name", question("Who?")).await == Err(mcp_runtime::AskError::Gone) {
            its_world.gone.fetch_add(1, Ordering::SeqCst);
        }
        its_world.reached.notify_one();
    });
    world.answered.notified().await;
    "done"
}

/// Takes a step twice at once.
#[tool(group = GROUP)]
async fn steps_twice_at_once(ctx: &Ctx) -> Result<String> {
    let step = async || {
        tokio::task::yield_now().await;
        Ok(1)
    };
    let (one, two) = tokio::join!(ctx.once("step", step), ctx.once("step", step));
    Ok(format!("{} {}", one?, two?))
}

/// Leaves a task behind that takes a step twice once its call is over.
#[tool(group = GROUP)]
async fn leaves_one_that_steps_twice(ctx: &Ctx, world: State<World>) -> &'static str {
    let (ctx, world) = (ctx.clone(), world.clone());
    tokio::spawn(async move {
        world.answered.notified().await;
        let twice = tokio::spawn(async move {
            let _ = ctx.once("step", async || Ok(1)).await;
            let _ = ctx.once("step", async || Ok(1)).await;
        });
        let panic = twice.await.expect_err("it does not go on").into_panic();
        if panic.downcast_ref::<String>().is_some_and(|why| why.contains("`step` was used twice")) {
            world.gone.fetch_add(1, Ordering::SeqCst);
        }
        world.reached.notify_one();
    });
    "done"
}

/// Asks for a name.
#[tool(group = GROUP)]
async fn asks(ctx: &Ctx) -> Result<String> {
    Ok(ctx.ask("name", question("Who?")).await?["name"].to_string())
}

/// Leaves a task behind that calls one that asks.
#[tool(group = GROUP)]
async fn leaves_one_that_calls(ctx: &Ctx, world: State<World>) -> Result<String> {
    let (inner, world) = (ctx.clone(), world.clone());
    let task = tokio::spawn(async move {
        let answer = inner.call("asks", ()).await.map(|result| result.text());
        if answer.is_err() {
            world.gone.fetch_add(1, Ordering::SeqCst);
            world.reached.notify_one();
        }
        answer
    });
    task.await?
}

/// Hangs once a task of its own has its answer.
#[tool(group = GROUP, timeout = "10ms")]
async fn hangs_after_an_answer(ctx: &Ctx) -> Result<String> {
    let inner = ctx.clone();
    tokio::spawn(async move {
        let _ = inner.ask("name", question("Who?")).await;
        std::future::pending::<()>().await;
    })
    .await?;
    Ok("never".to_owned())
}

/// Does nothing.
#[tool(group = GROUP)]
fn plain() {}

/// Calls another as often as it likes.
#[tool(group = GROUP)]
async fn busy(ctx: &Ctx) -> Result<String> {
    for _ in 0..3000 {
        ctx.call("plain", ()).await?;
    }
    tokio::task::yield_now().await;
    Ok(ctx.ask("name", question("Who?")).await?["name"].to_string())
}

/// Breaks off the first time that it is answered.
#[tool(group = GROUP)]
async fn breaks_off(ctx: &Ctx, world: State<World>) -> Result<String> {
    ctx.ask("name", question("Who?")).await?;
    assert!(world.runs.fetch_add(1, Ordering::SeqCst) > 0, "it breaks off");
    Ok("whole".to_owned())
}

/// Waits, having asked.
#[tool(group = GROUP)]
async fn waits(ctx: &Ctx, world: State<World>) -> Result<String> {
    let answer = ctx.ask("name", question("Who?")).await?;
    if answer["name"] == "typo" {
        world.reached.notify_one();
        std::future::pending::<()>().await;
    }
    Ok(answer["name"].to_string())
}

fn server(world: &World) -> Server {
    Server::of(&GROUP).state(world.clone()).build().expect("a server")
}

async fn call(client: &mut MemoryClient, id: u32, params: Value) -> Value {
    ask(client, id, "tools/call", alone(params)).await
}

/// The first round of a call, and the second one's params.
async fn second_round(client: &mut MemoryClient, tool: &str, key: &str, name: &str) -> Value {
    let first = call(client, 1, json!({ "name": tool })).await;
    let state = &first["result"]["requestState"];
    assert!(state.is_string(), "{first}");
    json!({ "name": tool, "requestState": state, "inputResponses": { key: named(name) } })
}

#[tokio::test]
async fn a_state_is_of_the_very_arguments_even_where_a_part_of_them_is_beyond_reading() {
    let mut client = server(&World::default()).connect();
    let send = |id: u32, amount: &str, rest: Value| {
        let mut params = alone(json!({ "name": "pay", "arguments": { "order": "HERE" } }));
        params.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        let frame = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string();
        frame.replace(r#""HERE""#, amount)
    };
    let first = send(1, r#"{"amount":1,"x":1e999}"#, json!({}));
    client.send(first);
    let first = receive(&mut client).await;
    let state = &first["result"]["requestState"];
    assert!(state.is_string(), "{first}");
    let rest = json!({ "requestState": state, "inputResponses": { "sure": named("yes") } });
    client.send(send(2, r#"{"amount":1000000,"x":1e999}"#, rest.clone()));
    assert_eq!(receive(&mut client).await["error"]["code"], -32602);
    client.send(send(3, r#"{"amount":1,"x":1e999}"#, rest));
    assert_eq!(text(&receive(&mut client).await["result"]), "paid 1, sent 1");
}

#[tokio::test]
async fn a_tool_that_is_called_twice_and_asks_by_hand_asks_twice() {
    let mut client = with_session(&server(&World::default())).await;
    let mut message = ask(&mut client, 1, "tools/call", json!({ "name": "twice" })).await;
    for name in ["one", "two"] {
        assert_eq!(message["method"], "elicitation/create", "{message}");
        client.send(json!({ "jsonrpc": "2.0", "id": message["id"], "result": named(name) }).to_string());
        message = receive(&mut client).await;
    }
    assert_eq!(text(&message["result"]), "one two");
}

#[tokio::test]
async fn what_cannot_be_asked_by_hand_leaves_no_question_open() {
    let mut client = server(&World::default()).connect();
    let params = json!({
        "protocolVersion": "2025-06-18", "capabilities": { "elicitation": {} }, "clientInfo": { "name": "t", "version": "1" },
    });
    ask(&mut client, 0, "initialize", params).await;
    let answer = ask(&mut client, 1, "tools/call", json!({ "name": "undeterred" })).await;
    assert!(text(&answer["result"]).contains("came with 2025-11-25"), "{answer}");
}

#[tokio::test]
async fn a_question_within_a_step_is_a_mistake_in_both_eras() {
    let server = server(&World::default());
    let answer = call(&mut server.connect(), 1, json!({ "name": "within_a_step" })).await;
    assert_eq!(text(&answer["result"]), "Internal error");
    let params = json!({ "name": "within_a_step" });
    let played = play_in_session(&server, "tools/call", &params, &Default::default()).await;
    assert_eq!((text(&played.answer), played.asked.len()), ("Internal error", 0));
}

#[tokio::test]
async fn a_task_that_asks_when_its_call_is_over_is_told() {
    let world = World::default();
    let server = server(&world);
    let mut clients = [server.connect(), server.connect(), with_session(&server).await];
    let params = json!({ "name": "leaves_one_that_asks" });
    let mut mute = params.clone();
    mute["_meta"] = json!({ "io.modelcontextprotocol/clientCapabilities": {} });
    let params = [alone(params.clone()), alone(mute), params];
    for (client, params) in clients.iter_mut().zip(params) {
        assert_eq!(text(&ask(client, 1, "tools/call", params).await["result"]), "done");
        world.answered.notify_one();
        world.reached.notified().await;
    }
    assert_eq!(world.gone.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_question_that_a_task_has_open_ends_with_the_call() {
    let world = World::default();
    let mut client = with_session(&server(&world)).await;
    let asked = ask(&mut client, 1, "tools/call", json!({ "name": "leaves_an_open_question" })).await;
    assert_eq!(asked["method"], "elicitation/create", "{asked}");
    world.answered.notify_one();
    // The question has ten minutes; the task is told at once.
    world.reached.notified().await;
    assert_eq!(world.gone.load(Ordering::SeqCst), 1);
    // The question is taken back, once, and nobody takes what is still said to it.
    client.send(json!({ "jsonrpc": "2.0", "id": asked["id"], "result": named("Ada") }).to_string());
    client.send(json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" }).to_string());
    let (mut answers, mut taken_back) = (Vec::new(), Vec::new());
    while answers.last() != Some(&json!(2)) {
        let frame: Value = serde_json::from_str(&client.receive().await.expect("it is open")).expect("JSON");
        match frame["method"].as_str() {
            None => answers.push(frame["id"].clone()),
            Some(method) => taken_back.push((method.to_owned(), frame["params"]["requestId"].clone())),
        }
    }
    assert_eq!(answers, [json!(1), json!(2)]);
    assert_eq!(taken_back, [("notifications/cancelled".to_owned(), asked["id"].clone())]);
}

#[tokio::test]
async fn a_task_whose_call_asks_is_told_when_the_round_is_over() {
    let world = World::default();
    let mut client = server(&world).connect();
    let round = second_round(&mut client, "leaves_one_that_calls", "asks/name", "Ada").await;
    world.reached.notified().await;
    assert_eq!(text(&call(&mut client, 2, round).await["result"]), "\"Ada\"");
}

#[tokio::test]
async fn time_goes_on_when_a_task_has_its_answer() {
    let mut client = with_session(&server(&World::default())).await;
    let question = ask(&mut client, 1, "tools/call", json!({ "name": "hangs_after_an_answer" })).await;
    client.send(json!({ "jsonrpc": "2.0", "id": question["id"], "result": named("Ada") }).to_string());
    assert!(text(&receive(&mut client).await["result"]).contains("timed out"));
}

#[tokio::test]
async fn a_handler_may_call_others_as_often_as_it_likes() {
    let mut client = server(&World::default()).connect();
    let round = second_round(&mut client, "busy", "name", "Ada").await;
    assert_eq!(text(&call(&mut client, 2, round).await["result"]), "\"Ada\"");
}

#[tokio::test]
async fn a_round_that_broke_off_is_run_again() {
    let mut client = server(&World::default()).connect();
    let round = second_round(&mut client, "breaks_off", "name", "Ada").await;
    assert_eq!(call(&mut client, 2, round.clone()).await["error"]["code"], -32603);
    assert_eq!(text(&call(&mut client, 3, round).await["result"]), "whole");
}

#[tokio::test]
async fn a_round_that_was_cancelled_may_be_sent_with_better_answers() {
    let world = World::default();
    let mut client = server(&world).connect();
    let mut round = second_round(&mut client, "waits", "name", "typo").await;
    let params = alone(round.clone());
    client.send(json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params }).to_string());
    world.reached.notified().await;
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 2 } });
    client.send(cancelled.to_string());
    round["inputResponses"]["name"] = named("Ada");
    assert_eq!(text(&call(&mut client, 3, round).await["result"]), "\"Ada\"");
}

#[tokio::test]
async fn a_timeout_beyond_the_clock_is_none() {
    let server = Server::of(&GROUP).state(World::default()).timeout(Duration::MAX).build().expect("a server");
    let mut client = with_session(&server).await;
    let question = ask(&mut client, 1, "tools/call", json!({ "name": "asks" })).await;
    client.send(json!({ "jsonrpc": "2.0", "id": question["id"], "result": named("Ada") }).to_string());
    assert_eq!(text(&receive(&mut client).await["result"]), "\"Ada\"");
}

#[tokio::test]
async fn a_client_that_refuses_once_may_answer_later() {
    let mut client = with_session(&server(&World::default())).await;
    let question = ask(&mut client, 1, "tools/call", json!({ "name": "hand" })).await;
    let error = json!({ "code": -1, "message": "not now" });
    client.send(json!({ "jsonrpc": "2.0", "id": question["id"], "error": error }).to_string());
    assert!(text(&receive(&mut client).await["result"]).contains("not now"));
    let question = ask(&mut client, 2, "tools/call", json!({ "name": "hand" })).await;
    client.send(json!({ "jsonrpc": "2.0", "id": question["id"], "result": named("Ada") }).to_string());
    assert_eq!(text(&receive(&mut client).await["result"]), "Ada");
}

#[tokio::test]
async fn a_step_that_is_taken_twice_at_once_ends_the_call() {
    let server = server(&World::default());
    let params = json!({ "name": "steps_twice_at_once" });
    let played = play(&server, "tools/call", params, json!({})).await;
    assert_eq!((text(&played.answer), &played.answer["isError"]), ("Internal error", &json!(true)));
}

#[tokio::test]
async fn a_task_that_takes_a_step_twice_does_not_wait_for_ever() {
    let world = World::default();
    let mut client = with_session(&server(&world)).await;
    let answer = ask(&mut client, 1, "tools/call", json!({ "name": "leaves_one_that_steps_twice" })).await;
    assert_eq!(text(&answer["result"]), "done");
    world.answered.notify_one();
    world.reached.notified().await;
    assert_eq!(world.gone.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_step_that_is_taken_twice_in_a_unit_test_does_not_wait_for_ever() {
    let ctx = Ctx::for_test();
    let twice = tokio::spawn(async move {
        let _ = ctx.once("step", async || Ok(1)).await;
        ctx.once("step", async || Ok(2)).await
    });
    assert!(twice.await.is_err_and(|panic| panic.is_panic()));
}

#[tokio::test]
async fn a_unit_test_can_ask_what_it_has_answers_for() {
    use mcp_runtime::Capability;
    let with = Ctx::for_test().answering([("summary", json!("short"))]);
    let without = Ctx::for_test();
    for capability in [Capability::Sampling, Capability::Elicitation, Capability::ElicitationUrl, Capability::Roots] {
        assert!(with.supports(capability) && !without.supports(capability), "{capability:?}");
    }
}
