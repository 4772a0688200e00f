//! Callers who are not to be let in any more with what they had.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use crate::bus::WeakList;
use crate::call::Principal;
use crate::lock::Lock;

/// How many revocations are remembered; the oldest is forgotten first.
const REMEMBERED: usize = 10_000;

/// Something that is open for callers.
pub(crate) trait Opened: Send + Sync {
    /// Ends what is open for this caller.
    fn end_of(&self, principal: &Principal);
}

/// Who was revoked, and when.
#[derive(Debug)]
pub(crate) struct Revoked {
    any: AtomicBool,
    list: Lock<VecDeque<(Principal, SystemTime)>>,
    /// How many there have been.
    changed: watch::Sender<u64>,
    opened: Lock<WeakList<dyn Opened>>,
}

impl Default for Revoked {
    fn default() -> Self {
        let changed = watch::Sender::new(0);
        Self { any: AtomicBool::new(false), list: Lock::default(), changed, opened: Lock::default() }
    }
}

impl Revoked {
    /// Ends what is open for this caller, and refuses what was issued to it before now.
    pub(crate) fn add(&self, principal: &Principal) {
        {
            let mut list = self.list.lock();
            list.retain(|(known, _)| !known.is_same_as(principal));
            if list.len() == REMEMBERED {
                list.pop_front();
            }
            // Who it is, and no more: claims may be long.
            if let Some((issuer, subject)) = principal.identity() {
                let who = Principal::new(subject);
                let who = issuer.into_iter().fold(who, |who, issuer| who.with_issuer(issuer));
                list.push_back((who, SystemTime::now()));
            }
            self.any.store(true, Ordering::Release);
        }
        self.changed.send_modify(|count| *count += 1);
        let opened = self.opened.lock().living();
        opened.iter().for_each(|opened| opened.end_of(principal));
    }

    /// From now on this is told of revocations.
    pub(crate) fn tell(&self, opened: Weak<dyn Opened>) {
        self.opened.lock().add(opened);
    }

    /// Whether these credentials are older than a revocation of their owner. Credentials that do not say when they were issued
    /// are not: whoever keeps them disables them.
    pub(crate) fn refuses(&self, principal: &Principal) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return false;
        }
        let Some(at) = self.at(principal) else { return false };
        let issued = principal.claim("iat").and_then(|iat| iat.get().parse::<f64>().ok());
        let issued = issued.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        issued.is_some_and(|since| UNIX_EPOCH + since <= at)
    }

    /// Waits until the credentials of a caller expire, or the caller is revoked.
    pub(crate) fn end_of(self: &Arc<Self>, principal: &Principal) -> impl Future<Output = ()> + Send + 'static {
        let (this, principal) = (Arc::clone(self), principal.clone());
        let (began, mut changed) = (self.at(&principal), self.changed.subscribe());
        async move {
            let revoked = async {
                while this.at(&principal) == began {
                    // The sender is in `this`, so there is one.
                    let _ = changed.changed().await;
                }
            };
            match principal.expires() {
                Some(expires) => {
                    let left = expires.duration_since(SystemTime::now()).unwrap_or_default();
                    let _ = tokio::time::timeout(left, revoked).await;
                }
                None => revoked.await,
            }
        }
    }

    fn at(&self, principal: &Principal) -> Option<SystemTime> {
        let list = self.list.lock();
        list.iter().find(|(known, _)| known.is_same_as(principal)).map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_issued_before_a_revocation_is_refused_and_what_comes_after_is_not() {
        let revoked = Revoked::default();
        let issued = |subject: &str, ago: i64| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
            let iat = serde_json::value::to_raw_value(&(i64::try_from(now).expect("small") - ago)).expect("JSON");
            Principal::new(subject).with_issuer("https://id.example").with_claims([("iat", iat)])
        };
        assert!(!revoked.refuses(&issued("ada", 10)));
        revoked.add(&issued("ada", 0));
        assert!(revoked.refuses(&issued("ada", 10)));
        assert!(!revoked.refuses(&issued("ada", -10)) && !revoked.refuses(&issued("eve", 10)));
        assert!(!revoked.refuses(&Principal::new("ada")), "the subject of another issuer");
    }

    #[test]
    fn the_oldest_revocations_are_forgotten() {
        let revoked = Revoked::default();
        for number in 0..=REMEMBERED {
            revoked.add(&Principal::new(number.to_string()));
            revoked.add(&Principal::new("last"));
        }
        let list = revoked.list.lock();
        assert_eq!(list.len(), REMEMBERED);
        assert_eq!(list.back().and_then(|(who, _)| who.subject()), Some("last"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_comes_with_the_expiry_or_with_a_revocation_whichever_is_first() {
        let revoked = Arc::new(Revoked::default());
        let ada = Principal::new("ada").with_expiry(SystemTime::now() + Duration::from_secs(3600));
        let began = tokio::time::Instant::now();
        revoked.end_of(&ada).await;
        assert!(began.elapsed() > Duration::from_secs(3500));
        let (ends, other) = (revoked.end_of(&ada), revoked.end_of(&Principal::new("eve")));
        revoked.add(&ada);
        let began = tokio::time::Instant::now();
        ends.await;
        assert!(began.elapsed() < Duration::from_secs(1));
        assert!(tokio::time::timeout(Duration::from_secs(60), other).await.is_err(), "nobody has revoked eve");
    }
}
