//! Finding the key that was presented.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::SystemTime;

use ring::hmac;

use super::file::Record;
use super::hash::{self, GENERATED, Hash, Slow};
use super::key::principal;
use super::slow::{Busy, Digest, Hashing, Name};
use crate::call::Principal;

/// The longest key that is looked at.
const LONGEST: usize = 512;

/// The digest of nothing.
const NOTHING: Digest = [0; 32];

/// The keys that are known.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Keys of a file, by their names.
    named: HashMap<Box<str>, Key>,
    /// Keys of the program itself, by their digests.
    own: HashMap<Digest, Known>,
    /// What stands for all names that do not exist, where some name has a slow hash.
    unknown: Option<Arc<Name>>,
}

/// Who has a key.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) principal: Principal,
    pub(crate) expires: Option<SystemTime>,
    pub(crate) disabled: bool,
}

#[derive(Debug)]
struct Key {
    check: Check,
    known: Known,
}

#[derive(Debug)]
enum Check {
    /// The digest of the fast hash: what takes a different time to compare tells nothing of the hash.
    Fast(Digest),
    Slow(Arc<Name>),
}

/// Why a key lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no such key.
    Wrong,
    /// It is right, and has expired.
    Expired,
    /// It is right, and was disabled.
    Disabled,
    /// Too many keys of its name are being checked.
    Busy,
}

impl From<Busy> for Refusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// Makes digests that mean nothing outside of this process.
#[derive(Debug)]
pub(crate) struct Digests(hmac::Key);

impl Default for Digests {
    fn default() -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &hash::random::<32>()))
    }
}

impl Digests {
    pub(crate) fn of(&self, bytes: &[u8]) -> Digest {
        let mut digest = [0; 32];
        digest.copy_from_slice(hmac::sign(&self.0, bytes).as_ref());
        digest
    }

    fn is_of(&self, digest: &Digest, bytes: &[u8]) -> bool {
        hmac::verify(&self.0, bytes, digest).is_ok()
    }
}

impl Table {
    /// The keys of a file. What was found out of slow hashes before is kept for those that have not changed.
    pub(crate) fn of_file(records: Vec<Record>, digests: &Digests, before: &Self) -> Self {
        let mut table = Self::default();
        let mut slowest: Option<Slow> = None;
        for record in records {
            let known = Known {
                principal: principal(record.subject, record.scopes, record.roles, record.expires),
                expires: record.expires,
                disabled: record.disabled,
            };
            let check = match record.hash {
                Hash::Fast(hash) => Check::Fast(digests.of(&hash)),
                Hash::Slow(hash) => {
                    if slowest.as_ref().is_none_or(|slowest| slowest.cost() < hash.cost()) {
                        slowest = Some(hash.of_nothing());
                    }
                    Check::Slow(before.name(&record.id, &hash).unwrap_or_else(|| Arc::new(Name::new(hash))))
                }
            };
            table.named.insert(record.id.into(), Key { check, known });
        }
        table.unknown = slowest.map(|slowest| match &before.unknown {
            Some(unknown) if unknown.hash().cost() == slowest.cost() => Arc::clone(unknown),
            _ => Arc::new(Name::new(slowest)),
        });
        table
    }

    /// The keys of a program.
    pub(crate) fn of_program(own: HashMap<Digest, Known>) -> Self {
        Self { own, ..Self::default() }
    }

    fn name(&self, id: &str, hash: &Slow) -> Option<Arc<Name>> {
        match &self.named.get(id)?.check {
            Check::Slow(name) if name.hash() == hash => Some(Arc::clone(name)),
            _ => None,
        }
    }

    /// Whether a text has the name of one of these keys, or is one without a name.
    pub(crate) fn recognises(&self, presented: &str, digests: &Digests) -> bool {
        let id = presented.split_once('.').map(|(id, _)| id);
        id.is_some_and(|id| self.named.contains_key(id))
            || (!self.own.is_empty()
                && presented.len() <= LONGEST
                && self.own.contains_key(&digests.of(presented.as_bytes())))
    }

    /// Who has presented a key, as far as it is known at once.
    ///
    /// # Errors
    /// It lets nobody in.
    pub(crate) async fn find(
        &self,
        presented: &str,
        digests: &Digests,
        hashing: &Hashing,
        now: SystemTime,
    ) -> Result<Principal, Refusal> {
        if presented.len() > LONGEST {
            return Err(Refusal::Wrong);
        }
        if !self.own.is_empty()
            && let Some(known) = self.own.get(&digests.of(presented.as_bytes()))
        {
            return known.admit(now);
        }
        let slow =
            async |name: &Arc<Name>, secret: &str| name.verify(secret, digests.of(presented.as_bytes()), hashing).await;
        let (id, secret) = presented.split_once('.').unwrap_or(("", presented));
        let found = self.named.get(id);
        let is_right = match (found.map(|key| &key.check), &self.unknown) {
            (Some(Check::Slow(name)), _) => slow(name, secret).await?,
            (Some(Check::Fast(known)), _) => digests.is_of(known, &hash::fast(secret)),
            // A name that does not exist takes as long to be refused as one that does.
            (None, Some(unknown)) if !id.starts_with(GENERATED) => slow(unknown, secret).await?,
            (None, _) => black_box(digests.is_of(&NOTHING, &hash::fast(secret))),
        };
        match found {
            Some(key) if is_right => key.known.admit(now),
            _ => Err(Refusal::Wrong),
        }
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.named.len() + self.own.len()
    }

    /// What is kept beside the keys: digests of slow hashes, and keys that wait.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> (usize, usize) {
        let names = self.named.values().filter_map(|key| match &key.check {
            Check::Slow(name) => Some(name),
            Check::Fast(_) => None,
        });
        names.chain(&self.unknown).map(|name| name.size()).fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }
}

impl Known {
    fn admit(&self, now: SystemTime) -> Result<Principal, Refusal> {
        if self.disabled {
            return Err(Refusal::Disabled);
        }
        if self.expires.is_some_and(|expires| expires <= now) {
            return Err(Refusal::Expired);
        }
        Ok(self.principal.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn record(id: &str, hash: Hash) -> Record {
        let (scopes, roles) = (vec!["read".to_owned()], vec!["clerk".to_owned()]);
        let id = id.to_owned();
        let subject = format!("owner of {id}");
        Record { id, hash, subject, scopes, roles, expires: None, disabled: false, note: None, line: 1 }
    }

    fn slow(secret: &str) -> Hash {
        Hash::Slow(Slow::for_test(secret))
    }

    struct Keys {
        table: Table,
        digests: Digests,
        hashing: Hashing,
    }

    impl Keys {
        fn new(records: Vec<Record>) -> Self {
            let digests = Digests::default();
            let table = Table::of_file(records, &digests, &Table::default());
            Self { table, digests, hashing: Hashing::new(2, 16) }
        }

        async fn find_at(&self, presented: &str, now: SystemTime) -> Result<String, Refusal> {
            let found = self.table.find(presented, &self.digests, &self.hashing, now).await;
            found.map(|principal| principal.subject().unwrap_or_default().to_owned())
        }

        async fn find(&self, presented: &str) -> Result<String, Refusal> {
            self.find_at(presented, SystemTime::now()).await
        }
    }

    #[tokio::test]
    async fn keys_are_found_by_their_names_and_let_in_by_their_secrets() {
        let (id, generated, hash) = hash::generate();
        let keys = Keys::new(vec![record(&id, hash), record("ada", slow("correct horse"))]);
        assert_eq!(keys.find(&generated).await, Ok(format!("owner of {id}")));
        assert_eq!(keys.find("ada.correct horse").await, Ok("owner of ada".to_owned()));
        assert_eq!(keys.find("ada.correct horse").await, Ok("owner of ada".to_owned()));
        let other = hash::generate().1;
        let long = format!("{generated}{}", "x".repeat(LONGEST));
        for wrong in [
            "",
            ".",
            "ada",
            "ada.",
            "ada.correct horsf",
            "ADA.correct horse",
            "eve.correct horse",
            &generated[..generated.len() - 1],
            &generated.replace('.', ""),
            &format!("{generated}x"),
            &format!("{id}.{}", &other[17..]),
            &other,
            &long,
        ] {
            assert_eq!(keys.find(wrong).await, Err(Refusal::Wrong), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_key_lets_in_until_it_expires_and_never_if_it_is_disabled() {
        let now = SystemTime::now();
        let (id, generated, hash) = hash::generate();
        let expires = Some(now + Duration::from_secs(60));
        let keys = Keys::new(vec![
            Record { expires, ..record(&id, hash) },
            Record { disabled: true, ..record("ada", slow("correct horse")) },
        ]);
        assert!(keys.find_at(&generated, now).await.is_ok());
        assert_eq!(keys.find_at(&generated, now + Duration::from_secs(60)).await, Err(Refusal::Expired));
        let wrong = format!("{id}.x");
        assert_eq!(keys.find_at(&wrong, now + Duration::from_secs(60)).await, Err(Refusal::Wrong));
        assert_eq!(keys.find("ada.correct horse").await, Err(Refusal::Disabled));
        assert_eq!(keys.find("ada.incorrect horse").await, Err(Refusal::Wrong));
    }

    #[tokio::test]
    async fn a_hundred_thousand_wrong_keys_leave_nothing_behind_and_keep_nobody_out() {
        let (id, generated, hash) = hash::generate();
        let keys = Keys::new(vec![record(&id, hash), record("ada", slow("a")), record("eve", slow("b"))]);
        for number in 0..25_000 {
            for id in [&id, "mcp_unknown", "ada", &format!("nobody-{number}")] {
                assert_eq!(keys.find(&format!("{id}.{number}")).await, Err(Refusal::Wrong));
            }
        }
        assert_eq!(keys.table.len(), 3);
        let (digests, waiting) = keys.table.kept();
        assert!(digests <= 3 * 17 && waiting == 0, "{digests} digests are kept");
        for right in [&generated, "ada.a", "eve.b"] {
            assert!(keys.find(right).await.is_ok(), "{right}");
        }
    }

    #[tokio::test]
    async fn what_was_found_out_stays_known_when_the_file_changes_and_goes_with_its_hash() {
        let keys = Keys::new(vec![record("ada", slow("a")), record("eve", slow("b"))]);
        assert!(keys.find("ada.a").await.is_ok() && keys.find("eve.b").await.is_ok());
        let after =
            Table::of_file(vec![record("ada", slow("a")), record("eve", slow("c"))], &keys.digests, &keys.table);
        assert_eq!(after.kept(), (1, 0));
        let keys = Keys { table: after, ..keys };
        assert!(
            keys.find("ada.a").await.is_ok() && keys.find("eve.b").await.is_err() && keys.find("eve.c").await.is_ok()
        );
    }

    #[test]
    fn keys_are_told_from_tokens_by_their_names() {
        let (id, generated, hash) = hash::generate();
        let Keys { mut table, digests, .. } = Keys::new(vec![record(&id, hash), record("ada", slow("a"))]);
        let known = Known { principal: Principal::new("ci"), expires: None, disabled: false };
        table.own.insert(digests.of(b"of the program"), known);
        for key in [&generated, "ada.x", "of the program"] {
            assert!(table.recognises(key, &digests), "{key}");
        }
        for token in ["eyJhbGciOiJub25lIn0.e30.", "mcp_gone.x", "2YotnFZFEjr1zCsicMWpAA", "", "eve.x"] {
            assert!(!table.recognises(token, &digests), "{token}");
        }
    }
}
