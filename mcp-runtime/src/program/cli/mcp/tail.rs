//! Showing what changes at a server.

use std::process::ExitCode;

use super::super::json::{Json, object};
use super::super::matches::Matches;
use super::super::output::{Output, say};
use super::super::remote::Failure;
use super::far::Far;
use crate::client::{Change, ClientError, Wanted};
use crate::json_text;

/// Shows changes until the server or a signal ends it, or there were as many as are wanted.
///
/// # Errors
/// There is nothing that the server would tell; the connection was lost for good.
pub(super) fn run(far: &mut Far, matches: &Matches) -> Result<ExitCode, Failure> {
    let mut left = match matches.values("count").last() {
        None => u64::MAX,
        Some(count) => count.parse().map_err(|_| Failure::usage(format!("--count: write a number, not {count:?}")))?,
    };
    let wanted = wanted(far, matches)?;
    let agreement = far.agreement()?;
    if agreement.version().is_stateless() && agreement.has_capability("logging") {
        let version = agreement.version();
        say(&format!(
            "note: a server of {version} sends its log only while it answers a call: `mcp call … --follow` shows it"
        ));
    }
    let mut changes = far.wait(far.client().changes(wanted))?;
    let mut out = Output::open(None)?;
    while left > 0 && !out.has_failed() {
        let next = far.wait(async { Ok::<_, ClientError>(changes.next().await) })?;
        let change = next.ok_or_else(|| Failure::connection("the server tells of no changes any more"))?;
        left -= 1;
        show(&change, matches.has("json"), &mut out);
    }
    out.finish().map(|()| ExitCode::SUCCESS)
}

/// The lists of which the server says that it tells, and the resources that the command line names.
fn wanted(far: &Far, matches: &Matches) -> Result<Wanted, Failure> {
    let agreement = far.agreement()?;
    let capabilities = Json::parse(agreement.capabilities().unwrap_or("{}"));
    let tells = |kind: &str| capabilities[kind]["listChanged"] == Json::Bool(true);
    let mut wanted = Wanted::new();
    let mut is_any = false;
    for (kind, add) in [
        ("tools", Wanted::tools as fn(Wanted) -> Wanted),
        ("prompts", Wanted::prompts),
        ("resources", Wanted::resources),
    ] {
        if tells(kind) {
            wanted = add(wanted);
            is_any = true;
        }
    }
    for uri in matches.values("uris") {
        wanted = wanted.resource(uri);
        is_any = true;
    }
    // In a session it may log at any time.
    if is_any || (agreement.has_capability("logging") && !agreement.version().is_stateless()) {
        return Ok(wanted);
    }
    Err(Failure::new(
        "this server tells of no changes to its lists, and sends its log only with answers; name resources to watch",
    ))
}

fn show(change: &Change, as_json: bool, out: &mut Output) {
    let (kind, uri) = match change {
        Change::Tools => ("tools", None),
        Change::Prompts => ("prompts", None),
        Change::Resources => ("resources", None),
        Change::Resource(uri) => ("resource", Some(uri)),
        Change::Missed => ("missed", None),
    };
    if as_json {
        let mut members = vec![("change", kind.into())];
        members.extend(uri.map(|uri| ("uri", uri.as_str().into())));
        out.json(&json_text::value(&object(members)));
    } else {
        out.text(uri.map_or(kind.to_owned(), |uri| format!("{kind} {uri}")).as_str());
    }
}
