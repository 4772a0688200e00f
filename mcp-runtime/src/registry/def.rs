//! What the macros declare: constants, and pointers to functions.

use std::any::TypeId;
use std::fmt;
use std::mem::discriminant;
use std::time::Duration;

use mcp_proto::types::{Annotations, FixedAnnotations, Icon};

use super::binder::Binder;
use super::group::Group;
use super::item::{About, meta};
use super::problem::Problem;
use super::schema::{Input, TypeSchema, flat, given};
use crate::args::{Param, PatternEngine, pattern_engine};
use crate::call::{Handler, Hints, Location};
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

/// A marked function, told from others by its type: the type of a function item has no other value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Function {
    id: fn() -> TypeId,
    /// Whether this names the function only, by a name that it was imported under; its definition is elsewhere.
    is_elsewhere: bool,
}

/// What all kinds of items have.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) name: &'static str,
    pub(crate) title: Option<&'static str>,
    pub(crate) docs: &'static str,
    pub(crate) icons: &'static [Icon],
    pub(crate) tags: &'static [&'static str],
    pub(crate) meta: Option<&'static str>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) cache: Option<Duration>,
    pub(crate) group: Option<&'static Group>,
    pub(crate) bind: fn(&mut Binder<'_>) -> Option<Handler>,
    pub(crate) params: &'static [Param],
    pub(crate) at: Location,
    pub(crate) function: Option<Function>,
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
#[derive(Clone)]
pub struct PromptDef {
    pub(crate) common: Common,
}

impl From<&'static Common> for About {
    fn from(common: &'static Common) -> Self {
        Self {
            plain_name: common.name.into(),
            title: common.title.map(Into::into),
            description: common.docs.into(),
            icons: common.icons.into(),
            meta: meta(common.meta, common.tags),
        }
    }
}

impl Common {
    const fn new(
        name: &'static str,
        bind: fn(&mut Binder<'_>) -> Option<Handler>,
        params: &'static [Param],
        at: Location,
    ) -> Self {
        Self {
            name,
            title: None,
            docs: "",
            icons: &[],
            tags: &[],
            meta: None,
            timeout: None,
            cache: None,
            group: None,
            bind,
            params,
            at,
            function: None,
        }
    }
}

/// The setters that all three kinds have.
macro_rules! common_setters {
    () => {
        /// Its name for people.
        #[must_use]
        pub const fn title(mut self, title: &'static str) -> Self {
            self.common.title = Some(title);
            self
        }

        /// Its description.
        #[must_use]
        pub const fn docs(mut self, docs: &'static str) -> Self {
            self.common.docs = docs;
            self
        }

        /// Its icons.
        #[must_use]
        pub const fn icons(mut self, icons: &'static [Icon]) -> Self {
            self.common.icons = icons;
            self
        }

        /// Words to choose it by.
        #[must_use]
        pub const fn tags(mut self, tags: &'static [&'static str]) -> Self {
            self.common.tags = tags;
            self
        }

        /// Its `_meta`: the JSON of an object.
        #[must_use]
        pub const fn meta(mut self, json: &'static str) -> Self {
            self.common.meta = Some(json);
            self
        }

        /// How long a call may take.
        #[must_use]
        pub const fn timeout_ms(mut self, milliseconds: u64) -> Self {
            self.common.timeout = Some(Duration::from_millis(milliseconds));
            self
        }

        /// How long a result stays fresh; 0 means that it is not to be kept.
        #[must_use]
        pub const fn cache_ms(mut self, milliseconds: u64) -> Self {
            self.common.cache = Some(Duration::from_millis(milliseconds));
            self
        }

        /// The group it belongs to.
        #[must_use]
        pub const fn group(mut self, group: &'static Group) -> Self {
            self.common.group = Some(group);
            self
        }

        /// The function that it is of.
        #[must_use]
        pub const fn function(mut self, id: fn() -> TypeId) -> Self {
            self.common.function = Some(Function { id, is_elsewhere: false });
            self
        }

        /// The function whose definition, which is elsewhere, this stands for.
        #[must_use]
        pub const fn elsewhere(mut self, id: fn() -> TypeId) -> Self {
            self.common.function = Some(Function { id, is_elsewhere: true });
            self
        }
    };
}

/// What they tell of themselves.
macro_rules! common_getters {
    ($variant:ident) => {
        /// This definition, or the one that it stands for, if that was linked.
        fn declared(&self) -> &Self {
            let Some(Function { id, is_elsewhere: true }) = self.common.function else { return self };
            let mut all = inventory::iter::<Item>().filter_map(|item| match *item {
                Item::$variant(def) => Some(def),
                _ => None,
            });
            all.find(|def| def.common.function.is_some_and(|function| (function.id)() == id())).unwrap_or(self)
        }

        /// The definition of the function, if it was marked and linked.
        #[cfg(feature = "client-stdio")]
        pub(crate) fn marked(&self) -> Option<&Self> {
            let def = self.declared();
            def.common.function.is_none_or(|function| !function.is_elsewhere).then_some(def)
        }

        /// The name, as clients see it where there is no prefix.
        pub fn name(&self) -> &'static str {
            self.declared().common.name
        }

        /// The file of the function, as the compiler names it.
        pub fn file(&self) -> &'static str {
            self.declared().common.at.file
        }

        /// The line of the function, from 1.
        pub fn line(&self) -> u32 {
            self.declared().common.at.line
        }
    };
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
        Self { common, output: None, input: Input::Params, engine: None, is_exact: false, hints, cost: 1 }
    }

    common_setters!();

    /// What it returns.
    #[must_use]
    pub const fn output(mut self, output: fn() -> OutputSchema) -> Self {
        self.output = Some(output);
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
