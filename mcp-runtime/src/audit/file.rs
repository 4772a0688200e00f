//! A file of JSON lines.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::read::since;
use super::sink::AuditSink;

/// How much of the end of a file is read to find its last line.
const TAIL: u64 = 256 * 1024;

/// A file of JSON lines, of one process. It is made with the mode 0600, and goes on where it ends.
///
/// ```
/// use mcp_runtime::audit::AuditFile;
///
/// # fn open() -> std::io::Result<AuditFile> {
/// let file = AuditFile::open("audit.jsonl")?.rotate(64 * 1024 * 1024, 10).sync(true);
/// # Ok(file) }
/// ```
#[derive(Debug)]
pub struct AuditFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// The most bytes of one file, and how many older ones are kept.
    rotation: Option<(u64, usize)>,
    syncs: bool,
    /// What an earlier run has left.
    last: Option<String>,
}

impl AuditFile {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    /// If it cannot be opened, read and written.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let mut file = create(&path)?;
        let mut bytes = file.metadata()?.len();
        let mut tail = tail(&mut file, bytes)?;
        // The program was killed in the middle of a line.
        if !tail.is_empty() && !tail.ends_with(b"\n") {
            file.write_all(b"\n")?;
            tail.push(b'\n');
            bytes += 1;
        }
        let mut last = last_line(&tail);
        if last.is_none()
            && let Ok(mut before) = File::open(numbered(&path, 1))
        {
            let bytes = before.metadata()?.len();
            last = last_line(&self::tail(&mut before, bytes)?);
        }
        Ok(Self { path, file, bytes, rotation: None, syncs: false, last })
    }

    /// Begins a new file when this one has so many bytes, and keeps so many older ones beside it: `audit.jsonl.1` is the newest of
    /// them. Without it there is one file, which grows.
    #[must_use]
    pub fn rotate(self, bytes: u64, kept: usize) -> Self {
        Self { rotation: Some((bytes, kept)), ..self }
    }

    /// Waits until the disk has what was written (`fsync`), so that it survives a loss of power. Lines that come at the same time
    /// wait once.
    #[must_use]
    pub fn sync(self, syncs: bool) -> Self {
        Self { syncs, ..self }
    }

    fn turn(&mut self, kept: usize) -> io::Result<()> {
        if kept == 0 {
            self.file.set_len(0)?;
            self.bytes = 0;
            return Ok(());
        }
        // It is not there where somebody else has moved it away, or an earlier turn has come no further than this.
        if self.path.exists() {
            for number in (1..kept).rev() {
                match fs::rename(numbered(&self.path, number), numbered(&self.path, number + 1)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            fs::rename(&self.path, numbered(&self.path, 1))?;
        }
        self.file = create(&self.path)?;
        self.bytes = self.file.metadata()?.len();
        Ok(())
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The older file of a number.
pub(super) fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

fn tail(file: &mut File, bytes: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(bytes.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    Ok(tail)
}

fn last_line(tail: &[u8]) -> Option<String> {
    let text = tail.strip_suffix(b"\n")?;
    let line = text.rsplit(|byte| *byte == b'\n').next()?;
    Some(String::from_utf8_lossy(line).into_owned())
}

impl AuditSink for AuditFile {
    fn write(&mut self, lines: &[String]) -> io::Result<()> {
        if let Some((most, kept)) = self.rotation
            && self.bytes >= most
        {
            self.turn(kept)?;
        }
        let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
        let written = self.file.write_all(text.as_bytes());
        let synced = written.and_then(|()| if self.syncs { self.file.sync_data() } else { Ok(()) });
        if let Err(error) = synced {
            // Half a line is worse than none.
            let _ = self.file.set_len(self.bytes);
            return Err(error);
        }
        self.bytes += text.len() as u64;
        Ok(())
    }

    fn last_line(&mut self) -> io::Result<Option<String>> {
        Ok(self.last.take())
    }

    fn since(&mut self, moment: SystemTime) -> io::Result<Vec<String>> {
        since(&self.path, moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_moved_away_is_made_anew_and_the_older_ones_stay() {
        let folder = std::env::temp_dir().join(format!("mcp-audit-moved-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("audit.jsonl");
        let mut file = AuditFile::open(&path).expect("a file").rotate(4, 3);
        let mut write = |line: &str| file.write(&[line.to_owned()]);
        write("one").expect("written");
        write("two").expect("written");
        // Where `two` goes then is not ours to say.
        fs::rename(&path, folder.join("elsewhere")).expect("moved");
        for line in ["three", "four"] {
            write(line).expect("written");
        }
        let read = |path: PathBuf| fs::read_to_string(path).expect("it is there");
        let found = [read(path.clone()), read(numbered(&path, 1)), read(numbered(&path, 2))];
        assert_eq!(found, ["four\n", "three\n", "one\n"]);
        let _ = fs::remove_dir_all(&folder);
    }
}
