//! `initialize`: how a session of the stateful era opens (2025-11-25, `basic/lifecycle`).

use std::sync::Arc;

use crate::Version;
use crate::era::{Seal, Session};
use crate::wire::{Reply, Request, ResultWriter, RpcError, write_str};

/// What a server says to `initialize`, rendered once for each revision:
/// `"capabilities":{…},"serverInfo":{…},"instructions":"…"`.
#[derive(Clone, Debug, Default)]
pub struct Greeting {
    members: [Box<str>; Version::ALL.len()],
}

impl Greeting {
    /// A greeting, given the members for each revision.
    pub fn new(members: impl Fn(Version) -> String) -> Self {
        Self { members: Version::ALL.map(|version| members(version).into()) }
    }

    /// Opens a session and answers the request.
    ///
    /// # Errors
    /// `-32602` where the request names no version.
    pub fn answer(&self, request: &Request) -> Result<(Arc<Session>, Reply), RpcError> {
        let session = Session::open(request)?;
        let version = session.version();
        let mut result = ResultWriter::new(&request.id);
        write_str(result.member("protocolVersion"), version.as_str());
        result.members(&self.members[version.index()]);
        Ok((Arc::new(session), result.finish(&Seal::stateful())))
    }
}
