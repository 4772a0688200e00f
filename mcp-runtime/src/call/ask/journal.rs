//! What a call remembers from round to round (`basic/patterns/mrtr`).

use std::time::{SystemTime, UNIX_EPOCH};

use mcp_proto::Version;
use mcp_proto::wire::{Member, Request, items, write_str};

use super::canonical::canonical;
use super::values::Values;
use crate::call::{Principal, Scope};
use crate::vault::Vault;

/// What a call remembers from round to round: answers, the values of steps that were taken once, and what was asked last.
/// It travels through the client, sealed.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// Until when it may come back, in seconds since 1970.
    until: u64,
    /// Answers that were used, by key.
    pub(super) answers: Values,
    /// What steps gave that are taken once, by key.
    pub(super) steps: Values,
    /// The keys that were asked in the last round.
    pub(super) asked: Vec<String>,
    /// What handlers that ask by hand keep, by what their keys begin with.
    pub(super) own: Values,
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
        let state = Some(state).filter(|state| state.len() <= Vault::sealed_text_len(shared.asking.most_bytes))?;
        let plain = shared.vault.open_text(state, &call.bytes())?;
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
        shared.vault.seal_text(&plain, &call.bytes()).map_err(|_| Unsealed::NoRandomness)
    }
}

impl Journal {
    // A list: the names of members would travel with every round.

    fn json(&self) -> Vec<u8> {
        let Self { until, answers, steps, asked, own, misfits } = self;
        let mut out = format!("[{until},").into_bytes();
        answers.write(&mut out);
        out.push(b',');
        steps.write(&mut out);
        out.push(b',');
        list(&mut out, asked.len(), &|out, at| write_str(out, &asked[at]));
        out.push(b',');
        own.write(&mut out);
        out.push(b',');
        list(&mut out, misfits.len(), &|out, at| {
            let (key, times) = &misfits[at];
            out.push(b'[');
            write_str(out, key);
            out.extend_from_slice(format!(",{times}]").as_bytes());
        });
        out.push(b']');
        out
    }

    fn read(json: &str) -> Option<Self> {
        let [until, answers, steps, asked, own, misfits] = items(json)?.try_into().ok()?;
        let text = |item: Member<'_>| item.text().map(Into::into);
        let misfit = |item: Member<'_>| {
            let [key, times] = items(item.json())?.try_into().ok()?;
            Some((text(key)?, times.json().parse().ok()?))
        };
        Some(Self {
            until: until.json().parse().ok()?,
            answers: Values::read(answers.json())?,
            steps: Values::read(steps.json())?,
            own: Values::read(own.json())?,
            asked: items(asked.json())?.into_iter().map(text).collect::<Option<_>>()?,
            misfits: items(misfits.json())?.into_iter().map(misfit).collect::<Option<_>>()?,
        })
    }
}

/// Writes a list of so many items.
fn list(out: &mut Vec<u8>, len: usize, item: &dyn Fn(&mut Vec<u8>, usize)) {
    out.push(b'[');
    for at in 0..len {
        if at > 0 {
            out.push(b',');
        }
        item(out, at);
    }
    out.push(b']');
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
        let parts = (server, principal.identity(), method, request.name(), request.uri(), arguments);
        serde_json::to_vec(&parts).unwrap_or_default()
    }
}
