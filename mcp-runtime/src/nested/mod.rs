//! Calls that a handler makes of its own server: its tools, resources and prompts, through the same stack.

mod prompt;
mod reply;
mod resource;
mod tool;

pub use prompt::{GetPromptResult, GotMessage};
pub use resource::{ReadContents, ReadResourceResult};
pub use tool::CallToolResult;
