//! Completion of prompt arguments and template variables (`server/utilities/completion`).

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

use crate::call::Ctx;
use crate::output::Probe;

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
    Function(Arc<dyn Fn(Completing) -> CompletingFuture + Send + Sync>),
}

type CompletingFuture = Pin<Box<dyn Future<Output = Vec<String>> + Send>>;

/// What is being completed: the text so far, and the other arguments that are known already.
#[derive(Clone, Debug)]
pub struct Completing {
    value: String,
    arguments: HashMap<String, String>,
    ctx: Ctx,
}

impl Completing {
    pub(crate) fn new(value: String, arguments: HashMap<String, String>, ctx: Ctx) -> Self {
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

/// Functions that complete: `fn(&str) -> impl IntoIterator<Item: Into<String>>`, or the same as
/// `async fn(Completing)`, for those that need the other arguments or have to wait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot complete an argument",
    label = "neither `fn(&str) -> Vec<String>` nor `async fn(Completing) -> Vec<String>`"
)]
pub trait CompleteFn<Marker>: Send + Sync + 'static {
    /// Values for what is typed so far.
    fn complete(&self, completing: Completing) -> CompletingFuture;
}

impl<F, I> CompleteFn<(&'static str, I)> for F
where
    F: Fn(&str) -> I + Send + Sync + 'static,
    I: IntoIterator<Item: Into<String>>,
{
    fn complete(&self, completing: Completing) -> CompletingFuture {
        let values: Vec<String> = self(completing.value()).into_iter().map(Into::into).collect();
        Box::pin(std::future::ready(values))
    }
}

impl<F, Fut, I> CompleteFn<(Completing, Fut)> for F
where
    F: Fn(Completing) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = I> + Send + 'static,
    I: IntoIterator<Item: Into<String>>,
{
    fn complete(&self, completing: Completing) -> CompletingFuture {
        let values = self(completing);
        Box::pin(async move { values.await.into_iter().map(Into::into).collect() })
    }
}

/// A completer from a function.
pub fn completer<M>(function: impl CompleteFn<M>) -> Completer {
    Completer(Kind::Function(Arc::new(move |completing| function.complete(completing))))
}

impl Completer {
    pub(crate) fn is_none(&self) -> bool {
        matches!(self.0, Kind::None)
    }

    pub(crate) async fn complete(&self, completing: Completing) -> Suggestions {
        let prefix = completing.value.clone();
        let values = match &self.0 {
            Kind::None => Vec::new(),
            Kind::Values(values) => values.iter().filter(|value| starts_with(value, &prefix)).cloned().collect(),
            Kind::Function(function) => function(completing).await,
        };
        Suggestions::new(values)
    }
}

impl std::fmt::Debug for Completer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Kind::None => "Completer::None",
            Kind::Values(_) => "Completer::Values",
            Kind::Function(_) => "Completer::Function",
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
pub(crate) struct Suggestions {
    values: Vec<String>,
    total: usize,
    has_more: bool,
}

impl Suggestions {
    pub(crate) fn new(mut values: Vec<String>) -> Self {
        let total = values.len();
        values.truncate(MOST);
        Self { has_more: total > values.len(), total, values }
    }
}

/// Types that complete themselves: those whose schema lists their values.
pub trait CompleteBySchema {
    /// A completer over the values.
    fn completer(&self) -> Completer;
}

/// All others.
pub trait CompleteByNothing {
    /// No completer.
    fn completer(&self) -> Completer;
}

impl<T: JsonSchema> CompleteBySchema for &Probe<T> {
    fn completer(&self) -> Completer {
        let mut generator = SchemaGenerator::default();
        let schema = T::json_schema(&mut generator);
        let values = listed(schema.as_value());
        Completer(if values.is_empty() { Kind::None } else { Kind::Values(values.into()) })
    }
}

impl<T> CompleteByNothing for Probe<T> {
    fn completer(&self) -> Completer {
        Completer(Kind::None)
    }
}

/// The strings that a schema lists as its only values; `true` and `false` for booleans.
fn listed(schema: &Value) -> Vec<String> {
    if let Some(Value::String(only)) = schema.get("const") {
        return vec![only.clone()];
    }
    if schema.get("type").is_some_and(|kind| kind == "boolean") {
        return vec!["true".to_owned(), "false".to_owned()];
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        return values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
    alternatives.into_iter().flatten().flat_map(listed).collect()
}
