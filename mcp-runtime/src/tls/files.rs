//! Reading certificates, keys and revocation lists from files.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};

/// The largest file that is read: more than all authorities that an operating system trusts.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What was read, and what is wrong with it, a fault in a line.
pub(super) struct Files {
    pub(super) faults: Vec<String>,
}

impl Files {
    pub(super) fn new() -> Self {
        Self { faults: Vec::new() }
    }

    /// Notes what is wrong with a file.
    pub(super) fn fault(&mut self, path: &Path, what: impl std::fmt::Display) {
        self.faults.push(format!("{}: {what}", path.display()));
    }

    /// The bytes of a file.
    pub(super) fn read(&mut self, path: &Path, what: &str) -> Option<Vec<u8>> {
        let why = match read(path) {
            Ok(bytes) => return Some(bytes),
            Err(error) => error,
        };
        match why.kind() {
            ErrorKind::NotFound => self.fault(path, format_args!("there is no such file; name the {what}")),
            ErrorKind::PermissionDenied => self.fault(
                path,
                "this user may not read it; `chown` it to the user that the program runs as, or add that user to its group",
            ),
            _ => self.fault(path, format_args!("it cannot be read: {why}")),
        }
        None
    }

    /// A chain of certificates, the own one first.
    pub(super) fn chain(&mut self, path: &Path, what: &str) -> Option<Vec<CertificateDer<'static>>> {
        let bytes = self.read(path, what)?;
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
        match found {
            Ok(chain) if !chain.is_empty() => return Some(chain),
            Ok(_) if PrivateKeyDer::from_pem_slice(&bytes).is_ok() => {
                self.fault(path, "it has a private key and no certificate; the two files may be exchanged");
            }
            Ok(_) => self.fault(path, no_pem(&bytes, "certificate", "CERTIFICATE", "x509 -inform der")),
            Err(error) => self.fault(path, broken(&error)),
        }
        None
    }

    /// A private key.
    pub(super) fn key(&mut self, path: &Path, what: &str) -> Option<PrivateKeyDer<'static>> {
        let bytes = self.read(path, what)?;
        match PrivateKeyDer::from_pem_slice(&bytes) {
            Ok(key) => {
                // Whether it is encrypted in the old way is said in a header, which is no part of the key.
                if find(&bytes, b"Proc-Type: 4,ENCRYPTED") {
                    self.fault(path, encrypted(path));
                    return None;
                }
                return Some(key);
            }
            Err(pem::Error::NoItemsFound) if find(&bytes, b"BEGIN ENCRYPTED PRIVATE KEY") => {
                self.fault(path, encrypted(path));
            }
            Err(pem::Error::NoItemsFound) if find(&bytes, b"BEGIN CERTIFICATE-----") => {
                self.fault(path, "it has a certificate and no private key; the two files may be exchanged");
            }
            Err(pem::Error::NoItemsFound) => {
                self.fault(path, no_pem(&bytes, "private key", "PRIVATE KEY", "pkey -inform der"));
            }
            Err(error) => self.fault(path, broken(&error)),
        }
        None
    }

    /// Authorities that are trusted.
    pub(super) fn roots(&mut self, path: &Path, roots: &mut RootCertStore) {
        let Some(certificates) = self.chain(path, "certificates of the authorities that are trusted") else { return };
        for (at, certificate) in certificates.into_iter().enumerate() {
            if let Err(error) = roots.add(certificate) {
                self.fault(path, format_args!("certificate {} cannot be used: {error}", at + 1));
            }
        }
    }

    /// Lists of certificates that were revoked.
    pub(super) fn crls(&mut self, path: &Path) -> Vec<CertificateRevocationListDer<'static>> {
        let Some(bytes) = self.read(path, "list of revoked certificates") else { return Vec::new() };
        let found: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&bytes).collect();
        match found {
            Ok(lists) if !lists.is_empty() => return lists,
            // Authorities publish them in DER.
            Ok(_) if bytes.first() == Some(&0x30) => return vec![CertificateRevocationListDer::from(bytes)],
            Ok(_) => self.fault(path, no_pem(&bytes, "list of revoked certificates", "X509 CRL", "crl -inform der")),
            Err(error) => self.fault(path, broken(&error)),
        }
        Vec::new()
    }
}

pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("it has more than {LARGEST} bytes")));
    }
    Ok(bytes)
}

fn no_pem(bytes: &[u8], what: &str, label: &str, convert: &str) -> String {
    if bytes.first() == Some(&0x30) {
        return format!(
            "it has no {what} in PEM, and may be DER; `openssl {convert} -in FILE -out FILE.pem` converts it"
        );
    }
    format!("it has no {what}; PEM has it between -----BEGIN {label}----- and -----END {label}-----")
}

fn broken(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { end_marker } => {
            format!("it is cut off: -----END {}----- is missing", String::from_utf8_lossy(end_marker).trim())
        }
        _ => "it is not PEM: what stands between the BEGIN and END lines is not base64".to_owned(),
    }
}

fn encrypted(path: &Path) -> String {
    format!(
        "the key is encrypted, and nobody is there to type the password; `openssl pkey -in {} -out key.pem` decrypts it \
         (keep that file to yourself: chmod 600)",
        path.display()
    )
}

fn find(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}
