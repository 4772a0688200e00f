//! Where a socket is: a path, or on Linux an abstract name.

use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

/// Where a socket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// As the system has it: an abstract name begins with a zero byte.
    path: PathBuf,
}

impl Address {
    /// `PATH`, or `@NAME` for an abstract name.
    pub(crate) fn new(path: &Path) -> Self {
        let bytes = path.as_os_str().as_bytes();
        match bytes.strip_prefix(b"@") {
            Some(name) if cfg!(target_os = "linux") => Self { path: OsString::from_vec([b"\0", name].concat()).into() },
            _ => Self { path: path.to_owned() },
        }
    }

    /// For the system.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is no file.
    pub(crate) fn is_abstract(&self) -> bool {
        self.path.as_os_str().as_bytes().first() == Some(&0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.path.to_string_lossy();
        match text.strip_prefix('\0') {
            Some(name) => write!(f, "unix:@{name}"),
            None => write!(f, "unix:{text}"),
        }
    }
}
