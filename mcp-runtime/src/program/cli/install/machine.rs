//! The machine that a host is configured on: its platform, its environment, and where files are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::hosts::Host;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    Linux,
    Mac,
    Windows,
}

impl Platform {
    /// As Rust calls it.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "windows" => Self::Windows,
            "macos" => Self::Mac,
            _ => Self::Linux,
        }
    }
}

/// What is known of the machine. Tests have machines of their own.
pub(super) struct Machine<'a> {
    pub(super) platform: Platform,
    /// A variable of the environment.
    pub(super) variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// This program.
    pub(super) program: PathBuf,
    /// The working directory.
    pub(super) directory: PathBuf,
}

impl Machine<'_> {
    /// A variable that is a path.
    #[inline(never)]
    fn folder(&self, name: &str) -> Option<PathBuf> {
        (self.variable)(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// The user's home.
    pub(super) fn home(&self) -> Option<PathBuf> {
        self.folder(if self.platform == Platform::Windows { "USERPROFILE" } else { "HOME" })
    }

    /// The file of a host.
    ///
    /// # Errors
    /// Why it has none here.
    pub(super) fn file(&self, host: &Host, is_project: bool) -> Result<Place, String> {
        if is_project {
            let mut files = host.project.iter().map(|file| self.directory.join(file));
            let first = files.next().ok_or("it has no files of projects")?;
            let there = std::iter::once(first.clone()).chain(files).find(|file| file.exists());
            let path = there.unwrap_or(first);
            let is_there = path.exists() || (host.project[0].contains('/') && has_folder(&path));
            return Ok(Place { path, is_there });
        }
        let mut places = Vec::new();
        for place in host.user {
            let found = self.place(place);
            // Whoever has said where it is, or has it in a container, has it nowhere else.
            if let Some(path) = &found
                && (place.starts_with('$') || place.contains('*'))
            {
                return Ok(Place { path: path.clone(), is_there: true });
            }
            places.extend(found);
        }
        let home = self.home();
        let is_used = |path: &PathBuf| path.parent() != home.as_deref() && has_folder(path);
        let there = places.iter().find(|path| path.exists()).or_else(|| places.iter().find(|path| is_used(path)));
        // Claude Code has its file in the home directory itself, and a folder beside it.
        let beside = |path: &PathBuf| path.with_extension("").is_dir();
        let there = there.or_else(|| places.iter().find(|path| beside(path)));
        match (there, places.first()) {
            (Some(path), _) => Ok(Place { path: path.clone(), is_there: true }),
            (None, Some(path)) => Ok(Place { path: path.clone(), is_there: false }),
            (None, None) => Err("there is no home directory: set HOME".to_owned()),
        }
    }

    /// Where a place is on this machine: `~/` and a prefix with a colon stand for a folder, `$NAME/` for a variable, and `*` for
    /// what is there.
    fn place(&self, place: &str) -> Option<PathBuf> {
        let is = |platform| self.platform == platform;
        let home = |below: &str| self.home().map(|home| home.join(below));
        let xdg = || self.folder("XDG_CONFIG_HOME").or_else(|| home(".config"));
        let (base, rest) = place.split_once([':', '/'])?;
        let base = match base {
            "~" => self.home(),
            "local" if is(Platform::Windows) => self.folder("LOCALAPPDATA").or_else(|| home("AppData/Local")),
            "roaming" | "config" if is(Platform::Windows) => self.folder("APPDATA").or_else(|| home("AppData/Roaming")),
            "config" if is(Platform::Mac) => home("Library/Application Support"),
            "home-config" => xdg(),
            "config" | "xdg" if !is(Platform::Windows) => xdg(),
            "flatpak" if is(Platform::Linux) => home(".var/app"),
            _ => self.folder(base.strip_prefix('$')?),
        }?;
        let Some((before, behind)) = rest.split_once('*') else { return Some(base.join(rest)) };
        let (folder, begins) = before.rsplit_once('/').unwrap_or(("", before));
        // One that is there already, or else the first by its name.
        let mut found: Option<(bool, PathBuf)> = None;
        for entry in std::fs::read_dir(base.join(folder)).ok()?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(begins) {
                let path = entry.path().join(behind.trim_start_matches('/'));
                let one = (!path.exists(), path);
                if found.as_ref().is_none_or(|best| one < *best) {
                    found = Some(one);
                }
            }
        }
        found.map(|(_, path)| path)
    }
}

/// The file of a host.
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// Whether the host seems to be installed.
    pub(super) is_there: bool,
}

fn has_folder(path: &Path) -> bool {
    path.parent().is_some_and(Path::is_dir)
}
