//! Requests that we have sent and not yet seen answered.

use std::collections::{HashMap, VecDeque};

use crate::hash::Fold;
use crate::wire::Id;

/// The most requests that were given up of which an answer is expected still.
const GIVEN_UP: usize = 64;

/// Names a request of ours to whoever waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token(i64);

impl Token {
    /// The id that the request has on the wire.
    pub fn id(self) -> Id {
        Id::Number(self.0)
    }
}

/// Hands out ids and remembers who waits for each.
#[derive(Debug, Default)]
pub(super) struct Outbound {
    last: i64,
    waiting: HashMap<Id, Token, Fold>,
    /// Those that were given up last, whose answers may have been on their way.
    given_up: VecDeque<Token>,
}

impl Outbound {
    pub(super) fn begin(&mut self) -> (Id, Token) {
        self.last += 1;
        let token = Token(self.last);
        let id = token.id();
        self.waiting.insert(id.clone(), token);
        (id, token)
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The request of this id, while it waits.
    pub(super) fn find(&self, id: &Id) -> Option<Token> {
        self.waiting.get(id).copied()
    }

    /// `None` means an answer that nobody asked for.
    pub(super) fn finish(&mut self, id: &Id) -> Option<Token> {
        self.waiting.remove(id)
    }

    /// Gives up waiting; the id to cancel, if the answer is still out.
    pub(super) fn abandon(&mut self, token: Token) -> Option<Id> {
        let id = token.id();
        self.waiting.remove(&id)?;
        if self.given_up.len() == GIVEN_UP {
            self.given_up.pop_front();
        }
        self.given_up.push_back(token);
        Some(id)
    }

    /// Whether this is the answer to a request that was given up; the second one is not.
    pub(super) fn is_late(&mut self, id: &Id) -> bool {
        let place = self.given_up.iter().position(|token| token.id() == *id);
        place.and_then(|place| self.given_up.remove(place)).is_some()
    }
}
