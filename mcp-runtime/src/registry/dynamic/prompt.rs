//! Prompts made at run time.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use mcp_proto::wire::{Reply, RpcError};

use super::details::{Details, details_setters};
use crate::args::{
    CompleteFn, Completer, Faults, Here, blocking_completer, completer, excerpt, missing, pointer_to, unknown,
};
use crate::call::{Call, Ctx, Handler};
use crate::output::{HandlerError, Probe, PromptByOutput as _, PromptOutput};
use crate::registry::item::Parameter;

/// A prompt that is known at run time only.
///
/// ```
/// use std::collections::HashMap;
///
/// use mcp_runtime::dynamic::Prompt;
/// use mcp_runtime::prelude::*;
///
/// # fn main() -> Result<(), BuildError> {
/// let review = Prompt::new("review")
///     .describe("Reviews code.")
///     .required("code", "The code.")
///     .optional("language", "What it is written in.")
///     .handler(async |arguments: HashMap<String, String>, _ctx| format!("Please review:\n{}", arguments["code"]));
/// let server = Server::empty("reviews").add(review).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Prompt {
    pub(crate) details: Details,
    pub(crate) arguments: Vec<Argument>,
    make_handler: Option<MakeHandler>,
    /// Whether something was to complete an argument before there was one.
    pub(crate) completes_nothing: bool,
}

/// Makes the handler, once all arguments are known: it is told what they are.
#[derive(Clone)]
struct MakeHandler(Arc<dyn Fn(Vec<Argument>) -> Handler + Send + Sync>);

/// An argument of a prompt.
#[derive(Clone, Debug)]
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) is_required: bool,
    pub(crate) completer: Completer,
}

impl From<&Argument> for Parameter {
    fn from(argument: &Argument) -> Self {
        Self {
            name: argument.name.clone().into(),
            description: argument.description.clone().into(),
            required: argument.is_required,
            completer: argument.completer.clone(),
            entry: None,
        }
    }
}

impl Prompt {
    /// A prompt of this name.
    #[track_caller]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            details: Details::new(name.into(), std::panic::Location::caller()),
            arguments: Vec::new(),
            make_handler: None,
            completes_nothing: false,
        }
    }

    details_setters!();

    /// Adds an argument that must be given.
    pub fn required(self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.argument(name.into(), description.into(), true)
    }

    /// Adds an argument that may be left out.
    pub fn optional(self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.argument(name.into(), description.into(), false)
    }

    fn argument(mut self, name: String, description: String, is_required: bool) -> Self {
        self.arguments.push(Argument { name, description, is_required, completer: Completer::default() });
        self
    }

    /// Sets what completes the argument that was added last.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use mcp_runtime::dynamic::Prompt;
    /// use mcp_runtime::prelude::*;
    ///
    /// # struct Store;
    /// # impl Store { async fn tags(&self, _: &str) -> std::io::Result<Vec<String>> { Ok(Vec::new()) } }
    /// let plan = Prompt::new("plan")
    ///     .required("tag", "What to plan.")
    ///     .complete(async |typed: String, store: State<Store>| Ok::<_, Error>(store.tags(&typed).await?))
    ///     .handler(async |arguments: HashMap<String, String>, _ctx| format!("Plan {}.", arguments["tag"]));
    /// ```
    pub fn complete<M>(self, function: impl CompleteFn<M>) -> Self {
        self.completed_by(completer(function))
    }

    /// The same, with a function that computes for long or blocks: it runs on a thread of its own.
    pub fn complete_blocking<M>(self, function: impl CompleteFn<Here<M>>) -> Self {
        self.completed_by(blocking_completer(function))
    }

    fn completed_by(mut self, completer: Completer) -> Self {
        match self.arguments.last_mut() {
            Some(argument) => argument.completer = completer,
            None => self.completes_nothing = true,
        }
        self
    }

    /// Sets the function that renders it: it takes the arguments that were given and the context, and returns anything that
    /// has [`PromptOutput`] (text, messages), or a `Result` of it. It is called only with every required argument, and with none
    /// that the prompt does not have.
    pub fn handler<F, Fut, R>(mut self, function: F) -> Self
    where
        F: Fn(HashMap<String, String>, Ctx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = R> + Send + 'static,
        R: PromptAnswer,
    {
        let function = Arc::new(function);
        self.make_handler = Some(MakeHandler(Arc::new(move |known| {
            let function = Arc::clone(&function);
            Handler::asynchronous(move |call: Call| {
                let answer = read(&call, &known).map(|arguments| function(arguments, call.ctx().clone()));
                async move {
                    match answer {
                        Ok(answer) => answer.await.reply(&call),
                        Err(error) => Reply::error(call.id(), &error),
                    }
                }
            })
        })));
        self
    }

    pub(crate) fn make_handler(&self) -> Option<Handler> {
        Some((self.make_handler.as_ref()?.0)(self.arguments.clone()))
    }
}

impl fmt::Debug for MakeHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handler::Async")
    }
}

fn read(call: &Call, known: &[Argument]) -> Result<HashMap<String, String>, RpcError> {
    let arguments: HashMap<String, String> = serde_json::from_str(call.request().arguments_json())
        .map_err(|_| RpcError::invalid_params("Invalid arguments: each must be a string"))?;
    let mut faults = Faults::new(call.ctx().scope().shared.faults);
    let names: Vec<&str> = known.iter().map(|one| &*one.name).collect();
    for name in arguments.keys().filter(|name| !names.contains(&name.as_str())) {
        if faults.are_full() {
            faults.count();
        } else {
            faults.add(pointer_to(&excerpt(name)), unknown(name, &names));
        }
    }
    for one in known.iter().filter(|one| one.is_required && !arguments.contains_key(&one.name)) {
        faults.add(pointer_to(&one.name), missing(&one.description));
    }
    faults.sort(&names);
    if faults.is_empty() {
        return Ok(arguments);
    }
    Err(RpcError::invalid_params(faults.to_string()).with_data(&serde_json::json!({ "faults": faults })))
}

/// What the function of a [`Prompt`] may return: anything that has [`PromptOutput`], or a `Result` of it.
///
/// ```
/// use std::collections::HashMap;
///
/// use mcp_runtime::dynamic::{Prompt, PromptAnswer};
///
/// /// A prompt without arguments, from any function that says something.
/// fn fixed<A: PromptAnswer + Send + 'static>(name: &str, say: impl Fn() -> A + Send + Sync + 'static) -> Prompt {
///     Prompt::new(name).handler(move |_: HashMap<String, String>, _ctx| std::future::ready(say()))
/// }
///
/// let greeting = fixed("greeting", || "Say hello.");
/// let manual = fixed("manual", || std::fs::read_to_string("manual.txt"));
/// ```
pub trait PromptAnswer {
    /// The answer to a call.
    #[doc(hidden)]
    fn reply(self, call: &Call) -> Reply;
}

impl<T: PromptOutput> PromptAnswer for T {
    fn reply(self, call: &Call) -> Reply {
        (&Probe::of(&self)).reply_prompt(self, call)
    }
}

impl<T: PromptAnswer, E: HandlerError> PromptAnswer for Result<T, E> {
    fn reply(self, call: &Call) -> Reply {
        match self {
            Ok(value) => value.reply(call),
            Err(error) => error.into_handler_error().reply(call),
        }
    }
}
