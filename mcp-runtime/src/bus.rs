//! Notices of change, and who wants them.

use std::any::Any;
use std::cell::OnceCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

use bytes::Bytes;
use mcp_proto::types::uri_key;
use mcp_proto::wire::{notification, notification_with, write_str};

use crate::lock::Lock;

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

    /// The key of the URI that it is about.
    pub(crate) fn uri(&self) -> Option<&str> {
        match self {
            Self::ResourceUpdated(key) => Some(key),
            _ => None,
        }
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

/// A notice that is being published. Its frame is rendered once, whatever the number of its subscribers.
pub(crate) struct Change<'a> {
    pub(crate) notice: &'a Notice,
    frame: OnceCell<Bytes>,
    audience: Option<&'a Audience<'a>>,
}

/// Whether somebody may know of what has changed; who a subscriber listens for is known to the modules above.
pub(crate) type Audience<'a> = dyn Fn(&dyn Any) -> bool + 'a;

impl<'a> Change<'a> {
    pub(crate) fn of(notice: &'a Notice) -> Self {
        Self { notice, frame: OnceCell::new(), audience: None }
    }

    /// Whether somebody may know of it.
    pub(crate) fn is_for(&self, who: &dyn Any) -> bool {
        self.audience.is_none_or(|has| has(who))
    }

    /// The frame for a client that writes the URI so.
    pub(crate) fn frame(&self, uri: Option<&str>) -> Bytes {
        let key = self.notice.uri();
        if uri != key {
            return self.render(uri, None);
        }
        self.frame.get_or_init(|| self.render(key, None)).clone()
    }

    /// The frame for a `subscriptions/listen`; `id` is the JSON of its id.
    pub(crate) fn frame_for(&self, id: &str, uri: Option<&str>) -> Bytes {
        self.render(uri, Some(id))
    }

    fn render(&self, uri: Option<&str>, subscription: Option<&str>) -> Bytes {
        let method = self.notice.method();
        let mut frame = match (subscription, uri) {
            (None, None) => notification(method, None),
            (id, uri) => notification_with(method, |out| {
                out.push(b'{');
                out.extend(id.map(subscription_meta).unwrap_or_default().bytes());
                if let Some(uri) = uri {
                    out.extend_from_slice(if id.is_some() { br#","uri":"# } else { br#""uri":"# });
                    write_str(out, uri);
                }
                out.push(b'}');
            }),
        };
        // It may wait for long, in many queues.
        frame.shrink_to_fit();
        frame.into()
    }
}

/// The member that says to which subscription a message belongs (`basic/patterns/subscriptions`).
pub(crate) fn subscription_meta(id: &str) -> String {
    format!(r#""_meta":{{"io.modelcontextprotocol/subscriptionId":{id}}}"#)
}

/// Somebody who may want to know: a session, or an open `subscriptions/listen`.
pub(crate) trait Subscriber: Send + Sync {
    /// Passes the notice on, if it was asked for.
    fn notice(&self, change: &Change<'_>);
}

/// All who may want to know. They are held weakly: who is gone wants nothing.
#[derive(Default)]
pub(crate) struct Bus {
    subscribers: Lock<WeakList<dyn Subscriber>>,
    /// Functions of the program that are told which resources clients subscribe to.
    on_subscribe: Lock<Vec<OnSubscribe>>,
}

/// A function that is told the URI of a resource that a client has subscribed to.
pub(crate) type OnSubscribe = Arc<dyn Fn(&str) + Send + Sync>;

impl Bus {
    /// Adds a subscriber.
    pub(crate) fn subscribe(&self, subscriber: &Arc<impl Subscriber + 'static>) {
        let subscriber: Arc<dyn Subscriber> = Arc::clone(subscriber) as _;
        self.subscribers.lock().add(Arc::downgrade(&subscriber));
    }

    /// Adds a function that is told which resources clients subscribe to.
    pub(crate) fn on_subscribe(&self, function: OnSubscribe) {
        self.on_subscribe.lock().push(function);
    }

    /// Tells the program that a client has subscribed to a resource. A panic is reported by the panic hook, and goes no further.
    pub(crate) fn subscribed(&self, uri: &str) {
        let functions = self.on_subscribe.lock().clone();
        for function in functions {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| function(uri))) {
                // Dropping it may panic again.
                std::mem::forget(payload);
            }
        }
    }

    /// Tells everybody.
    pub(crate) fn publish(&self, notice: &Notice) {
        self.publish_to(notice, None);
    }

    /// Tells everybody who may know of it.
    pub(crate) fn publish_to(&self, notice: &Notice, audience: Option<&Audience<'_>>) {
        // Told outside the lock: passing a notice on may take a connection's own.
        let subscribers = self.subscribers.lock().living();
        let change = Change { audience, ..Change::of(notice) };
        for subscriber in subscribers {
            subscriber.notice(&change);
        }
    }
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bus")
    }
}

/// Weak references, without most of those whose values are gone.
pub(crate) struct WeakList<T: ?Sized> {
    all: Vec<Weak<T>>,
    /// How many there were when dead ones were last removed.
    cleaned: usize,
}

impl<T: ?Sized> Default for WeakList<T> {
    fn default() -> Self {
        Self { all: Vec::new(), cleaned: 0 }
    }
}

impl<T: ?Sized> std::fmt::Debug for WeakList<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("WeakList").field(&self.all.len()).finish()
    }
}

impl<T: ?Sized> WeakList<T> {
    pub(crate) fn add(&mut self, one: Weak<T>) {
        // Dead ones are removed when the list has doubled, so that adding costs the same however long it is.
        if self.all.len() >= 2 * self.cleaned.max(32) {
            self.clean();
        }
        self.all.push(one);
    }

    /// The values that are still there.
    pub(crate) fn living(&mut self) -> Vec<Arc<T>> {
        self.clean();
        self.all.iter().filter_map(Weak::upgrade).collect()
    }

    fn clean(&mut self) {
        self.all.retain(|one| one.strong_count() > 0);
        self.cleaned = self.all.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_rendered_once_for_all_that_write_its_uri_alike() {
        for notice in [Notice::ToolsChanged, Notice::updated("test://a")] {
            let change = Change::of(&notice);
            let (one, other) = (change.frame(notice.uri()), change.frame(notice.uri()));
            assert_eq!(one.as_ptr(), other.as_ptr(), "the same bytes");
        }
        let notice = Notice::updated("test://a");
        let change = Change::of(&notice);
        let (shared, own) = (change.frame(notice.uri()), change.frame(Some("TEST://a")));
        assert!(shared.ends_with(br#""params":{"uri":"test://a"}}"#), "{shared:?}");
        assert!(own.ends_with(br#""params":{"uri":"TEST://a"}}"#), "{own:?}");
    }

    #[test]
    fn a_list_of_weak_references_does_not_grow_with_the_dead() {
        let mut list = WeakList::default();
        let alive = Arc::new(0);
        list.add(Arc::downgrade(&alive));
        for n in 1..10_000 {
            list.add(Arc::downgrade(&Arc::new(n)));
        }
        assert!(list.all.len() <= 64, "{}", list.all.len());
        assert_eq!(list.living(), [alive]);
    }
}
