//! Tools made at run time.

use std::future::Future;

use mcp_proto::wire::Reply;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::details::{Details, details_setters};
use crate::args::{Defaults, read_filled};
use crate::call::{Call, Ctx, Handler, Hints};
use crate::output::{HandlerError, Probe, SchemaSource, ToolByOutput as _, ToolBySerde as _, ToolOutput};

/// A tool whose name and schema are known at run time only: from a configuration file, another server, or a plug-in.
///
/// It is checked, listed and called like a function with `#[tool]`: calls are held to the schema, and wrong arguments are
/// answered with every fault.
///
/// ```
/// use mcp_runtime::dynamic::Tool;
/// use mcp_runtime::prelude::*;
/// use serde_json::{Value, json};
///
/// # fn main() -> Result<(), BuildError> {
/// let schema = json!({
///     "type": "object",
///     "properties": { "city": { "type": "string" } },
///     "required": ["city"],
/// });
/// let forecast = Tool::new("forecast", schema)
///     .describe("Tells tomorrow's weather.")
///     .read_only(true)
///     .handler(async |arguments: Value, _ctx| format!("Sunny in {}", arguments["city"]));
/// let server = Server::empty("weather").add(forecast).build()?;
/// # Ok(())
/// # }
/// ```
///
/// Arguments can be read into any type that has `Deserialize`. While the server runs,
/// [`ServerHandle::add`](crate::ServerHandle::add) adds tools and tells the clients.
#[derive(Clone, Debug)]
#[must_use]
pub struct Tool {
    pub(crate) details: Details,
    pub(crate) input: String,
    pub(crate) output: Option<String>,
    pub(crate) hints: Hints,
    pub(crate) cost: u32,
    /// Whether its schemas are listed as they are.
    pub(crate) is_exact: bool,
    pub(crate) handler: Option<Handler>,
}

impl Tool {
    /// A tool of this name, whose arguments have this JSON Schema: JSON text, a [`serde_json::Value`] or a
    /// [`schemars::Schema`], which must say `"type": "object"`.
    ///
    /// Calls are held to the schema as it is, and get the `default` of each of its `properties` that the caller leaves out: those at the
    /// top; what is within a property is left as it came. Listed is the same in words that hosts and the APIs of models take, as for
    /// functions: alternatives of all arguments (`oneOf`, `anyOf`, `allOf`, `$ref`) become one object, formats that JSON
    /// Schema does not define go, and each array has `items`. See [`exact`](Self::exact).
    ///
    /// A name has 1 to 128 of the characters `A-Z a-z 0-9 _ . -`. What is wrong with the name or the schema, such as a default that
    /// does not fit, is an error where the tool is added.
    #[track_caller]
    pub fn new(name: impl Into<String>, input_schema: impl SchemaSource) -> Self {
        Self {
            details: Details::new(name.into(), std::panic::Location::caller()),
            input: input_schema.text(),
            output: None,
            hints: Hints::default(),
            cost: 1,
            is_exact: false,
            handler: None,
        }
    }

    details_setters!();

    /// Sets the schema of its structured content, which must be that of an object.
    pub fn output(mut self, output_schema: impl SchemaSource) -> Self {
        self.output = Some(output_schema.text());
        self
    }

    /// Lists its schemas exactly as they are, like `#[tool(schema = exact)]`: for clients that are known to take them.
    pub fn exact(mut self) -> Self {
        self.is_exact = true;
        self
    }

    /// Says whether it changes nothing.
    pub fn read_only(mut self, yes: bool) -> Self {
        self.hints.read_only = Some(yes);
        self
    }

    /// Says whether it may destroy something.
    pub fn destructive(mut self, yes: bool) -> Self {
        self.hints.destructive = Some(yes);
        self
    }

    /// Says whether doing it twice is like doing it once.
    pub fn idempotent(mut self, yes: bool) -> Self {
        self.hints.idempotent = Some(yes);
        self
    }

    /// Says whether it touches the world outside.
    pub fn open_world(mut self, yes: bool) -> Self {
        self.hints.open_world = Some(yes);
        self
    }

    /// Sets what a call counts for where calls are counted, like `#[tool(cost = 5)]`: 1 by default, and 0 is free.
    pub fn cost(mut self, cost: u32) -> Self {
        self.cost = cost;
        self
    }

    /// Sets the function that serves its calls: it takes the arguments and the context, and returns a JSON
    /// [`Value`], anything that has [`ToolOutput`], or a `Result` of them.
    ///
    /// A closure that uses what it captures gives each call a copy:
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use mcp_runtime::{dynamic::Tool, prelude::*};
    /// # use serde_json::{Value, json};
    /// # fn example(base: Arc<str>) -> Tool {
    /// Tool::new("where", json!({ "type": "object" })).handler(move |_: Value, _ctx| {
    ///     let base = Arc::clone(&base);
    ///     async move { format!("{base}/index.html") }
    /// })
    /// # }
    /// ```
    pub fn handler<A, F, Fut, R>(mut self, function: F) -> Self
    where
        A: DeserializeOwned + Send + 'static,
        F: Fn(A, Ctx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = R> + Send + 'static,
        R: ToolAnswer,
    {
        let defaults = Defaults::of(&self.input);
        self.handler = Some(Handler::asynchronous(move |call: Call| {
            let answer = read_filled(&call, Some(&defaults)).map(|arguments| function(arguments, call.ctx().clone()));
            async move {
                match answer {
                    Ok(answer) => answer.await.reply(&call),
                    Err(refusal) => refusal,
                }
            }
        }));
        self
    }

    /// Sets a function that computes for long or blocks, and runs on a thread of its own. See
    /// [`handler`](Self::handler).
    pub fn blocking<A, F, R>(mut self, function: F) -> Self
    where
        A: DeserializeOwned,
        F: Fn(A, Ctx) -> R + Send + Sync + 'static,
        R: ToolAnswer,
    {
        let defaults = Defaults::of(&self.input);
        self.handler = Some(Handler::blocking(move |call: &Call| match read_filled(call, Some(&defaults)) {
            Ok(arguments) => function(arguments, call.ctx().clone()).reply(call),
            Err(refusal) => refusal,
        }));
        self
    }
}

/// What the function of a [`Tool`] may return: a JSON [`Value`], anything that has [`ToolOutput`], or a `Result` of them.
///
/// ```
/// use mcp_runtime::dynamic::{Tool, ToolAnswer};
/// use serde_json::{Value, json};
///
/// /// A tool without arguments, from any function that returns something.
/// fn plain<A: ToolAnswer + Send + 'static>(name: &str, run: impl Fn() -> A + Send + Sync + 'static) -> Tool {
///     let schema = json!({ "type": "object", "properties": {} });
///     Tool::new(name, schema).handler(move |_: Value, _ctx| std::future::ready(run()))
/// }
///
/// let price = plain("price", || json!({ "tea": 2.5 }));
/// let manual = plain("manual", || std::fs::read_to_string("manual.txt"));
/// ```
pub trait ToolAnswer {
    /// The answer to a call.
    #[doc(hidden)]
    fn reply(self, call: &Call) -> Reply;
}

impl<T: ToolOutput> ToolAnswer for T {
    fn reply(self, call: &Call) -> Reply {
        (&Probe::of(&self)).reply_tool(self, call)
    }
}

/// Text for models, and structured content for programs if it is an object.
impl ToolAnswer for Value {
    fn reply(self, call: &Call) -> Reply {
        Probe::of(&self).reply_tool(self, call)
    }
}

impl<T: ToolAnswer, E: HandlerError> ToolAnswer for Result<T, E> {
    fn reply(self, call: &Call) -> Reply {
        match self {
            Ok(value) => value.reply(call),
            Err(error) => error.into_handler_error().reply(call),
        }
    }
}
