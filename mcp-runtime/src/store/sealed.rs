//! Values that are sealed at rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::{Backend, Pending};
use crate::log::event;
use crate::vault::Vault;

/// What seals of values are bound to begins with this, so that nothing else that is sealed with the same keys opens as a value.
const CONTEXT: &[u8] = b"\0value of a store\0";

/// A store whose values another keeps, sealed. Each is bound to its key: in the place of another it does not open. Keys, owners
/// and lengths are not sealed.
///
/// A value that no key opens is as good as none. It is left where it is until another takes its place: an instance that has not
/// got the newest key yet must not remove what others have put.
#[derive(Debug)]
pub(crate) struct Sealed {
    kept_by: Arc<dyn Backend>,
    vault: Arc<Vault>,
    /// Whether it was said that a value does not open: a store may have many of them.
    said: AtomicBool,
}

impl Sealed {
    /// A store whose values this one keeps, sealed with these keys.
    pub(crate) fn new(kept_by: Arc<dyn Backend>, vault: Arc<Vault>) -> Self {
        Self { kept_by, vault, said: AtomicBool::new(false) }
    }

    /// What a value is, if it opens.
    fn open(&self, key: &str, sealed: &Bytes) -> Option<Bytes> {
        let plain = self.vault.open(sealed, &bound_to(key));
        if plain.is_none() && !self.said.swap(true, Ordering::Relaxed) {
            event!(
                WARN,
                "no state key opens a value of the store: it was sealed with another key, or changed, and counts as missing; \
                 an old key is to be kept behind the new one until what it has sealed is over. This is said once"
            );
        }
        plain.map(Bytes::from)
    }

    /// A value as it is kept. Without randomness there is no seal, and what cannot be sealed is not kept.
    fn seal(&self, key: &str, plain: &Bytes) -> Option<Bytes> {
        self.vault.seal(plain, &bound_to(key)).ok().map(Bytes::from)
    }

    /// What the other store has under a key, as it is kept there.
    async fn kept(&self, key: &str) -> Option<Bytes> {
        // What is not there is not there afterwards, either.
        self.kept_by.swap(key, "", None, None, Duration::ZERO).await.err().flatten()
    }
}

impl Backend for Sealed {
    fn swap<'a>(
        &'a self,
        key: &'a str,
        owner: &'a str,
        from: Option<&'a Bytes>,
        to: Option<Bytes>,
        keep: Duration,
    ) -> Pending<'a, Result<(), Option<Bytes>>> {
        Box::pin(async move {
            // Sealed again, `from` would look otherwise: what is kept is needed to take its place.
            let mut kept = if from.is_some() { self.kept(key).await } else { None };
            loop {
                let there = kept.as_ref().and_then(|sealed| self.open(key, sealed));
                if there.as_ref() != from {
                    return Err(there);
                }
                if from.is_none() && to.is_none() && kept.is_some() {
                    return Ok(());
                }
                let sealed = to.as_ref().and_then(|plain| self.seal(key, plain));
                match self.kept_by.swap(key, owner, kept.as_ref(), sealed, keep).await {
                    Ok(()) => return Ok(()),
                    Err(now) => kept = now,
                }
            }
        })
    }

    fn held(&self) -> (u64, u64) {
        self.kept_by.held()
    }

    fn changed<'a>(&'a self, key: &'a str, from: &'a Bytes) -> Pending<'a, Option<Bytes>> {
        Box::pin(async move {
            let mut kept = self.kept(key).await;
            loop {
                let sealed = kept?;
                let there = self.open(key, &sealed);
                if there.as_ref() != Some(from) {
                    return there;
                }
                kept = self.kept_by.changed(key, &sealed).await;
            }
        })
    }
}

fn bound_to(key: &str) -> Vec<u8> {
    [CONTEXT, key.as_bytes()].concat()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::HashMap;
    use std::future::pending;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::budget::Budget;
    use crate::lock::Lock;
    use crate::store::Memory;
    use crate::vault::SEAL_BYTES;

    const LONG: Duration = Duration::from_secs(3600);

    /// A store that anybody may look into, and change.
    #[derive(Debug, Default)]
    pub(crate) struct InTheOpen {
        pub(crate) values: Lock<HashMap<String, Bytes>>,
    }

    impl Backend for InTheOpen {
        fn swap<'a>(
            &'a self,
            key: &'a str,
            _owner: &'a str,
            from: Option<&'a Bytes>,
            to: Option<Bytes>,
            _keep: Duration,
        ) -> Pending<'a, Result<(), Option<Bytes>>> {
            Box::pin(async move {
                let mut values = self.values.lock();
                if values.get(key) != from {
                    return Err(values.get(key).cloned());
                }
                match to {
                    Some(to) => values.insert(key.to_owned(), to),
                    None => values.remove(key),
                };
                Ok(())
            })
        }

        fn held(&self) -> (u64, u64) {
            (self.values.lock().len() as u64, 0)
        }

        fn changed<'a>(&'a self, key: &'a str, from: &'a Bytes) -> Pending<'a, Option<Bytes>> {
            Box::pin(async move {
                let there = self.values.lock().get(key).cloned();
                if there.as_ref() == Some(from) { pending().await } else { there }
            })
        }
    }

    fn sealed(store: &Arc<InTheOpen>, keys: &[u8]) -> Sealed {
        let vault = Vault::new(keys.iter().map(|key| [*key; 32]).collect());
        Sealed::new(Arc::clone(store) as _, Arc::new(vault))
    }

    fn bytes(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    async fn put(store: &Sealed, key: &str, value: &'static str) {
        store.swap(key, "", None, Some(bytes(value)), LONG).await.expect("nothing is there");
    }

    /// What is there, as text.
    async fn there(store: &Sealed, key: &str) -> Option<String> {
        let there = store.swap(key, "", None, None, LONG).await.err().flatten()?;
        Some(String::from_utf8(there.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn it_is_a_store_like_any_other() {
        let store = sealed(&Arc::default(), &[1]);
        let (one, two) = (bytes("1"), bytes("2"));
        assert_eq!(store.swap("a", "", None, Some(one.clone()), LONG).await, Ok(()));
        assert_eq!(store.swap("a", "", None, Some(two.clone()), LONG).await, Err(Some(one.clone())));
        assert_eq!(store.swap("a", "", Some(&two), Some(two.clone()), LONG).await, Err(Some(one.clone())));
        assert_eq!(store.swap("a", "", Some(&one), Some(two.clone()), LONG).await, Ok(()));
        assert_eq!(store.changed("a", &one).await, Some(two.clone()));
        assert_eq!(store.swap("a", "", Some(&two), None, LONG).await, Ok(()));
        assert_eq!(store.changed("a", &two).await, None);
        assert_eq!(store.swap("a", "", Some(&two), Some(one), LONG).await, Err(None));
        assert_eq!(store.held().0, 0);
    }

    #[tokio::test]
    async fn a_value_that_was_only_sealed_anew_has_not_changed() {
        let budget = Budget::new(usize::MAX);
        let vault = || Arc::new(Vault::new(vec![[1; 32]]));
        let memory: Arc<dyn Backend> = Arc::new(Memory::new(&budget));
        let [one, other] = [vault(), vault()].map(|vault| Sealed::new(Arc::clone(&memory), vault));
        put(&one, "a", "it").await;
        let (it, new) = (bytes("it"), bytes("new"));
        let mut waits = one.changed("a", &it);
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(waits.as_mut().poll(&mut context), Poll::Pending);
        other.swap("a", "", Some(&it), Some(it.clone()), LONG).await.expect("it is there");
        assert_eq!(waits.as_mut().poll(&mut context), Poll::Pending);
        other.swap("a", "", Some(&it), Some(new.clone()), LONG).await.expect("it is there");
        assert_eq!(waits.await, Some(new));
    }

    #[tokio::test]
    async fn nothing_of_a_value_is_seen_not_even_that_two_are_the_same() {
        let open = Arc::<InTheOpen>::default();
        let store = sealed(&open, &[1]);
        put(&store, "a", "the same text").await;
        put(&store, "b", "the same text").await;
        let values = open.values.lock();
        let (a, b) = (&values["a"], &values["b"]);
        for value in [a, b] {
            assert_eq!(value.len(), "the same text".len() + SEAL_BYTES);
            assert!(!"the same text".as_bytes().windows(4).any(|part| value.windows(4).any(|other| other == part)));
        }
        assert_ne!(a, b);
    }

    #[tokio::test]
    async fn new_keys_seal_and_old_ones_open() {
        let open = Arc::<InTheOpen>::default();
        put(&sealed(&open, &[1]), "a", "it").await;
        let [old, between, new] = [&[1][..], &[2, 1], &[2]].map(|keys| sealed(&open, keys));
        let it = bytes("it");
        for (store, opens) in [(&old, true), (&between, true), (&new, false)] {
            assert_eq!(there(store, "a").await.is_some(), opens, "{store:?}");
        }
        between.swap("a", "", Some(&it), Some(it.clone()), LONG).await.expect("it is there");
        for (store, opens) in [(&old, false), (&between, true), (&new, true)] {
            assert_eq!(there(store, "a").await.is_some(), opens, "{store:?}, kept anew");
        }
    }

    #[tokio::test]
    async fn what_no_key_opens_is_as_good_as_none_and_stays_until_another_takes_its_place() {
        let open = Arc::<InTheOpen>::default();
        put(&sealed(&open, &[1]), "a", "of another key").await;
        let before = open.values.lock()["a"].clone();
        let store = sealed(&open, &[2]);
        assert_eq!(there(&store, "a").await, None);
        assert_eq!(store.changed("a", &bytes("of another key")).await, None);
        assert_eq!(store.swap("a", "", Some(&bytes("of another key")), None, LONG).await, Err(None));
        assert_eq!(open.values.lock()["a"], before, "it was only looked for");
        put(&store, "a", "mine").await;
        assert_eq!(there(&store, "a").await.as_deref(), Some("mine"));
    }

    /// Lines of the log.
    #[derive(Clone, Default)]
    struct Lines(Arc<Lock<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(text);
            Ok(text.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn that_values_do_not_open_is_said_once() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let _logged = tracing::subscriber::set_default(subscriber);
        let open = Arc::<InTheOpen>::default();
        let (old, new) = (sealed(&open, &[1]), sealed(&open, &[2]));
        for key in ["a", "b", "c"] {
            put(&old, key, "of another key").await;
            assert_eq!(there(&new, key).await, None);
        }
        let text = String::from_utf8(lines.0.lock().clone()).expect("text");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("no state key opens a value of the store"), "{text}");
    }

    #[tokio::test]
    async fn a_value_that_was_changed_cut_or_put_elsewhere_does_not_open() {
        let open = Arc::<InTheOpen>::default();
        let store = sealed(&open, &[1]);
        put(&store, "ada", "ada may").await;
        put(&store, "eve", "eve may not").await;
        let of_ada = open.values.lock()["ada"].clone();
        let place = |value: Bytes| open.values.lock().insert("eve".to_owned(), value);
        place(of_ada.clone());
        assert_eq!(there(&store, "eve").await, None, "in another's place");
        for at in 0..of_ada.len() {
            let mut other = of_ada.to_vec();
            other[at] ^= 1;
            open.values.lock().insert("ada".to_owned(), other.into());
            assert_eq!(there(&store, "ada").await, None, "changed at {at}");
            open.values.lock().insert("ada".to_owned(), of_ada.slice(..at));
            assert_eq!(there(&store, "ada").await, None, "cut at {at}");
        }
        open.values.lock().insert("ada".to_owned(), of_ada);
        assert_eq!(there(&store, "ada").await.as_deref(), Some("ada may"), "put back");
        // What the same keys seal for clients is no value.
        let state = Vault::new(vec![[1; 32]]).seal(b"ada may", b"eve").expect("random bits");
        place(state.into());
        assert_eq!(there(&store, "eve").await, None);
    }
}
