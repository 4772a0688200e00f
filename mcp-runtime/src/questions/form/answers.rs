//! The answers to a form, read field by field.

use super::Elicit;
use super::field::FormField;
use super::plain::Plain;
use crate::call::AskError;
use crate::questions::fault::Faults;
use crate::questions::members::Members;

/// What the user has filled in, and what is wrong with it.
#[derive(Debug)]
pub struct Answers<'a> {
    fields: &'static [FormField],
    members: Members<'a>,
    faults: Faults,
}

impl<'a> Answers<'a> {
    pub(in crate::questions) fn of(fields: &'static [FormField], members: Members<'a>) -> Self {
        Self { fields, members, faults: Faults::default() }
    }

    /// The form, with every field as it was asked for.
    pub(in crate::questions) fn read<T: Elicit>(mut self) -> Result<T, AskError> {
        let form = T::read(&mut self);
        self.faults.or(form)
    }

    /// What stands in a field: the outer `None` where that does not fit, the inner one where nothing does.
    pub(super) fn field<T: Plain>(&mut self, place: usize) -> Option<Option<T>> {
        let field = self.fields.get(place)?;
        match self.members.get(field.name) {
            None => Some(None),
            Some("null") if field.may_be_missing() => Some(None),
            Some(json) => T::read(field, json, &mut self.faults).map(Some),
        }
    }

    /// Notes that a field was left out that may not be.
    pub(super) fn missing<T>(&mut self, place: usize) -> Option<T> {
        let field = self.fields.get(place)?;
        self.faults.add(field.name, "missing");
        None
    }
}
