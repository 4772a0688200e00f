//! The directories that may be used.

use std::fmt::Display;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mcp_runtime::prelude::*;
use mcp_runtime::{Capability, Missing, States};

use crate::uri;

/// The most directories that a client may name.
const MOST: usize = 100;

/// What the command line allows.
pub struct Allowed {
    /// Empty if the client's own directories are used.
    folders: Folders,
    /// All directories that were in use so far.
    known: Mutex<Vec<Folder>>,
}

/// The directories of a call. Handlers take it with `#[inject]`.
#[derive(Clone)]
pub struct Folders(Arc<[Folder]>);

/// A directory. Whatever is opened through `dir` is below it: the operating system refuses `..` and symlinks that lead elsewhere.
#[derive(Clone)]
pub struct Folder {
    path: PathBuf,
    /// The same without symlinks.
    real: PathBuf,
    dir: Arc<Dir>,
}

/// A place below a directory. Nothing need be there.
#[derive(Clone)]
pub struct Place {
    pub dir: Arc<Dir>,
    /// Relative to the directory; `.` is the directory itself.
    pub path: PathBuf,
    /// The directory's own path.
    folder: PathBuf,
}

impl Allowed {
    /// Opens the directories of the command line.
    ///
    /// # Errors
    /// One of them is not there.
    pub fn open<'a>(paths: impl Iterator<Item = &'a str>) -> Result<Self> {
        let folders: Arc<[Folder]> = paths.map(|path| Folder::open(Path::new(path))).collect::<Result<_>>()?;
        let known = Mutex::new(folders.to_vec());
        Ok(Self { folders: Folders(folders), known })
    }

    /// What models should know before they use the server.
    pub fn instructions(&self) -> String {
        let which = if self.folders.0.is_empty() {
            "the directories that the client works in".to_owned()
        } else {
            self.folders.shown().join(", ")
        };
        format!("Paths are absolute, or relative to the directory if there is only one. Allowed: {which}.")
    }

    /// The directories that were in use so far.
    pub fn known(&self) -> Vec<Folder> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, folders: &Folders) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for folder in &*folders.0 {
            if known.len() < MOST && known.iter().all(|other| other.path != folder.path) {
                known.push(folder.clone());
            }
        }
    }
}

impl FromCall for Folders {
    fn needs(states: &States) -> Result<(), Missing> {
        states.get::<Allowed>().map(drop)
    }

    async fn from_call(ctx: &Ctx) -> Result<Self> {
        let allowed = ctx.state::<Allowed>().ok_or_else(|| Error::internal("there is no state"))?;
        if !allowed.folders.0.is_empty() {
            return Ok(allowed.folders.clone());
        }
        // The paths of a client on another machine mean nothing here, and it could name any directory of this one.
        if ctx.http().is_some() {
            return Err(Error::new("no directory is allowed: start the server with --allow DIR"));
        }
        if !ctx.supports(Capability::Roots) {
            return Err(Error::new(
                "no directory is allowed, and the client has none: start the server with --allow DIR",
            ));
        }
        let roots = ctx.ask("roots", roots()).await?;
        let paths = roots.iter().take(MOST).filter_map(|root| uri::to_path(&root.uri));
        let (mut folders, mut failed) = (Vec::new(), None);
        for opened in paths.map(|path| Folder::open(&path)) {
            match opened {
                Ok(folder) => folders.push(folder),
                // A client may keep one that is no longer there. The others can be used.
                Err(why) => failed = failed.or(Some(why)),
            }
        }
        if let Some(why) = failed.filter(|_| folders.is_empty()) {
            return Err(why);
        }
        let folders = Self(folders.into());
        allowed.remember(&folders);
        Ok(folders)
    }
}

impl Folders {
    /// The paths of all directories.
    pub fn shown(&self) -> Vec<String> {
        self.0.iter().map(|folder| folder.path.display().to_string()).collect()
    }

    /// Finds the directory that a path is below. Nothing is opened yet.
    ///
    /// # Errors
    /// The path is below none of them.
    pub fn find(&self, path: &str) -> Result<Place> {
        if path.contains('\0') {
            return Err(Error::new("a path has no NUL"));
        }
        let path = Path::new(path);
        if path.is_absolute() {
            // The longest wins where one directory is in another.
            let below = self.0.iter().filter_map(|folder| folder.place(path));
            let place = below.min_by_key(|place| place.path.as_os_str().len());
            return place.ok_or_else(|| self.outside(path));
        }
        match &*self.0 {
            [folder] => Ok(folder.at(path)),
            _ => Err(Error::new(format!("{}: the path must be absolute, below {}", path.display(), self.listed()))),
        }
    }

    fn outside(&self, path: &Path) -> Error {
        Error::new(format!("{}: outside of what is allowed: {}", path.display(), self.listed()))
    }

    fn listed(&self) -> String {
        if self.0.is_empty() { "nothing".to_owned() } else { self.shown().join(", ") }
    }
}

impl Folder {
    fn open(path: &Path) -> Result<Self> {
        let failed = |why: std::io::Error| Error::new(format!("{}: {why}", path.display()));
        let path = std::path::absolute(path).map_err(failed)?;
        let real = path.canonicalize().map_err(failed)?;
        let dir = Dir::open_ambient_dir(&real, ambient_authority()).map_err(failed)?;
        Ok(Self { path, real, dir: Arc::new(dir) })
    }

    /// The place of an absolute path, if it is below the directory. `..` stays: the operating system has to refuse it.
    pub fn place(&self, path: &Path) -> Option<Place> {
        let relative = path.strip_prefix(&self.path).or_else(|_| path.strip_prefix(&self.real)).ok()?;
        Some(self.at(relative))
    }

    fn at(&self, relative: &Path) -> Place {
        let path = if relative.as_os_str().is_empty() { Path::new(".") } else { relative };
        Place { dir: Arc::clone(&self.dir), path: path.to_owned(), folder: self.path.clone() }
    }
}

impl Place {
    /// The whole path, as clients see it.
    pub fn shown(&self) -> PathBuf {
        let names = self.path.components().filter(|part| *part != Component::CurDir);
        names.fold(self.folder.clone(), |path, name| path.join(name))
    }

    /// The place of something in the same directory.
    pub fn beside(&self, name: &str) -> Self {
        Self { path: self.path.with_file_name(name), ..self.clone() }
    }

    /// The place of the directory that it is in, unless it is the allowed directory itself.
    pub fn parent(&self) -> Option<Self> {
        let parent = self.path.parent().filter(|_| !self.is_top())?;
        let path = if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() };
        Some(Self { path, ..self.clone() })
    }

    /// The place of something in this directory.
    pub fn child(&self, name: &Path) -> Self {
        Self { dir: Arc::clone(&self.dir), path: self.path.join(name), folder: self.folder.clone() }
    }

    /// The same place without symlinks.
    ///
    /// # Errors
    /// Nothing is there, or a symlink leads out of the directory.
    pub fn resolved(&self) -> std::io::Result<Self> {
        let path = self.dir.canonicalize(&self.path)?;
        let path = if path.as_os_str().is_empty() { PathBuf::from(".") } else { path };
        Ok(Self { path, dir: Arc::clone(&self.dir), folder: self.folder.clone() })
    }

    /// Whether it is the allowed directory itself.
    pub fn is_top(&self) -> bool {
        self.path.components().all(|part| part == Component::CurDir)
    }

    /// What went wrong here.
    pub fn error(&self, why: impl Display) -> Error {
        Error::new(format!("{}: {why}", self.shown().display()))
    }
}

/// Lists the directories that may be used.
#[tool(read_only)]
fn directories(#[inject] folders: Folders) -> Vec<String> {
    folders.shown()
}
