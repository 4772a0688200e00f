//! The items that a server serves: what is listed of each, and what answers for it.

use std::borrow::Cow;
use std::sync::Arc;

use mcp_proto::types::{Annotations, Icon, UriTemplate, Variable, VariableKind};
use serde_json::value::RawValue;

use super::table::Named;
use crate::args::{Completer, Param};
use crate::call::{Consents, Entry, Handler};
use crate::gate::ring::{Ring, Wrapped};

/// A tool.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) bound: Bound,
    pub(super) about: About,
    pub(super) input: Box<RawValue>,
    pub(super) output: Option<Box<RawValue>>,
    /// The arguments that HTTP headers mirror.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "HTTP alone has headers"))]
    pub(super) mirrored: Vec<Mirrored>,
}

/// A resource, or a template of resources. Its entry's name is the URI.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) bound: Bound,
    pub(super) about: About,
    /// What its URI, or its template, is compared by.
    pub(super) key: Arc<str>,
    /// The member `name` of the listing.
    pub(super) name: Box<str>,
    pub(super) template: UriTemplate,
    /// The template's [pattern](UriTemplate::pattern), which no other template has.
    pub(super) pattern: Arc<str>,
    pub(super) mime: Option<Cow<'static, str>>,
    pub(super) size: Option<u64>,
    pub(super) annotations: Annotations,
}

/// A prompt.
#[derive(Debug)]
pub(crate) struct Prompt {
    pub(crate) bound: Bound,
    pub(super) about: About,
}

/// A function, bound to its state: what serves a request.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) entry: Arc<Entry>,
    /// Its handler, with what checks calls, and the layers of its group.
    pub(crate) wrapped: Arc<Wrapped>,
    /// What asks a person before it runs.
    pub(crate) consent: Option<Arc<dyn Consents>>,
    /// The arguments of a prompt, or the variables of a template.
    pub(crate) parameters: Vec<Parameter>,
    /// The same as they are declared; none for an item that was made at run time.
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "the command line alone tells what their types take"))]
    params: &'static [Param],
}

/// An argument of a prompt, or a variable of a template.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: Cow<'static, str>,
    pub(super) description: Cow<'static, str>,
    pub(super) required: bool,
    pub(crate) completer: Completer,
    /// What a call of its completer is served under, if that is a function.
    pub(crate) entry: Option<Arc<Entry>>,
}

/// What lists say of an item for people and models.
#[derive(Debug, Default)]
pub(crate) struct About {
    /// The name without a mount's prefix, from which a title is made where none is given.
    pub(super) plain_name: Cow<'static, str>,
    pub(super) title: Option<Cow<'static, str>>,
    pub(super) description: Cow<'static, str>,
    pub(super) icons: Cow<'static, [Icon]>,
    pub(super) meta: Option<Box<RawValue>>,
}

/// An argument that an HTTP header mirrors (`server/tools`, "x-mcp-header").
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "http"), expect(dead_code, reason = "HTTP alone has headers"))]
pub(crate) struct Mirrored {
    /// The header's name after `Mcp-Param-`.
    pub(crate) header: Box<str>,
    /// Where the argument stands: the names of members, from the outside in.
    pub(crate) path: Vec<Box<str>>,
}

impl Bound {
    pub(crate) fn new(entry: Entry, handler: Handler) -> Self {
        let wrapped = Arc::new(Wrapped { handler, check: None, ring: None });
        Self { entry: Arc::new(entry), wrapped, consent: None, parameters: Vec::new(), params: &[] }
    }

    /// The same, within the layers of its group.
    pub(super) fn within(mut self, ring: Option<Ring>) -> Self {
        Arc::make_mut(&mut self.wrapped).ring = ring;
        self
    }

    /// The same, whose calls are checked.
    pub(super) fn checked_by(mut self, check: Option<Handler>) -> Self {
        Arc::make_mut(&mut self.wrapped).check = check;
        self
    }

    /// The same, before which a person is asked.
    pub(super) fn asking(self, consent: Option<Arc<dyn Consents>>) -> Self {
        Self { consent, ..self }
    }

    pub(super) fn with_parameters(self, parameters: Vec<Parameter>) -> Self {
        Self { parameters, ..self }
    }

    /// The same, with what the parameters were made from.
    pub(super) fn declared_by(self, params: &'static [Param]) -> Self {
        Self { params, ..self }
    }

    /// What the types of its parameters are known by; `None` where they are not known.
    #[cfg(feature = "cli")]
    pub(crate) fn declared(&self) -> Option<&'static [Param]> {
        (self.params.len() == self.parameters.len()).then_some(self.params)
    }

    /// Whether any parameter has something that completes it.
    fn completes(&self) -> bool {
        self.parameters.iter().any(|parameter| !parameter.completer.is_none())
    }
}

impl Resource {
    pub(super) fn is_template(&self) -> bool {
        !self.template.is_static()
    }

    pub(super) fn completes(&self) -> bool {
        self.bound.completes()
    }
}

impl Prompt {
    pub(super) fn completes(&self) -> bool {
        self.bound.completes()
    }
}

impl Parameter {
    /// A variable of a template that was made at run time.
    pub(super) fn variable(variable: &Variable, completer: Completer) -> Self {
        Self {
            name: variable.name.to_string().into(),
            description: "".into(),
            required: variable.kind != VariableKind::Query,
            completer,
            entry: None,
        }
    }
}

impl From<&Param> for Parameter {
    fn from(param: &Param) -> Self {
        Self {
            name: param.name.into(),
            description: param.described(),
            required: !param.may_be_missing(),
            completer: param.completer(),
            entry: None,
        }
    }
}

/// The `_meta` of a list item: the author's, and the tags where FastMCP's clients look for them.
pub(super) fn meta(written: Option<&str>, tags: &[impl AsRef<str>]) -> Option<Box<RawValue>> {
    let mut members = written.and_then(|json| serde_json::from_str::<serde_json::Map<_, _>>(json).ok());
    if !tags.is_empty() {
        let tags: Vec<&str> = tags.iter().map(AsRef::as_ref).collect();
        members.get_or_insert_default().insert("fastmcp".to_owned(), serde_json::json!({ "tags": tags }));
    }
    serde_json::value::to_raw_value(&members?).ok()
}

impl Named for Tool {
    fn name(&self) -> &Arc<str> {
        &self.bound.entry.name
    }
}

impl Named for Resource {
    fn name(&self) -> &Arc<str> {
        &self.bound.entry.name
    }

    fn key(&self) -> &Arc<str> {
        &self.key
    }
}

impl Named for Prompt {
    fn name(&self) -> &Arc<str> {
        &self.bound.entry.name
    }
}
