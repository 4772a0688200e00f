//! What an argument can be, and what is injected.

#![deny(warnings)]

use std::borrow::Cow;
use std::collections::BTreeMap;

use mcp_runtime::prelude::*;

type Names<'a> = Vec<Cow<'a, str>>;
type Maybe<T> = Option<T>;

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind")]
enum Shape {
    Circle { radius: f64 },
    Group { shapes: Vec<Shape> },
}

impl Shape {
    fn area(&self) -> f64 {
        match self {
            Shape::Circle { radius } => radius * radius * 3.0,
            Shape::Group { shapes } => shapes.iter().map(Shape::area).sum(),
        }
    }
}

#[tool]
fn owned(
    int: i64,
    float: f32,
    text: String,
    maybe: Maybe<bool>,
    list: Vec<u8>,
    map: BTreeMap<String, Option<u8>>,
    shape: Shape,
    json: serde_json::Value,
    pair: (u8, String),
    mut names: Names<'_>,
    character: char,
) -> String {
    names.sort();
    format!("{int} {float} {text} {maybe:?} {list:?} {map:?} {} {json} {pair:?} {names:?} {character}", shape.area())
}

#[tool]
fn borrowed(one: &str, maybe: Option<&str>, many: Vec<&str>, cow: Cow<'_, str>) -> String {
    format!("{one} {maybe:?} {many:?} {cow}")
}

#[tool]
fn longest<'a>(one: &'a str, _other: &str) -> &'a str {
    one
}

struct Db(u8);

struct Tenant(u8);

impl FromCall for Tenant {
    async fn from_call(_ctx: &Ctx) -> Result<Self, Error> {
        Ok(Tenant(7))
    }
}

#[tool]
async fn injected(
    ctx: &Ctx,
    own: Ctx,
    progress: Progress,
    who: Principal,
    db: State<Db>,
    again: mcp_runtime::State<Db>,
    #[inject] tenant: Tenant,
) -> u8 {
    let _ = (ctx, own, progress, who);
    std::future::ready(()).await;
    db.0 + again.0 + tenant.0
}

#[tool]
fn injected_without_async(#[inject] tenant: Tenant, factor: u8, db: State<Db>) -> u8 {
    tenant.0 * factor + db.0
}

#[tool(blocking)]
fn injected_while_blocking(ctx: &Ctx, db: State<Db>) -> u8 {
    let _ = ctx;
    db.0
}

/// An argument that has the name of a type that is injected.
mod other {
    use mcp_runtime::tool;

    #[derive(serde::Deserialize, schemars::JsonSchema)]
    pub struct Progress {
        percent: u8,
    }

    #[tool]
    pub fn report(#[arg] progress: Progress) -> u8 {
        progress.percent
    }
}

#[resource("shape://{kind}/{size}{?unit,exact}")]
fn shape(kind: &str, size: u8, unit: Option<&str>, exact: Option<bool>, db: State<Db>) -> String {
    format!("{kind} {size} {unit:?} {exact:?} {}", db.0)
}

#[prompt]
fn ask(about: &str, count: Option<u8>, who: Principal, #[inject] tenant: Tenant) -> String {
    let _ = who;
    format!("{about} {count:?} {}", tenant.0)
}

fn main() {
    assert_eq!(borrowed("a", Some("b"), vec!["c"], "d".into()), "a Some(\"b\") [\"c\"] d");
    assert_eq!(longest("a", "b"), "a");
    assert_eq!(injected_without_async(Tenant(2), 3, State::new(Db(1))), 7);
    let all = tools![
        owned,
        borrowed,
        longest,
        injected,
        injected_without_async,
        injected_while_blocking,
        other::report,
    ];
    assert_eq!(all.len() + resources![shape].len() + prompts![ask].len(), 9);
}
