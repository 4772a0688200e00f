//! Files that are changed: a backup beside each, and the new text in its place at once or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::atomic_file::{Draft, with_end};

/// A configuration file, as it was read.
pub(super) struct Config {
    /// As the host has it.
    pub(super) path: PathBuf,
    /// Where it is: links were followed.
    target: PathBuf,
    /// None where there is no file yet.
    pub(super) text: Option<String>,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let target = fs::canonicalize(path).or_else(|error| match fs::symlink_metadata(path) {
            // What it leads to is not made here: it is somebody else's place.
            Ok(_) => Err(format!("cannot read {}: it is a link that leads nowhere ({error})", path.display())),
            Err(_) => Ok(path.to_owned()),
        })?;
        let text = match fs::read(&target) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes);
                Some(text.map_err(|_| format!("{} is not UTF-8; it was left alone", path.display()))?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
        };
        Ok(Self { path: path.to_owned(), target, text })
    }

    /// Its text; nothing where there is no file.
    pub(super) fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    /// Where what was there before is kept, for a server of this name.
    pub(super) fn backup(&self, name: &str) -> PathBuf {
        with_end(&self.target, &format!(".before-{name}"))
    }

    /// Keeps what is there.
    ///
    /// # Errors
    /// Why it cannot be kept.
    pub(super) fn keep(&self, name: &str) -> Result<(), String> {
        let Some(text) = &self.text else { return Ok(()) };
        let backup = self.backup(name);
        write(&backup, text, &self.target).map_err(|error| format!("cannot write {}: {error}", backup.display()))
    }

    /// Puts this text in the place of what was read.
    ///
    /// # Errors
    /// Why it cannot be written, or that somebody else has changed the file meanwhile.
    pub(super) fn replace(&self, text: &str) -> Result<(), String> {
        self.check_unchanged()?;
        let shown = self.path.display();
        if let Some(folder) = self.target.parent() {
            fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        }
        write(&self.target, text, &self.target).map_err(|error| format!("cannot write {shown}: {error}"))
    }

    fn check_unchanged(&self) -> Result<(), String> {
        let shown = self.path.display();
        if fs::metadata(&self.target).is_ok_and(|file| file.permissions().readonly()) {
            return Err(format!(
                "{shown} is read-only: something else may be in charge of it. Add what `install json` prints there, or make \
                 the file writable"
            ));
        }
        let now = fs::read(&self.target).ok();
        if now.as_deref() != self.text.as_deref().map(str::as_bytes) {
            return Err(format!("{shown} has changed meanwhile; run the command again"));
        }
        Ok(())
    }

    /// Removes the file.
    ///
    /// # Errors
    /// Why that cannot be, or that somebody else has changed the file meanwhile.
    pub(super) fn remove(&self) -> Result<(), String> {
        self.check_unchanged()?;
        fs::remove_file(&self.target).map_err(|error| format!("cannot remove {}: {error}", self.path.display()))
    }
}

/// Writes a file that is there as a whole or not at all, and that whoever may read `like` may read. Entries may hold secrets.
fn write(path: &Path, text: &str, like: &Path) -> io::Result<()> {
    Draft::create(path, &format!(".new-{}", std::process::id()))?.place(path, text, like, 0o7777)
}
