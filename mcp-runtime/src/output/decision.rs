//! What an author's policy says of a call.

use mcp_proto::wire::{Code, Method, Reply, ReplyKind, ResultWriter, RpcError};

use super::into_error::HandlerError;
use super::resource::not_found;
use crate::call::Call;

/// The JSON-RPC error code of a call that its caller may not make. If scopes are missing, the error's data says which are needed:
/// `{"error": "insufficient_scope", "scope": "orders:write"}`; on HTTP the status is then 403, and the challenge in
/// `WWW-Authenticate` says the same (`basic/authorization`, "Scope Challenge Handling").
///
/// The specification has errors of one's own outside of -32768 to -32000 (`basic/index`, "Error Codes").
///
/// ```
/// use mcp_runtime::FORBIDDEN;
/// use mcp_runtime::client::{Client, ClientError};
///
/// /// Whether the caller may not do it, rather than that it failed.
/// fn is_forbidden(error: &ClientError) -> bool {
///     matches!(error, ClientError::Rpc(error) if error.code() == FORBIDDEN)
/// }
/// ```
pub const FORBIDDEN: i64 = -40_300;

/// What a function may return that a `policy = …` names: whether the call is allowed, or why not.
///
/// | Returned | A policy of the caller alone | A policy of the call |
/// | --- | --- | --- |
/// | `true`, `Ok(())` | it is allowed | it is allowed |
/// | `false` | the item does not exist, as far as the caller can tell | a tool or a prompt is [refused](FORBIDDEN); a resource does not exist |
/// | `Err(error)` | the item is listed, and a call is answered with the error | the call is answered with the error |
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// fn is_staff(principal: &Principal) -> bool {
///     principal.subject().is_some_and(|subject| subject.ends_with("@example.com"))
/// }
///
/// fn may_refund(principal: &Principal, cents: &u32) -> Result<()> {
///     if *cents <= 10_000 || principal.has_scope("refunds:large") {
///         return Ok(());
///     }
///     Err(Error::new("refunds of more than 100 need a manager"))
/// }
///
/// /// Refunds an order.
/// #[tool(policy = may_refund(cents))]
/// fn refund(order: &str, cents: u32) -> String {
///     format!("refunded {cents} of {order}")
/// }
///
/// /// Lists the orders of today.
/// #[tool(policy = is_staff)]
/// fn orders() -> Vec<String> {
///     Vec::new()
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a policy returns `bool` or `Result<(), Error>`, and not `{Self}`",
    label = "this function's result is no decision",
    note = "for an `async fn` write `.await` behind its arguments: `policy = may_refund(order).await`"
)]
pub trait Decision {
    /// Whether a caller of whom this is said may know of the item.
    #[doc(hidden)]
    fn shows(&self) -> bool;

    /// What a call is answered with that is not allowed.
    #[doc(hidden)]
    fn refusal(self, call: &Call) -> Option<Reply>;
}

#[diagnostic::do_not_recommend]
impl Decision for bool {
    fn shows(&self) -> bool {
        *self
    }

    fn refusal(self, call: &Call) -> Option<Reply> {
        (!self).then(|| denied(call))
    }
}

#[diagnostic::do_not_recommend]
impl<E: HandlerError> Decision for Result<(), E> {
    fn shows(&self) -> bool {
        true
    }

    fn refusal(self, call: &Call) -> Option<Reply> {
        self.err().map(|error| error.into_handler_error().reply(call))
    }
}

/// The answer of a check: a result where the call is allowed, and otherwise what it is refused with.
pub fn decided(call: &Call, decision: impl Decision) -> Reply {
    decision.refusal(call).unwrap_or_else(|| ResultWriter::with_capacity(call.id(), 64).finish(call.seal()))
}

/// Whether a check has allowed the call that it answers so.
pub(crate) fn is_allowed(reply: &Reply) -> bool {
    reply.kind() == ReplyKind::Result
}

/// Refuses a call with these arguments: of a resource it says that there is none.
fn denied(call: &Call) -> Reply {
    let request = call.request();
    if matches!(request.method, Method::ResourcesRead | Method::ResourcesSubscribe) {
        return not_found(call);
    }
    let name = request.name().unwrap_or(request.method.as_str());
    let message = format!("Forbidden: `{name}` may not be called like this by this caller");
    Reply::error(call.id(), &RpcError::new(Code(FORBIDDEN), message))
}
