//! How much a server takes on.

use std::time::Duration;

use super::ServerBuilder;
use crate::call::{Blocking, Duplicates, FaultLimits, Steps};

/// The fewest bytes that a message may be limited to.
const LEAST: usize = 1024;

/// Places in a message are kept in 32 bits.
const MOST: usize = 1 << 31;

/// Room for events is taken at once, so that there is a limit to it.
const MOST_EVENTS: usize = 1 << 20;

impl ServerBuilder {
    /// The most bytes one message may have, on every transport. By default 32 MiB on standard input and other streams, whose
    /// clients have started the program or were let in, and 4 MiB on HTTP. A longer message is answered with an error, under
    /// its id on streams.
    #[must_use]
    pub fn message_limit(self, bytes: usize) -> Self {
        self.stream_message_limit(bytes).http_message_limit(bytes)
    }

    /// The most bytes one message may have on streams: standard input, and connections inside the process. By default 32 MiB.
    #[must_use]
    pub fn stream_message_limit(mut self, bytes: usize) -> Self {
        self.plan.profile.limits.message_bytes = self.message_bytes("stream_message_limit", bytes);
        self
    }

    /// The most bytes one message may have on HTTP. By default 4 MiB.
    #[must_use]
    pub fn http_message_limit(mut self, bytes: usize) -> Self {
        self.plan.profile.http_message_bytes = self.message_bytes("http_message_limit", bytes);
        self
    }

    /// How many bytes of log messages, progress and notices of change may wait for one client that does not read them. By
    /// default 256 KiB. Beyond it log messages are dropped, and the client is told how many; newer progress takes the place
    /// of older, and the oldest notice goes. Functions that await what they send never come near. Answers are not counted.
    #[must_use]
    pub fn waiting_limit(mut self, bytes: usize) -> Self {
        if bytes < LEAST {
            self.problem(format!("waiting_limit: {bytes} bytes hold no message; at least 1,024"));
        }
        self.plan.profile.waiting_bytes = bytes;
        self
    }

    /// How many events may wait for each one who listens to [`Server::events`](crate::Server::events) and does not take them. By
    /// default 1,024. Beyond it the oldest are dropped, and the listener is told
    /// [how many](crate::LifecycleEvent::Missed). The number is rounded up to a power of two. Room for all of them, some 100 bytes
    /// each, is taken when somebody begins to listen.
    ///
    /// ```
    /// use mcp_runtime::Server;
    ///
    /// let server = Server::new("demo").event_limit(16_384);
    /// ```
    #[must_use]
    pub fn event_limit(mut self, events: usize) -> Self {
        if !(1..=MOST_EVENTS).contains(&events) {
            self.problem(format!("event_limit: {events} is not between 1 and 1,048,576"));
        }
        self.plan.profile.waiting_events = events;
        self
    }

    fn message_bytes(&mut self, what: &str, bytes: usize) -> usize {
        if bytes < LEAST {
            self.problem(format!("{what}: {bytes} bytes hold no message; at least 1,024"));
        }
        bytes.min(MOST)
    }

    /// The most calls in flight on one connection. By default 1,024.
    #[must_use]
    pub fn call_limit(mut self, calls: usize) -> Self {
        if calls == 0 {
            self.problem("call_limit: at least one call must be allowed".to_owned());
        }
        self.plan.profile.limits.calls = calls;
        self
    }

    /// How much memory the server may use for its clients: requests that are read or served, what waits to be sent, streams
    /// that are kept for clients that come back, questions, subscriptions, and records of [rounds](crate::Ctx::once). By default 512
    /// MiB. Buffers of up to 4 KiB are not counted.
    ///
    /// While as much is in use new calls are refused, on HTTP with 503 and `Retry-After`, elsewhere with an error; those that
    /// run may end. What functions themselves allocate is theirs to bound. [`limits`](crate::limits) has all limits in one
    /// table.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        if bytes < 1 << 20 {
            self.problem(format!("memory_limit: {bytes} bytes serve nobody; at least a megabyte"));
        }
        self.plan.profile.budget.set_limit(bytes);
        self
    }

    /// How long a [question](crate::Ctx::ask) in a session waits for its answer. Then it is taken back, and the function is told
    /// [`AskError::Unanswered`](crate::AskError::Unanswered). By default 10 minutes. Without a session the
    /// [expiry](Self::state_expiry) of the state says how long a client may take.
    #[must_use]
    pub fn question_timeout(mut self, timeout: Duration) -> Self {
        self.plan.profile.shared.asking.patience = timeout;
        self
    }

    /// How long a question waits for a client that is gone: one in a session on HTTP that listens to no stream and sends
    /// nothing. By default a minute.
    #[must_use]
    pub fn absence_limit(mut self, grace: Duration) -> Self {
        self.plan.profile.shared.asking.grace = grace;
        self
    }

    /// How many calls of `#[tool(blocking)]` functions, and of their like, run at once, each on a thread of its own; and how
    /// many more may wait for a thread. By default 256 and 1,024. Beyond them a call is answered with an error; one that is
    /// cancelled while it waits never begins.
    ///
    /// A runtime of tokio has 512 such threads unless it is given others, and reading files and looking up names take from
    /// the same.
    #[must_use]
    pub fn blocking_limits(mut self, threads: usize, waiting: usize) -> Self {
        if threads == 0 {
            self.problem("blocking_limits: at least one call must be able to run".to_owned());
        }
        self.plan.profile.shared.blocking = Blocking::new(threads, waiting).into();
        self
    }

    /// How many [steps](crate::Ctx::once) may go on, for a minute at the most, after their calls were cut off. By default 256;
    /// beyond them a step is dropped with its call, and taken again in the next round. A server that ends waits for them as for
    /// its calls.
    #[must_use]
    pub fn step_limit(mut self, steps: usize) -> Self {
        self.plan.profile.shared.steps = Steps::new(steps).into();
        self
    }

    /// How many faults an answer lists of those that one call's arguments have, and how many bytes they may take together. By
    /// default 50 and 8 KiB. Of the others the answer says how many there are. What clients send decides how many faults there
    /// are, so without a limit a small request could have a large answer.
    #[must_use]
    pub fn fault_limits(mut self, faults: usize, bytes: usize) -> Self {
        if faults == 0 || bytes < LEAST {
            self.problem("fault_limits: at least one fault, and 1,024 bytes, must be allowed".to_owned());
        }
        self.plan.profile.shared.faults = FaultLimits { count: faults, bytes };
        self
    }

    /// How many requests with the same `requestState` may wait for the answer of the one that is being served. By default 8;
    /// a further one is answered with an error. While they wait they do not count against the limit of calls on HTTP.
    #[must_use]
    pub fn duplicate_limit(mut self, waiting: usize) -> Self {
        self.plan.profile.shared.duplicates = Duplicates::new(waiting).into();
        self
    }
}
