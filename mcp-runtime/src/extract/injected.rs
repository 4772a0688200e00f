//! What is injected for its type's name alone.

use crate::call::{Ctx, Principal, Progress};
use crate::state::State;

/// The types of ours that `#[tool]` knows by name, and what each is made from. It asks here, at the
/// type, whether the name means ours: axum has a `State` too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has the name of a type that is injected, and is another",
    label = "not `mcp_runtime`'s",
    note = "import `mcp_runtime`'s, or mark the parameter: `#[arg]` if the client sends it, `#[inject]` if it is `FromCall`"
)]
pub trait Injected<From> {
    /// The parameter.
    fn inject(from: From) -> Self;
}

#[diagnostic::do_not_recommend]
impl<'a> Injected<&'a Ctx> for &'a Ctx {
    fn inject(ctx: &'a Ctx) -> Self {
        ctx
    }
}

#[diagnostic::do_not_recommend]
impl Injected<&Ctx> for Ctx {
    fn inject(ctx: &Ctx) -> Self {
        ctx.clone()
    }
}

#[diagnostic::do_not_recommend]
impl Injected<&Ctx> for Progress {
    fn inject(ctx: &Ctx) -> Self {
        ctx.progress_handle()
    }
}

#[diagnostic::do_not_recommend]
impl Injected<&Ctx> for Principal {
    fn inject(ctx: &Ctx) -> Self {
        ctx.principal().clone()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized> Injected<State<T>> for State<T> {
    fn inject(state: State<T>) -> Self {
        state
    }
}
