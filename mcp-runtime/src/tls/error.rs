//! What is wrong with certificates and keys.

use std::error::Error;
use std::fmt;

/// Certificates or keys that cannot be used: all that is wrong, one fault in a line, each with its file and with what to do.
///
/// ```
/// # #[cfg(feature = "http")] {
/// use mcp_runtime::Tls;
///
/// let error = Tls::files("no/such/cert.pem", "no/such/key.pem").check().unwrap_err().to_string();
/// assert!(error.starts_with("no/such/cert.pem: there is no such file"));
/// assert_eq!(error.lines().count(), 2);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError(Vec<String>);

impl TlsError {
    pub(super) fn new(faults: Vec<String>) -> Self {
        Self(faults)
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Error for TlsError {}

impl From<TlsError> for std::io::Error {
    fn from(error: TlsError) -> Self {
        Self::new(std::io::ErrorKind::InvalidInput, error)
    }
}
