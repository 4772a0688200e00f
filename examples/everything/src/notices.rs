//! Tools that tell clients of changes.

use mcp_runtime::prelude::*;

/// Tells everybody who listens that the list of tools has changed.
#[tool]
fn test_trigger_tool_change(ctx: &Ctx) -> &'static str {
    ctx.tools_changed();
    "Tool change triggered"
}

/// Tells everybody who listens that the list of prompts has changed.
#[tool]
fn test_trigger_prompt_change(ctx: &Ctx) -> &'static str {
    ctx.prompts_changed();
    "Prompt change triggered"
}

/// Tells everybody who subscribed to it that a resource has changed.
#[tool]
fn test_trigger_resource_update(
    ctx: &Ctx,
    /// The resource.
    #[arg(default = "test://watched-resource")]
    uri: &str,
) -> &'static str {
    ctx.resource_updated(uri);
    "Update triggered"
}
