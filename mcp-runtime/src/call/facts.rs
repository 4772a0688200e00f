//! What is known of the other side.

use std::any::{Any, TypeId};
use std::net::IpAddr;
use std::sync::Arc;

use super::principal::Principal;

/// What is known of the other side of a connection, or of a request, on any transport.
pub(crate) struct Facts<H: ?Sized = dyn Any + Send + Sync> {
    pub(crate) principal: Principal,
    pub(crate) extensions: Extensions,
    /// The address of the client, where the transport knows one.
    pub(crate) address: Option<IpAddr>,
    /// What the transport itself knows: on HTTP the request, without its body.
    // Nothing else has one yet.
    #[cfg_attr(not(feature = "http"), allow(dead_code))]
    pub(crate) head: H,
}

impl<H> Facts<H> {
    /// A caller of whom the transport knows this.
    pub(crate) fn new(principal: Principal, head: H) -> Self {
        Self { principal, extensions: Extensions::default(), address: None, head }
    }
}

impl Facts {
    /// A caller of whom no more is known.
    pub(crate) fn of(principal: Principal) -> Arc<Self> {
        Arc::new(Facts::<()>::new(principal, ()))
    }

    /// What the transport knows, if it is of this kind.
    #[cfg(feature = "http")]
    pub(crate) fn head<H: 'static>(&self) -> Option<&H> {
        self.head.downcast_ref()
    }
}

/// Values that come with a call, one of a type. There are few, so they are looked through.
#[derive(Clone, Default)]
pub(crate) struct Extensions(Vec<(TypeId, Arc<dyn Any + Send + Sync>)>);

impl Extensions {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.0.retain(|(kind, _)| *kind != TypeId::of::<T>());
        self.0.push((TypeId::of::<T>(), Arc::new(value)));
    }

    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        let (_, value) = self.0.iter().find(|(kind, _)| *kind == TypeId::of::<T>())?;
        value.downcast_ref()
    }
}
