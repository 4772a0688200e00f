//! The API as the tools see it: a request goes out, with the key, as often as it may, and JSON comes back.

use std::time::Duration;

use hyper::Method;
use hyper::header::{ETAG, IF_NONE_MATCH};
use mcp_runtime::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout_at};
use url::{Host, Url};

use crate::cache::Cache;
use crate::connection::{Answer, Outgoing};
use crate::connector::Connector;
use crate::key::Key;
use crate::refusal::{advice, explain, malformed};
use crate::{link, retry};

/// How many requests are under way at once.
const AT_ONCE: usize = 8;

/// An HTTP API.
pub struct Api {
    base: Url,
    key: Key,
    connector: Connector,
    /// How long a call may take, with all its requests.
    time: Duration,
    retries: u32,
    cache: Cache,
    permits: Semaphore,
}

/// A part of a list, and where the next one is.
pub struct Page<T> {
    pub value: T,
    pub next: Option<Url>,
    /// Whether the API says that there is a next one, even where that is not the API's own.
    pub more: bool,
}

impl Api {
    /// # Errors
    /// The URL is none, or the key would be sent so that others can read it. No error has the key.
    pub fn new(base: &str, key: Option<&str>, connector: Connector, time: Duration, retries: u32) -> Result<Self> {
        let mut base = Url::parse(base).map_err(|why| Error::new(format!("the URL of the API: {why}")))?;
        if !base.username().is_empty()
            || base.password().is_some()
            || base.query().is_some()
            || base.fragment().is_some()
        {
            return Err(Error::new(
                "the URL of the API has a host and a path, and nothing else; the key is in API_KEY",
            ));
        }
        let is_here = match base.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        if base.scheme() != "https" && !(base.scheme() == "http" && is_here) {
            return Err(Error::new("the URL of the API must be https, where it is not on this machine"));
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let key = Key::new(key)?;
        let (cache, permits) = (Cache::default(), Semaphore::new(AT_ONCE));
        Ok(Self { base, key, connector, time, retries, cache, permits })
    }

    /// The URL of something below the API's own. The segments are encoded, so that none of them can lead elsewhere.
    ///
    /// # Errors
    /// A segment is no name.
    pub fn url(&self, segments: &[&str]) -> Result<Url> {
        let mut url = self.base.clone();
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Err(Error::invalid("that is no id"));
        }
        url.path_segments_mut().map_err(|()| Error::internal("the URL has no path"))?.pop_if_empty().extend(segments);
        Ok(url)
    }

    /// When a call has to end that begins now. All its requests are given the same end.
    pub fn end(&self) -> Instant {
        Instant::now() + self.time
    }

    /// Reads what is at a URL. What has not changed since it was read is not sent again.
    ///
    /// # Errors
    /// In words for the model: what the API says, or that it cannot be reached.
    pub async fn get<T: DeserializeOwned>(&self, url: Url, end: Instant) -> Result<Page<T>> {
        let kept = self.cache.get(&url);
        let mut outgoing = Outgoing::new(Method::GET, url.clone());
        if let Some(kept) = &kept {
            outgoing.headers.push((IF_NONE_MATCH, kept.tag.clone()));
        }
        let answer = self.send(outgoing, end).await?;
        if let Some(kept) = kept.filter(|_| answer.status == 304) {
            return self.page(&url, &kept.body, kept.next.as_deref());
        }
        let next = link::next(&answer.headers);
        let page = self.page(&url, &answer.body, next.as_deref())?;
        if let Some(tag) = answer.headers.get(ETAG) {
            self.cache.put(url, tag.clone(), next, answer.body);
        }
        Ok(page)
    }

    /// Sends something, and reads what comes back.
    ///
    /// # Errors
    /// As for [`get`](Self::get).
    pub async fn change<T: DeserializeOwned>(&self, method: Method, url: Url, value: &impl Serialize) -> Result<T> {
        let mut outgoing = Outgoing::new(method, url.clone());
        outgoing.body = serde_json::to_vec(value)?;
        let answer = self.send(outgoing, self.end()).await?;
        self.cache.forget(&url);
        self.read(&answer.body)
    }

    /// Removes what is at a URL. That it is gone already is success: the first of two requests may have done it.
    ///
    /// # Errors
    /// As for [`get`](Self::get).
    pub async fn delete(&self, url: Url) -> Result<()> {
        self.send(Outgoing::new(Method::DELETE, url.clone()), self.end()).await?;
        self.cache.forget(&url);
        Ok(())
    }

    /// Sends a request until there is an answer that counts, or the time of the call is up.
    async fn send(&self, outgoing: Outgoing, end: Instant) -> Result<Answer> {
        let late = || {
            let (seconds, advice) = (self.time.as_secs(), advice(&outgoing.method, ": try again later"));
            Error::new(format!("the API gave no answer in {seconds} seconds{advice}"))
        };
        let sending = async {
            let _permit = self.permits.acquire().await?;
            let mut attempt = 0;
            loop {
                let sent = self.connector.send(&outgoing, &self.key).await;
                let pause = retry::pause(&outgoing.method, &sent, attempt).filter(|_| attempt < self.retries);
                match pause {
                    // A pause that is longer than the call may take is the model's to make.
                    Some(pause) if Instant::now() + pause < end => {
                        tracing::debug!(%outgoing.method, attempt, ?pause, "sending a request again");
                        sleep(pause).await;
                        attempt += 1;
                    }
                    _ => return explain(sent, &outgoing.method, &self.key),
                }
            }
        };
        timeout_at(end, sending).await.map_err(|_| late())?
    }

    fn page<T: DeserializeOwned>(&self, url: &Url, body: &[u8], next: Option<&str>) -> Result<Page<T>> {
        let (value, more) = (self.read(body)?, next.is_some());
        let next = next.and_then(|next| url.join(next).ok());
        // The key goes nowhere else, whatever the API says. A list that goes on with itself would never end.
        let is_own = |next: &Url| next.origin() == self.base.origin() && next.path().starts_with(self.base.path());
        let next = next.filter(|next| is_own(next) && next != url);
        Ok(Page { value, next, more })
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T> {
        serde_json::from_slice(body).map_err(|why| malformed(&why, &self.key))
    }
}
