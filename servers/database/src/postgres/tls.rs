//! TLS, as `sslmode` and `sslrootcert` in the URL ask for it. They mean what they mean to libpq.

use std::io::{Error as IoError, Result as IoResult};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mcp_runtime::prelude::*;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::socket::Stream;

/// A client's wish for TLS: the length of the message, and 80877103 in place of a version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// What `sslrootcert` may say instead of a file.
const BUILT_IN: &str = "system";

/// How connections over TCP are secured. Unix sockets need nothing.
#[derive(Clone)]
pub struct Tls {
    /// `None`: they are not.
    connector: Option<TlsConnector>,
    /// Whether a server without TLS is refused.
    is_required: bool,
}

impl Tls {
    /// # Errors
    /// There is no such mode, or the certificates that it needs cannot be read.
    pub fn new(mode: Option<&str>, roots: Option<&str>) -> Result<Self> {
        let is_built_in = roots == Some(BUILT_IN);
        let roots = roots.map(PathBuf::from).or_else(usual_file);
        let mode = mode.unwrap_or(if is_built_in { "verify-full" } else { "prefer" });
        if is_built_in && mode != "verify-full" {
            // Anybody can have a certificate of such an authority, for another host.
            return Err(Error::new("sslrootcert=system goes with sslmode=verify-full"));
        }
        let connector = match (mode, roots) {
            ("disable", _) => None,
            ("prefer", _) | ("require", None) => Some(unverified(None)?),
            ("require" | "verify-ca", Some(file)) => Some(unverified(Some(&file))?),
            ("verify-full", Some(file)) => Some(verified(&file)?),
            ("verify-ca" | "verify-full", None) => {
                return Err(Error::new(format!(
                    "sslmode={mode} needs the certificate of an authority: write sslrootcert=FILE, or sslrootcert=system"
                )));
            }
            _ => {
                return Err(Error::new(format!(
                    "sslmode={mode} is unknown: write disable, prefer, require, verify-ca or verify-full"
                )));
            }
        };
        Ok(Self { connector, is_required: mode != "prefer" })
    }

    /// Asks the server for TLS, and goes on with it.
    ///
    /// # Errors
    /// The server has none, or a certificate that is not accepted.
    pub async fn secure(&self, mut stream: TcpStream, host: &str) -> IoResult<Box<dyn Stream>> {
        let Some(connector) = &self.connector else {
            return Ok(Box::new(stream));
        };
        stream.write_all(&SSL_REQUEST).await?;
        // One byte, and no more: what comes behind it belongs to the handshake.
        match stream.read_u8().await? {
            b'S' => {}
            b'N' if self.is_required => return Err(IoError::other("the server has no TLS, for which sslmode asks")),
            b'N' => return Ok(Box::new(stream)),
            _ => return Err(IoError::other("the server does not know of TLS")),
        }
        let name = ServerName::try_from(host.to_owned()).map_err(IoError::other)?;
        Ok(Box::new(connector.connect(name, stream).await?))
    }
}

/// Where libpq looks for the certificates of authorities, if there are any.
fn usual_file() -> Option<PathBuf> {
    let home = PathBuf::from(std::env::var_os("HOME")?);
    Some(home.join(".postgresql/root.crt")).filter(|file| file.exists())
}

/// Accepts certificates of the authorities for the host that is connected to.
fn verified(roots: &Path) -> Result<TlsConnector> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions()?.with_root_certificates(read(roots)?);
    Ok(TlsConnector::from(Arc::new(config.with_no_client_auth())))
}

/// Accepts certificates of the authorities for any host or, without authorities, every certificate.
fn unverified(roots: Option<&Path>) -> Result<TlsConnector> {
    let provider = Arc::new(ring::default_provider());
    let authorities = match roots {
        None => None,
        Some(roots) => {
            Some(WebPkiServerVerifier::builder_with_provider(read(roots)?.into(), Arc::clone(&provider)).build()?)
        }
    };
    let verifier = Arc::new(AnyHost { authorities, provider: Arc::clone(&provider) });
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn read(roots: &Path) -> Result<RootCertStore> {
    if roots == Path::new(BUILT_IN) {
        return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    }
    let failed = |why: &dyn std::fmt::Display| Error::new(format!("the certificates in {}: {why}", roots.display()));
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(roots).map_err(|why| failed(&why))? {
        store.add(certificate.map_err(|why| failed(&why))?).map_err(|why| failed(&why))?;
    }
    if store.is_empty() {
        return Err(failed(&"there is none"));
    }
    Ok(store)
}

/// Does not look at the name in a certificate: for `require` and `verify-ca`.
#[derive(Debug)]
struct AnyHost {
    /// `None`: whoever has signed it.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyHost {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let Some(authorities) = &self.authorities else {
            return Ok(ServerCertVerified::assertion());
        };
        match authorities.verify_server_cert(certificate, chain, host, ocsp, now) {
            // That is compared last, when all else is as it should be.
            Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
