//! Answers that had an `ETag`: the next request asks whether they still hold.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use url::Url;

/// The most bytes of all answers together.
const BYTES: usize = 8 * 1024 * 1024;
/// The most answers.
const COUNT: usize = 1000;

/// Those that were asked for last are at the end.
#[derive(Default)]
pub struct Cache(Mutex<VecDeque<(Url, Arc<Kept>)>>);

/// An answer.
pub struct Kept {
    pub tag: HeaderValue,
    /// Where its `Link` says that the next part is, which a 304 need not repeat.
    pub next: Option<String>,
    pub body: Bytes,
}

impl Cache {
    pub fn get(&self, url: &Url) -> Option<Arc<Kept>> {
        let mut all = self.lock();
        let at = all.iter().position(|(other, _)| other == url)?;
        let found = all.remove(at)?;
        all.push_back(found.clone());
        Some(found.1)
    }

    pub fn put(&self, url: Url, tag: HeaderValue, next: Option<String>, body: Bytes) {
        self.forget(&url);
        let mut all = self.lock();
        all.push_back((url, Arc::new(Kept { tag, next, body })));
        while all.len() > COUNT || all.iter().map(|(_, kept)| kept.body.len()).sum::<usize>() > BYTES {
            all.pop_front();
        }
    }

    /// Something at the URL was changed.
    pub fn forget(&self, url: &Url) {
        self.lock().retain(|(other, _)| other != url);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Url, Arc<Kept>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
