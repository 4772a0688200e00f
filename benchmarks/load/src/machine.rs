//! What a run happened on: what its figures depend on beside the servers.

use std::fmt;
use std::fs;
use std::io;
use std::thread::available_parallelism;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// The machine, before the run.
#[derive(Debug, Default, Serialize)]
pub struct Machine {
    /// Seconds since 1970.
    pub at: u64,
    /// Those that the load generator may run on, and the servers unless they are pinned.
    pub cores: usize,
    /// What else goes on disturbs the figures, so it is told with them.
    pub load_average: String,
    /// The one core that the servers have, if they have but one.
    pub pinned_to: Option<usize>,
}

impl Machine {
    /// Looks at it.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn look(pinned_to: Option<usize>) -> io::Result<Self> {
        let load_average = fs::read_to_string("/proc/loadavg")?.split(' ').next().unwrap_or_default().to_owned();
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?.as_secs();
        Ok(Self { at, cores: available_parallelism()?.get(), load_average, pinned_to })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cores, load_average, pinned_to, .. } = self;
        let pinned = pinned_to.map(|core| format!(", the servers on core {core} alone")).unwrap_or_default();
        write!(f, "{cores} cores{pinned}, load average {load_average} before")
    }
}
