//! What a server has of the package that it is of.

use super::builder::{NO_VERSION, ServerBuilder};

/// What `server!` and `run!` expand to: the package's version, description and home page, where the builder says nothing of its
/// own.
pub fn of_package(
    mut server: ServerBuilder,
    version: &'static str,
    description: &'static str,
    website_url: &'static str,
) -> ServerBuilder {
    let info = server.info_mut();
    if info.version == NO_VERSION {
        info.version = version.into();
    }
    let said = |text: &'static str| Some(text.into()).filter(|_| !text.is_empty());
    info.description = info.description.take().or_else(|| said(description));
    info.website_url = info.website_url.take().or_else(|| said(website_url));
    server
}
