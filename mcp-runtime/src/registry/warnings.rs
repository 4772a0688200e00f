//! What is warned of at the start: tools that work, and of which clients do not learn everything.

use crate::call::Entry;
use crate::log;

/// Its clients do not learn what it returns.
pub(super) fn warn_of_unknown(entry: &Entry, result: &str) {
    warn(
        entry,
        &format!(
            "its result `{result}` does not implement `schemars::JsonSchema`, so clients get no output schema, and of what \
             is no object no structured content. Derive it, or switch on the feature of schemars for a type of another crate; \
             `#[tool(output = off)]` returns text alone."
        ),
    );
}

/// Its clients do not learn what they may leave out.
pub(super) fn warn_of_default(entry: &Entry, argument: &str) {
    warn(
        entry,
        &format!(
            "the type of `{argument}` does not implement `serde::Serialize`, so clients do not learn its default. Derive it, or \
             tell the default in the description."
        ),
    );
}

/// Its schema says what nobody enforces.
pub(super) fn warn_of_gap(entry: &Entry, whose: &str, keyword: &str) {
    warn(
        entry,
        &format!(
            "{whose} has `{keyword}`, which is not enforced; call `.validate_arguments()` on the server's builder (feature \
             `validate` of `mcp-runtime`), or check it in the function"
        ),
    );
}

/// One place, because each is half a kilobyte.
fn warn(entry: &Entry, what: &str) {
    log::event!(WARN, "tool `{}` ({}): {what}", entry.name, entry.at);
}
