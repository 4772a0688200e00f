//! What the macros declare: constants, and pointers to functions.

use std::any::TypeId;
use std::fmt;
use std::mem::discriminant;
use std::time::Duration;

use mcp_proto::types::{Annotations, FixedAnnotations, Icon};

use super::binder::Binder;
use super::common::{Common, Function, common_getters, common_setters};
use super::group::Group;
use super::problem::Problem;
use super::rules::{Consent, Guard, Rules};
use super::schema::{GivenOutput, Input, TypeSchema, flat, given};
use crate::args::{Param, PatternEngine, pattern_engine};
use crate::call::{Asking, Handler, Hints, Location};
use crate::output::OutputSchema;

/// A declared item, as the linker collects them.
#[derive(Clone, Copy, Debug)]
pub enum Item {
    /// A tool.
    Tool(&'static ToolDef),
    /// A resource, or a template of resources.
    Resource(&'static ResourceDef),
    /// A prompt.
    Prompt(&'static PromptDef),
}

inventory::collect!(Item);

impl Item {
    pub(crate) fn group(self) -> Option<&'static Group> {
        self.common().group
    }

    /// What it is found by in a server that mounts it without a prefix.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Tool(def) => def.name(),
            Self::Resource(def) => def.uri(),
            Self::Prompt(def) => def.name(),
        }
    }

    pub(crate) fn at(self) -> Location {
        self.common().at
    }

    /// The definition itself, where only its function is named.
    ///
    /// # Errors
    /// No function of the kind is this one.
    pub(crate) fn found(self) -> Result<Self, Problem> {
        let Some(Function { id, is_elsewhere: true }) = self.common().function else { return Ok(self) };
        let is_same = |other: &Self| {
            let function = other.common().function.filter(|function| (function.id)() == id());
            discriminant(other) == discriminant(&self) && function.is_some()
        };
        inventory::iter::<Self>().copied().find(is_same).ok_or_else(|| {
            let (name, word) = (self.common().name, self.word());
            let message = format!(
                "`{name}` in `{word}s![…]` is not marked `#[{word}]`, or the linker left its definition out: mark it, or write \
                 the path where it is defined, such as `{word}s![module::{name}]`"
            );
            Problem::new(self.at(), message)
        })
    }

    /// What it says of who may use it.
    pub(super) fn rules(self) -> &'static Rules {
        &self.common().rules
    }

    fn common(self) -> &'static Common {
        match self {
            Self::Tool(def) => &def.common,
            Self::Resource(def) => &def.common,
            Self::Prompt(def) => &def.common,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Tool(_) => "tool",
            Self::Resource(_) => "resource",
            Self::Prompt(_) => "prompt",
        }
    }
}

/// A tool as a `#[tool]` function declares it: what `tools![…]` is a list of.
///
/// The type is needed to name such a list. Only the attribute makes values of it.
///
/// ```
/// use mcp_runtime::ToolDef;
/// use mcp_runtime::prelude::*;
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// /// The tools that this module offers.
/// pub const TOOLS: &[&ToolDef] = tools![add];
///
/// assert_eq!(TOOLS[0].name(), "add");
/// let server = Server::empty("sums").with(TOOLS);
/// ```
#[derive(Clone)]
pub struct ToolDef {
    pub(crate) common: Common,
    pub(crate) output: Option<fn() -> OutputSchema>,
    /// The schema of its result, where the option `output` gives one.
    pub(crate) given_output: Option<GivenOutput>,
    pub(crate) input: Input,
    /// The engine for the patterns that an input schema may have which is not made from the parameters.
    pub(crate) engine: Option<PatternEngine>,
    /// Whether the input schema is listed as it is.
    pub(crate) is_exact: bool,
    pub(crate) hints: Hints,
    /// What a call counts for where calls are counted.
    pub(crate) cost: u32,
}

/// A resource, or a template of resources, as a `#[resource]` function declares it: what `resources![…]` is a list of.
///
/// See [`ToolDef`].
///
/// ```
/// use mcp_runtime::ResourceDef;
/// use mcp_runtime::prelude::*;
///
/// /// A note.
/// #[resource("note://{id}")]
/// fn note(id: u32) -> String {
///     format!("note {id}")
/// }
///
/// /// The resources that this module offers.
/// pub const RESOURCES: &[&ResourceDef] = resources![note];
///
/// assert_eq!((RESOURCES[0].name(), RESOURCES[0].uri()), ("note", "note://{id}"));
/// let server = Server::empty("notes").with_resources(RESOURCES);
/// ```
#[derive(Clone)]
pub struct ResourceDef {
    pub(crate) common: Common,
    pub(crate) uri: &'static str,
    pub(crate) mime: Option<&'static str>,
    pub(crate) size: Option<u64>,
    pub(crate) annotations: FixedAnnotations,
}

/// A prompt as a `#[prompt]` function declares it: what `prompts![…]` is a list of.
///
/// See [`ToolDef`].
///
/// ```
/// use mcp_runtime::PromptDef;
/// use mcp_runtime::prelude::*;
///
/// /// Reviews code.
/// #[prompt]
/// fn review(code: &str) -> String {
///     format!("Please review:\n{code}")
/// }
///
/// /// The prompts that this module offers.
/// pub const PROMPTS: &[&PromptDef] = prompts![review];
///
/// assert_eq!(PROMPTS[0].name(), "review");
/// let server = Server::empty("reviews").with_prompts(PROMPTS);
/// ```
#[derive(Clone)]
pub struct PromptDef {
    pub(crate) common: Common,
}

impl ToolDef {
    common_getters!(Tool);
}

impl ResourceDef {
    common_getters!(Resource);

    /// The URI, or the URI template.
    pub fn uri(&self) -> &'static str {
        self.declared().uri
    }
}

impl PromptDef {
    common_getters!(Prompt);
}

impl fmt::Debug for ToolDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToolDef({} at {}:{})", self.name(), self.file(), self.line())
    }
}

impl fmt::Debug for ResourceDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceDef({} at {}:{})", self.uri(), self.file(), self.line())
    }
}

impl fmt::Debug for PromptDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PromptDef({} at {}:{})", self.name(), self.file(), self.line())
    }
}

impl ToolDef {
    /// What is known of its result.
    ///
    /// # Errors
    /// What is wrong with the schema that the option `output` gives.
    pub(crate) fn output_schema(&self) -> Result<OutputSchema, String> {
        let returned = self.output.map_or(OutputSchema::TEXT, |output| output());
        match self.given_output {
            None => Ok(returned),
            Some(given) => given.instead_of(&returned),
        }
    }
}

// What generated code makes them with.
#[doc(hidden)]
impl ToolDef {
    /// A tool.
    pub const fn new(
        name: &'static str,
        bind: fn(&mut Binder<'_>) -> Option<Handler>,
        params: &'static [Param],
        at: Location,
    ) -> Self {
        let hints = Hints { read_only: None, destructive: None, idempotent: None, open_world: None };
        let common = Common::new(name, bind, params, at);
        Self {
            common,
            output: None,
            given_output: None,
            input: Input::Params,
            engine: None,
            is_exact: false,
            hints,
            cost: 1,
        }
    }

    common_setters!();

    /// What it returns.
    #[must_use]
    pub const fn output(mut self, output: fn() -> OutputSchema) -> Self {
        self.output = Some(output);
        self
    }

    /// `output = Report`: the schema of this type.
    #[must_use]
    pub const fn output_of(mut self, schema: fn() -> OutputSchema) -> Self {
        self.given_output = Some(GivenOutput::Type(schema));
        self
    }

    /// `output = SCHEMA`: a schema that was written by hand.
    #[must_use]
    pub const fn output_text(mut self, text: fn() -> String) -> Self {
        self.given_output = Some(GivenOutput::Text { text, write: super::schema::given_output });
        self
    }

    /// All its arguments are one value.
    #[must_use]
    pub const fn flatten(mut self, schema: TypeSchema) -> Self {
        self.input = Input::Flat { schema, write: flat };
        self.engine = Some(pattern_engine);
        self
    }

    /// Its input schema is written by hand.
    #[must_use]
    pub const fn input(mut self, text: fn() -> String) -> Self {
        self.input = Input::Text { text, write: given };
        self.engine = Some(pattern_engine);
        self
    }

    /// Its input schema is listed as it is.
    #[must_use]
    pub const fn exact_schema(mut self) -> Self {
        self.is_exact = true;
        self
    }

    /// Whether it changes nothing.
    #[must_use]
    pub const fn read_only(mut self, yes: bool) -> Self {
        self.hints.read_only = Some(yes);
        self
    }

    /// Whether it may destroy something.
    #[must_use]
    pub const fn destructive(mut self, yes: bool) -> Self {
        self.hints.destructive = Some(yes);
        self
    }

    /// Whether doing it twice is like doing it once.
    #[must_use]
    pub const fn idempotent(mut self, yes: bool) -> Self {
        self.hints.idempotent = Some(yes);
        self
    }

    /// What a call counts for where calls are counted.
    #[must_use]
    pub const fn cost(mut self, cost: u32) -> Self {
        self.cost = cost;
        self
    }

    /// Whether it touches the world outside.
    #[must_use]
    pub const fn open_world(mut self, yes: bool) -> Self {
        self.hints.open_world = Some(yes);
        self
    }
}

#[doc(hidden)]
impl ResourceDef {
    /// A resource at a URI, or at all URIs of a template.
    pub const fn new(
        uri: &'static str,
        name: &'static str,
        bind: fn(&mut Binder<'_>) -> Option<Handler>,
        params: &'static [Param],
        at: Location,
    ) -> Self {
        let common = Common::new(name, bind, params, at);
        Self { common, uri, mime: None, size: None, annotations: FixedAnnotations::NONE }
    }

    common_setters!();

    /// Its MIME type.
    #[must_use]
    pub const fn mime(mut self, mime: &'static str) -> Self {
        self.mime = Some(mime);
        self
    }

    /// Its size in bytes.
    #[must_use]
    pub const fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// Hints on its use.
    #[must_use]
    pub const fn annotations(mut self, annotations: Annotations) -> Self {
        self.annotations = annotations.fixed();
        self
    }
}

#[doc(hidden)]
impl PromptDef {
    /// A prompt.
    pub const fn new(
        name: &'static str,
        bind: fn(&mut Binder<'_>) -> Option<Handler>,
        params: &'static [Param],
        at: Location,
    ) -> Self {
        Self { common: Common::new(name, bind, params, at) }
    }

    common_setters!();
}
