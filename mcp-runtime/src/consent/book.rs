//! Answers in the server's store: a value for each principal, and a list of who has any.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::record::{Kept, Permission, now};
use crate::call::{ConsentLimits, Scope};
use crate::log;
use crate::store::Backend;

/// The name of the list of those who have answers.
const OWNERS: &str = "permissions";

/// What an answer costs beside its own bytes, about.
const OVERHEAD: usize = 128;

/// All answers that are remembered.
#[derive(Clone, Debug)]
pub(super) struct Book {
    store: Arc<dyn Backend>,
    limits: ConsentLimits,
}

/// Somebody who has answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Owner {
    name: String,
    /// How many bytes the answers have.
    bytes: usize,
    /// Until when the last of them holds.
    until: u64,
}

impl Book {
    pub(super) fn of(scope: &Scope) -> Self {
        Self { store: Arc::clone(&scope.shared.store), limits: scope.shared.consent }
    }

    /// The answers of somebody that still hold, the oldest first.
    pub(super) async fn list(&self, owner: &str) -> Vec<Permission> {
        let (_, all) = self.read::<Kept>(&key(owner)).await;
        let now = now();
        let kept = all.into_iter().filter(|kept| kept.until > now);
        kept.map(|kept| Permission { owner: owner.to_owned(), kept }).collect()
    }

    /// The answers of everybody.
    pub(super) async fn all(&self) -> Vec<Permission> {
        let (_, owners) = self.read::<Owner>(OWNERS).await;
        let mut all = Vec::new();
        for owner in owners {
            all.extend(self.list(&owner.name).await);
        }
        all
    }

    /// Remembers an answer, in the place of one to the same.
    pub(super) async fn add(&self, Permission { owner, kept: new }: Permission) {
        let most = self.limits.most_per_principal.max(1);
        self.change(&owner, |all| {
            let is_same = |kept: &Kept| {
                (&kept.session, &kept.method, &kept.target, &kept.resource)
                    == (&new.session, &new.method, &new.target, &new.resource)
            };
            all.retain(|kept| !is_same(kept));
            all.push(new.clone());
            let too_many = all.len().saturating_sub(most);
            all.drain(..too_many);
        })
        .await;
        self.make_room().await;
    }

    /// Forgets those answers of somebody; how many there were.
    pub(super) async fn remove(&self, owner: &str, is_it: impl Fn(&Permission) -> bool) -> usize {
        let mut removed = 0;
        self.change(owner, |all| {
            let before = all.len();
            all.retain(|kept| !is_it(&Permission { owner: owner.to_owned(), kept: kept.clone() }));
            removed = before - all.len();
        })
        .await;
        removed
    }

    /// Where all have too much together, those who have most lose half of it, the oldest first.
    async fn make_room(&self) {
        loop {
            let (_, owners) = self.read::<Owner>(OWNERS).await;
            let bytes: usize = owners.iter().map(|owner| owner.bytes).sum();
            let Some(greediest) = owners.iter().max_by_key(|owner| owner.bytes) else { return };
            if bytes <= self.limits.most_bytes {
                return;
            }
            log::event!(
                WARN,
                "consent: remembered answers have {bytes} bytes, more than the {} that they may have; the oldest of those who have \
                 most are forgotten",
                self.limits.most_bytes
            );
            self.change(&greediest.name, |all| drop(all.drain(..all.len().div_ceil(2)))).await;
        }
    }

    /// Changes the answers of somebody, and notes how much they have.
    async fn change(&self, owner: &str, mut change: impl FnMut(&mut Vec<Kept>)) {
        let now = now();
        let all = self
            .swap(&key(owner), owner, |all: &mut Vec<Kept>| {
                all.retain(|kept| kept.until > now);
                change(all);
                all.iter().map(|kept| kept.until).max().unwrap_or(now)
            })
            .await;
        let bytes: usize = all.iter().map(|kept| OVERHEAD + json(kept).len()).sum();
        let until = all.iter().map(|kept| kept.until).max();
        self.swap(OWNERS, OWNERS, |owners: &mut Vec<Owner>| {
            owners.retain(|known| known.name != owner && known.until > now);
            owners.extend(until.map(|until| Owner { name: owner.to_owned(), bytes: bytes + owner.len(), until }));
            owners.iter().map(|owner| owner.until).max().unwrap_or(now)
        })
        .await;
    }

    /// Changes a list, which is kept until the moment that the change gives.
    async fn swap<T>(&self, key: &str, owner: &str, mut change: impl FnMut(&mut Vec<T>) -> u64) -> Vec<T>
    where
        T: Serialize + DeserializeOwned + Clone,
    {
        let (mut there, mut list) = self.read::<T>(key).await;
        loop {
            let until = change(&mut list);
            let to = (!list.is_empty()).then(|| Bytes::from(json(&list)));
            let keep = Duration::from_secs(until.saturating_sub(now()));
            match self.store.swap(key, owner, there.as_ref(), to, keep).await {
                Ok(()) => return list,
                Err(other) => {
                    list = read_list(other.as_ref());
                    there = other;
                }
            }
        }
    }

    async fn read<T: DeserializeOwned>(&self, key: &str) -> (Option<Bytes>, Vec<T>) {
        // What is not there is not there afterwards, either.
        let there = self.store.swap(key, "", None, None, Duration::ZERO).await.err().flatten();
        let list = read_list(there.as_ref());
        (there, list)
    }
}

/// What cannot be read counts as nothing: people are asked again.
fn read_list<T: DeserializeOwned>(bytes: Option<&Bytes>) -> Vec<T> {
    bytes.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default()
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn key(owner: &str) -> String {
    format!("{OWNERS}/{owner}")
}
