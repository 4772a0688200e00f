//! The revisions of the protocol, and what each of them knows.
//!
//! Code that depends on a revision asks it a question; nobody else compares dates.
//!
//! ```
//! use mcp_proto::Version;
//!
//! let version = Version::parse("2025-06-18").expect("a revision");
//! assert!(version.has_structured_output() && !version.has_icons());
//! assert!(version < Version::LATEST);
//! ```

use std::fmt;

/// A revision of the Model Context Protocol, in order of their dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Version {
    /// `2024-11-05`: the first.
    V2024_11_05,
    /// `2025-03-26`: batches, tool annotations, audio.
    V2025_03_26,
    /// `2025-06-18`: structured output, titles, resource links, elicitation.
    V2025_06_18,
    /// `2025-11-25`: icons, the last one with sessions.
    V2025_11_25,
    /// `2026-07-28`: stateless.
    V2026_07_28,
}

impl Version {
    /// All of them, oldest first.
    pub const ALL: [Self; 5] =
        [Self::V2024_11_05, Self::V2025_03_26, Self::V2025_06_18, Self::V2025_11_25, Self::V2026_07_28];

    /// Their names, newest first, as `supportedVersions` lists them.
    pub const SUPPORTED: [&'static str; 5] = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

    /// The newest revision with sessions: what a client gets that asks `initialize` for one we do not know.
    pub const LATEST_STATEFUL: Self = Self::V2025_11_25;

    /// The newest revision.
    pub const LATEST: Self = Self::V2026_07_28;

    /// The revision of this date.
    #[inline]
    pub fn parse(date: &str) -> Option<Self> {
        // The newest first: it is what most speak.
        if date == Self::LATEST.as_str() { Some(Self::LATEST) } else { Self::parse_other(date) }
    }

    #[inline(never)]
    fn parse_other(date: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.as_str() == date)
    }

    /// The date.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// The position in [`ALL`](Self::ALL), for tables with a row per revision.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Whether each request stands alone (`basic/index`, "Statelessness").
    pub fn is_stateless(self) -> bool {
        self >= Self::V2026_07_28
    }

    /// Whether a server asks its client with requests of its own, while a call runs; otherwise calls are answered with questions
    /// (2026-07-28, `basic/patterns/mrtr`).
    pub fn asks_live(self) -> bool {
        !self.is_stateless()
    }

    /// Whether there is `ping`.
    pub fn has_ping(self) -> bool {
        !self.is_stateless()
    }

    /// Whether results say what they are, and who gives them (2026-07-28, `basic/index`).
    pub fn has_sealed_results(self) -> bool {
        self.is_stateless()
    }

    /// Whether there is an error for a capability that the client lacks.
    pub fn has_missing_capability_error(self) -> bool {
        self.is_stateless()
    }

    /// Whether structured content may be any JSON, not only an object.
    pub fn has_structured_values(self) -> bool {
        self.is_stateless()
    }

    /// Whether several messages may come in one array.
    pub fn has_batches(self) -> bool {
        self == Self::V2025_03_26
    }

    /// Whether an error whose request's id is unknown says `"id": null`; later revisions leave it out.
    pub fn has_null_error_ids(self) -> bool {
        self <= Self::V2025_06_18
    }

    /// Whether tools have `annotations`.
    pub fn has_tool_annotations(self) -> bool {
        self >= Self::V2025_03_26
    }

    /// Whether there is audio content.
    pub fn has_audio(self) -> bool {
        self >= Self::V2025_03_26
    }

    /// Whether servers declare `completions`.
    pub fn has_completions_capability(self) -> bool {
        self >= Self::V2025_03_26
    }

    /// Whether progress notifications have a `message`.
    pub fn has_progress_messages(self) -> bool {
        self >= Self::V2025_03_26
    }

    /// Whether tools have `outputSchema` and results `structuredContent`.
    pub fn has_structured_output(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Whether there are `title`s, `_meta` on list items, and `context` in completion.
    pub fn has_titles(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Whether there is resource link content.
    pub fn has_resource_links(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Whether annotations have `lastModified`.
    pub fn has_last_modified(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Whether there are icons, and a server has a description and a web site.
    pub fn has_icons(self) -> bool {
        self >= Self::V2025_11_25
    }

    /// Whether a server can ask the user to fill in a form.
    pub fn has_elicitation(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Whether elicitation has modes: forms, and web pages to send the user to.
    pub fn has_elicitation_modes(self) -> bool {
        self >= Self::V2025_11_25
    }

    /// Whether forms have defaults beside those of booleans, several choices at once, and titles beside each choice.
    pub fn has_rich_forms(self) -> bool {
        self >= Self::V2025_11_25
    }

    /// Whether sending the user to a web page has an id.
    pub fn has_elicitation_ids(self) -> bool {
        self == Self::V2025_11_25
    }

    /// Whether sampling has tools, and messages of several blocks.
    pub fn has_sampling_tools(self) -> bool {
        self >= Self::V2025_11_25
    }

    /// Whether capabilities have `extensions`.
    pub fn has_extensions(self) -> bool {
        self >= Self::V2026_07_28
    }

    /// Whether a missing resource has the code -32002.
    pub fn has_resource_not_found_code(self) -> bool {
        self <= Self::V2025_11_25
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_listed_under_the_name_it_parses_from() {
        let mut names = Version::SUPPORTED;
        names.reverse();
        assert_eq!(names, Version::ALL.map(Version::as_str));
        assert!(Version::ALL.into_iter().all(|version| Version::parse(version.as_str()) == Some(version)));
        assert_eq!(Version::parse("2025-01-01"), None);
    }
}
