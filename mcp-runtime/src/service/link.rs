//! What a call needs to know of the connection it came on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mcp_proto::types::uri_key;
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
    uris: Mutex<Uris>,
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
        if uris.0.len() >= MOST_SUBSCRIPTIONS && !uris.0.contains_key(&*uri_key(uri)) {
            return false;
        }
        uris.insert(uri.into());
        true
    }

    pub(crate) fn unsubscribe(&self, uri: &str) {
        self.uris.lock().unwrap_or_else(PoisonError::into_inner).0.remove(&*uri_key(uri));
    }
}

impl Subscriber for Wishes {
    fn notice(&self, notice: &Notice) {
        if !self.ready.load(Ordering::Acquire) {
            return;
        }
        let frame = match notice {
            Notice::ResourceUpdated(key) => {
                let uris = self.uris.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(uri) = uris.written(key) else { return };
                frame(notice, Some(uri), None)
            }
            _ => frame(notice, None, None),
        };
        self.outlet.notice(frame);
    }
}

/// URIs that a client subscribed to: by what they are, and as the client writes them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uris(HashMap<Box<str>, Box<str>>);

impl Uris {
    fn insert(&mut self, uri: Box<str>) {
        self.0.insert(uri_key(&uri).into(), uri);
    }

    /// How the client writes the URI of this key, if it subscribed to it.
    pub(crate) fn written(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|uri| &**uri)
    }
}

impl FromIterator<Box<str>> for Uris {
    fn from_iter<I: IntoIterator<Item = Box<str>>>(uris: I) -> Self {
        let mut all = Self::default();
        uris.into_iter().for_each(|uri| all.insert(uri));
        all
    }
}

/// A notice's frame, with the URI that it is about; `subscription` is the JSON of the id of the `subscriptions/listen` that
/// it belongs to.
pub(crate) fn frame(notice: &Notice, uri: Option<&str>, subscription: Option<&str>) -> Vec<u8> {
    let mut params = Vec::new();
    if let Some(id) = subscription {
        params.extend_from_slice(meta(id).as_bytes());
    }
    if let Some(uri) = uri {
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
