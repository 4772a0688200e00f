//! What a client says of itself, and how its requests carry it.

use super::agreement::Offers;
use crate::Version;
use crate::era::{CAPABILITIES_KEY, VERSION_KEY};
use crate::types::LogLevel;
use crate::wire::{Id, RequestWriter, write_str};

const INFO_KEY: &str = "io.modelcontextprotocol/clientInfo";
const LOG_LEVEL_KEY: &str = "io.modelcontextprotocol/logLevel";

/// What a client says of itself: in `initialize` (2025-11-25, `basic/lifecycle`), or in each request (2026-07-28,
/// `basic/index`, "Per-request protocol fields"). Rendered once for all its connections.
#[derive(Clone, Debug)]
pub struct Hello {
    info: Box<str>,
    capabilities: Box<str>,
    pub(super) offers: Offers,
    /// What `_meta` has in every stateless request: `"…/protocolVersion":"…","…/clientInfo":{…},…`.
    stateless: Box<str>,
}

/// What a request carries beside its parameters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras<'a> {
    /// Whether its progress is to be told. The token is the request's id.
    pub progress: bool,
    /// The least severe log messages that are to be sent while it runs. Only 2026-07-28 has it in requests.
    pub log_level: Option<LogLevel>,
    /// Members for `_meta`, rendered, without braces.
    pub meta: &'a str,
}

impl Hello {
    /// A client of this name and with these capabilities: the JSON of an `Implementation` and of `ClientCapabilities`, each on
    /// one line.
    pub fn new(info: &str, capabilities: &str) -> Self {
        let version = Version::LATEST;
        let stateless =
            format!(r#""{VERSION_KEY}":"{version}","{INFO_KEY}":{info},"{CAPABILITIES_KEY}":{capabilities}"#);
        Self {
            info: info.into(),
            capabilities: capabilities.into(),
            offers: Offers::read(capabilities),
            stateless: stateless.into(),
        }
    }

    /// The frame of `initialize`, asking for a revision with sessions.
    pub fn initialize(&self, id: &Id, version: Version) -> Vec<u8> {
        let mut request = RequestWriter::new(id, "initialize");
        write_str(request.member("protocolVersion"), version.as_str());
        request.member("clientInfo").extend_from_slice(self.info.as_bytes());
        request.member("capabilities").extend_from_slice(self.capabilities.as_bytes());
        request.finish()
    }

    /// The frame of a request in a revision. `params` writes its parameters; `_meta` comes after them.
    pub fn request(
        &self,
        id: &Id,
        method: &str,
        version: Version,
        extras: Extras<'_>,
        params: impl FnOnce(&mut RequestWriter),
    ) -> Vec<u8> {
        let of_era = if version.is_stateless() { &*self.stateless } else { "" };
        let mut request = RequestWriter::with_room(id, method, of_era.len() + extras.meta.len());
        params(&mut request);
        Self::write_meta(&mut request, id, of_era, version, extras);
        request.finish()
    }

    fn write_meta(request: &mut RequestWriter, id: &Id, of_era: &str, version: Version, extras: Extras<'_>) {
        if of_era.is_empty() && !extras.progress && extras.meta.is_empty() {
            return;
        }
        let meta = request.member("_meta");
        meta.push(b'{');
        let begin = meta.len();
        let separate = |meta: &mut Vec<u8>| {
            if meta.len() > begin {
                meta.push(b',');
            }
        };
        meta.extend_from_slice(of_era.as_bytes());
        if extras.progress {
            separate(meta);
            meta.extend_from_slice(br#""progressToken":"#);
            id.write(meta);
        }
        if let Some(level) = extras.log_level.filter(|_| version.is_stateless()) {
            separate(meta);
            write_str(meta, LOG_LEVEL_KEY);
            meta.push(b':');
            write_str(meta, level.as_str());
        }
        if !extras.meta.is_empty() {
            separate(meta);
            meta.extend_from_slice(extras.meta.as_bytes());
        }
        meta.push(b'}');
    }
}

impl Default for Hello {
    fn default() -> Self {
        Self::new(r#"{"name":"client","version":"0"}"#, "{}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(version: Version, extras: Extras<'_>) -> String {
        let hello = Hello::new(r#"{"name":"c"}"#, r#"{"roots":{}}"#);
        let params = |request: &mut RequestWriter| request.members(r#""name":"x""#);
        let frame = hello.request(&Id::Number(7), "tools/call", version, extras, params);
        String::from_utf8(frame).expect("UTF-8")
    }

    #[test]
    fn requests_carry_what_their_era_wants() {
        assert_eq!(
            frame(Version::V2025_11_25, Extras::default()),
            r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x"}}"#
        );
        let extras = Extras { progress: true, log_level: Some(LogLevel::Debug), meta: r#""a/b":1"# };
        assert_eq!(
            frame(Version::V2025_11_25, extras),
            r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","_meta":{"progressToken":7,"a/b":1}}}"#
        );
        let all = frame(Version::V2026_07_28, extras);
        let request = crate::wire::decode(all.clone());
        let crate::wire::Incoming::One(crate::wire::Message::Request(request)) = request else { panic!("{all}") };
        assert_eq!(request.protocol_version(), Some("2026-07-28"));
        assert_eq!(request.client_info(), Some(r#"{"name":"c"}"#));
        assert_eq!(request.client_capabilities(), Some(r#"{"roots":{}}"#));
        assert_eq!((request.log_level(), request.progress_token()), (Some("debug"), Some("7")));
    }
}
