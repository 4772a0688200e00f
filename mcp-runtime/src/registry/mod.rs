//! Declare, bind, look up.
//!
//! The macros *declare* constants, collected at link time ([`ToolDef`] and its siblings). Building a server *binds*
//! them to its state, once, and reports all that is wrong ([`BuildError`]). What comes out is an immutable
//! [`Catalog`], which serving only reads.

mod asking;
mod bind;
mod binder;
mod catalog;
mod common;
mod def;
pub mod dynamic;
mod flat;
mod group;
mod guarding;
mod hint;
mod hold;
mod item;
mod keywords;
mod kind;
mod list;
mod made;
mod marked;
mod patterns;
mod problem;
mod profile;
mod render;
mod rings;
mod rules;
mod schema;
mod source;
mod table;
mod taken;
mod templates;
mod warnings;

pub use binder::Binder;
pub(crate) use catalog::Catalog;
pub use def::{Item, PromptDef, ResourceDef, ToolDef};
pub use flat::FlatArgument;
pub use group::Group;
pub use hint::Hint;
pub use marked::{
    MarkedPrompt, MarkedResource, MarkedTool, UnmarkedPrompt, UnmarkedResource, UnmarkedTool, marked_prompt,
    marked_resource, marked_tool,
};
pub use problem::{BuildError, Problem};
#[cfg(feature = "auth")]
pub(crate) use rules::Restriction;
pub use rules::{Guard, PolicyDefault};

pub(crate) use bind::{Make, Mount, Plan, add, remove};
pub(crate) use item::Bound;
#[cfg(feature = "http")]
pub(crate) use item::Mirrored;
pub(crate) use kind::ListKind;
pub(crate) use list::BadCursor;
pub(crate) use schema::flat_schema;
#[cfg(feature = "cli")]
pub(crate) use schema::of_texts;
