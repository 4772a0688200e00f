//! What is said to a POST: at once, or by its calls.

use std::sync::{Arc, Weak};

use tokio::sync::oneshot;

use super::log::EventLog;
use super::post::{Ending, Post};
use super::session::HttpSession;
use crate::call::{Asker, Caller, Ctx, Facts, HeldCaller, Outlet};
use crate::service::{Link, Medium, Voice};
use crate::transport::http::head::Head;
use crate::transport::http::place::Place;

/// What is to be said to a POST.
pub(super) enum Spoken {
    /// Nothing: it held no request.
    Nothing,
    /// An answer that was ready.
    Answer(Vec<u8>),
    /// An error that answers no call.
    Refusal(Vec<u8>),
    /// A stream, for calls that said something or are not done.
    Stream(Arc<EventLog>),
    /// The answer when the calls are done, for a client that takes no stream; nothing, if they are cancelled.
    Later(oneshot::Receiver<Vec<u8>>),
}

/// How a POST is answered where its calls go on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By a stream of its own.
    Stream,
    /// By one body, once all is done. What the calls say before, and what they ask, goes to the stream that belongs to no
    /// request.
    Whole,
    /// Not at all: everything is said on the one stream of the HTTP+SSE pair.
    Pair,
}

/// Where the calls of one POST speak.
pub(super) struct Speaker<'a> {
    session: &'a Arc<HttpSession>,
    head: &'a Head<'a>,
    way: Way,
    place: Option<Place>,
    /// What is ready.
    said: Vec<Vec<u8>>,
    /// Made for the first call.
    calls: Option<Calls>,
}

struct Calls {
    post: Arc<Post>,
    link: Link,
    whole: Option<oneshot::Receiver<Vec<u8>>>,
}

impl<'a> Speaker<'a> {
    pub(super) fn new(session: &'a Arc<HttpSession>, head: &'a Head<'a>, way: Way, place: Option<Place>) -> Self {
        Self { session, head, way, place, said: Vec::new(), calls: None }
    }

    fn calls(&mut self) -> &Calls {
        let Self { session, head, way, place, calls, .. } = self;
        calls.get_or_insert_with(|| Calls::begin(session, head, *way, place.take()))
    }

    /// All was handled: what is to be said now.
    pub(super) fn finish(mut self) -> Spoken {
        let Some(Calls { post, whole, .. }) = self.calls else {
            if self.way == Way::Pair {
                self.said.into_iter().for_each(|frame| self.session.standalone().answer(frame));
                return Spoken::Nothing;
            }
            return self.said.pop().map_or(Spoken::Nothing, Spoken::Refusal);
        };
        if self.way != Way::Pair
            && self.said.len() == 1
            && post.is_done()
            && (whole.is_some() || post.stream().is_unused())
        {
            // As most often; no stream has been kept that would have to end.
            post.leave();
            return Spoken::Answer(self.said.remove(0));
        }
        if self.way == Way::Stream {
            self.session.streams().keep(post.stream());
        }
        self.said.into_iter().for_each(|frame| post.answer(frame));
        let log = Arc::clone(post.stream());
        drop(Ending::of_post(post));
        match (self.way, whole) {
            (_, Some(answered)) => Spoken::Later(answered),
            (Way::Stream, _) => Spoken::Stream(log),
            _ => Spoken::Nothing,
        }
    }

    /// What is ready, of a message that brings no call.
    pub(super) fn into_said(mut self) -> Option<Vec<u8>> {
        self.said.pop()
    }
}

impl Calls {
    fn begin(session: &Arc<HttpSession>, head: &Head<'_>, way: Way, place: Option<Place>) -> Self {
        let standalone = || Arc::clone(session.standalone());
        let (post, whole) = match way {
            Way::Stream => {
                let log = Arc::new(session.streams().open(session.primes_streams()));
                (Post::new(log, true, place), None)
            }
            Way::Pair => (Post::new(standalone(), false, place), None),
            Way::Whole => {
                let (whole, answered) = oneshot::channel();
                (Post::new(standalone(), false, place).answered_to(whole), Some(answered))
            }
        };
        let post = Arc::new(post);
        let conversation = session.conversation();
        let link = Link {
            caller: HeldCaller::Own(Caller {
                asker: Some(Arc::downgrade(session) as Weak<dyn Asker>),
                ..head.caller(Arc::clone(&post) as Arc<dyn Outlet>)
            }),
            wishes: Some(Arc::clone(conversation.wishes())),
            closing: Arc::clone(conversation.closing()),
        };
        Self { post, link, whole }
    }
}

impl Voice for Speaker<'_> {
    type Task = Ending;

    fn say(&mut self, frame: Vec<u8>) {
        self.said.push(frame);
    }

    fn facts(&self) -> &Facts {
        self.head.facts()
    }

    fn link(&mut self) -> &Link {
        &self.calls().link
    }

    fn goes_on(&mut self, _: &Ctx) -> Ending {
        Ending::of_call(&self.calls().post)
    }
}
