//! Who calls, and how to speak to them.

use std::net::IpAddr;
use std::sync::{Arc, Weak};

use super::ask::Asker;
use super::facts::Facts;
use super::outlet::{Outlet, Silence};
use super::principal::Principal;

/// Who calls, and how to speak to them: what a call has of the transport it came on.
#[derive(Clone)]
pub(crate) struct Caller {
    /// Where notifications go.
    pub(crate) outlet: Arc<dyn Outlet>,
    /// Who can be asked: a session.
    pub(crate) asker: Option<Weak<dyn Asker>>,
    /// Who it is.
    pub(crate) facts: Arc<Facts>,
    /// The address of a client that is known by nothing else.
    pub(crate) address: Option<IpAddr>,
}

impl Caller {
    /// Somebody who listens there.
    pub(crate) fn new(outlet: Arc<dyn Outlet>, facts: Arc<Facts>) -> Self {
        Self { outlet, asker: None, facts, address: None }
    }

    /// A name for whoever calls, as far as that is known: what one keeps makes room for what they keep, and not for others'.
    pub(crate) fn owner(&self) -> String {
        if let Some(subject) = self.facts.principal.subject() {
            return format!("subject/{subject}");
        }
        if let Some(address) = self.address {
            return format!("address/{address}");
        }
        String::new()
    }

    /// Nobody: a unit test.
    pub(crate) fn nobody() -> Self {
        Self::new(Arc::new(Silence), Facts::of(Principal::anonymous()))
    }
}
