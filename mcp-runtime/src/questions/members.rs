//! A JSON object from outside, read member by member, so that one fault does not hide the next.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::fault::Faults;

/// The members of an object, unread, and where in the answer it stands.
#[derive(Debug)]
pub(super) struct Members<'a> {
    place: String,
    members: HashMap<String, &'a RawValue>,
}

impl<'a> Members<'a> {
    /// The object at `place`, whose members are told of by their paths.
    pub(super) fn read(place: impl Into<String>, json: &'a str, faults: &mut Faults) -> Option<Self> {
        let place = place.into();
        match serde_json::from_str(json) {
            Ok(members) => Some(Self { place, members }),
            Err(_) => {
                faults.expected(&place, "an object", json);
                None
            }
        }
    }

    /// An object whose members are told of by their names alone.
    pub(super) fn nameless(self) -> Self {
        Self { place: String::new(), ..self }
    }

    /// The path to a member.
    pub(super) fn path(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    /// A member as it came.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.members.get(name).map(|json| json.get())
    }

    /// A member that is not `null`, which some clients write where they have nothing to say.
    pub(super) fn given(&self, name: &str) -> Option<&'a str> {
        self.get(name).filter(|json| *json != "null")
    }

    /// A member that may be missing, and is told as `expected` if it is something else.
    pub(super) fn optional<T: DeserializeOwned>(&self, name: &str, expected: &str, faults: &mut Faults) -> Option<T> {
        let json = self.given(name)?;
        let value = serde_json::from_str(json).ok();
        if value.is_none() {
            faults.expected(&self.path(name), expected, json);
        }
        value
    }

    /// A member that must be there.
    pub(super) fn required<T: DeserializeOwned>(&self, name: &str, expected: &str, faults: &mut Faults) -> Option<T> {
        self.raw(name, faults)?;
        self.optional(name, expected, faults)
    }

    /// A member that must be there, as it came.
    pub(super) fn raw(&self, name: &str, faults: &mut Faults) -> Option<&'a str> {
        let json = self.given(name);
        if json.is_none() {
            faults.add(&self.path(name), "missing");
        }
        json
    }

    /// A list that must be there: its elements, each with its path.
    pub(super) fn list(&self, name: &str, faults: &mut Faults) -> Option<Vec<(String, &'a str)>> {
        let json = self.raw(name, faults)?;
        list(&self.path(name), json, faults)
    }
}

/// The elements of the list at `place`, each with its path.
pub(super) fn list<'a>(place: &str, json: &'a str, faults: &mut Faults) -> Option<Vec<(String, &'a str)>> {
    let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(json) else {
        faults.expected(place, "a list", json);
        return None;
    };
    let path = |index| format!("{place}[{index}]");
    Some(elements.into_iter().enumerate().map(|(index, json)| (path(index), json.get())).collect())
}
