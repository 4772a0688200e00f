//! What is a failure of a function.

use crate::gate::ring::{Call, Outcome, Reply};
use crate::output::ErrorKind;

/// Whether the function has failed, and not its caller: a tool error or an internal one, but not that something is not there, or
/// that an argument is wrong.
pub(super) fn has_failed(call: &Call, reply: &Reply) -> bool {
    matches!(reply.outcome(), Outcome::ToolError | Outcome::Error(-32603))
        && !matches!(call.error_kind(), Some(ErrorKind::NotFound | ErrorKind::Invalid))
}
