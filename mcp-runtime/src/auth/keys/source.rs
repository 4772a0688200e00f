//! A file of keys that may change while the server runs.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use tokio::time::Instant;

use super::error::KeysError;
use super::table::{Digests, Table};
use super::{file, hash};
use crate::lock::Lock;
use crate::log;
use crate::toml::Fault;

/// How often the file is looked at, if requests come.
const PERIOD: Duration = Duration::from_secs(1);

/// The largest file that is read: some ten thousand keys.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What was written less than so long ago may be written again without a change of its time.
const SETTLES: Duration = Duration::from_secs(2);

/// The keys of a file, as they were when it was right last.
#[derive(Debug)]
pub(crate) struct Source {
    path: PathBuf,
    table: ArcSwap<Table>,
    looked: Lock<Looked>,
}

#[derive(Debug)]
struct Looked {
    at: Instant,
    stamp: Option<Stamp>,
}

/// What tells that a file has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    /// Whether the time and the size tell all changes that come.
    is_settled: bool,
    content: [u8; 32],
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(crate) fn open(path: &Path, digests: &Digests) -> Result<Self, KeysError> {
        let faults = |faults| KeysError::new(path, faults);
        let (text, stamp) = read(path).map_err(|error| faults(vec![Fault::new(0, unreadable(&error))]))?;
        warn_if_open_to_all(path);
        let records = file::read(&text).map_err(faults)?;
        Ok(Self {
            path: path.to_owned(),
            table: ArcSwap::from_pointee(Table::of_file(records, digests, &Table::default())),
            looked: Lock::new(Looked { at: Instant::now(), stamp: Some(stamp) }),
        })
    }

    /// The keys. The file is looked at before, if that was not done for a second.
    pub(crate) async fn table(self: &Arc<Self>, digests: &Arc<Digests>) -> Arc<Table> {
        let is_due = {
            let mut looked = self.looked.lock();
            let is_due = looked.at.elapsed() >= PERIOD;
            // One request looks; others that come meanwhile go by what is known.
            if is_due {
                looked.at = Instant::now();
            }
            is_due
        };
        if is_due {
            let (this, digests) = (Arc::clone(self), Arc::clone(digests));
            let _ = tokio::task::spawn_blocking(move || this.look(&digests)).await;
        }
        self.table.load_full()
    }

    /// The keys as they were when the file was looked at last.
    pub(crate) fn last(&self) -> Arc<Table> {
        self.table.load_full()
    }

    /// Takes over what the file says now. If that is wrong, or cannot be read, the keys stay as they are.
    fn look(&self, digests: &Digests) {
        let before = self.looked.lock().stamp.clone();
        if let (Some(before), Ok(metadata)) = (&before, fs::metadata(&self.path))
            && before.is_settled
            && (before.modified, before.bytes) == (metadata.modified().ok(), metadata.len())
        {
            return;
        }
        let path = self.path.display();
        let (text, stamp) = match read(&self.path) {
            Ok(read) => read,
            Err(error) => {
                // Told once, and not every second.
                if self.looked.lock().stamp.take().is_some() {
                    log::event!(ERROR, "{path}: {}; the keys stay as they were", unreadable(&error));
                }
                return;
            }
        };
        let is_known = before.is_some_and(|before| before.content == stamp.content);
        self.looked.lock().stamp = Some(stamp);
        if is_known {
            return;
        }
        match file::read(&text) {
            Ok(records) => {
                let table = Table::of_file(records, digests, &self.table.load());
                log::event!(INFO, "{path}: has changed; {} keys", table.len());
                self.table.store(Arc::new(table));
            }
            Err(faults) => {
                let error = KeysError::new(&self.path, faults);
                log::event!(ERROR, "the keys stay as they were, until this is mended:\n{error}");
            }
        }
    }
}

/// Why a file cannot be read, in words.
pub(super) fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file; `keys new --subject NAME --file FILE` makes one".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}

fn read(path: &Path) -> io::Result<(String, Stamp)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut text = String::new();
    file.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("it has more than {LARGEST} bytes")));
    }
    let modified = metadata.modified().ok();
    let age = modified.and_then(|modified| SystemTime::now().duration_since(modified).ok());
    let is_settled = age.is_some_and(|age| age >= SETTLES) && metadata.len() == text.len() as u64;
    let stamp = Stamp { modified, bytes: metadata.len(), is_settled, content: hash::fast(&text) };
    Ok((text, stamp))
}

/// Hashes can be guessed at by whoever can read them.
#[cfg(unix)]
fn warn_if_open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    if fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o007 != 0) {
        log::event!(WARN, "{0}: everybody on this machine can read it; `chmod 600 {0}` ends that", path.display());
    }
}

#[cfg(not(unix))]
fn warn_if_open_to_all(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of keys that is removed in the end.
    struct Keys {
        source: Arc<Source>,
        digests: Arc<Digests>,
        path: PathBuf,
    }

    fn text(ids: &[&str]) -> String {
        let key = |id: &&str| format!("[keys.mcp_{id}]\nsubject = \"{id}\"\nhash = \"sha256:{}\"\n", "A".repeat(43));
        ids.iter().map(key).collect()
    }

    impl Keys {
        fn new(name: &str, ids: &[&str]) -> Self {
            let path = std::env::temp_dir().join(format!("mcp-keys-{}-{name}.toml", std::process::id()));
            fs::write(&path, text(ids)).expect("it can be written");
            let digests = Arc::default();
            let source = Arc::new(Source::open(&path, &digests).expect("it is right"));
            Self { source, digests, path }
        }

        /// How many keys there are, a second later.
        async fn later(&self) -> usize {
            tokio::time::advance(PERIOD).await;
            self.source.table(&self.digests).await.len()
        }
    }

    impl Drop for Keys {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.path);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_is_read_again_when_it_has_changed_and_not_within_a_second() {
        let keys = Keys::new("changes", &["a"]);
        fs::write(&keys.path, text(&["a", "b"])).expect("it can be written");
        assert_eq!(keys.source.table(&keys.digests).await.len(), 1);
        assert_eq!(keys.later().await, 2);
        assert_eq!(keys.later().await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_is_broken_or_gone_changes_nothing_until_it_is_right_again() {
        let keys = Keys::new("breaks", &["a"]);
        for broken in ["[keys.mcp_b]\n", "subject = ", "\u{0}"] {
            fs::write(&keys.path, broken).expect("it can be written");
            assert_eq!(keys.later().await, 1, "{broken:?}");
        }
        fs::remove_file(&keys.path).expect("it is there");
        assert_eq!(keys.later().await, 1);
        fs::write(&keys.path, text(&["a", "b", "c"])).expect("it can be written");
        assert_eq!(keys.later().await, 3);
        fs::write(&keys.path, "").expect("it can be written");
        assert_eq!(keys.later().await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_that_leaves_time_and_size_as_they_were_is_seen() {
        let keys = Keys::new("same", &["a", "b"]);
        let modified = fs::metadata(&keys.path).and_then(|metadata| metadata.modified()).expect("it has a time");
        let same = format!("{}#{}", text(&["a"]), "x".repeat(text(&["b"]).len() - 1));
        fs::write(&keys.path, same).expect("it can be written");
        let file = File::options().write(true).open(&keys.path).expect("it is there");
        file.set_modified(modified).expect("it can be set");
        assert_eq!(keys.later().await, 1);
    }

    #[test]
    fn a_file_that_cannot_be_used_is_told_with_all_its_faults() {
        let path = std::env::temp_dir().join(format!("mcp-keys-{}-wrong.toml", std::process::id()));
        fs::write(&path, "[keys.mcp_a]\nsubject = \"a\"\n[keys.mcp_b]\n").expect("it can be written");
        let error = Source::open(&path, &Digests::default()).expect_err("it is wrong").to_string();
        fs::remove_file(&path).expect("it is there");
        let lines: Vec<_> = error.lines().map(|line| line.replace(&*path.to_string_lossy(), "keys.toml")).collect();
        assert_eq!(
            lines,
            [
                "keys.toml:1: `hash` is missing; make a key with `keys new`, or a hash with `keys hash`",
                "keys.toml:3: `hash` is missing; make a key with `keys new`, or a hash with `keys hash`",
                "keys.toml:3: `subject` is missing; write who has the key: subject = \"ada\"",
            ]
        );
        fs::write(&path, vec![b'#'; 4 * 1024 * 1024 + 1]).expect("it can be written");
        let error = Source::open(&path, &Digests::default()).expect_err("it is too large").to_string();
        fs::remove_file(&path).expect("it is there");
        assert!(error.contains("it has more than 4194304 bytes"), "{error}");
        let error = Source::open(&std::env::temp_dir(), &Digests::default()).expect_err("a directory").to_string();
        assert!(error.contains("it is not a file") || error.contains("cannot be read"), "{error}");
    }
}
