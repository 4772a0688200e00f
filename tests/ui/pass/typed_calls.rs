//! `call!`, `read!` and `prompt!` take what the functions take, and give what they return.

#![deny(warnings)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use mcp_runtime::client::{self, CallResult, Client, ClientError, call, read};
use mcp_runtime::prelude::*;
use mcp_runtime::{FromCall, ReadResourceResult};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use shop::sale::halve;
use shop::sale::halve as half;

mod shop {
    pub(crate) use self::sale::halve as reexported;

    pub mod sale {
        use mcp_runtime::prelude::*;

        #[tool]
        pub fn halve(cents: u64) -> u64 {
            cents / 2
        }
    }

    pub mod r#async {
        use mcp_runtime::prelude::*;

        #[tool(name = "type_of")]
        pub async fn r#type(r#in: &str) -> Result<String, String> {
            Ok(format!("{in}?", in = r#in))
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Point {
    x: f64,
    y: Option<f64>,
}

/// Has a member with the name that wraps other values, and nothing that must be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Loose {
    result: Option<u8>,
    other: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Red,
    Blue,
}

struct User(String);

impl FromCall for User {
    async fn from_call(_: &Ctx) -> Result<Self, Error> {
        Ok(User("ada".to_owned()))
    }
}

#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[tool]
fn nothing() {}

#[tool]
fn fails(why: &str) -> Result<u8, String> {
    Err(why.to_owned())
}

#[tool]
async fn injected(
    ctx: &Ctx,
    first: &str,
    word: State<String>,
    _who: Principal,
    #[inject] user: User,
    second: Option<&str>,
    _progress: Progress,
) -> Result<String> {
    ctx.progress(1, 1, None).await;
    Ok(format!("{first} {} {} {second:?}", *word, user.0))
}

#[tool]
fn defaulted(#[arg(default = 3)] n: u8, #[arg(rename = "TYPE")] kind: Option<Colour>, tags: Vec<&str>) -> (u8, bool, usize) {
    (n, kind == Some(Colour::Red), tags.len())
}

#[tool]
fn flat(#[arg(flatten)] point: Point) -> Point {
    point
}

#[tool]
fn moved(points: Vec<Point>, by: Point) -> Vec<Point> {
    points.into_iter().map(|Point { x, y }| Point { x: x + by.x, y }).collect()
}

#[tool]
fn loose(at: Option<Loose>) -> Option<Loose> {
    at
}

#[tool]
fn tight(at: Loose) -> Loose {
    at
}

#[tool(output = off)]
fn colour(of: Colour) -> Colour {
    of
}

#[tool]
fn map(of: BTreeMap<String, u8>) -> BTreeMap<String, u8> {
    of
}

#[tool]
fn any(json: serde_json::Value) -> serde_json::Value {
    json
}

#[tool]
fn texts() -> Cow<'static, str> {
    "text".into()
}

#[tool]
fn picture() -> Image {
    Image::png(vec![1])
}

#[resource("note://{folder}/{id}{?colour,lines}")]
fn note(folder: &str, id: u32, colour: Option<Colour>, lines: Option<u8>, _ctx: &Ctx) -> String {
    format!("{folder} {id} {colour:?} {lines:?}")
}

#[resource("file://{+path}")]
async fn file(path: &str) -> Result<Vec<u8>> {
    Ok(path.as_bytes().to_vec())
}

#[resource("about://us")]
fn about() -> Option<&'static str> {
    Some("us")
}

#[resource("point://{x}")]
fn point(x: f64) -> Point {
    Point { x, y: None }
}

#[resource("whole://all")]
fn whole() -> Vec<ResourceContents> {
    vec![ResourceContents::text("a"), ResourceContents::text("b")]
}

#[prompt]
fn review(code: &str, depth: Option<u8>, _ctx: &Ctx) -> String {
    format!("{code} {depth:?}")
}

struct Shop(u64);

#[mcp_runtime::handlers]
impl Shop {
    #[tool]
    fn price(&self, count: u64) -> u64 {
        self.0 * count
    }

    #[tool]
    async fn buy(self: Arc<Self>, _ctx: &Ctx, what: String) -> Result<String, String> {
        Ok(format!("{what} for {}", self.0))
    }

    #[tool]
    fn free() -> &'static str {
        "free"
    }
}

/// By reference, and by what has one.
async fn by_reference(client: &Client) -> Result<i64, ClientError> {
    call!(client, add(1, 1)).await
}

fn unmarked(a: i64) -> i64 {
    a
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let server = Server::new("typed").state("Hello".to_owned()).state(Shop(5)).build().expect("a server");
    for version in mcp_runtime::Version::ALL {
        let client = Client::builder().version(version).connect(&server).await.expect("a client");
        run(&client).await.unwrap_or_else(|error| panic!("{version:?}: {error}"));
    }
}

async fn run(client: &Client) -> Result<(), ClientError> {
    assert_eq!(call!(client, add(2, 3)).await?, 5);
    assert_eq!(by_reference(client).await?, 2);
    assert_eq!(call!(&client, self::add(1 + 1, -3),).await?, -1);
    let () = call!(client, nothing()).await?;
    for halved in [
        call!(client, halve(8)),
        call!(client, half(8)),
        call!(client, shop::sale::halve(8)),
        call!(client, shop::reexported(8)),
        call!(client, crate::shop::sale::halve(8)),
    ] {
        assert_eq!(halved.await?, 4);
    }
    assert_eq!(call!(client, shop::r#async::r#type("it")).await?, "it?");
    let failed = call!(client, fails("no")).await.expect_err("it fails");
    assert!(matches!(&failed, ClientError::Tool(error) if error.text() == "no"), "{failed}");

    let first = String::from("good");
    assert_eq!(call!(client, injected(&first, Some("day"))).await?, r#"good Hello ada Some("day")"#);
    assert_eq!(call!(client, injected(&format!("{first}!"), None)).await?, "good! Hello ada None");
    assert_eq!(call!(client, defaulted(7, Some(Colour::Red), vec!["a", "b"])).await?, (7, true, 2));
    assert_eq!(call!(client, defaulted(7, None, Vec::new())).await?, (7, false, 0));

    let at = Point { x: 1.5, y: Some(2.0) };
    assert_eq!(call!(client, flat(at.clone())).await?, at);
    assert_eq!(call!(client, moved(vec![at.clone()], at.clone())).await?, [Point { x: 3.0, y: Some(2.0) }]);
    for at in [None, Some(Loose { result: Some(1), other: None }), Some(Loose::default())] {
        assert_eq!(call!(client, loose(at.clone())).await?, at);
        assert_eq!(call!(client, tight(at.clone().unwrap_or_default())).await?, at.unwrap_or_default());
    }
    assert_eq!(call!(client, colour(Colour::Blue)).await?, Colour::Blue);
    let of = BTreeMap::from([("result".to_owned(), 3)]);
    assert_eq!(call!(client, map(of.clone())).await?, of);
    for json in [serde_json::json!({"result": 3}), serde_json::Value::Null, serde_json::json!([1])] {
        assert_eq!(call!(client, any(json.clone())).await?, json);
    }
    assert_eq!(call!(client, texts()).await?, "text");
    let picture: CallResult = call!(client, picture()).await?;
    assert_eq!(picture.content()?.len(), 1);

    assert_eq!(read!(client, note("to do/ü", 7, Some(Colour::Red), None)).await?, "to do/ü 7 Some(Red) None");
    assert_eq!(read!(client, note("a", 7, None, Some(3))).await?, "a 7 None Some(3)");
    assert_eq!(read!(client, file("srv/a b")).await?, b"srv/a b");
    assert_eq!(read!(client, about()).await?, "us");
    assert_eq!(read!(client, point(0.5)).await?, Point { x: 0.5, y: None });
    let whole: ReadResourceResult = read!(client, whole()).await?;
    assert_eq!(whole.text(), "a\nb");
    let empty = read!(client, note("", 7, None, None)).await.expect_err("no such URI");
    assert!(empty.to_string().starts_with("`note://{folder}/{id}{?colour,lines}` has no URI for folder=\"\""), "{empty}");

    assert_eq!(client::prompt!(client, review("fn", None)).await?.text(), "fn None");
    assert_eq!(client::prompt!(client, review("fn", Some(3))).await?.text(), "fn Some(3)");

    assert_eq!(call!(client, Shop::price(3)).await?, 15);
    assert_eq!(call!(client, <Shop>::buy("tea".to_owned())).await?, "tea for 5");
    assert_eq!(call!(client, Shop::free()).await?, "free");

    let local = {
        #[tool]
        fn triple(n: i64) -> i64 {
            n * 3
        }
        call!(client, triple(2)).await?
    };
    assert_eq!(local, 6);

    let refused = call!(client, unmarked(1)).await.expect_err("it is no tool");
    assert!(refused.to_string().contains("`unmarked` in `call!` at "), "{refused}");
    let unfit = call!(client, moved(vec![], Point { x: f64::NAN, y: None })).await.expect_err("no JSON");
    assert!(unfit.to_string().starts_with("`by` of `moved` cannot be sent"), "{unfit}");
    let renamed = call!(client, add(1, 2)).named("subtract").await.expect_err("no such tool");
    assert_eq!(renamed.code(), Some(-32602));
    Ok(())
}
