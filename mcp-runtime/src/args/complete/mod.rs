//! Completion of prompt arguments and template variables (`server/utilities/completion`).

mod function;
mod schema;
mod values;

use std::sync::Arc;

use mcp_proto::types::Values;
use mcp_proto::wire::{Reply, ResultWriter};
use serde::Serialize;

use crate::call::{Call, Ctx, HandlerFuture};
use crate::output::Error;
use crate::state::{Missing, States};

pub use function::CompleteFn;
pub(crate) use function::Here;
pub use schema::{CompleteByNothing, CompleteBySchema};
pub use values::CompleteOutput;

/// The most values one answer may have.
const MOST: usize = 100;

/// What completes a parameter.
#[derive(Clone, Default)]
pub struct Completer(Kind);

#[derive(Clone, Default)]
enum Kind {
    #[default]
    None,
    Values(Arc<[String]>),
    Function {
        complete: Arc<dyn Fn(Completing, Call) -> HandlerFuture + Send + Sync>,
        needs: fn(&States, &mut dyn FnMut(Missing)),
    },
}

/// What is being completed: the text so far, and the other arguments that are known already.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// The streets of the city that was chosen.
/// fn streets(completing: Completing) -> Vec<String> {
///     let all: &[&str] = if completing.argument("city") == Some("Oslo") { &["Bygdøy allé"] } else { &["Bergstien"] };
///     all.iter().filter(|name| name.starts_with(completing.value())).map(ToString::to_string).collect()
/// }
///
/// /// Plans a walk.
/// #[prompt]
/// fn walk(city: &str, #[arg(complete = streets)] street: &str) -> String {
///     format!("Plan a walk along {street} in {city}.")
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Completing {
    value: String,
    arguments: Values,
    ctx: Ctx,
}

impl Completing {
    pub(crate) fn new(value: String, arguments: Values, ctx: Ctx) -> Self {
        Self { value, arguments, ctx }
    }

    /// The text so far.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Another argument, if it is known already.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.get(name).map(String::as_str)
    }

    /// The call.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }
}

/// The text so far.
impl From<Completing> for String {
    fn from(completing: Completing) -> Self {
        completing.value
    }
}

/// A completer from a function.
pub fn completer<M>(function: impl CompleteFn<M>) -> Completer {
    Completer::of(function, Thread::This)
}

/// A completer from a function that computes for long or blocks.
pub fn blocking_completer<M>(function: impl CompleteFn<Here<M>>) -> Completer {
    Completer::of(function, Thread::Own)
}

/// Where a function runs.
#[derive(Clone, Copy, Debug)]
pub enum Thread {
    /// Where the call is polled.
    This,
    /// Where it holds up nobody.
    Own,
}

impl Completer {
    fn of<M, F: CompleteFn<M>>(function: F, thread: Thread) -> Self {
        let function = Arc::new(function);
        Self(Kind::Function {
            complete: Arc::new(move |completing, call| Arc::clone(&function).complete(completing, call, thread)),
            needs: F::needs,
        })
    }

    pub(crate) fn is_none(&self) -> bool {
        matches!(self.0, Kind::None)
    }

    pub(crate) fn is_function(&self) -> bool {
        matches!(self.0, Kind::Function { .. })
    }

    /// Notes the state that its function needs and nobody has given.
    pub(crate) fn check(&self, states: &States, missing: &mut dyn FnMut(Missing)) {
        if let Kind::Function { needs, .. } = &self.0 {
            needs(states, missing);
        }
    }

    /// Answers a call of `completion/complete`.
    pub(crate) fn complete(&self, completing: Completing, call: Call) -> HandlerFuture {
        let values = match &self.0 {
            Kind::None => Vec::new(),
            Kind::Values(values) => {
                values.iter().filter(|value| starts_with(value, completing.value())).cloned().collect()
            }
            Kind::Function { complete, .. } => return complete(completing, call),
        };
        Box::pin(std::future::ready(reply(&call, Ok(values))))
    }
}

impl std::fmt::Debug for Completer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Kind::None => "Completer::None",
            Kind::Values(_) => "Completer::Values",
            Kind::Function { .. } => "Completer::Function",
        })
    }
}

fn starts_with(value: &str, prefix: &str) -> bool {
    let mut value = value.chars().flat_map(char::to_lowercase);
    prefix.chars().flat_map(char::to_lowercase).all(|c| value.next() == Some(c))
}

/// What `completion/complete` answers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Suggestions {
    values: Vec<String>,
    total: usize,
    has_more: bool,
}

/// The answer to a call of `completion/complete`.
fn reply(call: &Call, values: Result<Vec<String>, Error>) -> Reply {
    let mut values = match values {
        Ok(values) => values,
        Err(error) => return error.reply(call),
    };
    let total = values.len();
    values.truncate(MOST);
    let suggestions = Suggestions { has_more: total > values.len(), total, values };
    let mut result = ResultWriter::new(call.id());
    // Strings and numbers always serialize.
    let _ = serde_json::to_writer(result.member("completion"), &suggestions);
    result.finish(call.seal())
}
