//! Consent: a person is asked before a function runs, and the function does not run if they say no, or cannot be asked.
//!
//! The question is part of the function as the server binds it ([`Asking`](crate::call::Asking)): it comes after policy and layers,
//! and sees the arguments that the function will get. It is a question of the call like any other, in both eras.

mod shown;

use std::sync::Arc;

use mcp_proto::wire::{Method, Reply};

use crate::args::misfit;
use crate::call::{
    Answer, AskError, Asking, Call, Capability, ConsentRule, Consents, Ctx, Decided, Handler, Question as _,
};
use crate::log;
use crate::output::{Error, FORBIDDEN, tool_error};
use crate::questions::{Consented, Offers, consent};
use crate::redact::Redaction;
use crate::store::Pending;

use self::shown::{Showing, Shown};

/// The most bytes of a question.
const MOST_QUESTION: usize = 4 * 1024;

/// Puts the question before a function.
pub const ASKING: Asking = Asking(|rule, handler| {
    let consent = Arc::new(Consent { rule, redaction: Redaction::default() });
    let asking = Arc::clone(&consent);
    let handler = Handler::asynchronous(move |call| Arc::clone(&asking).run(call, handler.clone()));
    (handler, consent)
});

/// What asks for the consent to one function's calls.
#[derive(Debug)]
struct Consent {
    rule: ConsentRule,
    redaction: Redaction,
}

impl Consent {
    fn shown(&self, ctx: &Ctx) -> Shown {
        Shown::of(ctx, &Showing { rule: &self.rule, redaction: &self.redaction, most_bytes: MOST_QUESTION })
    }

    /// Runs a function, if it may run.
    async fn run(self: Arc<Self>, call: Call, handler: Handler) -> Reply {
        // Nobody is asked about what cannot be done.
        if let Some(misfit) = misfit(&call) {
            return misfit;
        }
        if let Err(why) = self.decide(call.ctx()).await {
            return denied(&call, &why);
        }
        match handler.start(call) {
            Answer::Ready(reply) => reply,
            Answer::Later(future) => future.await,
        }
    }

    /// Whether a call may run; asks, if it is not known.
    async fn decide(&self, ctx: &Ctx) -> Result<(), String> {
        let shown = self.shown(ctx);
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

    /// Asks whether a call may run.
    async fn ask(&self, ctx: &Ctx, shown: &Shown) -> Decided {
        let denied = |why: &str| Decided::Denied(why.to_owned());
        if ctx.inner().is_within() {
            return denied("another tool has called it, and the user was not asked about that");
        }
        let question = consent(shown.message.clone(), Offers::default());
        if !ctx.supports(Capability::Elicitation) || !ctx.protocol().has_elicitation() {
            if let Ok(params) = question.params(ctx.protocol()) {
                ctx.note_unasked_consent(question.method(), params);
            }
            return denied("this client cannot ask the user (it does not declare `elicitation`)");
        }
        match ctx.ask_consent(question).await {
            Ok(Consented::Once) => Decided::Allowed("once"),
            Ok(Consented::Session) => Decided::Allowed("session"),
            Ok(Consented::Always) => Decided::Allowed("always"),
            Ok(Consented::Denied) | Err(AskError::Declined) => denied("the user has said no"),
            Err(AskError::Cancelled) => denied("the user has closed the question without an answer"),
            Err(error) => Decided::Denied(lower(&error.to_string())),
        }
    }
}

impl Consents for Consent {
    fn refusal<'a>(&'a self, ctx: &'a Ctx) -> Pending<'a, Option<Reply>> {
        Box::pin(async move {
            match ctx.consent_answer(&consent(String::new(), Offers::default())) {
                Some(Ok(Consented::Denied) | Err(_)) | None => {
                    Some(denied(&Call::new(ctx.clone()), "the user's consent does not hold any more"))
                }
                Some(Ok(_)) => None,
            }
        })
    }
}

/// What a call is answered with that may not run.
#[cold]
fn denied(call: &Call, why: &str) -> Reply {
    let name = name(call.ctx());
    if let Some(entry) = call.entry() {
        entry.counters.denied();
    }
    log::event!(INFO, "`{name}` did not run: it needs the consent of the user, and {why}");
    let message = format!(
        "Denied: `{name}` needs the consent of the user, and {why}. Nothing was done. Do not try again unless the user wants it."
    );
    match call.request().method {
        Method::ToolsCall => tool_error(call, message),
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
