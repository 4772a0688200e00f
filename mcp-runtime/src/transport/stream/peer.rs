//! What is known of the other side of a stream.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::call::{Extensions, Facts, Principal};

/// What a [`Transport`](super::Transport) knows of the other side of its connection.
///
/// ```
/// use mcp_runtime::Principal;
/// use mcp_runtime::transport::PeerInfo;
///
/// /// Handlers find it by `ctx.extension::<Rack>()`.
/// struct Rack(u8);
///
/// let peer = PeerInfo::new("serial").name("/dev/ttyS0").principal(Principal::new("operator")).extension(Rack(7));
/// assert_eq!(peer.to_string(), "/dev/ttyS0");
/// ```
pub struct PeerInfo {
    transport: &'static str,
    name: Option<String>,
    principal: Option<Principal>,
    address: Option<IpAddr>,
    extensions: Extensions,
}

impl PeerInfo {
    /// Nothing is known but the kind of transport, such as `serial`: it is told in logs.
    pub fn new(transport: &'static str) -> Self {
        Self { transport, name: None, principal: None, address: None, extensions: Extensions::default() }
    }

    /// What the other side is called in logs: an address, or the name of a device.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Its address, which also is its name unless it has one. Handlers find it as a [`SocketAddr`] by
    /// [`Ctx::extension`](crate::Ctx::extension).
    #[must_use]
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.name.get_or_insert_with(|| address.to_string());
        self.address = Some(address.ip());
        self.extension(address)
    }

    /// Who it is, where the transport has found that out: policies and handlers see this [`Principal`]. Otherwise it is the
    /// [principal of the builder](crate::ServerBuilder::principal), which is anonymous by default. When the principal expires, the
    /// connection ends.
    #[must_use]
    pub fn principal(mut self, principal: Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    /// A value that handlers find by [`Ctx::extension`](crate::Ctx::extension), one of each type.
    #[must_use]
    pub fn extension<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(value);
        self
    }

    /// The kind of transport.
    pub(crate) fn transport(&self) -> &'static str {
        self.transport
    }

    /// As calls see it. Who is not identified is taken for `otherwise`.
    pub(crate) fn into_facts(self, otherwise: Principal) -> Arc<Facts> {
        let Self { principal, address, extensions, .. } = self;
        Arc::new(Facts::<()> { extensions, address, ..Facts::new(principal.unwrap_or(otherwise), ()) })
    }
}

/// What the other side is called: its name, or else the kind of transport.
impl fmt::Display for PeerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_deref().unwrap_or(self.transport))
    }
}

impl fmt::Debug for PeerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { transport, name, principal, .. } = self;
        let mut shown = f.debug_struct("PeerInfo");
        shown.field("transport", transport).field("name", name).field("principal", principal).finish_non_exhaustive()
    }
}
