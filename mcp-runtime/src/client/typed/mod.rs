//! Typed calls: `call!`, `read!` and `prompt!`, and what they expand to.
//!
//! Nothing is generated for a function that nobody calls so: its types are those of its signature, and the names on the wire are
//! in the definition that it has anyway. Which parameters a client sends is found out as `Probe` does it, by method resolution on
//! concrete types: one step for each parameter ([`signature`]).

mod reading;
mod signature;
mod value;

pub use reading::{
    ReadAny, ReadOutput, ReadSerde, ReadText, ResourceAny, ResourceText, ResourceValue, ResourceWhole, Shape, Texts,
};
pub use signature::{Awaited, Function, NotAwaited, Signature, StepArgument, StepInjected, StepReceiver, signature};
pub use value::{SendValue, Sent, Values, value};

use std::fmt;
use std::future::IntoFuture;

use mcp_proto::types::UriTemplate;
use serde_json::value::RawValue;

use super::Client;
use super::call::Call;
use super::carrier::Boxed;
use super::error::ClientError;
use super::result::{CallResult, PromptResult};
use crate::nested::ReadResourceResult;
use crate::registry::{PromptDef, ResourceDef, ToolDef};

/// What `call!` and its like take: a [`Client`], or a reference to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a client",
    label = "expected a `Client` or a `&Client`",
    note = "connect first: `let client = Client::to(&server).await?;`"
)]
pub trait AsClient {
    /// The client.
    fn as_client(&self) -> &Client;
}

impl AsClient for Client {
    fn as_client(&self) -> &Client {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<C: AsClient + ?Sized> AsClient for &C {
    fn as_client(&self) -> &Client {
        C::as_client(self)
    }
}

/// A call of a tool whose arguments and result have the types of its function: what `call!` gives. `.await` it.
///
/// ```standalone_crate
/// use std::time::Duration;
///
/// use mcp_runtime::client::{Client, call};
/// use mcp_runtime::prelude::*;
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::to(&Server::new("calculator").build()?).await?;
/// let sum = call!(client, add(2, 3)).with(|call| call.timeout(Duration::from_secs(5))).await?;
/// assert_eq!(sum, 5);
/// # Ok(())
/// # }
/// ```
#[must_use = "a call is made when it is awaited"]
pub struct TypedCall<T> {
    client: Client,
    name: &'static str,
    arguments: Result<Box<RawValue>, ClientError>,
    settings: Vec<Box<dyn FnOnce(Call) -> Call + Send>>,
    renamed: Option<String>,
    read: Reading<T>,
    shape: crate::call::OutputShape,
}

/// How a result is read.
type Reading<T> = fn(CallResult, crate::call::OutputShape) -> Result<T, ClientError>;

impl<T> TypedCall<T> {
    /// Sets what can be set for a call: time limits, who hears of progress, and more ([`Call`]).
    pub fn with(mut self, set: impl FnOnce(Call) -> Call + Send + 'static) -> Self {
        self.settings.push(Box::new(set));
        self
    }

    /// Calls the tool by another name: the one that it has at a server which mounts it under a prefix.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.renamed = Some(name.into());
        self
    }

    /// The call without the type of its result, to start it as a task ([`Call::start`]), or to see its content.
    ///
    /// # Errors
    /// [`ClientError::Invalid`]: an argument cannot be sent, or the function is not a tool.
    pub fn untyped(self) -> Result<Call, ClientError> {
        let arguments = self.arguments?;
        let call = self.client.call(self.renamed.as_deref().unwrap_or(self.name), &*arguments);
        Ok(self.settings.into_iter().fold(call, |call, set| set(call)))
    }
}

impl<T: Send + 'static> IntoFuture for TypedCall<T> {
    type Output = Result<T, ClientError>;
    type IntoFuture = Boxed<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let (read, shape) = (self.read, self.shape);
        Box::pin(async move { read(self.untyped()?.await?, shape) })
    }
}

impl<T> fmt::Debug for TypedCall<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedCall").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Calls a tool.
pub fn call_tool<T>(
    client: &impl AsClient,
    tool: &'static ToolDef,
    shape: &'static Shape,
    values: Values,
    read: Reading<T>,
) -> TypedCall<T> {
    let (client, settings) = (client.as_client().clone(), Vec::new());
    let declared = tool.marked().ok_or_else(|| unmarked("call", "tool", tool.common.name, tool));
    let name = declared.as_ref().map_or(tool.common.name, |tool| tool.common.name);
    let arguments = declared.as_ref().map_err(Clone::clone).and_then(|tool| tool.arguments(values));
    let shape = shape.get(declared.as_ref().ok().copied());
    TypedCall { client, name, arguments, settings, renamed: None, read, shape }
}

/// Reads a resource, of which the values make the URI.
pub fn read_resource<T: 'static>(
    client: &impl AsClient,
    resource: &'static ResourceDef,
    values: Values,
    read: fn(ReadResourceResult) -> Result<T, ClientError>,
) -> Boxed<'static, Result<T, ClientError>> {
    let client = client.as_client().clone();
    let uri = match resource.marked() {
        Some(resource) => uri(resource, values),
        None => Err(unmarked("read", "resource", resource.common.name, resource)),
    };
    Box::pin(async move { read(client.read(&uri?).await?) })
}

/// Gets a prompt.
pub fn get_prompt(
    client: &impl AsClient,
    prompt: &'static PromptDef,
    values: Values,
) -> Boxed<'static, Result<PromptResult, ClientError>> {
    let client = client.as_client().clone();
    let given = match prompt.marked() {
        Some(prompt) => values
            .texts(prompt.common.name, prompt.common.params)
            .map(|values| (prompt.common.name, values.into_iter().collect::<std::collections::BTreeMap<_, _>>())),
        None => Err(unmarked("prompt", "prompt", prompt.common.name, prompt)),
    };
    Box::pin(async move {
        let (name, arguments) = given?;
        client.prompt(name, arguments).await
    })
}

/// The URI that the values make.
fn uri(resource: &'static ResourceDef, values: Values) -> Result<String, ClientError> {
    let values = values.texts(resource.common.name, resource.common.params)?;
    let template = UriTemplate::parse(resource.uri)
        .map_err(|why| ClientError::invalid(format!("`{}` is no URI template: {why}", resource.uri)))?;
    if template.is_static() {
        return Ok(resource.uri.to_owned());
    }
    let given: Vec<String> = values.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    let values = values.into_iter().map(|(name, value)| (name.into(), value)).collect();
    template.expand(&values).ok_or_else(|| {
        let given = given.join(", ");
        ClientError::invalid(format!("`{}` has no URI for {given}: a segment is not empty", resource.uri))
    })
}

/// The error of a function without the attribute, or whose definition was not linked.
fn unmarked(by: &str, word: &str, name: &str, at: &(impl At + ?Sized)) -> ClientError {
    let (file, line) = at.at();
    ClientError::invalid(format!(
        "`{name}` in `{by}!` at {file}:{line} is not marked `#[{word}]`, or the linker left its definition out: mark it, or write \
         the path where it is defined"
    ))
}

/// Where something is written.
trait At {
    fn at(&self) -> (&'static str, u32);
}

macro_rules! at {
    ($($def:ty),*) => {$(
        impl At for $def {
            fn at(&self) -> (&'static str, u32) {
                (self.common.at.file, self.common.at.line)
            }
        }
    )*};
}

at!(ToolDef, ResourceDef, PromptDef);

impl Shape {
    /// The shape of what a tool returns, which is found out once.
    fn get(&self, tool: Option<&ToolDef>) -> crate::call::OutputShape {
        let declared = || Some(tool?.output_schema().ok()?.shape);
        *self.0.get_or_init(|| declared().unwrap_or_default())
    }
}
