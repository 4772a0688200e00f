//! Tools that return each kind of content.

use std::time::Duration;

use mcp_runtime::Capability;
use mcp_runtime::prelude::*;
use tokio::time::sleep;

/// A picture of one pixel.
pub const PIXEL: &[u8] = include_bytes!("../assets/pixel.png");
/// A sound of one silent sample.
const SILENCE: &[u8] = include_bytes!("../assets/silence.wav");

/// Returns simple text.
#[tool]
fn test_simple_text() -> &'static str {
    "This is a simple text response for testing."
}

/// Returns a picture.
#[tool]
fn test_image_content() -> Image {
    Image::png(PIXEL)
}

/// Returns sound.
#[tool]
fn test_audio_content() -> Audio {
    Audio::wav(SILENCE)
}

/// Returns an embedded resource.
#[tool]
fn test_embedded_resource() -> Embedded {
    Embedded::text("test://embedded-resource", "text/plain", "This is an embedded resource content.")
}

/// Returns text, a picture and a resource.
#[tool]
fn test_multiple_content_types() -> Vec<Content> {
    let json = r#"{"test":"data","value":123}"#;
    vec![
        Content::text("Multiple content types test:"),
        Image::png(PIXEL).into(),
        Embedded::text("test://mixed-content-resource", "application/json", json).into(),
    ]
}

/// Always fails.
#[tool]
fn test_error_handling() -> Result<String, &'static str> {
    Err("This tool intentionally returns an error for testing")
}

/// Logs three messages.
#[tool]
async fn test_tool_with_logging(ctx: &Ctx) -> &'static str {
    ctx.info("Tool execution started").await;
    sleep(Duration::from_millis(50)).await;
    ctx.info("Tool processing data").await;
    sleep(Duration::from_millis(50)).await;
    ctx.info("Tool execution completed").await;
    "Logged three messages."
}

/// Reports progress three times.
#[tool]
async fn test_tool_with_progress(progress: Progress) -> &'static str {
    for done in [0, 50, 100] {
        progress.report(done, 100, "working").await;
        sleep(Duration::from_millis(50)).await;
    }
    "Reported progress three times."
}

/// Says something before it answers.
#[tool]
async fn test_streaming_elicitation(progress: Progress) -> &'static str {
    progress.report(1, 1, "streaming").await;
    "Streamed without asking."
}

/// Logs one message, to a client that wants log messages.
#[tool]
async fn test_logging_tool(ctx: &Ctx) -> &'static str {
    ctx.info("A log message").await;
    "Logged, if you wanted it."
}

/// Needs a client that can ask its model.
#[tool]
fn test_missing_capability(ctx: &Ctx) -> Result<&'static str, Error> {
    ctx.require(Capability::Sampling)?;
    Ok("The client can ask its model.")
}

/// Closes its connection in the middle, and answers the client that comes back.
#[tool]
async fn test_reconnection(ctx: &Ctx) -> &'static str {
    ctx.close_stream();
    sleep(Duration::from_millis(100)).await;
    "You came back."
}

/// Computes slowly; it can be cancelled.
#[tool]
async fn slow_compute(
    /// How long it takes.
    #[arg(range(0.0..=3600.0), default = 1.0)]
    seconds: f64,
    /// What it is called in the answer.
    #[arg(default = "computation")]
    label: &str,
) -> String {
    sleep(Duration::from_secs_f64(seconds)).await;
    format!("{label}: computed for {seconds} s")
}
