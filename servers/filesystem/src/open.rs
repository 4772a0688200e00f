//! Opening files for reading.

use std::io::Read as _;

use cap_fs_ext::OpenOptionsSyncExt as _;
use cap_std::fs::{File, OpenOptions};
use mcp_runtime::prelude::*;

use crate::folders::Place;

/// Opens a regular file. Directories, named pipes and devices are refused before they are opened, and looked at again afterwards,
/// because another program may have put one in the file's place meanwhile.
///
/// # Errors
/// It cannot be opened, or is not a regular file.
pub fn open(place: &Place) -> Result<File> {
    let failed = |why: std::io::Error| place.error(why);
    check(place, &place.dir.metadata(&place.path).map_err(failed)?)?;
    // Opening a named pipe would wait for somebody who writes into it.
    let file = place.dir.open_with(&place.path, OpenOptions::new().read(true).nonblock(true)).map_err(failed)?;
    check(place, &file.metadata().map_err(failed)?)?;
    Ok(file)
}

fn check(place: &Place, metadata: &cap_std::fs::Metadata) -> Result<()> {
    if metadata.is_dir() {
        return Err(place.error("is a directory"));
    }
    if !metadata.is_file() {
        return Err(place.error("is not a regular file"));
    }
    Ok(())
}

/// Reads a whole file of at most so many bytes.
///
/// # Errors
/// It is longer, or cannot be read.
pub fn read_all(place: &Place, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One more than allowed: what the size was says nothing about a file that grows.
    open(place)?.take(most + 1).read_to_end(&mut bytes).map_err(|why| place.error(why))?;
    if bytes.len() as u64 > most {
        return Err(place.error(format!("has more than {most} bytes")));
    }
    Ok(bytes)
}
