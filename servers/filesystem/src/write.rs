//! Creating, replacing and moving files.

use std::io::{ErrorKind, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

use cap_std::fs::OpenOptions;
use mcp_runtime::prelude::*;

use crate::CHANGES;
use crate::blocking::blocking;
use crate::folders::{Folders, Place};

/// Writes a file. The whole text is there at once, or nothing is changed.
#[tool(destructive, idempotent, group = CHANGES)]
async fn write(
    #[inject] folders: Folders,
    path: String,
    text: String,
    /// Whether a file that is there already is replaced.
    #[arg(default = false)]
    replace: bool,
) -> Result<String> {
    blocking(move || {
        let place = folders.find(&path)?;
        let place = match place.resolved() {
            Ok(_) if !replace => return Err(place.error("is there already; replace=true replaces it")),
            // What a symlink leads to is replaced, not the symlink.
            Ok(resolved) => resolved,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if place.dir.symlink_metadata(&place.path).is_ok() {
                    return Err(place.error("is a symlink that leads nowhere"));
                }
                place
            }
            Err(error) => return Err(place.error(error)),
        };
        replace_with(&place, text.as_bytes(), replace)?;
        Ok(format!("wrote {} bytes to {}", text.len(), place.shown().display()))
    })
    .await
}

/// Makes a directory, and those that it is in.
#[tool(idempotent, group = CHANGES)]
async fn create_directory(#[inject] folders: Folders, path: String) -> Result<String> {
    blocking(move || {
        let place = folders.find(&path)?;
        place.dir.create_dir_all(&place.path).map_err(|why| place.error(why))?;
        Ok(format!("{} is there", place.shown().display()))
    })
    .await
}

/// Moves or renames a file or a directory.
#[tool(name = "move", destructive, group = CHANGES)]
async fn move_to(
    #[inject] folders: Folders,
    from: String,
    to: String,
    /// Whether a file that is there already is replaced.
    #[arg(default = false)]
    replace: bool,
) -> Result<String> {
    blocking(move || {
        let (from, to) = (folders.find(&from)?, folders.find(&to)?);
        if from.is_top() || to.is_top() {
            return Err(Error::new("an allowed directory itself cannot be moved or replaced"));
        }
        let metadata = from.dir.symlink_metadata(&from.path).map_err(|why| from.error(why))?;
        let moved = if replace {
            from.dir.rename(&from.path, &to.dir, &to.path)
        } else if metadata.is_dir() {
            match to.dir.symlink_metadata(&to.path) {
                Ok(_) => Err(ErrorKind::AlreadyExists.into()),
                Err(_) => from.dir.rename(&from.path, &to.dir, &to.path),
            }
        } else {
            put(&from, &to)
        };
        moved.map_err(|why| match why.kind() {
            ErrorKind::AlreadyExists => to.error("is there already; replace=true replaces it"),
            _ => from.error(format!("cannot be moved to {}: {why}", to.shown().display())),
        })?;
        Ok(format!("moved {} to {}", from.shown().display(), to.shown().display()))
    })
    .await
}

/// Writes a file beside the place and puts it there. A file that has other names (hard links) keeps its text under those.
pub fn replace_with(place: &Place, bytes: &[u8], replace: bool) -> Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);

    let before = place.dir.symlink_metadata(&place.path).ok();
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        return Err(place.error("is not a regular file"));
    }
    let name = format!(".mcp-{}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let draft = place.beside(&name);
    let written =
        draft.dir.open_with(&draft.path, OpenOptions::new().write(true).create_new(true)).and_then(|mut file| {
            if let Some(before) = before {
                file.set_permissions(before.permissions())?;
            }
            file.write_all(bytes)?;
            file.sync_all()?;
            if replace { draft.dir.rename(&draft.path, &place.dir, &place.path) } else { put(&draft, place) }
        });
    written.map_err(|why| {
        let _ = draft.dir.remove_file(&draft.path);
        place.error(if why.kind() == ErrorKind::AlreadyExists {
            "is there already".to_owned()
        } else {
            why.to_string()
        })
    })
}

/// Moves a file to where none is: a rename would replace one that has come in between.
fn put(from: &Place, to: &Place) -> std::io::Result<()> {
    from.dir.hard_link(&from.path, &to.dir, &to.path)?;
    from.dir.remove_file(&from.path)
}
