//! `policy`: who may use what.

use std::process::ExitCode;

use super::matches::Matches;
use super::output::{Output, say};
use super::remote::Failure;
use super::whom;
use super::word::{Command, flag, option};
use crate::Principal;
use crate::call::{Access, Policy};
use crate::joined::joined;
use crate::json_text;
use crate::server::{Guarded, Server};

pub(super) static POLICY: Command = Command {
    name: "policy",
    about: "Show who may use what",
    words: &[
        &[
            option("as", "SUBJECT", "Show what this principal may use"),
            option("scopes", "SCOPE,...", "What the principal may do").needing("as"),
            option("roles", "ROLE,...", "What the principal is").needing("as"),
            flag("json", "Print the table as JSON"),
            #[cfg(feature = "auth")]
            super::checks::POLICY,
        ],
        super::word::HELP_OPTION,
    ],
};

/// A column of the table: somebody who has this and nothing else.
struct Who {
    name: String,
    principal: Principal,
}

/// Does what the command line says.
pub(super) fn run(server: &Server, matches: &Matches) -> ExitCode {
    match show(server, matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("error: {failure}"));
            failure.exit_code()
        }
    }
}

fn show(server: &Server, matches: &Matches) -> Result<(), Failure> {
    let policies = server.policies();
    let who = match whom::principal(matches) {
        Some(principal) => vec![Who { name: principal.subject().unwrap_or_default().to_owned(), principal }],
        None => everybody(&policies),
    };
    let mut out = Output::open(None)?;
    if matches.has("json") {
        out.json(&json(&policies, &who));
    } else {
        table(&policies, &who, &mut out);
    }
    out.finish()
}

/// The anonymous, and for each scope and role somebody who has that alone.
fn everybody(policies: &[Guarded]) -> Vec<Who> {
    let (mut scopes, mut roles) = (Vec::new(), Vec::new());
    for Guarded { policy, .. } in policies {
        let (some_scopes, some_roles) = policy.as_ref().map(Policy::names).unwrap_or_default();
        for (all, some) in [(&mut scopes, some_scopes), (&mut roles, some_roles)] {
            for name in some {
                if !all.contains(&name) {
                    all.push(name);
                }
            }
        }
    }
    let anyone = || Principal::new("anyone");
    let mut who = vec![
        Who { name: "anonymous".to_owned(), principal: Principal::anonymous() },
        Who { name: "anyone".to_owned(), principal: anyone() },
    ];
    who.extend(scopes.into_iter().map(|scope| Who { principal: anyone().with_scopes([&*scope]), name: scope }));
    let of_role = |role: String| Who { principal: anyone().with_roles([&*role]), name: format!("role {role}") };
    who.extend(roles.into_iter().map(of_role));
    who
}

#[inline(never)]
fn access(policy: Option<&Policy>, who: &Who) -> Access {
    policy.map_or(Access::Granted, |policy| policy.access(&who.principal))
}

fn needs(guarded: &Guarded) -> String {
    let policy = guarded.policy.as_ref().map_or_else(|| "public".to_owned(), ToString::to_string);
    if guarded.asks { format!("{policy}, consent") } else { policy }
}

fn table(policies: &[Guarded], who: &[Who], out: &mut Output) {
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(who.iter().map(|who| who.name.clone()));
    rows[0].push("needs".to_owned());
    for guarded in policies {
        let mut row = vec![guarded.name.clone()];
        row.extend(who.iter().map(|who| {
            let word = match access(guarded.policy.as_ref(), who) {
                Access::Granted => "yes",
                Access::Decided => "decided",
                Access::Lacking => "scopes",
                Access::Hidden => "-",
            };
            word.to_owned()
        }));
        row.push(needs(guarded));
        rows.push(row);
    }
    out.columns(&rows);
    if policies.iter().any(|guarded| guarded.policy.is_some()) {
        say(
            "yes: may use it; decided: a function decides at each call; scopes: sees it, and lacks scopes; -: does not see it",
        );
    } else {
        say("nothing is declared: everyone may use everything");
    }
    if policies.iter().any(|guarded| guarded.asks) {
        say("consent: the user is asked before it runs");
    }
}

fn json(policies: &[Guarded], who: &[Who]) -> String {
    let columns = joined(",", &mut who.iter().map(|who| json_text::string(&who.name)));
    let mut rows = policies.iter().map(|guarded| {
        let words = who.iter().map(|who| match access(guarded.policy.as_ref(), who) {
            Access::Granted => r#""granted""#,
            Access::Decided => r#""decided""#,
            Access::Lacking => r#""lacking""#,
            Access::Hidden => r#""hidden""#,
        });
        let words: Vec<&str> = words.collect();
        let (name, needs) = (json_text::string(&guarded.name), json_text::string(&needs(guarded)));
        format!(r#"{{"what":{name},"needs":{needs},"access":[{}]}}"#, words.join(","))
    });
    format!(r#"{{"who":[{columns}],"rows":[{}]}}"#, joined(",", &mut rows))
}
