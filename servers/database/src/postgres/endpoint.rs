//! Where the database is, and how connections to it are secured: what a URL says.

use mcp_runtime::prelude::*;
use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::tls::Tls;

/// What a URL says.
#[derive(Clone)]
pub struct Endpoint {
    /// It knows nothing of TLS: the client library gets streams that are secured already.
    pub config: Config,
    pub tls: Tls,
}

impl Endpoint {
    /// # Errors
    /// The URL is none. What is wrong with it is told without the URL, which may have a password.
    pub fn read(url: &str) -> Result<Self> {
        let failed = |why: &dyn std::fmt::Display| Error::new(format!("the URL of the database: {why}"));
        // A password may have a question mark.
        let (place, query) = url.find('@').map_or(("", url), |at| url.split_at(at));
        let (host, query) = query.split_once('?').unwrap_or((query, ""));
        let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let wanted = match name {
                "sslmode" => &mut mode,
                "sslrootcert" => &mut roots,
                _ => {
                    rest.push(parameter);
                    continue;
                }
            };
            *wanted = Some(percent_decode_str(value).decode_utf8().map_err(|why| failed(&why))?);
        }
        let mut config: Config = format!("{place}{host}?{}", rest.join("&")).parse().map_err(|why| failed(&why))?;
        config.application_name("mcp-database").ssl_mode(SslMode::Disable);
        let tls = Tls::new(mode.as_deref(), roots.as_deref()).map_err(|why| failed(&why))?;
        Ok(Self { config, tls })
    }
}
