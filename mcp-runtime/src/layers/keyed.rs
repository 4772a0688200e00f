//! Whose calls are counted together.

use std::hash::{BuildHasher, Hash, RandomState};

use super::Call;
use crate::call::Ctx;

/// What tells the calls apart that a limit counts separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Per {
    /// Nothing: all are counted together.
    Server,
    /// The issuer and subject of the principal; of anonymous ones the address.
    Principal,
    /// The address of the client.
    Address,
    /// The session; where there is none, the principal.
    Session,
    /// The tool, resource or prompt.
    Tool,
}

/// Names of callers and tools, each as a number of its own: it needs no memory, however long the name is.
///
/// The hashes are keyed at random, so that nobody can choose a name that is counted with another's; among a million names two are the
/// same with a probability of 10⁻²⁷.
#[derive(Debug, Default)]
pub(super) struct Keys(RandomState, RandomState);

impl Keys {
    /// The number of what a call is counted with.
    pub(super) fn of(&self, per: Per, call: &Call) -> u128 {
        let ctx = call.ctx();
        match per {
            Per::Server => 0,
            Per::Principal => self.principal(ctx),
            Per::Address => self.address(ctx),
            Per::Session => ctx.session().map_or_else(|| self.principal(ctx), |session| self.hash(('s', session.id()))),
            Per::Tool => self.hash(('t', call.method(), call.declared())),
        }
    }

    fn principal(&self, ctx: &Ctx) -> u128 {
        ctx.principal().identity().map_or_else(|| self.address(ctx), |identity| self.hash(('p', identity)))
    }

    fn address(&self, ctx: &Ctx) -> u128 {
        self.hash(('a', ctx.client_address()))
    }

    fn hash(&self, name: impl Hash) -> u128 {
        u128::from(self.0.hash_one(&name)) << 64 | u128::from(self.1.hash_one(&name))
    }
}
