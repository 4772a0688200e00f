//! Who is at the other end of a socket.

use serde_json::value::{RawValue, to_raw_value};
use tokio::net::unix::UCred;

use crate::call::{AuthMethod, Principal};

/// The process at the other end of a Unix socket, as the system knows it. Handlers find it by
/// [`Ctx::extension`](crate::Ctx::extension).
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::transport::PeerCredentials;
///
/// /// Says which process calls.
/// #[tool]
/// fn caller(ctx: &Ctx) -> Option<i32> {
///     ctx.extension::<PeerCredentials>()?.pid
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerCredentials {
    /// The user's id.
    pub uid: u32,
    /// The id of the user's group.
    pub gid: u32,
    /// The process' id, where the system tells it. It may have ended, and another may have its id.
    pub pid: Option<i32>,
}

impl PeerCredentials {
    pub(super) fn of(system: &UCred) -> Self {
        Self { uid: system.uid(), gid: system.gid(), pid: system.pid() }
    }

    /// As policies see the caller: the subject is the user's id; user and group are roles.
    pub(crate) fn principal(self) -> Principal {
        let Self { uid, gid, pid } = self;
        let number = |number: i64| to_raw_value(&number).unwrap_or_else(|_| RawValue::NULL.to_owned());
        let mut claims = vec![("uid", number(uid.into())), ("gid", number(gid.into()))];
        claims.extend(pid.map(|pid| ("pid", number(pid.into()))));
        Principal::new(uid.to_string())
            .with_issuer("unix")
            .with_roles([format!("uid:{uid}"), format!("gid:{gid}")])
            .with_claims(claims)
            .with_method(AuthMethod::Unix)
    }
}
