//! What functions and servers say of who may use what.

use super::binder::Binder;
use crate::call::{Handler, PrincipalCheck};

/// What holds for items of which nothing is declared: [`ServerBuilder::policy_default`](crate::ServerBuilder::policy_default).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyDefault {
    /// Nobody may use them.
    Deny,
    /// Everyone may use them.
    Allow,
}

/// What a function says of who may use it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) scopes: &'static [&'static str],
    pub(crate) roles: &'static [&'static str],
    pub(crate) is_public: bool,
    /// `policy = may_refund`
    pub(crate) guard: Option<fn(&mut Binder<'_>) -> Option<Guard>>,
}

impl Rules {
    pub(crate) const NONE: Self = Self { scopes: &[], roles: &[], is_public: false, guard: None };

    pub(super) fn say_anything(&self) -> bool {
        self.is_public || !self.scopes.is_empty() || !self.roles.is_empty() || self.guard.is_some()
    }
}

/// A function that was named by `policy = …`, bound to its state.
pub struct Guard {
    /// What it says of a caller.
    pub(super) shows: Option<PrincipalCheck>,
    /// What it says of a call.
    pub(super) check: Option<Handler>,
}

impl Guard {
    /// One that says something of a caller, and perhaps of a call.
    pub(crate) fn of_principal(shows: PrincipalCheck, check: Handler) -> Self {
        Self { shows: Some(shows), check: Some(check) }
    }

    /// One that says something of a call.
    pub fn of_call(check: Handler) -> Self {
        Self { shows: None, check: Some(check) }
    }
}
