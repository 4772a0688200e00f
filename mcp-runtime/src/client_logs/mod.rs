//! What handlers log with `tracing`, sent to their clients.

mod forward;
mod record;
mod targets;

use tracing_subscriber::filter::Filtered;

use self::forward::Forward;
use self::targets::Named;
#[cfg(feature = "stdio")]
pub(crate) use self::targets::is_call;
use crate::call;

/// The layer that [`client_logs`] makes, for a subscriber `S`.
///
/// ```
/// use mcp_runtime::{ClientLogs, client_logs};
/// use tracing_subscriber::Registry;
/// use tracing_subscriber::prelude::*;
///
/// /// What clients of all our programs get.
/// fn to_clients() -> ClientLogs<Registry> {
///     client_logs(["shop", "shop_orders"])
/// }
///
/// let subscriber = tracing_subscriber::registry().with(to_clients());
/// ```
pub type ClientLogs<S> = Filtered<Forward, Named, S>;

/// A layer for a `tracing` subscriber of one's own, which sends to the client what is logged while its call is served.
///
/// **Clients read what is sent**, and so may the models behind them. Nothing is sent but the events of the targets that are
/// named: `"my_crate"` stands for that crate and all its modules, `"my_crate::orders"` for one of them. A dependency that
/// logs what it should not say is heard by nobody, unless it is named. Events of this framework are never sent. Programs of
/// [`main!`](crate::main!) and [`run!`](crate::run!) that set up no subscriber need no layer:
/// [`forward_logs`](crate::ServerBuilder::forward_logs) does the same there.
///
/// ```
/// use tracing_subscriber::filter::LevelFilter;
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry()
///     .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(LevelFilter::WARN))
///     .with(mcp_runtime::client_logs(["my_crate", "my_domain::orders"]))
///     .init();
/// ```
///
/// To whom: an event goes to the client whose call it happened in. That is what the handler runs, on whatever thread a
/// `#[tool(blocking)]` function runs, and what it awaits. A task that it spawns belongs to the call if it is given its
/// span: `tokio::spawn(work.in_current_span())`, with `tracing::Instrument`. Once the call is answered or cancelled nothing
/// more is sent, nor while a panic unwinds.
///
/// What: `logger` is the event's target, `level` the one of the same name; `TRACE` is sent as debug. `data` is the message,
/// or, where the event has other fields, an object of `message` and the fields; those of the spans around it are left out.
/// Each client gets what it has asked for, as with [`Ctx::log`](crate::Ctx::log), and nothing is formatted that nobody wants.
///
/// Every call is in a span `mcp.call` of the target `mcp_runtime`, with the fields `method`, `name` and `id`, as soon as this
/// layer is made; other layers see it, too. Give each layer a filter of its own (`with_filter`, as above): one that is put
/// on top of all decides for this layer as well, and if it hides that span nothing is sent. Records of the `log` crate that
/// are handed to `tracing` have the target `log`, whichever crate they are from: do not name it.
pub fn client_logs<S>(targets: impl IntoIterator<Item = impl Into<String>>) -> ClientLogs<S> {
    call::want_spans();
    layer(targets)
}

/// The same, for whoever sees to it that calls have spans.
pub(crate) fn layer<S>(targets: impl IntoIterator<Item = impl Into<String>>) -> ClientLogs<S> {
    Filtered::new(Forward, Named::new(targets))
}
