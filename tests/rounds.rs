//! Calls that go on over several rounds, where messages are lost and sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, RawElicitation, elicit_raw};
use mcp_tests::answering::{alone, ask, text};
use mcp_tests::logged::Logged;
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};

static GROUP: Group = Group::new("rounds").version("1.0.0");

/// What the tools do to the world, and what lets them go on.
#[derive(Clone, Default)]
struct World {
    runs: Arc<AtomicUsize>,
    effects: Arc<AtomicUsize>,
    reached: Arc<Notify>,
    gate: Arc<Gate>,
}

struct Gate(Semaphore);

impl Default for Gate {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Gate {
    async fn pass(&self) {
        self.0.acquire().await.expect("it is never closed").forget();
    }
}

fn question() -> RawElicitation {
    elicit_raw("Sure?", r#"{ "type": "object", "properties": { "sure": { "type": "boolean" } } }"#)
}

/// Has an effect, once, after it has asked.
#[tool(group = GROUP)]
async fn effect(ctx: &Ctx, world: State<World>) -> Result<String> {
    let run = world.runs.fetch_add(1, Ordering::SeqCst) + 1;
    ctx.ask("sure", question()).await?;
    let number = ctx.once("effect", async || Ok(world.effects.fetch_add(1, Ordering::SeqCst) + 1)).await?;
    Ok(format!("run {run}, effect {number}"))
}

/// Waits at a gate, within its step.
#[tool(group = GROUP)]
async fn slow_step(ctx: &Ctx, world: State<World>) -> Result<String> {
    ctx.ask("sure", question()).await?;
    let number = ctx.once("effect", async || {
        let number = world.effects.fetch_add(1, Ordering::SeqCst) + 1;
        world.reached.notify_one();
        world.gate.pass().await;
        world.runs.fetch_add(1, Ordering::SeqCst);
        Ok(number)
    });
    Ok(format!("effect {}", number.await?))
}

/// Waits at a gate, after its step.
#[tool(group = GROUP)]
async fn slow_end(ctx: &Ctx, world: State<World>) -> Result<String> {
    ctx.ask("sure", question()).await?;
    let number = ctx.once("effect", async || Ok(world.effects.fetch_add(1, Ordering::SeqCst) + 1)).await?;
    world.reached.notify_one();
    world.gate.pass().await;
    Ok(format!("effect {number}"))
}

/// Asks a second thing.
#[tool(group = GROUP)]
async fn two_rounds(ctx: &Ctx, world: State<World>) -> Result<String> {
    world.runs.fetch_add(1, Ordering::SeqCst);
    ctx.ask("first", question()).await?;
    ctx.ask("second", question()).await?;
    Ok("done".to_owned())
}

/// Fails after it has asked.
#[tool(group = GROUP)]
async fn fails(ctx: &Ctx, world: State<World>) -> Result<String> {
    ctx.ask("sure", question()).await?;
    Err(Error::new(format!("failure {}", world.runs.fetch_add(1, Ordering::SeqCst) + 1)))
}

/// Takes a step, and gives more than is recorded.
#[tool(group = GROUP)]
async fn long_end(ctx: &Ctx, world: State<World>) -> Result<String> {
    ctx.ask("sure", question()).await?;
    let run = world.runs.fetch_add(1, Ordering::SeqCst) + 1;
    let number = ctx.once("effect", async || Ok(world.effects.fetch_add(1, Ordering::SeqCst) + 1)).await?;
    Ok(format!("run {run}, effect {number}{}", " ".repeat(1 << 20)))
}

/// Takes so many steps, and then asks.
#[tool(group = GROUP)]
async fn many_steps(steps: usize, ctx: &Ctx, world: State<World>) -> Result<&'static str> {
    for n in 0..steps {
        let step = async || Ok(world.effects.fetch_add(1, Ordering::SeqCst));
        ctx.once(&format!("step {n}"), step).await?;
    }
    ctx.ask("sure", question()).await?;
    Ok("done")
}

fn server(world: &World) -> Server {
    Server::of(&GROUP).state(world.clone()).build().expect("a server")
}

fn yes() -> Value {
    json!({ "action": "accept", "content": { "sure": true } })
}

async fn call(client: &mut MemoryClient, id: u32, params: Value) -> Value {
    ask(client, id, "tools/call", alone(params)).await
}

/// The first round of a call, and the second one's params.
async fn first_round(client: &mut MemoryClient, tool: &str, key: &str) -> Value {
    let first = call(client, 1, json!({ "name": tool })).await;
    let state = &first["result"]["requestState"];
    assert!(state.is_string(), "{first}");
    json!({ "name": tool, "requestState": state, "inputResponses": { key: yes() } })
}

#[tokio::test]
async fn the_same_round_sent_again_has_the_same_answer_and_no_second_effect() {
    let world = World::default();
    let mut client = server(&world).connect();
    let round = first_round(&mut client, "effect", "sure").await;
    let answer = call(&mut client, 2, round.clone()).await;
    assert_eq!(text(&answer["result"]), "run 2, effect 1");
    for id in 3..6 {
        let again = call(&mut client, id, round.clone()).await;
        assert_eq!(again["id"], id);
        assert_eq!(again["result"], answer["result"]);
    }
    assert_eq!((world.runs.load(Ordering::SeqCst), world.effects.load(Ordering::SeqCst)), (2, 1));
}

#[tokio::test]
async fn rounds_on_record_are_told_by_the_metrics() {
    let server = server(&World::default());
    let mut client = server.connect();
    let metrics = || server.handle().metrics();
    let round = first_round(&mut client, "effect", "sure").await;
    assert_eq!((metrics().rounds, metrics().round_bytes), (0, 0));
    call(&mut client, 2, round.clone()).await;
    assert!(metrics().rounds == 1 && metrics().round_bytes > 100, "{:?}", metrics());
    call(&mut client, 3, round).await;
    assert_eq!(metrics().rounds, 1);
}

#[tokio::test]
async fn a_round_that_asks_again_is_answered_with_the_same_question() {
    let world = World::default();
    let mut client = server(&world).connect();
    let round = first_round(&mut client, "two_rounds", "first").await;
    let second = call(&mut client, 2, round.clone()).await;
    assert!(second["result"]["inputRequests"]["second"].is_object(), "{second}");
    let again = call(&mut client, 3, round).await;
    assert_eq!(again["result"], second["result"], "its state, too");
    assert_eq!(world.runs.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_failure_is_an_answer_like_any_other() {
    let world = World::default();
    let mut client = server(&world).connect();
    let round = first_round(&mut client, "fails", "sure").await;
    let failure = call(&mut client, 2, round.clone()).await;
    assert_eq!((text(&failure["result"]), &failure["result"]["isError"]), ("failure 1", &json!(true)));
    assert_eq!(call(&mut client, 3, round).await["result"], failure["result"]);
}

#[tokio::test]
async fn the_same_state_with_other_answers_is_refused() {
    let world = World::default();
    let mut client = server(&world).connect();
    let round = first_round(&mut client, "effect", "sure").await;
    let answer = call(&mut client, 2, round.clone()).await;
    let mut other = round.clone();
    other["inputResponses"]["sure"] = json!({ "action": "decline" });
    assert_eq!(call(&mut client, 3, other).await["error"]["code"], -32602);
    // Written in another way, it is the same.
    let members = round["inputResponses"]["sure"].clone();
    let spaced = format!(r#"{{ "sure" : {{"content": {}, "action":"accept"}} }}"#, members["content"]);
    let params = alone(json!({ "name": "effect", "requestState": round["requestState"], "inputResponses": "HERE" }));
    let frame = json!({ "jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": params }).to_string();
    client.send(frame.replace(r#""HERE""#, &spaced));
    assert_eq!(mcp_tests::answering::receive(&mut client).await["result"], answer["result"]);
    assert_eq!(world.effects.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_round_that_comes_twice_at_once_is_run_once() {
    let world = World::default();
    let server = server(&world);
    let mut clients: Vec<_> = (0..5).map(|_| server.connect()).collect();
    let round = first_round(&mut clients[0], "slow_end", "sure").await;
    for (client, id) in clients.iter_mut().zip(10..) {
        let params = alone(round.clone());
        client.send(json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string());
    }
    world.reached.notified().await;
    // Only one is let through: were there a second run, it would wait for ever.
    world.gate.0.add_permits(1);
    for (client, id) in clients.iter_mut().zip(10..) {
        let answer = mcp_tests::answering::receive(client).await;
        assert_eq!((&answer["id"], text(&answer["result"])), (&json!(id), "effect 1"));
    }
}

#[tokio::test(start_paused = true)]
async fn duplicates_beyond_the_limit_are_told_when_to_try_again() {
    let world = World::default();
    let server = Server::of(&GROUP).state(world.clone()).duplicate_limit(0).build().expect("a server");
    let mut client = server.connect();
    let round = first_round(&mut client, "slow_end", "sure").await;
    let params = alone(round.clone());
    client.send(json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params }).to_string());
    world.reached.notified().await;
    let mut other = server.connect();
    // The one that is being served waits at the gate: whoever waits for its answer waits for ever.
    let refused = tokio::time::timeout(Duration::from_secs(60), call(&mut other, 3, round.clone())).await;
    let refused = refused.expect("it does not wait");
    assert_eq!((&refused["id"], &refused["error"]["data"]["retryAfter"]), (&json!(3), &json!(1)), "{refused}");
    world.gate.0.add_permits(1);
    let answer = mcp_tests::answering::receive(&mut client).await;
    assert_eq!(call(&mut other, 4, round).await["result"], answer["result"], "it has its answer");
}

#[tokio::test]
async fn a_round_that_was_cut_off_is_run_again_without_its_step() {
    let world = World::default();
    let server = server(&world);
    let mut client = server.connect();
    let round = first_round(&mut client, "slow_end", "sure").await;
    let params = alone(round.clone());
    client.send(json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params }).to_string());
    world.reached.notified().await;
    // The client goes away, the call with it; another one waits for the same round already.
    let mut other = server.connect();
    other.send(json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": params }).to_string());
    drop(client);
    world.reached.notified().await;
    world.gate.0.add_permits(1);
    assert_eq!(text(&mcp_tests::answering::receive(&mut other).await["result"]), "effect 1");
    assert_eq!(world.effects.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_step_that_was_cut_off_is_finished_and_not_taken_again() {
    let world = World::default();
    let server = server(&world);
    let mut client = server.connect();
    let round = first_round(&mut client, "slow_step", "sure").await;
    let params = alone(round.clone());
    client.send(json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params }).to_string());
    world.reached.notified().await;
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 2 } });
    client.send(cancelled.to_string());
    let again = call(&mut client, 3, round);
    let open = async {
        // The duplicate is there, and waits.
        tokio::task::yield_now().await;
        world.gate.0.add_permits(1);
    };
    let (answer, ()) = tokio::join!(again, open);
    assert_eq!((&answer["id"], text(&answer["result"])), (&json!(3), "effect 1"));
    assert_eq!(world.effects.load(Ordering::SeqCst), 1);
}

/// A call that is cut off within its step, and its round.
async fn cut_off(client: &mut MemoryClient, world: &World) -> Value {
    let round = first_round(client, "slow_step", "sure").await;
    let params = alone(round.clone());
    client.send(json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params }).to_string());
    world.reached.notified().await;
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 2 } });
    client.send(cancelled.to_string());
    round
}

#[tokio::test]
async fn a_step_beyond_the_limit_is_dropped_with_its_call() {
    let world = World::default();
    let server = Server::of(&GROUP).state(world.clone()).step_limit(0).build().expect("a server");
    let mut client = server.connect();
    let round = cut_off(&mut client, &world).await;
    world.gate.0.add_permits(1);
    let answer = call(&mut client, 3, round).await;
    assert_eq!(text(&answer["result"]), "effect 2", "it was taken again");
    assert_eq!(world.runs.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_goes_on_is_dropped_after_a_minute() {
    const MINUTE: Duration = Duration::from_secs(60);
    let world = World::default();
    let server = server(&world);
    let mut client = server.connect();
    let round = cut_off(&mut client, &world).await;
    let began = tokio::time::Instant::now();
    let again = call(&mut client, 3, round);
    let is_taken_again = async {
        world.reached.notified().await;
        assert_eq!(began.elapsed(), MINUTE);
        world.gate.0.add_permits(1);
    };
    let both = async { tokio::join!(again, is_taken_again).0 };
    let answer = tokio::time::timeout(2 * MINUTE, both).await.expect("the step is dropped");
    assert_eq!(text(&answer["result"]), "effect 2");
}

#[tokio::test]
async fn a_server_that_ends_waits_for_the_steps_that_go_on() {
    let world = World::default();
    let server = server(&world);
    let mut client = server.connect();
    cut_off(&mut client, &world).await;
    let open = async {
        tokio::task::yield_now().await;
        assert_eq!(world.runs.load(Ordering::SeqCst), 0);
        world.gate.0.add_permits(1);
    };
    tokio::join!(client.close(), open);
    assert_eq!(world.runs.load(Ordering::SeqCst), 1, "the step has come to its end");
}

#[tokio::test]
async fn a_state_that_is_too_old_is_refused() {
    let world = World::default();
    let server = Server::of(&GROUP).state(world.clone()).state_expiry(Duration::ZERO).build().expect("a server");
    let mut client = server.connect();
    let round = first_round(&mut client, "effect", "sure").await;
    let refused = call(&mut client, 2, round).await;
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    assert!(refused["error"]["message"].as_str().is_some_and(|why| why.contains("too old")), "{refused}");
    assert_eq!(world.effects.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_state_may_be_good_for_ever() {
    let server = Server::of(&GROUP).state(World::default()).state_expiry(Duration::MAX).build().expect("a server");
    let mut client = server.connect();
    let round = first_round(&mut client, "effect", "sure").await;
    assert_eq!(text(&call(&mut client, 2, round).await["result"]), "run 2, effect 1");
}

#[tokio::test]
async fn what_is_kept_from_round_to_round_is_bounded() {
    let server = Server::of(&GROUP).state(World::default()).state_limit(10).build().expect("a server");
    let mut client = server.connect();
    let answer = call(&mut client, 1, json!({ "name": "effect" })).await;
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    assert_eq!(text(&answer["result"]), "Internal error", "what it is, is the author's business");
}

#[tokio::test]
async fn a_state_that_is_too_long_to_be_ones_own_is_refused() {
    let of = |limit| Server::of(&GROUP).state(World::default()).state_keys([[7; 32]]).state_limit(limit);
    let [large, small] = [1 << 10, 10].map(|limit| of(limit).build().expect("a server"));
    let round = first_round(&mut large.connect(), "effect", "sure").await;
    let refused = call(&mut small.connect(), 2, round.clone()).await;
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    // Its seal is in order: where there is more room for it, it is taken.
    assert_eq!(text(&call(&mut large.connect(), 3, round).await["result"]), "run 2, effect 1");
}

#[tokio::test]
async fn an_answer_of_more_than_a_mebibyte_is_not_recorded_and_its_function_runs_again_without_the_step() {
    let server = server(&World::default());
    let mut client = server.connect();
    let round = first_round(&mut client, "long_end", "sure").await;
    for run in 1..3 {
        let answer = call(&mut client, 2, round.clone()).await;
        assert_eq!(text(&answer["result"]).trim_end(), format!("run {run}, effect 1"));
    }
    assert!(server.handle().memory_used() < 4096);
}

#[tokio::test]
async fn a_round_has_a_thousand_questions_and_steps_at_most_though_none_of_them_waits() {
    let world = World::default();
    let server = server(&world);
    let mut client = server.connect();
    let mut taken = 0;
    for (steps, is_asked) in [(999, true), (1000, false), (1001, false)] {
        let round = json!({ "name": "many_steps", "arguments": { "steps": steps } });
        let answer = call(&mut client, 1, round).await;
        if is_asked {
            assert!(answer["result"]["requestState"].is_string(), "{answer}");
        } else {
            assert_eq!((&answer["result"]["isError"], text(&answer["result"])), (&json!(true), "Internal error"));
        }
        taken += steps.min(1000);
        assert_eq!(world.effects.load(Ordering::SeqCst), taken);
    }
}

/// Asks two things at once, the second of which needs more of the client.
#[tool(group = GROUP)]
async fn at_once(ctx: &Ctx) -> Result<String> {
    let (sure, roots) = tokio::join!(ctx.ask("sure", question()), ctx.ask("roots", mcp_runtime::roots()));
    Ok(format!("{:?} {}", sure?, roots?.len()))
}

#[tokio::test]
async fn a_client_that_cannot_be_asked_one_of_several_things_is_asked_none() {
    let mut client = server(&World::default()).connect();
    let params = json!({
        "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {} }, "clientInfo": { "name": "t", "version": "1" },
    });
    ask(&mut client, 0, "initialize", params).await;
    let answer = ask(&mut client, 1, "tools/call", json!({ "name": "at_once" })).await;
    assert_eq!((&answer["id"], &answer["result"]["isError"]), (&json!(1), &json!(true)), "{answer}");
    assert_eq!(text(&answer["result"]), "The client must declare the capability `roots`");
    assert_eq!(ask(&mut client, 2, "ping", json!({})).await["id"], 2, "nothing was asked in between");
}

/// Takes a step whose value JSON has no number for.
#[tool(group = GROUP)]
async fn immeasurable(ctx: &Ctx) -> Result<f64> {
    ctx.once("share", async || Ok(f64::NAN)).await
}

/// Wants to be called again, with what JSON has no number for.
#[tool(group = GROUP)]
fn by_hand() -> Result<String> {
    Err(InputRequired::new().state(&f64::NAN).into())
}

#[tokio::test]
async fn a_value_that_json_has_no_number_for_is_not_kept_in_silence() {
    let logged = Logged::listen();
    let mut client = server(&World::default()).connect();
    for tool in ["immeasurable", "by_hand"] {
        let answer = call(&mut client, 1, json!({ "name": tool })).await;
        assert_eq!((&answer["result"]["isError"], text(&answer["result"])), (&json!(true), "Internal error"));
    }
    let said = logged.take();
    for expected in ["what `share` gave cannot be kept: it", "its state cannot be kept: it"] {
        assert!(said.contains(&format!("{expected} is NaN, which JSON has no number for")), "{said}");
    }
}
