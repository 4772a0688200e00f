//! Who calls, and how to speak to them.

#[cfg(feature = "http")]
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::{Arc, Weak};

use super::ask::Asker;
use super::facts::Facts;
use super::outlet::Outlet;

/// Who calls, and how to speak to them: what a call has of the transport it came on.
#[derive(Clone)]
pub(crate) struct Caller {
    /// Where notifications go.
    pub(crate) outlet: Arc<dyn Outlet>,
    /// Who can be asked: a session.
    pub(crate) asker: Option<Weak<dyn Asker>>,
    /// Who it is.
    pub(crate) facts: Arc<Facts>,
    /// The address of the client, or its network, if it is known.
    #[cfg(feature = "http")]
    pub(crate) address: Option<IpAddr>,
}

/// A caller as calls have it: those of one connection share it, which is one count instead of three; one that calls once has it by
/// itself, which is free of an allocation.
#[derive(Clone)]
pub(crate) enum HeldCaller {
    Own(Caller),
    Shared(Arc<Caller>),
}

impl Deref for HeldCaller {
    type Target = Caller;

    #[inline]
    fn deref(&self) -> &Caller {
        match self {
            Self::Own(caller) => caller,
            Self::Shared(caller) => caller,
        }
    }
}

impl HeldCaller {
    /// The caller, if nobody else has it.
    pub(super) fn get_mut(&mut self) -> Option<&mut Caller> {
        match self {
            Self::Own(caller) => Some(caller),
            Self::Shared(caller) => Arc::get_mut(caller),
        }
    }
}

impl Caller {
    /// Somebody who listens there.
    pub(crate) fn new(outlet: Arc<dyn Outlet>, facts: Arc<Facts>) -> Self {
        Self {
            outlet,
            asker: None,
            facts,
            #[cfg(feature = "http")]
            address: None,
        }
    }

    /// The name under which what is kept for the caller is counted: while there is too little room, the owner of most bytes
    /// loses the oldest.
    ///
    /// Callers that nothing tells apart share one name: anonymous ones on this machine, where a proxy may speak for many, and
    /// all on streams. It gives none of them access to what another has: a record is found only with its round's
    /// `requestState`, which is sealed, and drawn at random for each round. What they share is the room: many rounds of
    /// one may push out older records of another, whose steps are then taken again if it sends its round again. The name is
    /// not that of the connection, because a client can open as many of those as it likes, each with few bytes.
    pub(crate) fn owner(&self) -> String {
        if let Some(owner) = self.facts.principal.owner() {
            return owner;
        }
        #[cfg(feature = "http")]
        if let Some(address) = self.address {
            return format!("address/{address}");
        }
        String::new()
    }
}

#[cfg(all(test, feature = "http"))]
mod tests {
    use super::super::outlet::Silence;
    use super::super::principal::Principal;
    use super::*;

    #[test]
    fn what_is_kept_is_counted_by_principal_and_by_address_where_there_is_none() {
        let at = |principal, last| Caller {
            address: Some(IpAddr::from([203, 0, 113, last])),
            ..Caller::new(Arc::new(Silence), Facts::of(principal))
        };
        let ada = || Principal::new("ada");
        assert_eq!(at(ada(), 1).owner(), at(ada(), 2).owner());
        assert_ne!(at(ada(), 1).owner(), at(Principal::new("eve"), 1).owner());
        let of = |issuer, subject| at(Principal::new(subject).with_issuer(issuer), 1).owner();
        assert_ne!(of("one", "ada"), at(ada(), 1).owner());
        assert_ne!(of("one", "ada"), of("two", "ada"));
        assert_ne!(of("one/a", "da"), of("one", "a/da"));
        assert_ne!(at(Principal::anonymous(), 1).owner(), at(Principal::anonymous(), 2).owner());
        let nobody = || Caller::new(Arc::new(Silence), Facts::of(Principal::anonymous()));
        assert_eq!(nobody().owner(), nobody().owner());
    }
}
