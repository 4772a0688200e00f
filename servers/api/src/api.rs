//! The API as the tools see it: a request goes out, with the key, as often as it may, and JSON comes back.

use std::time::Duration;

use hyper::Method;
use hyper::header::{ETAG, HeaderValue, IF_NONE_MATCH, LINK};
use mcp_runtime::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout_at};
use url::{Host, Url};

use crate::cache::Cache;
use crate::connection::{Answer, Outgoing};
use crate::connector::Connector;
use crate::refusal::{explain, malformed};
use crate::retry;

/// How many requests are under way at once.
const AT_ONCE: usize = 8;

/// An HTTP API.
pub struct Api {
    base: Url,
    /// `Bearer …`, marked so that nothing shows it.
    authorization: Option<HeaderValue>,
    connector: Connector,
    /// How long a call may take.
    time: Duration,
    retries: u32,
    cache: Cache,
    permits: Semaphore,
}

/// A part of a list, and where the next one is.
pub struct Page<T> {
    pub value: T,
    pub next: Option<Url>,
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
        let authorization = key.map(|key| {
            let mut value = HeaderValue::try_from(format!("Bearer {key}"))
                .map_err(|_| Error::new("API_KEY has characters that no key has"))?;
            value.set_sensitive(true);
            Ok::<_, Error>(value)
        });
        let authorization = authorization.transpose()?;
        let (cache, permits) = (Cache::default(), Semaphore::new(AT_ONCE));
        Ok(Self { base, authorization, connector, time, retries, cache, permits })
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

    /// Reads what is at a URL. What has not changed since it was read is not sent again.
    ///
    /// # Errors
    /// In words for the model: what the API says, or that it cannot be reached.
    pub async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<Page<T>> {
        let kept = self.cache.get(&url);
        let mut outgoing = Outgoing::new(Method::GET, url.clone());
        if let Some(kept) = &kept {
            outgoing.headers.push((IF_NONE_MATCH, kept.tag.clone()));
        }
        let answer = self.send(outgoing).await?;
        if let Some(kept) = kept.filter(|_| answer.status == 304) {
            return self.page(&url, &kept.body, kept.link.as_ref());
        }
        let link = answer.headers.get(LINK);
        let page = self.page(&url, &answer.body, link)?;
        if let Some(tag) = answer.headers.get(ETAG) {
            self.cache.put(url, tag.clone(), link.cloned(), answer.body);
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
        let answer = self.send(outgoing).await?;
        self.cache.forget(&url);
        serde_json::from_slice(&answer.body).map_err(malformed)
    }

    /// Removes what is at a URL. That it is gone already is success: the first of two requests may have done it.
    ///
    /// # Errors
    /// As for [`get`](Self::get).
    pub async fn delete(&self, url: Url) -> Result<()> {
        self.send(Outgoing::new(Method::DELETE, url.clone())).await?;
        self.cache.forget(&url);
        Ok(())
    }

    /// Sends a request until there is an answer that counts, or the time of the call is up.
    async fn send(&self, outgoing: Outgoing) -> Result<Answer> {
        let end = Instant::now() + self.time;
        let late = || Error::new(format!("the API gave no answer in {} seconds: try again later", self.time.as_secs()));
        let sending = async {
            let _permit = self.permits.acquire().await?;
            let mut attempt = 0;
            loop {
                let sent = self.connector.send(&outgoing, self.authorization.as_ref()).await;
                let pause = retry::pause(&outgoing.method, &sent, attempt).filter(|_| attempt < self.retries);
                match pause {
                    // A pause that is longer than the call may take is the model's to make.
                    Some(pause) if Instant::now() + pause < end => {
                        tracing::debug!(%outgoing.method, attempt, ?pause, "sending a request again");
                        sleep(pause).await;
                        attempt += 1;
                    }
                    _ => return explain(sent, &outgoing.method, self.authorization.as_ref()),
                }
            }
        };
        timeout_at(end, sending).await.map_err(|_| late())?
    }

    fn page<T: DeserializeOwned>(&self, url: &Url, body: &[u8], link: Option<&HeaderValue>) -> Result<Page<T>> {
        let value = serde_json::from_slice(body).map_err(malformed)?;
        let next = link.and_then(|link| next(link.to_str().ok()?)).and_then(|next| url.join(next).ok());
        // The key goes nowhere else, whatever the API says.
        let next = next.filter(|next| next.origin() == self.base.origin() && next.path().starts_with(self.base.path()));
        Ok(Page { value, next })
    }
}

/// The URL of `<URL>; rel="next"` (RFC 8288).
fn next(link: &str) -> Option<&str> {
    link.split(",").find_map(|one| {
        let (url, parameters) = one.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| matches!(parameter.trim(), "rel=next" | "rel=\"next\""));
        is_next.then_some(url)
    })
}
