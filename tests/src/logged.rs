//! What is logged while something is done.

use std::io::{Result, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// Does something on this thread; gives what was logged meanwhile, too, as it is printed.
pub fn logged<T>(act: impl FnOnce() -> T) -> (T, String) {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(written.clone()).finish();
    let done = tracing::subscriber::with_default(subscriber, act);
    let bytes = written.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (done, String::from_utf8_lossy(&bytes).into_owned())
}

/// Standard error, for a while.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Written {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
