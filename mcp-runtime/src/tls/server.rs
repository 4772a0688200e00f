//! What a server shows, and what it wants of clients.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{CertRevocationListError, InconsistentKeys, RootCertStore, ServerConfig};

use super::certificate::Parsed;
use super::error::TlsError;
use super::files::{self, Files};
use super::{http_protocols, provider};
use crate::{log, moment};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The certificate and key of a server on HTTPS, in files, and what it asks of clients: for [`Listening::tls`](crate::Listening::tls).
/// `serve --http` has the same as options, which begin with `--tls-`.
///
/// TLS 1.2 and 1.3 are spoken, with the cipher suites that rustls takes for safe, and HTTP/2 or HTTP/1.1, as the client prefers (ALPN).
///
/// ```no_run
/// use mcp_runtime::{Http, Server, Tls, shutdown_signal};
///
/// # async fn example(server: Server) -> Result<(), Box<dyn std::error::Error>> {
/// let tls = Tls::files("cert.pem", "key.pem");
/// Http::new(&server).listen("0.0.0.0:443").await?.tls(tls)?.run(shutdown_signal()).await;
/// # Ok(())
/// # }
/// ```
///
/// The files are read again once they have changed. Connections that are open go on, and new ones get the new certificate. Files that
/// cannot be used are logged, and those that were read before stay in use.
#[derive(Clone, Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    clients: Option<Clients>,
    pub(super) handshake: Duration,
}

/// What is asked of clients.
#[derive(Clone, Debug)]
struct Clients {
    authorities: PathBuf,
    revoked: Vec<PathBuf>,
    is_optional: bool,
}

impl Tls {
    /// A certificate with those of the authorities in between, its own first, and its private key: both in PEM.
    pub fn files(certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> Self {
        let (certificate, key) = (certificate.as_ref().to_owned(), key.as_ref().to_owned());
        Self { certificate, key, clients: None, handshake: HANDSHAKE }
    }

    /// Requires a certificate of clients, signed by one of the authorities in this file. Without one there is no connection.
    ///
    /// A caller with a certificate is a [`Principal`](crate::Principal) with its subject and issuer, unless
    /// [`authenticate`](crate::Http::authenticate) says who calls; the claim `san` has the certificate's other names.
    #[must_use]
    pub fn client_ca(mut self, authorities: impl AsRef<Path>) -> Self {
        let authorities = authorities.as_ref().to_owned();
        let (revoked, is_optional) =
            self.clients.map_or_else(Default::default, |clients| (clients.revoked, clients.is_optional));
        self.clients = Some(Clients { authorities, revoked, is_optional });
        self
    }

    /// Lets in clients without a certificate, too, as callers that are not identified. One that is shown must be right. Goes with
    /// [`client_ca`](Self::client_ca).
    #[must_use]
    pub fn client_optional(mut self) -> Self {
        self.clients_mut().is_optional = true;
        self
    }

    /// Refuses client certificates that are in this list (CRL, in PEM or DER). Once there is a list, each authority in the chain of a
    /// certificate must have one that is not out of date, or the certificate is refused. Goes with [`client_ca`](Self::client_ca).
    #[must_use]
    pub fn client_crl(mut self, list: impl AsRef<Path>) -> Self {
        self.clients_mut().revoked.push(list.as_ref().to_owned());
        self
    }

    /// How long a handshake may take, from the moment the connection is accepted. After that the connection is closed. By default 10
    /// seconds.
    #[must_use]
    pub fn handshake_patience(mut self, patience: Duration) -> Self {
        self.handshake = patience;
        self
    }

    /// Reads the files, to find out whether they can be used.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn check(&self) -> Result<(), TlsError> {
        self.load().map(drop)
    }

    fn clients_mut(&mut self) -> &mut Clients {
        self.clients.get_or_insert_with(|| Clients {
            authorities: PathBuf::new(),
            revoked: Vec::new(),
            is_optional: false,
        })
    }

    /// The files that it is made of.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let clients = self.clients.iter();
        let of_clients = clients.flat_map(|clients| std::iter::once(&clients.authorities).chain(&clients.revoked));
        [&self.certificate, &self.key].into_iter().chain(of_clients).map(PathBuf::as_path)
    }

    /// Reads the files.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(super) fn load(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let mut files = Files::new();
        let chain = files.chain(&self.certificate, "certificate of the server");
        let key = files.key(&self.key, "private key of the server");
        let clients = self.clients.as_ref().and_then(|clients| clients.load(&mut files));
        let own = match (chain, key) {
            (Some(chain), Some(key)) => match CertifiedKey::from_der(chain, key, &provider()) {
                Ok(own) => Some(own),
                Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                    files.fault(
                        &self.key,
                        format_args!(
                            "it is not the key of {}; the first certificate there must be the server's own",
                            self.certificate.display()
                        ),
                    );
                    None
                }
                Err(rustls::Error::InvalidCertificate(error)) => {
                    files.fault(&self.certificate, format_args!("the first certificate cannot be used: {error}"));
                    None
                }
                Err(error) => {
                    files.fault(
                            &self.key,
                            format_args!("the key cannot be used: {error}; RSA from 2048 bits, ECDSA P-256 and P-384, and Ed25519 can"),
                        );
                    None
                }
            },
            _ => None,
        };
        let verifier = match (&self.clients, clients) {
            (None, _) => WebPkiClientVerifier::no_client_auth(),
            (Some(_), Some(verifier)) => verifier,
            (Some(_), None) => return Err(TlsError::new(files.faults)),
        };
        let Some(own) = own.filter(|_| files.faults.is_empty()) else { return Err(TlsError::new(files.faults)) };
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::new(vec![error.to_string()]))?;
        let mut config = builder
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(own)));
        config.alpn_protocols = http_protocols();
        Ok(Arc::new(config))
    }

    /// Tells of what does not keep a server from starting, and should not be so.
    pub(crate) fn warn(&self) {
        let path = self.certificate.display();
        let leaf = files::read(&self.certificate).ok().and_then(|bytes| CertificateDer::from_pem_slice(&bytes).ok());
        if let Some(parsed) = leaf.as_deref().and_then(Parsed::read) {
            let now = SystemTime::now();
            match (parsed.not_before, parsed.not_after) {
                (_, Some(end)) if end < now => {
                    log::event!(
                        WARN,
                        "{path}: the certificate has expired on {}, and clients refuse it; renew it",
                        moment::write(end)
                    );
                }
                (Some(begin), _) if begin > now => {
                    log::event!(
                        WARN,
                        "{path}: the certificate is not valid before {}; check this machine's clock",
                        moment::write(begin)
                    );
                }
                _ => {}
            }
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;

            if std::fs::metadata(&self.key).is_ok_and(|metadata| metadata.permissions().mode() & 0o007 != 0) {
                log::event!(
                    WARN,
                    "{0}: everybody on this machine can read the key; `chmod o= {0}` ends that",
                    self.key.display()
                );
            }
        }
    }
}

impl Clients {
    fn load(&self, files: &mut Files) -> Option<Arc<dyn rustls::server::danger::ClientCertVerifier>> {
        if self.authorities.as_os_str().is_empty() {
            files.faults.push(
                "client certificates: their authorities are missing; name them with `client_ca`, or --tls-client-ca"
                    .to_owned(),
            );
            return None;
        }
        let before = files.faults.len();
        let mut roots = RootCertStore::empty();
        files.roots(&self.authorities, &mut roots);
        let lists: Vec<_> = self.revoked.iter().map(|path| (path, files.crls(path))).collect();
        if files.faults.len() > before {
            return None;
        }
        let roots = Arc::new(roots);
        // Each list by itself, so that the one that is wrong is named.
        for (path, lists) in &lists {
            let alone = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), provider());
            if let Err(VerifierBuilderError::InvalidCrl(error)) = alone.with_crls(lists.iter().cloned()).build() {
                files.fault(path, list_fault(&error));
            }
        }
        let builder = WebPkiClientVerifier::builder_with_provider(roots, provider())
            .with_crls(lists.into_iter().flat_map(|(_, lists)| lists))
            .enforce_revocation_expiration();
        let builder = if self.is_optional { builder.allow_unauthenticated() } else { builder };
        match builder.build() {
            Ok(verifier) => Some(verifier),
            Err(VerifierBuilderError::InvalidCrl(_)) => None,
            Err(error) => {
                files.fault(&self.authorities, error);
                None
            }
        }
    }
}

fn list_fault(error: &CertRevocationListError) -> String {
    match error {
        CertRevocationListError::ParseError | CertRevocationListError::Other(_) => {
            "it is not a list of revoked certificates; `openssl crl -in FILE -text` shows one".to_owned()
        }
        error => format!("the list of revoked certificates cannot be used: {error:?}"),
    }
}
