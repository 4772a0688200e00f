//! What a session knows of its client.

use std::sync::atomic::{AtomicU8, Ordering};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Version;
use crate::types::LogLevel;
use crate::wire::{CLIENT_BYTES, Request, RpcError};

/// What `initialize` agreed on, kept for the life of the session (2025-11-25, `basic/lifecycle`).
#[derive(Debug)]
pub struct Session {
    version: Version,
    client_info: Option<Box<RawValue>>,
    client_capabilities: Option<Box<RawValue>>,
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
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Params<'a> {
            protocol_version: Box<str>,
            // Copied once they are known to be short.
            #[serde(borrow)]
            client_info: Option<&'a RawValue>,
            #[serde(borrow)]
            capabilities: Option<&'a RawValue>,
        }
        let params: Params<'_> = request.params()?;
        for (name, json) in [("clientInfo", params.client_info), ("capabilities", params.capabilities)] {
            if json.is_some_and(|json| json.get().len() > CLIENT_BYTES) {
                return Err(RpcError::invalid_params(format!("Invalid params: `{name}` is longer than 16 KiB")));
            }
        }
        let version = Version::parse(&params.protocol_version).filter(|version| !version.is_stateless());
        Ok(Self {
            version: version.unwrap_or(Version::LATEST_STATEFUL),
            client_info: params.client_info.map(ToOwned::to_owned),
            client_capabilities: params.capabilities.map(ToOwned::to_owned),
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
        self.client_info.as_deref().map(RawValue::get)
    }

    /// The client's capabilities, as JSON.
    pub fn client_capabilities(&self) -> Option<&str> {
        self.client_capabilities.as_deref().map(RawValue::get)
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
