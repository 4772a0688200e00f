//! `tools![Shop::buy]`: functions of types, of which one may not be marked.
//!
//! Generated code names the constant that a mark leaves beside a function. Where there is none, the name means a value of these
//! types, which the compiler then refuses in words of ours.
//!
//! The traits are of functions, because the compiler says nothing more of a function that does not exist. They are written out,
//! because it would show the whole of a macro that had made them.

use super::def::{PromptDef, ResourceDef, ToolDef};

/// Stands for the definition of a function that is not marked.
#[derive(Clone, Copy, Debug)]
pub struct UnmarkedTool;

impl UnmarkedTool {
    /// None is there: the compiler has refused it.
    pub const fn definition(self) -> &'static ToolDef {
        panic!("it is refused")
    }
}

impl ToolDef {
    /// The definition that a mark has left.
    #[doc(hidden)]
    pub const fn definition(&'static self) -> &'static Self {
        self
    }
}

/// A function whose definition is a `D`.
#[diagnostic::on_unimplemented(
    message = "this function is not marked `#[tool]`, as `tools![…]` and `call!` need it",
    label = "write `#[tool]` above this function, and `#[handlers]` above its `impl` block"
)]
pub trait MarkedTool<D> {}

#[diagnostic::do_not_recommend]
impl<F> MarkedTool<&'static ToolDef> for F {}

// Were there one alone, the compiler would take it that `D` is meant to be that of it.
#[diagnostic::do_not_recommend]
impl<F> MarkedTool<()> for F {}

/// Here the compiler stops if a function is not marked.
pub const fn marked_tool<F: MarkedTool<D>, D: Copy>(_: &F, definition: D) -> D {
    definition
}

/// Stands for the definition of a function that is not marked.
#[derive(Clone, Copy, Debug)]
pub struct UnmarkedResource;

impl UnmarkedResource {
    /// None is there: the compiler has refused it.
    pub const fn definition(self) -> &'static ResourceDef {
        panic!("it is refused")
    }
}

impl ResourceDef {
    /// The definition that a mark has left.
    #[doc(hidden)]
    pub const fn definition(&'static self) -> &'static Self {
        self
    }
}

/// A function whose definition is a `D`.
#[diagnostic::on_unimplemented(
    message = "this function is not marked `#[resource]`, as `resources![…]` and `read!` need it",
    label = "write `#[resource(\"…\")]` above this function, and `#[handlers]` above its `impl` block"
)]
pub trait MarkedResource<D> {}

#[diagnostic::do_not_recommend]
impl<F> MarkedResource<&'static ResourceDef> for F {}

// Were there one alone, the compiler would take it that `D` is meant to be that of it.
#[diagnostic::do_not_recommend]
impl<F> MarkedResource<()> for F {}

/// Here the compiler stops if a function is not marked.
pub const fn marked_resource<F: MarkedResource<D>, D: Copy>(_: &F, definition: D) -> D {
    definition
}

/// Stands for the definition of a function that is not marked.
#[derive(Clone, Copy, Debug)]
pub struct UnmarkedPrompt;

impl UnmarkedPrompt {
    /// None is there: the compiler has refused it.
    pub const fn definition(self) -> &'static PromptDef {
        panic!("it is refused")
    }
}

impl PromptDef {
    /// The definition that a mark has left.
    #[doc(hidden)]
    pub const fn definition(&'static self) -> &'static Self {
        self
    }
}

/// A function whose definition is a `D`.
#[diagnostic::on_unimplemented(
    message = "this function is not marked `#[prompt]`, as `prompts![…]` and `prompt!` need it",
    label = "write `#[prompt]` above this function, and `#[handlers]` above its `impl` block"
)]
pub trait MarkedPrompt<D> {}

#[diagnostic::do_not_recommend]
impl<F> MarkedPrompt<&'static PromptDef> for F {}

// Were there one alone, the compiler would take it that `D` is meant to be that of it.
#[diagnostic::do_not_recommend]
impl<F> MarkedPrompt<()> for F {}

/// Here the compiler stops if a function is not marked.
pub const fn marked_prompt<F: MarkedPrompt<D>, D: Copy>(_: &F, definition: D) -> D {
    definition
}
