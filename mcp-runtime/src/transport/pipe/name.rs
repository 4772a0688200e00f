//! What a pipe is called.

use std::fmt;

/// The directory of the pipes of this machine.
const LOCAL: &str = r"\\.\pipe\";

/// The most characters of a name, with the directory (`CreateNamedPipe`).
const LONGEST: usize = 256;

/// The name of a pipe of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PipeName(String);

impl PipeName {
    /// `NAME`, or `\\.\pipe\NAME`.
    ///
    /// # Errors
    /// Why it is no name.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let name = text.strip_prefix(LOCAL).unwrap_or(text);
        if name.is_empty() || name.contains(['\\', '\0']) {
            return Err(format!("{text:?} is not the name of a pipe of this machine: write NAME, or {LOCAL}NAME"));
        }
        let whole = format!(r"{LOCAL}{name}");
        if whole.encode_utf16().count() > LONGEST {
            return Err(format!("the name of a pipe has at most {LONGEST} characters, with {LOCAL}"));
        }
        Ok(Self(whole))
    }

    /// For the system.
    pub(super) fn path(&self) -> &str {
        &self.0
    }
}

/// `pipe:NAME`.
impl fmt::Display for PipeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pipe:{}", self.0.strip_prefix(LOCAL).unwrap_or(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_with_its_directory_or_without() {
        for text in ["shop", r"\\.\pipe\shop"] {
            let name = PipeName::parse(text).expect("a name");
            assert_eq!((name.path(), name.to_string()), (r"\\.\pipe\shop", "pipe:shop".to_owned()));
        }
        // Pipes of other machines are none of ours.
        for text in ["", r"\\.\pipe\", r"\\other\pipe\shop", r"a\b", "a\0b", &"x".repeat(248)] {
            PipeName::parse(text).expect_err(text);
        }
        PipeName::parse(&"x".repeat(247)).expect("the longest name");
    }
}
