//! Between paths and `file://` URIs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The path of a `file://` URI of this machine.
pub fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    path.starts_with('/').then(|| decode(path)).flatten().map(PathBuf::from)
}

/// The URI of an absolute path.
pub fn of_path(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for byte in path.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// Decodes `%20` and the like.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok().filter(|path| !path.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_their_uris() {
        for path in ["/a/b", "/a b/ü%", "/a?b#c", "/"] {
            assert_eq!(to_path(&of_path(Path::new(path))).as_deref(), Some(Path::new(path)), "{path}");
        }
        assert_eq!(to_path("file://localhost/a%20b").as_deref(), Some(Path::new("/a b")));
        for uri in [
            "http://a/b",
            "file://host/a",
            "file:/a",
            "file:///%",
            "file:///%zz",
            "file:///%+1",
            "file:///%00",
            "file:///%ff",
        ] {
            assert_eq!(to_path(uri), None, "{uri}");
        }
    }
}
