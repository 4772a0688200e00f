//! What the two sides of a connection have agreed on, as the client keeps it.

use crate::Version;
use crate::era::SERVER_INFO_KEY;
use crate::wire::{Member, items, pick};

/// What a client knows of its server once both speak the same revision: from `initialize` (2025-11-25, `basic/lifecycle`)
/// or from `server/discover` (2026-07-28, `server/discover`).
#[derive(Clone, Debug)]
pub struct Agreement {
    version: Version,
    supported: Vec<Version>,
    server_info: Option<Box<str>>,
    capabilities: Option<Box<str>>,
    instructions: Option<Box<str>>,
}

impl Agreement {
    /// Reads the result of `initialize`.
    ///
    /// # Errors
    /// What is wrong with it: no JSON of this shape, or a revision without sessions or that nobody knows.
    pub fn from_initialize(result: &str) -> Result<Self, String> {
        let names = ["protocolVersion", "serverInfo", "capabilities", "instructions"];
        let unreadable = |what: &str| format!("the answer to initialize cannot be read: {what}");
        let [spoken, info, capabilities, instructions] = pick(result, names).ok_or_else(|| unreadable(NO_OBJECT))?;
        let spoken = spoken.and_then(Member::text).ok_or_else(|| unreadable("it names no `protocolVersion`"))?;
        let version = Version::parse(&spoken)
            .filter(|version| !version.is_stateless())
            .ok_or_else(|| format!("the server wants to speak {spoken:?}, which has no sessions here"))?;
        Ok(Self {
            version,
            supported: vec![version],
            server_info: json(info),
            capabilities: json(capabilities),
            instructions: instructions.and_then(Member::text).map(Into::into),
        })
    }

    /// Reads the result of `server/discover`, for a client that speaks `version`.
    ///
    /// # Errors
    /// What is wrong with it: no JSON of this shape, or `version` is not among what the server speaks.
    pub fn from_discover(result: &str, version: Version) -> Result<Self, String> {
        let names = ["supportedVersions", "capabilities", "instructions", "_meta"];
        let unreadable = |what: &str| format!("the answer to server/discover cannot be read: {what}");
        let [versions, capabilities, instructions, meta] = pick(result, names).ok_or_else(|| unreadable(NO_OBJECT))?;
        let versions = versions.and_then(texts).ok_or_else(|| unreadable("it has no `supportedVersions`"))?;
        let supported = known(&versions);
        if !supported.contains(&version) {
            return Err(format!("the server speaks {}, not {version}", versions.join(", ")));
        }
        let server_info = meta.and_then(|meta| pick(meta.json(), [SERVER_INFO_KEY])).and_then(|[info]| json(info));
        let instructions = instructions.and_then(Member::text).map(Into::into);
        Ok(Self { version, supported, server_info, capabilities: json(capabilities), instructions })
    }

    /// The revision that is spoken.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The revisions that the server is known to speak; after `initialize`, only the one that was agreed on.
    pub fn supported(&self) -> &[Version] {
        &self.supported
    }

    /// The server's name and version, as JSON.
    pub fn server_info(&self) -> Option<&str> {
        self.server_info.as_deref()
    }

    /// The server's capabilities, as JSON.
    pub fn capabilities(&self) -> Option<&str> {
        self.capabilities.as_deref()
    }

    /// Whether the server has declared a capability, such as `tools`.
    pub fn has_capability(&self, name: &str) -> bool {
        let mut has = false;
        if let Some(capabilities) = self.capabilities() {
            crate::wire::members(capabilities, |declared, _| {
                has = declared == name;
                !has
            });
        }
        has
    }

    /// What the server says of how to use it.
    pub fn instructions(&self) -> Option<&str> {
        self.instructions.as_deref()
    }
}

const NO_OBJECT: &str = "it is no object, or has a member twice";

/// The JSON of a member that may be missing.
fn json(member: Option<Member<'_>>) -> Option<Box<str>> {
    member.filter(|member| !member.is_null()).map(|member| member.json().into())
}

/// The texts of an array; `None` where it is none, or has something else in it.
pub(super) fn texts(member: Member<'_>) -> Option<Vec<String>> {
    items(member.json())?.into_iter().map(|item| Some(item.text()?.into_owned())).collect()
}

/// Those of these revisions that are known here, in their order.
pub(super) fn known(versions: &[String]) -> Vec<Version> {
    versions.iter().filter_map(|version| Version::parse(version)).collect()
}

/// What a client declares, of that which servers can ask for (`client/elicitation`, `client/sampling`, `client/roots`).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offers {
    pub(super) sampling: bool,
    pub(super) elicitation: bool,
    pub(super) roots: bool,
}

impl Offers {
    /// From `ClientCapabilities`. What cannot be read declares nothing; servers say what is wrong with it.
    pub(super) fn read(capabilities: &str) -> Self {
        let names = ["sampling", "elicitation", "roots"];
        let declared = |member: Option<Member<'_>>| member.is_some_and(|member| !member.is_null());
        let [sampling, elicitation, roots] = pick(capabilities, names).unwrap_or_default().map(declared);
        Self { sampling, elicitation, roots }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discovery_names_the_server_in_its_meta() {
        let result = r#"{"supportedVersions":["2099-01-01","2026-07-28"],"capabilities":{"tools":{}},
            "_meta":{"a":1,"io.modelcontextprotocol/serverInfo":{"name":"s"}},"instructions":"ask"}"#;
        let agreement = Agreement::from_discover(result, Version::V2026_07_28).expect("it is spoken");
        assert_eq!(agreement.server_info(), Some(r#"{"name":"s"}"#));
        assert_eq!(agreement.supported(), [Version::V2026_07_28]);
        assert_eq!(agreement.instructions(), Some("ask"));
        assert!(agreement.has_capability("tools") && !agreement.has_capability("prompts"));
    }

    #[test]
    fn what_is_not_spoken_here_is_no_agreement() {
        let why = Agreement::from_initialize(r#"{"protocolVersion":"2026-07-28"}"#).expect_err("it has no sessions");
        assert!(why.contains("2026-07-28"), "{why}");
        let why = Agreement::from_initialize("[]").expect_err("no object");
        assert!(why.starts_with("the answer to initialize"), "{why}");
        let none = r#"{"supportedVersions":["2025-11-25"]}"#;
        let why = Agreement::from_discover(none, Version::V2026_07_28).expect_err("another one");
        assert!(why.contains("2025-11-25"), "{why}");
    }
}
