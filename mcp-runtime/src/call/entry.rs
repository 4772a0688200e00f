//! What is to be known about a function that can be called.

use std::borrow::Cow;
use std::fmt;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::policy::Policy;
use super::principal::Principal;
use crate::log;
use crate::meter::Counters;

/// A place in the user's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The module's path, the crate's name first.
    pub module: &'static str,
}

impl Location {
    /// Whether the place is in a module named `test` or `tests`.
    pub(crate) fn is_in_tests(&self) -> bool {
        self.module.split("::").skip(1).any(|segment| matches!(segment, "test" | "tests"))
    }
}

impl From<&'static panic::Location<'static>> for Location {
    /// Where a function was called.
    fn from(at: &'static panic::Location<'static>) -> Self {
        Self { file: at.file(), line: at.line(), column: at.column(), module: "" }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What becomes of a tool's return value beside its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputShape {
    /// Nothing: text only.
    #[default]
    Text,
    /// An object goes into `structuredContent`; there is no schema to hold it to.
    Unchecked,
    /// The value is an object and goes into `structuredContent` as it is.
    Object,
    /// The value is no object; `structuredContent` is `{"result": value}`.
    Wrapped,
}

/// A tool's `annotations` (`server/tools`, "Tool"): what it does to the world.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hints {
    pub(crate) read_only: Option<bool>,
    pub(crate) destructive: Option<bool>,
    pub(crate) idempotent: Option<bool>,
    pub(crate) open_world: Option<bool>,
}

/// What is to be known about a function that can be called, under the name it has in this server.
#[derive(Debug)]
pub struct Entry {
    /// The name, or the URI.
    pub name: Arc<str>,
    /// Where the function stands.
    pub at: Location,
    /// How long a call may take.
    pub timeout: Option<Duration>,
    /// What a call counts for where calls are counted.
    pub(crate) cost: u32,
    /// How long a result stays fresh; zero means that it is not to be kept.
    #[cfg(feature = "layers")]
    pub(crate) cache: Option<Duration>,
    /// What becomes of the return value.
    pub output: OutputShape,
    /// What a tool says of itself.
    pub(crate) hints: Hints,
    /// The MIME type that a resource declares.
    pub mime: Option<Cow<'static, str>>,
    /// What holds a tool's arguments to its schema.
    pub(crate) inspector: Option<Box<dyn Inspect>>,
    /// The arguments that have to be inspected before they are read: a bit for each of the first 64. The types of the others
    /// see to it that they fit.
    pub(crate) inspected: u64,
    /// Whether all arguments have to be inspected together instead.
    pub(crate) inspected_whole: bool,
    /// What a caller needs; everyone may call it where there is none.
    pub(crate) policy: Option<Box<Policy>>,
    /// Whether a person is asked before it runs.
    pub(crate) asks: bool,
    /// Counts its calls.
    pub(crate) counters: Counters,
    hogged: AtomicBool,
    /// Whether it was said that it works again before a question.
    #[cfg(debug_assertions)]
    repeated: AtomicBool,
}

/// Holds a tool's arguments, which are JSON still, to its schema.
pub(crate) trait Inspect: fmt::Debug + Send + Sync {
    /// Whether all arguments fit as they are.
    fn all_fit(&self, json: &str) -> bool;

    /// Whether the argument at `index` fits as it is.
    fn fits(&self, index: usize, json: &str) -> bool;

    /// What is wrong with all arguments, in detail. With `formats`, texts that are not in their format are noted too.
    fn inspect(&self, json: &str, formats: bool, limits: FaultLimits) -> Inspection;
}

/// How many faults of one call's arguments are told, and how many bytes they may take together. Of the others, their number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FaultLimits {
    pub(crate) count: usize,
    pub(crate) bytes: usize,
}

impl Default for FaultLimits {
    /// A model mends no more at once. An answer has them once or, with an error's data, twice.
    fn default() -> Self {
        Self { count: 50, bytes: 8 * 1024 }
    }
}

/// What is wrong with a call's arguments.
#[derive(Debug, Default)]
pub(crate) struct Inspection {
    /// The faults that are told: where, as a JSON pointer, and what.
    pub(crate) faults: Vec<(String, String)>,
    /// How many others there are.
    pub(crate) more: usize,
    /// The arguments in words that types read, where the schema allows more: `30` for `30.0`.
    pub(crate) amended: Option<String>,
}

impl Entry {
    /// An entry without frills.
    pub(crate) fn new(name: &str, at: Location) -> Self {
        Self {
            name: name.into(),
            at,
            timeout: None,
            cost: 1,
            #[cfg(feature = "layers")]
            cache: None,
            output: OutputShape::Text,
            hints: Hints::default(),
            mime: None,
            inspector: None,
            inspected: 0,
            inspected_whole: false,
            policy: None,
            asks: false,
            counters: Counters::default(),
            hogged: AtomicBool::new(false),
            #[cfg(debug_assertions)]
            repeated: AtomicBool::new(false),
        }
    }

    /// Whether a caller may know of it. All that tells callers of items goes by this: routing, lists, completion, suggestions.
    #[inline]
    pub(crate) fn is_visible_to(&self, principal: &Principal) -> bool {
        self.policy.as_ref().is_none_or(|policy| policy.shows_to(principal))
    }

    /// Says, once, that a call of this function held its thread for `held` without an `await`.
    #[cold]
    #[inline(never)]
    pub(crate) fn report_hogging(&self, held: Duration) {
        if self.hogged.swap(true, Ordering::Relaxed) {
            return;
        }
        log::event!(
            WARN,
            "`{}` ({}) held its thread for {} ms; other calls waited. Write `#[tool(blocking)]` on a `fn` that \
             computes or blocks, or `.await` where it waits.",
            self.name,
            self.at,
            held.as_millis(),
        );
    }

    /// Says, once, that a call of this function worked for `took` once more, before a question that was answered already.
    #[cfg(debug_assertions)]
    pub(crate) fn report_repeated(&self, question: &str, took: Duration) {
        if self.repeated.swap(true, Ordering::Relaxed) {
            return;
        }
        log::event!(
            WARN,
            "`{}` ({}) worked for {} ms again before its question `{question}`, which is answered already: without a \
             session a function runs from the top in each round. Put the work into `ctx.once(\"…\", async || …)`, or behind \
             the question. (Said in debug builds only.)",
            self.name,
            self.at,
            took.as_millis(),
        );
    }
}
