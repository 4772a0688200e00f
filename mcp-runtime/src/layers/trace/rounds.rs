//! Which span the round before had.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use opentelemetry::trace::SpanContext;

use crate::lock::Lock;

/// The most rounds that are remembered: some 100 bytes each. Of older ones the link is missing.
const MOST: usize = 10_000;

/// The spans of rounds that have ended with questions, by the state that was given out with them.
#[derive(Default)]
pub(super) struct Rounds(Lock<Open>);

#[derive(Default)]
struct Open {
    spans: HashMap<u64, SpanContext>,
    /// The oldest first.
    order: VecDeque<u64>,
}

impl Rounds {
    /// A round has ended with questions.
    pub(super) fn put(&self, state: &str, span: SpanContext) {
        let key = key(state);
        let Open { spans, order } = &mut *self.0.lock();
        if spans.insert(key, span).is_none() {
            order.push_back(key);
        }
        while order.len() > MOST {
            if let Some(oldest) = order.pop_front() {
                spans.remove(&oldest);
            }
        }
    }

    /// The span of the round that gave this state out.
    pub(super) fn get(&self, state: &str) -> Option<SpanContext> {
        self.0.lock().spans.get(&key(state)).cloned()
    }
}

fn key(state: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};

    use super::*;

    fn span(n: u64) -> SpanContext {
        let (trace, span) = (TraceId::from(1_u128), SpanId::from(n));
        SpanContext::new(trace, span, TraceFlags::SAMPLED, false, TraceState::default())
    }

    #[test]
    fn of_more_rounds_than_are_remembered_the_oldest_is_forgotten() {
        let rounds = Rounds::default();
        for n in 0..=MOST {
            rounds.put(&n.to_string(), span(n as u64 + 1));
        }
        assert!(rounds.get("0").is_none());
        assert_eq!(rounds.get("1").map(|span| span.span_id()), Some(SpanId::from(2_u64)));
        assert_eq!(rounds.0.lock().spans.len(), MOST);
    }
}
