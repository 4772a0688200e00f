//! The tools: one for each way in which a call may be under way when it is cancelled.

use std::time::Instant;

use mcp_runtime::prelude::*;
use mcp_tests::process::PATIENCE;

use super::stage::{Life, Stage};

pub static GROUP: Group = Group::new("cancelling").version("1.0.0");

#[derive(Elicit)]
struct Word {
    word: String,
}

/// Answers at once.
#[tool(group = GROUP)]
fn answer(n: u64, stage: State<Stage>) -> String {
    let life = Life::begin(&stage, n);
    life.reach();
    life.may_answer();
    format!("answer {n}")
}

/// Waits, now for this, now for that.
#[tool(group = GROUP)]
async fn walk(n: u64, points: u32, answers: bool, stage: State<Stage>) -> String {
    let life = Life::begin(&stage, n);
    life.walk(points).await;
    life.end(answers).await
}

/// Says how far it has come, and waits for it to be heard at every other point.
#[tool(group = GROUP)]
async fn tell(n: u64, points: u32, answers: bool, ctx: &Ctx, stage: State<Stage>) -> String {
    let life = Life::begin(&stage, n);
    for point in 0..points {
        ctx.info(format!("at {point}"));
        let progress = ctx.progress(point + 1, points, None);
        if point.is_multiple_of(2) {
            progress.await;
        }
        life.walk(1).await;
    }
    life.end(answers).await
}

/// Asks a question at each point.
#[tool(group = GROUP)]
async fn ask(n: u64, points: u32, answers: bool, ctx: &Ctx, stage: State<Stage>) -> Result<String, Error> {
    let life = Life::begin(&stage, n);
    for point in 0..points {
        if ctx.protocol().is_stateless() {
            // The question is the answer.
            life.may_answer();
        }
        life.reach();
        let said = ctx.ask(&format!("question {point}"), elicit::<Word>(n.to_string())).await;
        assert_eq!(said?.word, n.to_string(), "the answer of another call");
    }
    Ok(life.end(answers).await)
}

/// Does all of it once.
#[tool(group = GROUP)]
async fn step(n: u64, points: u32, answers: bool, ctx: &Ctx, stage: State<Stage>) -> Result<String, Error> {
    let life = Life::begin(&stage, n);
    for point in 0..points {
        let step = async || {
            let inner = Life::begin(&stage, n);
            inner.walk(1).await;
            Ok(point)
        };
        ctx.once(&format!("step {point}"), step).await?;
    }
    let step = async || Ok(Life::begin(&stage, n).end(answers).await);
    let answer = ctx.once("last", step).await?;
    drop(life);
    Ok(answer)
}

/// Asks while it takes a step, which keeps it from answering with the question.
#[tool(group = GROUP)]
async fn ask_beside(n: u64, points: u32, ctx: &Ctx, stage: State<Stage>) -> Result<String, Error> {
    let life = Life::begin(&stage, n);
    let step = async || {
        life.walk(points).await;
        Ok(life.end(false).await)
    };
    let (_, answer) = tokio::join!(ctx.ask("word", elicit::<Word>(n.to_string())), ctx.once("step", step));
    answer
}

/// Leaves the work to a task, which ends when the call is cancelled.
#[tool(group = GROUP)]
async fn watch(n: u64, points: u32, ctx: &Ctx, stage: State<Stage>) -> String {
    let life = Life::begin(&stage, n);
    let (task, ctx) = (Life::begin(&stage, n), ctx.clone());
    tokio::spawn(async move {
        ctx.cancelled().await;
        drop(task);
    });
    life.walk(points).await;
    life.end(false).await
}

/// Holds a thread until it is cancelled, or until it has looked often enough whether it is.
#[tool(group = GROUP, blocking)]
fn poll(n: u64, points: u32, answers: bool, ctx: &Ctx, stage: State<Stage>) -> String {
    let life = Life::begin(&stage, n);
    let since = Instant::now();
    for look in 0.. {
        if look <= points {
            life.reach();
        } else if answers {
            life.may_answer();
            break;
        }
        // A call whose cancellation never comes here ends all the same, and is found out by its answer.
        if ctx.is_cancelled() || since.elapsed() > PATIENCE {
            break;
        }
        std::thread::yield_now();
    }
    format!("answer {n}")
}
