//! Extractors that users write.

use std::future::Future;

use crate::call::{Ctx, Principal, Progress};
use crate::output::Error;
use crate::state::{Missing, State, States};

/// A type that can be made from a call. A parameter marked `#[inject]` is made this way, and is not an argument. So are the
/// parameters of a function that completes an argument, behind the first, without a mark.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// struct TraceId(String);
///
/// impl FromCall for TraceId {
///     async fn from_call(ctx: &Ctx) -> Result<Self, Error> {
///         ctx.meta::<String>("traceparent").map(Self).ok_or_else(|| Error::new("no trace"))
///     }
/// }
///
/// /// Says which trace the call belongs to.
/// #[tool]
/// fn trace(#[inject] id: TraceId) -> String {
///     id.0
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be injected",
    label = "`FromCall` is not implemented for this type",
    note = "implement `mcp_runtime::FromCall` for it, or take `State<{Self}>` and give the value to the server"
)]
pub trait FromCall: Sized + Send {
    /// Looks up the state that the extractor needs. It is called when the server is built, and an error stops the start.
    ///
    /// # Errors
    /// If state is missing.
    fn needs(states: &States) -> Result<(), Missing> {
        let _ = states;
        Ok(())
    }

    /// Makes the value for one call.
    ///
    /// # Errors
    /// Any reason not to serve the call. The error becomes the call's answer.
    fn from_call(ctx: &Ctx) -> impl Future<Output = Result<Self, Error>> + Send;
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + Send + Sync + 'static> FromCall for State<T> {
    fn needs(states: &States) -> Result<(), Missing> {
        states.get::<T>().map(drop)
    }

    async fn from_call(ctx: &Ctx) -> Result<Self, Error> {
        ctx.states().get().map_err(Error::internal)
    }
}

#[diagnostic::do_not_recommend]
impl FromCall for Ctx {
    async fn from_call(ctx: &Ctx) -> Result<Self, Error> {
        Ok(ctx.clone())
    }
}

#[diagnostic::do_not_recommend]
impl FromCall for Principal {
    async fn from_call(ctx: &Ctx) -> Result<Self, Error> {
        Ok(ctx.principal().clone())
    }
}

#[diagnostic::do_not_recommend]
impl FromCall for Progress {
    async fn from_call(ctx: &Ctx) -> Result<Self, Error> {
        Ok(ctx.progress_handle())
    }
}
