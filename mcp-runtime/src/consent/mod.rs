//! Consent: a person is asked before a function runs, and the function does not run if they say no, or cannot be asked.
//!
//! The question is part of the function as the server binds it ([`Asking`](crate::call::Asking)): it comes after policy and layers,
//! and sees the arguments that the function will get. It is a question of the call like any other, in both eras.

mod book;
mod manager;
mod record;
mod remembered;
mod shown;

pub use manager::PermissionManager;
pub use record::Permission;

use std::sync::Arc;

use mcp_proto::wire::{Method, Reply};

use crate::args::misfit;
use crate::call::{
    Answer, AskError, Asking, Call, Capability, ConsentRule, Consents, Ctx, Decided, Handler, Question as _,
};
use crate::log;
use crate::output::{Error, FORBIDDEN, callers_fault};
use crate::questions::{Consented, Offers, consent};
use crate::redact::Redaction;
use crate::store::Pending;

use self::remembered::{Holds, Known, Remembered};
pub(crate) use self::shown::names;
use self::shown::{Showing, Shown};

/// Why a call is denied whose client declares no questions. The command line finds this in the answer, and adds how to answer.
pub(crate) const CANNOT_ASK: &str = "this client cannot ask the user (it does not declare `elicitation`)";

/// Puts the question before a function.
pub const ASKING: Asking = Asking(|rule, handler| {
    let named = rule.text.as_deref().map(names).unwrap_or_default();
    let consent = Arc::new(Consent { rule, named, redaction: Redaction::default() });
    let asking = Arc::clone(&consent);
    let handler = Handler::asynchronous(move |call| Arc::clone(&asking).run(call, handler.clone()));
    (handler, consent)
});

/// What asks for the consent to one function's calls.
#[derive(Debug)]
struct Consent {
    rule: ConsentRule,
    /// The arguments that the author's words name.
    named: Box<[Box<str>]>,
    redaction: Redaction,
}

impl Consent {
    /// Runs a function, if it may run.
    async fn run(self: Arc<Self>, call: Call, handler: Handler) -> Reply {
        // Nobody is asked about what cannot be done.
        if let Some(misfit) = misfit(&call) {
            return misfit;
        }
        if let Err(why) = self.decide(call.ctx()).await {
            // What the call around it has done by then is done.
            let done = match call.ctx().inner().is_within() {
                true => format!("`{}` did not run. ", name(call.ctx())),
                false => "Nothing was done. ".to_owned(),
            };
            return denied(&call, &why, &done);
        }
        let answer = handler.start(&call);
        drop(call);
        match answer {
            Answer::Ready(reply) => reply,
            Answer::Later(future) => future.await,
        }
    }

    fn showing(&self) -> Showing<'_> {
        Showing { rule: &self.rule, redaction: &self.redaction, named: &self.named }
    }

    /// Whether a call may run; asks, if it is not known.
    async fn decide(&self, ctx: &Ctx) -> Result<(), String> {
        let shown = Shown::of(ctx, &self.showing());
        let decided = match ctx.consent_log().find(&shown.what) {
            Some(decided) => decided,
            None => {
                let decided = self.ask(ctx, &shown).await;
                ctx.note_consent(&shown.what, &decided);
                decided
            }
        };
        match decided {
            Decided::Allowed(how) => {
                log::event!(DEBUG, "`{}` runs: the user has consented ({how})", name(ctx));
                Ok(())
            }
            Decided::Denied(why) => Err(why),
        }
    }

    /// Asks whether a call may run, unless that was answered before.
    async fn ask(&self, ctx: &Ctx, shown: &Shown) -> Decided {
        let denied = |why: &str| Decided::Denied(why.to_owned());
        let remembered = Remembered::of(ctx, shown.resource.as_deref());
        if let Some(remembered) = &remembered {
            match remembered.known().await {
                Some(Known::Allowed) => return Decided::Allowed("remembered"),
                Some(Known::Denied) => {
                    return denied("the user has said no before, and does not want to be asked again");
                }
                None => {}
            }
        }
        if ctx.inner().is_within() {
            return denied("another tool has called it, and the user was not asked about that");
        }
        let offers = remembered.as_ref().map(Remembered::offers).unwrap_or_default();
        let question = consent(self.showing().message(ctx, shown, offers != Offers::default()), offers);
        if !ctx.supports(Capability::Elicitation) {
            if let Ok(params) = question.params(ctx.protocol()) {
                ctx.note_unasked_consent(question.method(), params);
            }
            return denied(CANNOT_ASK);
        }
        let (answer, holds, decided) = match ctx.ask_consent(question).await {
            Ok(Consented::Once) => return Decided::Allowed("once"),
            Ok(Consented::Session) => (Known::Allowed, Holds::ForSession, Decided::Allowed("session")),
            Ok(Consented::Always) => (Known::Allowed, Holds::Always, Decided::Allowed("always")),
            Ok(Consented::Never) => (Known::Denied, Holds::Always, denied("the user has said no")),
            Ok(Consented::Denied) | Err(AskError::Declined) => return denied("the user has said no"),
            Err(AskError::Cancelled) => return denied("the user has closed the question without an answer"),
            Err(error) => return Decided::Denied(lower(&error.to_string())),
        };
        if let Some(remembered) = &remembered {
            // Once: in later rounds of the call the answer is there again, though it may have been revoked.
            ctx.once_consented(async || remembered.remember(answer, holds).await).await;
        }
        decided
    }

    /// Whether there is consent to a call that has run already.
    async fn holds(&self, ctx: &Ctx) -> bool {
        let shown = Shown::of(ctx, &self.showing());
        let remembered = Remembered::of(ctx, shown.resource.as_deref());
        let offers = remembered.as_ref().map(Remembered::offers).unwrap_or_default();
        match ctx.consent_answer(&consent(String::new(), offers)) {
            Some(answer) => !matches!(answer, Ok(Consented::Denied | Consented::Never) | Err(_)),
            None => match remembered {
                Some(remembered) => remembered.known().await == Some(Known::Allowed),
                None => false,
            },
        }
    }
}

impl Consents for Consent {
    fn refusal<'a>(&'a self, ctx: &'a Ctx) -> Pending<'a, Option<Reply>> {
        Box::pin(async move {
            let why = "the user's consent does not hold any more";
            // The call has run before: only its answer is not given.
            (!self.holds(ctx).await).then(|| denied(&Call::new(ctx.clone()), why, ""))
        })
    }
}

/// What a call is answered with that may not run; `done` says what was done, in a sentence.
#[cold]
fn denied(call: &Call, why: &str, done: &str) -> Reply {
    let name = name(call.ctx());
    if let Some(entry) = call.entry() {
        entry.counters.denied();
    }
    log::event!(INFO, "`{name}` did not run: it needs the consent of the user, and {why}");
    let message = format!(
        "Denied: `{name}` needs the consent of the user, and {why}. {done}Do not try again unless the user wants it."
    );
    match call.request().method {
        Method::ToolsCall => callers_fault(call, message),
        _ => Error::rpc(FORBIDDEN, message).reply(call),
    }
}

fn name(ctx: &Ctx) -> &str {
    ctx.inner().entry.as_ref().map_or("", |entry| &entry.name)
}

/// A text that goes on within a sentence.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
