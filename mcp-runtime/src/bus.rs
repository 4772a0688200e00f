//! Notices of change, and who wants them.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use mcp_proto::types::uri_key;

/// Something changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The list of tools.
    ToolsChanged,
    /// The list of prompts.
    PromptsChanged,
    /// The list of resources.
    ResourcesChanged,
    /// What is at a URI; its [key](uri_key).
    ResourceUpdated(Box<str>),
}

impl Notice {
    /// What is at a URI has changed.
    pub(crate) fn updated(uri: &str) -> Self {
        Self::ResourceUpdated(uri_key(uri).into())
    }

    /// The notification's method.
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Self::ToolsChanged => "notifications/tools/list_changed",
            Self::PromptsChanged => "notifications/prompts/list_changed",
            Self::ResourcesChanged => "notifications/resources/list_changed",
            Self::ResourceUpdated(_) => "notifications/resources/updated",
        }
    }
}

/// Somebody who may want to know: a session, or an open `subscriptions/listen`.
pub(crate) trait Subscriber: Send + Sync {
    /// Passes the notice on, if it was asked for.
    fn notice(&self, notice: &Notice);
}

/// All who may want to know. They are held weakly: who is gone wants nothing.
#[derive(Default)]
pub(crate) struct Bus(Mutex<Subscribers>);

#[derive(Default)]
struct Subscribers {
    all: Vec<Weak<dyn Subscriber>>,
    /// How many there were when those who are gone were last looked for.
    there: usize,
}

impl Subscribers {
    fn forget_the_gone(&mut self) {
        self.all.retain(|one| one.strong_count() > 0);
        self.there = self.all.len();
    }
}

impl Bus {
    /// Adds a subscriber.
    pub(crate) fn subscribe(&self, subscriber: &Arc<impl Subscriber + 'static>) {
        let subscriber: Arc<dyn Subscriber> = Arc::clone(subscriber) as _;
        let mut subscribers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked for when there are twice as many, so that subscribing costs the same however many there are.
        if subscribers.all.len() >= 2 * subscribers.there.max(32) {
            subscribers.forget_the_gone();
        }
        subscribers.all.push(Arc::downgrade(&subscriber));
    }

    /// Tells everybody.
    pub(crate) fn publish(&self, notice: &Notice) {
        // Told outside the lock: passing a notice on may take a connection's own.
        let subscribers: Vec<_> = {
            let mut subscribers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            subscribers.forget_the_gone();
            subscribers.all.iter().filter_map(Weak::upgrade).collect()
        };
        for subscriber in subscribers {
            subscriber.notice(notice);
        }
    }
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bus")
    }
}
