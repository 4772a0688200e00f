//! The server that load is put on: tools that wait for one another, that say much, and that count.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mcp_runtime::prelude::*;
use mcp_runtime::{ServerBuilder, elicit_raw};
use tokio::sync::{Barrier, Semaphore, oneshot};

static LOAD: Group = Group::new("load").version("1.0.0");

/// How many calls of `meet` go on together.
pub const CROWD: usize = 200;

/// What the tools share, and what a test looks at.
pub struct Stage {
    crowd: Barrier,
    /// How often `count` was called.
    pub counted: AtomicUsize,
    /// How many messages `flood` has said.
    pub said: AtomicUsize,
    /// A permit for each call that began, of a tool that takes its time.
    pub begun: Semaphore,
    /// A permit for each of them that is over, whether it answered or was dropped.
    pub over: Semaphore,
    /// A permit lets one call through that waits.
    pub gate: Semaphore,
    /// The calls of `work` that began, by number.
    worked: Mutex<BTreeSet<u64>>,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            crowd: Barrier::new(CROWD),
            counted: AtomicUsize::new(0),
            said: AtomicUsize::new(0),
            begun: Semaphore::new(0),
            over: Semaphore::new(0),
            gate: Semaphore::new(0),
            worked: Mutex::default(),
        }
    }
}

impl Stage {
    /// The calls of `work` that began, by number.
    pub fn worked(&self) -> BTreeSet<u64> {
        self.worked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits at the gate.
    async fn pass(&self) {
        // It is never closed.
        if let Ok(permit) = self.gate.acquire().await {
            permit.forget();
        }
    }

    /// Says that a call has begun, and that it is over once this is dropped.
    fn runs(&self) -> Runs<'_> {
        self.begun.add_permits(1);
        Runs(self)
    }
}

struct Runs<'a>(&'a Stage);

impl Drop for Runs<'_> {
    fn drop(&mut self) {
        self.0.over.add_permits(1);
    }
}

/// A server of these tools.
pub fn builder(stage: &Arc<Stage>) -> ServerBuilder {
    Server::of(&LOAD).state_arc(Arc::clone(stage))
}

/// Answers at once.
#[tool(group = LOAD)]
fn echo(n: u64) -> String {
    format!("answer {n}")
}

/// Answers once all of a crowd have called.
#[tool(group = LOAD)]
async fn meet(n: u64, stage: State<Stage>) -> String {
    stage.crowd.wait().await;
    format!("answer {n}")
}

/// Counts its calls.
#[tool(group = LOAD)]
fn count(stage: State<Stage>) {
    stage.counted.fetch_add(1, Ordering::SeqCst);
}

/// Says `n` things of some length, each once the one before is on its way; after each `pause` of them it waits at the gate.
#[tool(group = LOAD)]
async fn tell(
    n: u64,
    #[arg(default = u64::MAX)] pause: u64,
    #[arg(default = 0)] length: usize,
    ctx: &Ctx,
    stage: State<Stage>,
) -> String {
    let _runs = stage.runs();
    let long = "x".repeat(length);
    for i in 1..=n {
        ctx.info(format!("message {i}.{long}")).await;
        if i % pause == 0 {
            stage.pass().await;
        }
    }
    format!("told {n}")
}

/// Says `n` long things and waits for nobody.
#[tool(group = LOAD)]
async fn rush(n: u64, length: usize, ctx: &Ctx, stage: State<Stage>) -> String {
    let _runs = stage.runs();
    let long = "x".repeat(length);
    for i in 1..=n {
        ctx.info(format!("message {i}.{long}"));
        tokio::task::yield_now().await;
    }
    format!("rushed {n}")
}

/// Says long things for ever, each once the one before is on its way.
#[tool(group = LOAD)]
async fn flood(length: usize, ctx: &Ctx, stage: State<Stage>) {
    let _runs = stage.runs();
    let long = "x".repeat(length);
    loop {
        ctx.info(&long).await;
        stage.said.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
    }
}

/// Answers once it is let.
#[tool(group = LOAD)]
async fn hold(stage: State<Stage>) -> &'static str {
    let _runs = stage.runs();
    stage.pass().await;
    "let go"
}

/// Answers once it is let, and keeps what it was given until then.
#[tool(group = LOAD)]
async fn keep(text: String, stage: State<Stage>) -> String {
    let _runs = stage.runs();
    stage.pass().await;
    format!("kept {}", text.len())
}

/// Answers with so many bytes.
#[tool(group = LOAD)]
fn give(length: usize) -> String {
    "x".repeat(length)
}

/// Asks the client, in so many bytes, and says how that went.
#[tool(group = LOAD)]
async fn ask(length: usize, ctx: &Ctx, stage: State<Stage>) -> Result<String> {
    let _runs = stage.runs();
    let schema = r#"{ "type": "object", "properties": { "sure": { "type": "boolean" } } }"#;
    ctx.ask("sure", elicit_raw("?".repeat(length), schema)).await?;
    Ok("answered".to_owned())
}

/// Asks the client, and answers once it is let.
#[tool(group = LOAD)]
async fn ask_and_hold(ctx: &Ctx, stage: State<Stage>) -> Result<&'static str> {
    ctx.ask("sure", elicit_raw("Sure?", r#"{ "type": "object", "properties": {} }"#)).await?;
    let _runs = stage.runs();
    stage.pass().await;
    Ok("let go")
}

/// Takes a moment, one way or another; what it is given says which.
#[tool(group = LOAD)]
async fn work(n: u64, ctx: &Ctx, stage: State<Stage>) -> String {
    stage.worked.lock().unwrap_or_else(PoisonError::into_inner).insert(n);
    match n % 5 {
        0 => {}
        1 => yield_often(n % 64).await,
        2 => {
            let (done, waiting) = oneshot::channel();
            tokio::spawn(async move {
                yield_often(n % 64).await;
                done.send(())
            });
            // Nobody drops the other end without a word.
            let _ = waiting.await;
        }
        3 => {
            ctx.info(format!("message {n}.")).await;
        }
        _ => {
            yield_often(n % 8).await;
            ctx.info(format!("message {n}.")).await;
            yield_often(n % 64).await;
        }
    }
    format!("answer {n}")
}

async fn yield_often(times: u64) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}
