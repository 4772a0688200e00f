//! What differs between the eras: how a request is admitted, how a result is sealed.
//!
//! *Stateful* revisions (up to 2025-11-25) open a session with `initialize`; in the *stateless* one each request
//! says for itself who asks and in which version (`basic/versioning`). One process serves both at once.
//!
//! ```
//! use mcp_proto::Version;
//! use mcp_proto::era::{Seal, admit};
//! use mcp_proto::wire::{Code, Incoming, Message, ResultWriter, decode};
//!
//! let frame = r#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{
//!     "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;
//! let Incoming::One(Message::Request(request)) = decode(frame) else { panic!("a request") };
//! let terms = admit(&request, None).expect("it says for itself who asks");
//! assert_eq!(terms.version, Version::V2026_07_28);
//!
//! let seal = Seal::stateless(r#"{"name":"demo","version":"1.0"}"#);
//! let reply = ResultWriter::new(&request.id).finish(&seal);
//! assert!(reply.bytes().starts_with(br#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","#));
//!
//! // Without a session, and without a version of its own, a request is refused.
//! let Incoming::One(Message::Request(request)) = decode(r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#) else { panic!("a request") };
//! assert_eq!(admit(&request, None).unwrap_err().code, Code::INVALID_PARAMS);
//! ```

mod seal;
mod session;
mod stateful;
mod stateless;

pub(crate) use seal::SERVER_INFO_KEY;
pub use seal::{Cache, CacheScope, Seal};
pub use session::Session;
pub(crate) use stateless::{CAPABILITIES_KEY, VERSION_KEY};

use std::sync::Arc;

use crate::Version;
use crate::wire::{Method, Request, RpcError};

/// What a request is served under, once it is admitted.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The revision.
    pub version: Version,
    /// The session, in the stateful era.
    pub session: Option<Arc<Session>>,
}

/// Admits a request: decides under which terms it is served, or why not.
///
/// A request that names a protocol version in its `_meta`, or a method that only the stateless revision has, is
/// stateless whatever the connection did before; everything else needs the session.
///
/// # Errors
/// The error to answer with: an incomplete `_meta` (-32602), a version not spoken here (-32022), a method that the
/// revision does not have (-32601), no session (-32602), `params` that are no object or have parts that are too long (-32602).
pub fn admit(request: &Request, session: Option<&Arc<Session>>) -> Result<Terms, RpcError> {
    let terms = if is_stateless(request) || session.is_none() {
        stateless::admit(request, session.is_none())?
    } else {
        stateful::admit(request, session)?
    };
    match request.fault {
        None => Ok(terms),
        Some(why) => Err(RpcError::invalid_params(why)),
    }
}

/// Admits a request of the stateless era whose transport says some things a second time, beside the message: HTTP, in its
/// headers. `version_agrees` is given the version in the message; `rest_agrees` is asked once that is one we speak.
///
/// # Errors
/// As [`admit`], and those of the two checks.
pub fn admit_stateless(
    request: &Request,
    version_agrees: impl FnOnce(&str) -> Result<(), RpcError>,
    rest_agrees: impl FnOnce() -> Result<(), RpcError>,
) -> Result<Terms, RpcError> {
    let terms = stateless::admit_with(request, false, version_agrees, rest_agrees)?;
    match request.fault {
        None => Ok(terms),
        Some(why) => Err(RpcError::invalid_params(why)),
    }
}

/// Whether the request is of the stateless era.
pub fn is_stateless(request: &Request) -> bool {
    request.meta.protocol_version.is_some()
        || request.meta.protocol_version_misshapen
        || request.method.is_stateless_only()
}

/// Refuses a method of the other era.
fn refuse(method: &Method) -> RpcError {
    RpcError::method_not_found(method.as_str())
}
