//! What is declared of the consent of a person, and what asks for it.

use std::fmt;
use std::sync::Arc;

use mcp_proto::wire::Reply;
use serde_json::Value;

use super::ctx::Ctx;
use super::handler::Handler;
use crate::store::Pending;

/// What a person is told before a function runs.
#[derive(Clone, Debug)]
pub(crate) struct ConsentRule {
    /// What will be done, in the author's words: `Refund the order {order}`.
    pub(crate) text: Option<Box<str>>,
    /// What the function is for: the first line of its description.
    pub(crate) about: Box<str>,
    /// The arguments whose values are not shown.
    pub(crate) sensitive: Box<[Box<str>]>,
    /// The arguments that have defaults, which are shown where a call leaves one out.
    pub(crate) defaults: Box<[(&'static str, Value)]>,
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
