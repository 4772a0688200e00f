//! Every option that there is.

#![deny(warnings)]

use mcp_runtime::prelude::*;
use serde::{Deserialize, Serialize};

static ADMIN: Group = Group::new("admin");

const LIMIT: u32 = 4;

#[derive(Clone, Copy, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    Kelvin,
}

#[tool(
    name = "get.forecast-2",
    title = "Forecast",
    description = "The weather to come.",
    read_only,
    destructive = false,
    idempotent = true,
    open_world,
    icons = [
        "https://example.com/icon.png",
        icon("https://example.com/dark.svg", mime = "image/svg+xml", sizes = ["48x48", "any"], theme = "dark"),
    ],
    tags = ["weather", "slow"],
    meta = { "example.com/cost": { "cents": [1, -2.5e3, null, true], "unit": "€ \"net\"" } },
    timeout = "250ms",
    cache = "60s",
    group = ADMIN,
)]
async fn forecast(
    /// Where.
    #[arg(rename = "where", length(1..=80), pattern = "^[A-Z]", example = "Oslo", header = "Region")]
    place: &str,
    #[arg(range(1..=14), default = 3)] days: u8,
    #[arg(default = Unit::Celsius, example = Unit::Kelvin)] unit: Unit,
    #[arg(range(-90.0..=90.0))] latitude: Option<f64>,
    #[arg(default = LIMIT)]
    #[arg(range(..=10))]
    stations: u32,
    #[arg(length(3), default = vec!["a", "b", "c"])] names: Vec<&str>,
    #[arg(default = "none")] note: String,
    #[arg(default = "en")] lang: &str,
    #[arg(default = Some("x"))] maybe: Option<&str>,
    #[arg(default = -1)] offset: i8,
    #[arg(default)] more: Vec<String>,
) -> String {
    let unit = if matches!(unit, Unit::Celsius) { "°C" } else { "K" };
    format!("{place} {days} {unit} {latitude:?} {stations} {names:?} {note} {lang} {maybe:?} {offset} {more:?}")
}

#[derive(Serialize, schemars::JsonSchema)]
struct Hashed {
    hash: u64,
}

#[tool(output = Hashed)]
fn hashed() -> ToolResult {
    ToolResult::new().structured(Hashed { hash: 1 })
}

#[tool(blocking, output = off)]
fn hash(text: &str, ctx: &Ctx) -> u64 {
    let _ = ctx;
    text.len() as u64
}

fn classify(error: std::num::ParseIntError) -> Error {
    Error::invalid(error)
}

#[tool(error = classify)]
fn parse(text: &str) -> Result<u64, std::num::ParseIntError> {
    text.parse()
}

#[tool(input = r#"{ "type": "object", "properties": { "a": { "type": "integer" } } }"#)]
fn by_hand(a: Option<i64>) -> i64 {
    a.unwrap_or_default()
}

#[derive(Deserialize, schemars::JsonSchema)]
struct Order {
    item: String,
    count: u32,
}

#[tool]
fn buy(#[arg(flatten)] order: Order, ctx: Ctx) -> String {
    drop(ctx);
    format!("{} × {}", order.count, order.item)
}

#[resource(
    "files://root/{path*}{?lang,page}",
    mime = "text/plain",
    name = "file",
    title = "A file",
    description = "One file.",
    size = 1_024,
    annotations(audience = ["user", "assistant"], priority = 0.8, last_modified = "2025-01-12T15:00:58Z"),
    icons = ["https://example.com/icon.png"],
    tags = ["files"],
    meta = {},
    timeout = "2m",
    blocking,
    group = ADMIN,
)]
fn file(
    #[arg(raw)] path: &str,
    #[arg(default = "en", complete = languages)] lang: String,
    page: Option<u32>,
) -> String {
    format!("{path} {lang} {page:?}")
}

#[prompt(
    name = "introduce",
    title = "Introduce",
    description = "Introduces somebody.",
    icons = ["https://example.com/icon.png"],
    tags = ["manners"],
    meta = { "example.com/a": 1 },
    timeout = "1h",
    blocking,
    group = ADMIN,
)]
fn introduce(
    #[arg(rename = "full-name", length(1..))] name: String,
    #[arg(complete = languages)] lang: Option<&str>,
    unit: Unit,
) -> String {
    let _ = unit;
    format!("{name} {lang:?}")
}

fn languages(typed: &str) -> Vec<String> {
    ["en", "no"].iter().filter(|lang| lang.starts_with(typed)).map(ToString::to_string).collect()
}

fn main() {
    assert_eq!(tools![forecast, hash, parse, by_hand, buy].len(), 5);
    assert_eq!(resources![file].len(), 1);
    assert_eq!(prompts![introduce].len(), 1);
}
