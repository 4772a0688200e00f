//! Who calls, and how to speak to them.

#[cfg(feature = "http")]
use std::net::IpAddr;
use std::sync::{Arc, Weak};

use super::ask::Asker;
use super::extension::Extensions;
use super::outlet::{Outlet, Silence};
use super::principal::Principal;

/// Who calls, and how to speak to them: what a call has of the transport it came on.
#[derive(Clone)]
pub(crate) struct Caller {
    /// Where notifications go.
    pub(crate) outlet: Arc<dyn Outlet>,
    pub(crate) principal: Principal,
    /// Who can be asked: a session.
    pub(crate) asker: Option<Weak<dyn Asker>>,
    pub(crate) extensions: Extensions,
    /// The address of a client that is known by nothing else.
    #[cfg(feature = "http")]
    pub(crate) address: Option<IpAddr>,
    /// The HTTP request that brought the call, without its body.
    #[cfg(feature = "http")]
    pub(crate) http: Option<Arc<http::request::Parts>>,
}

impl Caller {
    /// Somebody who listens there.
    pub(crate) fn new(outlet: Arc<dyn Outlet>) -> Self {
        Self {
            outlet,
            principal: Principal::anonymous(),
            asker: None,
            extensions: Extensions::default(),
            #[cfg(feature = "http")]
            address: None,
            #[cfg(feature = "http")]
            http: None,
        }
    }

    /// A name for whoever calls, as far as that is known: what one keeps makes room for what they keep, and not for others'.
    pub(crate) fn owner(&self) -> String {
        if let Some(subject) = self.principal.subject() {
            return format!("subject/{subject}");
        }
        #[cfg(feature = "http")]
        if let Some(address) = self.address {
            return format!("address/{address}");
        }
        String::new()
    }

    /// Nobody: a unit test.
    pub(crate) fn nobody() -> Self {
        Self::new(Arc::new(Silence))
    }
}
