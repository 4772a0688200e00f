//! Files that are replaced at once or not at all: a draft is written beside a file, and takes its place when it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file beside the one that is to be written. Only one of its name can be made at a time, and only its owner may read it. It is
/// removed when it is dropped before it was placed.
pub(crate) struct Draft {
    path: PathBuf,
    file: File,
    /// Whether it has taken the place of the other. Its name is somebody else's from then on.
    is_placed: bool,
}

/// A path with something more at its end.
pub(crate) fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}

impl Draft {
    /// Makes the draft of a file, whose name has this end.
    ///
    /// # Errors
    /// It cannot be made; [`io::ErrorKind::AlreadyExists`] where there is one.
    pub(crate) fn create(target: &Path, end: &str) -> io::Result<Self> {
        let path = with_end(target, end);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path).map(|file| Self { path, file, is_placed: false })
    }

    /// Writes the text, and puts the draft in the place of `target`. It belongs to the owner of `like`, and whoever may read that
    /// file may read it, as far as `mask` lets them; where there is no such file, only the owner may.
    ///
    /// # Errors
    /// It cannot be written; then `target` is as it was.
    pub(crate) fn place(mut self, target: &Path, text: &str, like: &Path, mask: u32) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        if let Ok(before) = fs::metadata(like) {
            self.resemble(&before, mask)?;
        }
        self.file.sync_all()?;
        fs::rename(&self.path, target)?;
        self.is_placed = true;
        // So that the name lasts, too. Not every file system can.
        #[cfg(unix)]
        if let Some(folder) = target.parent() {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(())
    }

    #[cfg(unix)]
    fn resemble(&self, before: &fs::Metadata, mask: u32) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};

        let ours = self.file.metadata()?;
        // Whoever uses the file must still be able to read it. Only root can give a file away.
        if (ours.uid(), ours.gid()) != (before.uid(), before.gid()) {
            let _ = fchown(&self.file, Some(before.uid()), Some(before.gid()));
        }
        self.file.set_permissions(fs::Permissions::from_mode(before.mode() & mask))
    }

    #[cfg(not(unix))]
    fn resemble(&self, before: &fs::Metadata, _: u32) -> io::Result<()> {
        self.file.set_permissions(before.permissions())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_a_draft_that_is_dropped_leaves_nothing() {
        let folder = std::env::temp_dir().join(format!("mcp-draft-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let target = folder.join("file");
        fs::write(&target, "before").expect("it is written");
        let draft = Draft::create(&target, ".new").expect("the first");
        let second = Draft::create(&target, ".new").err().map(|error| error.kind());
        assert_eq!(second, Some(io::ErrorKind::AlreadyExists));
        drop(draft);
        assert_eq!(fs::read_to_string(&target).expect("text"), "before");
        let draft = Draft::create(&target, ".new").expect("there is none any more");
        draft.place(&target, "after", &target, 0o777).expect("it is placed");
        assert_eq!(fs::read_to_string(&target).expect("text"), "after");
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1, "nothing else is left");
        let _ = fs::remove_dir_all(&folder);
    }
}
