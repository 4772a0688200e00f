//! Callers who are not to be let in any more with what they had.

use std::collections::{BTreeMap, HashMap};
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

/// Issuer and subject: who it is, and no more, because claims may be long.
type Who = (Option<Box<str>>, Box<str>);

/// Who was revoked, and when.
#[derive(Debug)]
pub(crate) struct Revoked {
    any: AtomicBool,
    list: Lock<List>,
    /// How many there have been.
    changed: watch::Sender<u64>,
    opened: Lock<WeakList<dyn Opened>>,
}

/// Each is found by who it is, and the oldest one by its number.
#[derive(Debug, Default)]
struct List {
    of: HashMap<Who, Revocation>,
    by_number: BTreeMap<u64, Who>,
    last: u64,
}

#[derive(Clone, Copy, Debug)]
struct Revocation {
    number: u64,
    at: SystemTime,
}

impl List {
    fn add(&mut self, who: Who, at: SystemTime) {
        self.last += 1;
        if let Some(before) = self.of.insert(who.clone(), Revocation { number: self.last, at }) {
            self.by_number.remove(&before.number);
        }
        self.by_number.insert(self.last, who);
        if self.of.len() > REMEMBERED
            && let Some((_, oldest)) = self.by_number.pop_first()
        {
            self.of.remove(&oldest);
        }
    }
}

fn who(principal: &Principal) -> Option<Who> {
    principal.identity().map(|(issuer, subject)| (issuer.map(Into::into), subject.into()))
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
        if let Some(who) = who(principal) {
            self.list.lock().add(who, SystemTime::now());
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
    /// are not: whoever keeps them disables them. Where the time cannot be read they are.
    pub(crate) fn refuses(&self, principal: &Principal) -> bool {
        let Some(at) = self.at(principal) else { return false };
        let Some(issued) = principal.claim("iat") else { return false };
        // Whole seconds: in the second of the revocation it is refused.
        let seconds = issued.get().split('.').next().and_then(|digits| digits.parse().ok());
        let issued = seconds.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        issued.is_none_or(|issued| issued <= at)
    }

    /// Waits until the credentials of a caller expire, or the caller is revoked: from now on, or since the credentials were looked
    /// at, if it is said when.
    pub(crate) fn end_of(
        self: &Arc<Self>,
        principal: &Principal,
        looked_at: Option<SystemTime>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let (this, principal, mut changed) = (Arc::clone(self), principal.clone(), self.changed.subscribe());
        let known = self.at(&principal).filter(|at| looked_at.is_none_or(|then| *at < then));
        async move {
            let revoked = async {
                while this.at(&principal) == known {
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
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        self.list.lock().of.get(&who(principal)?).map(|revocation| revocation.at)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

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
        assert!(revoked.at(&Principal::new("0")).is_none() && revoked.at(&Principal::new("1")).is_none());
        assert!(revoked.at(&Principal::new("2")).is_some() && revoked.at(&Principal::new("last")).is_some());
        let list = revoked.list.lock();
        assert_eq!((list.of.len(), list.by_number.len()), (REMEMBERED, REMEMBERED));
    }

    #[test]
    fn a_time_of_issue_is_read_as_issuers_write_it_and_refused_where_it_cannot_be_read() {
        let revoked = Revoked::default();
        let issued = |iat: &str| {
            Principal::new("ada").with_claims([("iat", RawValue::from_string(iat.to_owned()).expect("JSON"))])
        };
        revoked.add(&Principal::new("ada"));
        for (iat, is_refused) in [
            ("1000000000", true),
            ("1000000000.75", true),
            ("99999999999", false),
            ("99999999999.5", false),
            ("9e10", true),
            ("-1", true),
            ("99999999999999999999999", true),
            (r#""99999999999""#, true),
            ("null", true),
        ] {
            assert_eq!(revoked.refuses(&issued(iat)), is_refused, "{iat}");
        }
        assert!(!revoked.refuses(&Principal::new("ada")), "it does not say when it was issued");
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_comes_with_the_expiry_or_with_a_revocation_whichever_is_first() {
        let revoked = Arc::new(Revoked::default());
        let ada = Principal::new("ada").with_expiry(SystemTime::now() + Duration::from_secs(3600));
        let began = tokio::time::Instant::now();
        revoked.end_of(&ada, None).await;
        assert!(began.elapsed() > Duration::from_secs(3500));
        let (ends, other) = (revoked.end_of(&ada, None), revoked.end_of(&Principal::new("eve"), None));
        revoked.add(&ada);
        let began = tokio::time::Instant::now();
        ends.await;
        assert!(began.elapsed() < Duration::from_secs(1));
        assert!(tokio::time::timeout(Duration::from_secs(60), other).await.is_err(), "nobody has revoked eve");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_opened_by_a_request_that_was_under_way_ends_with_a_revocation() {
        let revoked = Arc::new(Revoked::default());
        let ada = Principal::new("ada");
        let before = SystemTime::now();
        revoked.add(&ada);
        let after = SystemTime::now() + Duration::from_nanos(1);
        let limit = Duration::from_secs(60);
        assert!(tokio::time::timeout(limit, revoked.end_of(&ada, Some(before))).await.is_ok(), "it was under way");
        assert!(tokio::time::timeout(limit, revoked.end_of(&ada, Some(after))).await.is_err(), "it came afterwards");
    }
}
