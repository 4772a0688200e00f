//! What is remembered of one answer.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::call::Principal;

/// An answer of a person that holds for more than one call: what [`PermissionManager`](super::PermissionManager) lists.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Forgets what a user has answered.
/// async fn forget(server: &Server, who: &Principal) {
///     let permissions = server.handle().permissions();
///     for one in permissions.list(who).await {
///         println!("{} is not allowed without a question any more", one.target());
///         permissions.revoke(&one).await;
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Under which name it is kept.
    pub(super) owner: String,
    pub(super) kept: Kept,
}

/// An answer, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) issuer: Option<String>,
    pub(super) subject: Option<String>,
    /// The session that it is for, as a fingerprint.
    pub(super) session: Option<String>,
    pub(super) method: String,
    pub(super) target: String,
    /// What it is about: the URI, or the arguments that name it, as JSON. Empty for all.
    pub(super) resource: String,
    /// Whether the answer is no.
    #[serde(default)]
    pub(super) denies: bool,
    /// In seconds since 1970.
    pub(super) given: u64,
    pub(super) until: u64,
}

impl Permission {
    /// What tells it from all others, for [`revoke`](super::PermissionManager::revoke). It is the same for an answer that is given anew.
    pub fn id(&self) -> String {
        let Kept { session, method, target, resource, .. } = &self.kept;
        let parts = (&self.owner, session, method, target, resource);
        crate::vault::fingerprint(&serde_json::to_vec(&parts).unwrap_or_default())
    }

    /// Whose answer it is. Anonymous where it holds for the session of an anonymous client.
    pub fn principal(&self) -> Principal {
        let Some(subject) = &self.kept.subject else { return Principal::anonymous() };
        let principal = Principal::new(subject.as_str());
        match &self.kept.issuer {
            Some(issuer) => principal.with_issuer(issuer.as_str()),
            None => principal,
        }
    }

    /// Whether the answer is no: such calls do not run, and nobody is asked about them.
    pub fn is_denial(&self) -> bool {
        self.kept.denies
    }

    /// Whether it holds for one session only.
    pub fn is_for_session(&self) -> bool {
        self.kept.session.is_some()
    }

    /// The method of the protocol, such as `tools/call`.
    pub fn method(&self) -> &str {
        &self.kept.method
    }

    /// The name that the tool or prompt has in this server, with a mount's prefix, or the URI or template of the resource.
    pub fn target(&self) -> &str {
        &self.kept.target
    }

    /// What it is about: the URI of the resource, or the arguments that name it, as JSON. Empty where it holds for any arguments.
    pub fn resource(&self) -> &str {
        &self.kept.resource
    }

    /// When it was given.
    pub fn given(&self) -> SystemTime {
        moment(self.kept.given)
    }

    /// Until when it holds.
    pub fn until(&self) -> SystemTime {
        moment(self.kept.until)
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn moment(seconds: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH)
}
