//! What a server or client says of itself.

use std::borrow::Cow;

use serde::Serialize;

use super::icon::Icon;
use crate::Version;

/// A program's name, version and looks (`schema`, `Implementation`).
#[derive(Clone, Debug, Default)]
pub struct Implementation {
    /// Its name, for programs.
    pub name: Cow<'static, str>,
    /// Its version.
    pub version: Cow<'static, str>,
    /// Its name, for people (from 2025-06-18).
    pub title: Option<Cow<'static, str>>,
    /// What it is (from 2025-11-25).
    pub description: Option<Cow<'static, str>>,
    /// Where to read more (from 2025-11-25).
    pub website_url: Option<Cow<'static, str>>,
    /// Its icons (from 2025-11-25).
    pub icons: Vec<Icon>,
}

impl Implementation {
    /// The JSON, as `version` knows it.
    pub fn json(&self, version: Version) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire<'a> {
            name: &'a str,
            version: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            title: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            description: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            website_url: Option<&'a str>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            icons: &'a [Icon],
        }
        let icons = version.has_icons();
        let told = |text: &&str| icons && !text.is_empty();
        let wire = Wire {
            name: &self.name,
            version: &self.version,
            title: self.title.as_deref().filter(|_| version.has_titles()),
            description: self.description.as_deref().filter(told),
            website_url: self.website_url.as_deref().filter(told),
            icons: if icons { &self.icons } else { &[] },
        };
        // Strings and lists of strings always serialize.
        serde_json::to_string(&wire).unwrap_or_default()
    }
}
