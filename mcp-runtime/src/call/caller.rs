//! Who calls, and how to speak to them.

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
            http: None,
        }
    }

    /// Nobody: a unit test.
    pub(crate) fn nobody() -> Self {
        Self::new(Arc::new(Silence))
    }
}
