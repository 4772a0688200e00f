//! What can be asked in a form: fields of a few plain types (`client/elicitation`, "Requested Schema").

mod answers;
mod asked;
mod choice;
mod field;
mod format;
mod number;
mod plain;
mod schema;

pub use answers::Answers;
pub use asked::{Asked, Chosen, Listed, Numeric, Written};
pub use choice::{Choice, ChoiceList, Choices};
pub use field::FormField;
pub use format::Format;
pub use number::Number;

pub(super) use schema::schema;

use super::fault::Faults;

/// Notes what is wrong with the defaults of these fields.
pub(super) fn check_defaults(fields: &[FormField], faults: &mut Faults) {
    fields.iter().for_each(|field| field.check_default(faults));
}

/// A form that the client's user can fill in: derive it for a struct, and ask for it with [`elicit`](crate::elicit()).
///
/// Derived for an enum of plain words, it makes the enum a type of field: a choice.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// #[derive(Elicit)]
/// enum Size {
///     Small,
///     Large,
/// }
///
/// #[derive(Elicit)]
/// struct Order {
///     /// Which one?
///     size: Size,
///     /// How many?
///     #[elicit(range(1..=9), default = 1)]
///     count: u8,
/// }
///
/// /// Orders something.
/// #[tool]
/// async fn order(ctx: &Ctx) -> Result<String> {
///     let Order { size, count } = ctx.ask("order", elicit("What would you like?")).await?;
///     Ok(format!("{count} {}", if matches!(size, Size::Small) { "small" } else { "large" }))
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a form",
    label = "derive `Elicit` for the struct, or ask for a struct with this as one of its fields"
)]
pub trait Elicit: Sized {
    /// Its fields, in the order of the form.
    #[doc(hidden)]
    const FIELDS: &'static [FormField];

    /// Reads it; `None`, and faults are noted, where something is wrong.
    #[doc(hidden)]
    fn read(answers: &mut Answers<'_>) -> Option<Self>;
}
