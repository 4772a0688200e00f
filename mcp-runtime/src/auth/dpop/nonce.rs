//! Nonces that need no memory: the time, and a code that only this process can make.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

/// How long the same nonce is given out. It is accepted for once more that time.
const PERIOD: Duration = Duration::from_secs(5 * 60);

/// Makes nonces, and knows its own.
#[derive(Debug)]
pub(super) struct Nonces(hmac::Key);

impl Default for Nonces {
    fn default() -> Self {
        let mut key = [0; 32];
        getrandom::fill(&mut key).expect("the system has random numbers");
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }
}

impl Nonces {
    /// The nonce of now.
    pub(super) fn now(&self) -> String {
        self.of(number(SystemTime::now()))
    }

    /// Whether it is one that was given out lately.
    pub(super) fn is_ours(&self, nonce: &str) -> bool {
        self.is_ours_at(nonce, SystemTime::now())
    }

    fn is_ours_at(&self, nonce: &str, time: SystemTime) -> bool {
        let now = number(time);
        [now, now.saturating_sub(1)].into_iter().any(|number| self.of(number) == nonce)
    }

    fn of(&self, number: u64) -> String {
        URL_SAFE_NO_PAD.encode(&hmac::sign(&self.0, &number.to_be_bytes()).as_ref()[..16])
    }
}

fn number(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()) / PERIOD.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_ours_for_a_while_and_nobody_elses() {
        let (ours, others) = (Nonces::default(), Nonces::default());
        let begin = UNIX_EPOCH + PERIOD * 5_000_000;
        let nonce = ours.of(number(begin));
        for (later, is_ours) in [(0, true), (299, true), (300, true), (599, true), (600, false)] {
            assert_eq!(ours.is_ours_at(&nonce, begin + Duration::from_secs(later)), is_ours, "{later}");
        }
        assert!(!ours.is_ours_at(&nonce, begin - Duration::from_secs(1)));
        assert!(!others.is_ours_at(&nonce, begin) && !ours.is_ours_at("", begin));
    }
}
