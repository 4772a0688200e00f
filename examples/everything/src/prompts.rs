//! Prompts, with every kind of content.

use mcp_runtime::prelude::*;

use crate::completion::cities;
use crate::content::PIXEL;

/// A prompt without arguments.
#[prompt]
fn test_simple_prompt() -> &'static str {
    "This is a simple prompt for testing."
}

/// A prompt with two arguments.
#[prompt]
fn test_prompt_with_arguments(
    /// The first one; try to complete it.
    #[arg(complete = cities)]
    arg1: &str,
    /// The second one.
    arg2: &str,
) -> String {
    format!("Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")
}

/// A prompt that brings a resource along.
#[prompt]
fn test_prompt_with_embedded_resource(
    /// The resource's URI.
    #[arg(rename = "resourceUri")]
    resource_uri: &str,
) -> Vec<PromptMessage> {
    let resource = Embedded::text(resource_uri, "text/plain", "Embedded resource content for testing.");
    vec![PromptMessage::user(resource), PromptMessage::user("Please process the embedded resource above.")]
}

/// A prompt that brings a picture along.
#[prompt]
fn test_prompt_with_image() -> Vec<PromptMessage> {
    vec![PromptMessage::user(Image::png(PIXEL)), PromptMessage::user("Please analyze the image above.")]
}

/// Asks for a greeting.
#[prompt]
fn greet(
    /// Whom to greet.
    name: &str,
) -> String {
    format!("Please greet {name}.")
}
