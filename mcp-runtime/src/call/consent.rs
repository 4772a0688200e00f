//! What is declared of the consent of a person, and what was decided in a call.

use std::fmt;
use std::sync::Arc;

use mcp_proto::wire::Reply;

use super::ctx::Ctx;
use super::handler::Handler;
use crate::lock::Lock;
use crate::store::Pending;

/// The most decisions of one call that are remembered: layers may run it with other arguments.
const MOST_DECISIONS: usize = 16;

/// What a person is told before a function runs.
#[derive(Clone, Debug)]
pub(crate) struct ConsentRule {
    /// What will be done, in the author's words: `Refund the order {order}`.
    pub(crate) text: Option<Box<str>>,
    /// What the function is for: the first line of its description.
    pub(crate) about: Box<str>,
    /// The arguments whose values are not shown.
    pub(crate) sensitive: Box<[Box<str>]>,
}

/// Puts the question for consent before a function. Behind a pointer: only a program in which consent is declared is linked with it.
#[derive(Clone, Copy)]
pub struct Asking(pub(crate) fn(ConsentRule, Handler) -> (Handler, Arc<dyn Consents>));

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asking")
    }
}

/// What asks for consent before a function runs.
pub(crate) trait Consents: fmt::Debug + Send + Sync {
    /// What a call is answered with whose answer is recorded already, where there is no consent to it any more.
    fn refusal<'a>(&'a self, ctx: &'a Ctx) -> Pending<'a, Option<Reply>>;
}

/// What was decided of a call.
#[derive(Clone, Debug)]
pub(crate) enum Decided {
    /// It may run: by an answer, `once`, or by one that was `remembered`.
    Allowed(&'static str),
    /// It may not, and why.
    Denied(String),
}

/// What was decided of a call, by what it would do. A call that runs again with the same arguments is not asked again.
#[derive(Debug, Default)]
pub(crate) struct ConsentLog(Lock<Vec<(Box<str>, Decided)>>);

impl ConsentLog {
    /// What was decided of this.
    pub(crate) fn find(&self, what: &str) -> Option<Decided> {
        self.0.lock().iter().find(|(known, _)| **known == *what).map(|(_, decided)| decided.clone())
    }

    /// Notes what was decided. Beyond the most the oldest is forgotten, and asked again.
    pub(crate) fn note(&self, what: &str, decided: Decided) {
        let mut all = self.0.lock();
        all.retain(|(known, _)| **known != *what);
        if all.len() >= MOST_DECISIONS {
            all.remove(0);
        }
        all.push((what.into(), decided));
    }
}
