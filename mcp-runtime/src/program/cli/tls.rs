//! The options that say how TLS is spoken.

use super::matches::Matches;
#[cfg(feature = "client")]
use super::remote::Failure;
use super::word::{Word, flag, option};
#[cfg(feature = "client")]
use crate::client::ClientTls;
use crate::tls::Tls;

/// The options of `serve`.
pub(super) const OPTIONS: &[Word] = &[
    option(
        "tls-cert",
        "FILE",
        "Speak HTTPS with this certificate and those of\nthe authorities in between, in PEM; it is read\nagain once it has \
         changed, or on SIGHUP",
    )
    .needing("http"),
    option("tls-key", "FILE", "The private key of the certificate, in PEM").needing("tls-cert"),
    option(
        "tls-client-ca",
        "FILE",
        "Require certificates of clients, signed by one\nof these authorities; whose it is calls",
    )
    .needing("tls-cert"),
    flag("tls-client-optional", "Let in clients without a certificate, too").needing("tls-client-ca"),
    option("tls-client-crl", "FILE", "Refuse client certificates that this list has\n(CRL)")
        .several()
        .needing("tls-client-ca"),
];

/// How `serve` speaks TLS, if it does.
///
/// # Errors
/// An option is missing.
pub(super) fn of_server(matches: &Matches) -> Result<Option<Tls>, &'static str> {
    let Some(certificate) = matches.values("tls-cert").last() else { return Ok(None) };
    let key = matches.values("tls-key").last().ok_or("--tls-cert needs its private key: --tls-key FILE")?;
    let tls = Tls::files(certificate, key);
    let Some(authorities) = matches.values("tls-client-ca").last() else { return Ok(Some(tls)) };
    let tls = matches.values("tls-client-crl").fold(tls.client_ca(authorities), Tls::client_crl);
    Ok(Some(if matches.has("tls-client-optional") { tls.client_optional() } else { tls }))
}

/// The options of `mcp`, named as those of curl.
#[cfg(feature = "client")]
pub(super) const CONNECTION: &[Word] = &[
    option("cacert", "FILE", "Trust servers that these authorities vouch for\n(PEM), and no others").several(),
    option("cert", "FILE", "Show this certificate to the server (PEM)"),
    option("key", "FILE", "Its private key; without, the same file has it").needing("cert"),
    option("pinnedpubkey", "HASH", "Take only a server with this key, as\nsha256//BASE64").several(),
];

/// Which servers `mcp` trusts.
///
/// # Errors
/// Everything that is wrong with the files.
#[cfg(feature = "client")]
pub(super) fn of_client(matches: &Matches) -> Result<ClientTls, Failure> {
    let tls = matches.values("cacert").fold(ClientTls::new(), ClientTls::ca_file);
    let tls = match matches.values("cert").last() {
        Some(certificate) => tls.certificate_files(certificate, matches.values("key").last().unwrap_or(certificate)),
        None => tls,
    };
    let tls = matches.values("pinnedpubkey").fold(tls, ClientTls::pin);
    tls.check().map_err(|error| Failure::usage(error.to_string()))?;
    Ok(tls)
}
