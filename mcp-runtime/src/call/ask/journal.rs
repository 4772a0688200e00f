//! What a call remembers from round to round (`basic/patterns/mrtr`).

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use mcp_proto::Version;
use mcp_proto::wire::Request;
use serde_json::value::RawValue;

use super::canonical::canonical;
use crate::call::{Principal, Scope};
use crate::vault::Vault;

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
    pub(super) fn open(call: &Binding<'_>, state: &str) -> Option<Self> {
        let shared = &call.scope.shared;
        // Too long to be one of ours: it need not be decoded to know that.
        let state = Some(state).filter(|state| state.len() <= Vault::sealed_len(shared.asking.most_bytes))?;
        let plain = shared.vault.open(state, &call.bytes())?;
        let journal = Self::read(std::str::from_utf8(&plain).ok()?)?;
        (journal.until > now()).then_some(journal)
    }

    /// Seals it for the next round.
    pub(super) fn seal(&mut self, call: &Binding<'_>) -> Result<String, Unsealed> {
        let shared = &call.scope.shared;
        self.until = now().saturating_add(shared.asking.expiry.as_secs());
        let plain = self.json();
        if plain.len() > shared.asking.most_bytes {
            return Err(Unsealed::TooLarge(plain.len()));
        }
        shared.vault.seal(&plain, &call.bytes()).map_err(|_| Unsealed::NoRandomness)
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

/// The call that a journal belongs to: nobody else's call, and no other call, can go on with it.
pub(super) struct Binding<'a> {
    pub(super) scope: &'a Scope,
    pub(super) request: &'a Request,
    pub(super) version: Version,
    pub(super) principal: &'a Principal,
}

impl Binding<'_> {
    /// Who calls whom, and what with which arguments, in whatever order and spacing a client writes them.
    fn bytes(&self) -> Vec<u8> {
        let Self { scope, request, principal, .. } = self;
        let mut arguments = String::new();
        canonical(&mut arguments, request.arguments_json(), 0);
        // A list of texts is read in one way only.
        let (server, method) = (&*scope.name, request.method.as_str());
        let parts = (server, principal.subject(), method, request.name(), request.uri(), arguments);
        serde_json::to_vec(&parts).unwrap_or_default()
    }
}
