//! Whether an audit log is whole.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::line::{self, hex};
use super::read::each;

/// The most faults that are told.
const MOST: usize = 50;

/// What was found in a log.
#[derive(Debug, Default)]
pub(crate) struct Verified {
    pub(crate) lines: u64,
    /// Lines that the program itself says are missing.
    pub(crate) lost: u64,
    pub(crate) first: Option<String>,
    pub(crate) last: Option<String>,
    /// The digest of the last line.
    pub(crate) digest: Option<String>,
    pub(crate) broken: Vec<Broken>,
    pub(crate) more_broken: usize,
}

/// A place where a log is not as it was written.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    pub(crate) what: String,
}

/// Checks that each line follows the one before. With `expected`, the digest that the last line had some day, it must still be in
/// the log.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn verify(path: &Path, expected: Option<&str>) -> io::Result<Verified> {
    let mut found = Verified::default();
    let (mut before, mut seq): (Option<String>, Option<u64>) = (None, None);
    let mut is_expected = expected.is_none();
    each(path, |file, at, text| {
        let mut fault = |what: String| {
            if found.broken.len() < MOST {
                found.broken.push(Broken { file: file.to_owned(), line: at, what });
            } else {
                found.more_broken += 1;
            }
        };
        let digest = hex(text.as_bytes());
        match serde_json::from_str::<Value>(text) {
            Err(_) => {
                fault("it is no line of an audit log, or was cut off".to_owned());
                seq = line::number(text).or(seq.map(|seq| seq + 1));
            }
            Ok(line) => {
                let (number, lost) = (line["seq"].as_u64(), line["lost"].as_u64().unwrap_or_default());
                if let (Some(before), Some(prev)) = (&before, line["prev"].as_str())
                    && before != prev
                {
                    fault("the line before was changed, or lines are missing between them".to_owned());
                }
                if line["prev"].as_str().is_none() && before.is_some() {
                    fault("it does not say which line was before it".to_owned());
                }
                match (seq, number) {
                    (Some(seq), Some(number)) if number != seq + 1 + lost => {
                        fault(format!("it has the number {number}, after {seq}"));
                    }
                    (_, None) => fault("it has no number".to_owned()),
                    _ => {}
                }
                found.lost += lost;
                seq = number.or(seq);
                let time = line["time"].as_str().map(str::to_owned);
                found.first = found.first.take().or_else(|| time.clone());
                found.last = time.or_else(|| found.last.take());
            }
        }
        found.lines += 1;
        is_expected |= expected == Some(&*digest);
        before = Some(digest);
    })?;
    found.digest = before;
    if !is_expected {
        let what = "no line has the expected digest: the log was written anew, or its end was cut off".to_owned();
        found.broken.push(Broken { file: path.to_owned(), line: 0, what });
    }
    Ok(found)
}
