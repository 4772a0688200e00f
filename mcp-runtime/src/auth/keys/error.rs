//! What is wrong with keys.

use std::error::Error;
use std::fmt;
use std::path::Path;

use crate::toml::Fault;

/// Keys that cannot be used: all that is wrong, one fault in a line, as compilers write it (`keys.toml:3: …`), each with what to
/// write instead.
///
/// ```
/// use mcp_runtime::auth::ApiKeys;
///
/// let error = ApiKeys::file("no/such/keys.toml").unwrap_err();
/// assert!(error.to_string().starts_with("no/such/keys.toml: there is no such file"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct KeysError {
    path: String,
    faults: Vec<Fault>,
}

impl KeysError {
    pub(crate) fn new(path: &Path, faults: Vec<Fault>) -> Self {
        Self { path: path.display().to_string(), faults }
    }

    /// Of keys that are in no file.
    pub(crate) fn of_program(faults: Vec<Fault>) -> Self {
        Self { path: "API keys".to_owned(), faults }
    }
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.faults.iter().enumerate() {
            let line_break = if at == 0 { "" } else { "\n" };
            write!(f, "{line_break}{}{fault}", self.path)?;
        }
        Ok(())
    }
}

/// What it says, so that a `main` that returns it says it, too.
impl fmt::Debug for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for KeysError {}
