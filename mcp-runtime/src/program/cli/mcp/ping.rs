//! Asking whether a server is there.

use std::process::ExitCode;

use super::super::json::Json;
use super::super::output::Output;
use super::super::remote::Failure;
use super::far::Far;

/// Asks, and shows who has answered, and how soon.
pub(super) fn run(far: &Far, as_json: bool) -> Result<ExitCode, Failure> {
    let took = far.wait(far.client().ping())?.as_secs_f64() * 1000.0;
    let agreement = far.agreement()?;
    let (info, version) = (agreement.server_info().unwrap_or("null"), agreement.version());
    let mut out = Output::open(None)?;
    if as_json {
        out.json(&format!(r#"{{"server":{info},"version":"{version}","milliseconds":{took:.3}}}"#));
    } else {
        let server = Json::parse(info);
        let name = format!("{} {}", server["name"].text(), server["version"].text());
        let name = if name.trim().is_empty() { "the server" } else { name.trim() };
        out.text(&format!("{name} speaks {version}, and has answered in {took:.3} ms"));
    }
    out.finish().map(|()| ExitCode::SUCCESS)
}
