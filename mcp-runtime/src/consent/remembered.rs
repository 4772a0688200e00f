//! Which answers hold for a call, and for how long an answer to it could.

use super::book::Book;
use super::record::{Kept, Permission, now};
use crate::call::Ctx;
use crate::questions::Offers;
use crate::vault::fingerprint;

/// An answer that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Allowed,
    Denied,
}

/// How long an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    ForSession,
    /// Until it expires, whatever the session, where the caller has a name.
    Always,
}

/// The longest name of what an answer is about. Beyond it an answer holds once.
const LONGEST_RESOURCE: usize = 1024;

/// A call that could be like others.
pub(super) struct Remembered<'a> {
    ctx: &'a Ctx,
    book: Book,
    /// What an answer would be about.
    resource: &'a str,
    /// The principal, if it has a name.
    principal: Option<String>,
    /// The session of the client, or its connection.
    session: Option<String>,
}

impl<'a> Remembered<'a> {
    /// `None` where no answer holds for more than one call.
    pub(super) fn of(ctx: &'a Ctx, resource: Option<&'a str>) -> Option<Self> {
        let resource = resource.filter(|resource| resource.len() <= LONGEST_RESOURCE)?;
        let principal = ctx.principal().owner();
        let session = ctx.connection_id().map(|id| fingerprint(id.as_bytes()));
        Some(Self { ctx, book: Book::of(ctx.scope()), resource, principal, session })
    }

    pub(super) fn offers(&self) -> Offers {
        Offers { session: self.session.is_some(), always: self.principal.is_some() }
    }

    /// The answer that there is already. A no counts more than a yes.
    pub(super) async fn known(&self) -> Option<Known> {
        let owner = self.owner()?;
        let (method, target) = self.operation();
        let is_it = |kept: &Kept| {
            kept.method == method
                && kept.target == target
                && kept.resource == self.resource
                && kept.session.as_ref().is_none_or(|session| self.session.as_ref() == Some(session))
        };
        let answers = self.book.list(&owner).await;
        let denials = answers.iter().filter(|answer| is_it(&answer.kept)).map(|answer| answer.kept.denies);
        denials.max().map(|denies| if denies { Known::Denied } else { Known::Allowed })
    }

    /// Remembers that calls like this one may run, or may not.
    pub(super) async fn remember(&self, answer: Known, holds: Holds) {
        let for_session = holds == Holds::ForSession || self.principal.is_none();
        let Some(owner) = self.owner() else { return };
        let limits = &self.ctx.scope().shared.consent;
        let expiry = if for_session { limits.session_expiry.min(limits.expiry) } else { limits.expiry };
        let ((method, target), now) = (self.operation(), now());
        let principal = self.ctx.principal();
        let kept = Kept {
            issuer: principal.issuer().map(str::to_owned),
            subject: principal.subject().map(str::to_owned),
            session: self.session.clone().filter(|_| for_session),
            method: method.to_owned(),
            target: target.to_owned(),
            resource: self.resource.to_owned(),
            denies: answer == Known::Denied,
            given: now,
            until: now.saturating_add(expiry.as_secs()),
        };
        // Nobody's answer must not become everybody's.
        if kept.subject.is_some() || kept.session.is_some() {
            self.book.add(Permission { owner, kept }).await;
        }
    }

    /// Under which name answers are kept: the principal's or, without one, the session's.
    fn owner(&self) -> Option<String> {
        self.principal.clone().or_else(|| self.session.as_ref().map(|session| format!("session/{session}")))
    }

    fn operation(&self) -> (&str, &str) {
        let inner = self.ctx.inner();
        (inner.request.method.as_str(), inner.entry.as_ref().map_or("", |entry| &entry.name))
    }
}
