//! The guides for users, whose Rust blocks are doc-tests: a guide that no longer compiles, or whose program fails, fails
//! `cargo test -p mcp-tests --doc`.
//!
//! They are in this crate because they use axum, tokio, thiserror and anyhow, as users do. `tests/tidy.rs` looks that no guide
//! is missing here.

#[doc = include_str!("../../docs/api-keys.md")]
mod api_keys {}

#[doc = include_str!("../../docs/arguments.md")]
mod arguments {}

#[doc = include_str!("../../docs/asking.md")]
mod asking {}

#[doc = include_str!("../../docs/audit.md")]
mod audit {}

#[doc = include_str!("../../docs/client.md")]
mod client {}

#[doc = include_str!("../../docs/command-line.md")]
mod command_line {}

#[doc = include_str!("../../docs/consent.md")]
mod consent {}

#[doc = include_str!("../../docs/context.md")]
mod context {}

#[doc = include_str!("../../docs/deployment.md")]
mod deployment {}

#[doc = include_str!("../../docs/errors.md")]
mod errors {}

#[doc = include_str!("../../docs/first-server.md")]
mod first_server {}

#[doc = include_str!("../../docs/from-fastmcp.md")]
mod from_fastmcp {}

#[doc = include_str!("../../docs/from-rmcp.md")]
mod from_rmcp {}

#[doc = include_str!("../../docs/groups.md")]
mod groups {}

#[doc = include_str!("../../docs/how-it-works.md")]
mod how_it_works {}

#[doc = include_str!("../../docs/http.md")]
mod http {}

#[doc = include_str!("../../docs/install.md")]
mod install {}

#[doc = include_str!("../../docs/logging.md")]
mod logging {}

#[doc = include_str!("../../docs/mcp.md")]
mod mcp {}

#[doc = include_str!("../../docs/messages.md")]
mod messages {}

#[doc = include_str!("../../docs/middleware.md")]
mod middleware {}

#[doc = include_str!("../../docs/operations.md")]
mod operations {}

#[doc = include_str!("../../docs/performance.md")]
mod performance {}

#[doc = include_str!("../../docs/policy.md")]
mod policy {}

#[doc = include_str!("../../docs/prompts.md")]
mod prompts {}

#[doc = include_str!("../../docs/resources.md")]
mod resources {}

#[doc = include_str!("../../docs/results.md")]
mod results {}

#[doc = include_str!("../../docs/security.md")]
mod security {}

#[doc = include_str!("../../docs/state.md")]
mod state {}

#[doc = include_str!("../../docs/testing.md")]
mod testing {}

#[doc = include_str!("../../docs/tools.md")]
mod tools {}

#[doc = include_str!("../../docs/SUMMARY.md")]
mod summary {}

#[doc = include_str!("../../docs/transports.md")]
mod transports {}

#[doc = include_str!("../../CONTRIBUTING.md")]
mod contributing {}

/// What the macros' own docs show, as they cannot be linked to the runtime there.
mod macros {
    #[doc = include_str!("../../mcp-macros/docs/call.md")]
    mod call {}

    #[doc = include_str!("../../mcp-macros/docs/crate.md")]
    mod crate_ {}

    #[doc = include_str!("../../mcp-macros/docs/elicit.md")]
    mod elicit {}

    #[doc = include_str!("../../mcp-macros/docs/get.md")]
    mod get {}

    #[doc = include_str!("../../mcp-macros/docs/handlers.md")]
    mod handlers {}

    #[doc = include_str!("../../mcp-macros/docs/prompt.md")]
    mod prompt {}

    #[doc = include_str!("../../mcp-macros/docs/prompts.md")]
    mod prompts {}

    #[doc = include_str!("../../mcp-macros/docs/read.md")]
    mod read {}

    #[doc = include_str!("../../mcp-macros/docs/resource.md")]
    mod resource {}

    #[doc = include_str!("../../mcp-macros/docs/resources.md")]
    mod resources {}

    #[doc = include_str!("../../mcp-macros/docs/tool.md")]
    mod tool {}

    #[doc = include_str!("../../mcp-macros/docs/tools.md")]
    mod tools {}
}
