//! What generated code calls. Not for people: it changes whenever the macros do.

pub use crate::args::{
    Argument, ArgumentByNothing, ArgumentByNull, ArgumentByType, FromText, TextArgument, TextByNothing,
};
pub use crate::args::{
    CompleteByNothing, CompleteBySchema, Completer, Constraint, EngineByNone, EngineByType, HeaderValue, Measured, Num,
    Param, Pattern, Ranged, Read, Slot, TextByParse, TextBySerde, TextOption, Textual, blocking_completer,
    check_length, check_pattern, check_range, completer, read, read_flat, read_text,
};
pub use crate::args::{QueryArgument, QueryByNothing, QueryByOption};
pub use crate::call::{Asking, Call, Handler, Location};
pub use crate::consent::ASKING;
pub use crate::extract::{FromCall, Injected};
pub use crate::output::{
    AdmitErrorDisplay, AdmitErrorNothing, AdmitErrorOwn, AdmitPromptNothing, AdmitPromptOutput, AdmitPromptText,
    AdmitResourceNothing, AdmitResourceOutput, AdmitResourceSerde, AdmitToolNothing, AdmitToolOutput, AdmitToolSerde,
    ErrorAnswer, Fits, Misfit, PromptAnswer, ResourceAnswer, ToolAnswer,
};
pub use crate::output::{
    Error, ErrorByChain, ErrorByDisplay, ErrorByOwn, ErrorBySharedChain, ErrorByStd, OutputSchema, OutputType,
    PeelPlain, PeelResult, Probe, PromptByOutput, PromptByText, ResourceByOutput, ResourceBySerde, SchemaByNothing,
    SchemaByOutput, SchemaBySerde, SchemaByText, SchemaSource, ToolByOutput, ToolBySerde,
};
pub use crate::output::{classified, decided};
pub use crate::questions::{
    Answers, Asked, Choice, ChoiceList, Choices, Chosen, Elicit, FormField, Format, Listed, Number, Numeric, Written,
};
pub use crate::registry::{Binder, FlatArgument, Group, Guard, Item, PromptDef, ResourceDef, ToolDef};
pub use crate::registry::{
    MarkedPrompt, MarkedResource, MarkedTool, UnmarkedPrompt, UnmarkedResource, UnmarkedTool, marked_prompt,
    marked_resource, marked_tool,
};
pub use crate::server::of_package;
pub use crate::state::{State, States};
pub use inventory::submit;
pub use mcp_proto::types::{Annotations, Icon};
pub use mcp_proto::wire::{Reply, Str};

pub use crate::macros::{
    answer_prompt, answer_resource, answer_tool, answer_tool_text, completer_for, output_schema, param, query, slot,
    text, text_or, text_param, to_json,
};

#[cfg(feature = "install")]
pub use crate::program::install_on;
#[cfg(all(feature = "cli", feature = "client"))]
pub use crate::program::mcp;
#[cfg(feature = "cli")]
pub use crate::program::surface_changes;
#[cfg(feature = "stdio")]
pub use crate::program::{block_on_main, configured, run};
#[cfg(feature = "cli")]
pub use crate::program::{block_on_main_with, run_with};

#[cfg(feature = "client-stdio")]
pub use crate::client::typed::{
    AsClient, Awaited, Function, NotAwaited, ReadAny, ReadOutput, ReadSerde, ReadText, ResourceAny, ResourceText,
    ResourceValue, ResourceWhole, SendValue, Sent, Shape, Signature, StepArgument, StepInjected, StepReceiver, Texts,
    Values, call_tool, get_prompt, read_resource, signature, value,
};

use std::any::TypeId;
use std::future::Future;
use std::sync::Arc;

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use crate::call::Principal;
use crate::output::Decision;

/// A text without the blanks around it: a file that a doc comment includes ends with a line break.
pub const fn trimmed(text: &'static str) -> &'static str {
    text.trim_ascii()
}

/// Tells the type of one function from that of another.
pub fn function_id<F: 'static>(_: &F) -> TypeId {
    TypeId::of::<F>()
}

/// A function that answers on the spot.
pub fn tool_sync(f: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Handler {
    Handler::sync(f)
}

/// A function that may have to wait.
pub fn tool_async<F, Fut>(f: F) -> Handler
where
    F: Fn(Call) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Reply> + Send + 'static,
{
    Handler::asynchronous(f)
}

/// A function that holds its thread.
pub fn tool_blocking(f: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Handler {
    Handler::blocking(f)
}

/// Runs a function that holds its thread, once what it needs besides arguments is there.
pub async fn on_own_thread(call: Call, f: impl FnOnce(&Call) -> Reply + Send + 'static) -> Reply {
    crate::call::on_own_thread(call, Box::new(f)).await
}

/// A policy of the caller alone.
pub fn policy_of_caller<D: Decision>(policy: impl Fn(&Principal) -> D + Clone + Send + Sync + 'static) -> Guard {
    let of_call = policy.clone();
    let check = Handler::sync(move |call| decided(call, of_call(call.ctx().principal())));
    Guard::of_principal(Arc::new(move |principal| policy(principal).shows()), check)
}

/// A policy of a call.
pub fn policy_of_call(check: Handler) -> Guard {
    Guard::of_call(check)
}

/// The answer when an extractor refuses a call.
pub fn error(call: &Call, error: Error) -> Reply {
    ErrorByOwn::reply_error(&&&&&Probe::of(&error), error, call)
}

/// The schema of a parameter that takes all arguments.
pub fn flat_schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    crate::registry::flat_schema::<T>(generator)
}

/// A schema that was written by hand.
pub fn schema_text(schema: impl SchemaSource) -> String {
    schema.text()
}

/// Asks whether a value serializes, for the defaults and examples that a schema shows.
pub trait JsonBySerde<T> {
    /// Its JSON.
    fn json(&self, value: &T) -> Option<String>;
}

/// The values that do not.
pub trait JsonByNothing<T> {
    /// Nothing.
    fn json(&self, value: &T) -> Option<String>;
}

impl<T: serde::Serialize> JsonBySerde<T> for &Probe<T> {
    fn json(&self, value: &T) -> Option<String> {
        serde_json::to_string(value).ok()
    }
}

impl<T> JsonByNothing<T> for Probe<T> {
    fn json(&self, _: &T) -> Option<String> {
        None
    }
}
