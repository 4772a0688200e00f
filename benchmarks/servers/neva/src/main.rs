//! The tools of the benchmarks on neva, in its fastest documented set-up: nothing subscribes to its log.
//!
//! A handler reports progress by logging. For that a subscriber has to be there, which then works for every request. So
//! `http` and `stdio` report none, and `http-progress` and `stdio-progress` do.
//!
//! A build of neva speaks one generation of the protocol: `peer-neva` 2026-07-28, `peer-neva-legacy` 2025-11-25 with
//! sessions.

mod engine;

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use neva::prelude::*;
use neva::types::notification;
use tracing_subscriber::prelude::*;

use crate::engine::Hyper;

#[json_schema(ser)]
struct Sum {
    sum: i64,
}

#[tool(descr = "Adds two numbers.")]
fn add(a: i64, b: i64) -> String {
    (a + b).to_string()
}

#[tool(descr = "Returns what it is given.")]
fn echo(message: String) -> String {
    message
}

#[tool(descr = "Reports each of its steps.")]
fn progress(meta: Meta<RequestParamsMeta>, count: u32) -> String {
    if let Some(token) = &meta.progress_token {
        for step in 1..=count {
            match token {
                // As text, as its guide has it, it would come back as text.
                ProgressToken::Number(token) => {
                    tracing::info!(target: "progress", token, value = step, total = count);
                }
                token => tracing::info!(target: "progress", token = %token, value = step, total = count),
            }
        }
    }
    "done".to_owned()
}

#[tool(descr = "Adds two numbers, structured.")]
fn sum(a: i64, b: i64) -> Json<Sum> {
    Json(Sum { sum: a + b })
}

#[tool(descr = "Waits 20 ms, as for an upstream.")]
async fn wait() -> String {
    tokio::time::sleep(Duration::from_millis(20)).await;
    "waited".to_owned()
}

#[tokio::main]
async fn main() -> ExitCode {
    let mode = env::args().nth(1).unwrap_or_default();
    let app = App::new().without_greeting();
    let mut app = match mode.trim_end_matches("-progress") {
        "http" => app.with_options(|options| options.set_http(HttpServer::from_engine("127.0.0.1:0", Hyper))),
        "stdio" => app.with_options(|options| options.with_stdio()),
        _ => {
            eprintln!("http, http-progress, stdio or stdio-progress?");
            return ExitCode::FAILURE;
        }
    };
    let log = tracing_subscriber::registry();
    match mode.as_str() {
        "http-progress" => log.with(notification::fmt::layer()).init(),
        // On standard output it is the log that is the stream of notifications.
        "stdio-progress" => {
            let written = tracing_subscriber::fmt::layer().event_format(notification::NotificationFormatter);
            log.with(notification::fmt::span_context()).with(written).init();
        }
        _ => {}
    }

    let tools = env::var("BENCH_TOOLS").ok().and_then(|count| count.parse().ok()).unwrap_or(5);
    for number in 6..=tools {
        app.map_tool(format!("tool_{number:04}"), add).with_arg_names(["a", "b"]).with_description("Adds two numbers.");
    }
    app.run().await;
    ExitCode::SUCCESS
}
