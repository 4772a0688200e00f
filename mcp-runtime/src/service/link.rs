//! What a call needs to know of the connection it came on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mcp_proto::types::{Values, uri_key};

use super::core::Core;
use super::policy::may_hear;
use crate::budget::{Charge, SMALL};
use crate::bus::{Change, Subscriber};
use crate::call::{Class, HeldCaller, Latch, Outlet, Principal};
use crate::lock::Lock;

/// The most resources that one client may subscribe to.
pub(crate) const MOST_SUBSCRIPTIONS: usize = 10_000;

/// The most bytes that the URIs of one client's subscriptions may have together: 10,000 of a hundred bytes.
pub(crate) const SUBSCRIPTION_BYTES: usize = 1024 * 1024;

/// What a subscription costs beside its URI, about.
const SUBSCRIPTION_OVERHEAD: usize = 48;

/// A connection, as calls see it.
#[derive(Clone)]
pub(crate) struct Link {
    /// Who calls.
    pub(crate) caller: HeldCaller,
    /// What the session wants to hear of, in the stateful era.
    pub(crate) wishes: Option<Arc<Wishes>>,
    /// Raised when the connection closes: calls that never end, end.
    pub(crate) closing: Arc<Latch>,
}

/// What a session of the stateful era wants to hear of: changes of lists, once it is ready for them, and of the
/// resources it subscribed to.
pub(crate) struct Wishes {
    outlet: Arc<dyn Outlet>,
    core: Arc<Core>,
    ready: AtomicBool,
    uris: Lock<(Uris, Charge)>,
    /// Who listens, as last seen.
    principal: Lock<Principal>,
}

impl Wishes {
    /// None yet; subscriptions will be charged to the server's budget for them.
    pub(crate) fn new(outlet: Arc<dyn Outlet>, core: Arc<Core>) -> Self {
        let uris = Lock::new((Uris::default(), Charge::new(&core.catalog().profile().subscriptions)));
        Self { outlet, core, ready: AtomicBool::new(false), uris, principal: Lock::default() }
    }

    /// Who listens.
    pub(crate) fn set_principal(&self, principal: &Principal) {
        *self.principal.lock() = principal.clone();
    }

    /// The session is open, and the client knows it.
    pub(crate) fn set_ready(&self) {
        self.ready.store(true, Ordering::Release);
    }

    /// Whether there was room for it.
    pub(crate) fn subscribe(&self, uri: &str, principal: &Principal) -> bool {
        self.set_principal(principal);
        let (uris, charge) = &mut *self.uris.lock();
        let before = uris.insert(uri.into());
        let fits = uris.fit() && uris.charge(charge);
        if !fits {
            match before {
                Some(before) => drop(uris.insert(before.into())),
                None => uris.remove(uri),
            }
        }
        fits
    }

    pub(crate) fn unsubscribe(&self, uri: &str) {
        let (uris, charge) = &mut *self.uris.lock();
        uris.remove(uri);
        // Less always fits.
        uris.charge(charge);
    }
}

impl Subscriber for Wishes {
    fn notice(&self, change: &Change<'_>) {
        if !self.ready.load(Ordering::Acquire) {
            return;
        }
        let principal = self.principal.lock().clone();
        let frame = match change.notice.uri() {
            Some(key) => {
                let (uris, _) = &*self.uris.lock();
                let Some(uri) = uris.written(key) else { return };
                if !may_hear(&self.core.catalog(), key, &principal) {
                    return;
                }
                change.frame(Some(uri))
            }
            None if !change.is_for(&principal) => return,
            None => change.frame(None),
        };
        self.outlet.send(Class::Notice, frame.into());
    }
}

/// URIs that a client subscribed to: by what they are, and as the client writes them.
#[derive(Debug, Default)]
pub(crate) struct Uris {
    written: Values,
    /// What they have, as the client writes them.
    bytes: usize,
}

impl Uris {
    /// Adds one; gives back how it was written before.
    fn insert(&mut self, uri: Box<str>) -> Option<String> {
        self.bytes += uri.len();
        let before = self.written.insert(uri_key(&uri).into(), uri.into());
        self.bytes -= before.as_ref().map_or(0, |before| before.len());
        before
    }

    fn remove(&mut self, uri: &str) {
        let before = self.written.remove(&*uri_key(uri));
        self.bytes -= before.map_or(0, |before| before.len());
    }

    /// Whether a client may have as many, of that size.
    fn fit(&self) -> bool {
        self.written.len() <= MOST_SUBSCRIPTIONS && self.bytes <= SUBSCRIPTION_BYTES
    }

    /// Charges them, if there is room. The first few of each client are small, and have room even where others have taken
    /// all there is.
    pub(crate) fn charge(&self, charge: &mut Charge) -> bool {
        // Each is there twice.
        let bytes = 2 * self.bytes + self.written.len() * SUBSCRIPTION_OVERHEAD;
        charge.try_set(if bytes > SMALL { bytes } else { 0 })
    }

    /// How the client writes the URI of this key, if it subscribed to it.
    pub(crate) fn written(&self, key: &str) -> Option<&str> {
        self.written.get(key).map(|uri| &**uri)
    }
}

impl FromIterator<Box<str>> for Uris {
    fn from_iter<I: IntoIterator<Item = Box<str>>>(uris: I) -> Self {
        let mut all = Self::default();
        for uri in uris {
            all.insert(uri);
        }
        all
    }
}
