//! Notices of change, and who wants them.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Something changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The list of tools.
    ToolsChanged,
    /// The list of prompts.
    PromptsChanged,
    /// The list of resources.
    ResourcesChanged,
    /// What is at a URI.
    ResourceUpdated(Box<str>),
}

impl Notice {
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
pub(crate) struct Bus(Mutex<Vec<Weak<dyn Subscriber>>>);

impl Bus {
    /// Adds a subscriber.
    pub(crate) fn subscribe(&self, subscriber: &Arc<impl Subscriber + 'static>) {
        let subscriber: Arc<dyn Subscriber> = Arc::clone(subscriber) as _;
        let mut subscribers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        subscribers.retain(|one| one.strong_count() > 0);
        subscribers.push(Arc::downgrade(&subscriber));
    }

    /// Tells everybody.
    pub(crate) fn publish(&self, notice: &Notice) {
        // Told outside the lock: passing a notice on may take a connection's own.
        let subscribers: Vec<_> = {
            let mut subscribers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            subscribers.retain(|one| one.strong_count() > 0);
            subscribers.iter().filter_map(Weak::upgrade).collect()
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
