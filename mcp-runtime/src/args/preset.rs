//! Defaults, held to the rules of their own parameters: what an author writes is checked when the server is built, so that no caller
//! is told of it.

use serde_json::Value;

use super::check::{length_fault, mismatch, range_fault};
use super::constraint::{Constraint, Num};
use super::param::Param;
use crate::nearest::characters;

impl Param {
    /// Which of its own rules its default breaks. A default whose type does not serialize is not known.
    pub(crate) fn default_fault(&self) -> Option<String> {
        // Most parameters have no rules. Their defaults are not computed.
        self.constraints().next()?;
        let default = self.default?.value()?;
        self.constraints().find_map(|rule| {
            let why = broken(rule, &default)?;
            let name = match rule {
                Constraint::Range { .. } => "range",
                Constraint::Length { .. } => "length",
                Constraint::Pattern(_) => "pattern",
            };
            Some(format!("the default of `{}` breaks its own `{name}`: {why}", self.name))
        })
    }
}

/// How a value breaks a rule. What the rule is not about, such as the `null` of an `Option`, breaks none.
pub(super) fn broken(rule: Constraint, value: &Value) -> Option<String> {
    match (rule, value) {
        (Constraint::Range { .. }, Value::Number(number)) => {
            let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
            let number = whole.map(Num::Int).or_else(|| number.as_f64().map(Num::Float));
            range_fault(rule, number?)
        }
        (Constraint::Length { .. }, Value::String(text)) => length_fault(rule, characters(text)),
        (Constraint::Length { .. }, Value::Array(items)) => length_fault(rule, items.len()),
        (Constraint::Length { .. }, Value::Object(members)) => length_fault(rule, members.len()),
        (Constraint::Pattern(pattern), Value::String(text)) if !pattern.admits(text) => Some(mismatch(rule, text)),
        _ => None,
    }
}
