//! What the two sides of a connection have agreed on, as the client keeps it.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::Version;
use crate::era::SERVER_INFO_KEY;

/// What a client knows of its server once both speak the same revision: from `initialize` (2025-11-25, `basic/lifecycle`)
/// or from `server/discover` (2026-07-28, `server/discover`).
#[derive(Clone, Debug)]
pub struct Agreement {
    version: Version,
    supported: Vec<Version>,
    server_info: Option<Box<RawValue>>,
    capabilities: Option<Box<RawValue>>,
    instructions: Option<Box<str>>,
}

impl Agreement {
    /// Reads the result of `initialize`.
    ///
    /// # Errors
    /// What is wrong with it: no JSON of this shape, or a revision without sessions or that nobody knows.
    pub fn from_initialize(result: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Initialized {
            protocol_version: Box<str>,
            server_info: Option<Box<RawValue>>,
            capabilities: Option<Box<RawValue>>,
            instructions: Option<Box<str>>,
        }
        let read: Initialized = serde_json::from_str(result).map_err(|error| unreadable("initialize", &error))?;
        let version =
            Version::parse(&read.protocol_version).filter(|version| !version.is_stateless()).ok_or_else(|| {
                format!("the server wants to speak {:?}, which has no sessions here", read.protocol_version)
            })?;
        Ok(Self {
            version,
            supported: vec![version],
            server_info: read.server_info,
            capabilities: read.capabilities,
            instructions: read.instructions,
        })
    }

    /// Reads the result of `server/discover`, for a client that speaks `version`.
    ///
    /// # Errors
    /// What is wrong with it: no JSON of this shape, or `version` is not among what the server speaks.
    pub fn from_discover(result: &str, version: Version) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Discovered<'a> {
            supported_versions: Vec<Box<str>>,
            capabilities: Option<Box<RawValue>>,
            instructions: Option<Box<str>>,
            #[serde(borrow, rename = "_meta")]
            meta: Option<&'a RawValue>,
        }
        let read: Discovered<'_> =
            serde_json::from_str(result).map_err(|error| unreadable("server/discover", &error))?;
        let supported = known(&read.supported_versions);
        if !supported.contains(&version) {
            return Err(format!("the server speaks {}, not {version}", read.supported_versions.join(", ")));
        }
        let mut server_info = None;
        if let Some(meta) = read.meta {
            crate::wire::members(meta.get(), |name, value| {
                if name == SERVER_INFO_KEY {
                    server_info = RawValue::from_string(value.json().to_owned()).ok();
                }
                server_info.is_none()
            });
        }
        Ok(Self { version, supported, server_info, capabilities: read.capabilities, instructions: read.instructions })
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
        self.server_info.as_deref().map(RawValue::get)
    }

    /// The server's capabilities, as JSON.
    pub fn capabilities(&self) -> Option<&str> {
        self.capabilities.as_deref().map(RawValue::get)
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

/// Those of these revisions that are known here, in their order.
pub(super) fn known(versions: &[Box<str>]) -> Vec<Version> {
    versions.iter().filter_map(|version| Version::parse(version)).collect()
}

fn unreadable(method: &str, error: &serde_json::Error) -> String {
    let text = error.to_string();
    format!("the answer to {method} cannot be read: {}", text.split(" at line ").next().unwrap_or_default())
}

/// What a client declares, of that which servers can ask for (`client/elicitation`, `client/sampling`, `client/roots`).
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Offers {
    #[serde(deserialize_with = "declared")]
    pub(super) sampling: bool,
    #[serde(deserialize_with = "declared")]
    pub(super) elicitation: bool,
    #[serde(deserialize_with = "declared")]
    pub(super) roots: bool,
}

fn declared<'de, D: serde::Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    Option::<IgnoredAny>::deserialize(value).map(|value| value.is_some())
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
