//! Files below directories that you name, and no others. The README has the tools and what the server guards against.

mod blocking;
mod edit;
mod folders;
mod list;
mod media;
mod open;
mod read;
mod search;
mod uri;
mod watch;
mod write;

use std::sync::Arc;

use mcp_runtime::CliOption;
use mcp_runtime::prelude::*;

use self::folders::Allowed;

/// The tools that change files; `--read-only` leaves them out.
static CHANGES: Group = Group::new("changes");

const OPTIONS: [CliOption; 2] = [
    CliOption::value("allow", "DIR", "A directory that may be used; without it those that the\nclient works in")
        .several(),
    CliOption::flag("read-only", "Offer no tool that changes anything"),
];

mcp_runtime::main!(OPTIONS, |server, options| {
    let allowed = Allowed::open(options.values("allow"))?;
    let allowed = Arc::new(allowed);
    let server = server.instructions(allowed.instructions()).state_arc(Arc::clone(&allowed));
    let server = watch::attach(server, allowed);
    if options.has("read-only") { server } else { server.mount(&CHANGES) }
});
