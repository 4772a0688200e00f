//! Reads an audit log back.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use super::file::numbered;
use crate::toml::read_moment;

/// The files of a log, the oldest first.
fn files(path: &Path) -> Vec<PathBuf> {
    let older = (1..).map(|number| numbered(path, number)).take_while(|path| path.exists());
    let mut all: Vec<PathBuf> = older.collect();
    all.reverse();
    all.push(path.to_owned());
    all
}

/// Reads each line of a log.
pub(super) fn each(path: &Path, mut see: impl FnMut(&Path, usize, &str)) -> io::Result<()> {
    for file in files(path) {
        let mut lines = BufReader::new(File::open(&file)?);
        let (mut bytes, mut number) = (Vec::new(), 0);
        while lines.read_until(b'\n', &mut bytes)? > 0 {
            number += 1;
            let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            see(&file, number, &String::from_utf8_lossy(line));
            bytes.clear();
        }
    }
    Ok(())
}

/// The lines from a moment on.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn since(path: &Path, moment: SystemTime) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    each(path, |_, _, text| {
        let line: Value = serde_json::from_str(text).unwrap_or_default();
        if line["time"].as_str().and_then(read_moment).is_some_and(|time| time >= moment) {
            lines.push(text.to_owned());
        }
    })?;
    Ok(lines)
}
