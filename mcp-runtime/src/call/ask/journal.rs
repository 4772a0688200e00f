//! What a call remembers from round to round (`basic/patterns/mrtr`).

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::value::RawValue;

use super::canonical::canonical;
use crate::call::Ctx;
use crate::vault::Vault;

/// What is allowed to calls that ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// How long a client may take for a round.
    pub(crate) expiry: Duration,
    /// The most bytes a journal may have: it travels with every round.
    pub(crate) most_bytes: usize,
    /// How long a question in a session waits for its answer.
    pub(crate) patience: Duration,
    /// How long it waits for a client that is gone.
    pub(crate) grace: Duration,
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            expiry: Duration::from_secs(30 * 60),
            most_bytes: 256 * 1024,
            // Long enough for a person who has to look something up.
            patience: Duration::from_secs(10 * 60),
            // Clients that lose a connection are back within seconds.
            grace: Duration::from_secs(60),
        }
    }
}

/// What a call remembers from round to round: answers, the values of steps that were taken once, and what was asked last.
/// It travels through the client, sealed.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// Until when it may come back, in seconds since 1970.
    until: u64,
    /// Answers that were used, by key.
    pub(super) answers: BTreeMap<String, Box<RawValue>>,
    /// What steps gave that are taken once, by key.
    pub(super) steps: BTreeMap<String, Box<RawValue>>,
    /// The keys that were asked in the last round.
    pub(super) asked: Vec<String>,
    /// What handlers that ask by hand keep, by what their keys begin with.
    pub(super) own: BTreeMap<String, Box<RawValue>>,
    /// How often an answer did not fit, by key.
    pub(super) misfits: Vec<(String, u32)>,
}

/// Why a journal could not be sealed.
#[derive(Debug)]
pub(super) enum Unsealed {
    TooLarge(usize),
    NoRandomness,
}

impl Journal {
    /// Opens what an earlier round of this very call gave out. `None` where it was changed, is another call's or another
    /// principal's, or came too late.
    pub(super) fn open(ctx: &Ctx, state: &str) -> Option<Self> {
        // Too long to be one of ours: it need not be decoded to know that.
        let state =
            Some(state).filter(|state| state.len() <= Vault::sealed_len(ctx.scope().shared.asking.most_bytes))?;
        let plain = ctx.scope().shared.vault.open(state, &binding(ctx))?;
        let journal = Self::read(std::str::from_utf8(&plain).ok()?)?;
        (journal.until > now()).then_some(journal)
    }

    /// Seals it for the next round.
    pub(super) fn seal(&mut self, ctx: &Ctx) -> Result<String, Unsealed> {
        let Allowance { expiry, most_bytes, .. } = ctx.scope().shared.asking;
        self.until = now().saturating_add(expiry.as_secs());
        let plain = self.json();
        if plain.len() > most_bytes {
            return Err(Unsealed::TooLarge(plain.len()));
        }
        ctx.scope().shared.vault.seal(&plain, &binding(ctx)).map_err(|_| Unsealed::NoRandomness)
    }
}

impl Journal {
    // A list, which is read with a third of the code that an object with names takes.

    fn json(&self) -> Vec<u8> {
        let Self { until, answers, steps, asked, own, misfits } = self;
        // Text, numbers and JSON always serialize.
        serde_json::to_vec(&(until, answers, steps, asked, own, misfits)).unwrap_or_default()
    }

    fn read(json: &str) -> Option<Self> {
        let (until, answers, steps, asked, own, misfits) = serde_json::from_str(json).ok()?;
        Some(Self { until, answers, steps, asked, own, misfits })
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// What a journal belongs to: who calls whom, and what with which arguments, in whatever order and spacing a client writes
/// them.
fn binding(ctx: &Ctx) -> Vec<u8> {
    let request = &ctx.inner().request;
    let mut arguments = String::new();
    canonical(&mut arguments, request.arguments_json(), 0);
    let (server, subject) = (&*ctx.scope().name, ctx.principal().subject());
    // A list of texts is read in one way only.
    let parts = (server, subject, request.method.as_str(), request.name(), request.uri(), arguments);
    serde_json::to_vec(&parts).unwrap_or_default()
}
