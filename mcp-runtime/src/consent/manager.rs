//! Looking at what is remembered, and taking it back.

use super::book::Book;
use super::record::Permission;
use crate::call::{Principal, Scope};

/// The answers of users that hold for more than one call: [`ServerHandle::permissions`](crate::ServerHandle::permissions). Cheap to
/// clone.
///
/// ```
/// use mcp_runtime::{Principal, ServerHandle};
///
/// async fn forget(handle: &ServerHandle, subject: &str) -> usize {
///     let ada = Principal::new(subject).with_issuer("https://id.example.com");
///     for permission in handle.permissions().list(&ada).await {
///         println!("{} {}", permission.target(), permission.resource());
///     }
///     handle.permissions().revoke_all(&ada).await
/// }
/// ```
#[derive(Clone, Debug)]
pub struct PermissionManager {
    book: Book,
}

impl PermissionManager {
    pub(crate) fn of(scope: &Scope) -> Self {
        Self { book: Book::of(scope) }
    }

    /// The answers of a principal that still hold, the oldest first. An anonymous one has none: what its clients have said holds for
    /// their sessions, and is in [`all`](Self::all).
    pub async fn list(&self, principal: &Principal) -> Vec<Permission> {
        match principal.owner() {
            Some(owner) => self.book.list(&owner).await,
            None => Vec::new(),
        }
    }

    /// The answers of everybody that still hold.
    pub async fn all(&self) -> Vec<Permission> {
        self.book.all().await
    }

    /// Takes an answer back: the user is asked again. Calls that are running go on. Whether there was one.
    pub async fn revoke(&self, permission: &Permission) -> bool {
        let id = permission.id();
        self.book.remove(&permission.owner, |other| other.id() == id).await > 0
    }

    /// Takes the answer back that has this [`id`](Permission::id). Whether there was one.
    pub async fn revoke_id(&self, id: &str) -> bool {
        match self.all().await.iter().find(|permission| permission.id() == id) {
            Some(permission) => self.revoke(permission).await,
            None => false,
        }
    }

    /// Takes all answers of a principal back; how many there were.
    pub async fn revoke_all(&self, principal: &Principal) -> usize {
        match principal.owner() {
            Some(owner) => self.book.remove(&owner, |_| true).await,
            None => 0,
        }
    }
}
