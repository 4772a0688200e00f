//! One call: what is asked, by whom, and how to speak while it runs.

mod answer;
mod ask;
mod asking;
mod blocking;
mod caller;
mod cancel;
mod capability;
mod client_info;
mod consent;
mod contain;
mod ctx;
mod current;
mod driver;
mod entry;
mod extension;
mod facts;
mod failed;
mod frame;
mod frames;
mod handler;
mod highest;
mod home;
mod inner;
mod log;
mod outlet;
mod policy;
mod principal;
mod progress;
#[cfg(feature = "auth")]
mod ruling;
mod scope;
mod scope_pattern;
mod session;
mod span;
mod steps;
mod test_caller;
mod threads;
mod unit_test;
mod values;
mod within;

pub use ask::{AskError, InputRequired, Question};
pub use asking::Asking;
pub(crate) use cancel::Latch;
pub use capability::Capability;
#[cfg(all(feature = "cli", feature = "client"))]
pub(crate) use capability::MUST_DECLARE;
pub use client_info::ClientInfo;
pub use ctx::{Call, Ctx};
pub use entry::Location;
pub(crate) use entry::{Entry, OutputShape};
pub(crate) use frame::{Class, Frame};
pub use handler::Handler;
pub use log::LogData;
pub(crate) use outlet::Outlet;
pub use outlet::Sent;
pub use policy::Policy;
#[cfg(feature = "http")]
pub(crate) use principal::Identity;
pub use principal::{AuthMethod, Principal};
pub use progress::{Amount, Progress, ProgressMessage, Total};
#[cfg(feature = "auth")]
pub(crate) use ruling::{Ruled, Ruling};
pub use session::Session;
pub use test_caller::{TestCaller, TestLog, TestProgress};

pub(crate) use answer::{Answer, HandlerFuture};
pub(crate) use ask::{Asker, Duplicates, End, Entered, Round, Verdict, canonical};
#[cfg(feature = "cli")]
pub(crate) use ask::{Unasked, UnaskedQuestion};
pub(crate) use asking::{ConsentRule, Consents};
pub(crate) use caller::{Caller, HeldCaller};
pub(crate) use consent::{ConsentLimits, Decided};
pub(crate) use contain::{Contained, contain, discard};
pub(crate) use current::Working;
#[cfg(feature = "stdio")]
pub(crate) use current::{current_request, note_requests};
pub(crate) use entry::{FaultLimits, Hints, Inspect, Inspection};
pub(crate) use facts::{Extensions, Facts};
pub(crate) use frames::{Frames, PLACE};
pub(crate) use handler::on_own_thread;
pub(crate) use home::Home;
pub(crate) use inner::Inner;
pub(crate) use log::dropped_logs;
#[cfg(feature = "http")]
pub(crate) use outlet::Silence;
#[cfg(feature = "cli")]
pub(crate) use policy::Access;
pub(crate) use policy::{Lacks, PrincipalCheck};
pub(crate) use scope::{Scope, Shared};
pub(crate) use span::CallSpan;
#[cfg(feature = "client-logs")]
pub(crate) use span::{Live, NAME as SPAN_NAME, TARGET as SPAN_TARGET, call_of_new_span, want_spans};
pub(crate) use steps::Steps;
pub(crate) use threads::Blocking;
pub(crate) use values::SessionValues;
pub(crate) use within::Within;
