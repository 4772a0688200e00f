// Every way to say who may use a function.

use std::sync::Arc;

use mcp_runtime::prelude::*;

static ADMIN: Group = Group::new("admin").scopes("admin").roles("operator|owner");
static OPEN: Group = Group::new("open").public();

struct Db;

#[tool(scopes = "a b|c", roles = ["clerk", "Shop Manager|owner"])]
fn both() {}

#[tool(public, group = ADMIN)]
fn health() {}

#[tool(group = OPEN, public = false)]
fn open() {}

fn of_caller(_: &Principal) -> bool {
    true
}

fn with_error(_: &Principal) -> Result<(), String> {
    Err("closed".to_owned())
}

mod rules {
    use super::*;

    pub async fn of_call(
        _: &Principal,
        text: &str,
        number: &u32,
        maybe: Option<&str>,
        texts: &[&str],
        own: &String,
        db: &Db,
        ctx: &Ctx,
    ) -> Result<()> {
        let _ = (text, number, maybe, texts, own, db, ctx);
        Ok(())
    }
}

#[tool(policy = of_caller)]
fn one() {}

#[prompt(policy = with_error)]
fn two() -> &'static str {
    ""
}

#[tool(policy = rules::of_call(text, number, maybe, texts, own, db, ctx).await, blocking)]
fn three(text: &str, number: u32, maybe: Option<&str>, texts: Vec<&str>, own: String, db: State<Db>, ctx: &Ctx) {
    let _ = (text, number, maybe, texts, own, &*db, ctx);
}

fn owns(principal: &Principal, owner: &str) -> bool {
    principal.subject() == Some(owner)
}

#[resource("repo://{owner}/{path*}", scopes = "repo:{owner}:read", policy = owns(owner))]
async fn file(owner: &str, path: &str) -> String {
    format!("{owner} {path}")
}

struct Shop;

#[handlers]
impl Shop {
    #[tool(policy = Self::may_sell(self, item))]
    fn sell(&self, item: &str) -> String {
        item.to_owned()
    }

    fn may_sell(_: &Principal, shop: &Shop, item: &str) -> bool {
        let _ = shop;
        !item.is_empty()
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Whole {
    cents: u32,
}

fn few(_: &Principal, whole: &Whole) -> bool {
    whole.cents < 10
}

#[tool(policy = few(whole))]
fn flat(#[arg(flatten)] whole: Whole) -> u32 {
    whole.cents
}

fn main() -> Result<(), BuildError> {
    Server::new("all").state(Db).state_arc(Arc::new(Shop)).mount(&ADMIN).mount(&OPEN).build()?;
    Ok(())
}
