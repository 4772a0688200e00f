//! The names that everybody types: `use mcp_runtime::prelude::*;`.

pub use crate::{
    Annotations, AskError, Audio, BuildError, Completing, Content, Ctx, Elicit, Embedded, Error, FromCall, Group, Icon,
    Image, InputRequired, IntoError, LogLevel, Principal, Progress, Prompt, PromptMessage, ResourceContents,
    ResourceLink, Result, Server, ServerBuilder, State, ToolResult, elicit, elicit_url, roots, sample,
};

#[cfg(feature = "http")]
pub use crate::{Http, Routes};
#[cfg(feature = "macros")]
pub use crate::{handlers, prompt, prompts, resource, resources, tool, tools};
