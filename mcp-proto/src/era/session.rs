//! What a session knows of its client.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::Version;
use crate::types::LogLevel;
use crate::wire::{CLIENT_BYTES, Member, Request, RpcError, pick, text_param};

/// What `initialize` agreed on, kept for the life of the session (2025-11-25, `basic/lifecycle`).
#[derive(Debug)]
pub struct Session {
    version: Version,
    client_info: Option<Box<str>>,
    client_capabilities: Option<Box<str>>,
    log_level: AtomicU8,
}

impl Session {
    /// Opens a session as an `initialize` request asks for it.
    ///
    /// A client that asks for a revision we do not have with sessions gets the newest that we have; it then decides
    /// whether it can speak that.
    ///
    /// # Errors
    /// `-32602` where `protocolVersion` is missing, or `clientInfo` or `capabilities` have more than 16 KiB.
    pub fn open(request: &Request) -> Result<Self, RpcError> {
        let names = ["protocolVersion", "clientInfo", "capabilities"];
        let [version, info, capabilities] = pick(request.params_json().unwrap_or("{}"), names).unwrap_or_default();
        let version = text_param("protocolVersion", version)?;
        // Copied once they are known to be short.
        let short = |name: &str, member: Option<Member<'_>>| match member.filter(|member| !member.is_null()) {
            Some(member) if member.json().len() > CLIENT_BYTES => {
                Err(RpcError::invalid_params(format!("Invalid params: `{name}` is longer than 16 KiB")))
            }
            member => Ok(member.map(|member| member.json().into())),
        };
        let version = Version::parse(&version).filter(|version| !version.is_stateless());
        Ok(Self {
            version: version.unwrap_or(Version::LATEST_STATEFUL),
            client_info: short("clientInfo", info)?,
            client_capabilities: short("capabilities", capabilities)?,
            // Until the client says otherwise, what a server has to say at `info` and above is of use
            // (2025-11-25, `server/utilities/logging`: the server decides).
            log_level: AtomicU8::new(LogLevel::Info as u8),
        })
    }

    /// The revision agreed on.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The client's name and version, as JSON.
    pub fn client_info(&self) -> Option<&str> {
        self.client_info.as_deref()
    }

    /// The client's capabilities, as JSON.
    pub fn client_capabilities(&self) -> Option<&str> {
        self.client_capabilities.as_deref()
    }

    /// The least severe level that the client wants to hear of.
    pub fn log_level(&self) -> LogLevel {
        LogLevel::from_index(self.log_level.load(Ordering::Relaxed))
    }

    /// `logging/setLevel`.
    pub fn set_log_level(&self, level: LogLevel) {
        self.log_level.store(level as u8, Ordering::Relaxed);
    }
}
