//! Every form of a completer.

use std::collections::{BTreeSet, HashSet};

use mcp_runtime::prelude::*;
use mcp_runtime::{FromCall, Principal, Progress};

struct Store(Vec<String>);

struct Trace;

impl FromCall for Trace {
    async fn from_call(_: &Ctx) -> Result<Self, Error> {
        Ok(Self)
    }
}

struct Mine;

impl IntoError for Mine {
    fn into_error(self) -> Error {
        Error::new("mine")
    }
}

fn text(typed: &str) -> Vec<String> {
    vec![typed.to_owned()]
}

fn array(_typed: &str) -> [&'static str; 2] {
    ["a", "b"]
}

fn owned(typed: String) -> Option<String> {
    Some(typed)
}

fn iterator(typed: Completing) -> impl Iterator<Item = String> {
    typed.value().chars().map(String::from).collect::<Vec<_>>().into_iter()
}

fn with_state(typed: &str, store: State<Store>) -> Vec<String> {
    store.0.iter().filter(|tag| tag.starts_with(typed)).cloned().collect()
}

fn with_all(_: Completing, _: State<Store>, _: Ctx, _: Principal, _: Trace) -> Result<HashSet<&'static str>, Mine> {
    Err(Mine)
}

async fn waits(_: Completing) -> BTreeSet<String> {
    BTreeSet::new()
}

async fn waits_with_state(typed: String, store: State<Store>, _: Progress) -> Result<Vec<String>> {
    if store.0.is_empty() { Err(Error::not_found()) } else { Ok(vec![typed]) }
}

async fn fails_with_a_text(_: Completing) -> Result<Vec<String>, String> {
    Err("not today".to_owned())
}

#[prompt]
#[allow(clippy::too_many_arguments, reason = "one for each form")]
fn plan(
    #[arg(complete = text)] a: &str,
    #[arg(complete = array)] b: &str,
    #[arg(complete = owned, blocking)] c: &str,
    #[arg(complete = iterator)] d: &str,
    #[arg(complete = with_state, blocking = true)] e: &str,
    #[arg(complete = with_all, blocking)] f: &str,
    #[arg(complete = waits)] g: &str,
    #[arg(complete = waits_with_state, blocking = false)] h: &str,
    #[arg(complete = fails_with_a_text)] i: &str,
    #[arg(complete = |typed: &str| vec![typed.to_owned()])] j: &str,
) -> String {
    [a, b, c, d, e, f, g, h, i, j].concat()
}

#[resource("plan://{tag}")]
fn planned(#[arg(complete = with_state, blocking)] tag: &str) -> String {
    tag.to_owned()
}

fn main() {}
