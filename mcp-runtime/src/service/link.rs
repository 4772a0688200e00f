//! What a call needs to know of the connection it came on.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mcp_proto::wire::{notification, write_str};

use crate::bus::{Notice, Subscriber};
use crate::call::{Caller, Latch, Outlet};

/// The most resources that one client may subscribe to.
pub(crate) const MOST_SUBSCRIPTIONS: usize = 10_000;

/// A connection, as calls see it.
pub(crate) struct Link {
    /// Who calls.
    pub(crate) caller: Caller,
    /// What the session wants to hear of, in the stateful era.
    pub(crate) wishes: Option<Arc<Wishes>>,
    /// Raised when the connection closes: calls that never end, end.
    pub(crate) closing: Arc<Latch>,
}

/// What a session of the stateful era wants to hear of: changes of lists, once it is ready for them, and of the
/// resources it subscribed to.
pub(crate) struct Wishes {
    outlet: Arc<dyn Outlet>,
    ready: AtomicBool,
    uris: Mutex<HashSet<Box<str>>>,
}

impl Wishes {
    pub(crate) fn new(outlet: Arc<dyn Outlet>) -> Self {
        Self { outlet, ready: AtomicBool::new(false), uris: Mutex::default() }
    }

    /// The session is open, and the client knows it.
    pub(crate) fn set_ready(&self) {
        self.ready.store(true, Ordering::Release);
    }

    /// Whether there was room for it.
    pub(crate) fn subscribe(&self, uri: &str) -> bool {
        let mut uris = self.uris.lock().unwrap_or_else(PoisonError::into_inner);
        if uris.len() >= MOST_SUBSCRIPTIONS && !uris.contains(uri) {
            return false;
        }
        uris.insert(uri.into());
        true
    }

    pub(crate) fn unsubscribe(&self, uri: &str) {
        self.uris.lock().unwrap_or_else(PoisonError::into_inner).remove(uri);
    }
}

impl Subscriber for Wishes {
    fn notice(&self, notice: &Notice) {
        if !self.ready.load(Ordering::Acquire) {
            return;
        }
        let wanted = match notice {
            Notice::ResourceUpdated(uri) => self.uris.lock().unwrap_or_else(PoisonError::into_inner).contains(uri),
            _ => true,
        };
        if wanted {
            self.outlet.notice(frame(notice, None));
        }
    }
}

/// A notice's frame; `subscription` is the JSON of the id of the `subscriptions/listen` that it belongs to.
pub(crate) fn frame(notice: &Notice, subscription: Option<&str>) -> Vec<u8> {
    let mut params = Vec::new();
    if let Some(id) = subscription {
        params.extend_from_slice(meta(id).as_bytes());
    }
    if let Notice::ResourceUpdated(uri) = notice {
        if !params.is_empty() {
            params.push(b',');
        }
        params.extend_from_slice(br#""uri":"#);
        write_str(&mut params, uri);
    }
    // Both parts are UTF-8.
    let params = String::from_utf8(params).unwrap_or_default();
    let params = (!params.is_empty()).then(|| format!("{{{params}}}"));
    notification(notice.method(), params.as_deref())
}

/// The member that says to which subscription a message belongs (`basic/patterns/subscriptions`).
pub(crate) fn meta(subscription: &str) -> String {
    format!(r#""_meta":{{"io.modelcontextprotocol/subscriptionId":{subscription}}}"#)
}
