//! Holding a tool's arguments to its schema.

use super::warnings::warn_of_gap;
use crate::args::{Held, MakeValidator, Param, PatternEngine};
use crate::call::Entry;

/// What of the arguments a schema is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reads {
    /// They are read one by one, and the schema was made from them.
    OneByOne,
    /// They are read as one value, or the schema was written by hand.
    AsAWhole,
}

/// Has an entry's arguments held to a schema, whose patterns need an engine unless the parameters bring it. A keyword that
/// is not enforced is warned of.
///
/// # Errors
/// The schema cannot be used.
pub(super) fn hold(
    entry: &mut Entry,
    schema: &str,
    params: &[Param],
    reads: Reads,
    engine: Option<PatternEngine>,
    validator: Option<MakeValidator>,
) -> Result<(), String> {
    let schema = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    let engine = engine.or_else(|| params.iter().find_map(Param::engine));
    let held = Held::new(&schema, params, matches!(reads, Reads::AsAWhole), engine, validator)?;
    for gap in held.gaps() {
        let whose = gap.argument.as_ref().map_or(String::from("its schema"), |name| format!("the schema of `{name}`"));
        warn_of_gap(entry, &whose, &gap.keyword);
    }
    entry.inspected_whole = held.is_of_all();
    entry.inspected = if entry.inspected_whole { 0 } else { held.inspected() };
    entry.inspector = Some(Box::new(held));
    Ok(())
}
