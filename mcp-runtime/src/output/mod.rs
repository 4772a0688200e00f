//! From what a function returns to the bytes of an answer.
//!
//! Which way a value goes is settled by its concrete type, in the code the macros expand to (see [`Probe`]), never by
//! how the type is spelled: an alias does what the type does.

mod admit;
mod answer;
mod chain;
mod classify;
mod decision;
mod error;
mod into_error;
#[cfg(feature = "layers")]
mod mask;
mod once;
mod probe;
mod prompt;
mod resource;
mod schema;
mod tool;

pub use admit::{
    AdmitErrorDisplay, AdmitErrorNothing, AdmitErrorOwn, AdmitPromptNothing, AdmitPromptOutput, AdmitPromptText,
    AdmitResourceNothing, AdmitResourceOutput, AdmitResourceSerde, AdmitToolNothing, AdmitToolOutput, AdmitToolSerde,
    ErrorAnswer, Fits, Misfit, PromptAnswer, ResourceAnswer, ToolAnswer,
};
pub(crate) use answer::{callers_fault, note_timeout, tool_error};
#[cfg(feature = "cli")]
pub(crate) use chain::causes;
#[cfg(any(feature = "stdio", feature = "auth"))]
pub(crate) use chain::chain;
pub use classify::classified;
pub(crate) use decision::is_allowed;
pub use decision::{Decision, FORBIDDEN, decided};
pub use error::{Error, ErrorKind, Result};
pub(crate) use into_error::HandlerError;
pub use into_error::IntoError;
pub use probe::{
    ErrorByChain, ErrorByDisplay, ErrorByOwn, ErrorBySharedChain, ErrorByStd, PeelPlain, PeelResult, Probe,
};
pub use prompt::{Prompt, PromptByOutput, PromptByText, PromptOutput, PromptWriter};
pub use resource::{ResourceByOutput, ResourceBySerde, ResourceOutput, ResourceWriter};
pub use schema::{
    OutputSchema, OutputType, SchemaByNothing, SchemaByOutput, SchemaBySerde, SchemaByText, SchemaSource,
};
pub use tool::{ToolByOutput, ToolBySerde, ToolOutput, ToolResult, ToolWriter};

#[cfg(feature = "layers")]
pub(crate) use mask::{Failure, Mask, Verdict};
pub(crate) use resource::not_found;
