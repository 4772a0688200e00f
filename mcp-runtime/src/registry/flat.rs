//! Tools whose arguments are one value.

use mcp_proto::wire::Reply;
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::Call;

/// Types that take all arguments of a tool at once: `#[arg(flatten)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't take all arguments",
    label = "clients can't send this type",
    note = "derive `serde::Deserialize` and `schemars::JsonSchema` (of schemars 1) for it",
    note = "if it is a type of another crate: add its feature `serde`, and schemars's feature for it: `chrono04`, `jiff02`, `url2`, `uuid1`, …"
)]
pub trait FlatArgument: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// The answer that lists what is wrong.
    fn read(call: &Call) -> Result<Self, Reply>;

    /// The schema of a tool that has it.
    fn schema(generator: &mut SchemaGenerator) -> Value;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> FlatArgument for T {
    fn read(call: &Call) -> Result<Self, Reply> {
        crate::args::read_flat(call)
    }

    fn schema(generator: &mut SchemaGenerator) -> Value {
        super::flat_schema::<T>(generator)
    }
}
