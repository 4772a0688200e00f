//! Groups, mounts, items by hand, and what a start says that cannot be.

use mcp_runtime::dynamic::Resource;
use mcp_runtime::prelude::*;
use mcp_runtime::{ServerBuilder, Version};
use serde_json::{Value, json};

static SHOP: Group = Group::new("shop").title("The shop").version("2.0.0").instructions("Buy something.");
static ADMIN: Group = Group::new("admin");
static STAFF: Group = Group::new("staff").instructions("Be kind.");
static MUTE: Group = Group::new("mute").instructions("");

struct Stock(u32);

/// How many there are.
#[tool(group = SHOP)]
fn stock(stock: State<Stock>) -> u32 {
    stock.0
}

/// A thing for sale.
#[resource("thing://{name}", group = SHOP)]
fn thing(name: &str) -> String {
    format!("one {name}")
}

/// What to say at the door.
#[prompt(group = SHOP)]
fn greet() -> &'static str {
    "Good day!"
}

/// Shuts the shop.
#[tool(group = ADMIN, destructive)]
fn shut() -> &'static str {
    "shut"
}

/// Belongs to no group.
#[tool]
fn common() -> &'static str {
    "common"
}

mod tests {
    use mcp_runtime::prelude::*;

    /// Is for tests only.
    #[tool]
    pub fn for_tests() {}
}

/// What a request of the stateless era is answered.
async fn ask(server: ServerBuilder, method: &str, params: Value) -> Value {
    ask_built(&server.build().unwrap_or_else(|error| panic!("{error}")), method, params).await
}

async fn ask_built(server: &Server, method: &str, params: Value) -> Value {
    let mut client = server.connect();
    let mut params = params;
    params["_meta"] = json!({ "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
        "io.modelcontextprotocol/clientCapabilities": {} });
    client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string());
    let answer = client.receive().await.expect("an answer");
    serde_json::from_str(&answer).expect("JSON")
}

async fn tools(server: ServerBuilder) -> Vec<String> {
    let answer = ask(server, "tools/list", json!({})).await;
    let tools = answer["result"]["tools"].as_array().cloned().unwrap_or_default();
    tools.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn the_default_server_has_what_is_in_no_group_and_in_no_test_module() {
    assert_eq!(tools(Server::new("default")).await, ["common"]);
}

#[tokio::test]
async fn a_group_makes_a_server_of_its_own() {
    let shop = || Server::of(&SHOP).state(Stock(3));
    assert_eq!(tools(shop()).await, ["stock"]);
    let answer = ask(shop(), "tools/call", json!({ "name": "stock" })).await;
    assert_eq!(answer["result"]["structuredContent"]["result"], 3);
    let info = ask(shop(), "server/discover", json!({})).await;
    assert_eq!(info["result"]["instructions"], "Buy something.");
    let name = &info["result"]["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert_eq!(
        (&name["name"], &name["title"], &name["version"]),
        (&json!("shop"), &json!("The shop"), &json!("2.0.0"))
    );

    assert_eq!(tools(Server::of(&ADMIN)).await, ["shut"]);
    let info = ask(Server::of(&ADMIN), "server/discover", json!({})).await;
    assert_eq!(info["result"]["capabilities"], json!({ "tools": { "listChanged": true }, "logging": {} }));
}

#[tokio::test]
async fn two_servers_of_one_group_have_each_its_own_state() {
    for n in [1, 2] {
        let answer = ask(Server::of(&SHOP).state(Stock(n)), "tools/call", json!({ "name": "stock" })).await;
        assert_eq!(answer["result"]["content"][0]["text"], n.to_string());
    }
}

#[tokio::test]
async fn a_group_is_mounted_with_a_prefix_or_without() {
    let all = || Server::new("all").state(Stock(1)).mount(&ADMIN).mount_as("market", &SHOP);
    assert_eq!(tools(all()).await, ["common", "market_stock", "shut"]);
    let prompts = ask(all(), "prompts/list", json!({})).await;
    assert_eq!(prompts["result"]["prompts"][0]["name"], "market_greet");
    let thing = ask(all(), "resources/read", json!({ "uri": "thing://market/hat" })).await;
    assert_eq!(thing["result"]["contents"][0]["text"], "one hat");

    let dotted = Server::empty("dotted").separator(".").mount_as("a", &ADMIN).mount_as("b", &ADMIN);
    assert_eq!(tools(dotted).await, ["a.shut", "b.shut"]);
}

static BRANCH: Group = Group::new("branch");

/// Says by which name it was called.
#[tool(group = BRANCH)]
fn called(ctx: &Ctx) -> String {
    ctx.target().to_owned()
}

/// The same as a resource.
#[resource("branch://{name}", group = BRANCH)]
fn read_as(ctx: &Ctx, name: &str) -> String {
    format!("{name} at {}", ctx.target())
}

#[tokio::test]
async fn an_item_of_a_group_knows_the_name_that_it_has_where_it_was_called() {
    let mall = || Server::empty("mall").mount_as("north", &BRANCH).mount_as("south", &BRANCH).mount(&BRANCH);
    for name in ["north_called", "south_called", "called"] {
        let answer = ask(mall(), "tools/call", json!({ "name": name })).await;
        assert_eq!(answer["result"]["content"][0]["text"], name);
    }
    let read = ask(mall(), "resources/read", json!({ "uri": "branch://south/hat" })).await;
    assert_eq!(read["result"]["contents"][0]["text"], "hat at branch://south/hat");
}

#[tokio::test]
async fn a_group_that_is_mounted_twice_is_there_once() {
    assert_eq!(tools(Server::of(&ADMIN).mount(&ADMIN).with(tools![shut])).await, ["shut"]);
}

/// The instructions that clients of both eras get: from `initialize` and from `server/discover`.
async fn instructions(server: ServerBuilder) -> Option<String> {
    let server = server.build().unwrap_or_else(|error| panic!("{error}"));
    let mut client = server.connect();
    let hello =
        json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello }).to_string());
    let initialized: Value = serde_json::from_str(&client.receive().await.expect("an answer")).expect("JSON");
    let discovered = ask_built(&server, "server/discover", json!({})).await;
    let [initialized, discovered] =
        [initialized, discovered].map(|answer| answer["result"].get("instructions").cloned());
    assert_eq!(initialized, discovered);
    initialized.map(|text| text.as_str().expect("a text").to_owned())
}

#[tokio::test]
async fn instructions_of_mounted_groups_follow_those_of_the_server() {
    let told = async |server: ServerBuilder| instructions(server.state(Stock(1))).await.unwrap_or_default();
    let top = || Server::empty("top").instructions("Top.");
    assert_eq!(told(top().mount_as("a", &SHOP)).await, "Top.\n\nBuy something.");
    assert_eq!(told(top().mount(&STAFF).mount_as("a", &SHOP)).await, "Top.\n\nBe kind.\n\nBuy something.");
    // The server's own come first, wherever they are set.
    let mounted = Server::empty("top").mount_as("a", &SHOP).mount(&ADMIN).mount(&STAFF);
    assert_eq!(told(mounted.instructions("Top.")).await, "Top.\n\nBuy something.\n\nBe kind.");
    assert_eq!(told(Server::empty("none").mount(&SHOP)).await, "Buy something.");
    // Each text once.
    assert_eq!(told(top().mount_as("a", &SHOP).mount_as("b", &SHOP)).await, "Top.\n\nBuy something.");
    assert_eq!(told(Server::of(&SHOP).mount_as("b", &SHOP)).await, "Buy something.");
    // The server of a group can have others.
    assert_eq!(told(Server::of(&SHOP).mount(&STAFF)).await, "Buy something.\n\nBe kind.");
    assert_eq!(told(Server::of(&SHOP).instructions("Look around.")).await, "Look around.");
    assert_eq!(instructions(Server::empty("none").instructions("").mount(&ADMIN).mount(&MUTE)).await, None);
}

#[tokio::test]
async fn items_can_be_named_by_hand() {
    let server = Server::empty("by hand").with(tools![common, tests::for_tests]);
    assert_eq!(tools(server).await, ["common", "for_tests"]);
    let server = Server::empty("by hand").with_resources(resources![thing]).with_prompts(prompts![greet]);
    let thing = ask(server, "resources/read", json!({ "uri": "thing://hat" })).await;
    assert_eq!(thing["result"]["contents"][0]["text"], "one hat");
}

mod sale {
    use mcp_runtime::prelude::*;

    pub static SALE: Group = Group::new("sale");

    /// Halves.
    #[tool(group = SALE)]
    pub fn halve(cents: u64) -> u64 {
        cents / 2
    }

    /// Has the name of a macro.
    #[tool(group = SALE)]
    pub fn format(text: &str) -> String {
        format!("{text}!")
    }

    /// A price.
    #[resource("price://{item}", group = SALE)]
    pub fn price(item: &str) -> String {
        format!("{item} is free")
    }

    /// Is not marked.
    pub fn plain() {}
}

mod again {
    pub use super::sale::halve;
}

#[tokio::test]
async fn functions_can_be_named_as_they_were_imported() {
    use sale::{format, halve, halve as h, price};

    assert_eq!(tools(Server::empty("imported").with(tools![halve, format])).await, ["format", "halve"]);
    assert_eq!(tools(Server::empty("renamed").with(tools![h])).await, ["halve"]);
    // The same function is there once, however often it is named.
    assert_eq!(tools(Server::empty("again").with(tools![again::halve, h, sale::halve])).await, ["halve"]);
    let server = Server::empty("resources").with_resources(resources![price]);
    let read = ask(server, "resources/read", json!({ "uri": "price://hat" })).await;
    assert_eq!(read["result"]["contents"][0]["text"], "hat is free");
}

#[tokio::test]
async fn a_function_that_is_not_marked_is_told_at_start() {
    use sale::{plain, price};

    let line = line!() + 1;
    let error = Server::empty("unmarked").with(tools![plain, price]).build().expect_err("none is a tool").to_string();
    for name in ["plain", "price"] {
        let told = format!("groups.rs:{line}:");
        let words = [&*told, &format!("`{name}` in `tools![…]` is not marked `#[tool]`")];
        assert!(error.lines().any(|line| words.iter().all(|word| line.contains(word))), "{name}: {error}");
    }
    let running = Server::empty("running").dynamic().build().expect("nothing is wrong with it");
    let error = running.handle().add_tools(tools![plain]).expect_err("it is no tool");
    assert!(error.to_string().starts_with("nothing was changed"), "{error}");
}

#[test]
fn marked_functions_stay_functions() {
    assert_eq!(stock(State::new(Stock(7))), 7);
    assert_eq!(thing("hat"), "one hat");
    assert_eq!(greet(), "Good day!");
}

mod broken {
    use mcp_runtime::prelude::*;

    pub static BROKEN: Group = Group::new("broken");
    pub const FIRST: u32 = line!() + 5;

    /// Needs what nobody gives.
    // One after the other, so that the lines below can be counted.
    #[tool(group = BROKEN)]
    fn needs_state(_missing: State<Vec<u8>>) {}

    /// Has the name of another.
    #[tool(group = BROKEN, name = "twin")]
    fn one() {}

    /// Has the name of another.
    #[tool(group = BROKEN, name = "twin")]
    fn two() {}

    /// Has a rule that nobody can read.
    #[prompt(group = BROKEN)]
    fn unreadable(#[arg(pattern = "(?<a>x)(?<a>y)")] text: String) -> String {
        text
    }

    #[derive(serde::Deserialize, schemars::JsonSchema)]
    #[allow(dead_code, reason = "its schema counts")]
    struct Code {
        #[schemars(regex(pattern = "(?i)^a$"))]
        code: String,
    }

    /// Takes a type with a rule that no client can read.
    #[tool(group = BROKEN)]
    fn foreign(_code: Code) {}
}

#[test]
fn a_start_tells_all_that_is_wrong_each_with_its_place() {
    let error = Server::of(&broken::BROKEN).extension("no_prefix", json!({})).page_size(0).build();
    let text = error.expect_err("much is wrong").to_string();
    let at = |line: u32| format!("groups.rs:{}", broken::FIRST + line);
    for words in [
        &["for 6 reasons"][..],
        &["extension `no_prefix`"],
        &["page_size"],
        &["needs_state", "Vec<u8>", &at(0)],
        &["`twin`", &at(4), &at(8)],
        &["`unreadable`", "`(?<a>x)(?<a>y)`", &at(12)],
        &["`foreign`", "`(?i)^a$`", "/$defs/Code/properties/code/pattern", "[Aa]", &at(25)],
    ] {
        let told = text.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(told, "{words:?} in\n{text}");
    }
}

mod twins {
    use mcp_runtime::prelude::*;

    pub static TWINS: Group = Group::new("twins");
    pub const FIRST: u32 = line!() + 5;

    /// Matches the same URIs as the next one.
    // One after the other, so that the lines below can be counted.
    #[resource("user://{id}", group = TWINS)]
    fn by_id(id: u32) -> String {
        id.to_string()
    }

    /// Matches the same URIs as the one before.
    #[resource("USER://{name}", group = TWINS)]
    fn by_name(name: &str) -> String {
        name.to_owned()
    }

    /// Matches the same URIs as the next one: a query decides nothing.
    #[resource("list://all?kind=1{&page}", group = TWINS)]
    fn pages(page: Option<u32>) -> String {
        format!("{page:?}")
    }

    /// Matches the same URIs as the one before.
    #[resource("list://all?kind=1{&from}", group = TWINS)]
    fn from(from: Option<u32>) -> String {
        format!("{from:?}")
    }

    pub static SHELF: Group = Group::new("shelf");
    pub const SHELVED: u32 = line!() + 4;

    /// Is mounted.
    #[resource("book://{title}", group = SHELF)]
    fn book(title: &str) -> String {
        title.to_owned()
    }
}

#[test]
fn two_templates_that_match_the_same_uris_are_refused_with_both_places() {
    let at = |line: u32| format!("groups.rs:{}", twins::FIRST + line);
    let error = Server::of(&twins::TWINS).build().expect_err("two pairs clash").to_string();
    assert!(error.contains("for 2 reasons"), "{error}");
    for words in [
        &["`user://{id}`", "`USER://{name}`", "matches the same URIs", &at(0), &at(6)][..],
        &["`list://all?kind=1{&page}`", "`list://all?kind=1{&from}`", &at(12), &at(18)],
    ] {
        let told = error.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(told, "{words:?} in\n{error}");
    }
}

#[test]
fn a_template_that_is_mounted_or_made_at_run_time_clashes_like_any_other() {
    let here = format!("groups.rs:{}", line!() + 1);
    let made = |uri: &str| Resource::new(uri).handler(async |_, _ctx| "made");
    let mounted = || Server::empty("x").mount_as("shop", &twins::SHELF);
    let there = format!("(the other one is at tests/groups.rs:{})", twins::SHELVED);
    let refused = refusal(mounted().add(made("book://shop/{name}")));
    for word in ["`book://shop/{name}`", "`book://shop/{title}`", &here, &there] {
        assert!(refused.contains(word), "{word}: {refused}");
    }

    let handle = mounted().build().expect("nothing clashes").handle();
    let refused = handle.add(made("book://shop/{name}")).expect_err("it clashes with what is there");
    // A tool may return it, and its text is nothing that tells a model of the source.
    let told = refused.to_string();
    assert!(
        told.starts_with("nothing was changed: resource `book://shop/{name}`: ") && !told.contains(".rs"),
        "{told}"
    );
    assert_eq!(refused.problems()[0].other(), Some(("tests/groups.rs", twins::SHELVED)));
    assert!(format!("{refused:?}").contains(&there), "{refused:?}");
    assert!(handle.remove_resource("book://shop/{title}"));
    handle.add(made("book://shop/{name}")).expect("its place is free");
    handle.add(made("book://shop/{name}/{page}")).expect("it matches other URIs");
    let twice = [made("pair://{a}{?b}").into(), made("pair://{c}{?d,e}").into()];
    assert!(handle.add_all(twice).is_err());
}

#[tokio::test]
async fn of_two_templates_that_match_a_uri_the_narrower_is_read() {
    let templates =
        ["x://{a}/fixed", "x://{a}/{b}", "x://{path*}", "x://{a}", "x://{a}{?q}", "x://{a}-{b}", "x://{a}?k=1{&q}"];
    let server = templates.into_iter().rev().fold(Server::empty("x"), |server, uri| {
        server.add(Resource::new(uri).handler(move |_, _ctx| async move { uri }))
    });
    let server = server.build().expect("no two match the same URIs");
    for (uri, expected) in [
        ("x://1/fixed", "x://{a}/fixed"),
        ("x://1/2", "x://{a}/{b}"),
        ("x://1/2/3", "x://{path*}"),
        ("x://1", "x://{a}"),
        ("x://1?q=2", "x://{a}{?q}"),
        ("x://1-2", "x://{a}-{b}"),
        ("x://1?k=1", "x://{a}?k=1{&q}"),
    ] {
        let answer = ask_built(&server, "resources/read", json!({ "uri": uri })).await;
        assert_eq!(answer["result"]["contents"][0]["text"], expected, "{uri}");
    }
}

#[test]
fn a_prefix_that_makes_bad_names_is_told() {
    let error = Server::empty("bad").mount_as("a b", &ADMIN).build().expect_err("a bad name");
    assert!(error.to_string().contains("`a b_shut`"), "{error}");
    assert_eq!(error.problems().len(), 1);
}

#[test]
fn what_is_wrong_later_changes_nothing() {
    let server = Server::empty("later").dynamic().build().expect("a server");
    let handle = server.handle();
    let error = handle.add_tools(tools![common, stock]).expect_err("there is no stock");
    assert!(error.to_string().contains("Stock"), "{error}");
    assert!(!handle.remove_tool("common"), "neither was added");
    handle.add_tools(tools![common]).expect("nothing is wrong with it");
    assert!(handle.remove_tool("common"));
}

static LATER: Group = Group::new("later");

/// Comes later.
#[tool(group = LATER)]
fn later() -> &'static str {
    "later"
}

/// Comes later, too.
#[tool(group = LATER)]
fn latest() -> &'static str {
    "latest"
}

/// A file of the machine.
#[resource("file:///etc/{name}", group = FILES)]
fn etc(name: &str) -> String {
    name.to_owned()
}

static FILES: Group = Group::new("files");

/// Is described by hand, and not well.
#[tool(group = BY_HAND, input = r#"{"type":"object","properties":{"x":{}},"additionalProperties":false}"#)]
fn by_hand(a: i64) -> i64 {
    a
}

static BY_HAND: Group = Group::new("by-hand");

macro_rules! constants {
    ($($name:literal),*) => {$(
        const _: () = {
            /// Is one of many from one place.
            #[tool(name = $name, group = GENERATED)]
            fn run() -> &'static str {
                $name
            }
            let _ = run;
        };
    )*};
}

static GENERATED: Group = Group::new("generated");

constants!("first", "second", "third");

/// What keeps a server from starting.
fn refusal(server: ServerBuilder) -> String {
    server.build().expect_err("it cannot start").to_string()
}

#[tokio::test]
async fn functions_that_a_macro_makes_in_one_place_are_all_there() {
    assert_eq!(tools(Server::of(&GENERATED)).await, ["first", "second", "third"]);
}

#[test]
fn what_two_handles_add_at_once_is_all_there() {
    for _ in 0..100 {
        let server = Server::empty("both").dynamic().build().expect("a server");
        let add = |tool: &'static [&'static _]| {
            let handle = server.handle();
            std::thread::spawn(move || handle.add_tools(tool).expect("nothing is wrong with it"))
        };
        let both = [add(tools![later]), add(tools![latest])];
        both.into_iter().for_each(|one| one.join().expect("it added"));
        let handle = server.handle();
        assert!(handle.remove_tool("later") && handle.remove_tool("latest"));
    }
}

#[tokio::test]
async fn a_server_that_has_lost_its_last_tool_still_lists_none() {
    let server = Server::of(&ADMIN).build().expect("a server");
    assert!(server.handle().remove_tool("shut"));
    let mut client = server.connect();
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
        "io.modelcontextprotocol/clientCapabilities": {} });
    client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": meta } }).to_string());
    let answer: Value = serde_json::from_str(&client.receive().await.expect("an answer")).expect("JSON");
    assert_eq!(answer["result"]["tools"], json!([]));
}

#[test]
fn what_clients_were_told_there_is_none_of_cannot_come_later() {
    let server = Server::empty("none").build().expect("a server");
    let error = server.handle().add_tools(tools![later]).expect_err("none were declared").to_string();
    assert!(error.starts_with("nothing was changed") && error.contains(".dynamic()"), "{error}");
}

#[test]
fn what_a_builder_is_given_wrong_stops_the_start() {
    let method = |server: ServerBuilder, name| server.method(name, async |(): (), _: Ctx| Ok(()));
    for (server, word) in [
        (Server::empty("x").mount_as("p", &FILES), "host part"),
        (Server::of(&BY_HAND), "no property `a`"),
        (method(method(Server::empty("x"), "a/b"), "a/b"), "twice"),
        (method(Server::empty("x"), "notifications/initialized"), "protocol's own"),
        (method(Server::empty("x"), "tools/list"), "protocol's own"),
        (Server::empty("x").extension("/!!", json!({})), "prefix"),
        (Server::empty("x").extension("com.example/x", json!([])), "object"),
        (Server::empty("x").call_limit(0), "at least one"),
        (Server::empty("x").message_limit(10), "1,024"),
        (Server::empty("x").page_size(0), "at least one"),
    ] {
        let refused = refusal(server);
        assert!(refused.contains(word), "{word}: {refused}");
    }
}

#[test]
fn layers_around_a_group_of_which_the_server_has_nothing_stop_the_start() {
    let server = || Server::of(&SHOP).state(Stock(1)).layers_for(&ADMIN, mcp_runtime::layers::Layers::new());
    let error = server().build().expect_err("nothing of it is there");
    assert_eq!(error.problems().len(), 1, "{error}");
    assert!(error.to_string().contains("layers_for: the server has nothing of group `admin`"), "{error}");
    server().mount(&ADMIN).build().expect("it is there");
    server().dynamic().build().expect("it may come");
}
