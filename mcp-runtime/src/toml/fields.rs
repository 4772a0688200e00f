//! Reading a table's members by their names.

use std::time::SystemTime;

use super::{Fault, Kind, Table, Value};
use crate::moment;
use crate::nearest::nearest;

/// The members of a table that are not read yet. What is left at the [end](Self::finish) is a mistake.
pub(crate) struct Fields<'a, 'f> {
    table: &'a Table,
    line: usize,
    known: Vec<&'static str>,
    faults: &'f mut Vec<Fault>,
}

impl<'a, 'f> Fields<'a, 'f> {
    /// The members of a table that begins in this line.
    pub(crate) fn new(table: &'a Table, line: usize, faults: &'f mut Vec<Fault>) -> Self {
        Self { table, line, known: Vec::new(), faults }
    }

    /// A member of this name, whatever it is.
    pub(crate) fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.table.entries.iter().find(|entry| entry.key == name).map(|entry| &entry.value)
    }

    /// A fault of a value.
    pub(crate) fn fault(&mut self, line: usize, what: impl Into<String>) {
        self.faults.push(Fault::new(line, what));
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<&'a str> {
        let value = self.value(name)?;
        match &value.kind {
            Kind::Text(text) => Some(text),
            other => {
                self.fault(value.line, format!("`{name}` is {}; write a text: {name} = \"…\"", other.name()));
                None
            }
        }
    }

    /// A text that must be there.
    pub(crate) fn needed(&mut self, name: &'static str, cure: &str) -> Option<&'a str> {
        if self.value(name).is_none() {
            self.fault(self.line, format!("`{name}` is missing; {cure}"));
            return None;
        }
        self.text(name)
    }

    /// A list of texts; empty where it is left out.
    pub(crate) fn texts(&mut self, name: &'static str) -> Vec<&'a str> {
        let Some(value) = self.value(name) else { return Vec::new() };
        let mut texts = Vec::new();
        match &value.kind {
            Kind::List(items) => {
                for item in items {
                    match &item.kind {
                        Kind::Text(text) => texts.push(&**text),
                        other => {
                            let what = format!("`{name}` has {} in it; write texts: {name} = [\"…\"]", other.name());
                            self.fault(item.line, what);
                        }
                    }
                }
            }
            other => {
                self.fault(value.line, format!("`{name}` is {}; write a list: {name} = [\"…\"]", other.name()));
            }
        }
        texts
    }

    /// A truth value; false where it is left out.
    pub(crate) fn flag(&mut self, name: &'static str) -> bool {
        let Some(value) = self.value(name) else { return false };
        match value.kind {
            Kind::Boolean(flag) => flag,
            ref other => {
                self.fault(value.line, format!("`{name}` is {}; write {name} = true, or leave it out", other.name()));
                false
            }
        }
    }

    /// A point in time.
    pub(crate) fn moment(&mut self, name: &'static str) -> Option<SystemTime> {
        let value = self.value(name)?;
        let found = match &value.kind {
            Kind::Moment(text) | Kind::Text(text) => moment::read(text),
            _ => None,
        };
        if found.is_none() {
            let what = format!(
                "`{name}` is no point in time; write a date, a time and an offset: {name} = 2027-01-31T00:00:00Z"
            );
            self.fault(value.line, what);
        }
        found
    }

    /// Reports members that nothing has asked for.
    pub(crate) fn finish(self) {
        for entry in &self.table.entries {
            if self.known.contains(&&*entry.key) {
                continue;
            }
            let near = nearest(&entry.key, &mut self.known.iter().copied());
            let cure = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", self.known.join(", ")),
            };
            self.faults.push(Fault::new(entry.value.line, format!("`{}` means nothing here; {cure}", entry.key)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn members_are_read_by_name_and_each_fault_has_its_cure() {
        let (table, mut faults) = parse(
            "subject = 7\nscopes = [\"a\", 1]\nroles = \"x\"\nexpires = 2026-01-01\ndisabled = 'yes'\nsubjct = 1\nzz = 2",
        );
        let mut fields = Fields::new(&table, 9, &mut faults);
        assert_eq!(fields.text("subject"), None);
        assert_eq!(fields.texts("scopes"), ["a"]);
        assert_eq!(fields.texts("roles"), [""; 0]);
        assert_eq!(fields.moment("expires"), None);
        assert!(!fields.flag("disabled"));
        assert_eq!(fields.needed("hash", "make one"), None);
        fields.finish();
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                ":1: `subject` is a number; write a text: subject = \"…\"",
                ":2: `scopes` has a number in it; write texts: scopes = [\"…\"]",
                ":3: `roles` is a text; write a list: roles = [\"…\"]",
                ":4: `expires` is no point in time; write a date, a time and an offset: expires = 2027-01-31T00:00:00Z",
                ":5: `disabled` is a text; write disabled = true, or leave it out",
                ":9: `hash` is missing; make one",
                ":6: `subjct` means nothing here; did you mean `subject`?",
                ":7: `zz` means nothing here; there are subject, scopes, roles, expires, disabled, hash",
            ]
        );
    }
}
