//! Hints on how to use a piece of content (`server/resources`, "Annotations").

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Version;

/// Who speaks, or who is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The person.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// Hints on a piece of content: its audience, its importance, and when it last changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations {
    audience: &'static [&'static str],
    priority: Option<f64>,
    last_modified: Option<Cow<'static, str>>,
}

/// [`Annotations`] that were written in the source.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedAnnotations {
    audience: &'static [&'static str],
    priority: Option<f64>,
    last_modified: Option<&'static str>,
}

impl FixedAnnotations {
    /// No hints.
    pub const NONE: Self = Self { audience: &[], priority: None, last_modified: None };

    /// As annotations.
    pub fn get(self) -> Annotations {
        let last_modified = self.last_modified.map(Cow::Borrowed);
        Annotations { audience: self.audience, priority: self.priority, last_modified }
    }
}

impl Annotations {
    /// No hints yet.
    pub const fn new() -> Self {
        Self { audience: &[], priority: None, last_modified: None }
    }

    /// Sets the audience: `user`, `assistant`, or both.
    #[must_use]
    pub const fn audience(self, audience: &'static [&'static str]) -> Self {
        let mut new = self;
        new.audience = audience;
        new
    }

    /// Sets the importance, from 0 (optional) to 1 (required).
    #[must_use]
    pub const fn priority(self, priority: f64) -> Self {
        let mut new = self;
        new.priority = Some(priority);
        new
    }

    /// Sets when the content last changed, as an ISO 8601 time.
    #[must_use]
    pub const fn last_modified(self, time: &'static str) -> Self {
        let new = Self { audience: self.audience, priority: self.priority, last_modified: Some(Cow::Borrowed(time)) };
        // A `const fn` may not drop; the parts that own nothing were copied, and a time set before is replaced.
        std::mem::forget(self);
        new
    }

    /// Sets when the content last changed, for a time that is known only at run time.
    #[must_use]
    pub fn modified_at(mut self, time: impl Into<String>) -> Self {
        self.last_modified = Some(Cow::Owned(time.into()));
        self
    }

    /// The hints that are known when compiling, as values that need no drop: for a `const` that is borrowed for ever.
    pub const fn fixed(self) -> FixedAnnotations {
        let last_modified = match &self.last_modified {
            Some(Cow::Borrowed(time)) => Some(*time),
            _ => None,
        };
        let fixed = FixedAnnotations { audience: self.audience, priority: self.priority, last_modified };
        std::mem::forget(self);
        fixed
    }

    /// Whether there are any hints.
    pub fn is_empty(&self) -> bool {
        self.audience.is_empty() && self.priority.is_none() && self.last_modified.is_none()
    }

    /// The JSON, as `version` knows it; `None` where there are no hints.
    pub fn json(&self, version: Version) -> Option<String> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire<'a> {
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            audience: &'a [&'static str],
            #[serde(skip_serializing_if = "Option::is_none")]
            priority: Option<f64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            last_modified: Option<&'a str>,
        }
        if self.is_empty() {
            return None;
        }
        let last_modified = self.last_modified.as_deref().filter(|_| version.has_last_modified());
        serde_json::to_string(&Wire { audience: self.audience, priority: self.priority, last_modified }).ok()
    }

    /// Appends `,"annotations":{…}`, or nothing where there are no hints.
    pub(crate) fn write(&self, out: &mut Vec<u8>, version: Version) {
        if let Some(json) = self.json(version) {
            out.extend_from_slice(br#","annotations":"#);
            out.extend_from_slice(json.as_bytes());
        }
    }
}
