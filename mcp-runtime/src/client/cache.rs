//! What a server says that its clients may keep (2026-07-28, `server/utilities/caching`).

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use crate::lock::Lock;
use mcp_proto::wire::members;
use tokio::time::Instant;

/// Results of lists and of resources as they were read, for as long as the server says. One client's: whatever its `cacheScope`,
/// a result is given to nobody else.
#[derive(Debug)]
pub(super) struct Cache {
    kept: Lock<Kept>,
    /// The most bytes that are kept.
    limit: usize,
}

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<(&'static str, Box<str>), Entry>,
    bytes: usize,
    /// Counts what was dropped, so that an answer that was on its way meanwhile is not kept.
    drops: u64,
}

#[derive(Debug)]
struct Entry {
    read: Arc<dyn Any + Send + Sync>,
    until: Instant,
    bytes: usize,
}

/// When something was asked for: what changes after it makes the answer stale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked(u64);

/// What is known of the pages of an answer: how long all of them may be kept, and how many bytes they have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pages {
    ttl: Option<Duration>,
    bytes: usize,
}

impl Pages {
    /// Notes one more.
    pub(super) fn add(&mut self, page: &str) {
        let ttl = ttl(page);
        self.ttl = Some(self.ttl.map_or(ttl, |before| before.min(ttl)));
        self.bytes += page.len() + 64;
    }
}

impl Cache {
    pub(super) fn new(limit: usize) -> Self {
        Self { kept: Lock::default(), limit }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock()
    }

    /// Now is asked for something that may be kept.
    pub(super) fn ask(&self) -> Asked {
        Asked(self.lock().drops)
    }

    /// What is kept for this method, and for this URI or name. A method has one type.
    pub(super) fn get<T: Any + Send + Sync>(&self, method: &'static str, of: &str) -> Option<Arc<T>> {
        let mut kept = self.lock();
        if kept.entries.is_empty() {
            return None;
        }
        let key = (method, of.into());
        let entry = kept.entries.get(&key)?;
        if entry.until > Instant::now() {
            return Arc::clone(&entry.read).downcast().ok();
        }
        kept.remove(&key);
        None
    }

    /// Keeps what was `read` of an answer for as long as all of its pages say. It counts for their bytes.
    pub(super) fn keep(
        &self,
        asked: Asked,
        method: &'static str,
        of: &str,
        pages: Pages,
        read: impl FnOnce() -> Arc<dyn Any + Send + Sync>,
    ) {
        let Some(until) = pages.ttl.filter(|ttl| !ttl.is_zero()).and_then(|ttl| Instant::now().checked_add(ttl)) else {
            return;
        };
        let bytes = of.len() + pages.bytes;
        let mut kept = self.lock();
        if kept.drops != asked.0 || bytes > self.limit {
            return;
        }
        let key = (method, of.into());
        kept.remove(&key);
        while kept.bytes + bytes > self.limit {
            // What is to go first anyway.
            let Some(first) = kept.entries.iter().min_by_key(|(_, entry)| entry.until).map(|(key, _)| key.clone())
            else {
                break;
            };
            kept.remove(&first);
        }
        kept.bytes += bytes;
        kept.entries.insert(key, Entry { read: read(), until, bytes });
    }

    /// A list has changed.
    pub(super) fn drop_list(&self, method: &'static str) {
        self.drop_one((method, "".into()));
    }

    /// A resource has changed.
    pub(super) fn drop_resource(&self, uri: &str) {
        self.drop_one(("resources/read", uri.into()));
    }

    fn drop_one(&self, key: (&'static str, Box<str>)) {
        let mut kept = self.lock();
        kept.drops += 1;
        kept.remove(&key);
    }

    /// Anything may have changed.
    pub(super) fn clear(&self) {
        let mut kept = self.lock();
        *kept = Kept { drops: kept.drops + 1, ..Kept::default() };
    }
}

impl Kept {
    fn remove(&mut self, key: &(&'static str, Box<str>)) {
        if let Some(gone) = self.entries.remove(key) {
            self.bytes -= gone.bytes;
        }
    }
}

/// How long an answer may be kept. Nothing is kept of one that does not say so.
fn ttl(json: &str) -> Duration {
    let mut ttl = Duration::ZERO;
    members(json, |name, member| {
        if name == "ttlMs" {
            ttl = member.json().parse::<f64>().map_or(Duration::ZERO, |millis| {
                Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::ZERO)
            });
        }
        true
    });
    ttl
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(cache: &Cache, asked: Asked, method: &'static str, of: &str, json: &str) {
        let mut pages = Pages::default();
        pages.add(json);
        cache.keep(asked, method, of, pages, || Arc::new(json.to_owned()));
    }

    fn has(cache: &Cache, method: &'static str, of: &str) -> bool {
        cache.get::<String>(method, of).is_some()
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_kept_as_long_as_it_says_and_no_longer() {
        let cache = Cache::new(10_000);
        keep(&cache, cache.ask(), "tools/list", "", r#"{"ttlMs":1000}"#);
        keep(&cache, cache.ask(), "prompts/list", "", r#"{"tools":[]}"#);
        assert!(has(&cache, "tools/list", ""));
        assert!(!has(&cache, "prompts/list", ""));
        tokio::time::advance(Duration::from_millis(1001)).await;
        assert!(!has(&cache, "tools/list", ""));
        assert_eq!(cache.lock().bytes, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_was_asked_for_before_a_change_is_not_kept() {
        let cache = Cache::new(10_000);
        let asked = cache.ask();
        cache.drop_list("tools/list");
        keep(&cache, asked, "tools/list", "", r#"{"ttlMs":1000}"#);
        assert!(!has(&cache, "tools/list", ""));
    }

    #[tokio::test(start_paused = true)]
    async fn what_would_go_first_makes_room() {
        let cache = Cache::new(400);
        for (uri, ttl) in [("a", 3000), ("b", 1000), ("c", 2000), ("d", 4000)] {
            let json = format!(r#"{{"ttlMs":{ttl},"x":"{}"}}"#, "x".repeat(50));
            keep(&cache, cache.ask(), "resources/read", uri, &json);
        }
        let kept: Vec<_> = ["a", "b", "c", "d"].map(|uri| has(&cache, "resources/read", uri)).into();
        assert_eq!(kept, [true, false, false, true]);
        assert!(cache.lock().bytes <= 400);
    }
}
