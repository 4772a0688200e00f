//! Certificates that are made for a test: good ones, and such as nobody should take.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SanType, SerialNumber,
    date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// An authority that signs certificates.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its key.
pub struct Leaf {
    /// The certificate, in PEM.
    pub pem: String,
    /// The private key, in PEM.
    pub key: String,
    /// The certificate, in DER.
    pub der: CertificateDer<'static>,
    serial: SerialNumber,
}

/// How a certificate differs from others.
type Differs<'a> = &'a dyn Fn(&mut CertificateParams);

impl Authority {
    /// An authority of this name.
    ///
    /// # Panics
    /// Where there is no randomness to be had.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        Self { issuer: CertifiedIssuer::self_signed(params, key).expect("a certificate") }
    }

    /// Its own certificate, in PEM.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// The certificate of a server.
    ///
    /// # Panics
    /// Where a name is none of a host.
    pub fn server(&self, hosts: &[&str]) -> Leaf {
        self.leaf(hosts, ExtendedKeyUsagePurpose::ServerAuth, &|_| {})
    }

    /// The certificate of a server, which is over since long ago.
    ///
    /// # Panics
    /// Where a name is none of a host.
    pub fn expired_server(&self, hosts: &[&str]) -> Leaf {
        self.leaf(hosts, ExtendedKeyUsagePurpose::ServerAuth, &expire)
    }

    /// The certificate of a client: `CN=name,O=Example`, with a host and a URI beside it.
    ///
    /// # Panics
    /// Where the name is none of a host.
    pub fn client(&self, name: &str) -> Leaf {
        self.leaf(&[name], ExtendedKeyUsagePurpose::ClientAuth, &|params| named(params, name))
    }

    /// The certificate of a client, which is over since long ago.
    ///
    /// # Panics
    /// Where the name is none of a host.
    pub fn expired_client(&self, name: &str) -> Leaf {
        self.leaf(&[name], ExtendedKeyUsagePurpose::ClientAuth, &|params| {
            named(params, name);
            expire(params);
        })
    }

    fn leaf(&self, hosts: &[&str], purpose: ExtendedKeyUsagePurpose, differs: Differs<'_>) -> Leaf {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).expect("names of hosts");
        let serial = SerialNumber::from(SERIAL.fetch_add(1, Ordering::Relaxed));
        params.serial_number = Some(serial.clone());
        params.extended_key_usages = vec![purpose];
        params.use_authority_key_identifier_extension = true;
        differs(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Leaf { pem: certificate.pem(), key: key.serialize_pem(), der: certificate.der().clone(), serial }
    }

    /// The list of certificates that it has revoked, in PEM.
    ///
    /// # Panics
    /// Where it cannot be signed.
    pub fn revokes(&self, revoked: &[&Leaf]) -> String {
        self.list(revoked, 2100)
    }

    /// A list that is out of date.
    ///
    /// # Panics
    /// Where it cannot be signed.
    pub fn revokes_no_more(&self) -> String {
        self.list(&[], 2001)
    }

    fn list(&self, revoked: &[&Leaf], until: i32) -> String {
        let revoked = revoked.iter().map(|leaf| RevokedCertParams {
            serial_number: leaf.serial.clone(),
            revocation_time: date_time_ymd(2000, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2000, 1, 1),
            next_update: date_time_ymd(until, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).and_then(|list| list.pem()).expect("a list")
    }

    /// A client that trusts this authority alone.
    ///
    /// # Panics
    /// Where the certificate is none.
    pub fn trusting(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        Arc::new(builder.expect("suites").with_root_certificates(roots).with_no_client_auth())
    }
}

fn expire(params: &mut CertificateParams) {
    (params.not_before, params.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(2001, 2, 3));
}

fn named(params: &mut CertificateParams, name: &str) {
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Example");
    params.distinguished_name.push(DnType::CommonName, name);
    let uri = format!("spiffe://example.org/{name}").try_into().expect("ASCII");
    params.subject_alt_names.extend([SanType::URI(uri), SanType::IpAddress(IpAddr::from([10, 0, 0, 1]))]);
}

/// A folder that is removed in the end.
pub struct Folder(PathBuf);

impl Folder {
    /// An empty folder.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("mcp-{name}-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).expect("it can be made");
        Self(path)
    }

    /// A file in it.
    pub fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    /// Writes a file.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn text(&self, file: &str, text: &str) -> PathBuf {
        let path = self.path(file);
        replace(&path, text);
        path
    }

    /// Writes a certificate and its key: `NAME.pem` and `NAME.key`.
    ///
    /// # Panics
    /// Where they cannot be written.
    pub fn write(&self, name: &str, leaf: &Leaf) {
        self.text(&format!("{name}.pem"), &leaf.pem);
        let key = self.text(&format!("{name}.key"), &leaf.key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;

            std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
        }
        #[cfg(not(unix))]
        drop(key);
    }
}

/// Nobody sees a file that is half written.
fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, text).expect("it can be written");
    std::fs::rename(&new, path).expect("it can be renamed");
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
