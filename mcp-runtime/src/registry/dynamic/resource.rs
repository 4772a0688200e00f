//! Resources and templates made at run time.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use mcp_proto::types::Annotations;
use mcp_proto::wire::Reply;
use serde_json::Value;

use super::details::{Details, details_setters};
use crate::args::{CompleteFn, Completer, Here, blocking_completer, completer, unsafe_path};
use crate::call::{Call, Ctx, Handler};
use crate::output::{Error, HandlerError, Probe, ResourceByOutput as _, ResourceBySerde as _, ResourceOutput};

/// A resource, or a template of resources, that is known at run time only.
///
/// ```
/// use mcp_runtime::dynamic::{Read, Resource};
/// use mcp_runtime::prelude::*;
///
/// # fn main() -> Result<(), BuildError> {
/// let notes = Resource::new("note://{id}")
///     .mime("text/plain")
///     .describe("A note.")
///     .handler(async |read: Read, _ctx| match read.variable("id") {
///         Some("7") => Ok("buy milk"),
///         _ => Err(Error::not_found()),
///     });
/// let server = Server::empty("notes").add(notes).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Resource {
    /// The name is the URI.
    pub(crate) details: Details,
    pub(crate) name: Option<String>,
    pub(crate) mime: Option<String>,
    pub(crate) size: Option<u64>,
    pub(crate) annotations: Annotations,
    /// Variables whose values are the handler's to judge.
    pub(crate) raw: Vec<String>,
    make_handler: Option<MakeHandler>,
    /// What completes variables of the template.
    pub(crate) completers: Vec<(String, Completer)>,
}

/// What a client wants to read.
///
/// ```
/// use mcp_runtime::dynamic::{Read, Resource};
/// use mcp_runtime::prelude::*;
///
/// let note = Resource::new("note://{id}")
///     .handler(async |wanted: Read, _ctx| format!("{} is note {:?}", wanted.uri(), wanted.variable("id")));
/// let server = Server::new("notes").add(note);
/// ```
#[derive(Clone, Debug)]
pub struct Read {
    uri: String,
    variables: Vec<(String, String)>,
}

impl Resource {
    /// A resource at this URI, or at all URIs of a template such as `note://{id}`. What is wrong with it is an error where
    /// the resource is added.
    #[track_caller]
    pub fn new(uri: impl Into<String>) -> Self {
        Self {
            details: Details::new(uri.into(), std::panic::Location::caller()),
            name: None,
            mime: None,
            size: None,
            annotations: Annotations::default(),
            raw: Vec::new(),
            make_handler: None,
            completers: Vec::new(),
        }
    }

    details_setters!();

    /// Sets its name for programs. Without it the URI is its name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets its MIME type.
    pub fn mime(mut self, mime: impl Into<String>) -> Self {
        self.mime = Some(mime.into());
        self
    }

    /// Sets its size in bytes.
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// Sets hints on its use.
    pub fn annotations(mut self, annotations: Annotations) -> Self {
        self.annotations = annotations;
        self
    }

    /// Takes whatever value a variable of the template has, as `#[arg(raw)]` does. Without it a value that leads out of a
    /// directory (`..`, an absolute path, a drive) or has a NUL byte is refused before the handler is called
    /// (`server/resources`, "Security Considerations"). A variable that the template does not have is an error where the resource is
    /// added.
    pub fn raw(mut self, variable: impl Into<String>) -> Self {
        self.raw.push(variable.into());
        self
    }

    /// Sets what completes a variable of the template.
    ///
    /// ```
    /// use mcp_runtime::dynamic::{Read, Resource};
    ///
    /// let notes = Resource::new("note://{lang}")
    ///     .complete("lang", |typed: &str| ["de", "en"].into_iter().filter(|one| one.starts_with(typed)).collect::<Vec<_>>())
    ///     .handler(async |read: Read, _ctx| format!("a note in {:?}", read.variable("lang")));
    /// ```
    pub fn complete<M>(mut self, variable: impl Into<String>, function: impl CompleteFn<M>) -> Self {
        self.completers.push((variable.into(), completer(function)));
        self
    }

    /// The same, with a function that computes for long or blocks: it runs on a thread of its own.
    pub fn complete_blocking<M>(mut self, variable: impl Into<String>, function: impl CompleteFn<Here<M>>) -> Self {
        self.completers.push((variable.into(), blocking_completer(function)));
        self
    }

    /// Sets the function that reads it: it returns a JSON [`Value`], anything that has [`ResourceOutput`] (text, bytes,
    /// [`ResourceContents`](crate::ResourceContents), an `Option` that is `None` where there is nothing), or a `Result` of
    /// them.
    pub fn handler<F, Fut, R>(mut self, function: F) -> Self
    where
        F: Fn(Read, Ctx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = R> + Send + 'static,
        R: ResourceAnswer,
    {
        let function = Arc::new(function);
        self.make_handler = Some(MakeHandler(Arc::new(move |raw| {
            let function = Arc::clone(&function);
            Handler::asynchronous(move |call: Call| {
                let answer = Read::of(&call, &raw).map(|read| function(read, call.ctx().clone()));
                async move {
                    match answer {
                        Ok(answer) => answer.await.reply(&call),
                        Err(refusal) => refusal.reply(&call),
                    }
                }
            })
        })));
        self
    }

    /// Sets a function that computes for long or blocks, and runs on a thread of its own. See
    /// [`handler`](Self::handler).
    pub fn blocking<F, R>(mut self, function: F) -> Self
    where
        F: Fn(Read, Ctx) -> R + Send + Sync + 'static,
        R: ResourceAnswer,
    {
        let function = Arc::new(function);
        self.make_handler = Some(MakeHandler(Arc::new(move |raw| {
            let function = Arc::clone(&function);
            Handler::blocking(move |call: &Call| match Read::of(call, &raw) {
                Ok(read) => function(read, call.ctx().clone()).reply(call),
                Err(refusal) => refusal.reply(call),
            })
        })));
        self
    }

    pub(crate) fn make_handler(&self) -> Option<Handler> {
        Some((self.make_handler.as_ref()?.0)(self.raw.clone()))
    }
}

/// Makes the handler, once it is known which values are its own to judge.
#[derive(Clone)]
struct MakeHandler(Arc<dyn Fn(Vec<String>) -> Handler + Send + Sync>);

impl fmt::Debug for MakeHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MakeHandler")
    }
}

impl Read {
    fn of(call: &Call, raw: &[String]) -> Result<Self, Error> {
        for (name, value) in call.variables() {
            if let Some(why) = unsafe_path(value).filter(|_| !raw.iter().any(|raw| **raw == **name)) {
                return Err(Error::invalid(format!("`{name}`: {why}")));
            }
        }
        let variables = call.variables().iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Ok(Self { uri: call.request().uri().unwrap_or_default().to_owned(), variables })
    }

    /// The URI, as the client wrote it.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The value of a variable of the template, percent-decoded.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(other, _)| other == name).map(|(_, value)| &**value)
    }
}

/// What the function of a [`Resource`] may return: a JSON [`Value`], anything that has [`ResourceOutput`], or a `Result` of
/// them.
///
/// ```
/// use mcp_runtime::dynamic::{Read, Resource, ResourceAnswer};
/// use serde_json::json;
///
/// /// A resource from any function that reads something.
/// fn fixed<A: ResourceAnswer + Send + 'static>(uri: &str, read: impl Fn() -> A + Send + Sync + 'static) -> Resource {
///     Resource::new(uri).handler(move |_: Read, _ctx| std::future::ready(read()))
/// }
///
/// let prices = fixed("shop://prices", || json!({ "tea": 2.5 }));
/// let manual = fixed("shop://manual", || std::fs::read_to_string("manual.txt"));
/// ```
pub trait ResourceAnswer {
    /// The answer to a call.
    #[doc(hidden)]
    fn reply(self, call: &Call) -> Reply;
}

impl<T: ResourceOutput> ResourceAnswer for T {
    fn reply(self, call: &Call) -> Reply {
        (&Probe::of(&self)).reply_resource(self, call)
    }
}

impl ResourceAnswer for Value {
    fn reply(self, call: &Call) -> Reply {
        Probe::of(&self).reply_resource(self, call)
    }
}

impl<T: ResourceAnswer, E: HandlerError> ResourceAnswer for Result<T, E> {
    fn reply(self, call: &Call) -> Reply {
        match self {
            Ok(value) => value.reply(call),
            Err(error) => error.into_handler_error().reply(call),
        }
    }
}
