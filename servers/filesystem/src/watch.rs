//! Tells clients when files change that they have subscribed to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use mcp_runtime::{ServerBuilder, ServerHandle};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::folders::{Allowed, Place};
use crate::uri;

/// The most URIs that are watched.
const MOST: usize = 1_000;

/// The files that somebody has subscribed to.
struct Watch {
    allowed: Arc<Allowed>,
    handle: OnceLock<ServerHandle>,
    /// What notices changes. Nothing does before the first subscription.
    watcher: Mutex<Option<RecommendedWatcher>>,
    /// The URIs that clients have for each file.
    uris: Mutex<BTreeMap<PathBuf, BTreeSet<String>>>,
}

/// Has the server watch the files that clients subscribe to.
pub fn attach(server: ServerBuilder, allowed: Arc<Allowed>) -> ServerBuilder {
    let watch = Watch { allowed, handle: OnceLock::new(), watcher: Mutex::default(), uris: Mutex::default() };
    let watch = Arc::new(watch);
    let started = Arc::clone(&watch);
    server.on_start(move |handle| drop(started.handle.set(handle))).on_subscribe(move |uri| {
        if let Err(error) = add(&watch, uri) {
            tracing::warn!("{uri} is not watched: {error}");
        }
    })
}

/// Watches the directory that the file is in: programs replace files, and one that is not there yet may come.
fn add(watch: &Arc<Watch>, uri: &str) -> mcp_runtime::Result<()> {
    let path = uri::to_path(uri).ok_or("it is no path")?;
    let place = watch.allowed.known().iter().find_map(|folder| folder.place(&path)).ok_or("it is not allowed")?;
    let path = resolved(&place)?.shown();
    let parent = path.parent().ok_or("it has no directory")?;
    {
        let mut uris = lock(&watch.uris);
        if uris.values().map(BTreeSet::len).sum::<usize>() >= MOST {
            return Err("too many files are watched".into());
        }
        uris.entry(path.clone()).or_default().insert(uri.to_owned());
    }
    // Without the lock on the URIs: this waits for the thread that `changed` runs on.
    let mut watcher = lock(&watch.watcher);
    if watcher.is_none() {
        let weak = Arc::downgrade(watch);
        *watcher = Some(notify::recommended_watcher(move |event| changed(&weak, event))?);
    }
    if let Some(watcher) = &mut *watcher {
        watcher.watch(parent, RecursiveMode::NonRecursive)?;
    }
    Ok(())
}

/// Without symlinks; of a file that is not there, its directory is.
fn resolved(place: &Place) -> std::io::Result<Place> {
    place.resolved().or_else(|error| match (place.parent(), place.path.file_name()) {
        (Some(parent), Some(name)) => Ok(parent.resolved()?.child(name.as_ref())),
        _ => Err(error),
    })
}

fn changed(watch: &Weak<Watch>, event: notify::Result<Event>) {
    let (Some(watch), Ok(event)) = (watch.upgrade(), event) else { return };
    let Some(handle) = watch.handle.get() else { return };
    if event.kind.is_access() {
        return;
    }
    let uris = lock(&watch.uris);
    // After events were lost, everything may have changed.
    let changed = uris.iter().filter(|(path, _)| event.need_rescan() || event.paths.contains(path));
    let changed: Vec<String> = changed.flat_map(|(_, uris)| uris).cloned().collect();
    drop(uris);
    for uri in changed {
        handle.resource_updated(&uri);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
