//! What a handler can ask the client: its user, its model, where it works.
//!
//! Each question is written as the client's revision has it, and holds the answer to what was asked.

mod consent;
mod elicit;
mod elicit_url;
mod fault;
mod form;
mod members;
mod raw;
mod roots;
mod sampling;

pub(crate) use consent::{Consented, Offers, consent};
pub use elicit::{Elicitation, elicit};
pub use elicit_url::{UrlElicitation, elicit_url};
pub use form::Elicit;
pub use raw::{RawElicitation, elicit_raw};
pub use roots::{Root, Roots, roots};
pub use sampling::{IncludeContext, Sampled, SampledContent, Sampling, SamplingContent, ToolChoice, ToolUse, sample};

pub use form::{
    Answers, Asked, Choice, ChoiceList, Choices, Chosen, FormField, Format, Listed, Number, Numeric, Written,
};
