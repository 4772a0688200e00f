//! What a server answers, by its members.

use mcp_proto::wire::members;
use serde_json::value::RawValue;

use super::json::Json;
use super::remote::Failure;

/// A result: its members, each as the server wrote it. One way of reading for the results of all methods.
pub(super) struct Answer {
    method: &'static str,
    members: Vec<(String, String)>,
}

impl Answer {
    /// Reads the result of a method.
    ///
    /// # Errors
    /// It is not an object.
    pub(super) fn read(method: &'static str, result: &str) -> Result<Self, Failure> {
        let mut read = Vec::new();
        let is_object = members(result, |name, member| {
            read.push((name.to_owned(), member.json().to_owned()));
            true
        });
        if is_object { Ok(Self { method, members: read }) } else { Err(unreadable(method, "it is not an object")) }
    }

    /// A member as it was written; none where there is only `null`.
    #[inline(never)] // It is called in fifty places.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        // Of a member that is there twice, the last one counts, as everywhere.
        let mut found = self.members.iter().rev().filter(|(member, _)| member == name);
        found.next().map(|(_, json)| &**json).filter(|json| *json != "null")
    }

    /// A member that must be there.
    ///
    /// # Errors
    /// It is not there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Failure> {
        self.raw(name).ok_or_else(|| unreadable(self.method, &format!("missing field `{name}`")))
    }

    /// A member, read; `null` where it is not there.
    #[inline(never)]
    pub(super) fn get(&self, name: &str) -> Json {
        self.raw(name).map(Json::parse).unwrap_or_default()
    }

    /// The items of a member, each as it was written.
    ///
    /// # Errors
    /// It is not a list.
    pub(super) fn items(&self, name: &str) -> Result<Vec<Box<RawValue>>, Failure> {
        let items = serde_json::from_str(self.raw(name).unwrap_or("[]"));
        items.map_err(|error| unreadable(self.method, &error.to_string()))
    }
}

fn unreadable(method: &str, why: &str) -> Failure {
    Failure::new(format!("the answer to {method} is not as the protocol has it: {why}"))
}
