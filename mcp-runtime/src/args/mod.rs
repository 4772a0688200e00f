//! From a request's arguments to a function's parameters.
//!
//! The fast way walks over the JSON of `arguments` once, straight into the parameters' types; types that take more or less
//! than their schema allows are held to it first (`shape`). Only when something does not fit is each argument tried on its
//! own, so that the answer lists every fault and the model can repair all of them at once.

mod argument;
mod check;
mod complete;
mod constraint;
mod defaults;
mod dialect;
mod fault;
mod given;
mod held;
mod param;
mod pattern_cost;
mod pattern_engine;
mod preset;
mod read;
mod shape;
mod slots;
mod text;
#[cfg(feature = "cli")]
mod text_schema;
#[cfg(feature = "validate")]
mod validate;

pub use argument::{Argument, ArgumentByNothing, ArgumentByNull, ArgumentByType, FromText};
pub use check::{HeaderValue, Measured, Ranged, Textual, check_length, check_pattern, check_range};
pub(crate) use complete::Here;
pub use complete::{
    CompleteByNothing, CompleteBySchema, CompleteFn, CompleteOutput, Completer, Completing, blocking_completer,
    completer,
};
pub use constraint::{Constraint, Num, Pattern};
pub use param::Param;
pub(crate) use param::Source;
pub(crate) use pattern_engine::PatternEngine;
pub use pattern_engine::{EngineByNone, EngineByType};
pub use read::{Read, read, read_flat, read_text};
pub(crate) use read::{misfit, read_filled};
pub use slots::Slot;
pub(crate) use text::unsafe_path;
pub use text::{
    QueryArgument, QueryByNothing, QueryByOption, TextArgument, TextByNothing, TextByParse, TextBySerde, TextOption,
};

pub(crate) use defaults::Defaults;
pub(crate) use dialect::pattern_fault;
pub(crate) use fault::{Faults, missing, pointer_to, unknown};
pub(crate) use held::{Held, MakeValidator};
pub(crate) use pattern_engine::pattern_engine;
pub(crate) use shape::{decoded, excerpt};
#[cfg(feature = "cli")]
pub(crate) use text_schema::text_schema;
#[cfg(feature = "validate")]
pub(crate) use validate::validator;
