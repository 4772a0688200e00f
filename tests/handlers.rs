//! What handlers are given, and how they are called in unit tests.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::ErrorKind;
use mcp_runtime::dynamic::Tool;
use mcp_runtime::prelude::*;
use mcp_runtime::{AskError, ResourceDef, ServerBuilder, ToolDef, Version};
use mcp_tests::logged::{Logged, logged};
use serde_json::{Value, json};

static STORE: Group = Group::new("store");
static SHARED: Group = Group::new("shared");
static TEACHER: Group = Group::new("teacher");
static QUIZ: Group = Group::new("quiz");
static SHOP: Group = Group::new("shop");
static SLOW: Group = Group::new("slow");

trait Store: Send + Sync {
    fn count(&self) -> usize;
}

struct Shelf(usize);

impl Store for Shelf {
    fn count(&self) -> usize {
        self.0
    }
}

/// Counts what is there.
#[tool(group = STORE)]
fn count(store: State<dyn Store>) -> usize {
    store.count()
}

/// Shares what is shared already.
#[tool(group = SHARED)]
fn shared(shelf: State<Arc<Shelf>>) -> usize {
    shelf.0
}

/// Learns a phrase.
#[tool(group = TEACHER)]
async fn learn(ctx: &Ctx, name: &str, phrase: String) -> Result<()> {
    ctx.progress(1, 2, format!("learning {name}")).await;
    ctx.progress(2, 2, &phrase).await;
    ctx.handle().add(Tool::new(name, json!({ "type": "object" })).handler(move |_: Value, _ctx| {
        let phrase = phrase.clone();
        async move { phrase }
    }))?;
    Ok(())
}

#[derive(Elicit)]
struct Sure {
    sure: bool,
}

/// Asks all kinds of things.
#[tool(group = QUIZ)]
async fn quiz(ctx: &Ctx) -> Result<String> {
    let sure = match ctx.ask("confirm", elicit::<Sure>("Are you sure?")).await {
        Ok(answer) => answer.sure,
        Err(AskError::Declined) => return Ok("declined".to_owned()),
        Err(error) => return Err(error.into()),
    };
    let poem = ctx.ask("poem", sample("A poem, please.")).await?;
    let roots = ctx.ask("roots", roots()).await?;
    let id = ctx.once("id", async || Ok(7)).await?;
    Ok(format!("{sure} {} {} {id}", poem.text(), roots.len()))
}

#[derive(Debug, thiserror::Error)]
enum ShopError {
    #[error("there is no item {0}")]
    NoSuchItem(u32),
    #[error("sold out")]
    SoldOut,
    #[error("the database failed")]
    Database(#[from] std::io::Error),
}

impl IntoError for ShopError {
    fn into_error(self) -> Error {
        match self {
            Self::NoSuchItem(_) => Error::not_found().with_message(self),
            Self::SoldOut => Error::new(self),
            Self::Database(_) => Error::internal(self),
        }
    }
}

/// Buys an item.
#[tool(group = SHOP)]
fn buy(id: u32) -> Result<String, ShopError> {
    match id {
        0 => Err(std::io::Error::other("secret"))?,
        1 => Err(ShopError::SoldOut),
        2 => Ok("a lamp".to_owned()),
        _ => Err(ShopError::NoSuchItem(id)),
    }
}

fn classify(error: anyhow::Error) -> Error {
    match error.downcast::<ShopError>() {
        Ok(own) => own.into_error(),
        Err(other) => Error::internal(other),
    }
}

/// Refunds an order.
#[tool(group = SHOP, error = classify)]
fn refund(order: u32) -> anyhow::Result<String> {
    anyhow::ensure!(order > 0, "a secret of the books");
    Ok(buy(order)?)
}

/// Gives an order back, telling whatever is wrong.
#[tool(group = SHOP)]
fn give_back(order: u32) -> anyhow::Result<String> {
    use anyhow::Context as _;
    buy(order).context("it cannot be given back")
}

/// Works before it asks, and takes a step.
#[tool(group = SLOW)]
async fn works_again(ctx: &Ctx) -> Result<bool> {
    tokio::time::sleep(Duration::from_millis(60)).await;
    let Sure { sure } = ctx.ask("confirm", elicit::<Sure>("Are you sure?")).await?;
    Ok(sure)
}

/// Works in a step before it asks.
#[tool(group = SLOW)]
async fn works_once(ctx: &Ctx) -> Result<bool> {
    let step = async || {
        tokio::time::sleep(Duration::from_millis(60)).await;
        Ok(())
    };
    ctx.once("work", step).await?;
    let Sure { sure } = ctx.ask("confirm", elicit::<Sure>("Are you sure?")).await?;
    Ok(sure)
}

static TILL: Group = Group::new("till");

/// Where money is kept.
struct Till(Mutex<u64>);

#[handlers(group = TILL)]
impl Till {
    /// Puts money into it.
    #[tool]
    async fn pay(&self, ctx: &Ctx, cents: u64) -> Result<u64> {
        ctx.progress(1, 1, "counted").await;
        let mut all = self.0.lock().map_err(|_| Error::new("it is stuck"))?;
        *all += cents;
        Ok(*all)
    }

    /// What is in it.
    #[resource("till://content")]
    fn content(&self) -> String {
        format!("{} cents", self.0.lock().expect("nobody panics"))
    }

    /// Says which version it is.
    #[tool]
    fn version() -> &'static str {
        "1"
    }
}

/// Calls a tool, in the stateless era.
async fn call(server: &Server, name: &str, arguments: Value) -> Value {
    let mut client = server.connect();
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
        "io.modelcontextprotocol/clientCapabilities": {} });
    let params = json!({ "name": name, "arguments": arguments, "_meta": meta });
    client.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string());
    serde_json::from_str(&client.receive().await.expect("an answer")).expect("JSON")
}

fn problem(server: ServerBuilder) -> String {
    server.build().expect_err("it cannot start").to_string()
}

#[tokio::test]
async fn state_may_be_a_trait_object() {
    let store: Arc<dyn Store> = Arc::new(Shelf(3));
    let server = Server::of(&STORE).state_arc(store).build().expect("nothing is wrong with it");
    assert_eq!(call(&server, "count", json!({})).await["result"]["structuredContent"]["result"], 3);
    let store: Arc<dyn Store> = Arc::new(Shelf(4));
    assert_eq!(count(store.into()), 4);
}

#[test]
fn state_that_is_missing_is_named_with_what_was_most_likely_meant() {
    let nothing = problem(Server::of(&STORE));
    assert!(
        nothing.contains("give an `Arc<dyn handlers::Store>` to the server's builder: `.state_arc(value)`"),
        "{nothing}"
    );
    let store: Arc<dyn Store> = Arc::new(Shelf(3));
    let wrapped = problem(Server::of(&STORE).state(store));
    assert!(wrapped.contains("give it with `.state_arc(…)` instead of `.state(…)`"), "{wrapped}");
    let shared = problem(Server::of(&SHARED).state(Shelf(3)));
    assert!(shared.contains("write the parameter as `State<handlers::Shelf>`"), "{shared}");
    let plain = problem(Server::of(&SHARED));
    for cure in ["to the server's builder: `.state(value)`", "`mcp_runtime::main!(|server| server.state(value));`"] {
        assert!(plain.contains(cure), "{plain}");
    }
}

/// The line of this file with these words.
fn line_with(words: &str) -> Option<u32> {
    let place = include_str!("handlers.rs").lines().position(|line| line.contains(words))?;
    u32::try_from(place + 1).ok()
}

#[test]
fn the_value_of_a_marked_method_stops_the_start_when_it_is_missing_at_the_place_of_each_method() {
    let error = Server::of(&TILL).build().expect_err("it has no till");
    let [pay, content] = error.problems() else { panic!("two functions need it: {error}") };
    for (problem, item, function) in
        [(pay, "tool `pay`", "async fn pay(&self"), (content, "resource `till://content`", "fn content(&self")]
    {
        assert!(problem.message().starts_with(&format!("{item}: `State<handlers::Till>` was not given")), "{problem}");
        assert_eq!((problem.line(), problem.other()), (line_with(function), None), "{problem}");
        assert!(problem.file().is_some_and(|file| file.ends_with("handlers.rs")), "{problem}");
    }
}

static TWINS: Group = Group::new("twins");

/// Is there twice.
#[tool(group = TWINS, name = "twin")]
fn first_twin() {}

/// Is there twice.
#[tool(group = TWINS, name = "twin")]
fn second_twin() {}

#[test]
fn of_two_items_that_clash_both_places_are_told() {
    let error = Server::of(&TWINS).build().expect_err("they have one name");
    let [problem] = error.problems() else { panic!("one thing is wrong: {error}") };
    let mut lines = [problem.line(), problem.other().map(|(_, line)| line)];
    lines.sort();
    assert_eq!(lines, [line_with("fn first_twin"), line_with("fn second_twin")]);
}

const TILL_TOOLS: &[&ToolDef] = tools![Till::pay, Till::version];
const TILL_RESOURCES: &[&ResourceDef] = resources![Till::content];

mod elsewhere {
    use mcp_runtime::prelude::*;

    /// Halves.
    #[tool(group = super::QUIZ, name = "halved")]
    pub(super) fn halve(number: u32) -> u32 {
        number / 2
    }
}

#[test]
fn a_definition_that_is_named_by_an_import_tells_the_same() {
    use elsewhere::halve as half;
    let [def]: &[&ToolDef] = tools![half] else { panic!("there is one in it") };
    assert_eq!((def.name(), Some(def.line())), ("halved", line_with("fn halve(")));
    assert_eq!(half(4), 2);
}

#[test]
fn lists_of_definitions_can_be_named_and_tell_what_is_in_them() {
    let names: Vec<&str> = TILL_TOOLS.iter().map(|tool| tool.name()).collect();
    assert_eq!(names, ["pay", "version"]);
    assert_eq!((TILL_RESOURCES[0].uri(), TILL_RESOURCES[0].name()), ("till://content", "content"));
    assert_eq!(Some(TILL_RESOURCES[0].line()), line_with("fn content(&self"));
    assert!(format!("{TILL_TOOLS:?}").starts_with("[ToolDef(pay at "), "{TILL_TOOLS:?}");
    let server = Server::empty("till").with(TILL_TOOLS).with_resources(TILL_RESOURCES).state(Till(Mutex::new(1)));
    assert!(server.build().is_ok());
}

#[tokio::test]
async fn a_marked_method_is_selected_by_its_path_and_stays_a_method() {
    let server = Server::empty("till").with(tools![Till::pay, Till::version]).state(Till(Mutex::new(1)));
    let server = server.build().expect("nothing is wrong with it");
    assert_eq!(call(&server, "pay", json!({ "cents": 2 })).await["result"]["structuredContent"]["result"], 3);
    assert_eq!(call(&server, "version", json!({})).await["result"]["content"][0]["text"], "1");
    let till = Till(Mutex::new(1));
    assert_eq!(till.pay(&Ctx::for_test(), 3).await.expect("it is not stuck"), 4);
    assert_eq!((till.content(), Till::version()), ("4 cents".to_owned(), "1"));
}

#[tokio::test]
async fn a_tool_adds_another_through_its_context() {
    let server = Server::of(&TEACHER).build().expect("nothing is wrong with it");
    let learned = call(&server, "learn", json!({ "name": "greet", "phrase": "Hello!" })).await;
    assert_eq!(learned["result"].get("isError"), None, "{learned}");
    assert_eq!(call(&server, "greet", json!({})).await["result"]["content"][0]["text"], "Hello!");
    let again = call(&server, "learn", json!({ "name": "greet", "phrase": "Hello!" })).await;
    assert_eq!(again["result"]["isError"], true, "the name is taken");
    assert!(!again.to_string().contains(".rs"), "the model is told nothing of the source: {again}");
    // In a unit test there is no server; the function can be called all the same.
    learn(&Ctx::for_test(), "greet", "Hello!".to_owned()).await.expect("nobody has the name");
}

/// Copies files, with all that a client may hear.
#[tool(group = TALKING)]
async fn copy(ctx: &Ctx, files: u32) -> u32 {
    ctx.log(LogLevel::Debug, Some("disk"), &json!({ "free": 7 })).await;
    for file in 1..=files {
        ctx.info(format!("file {file}"));
        ctx.progress(file, files, "copying").await;
    }
    ctx.progress(0.5, (), None).await;
    files
}

/// Counts without waiting for anything.
#[tool(group = TALKING)]
fn count_up(ctx: &Ctx, to: u32) -> u32 {
    (1..=to)
        .take_while(|i| {
            ctx.progress(*i, (), None);
            !ctx.is_cancelled()
        })
        .count() as u32
}

static TALKING: Group = Group::new("talking");

#[tokio::test]
async fn what_a_function_sends_is_heard_in_a_unit_test() {
    let ctx = Ctx::for_test();
    let client = ctx.test_caller();
    assert_eq!(copy(&ctx, 2).await, 2);
    // The last report is no progress.
    assert_eq!(client.progress(), ["1/2 copying", "2/2 copying"]);
    assert_eq!(client.logs(), [r#"debug disk: {"free":7}"#, "info: file 1", "info: file 2"]);
    assert_eq!((client.progress()[0].total, client.logs()[0].level), (Some(2.0), LogLevel::Debug));
}

#[tokio::test]
async fn a_call_is_cancelled_in_a_unit_test_and_its_function_dropped_where_it_waits() {
    struct Dropped(Arc<AtomicBool>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let ctx = Ctx::for_test();
    let client = ctx.test_caller();
    client.cancel_after(4);
    let dropped = Arc::<AtomicBool>::default();
    let guard = Dropped(Arc::clone(&dropped));
    let call = async {
        let _guard = guard;
        copy(&ctx, 100).await
    };
    assert_eq!(client.until_cancelled(call).await, None);
    assert!(dropped.load(Ordering::Relaxed) && ctx.is_cancelled());
    assert_eq!((client.progress().len(), client.logs().len()), (1, 3));

    // One that waits for something else.
    let ctx = Ctx::for_test();
    let client = ctx.test_caller();
    let (ended, ()) = tokio::join!(client.until_cancelled(std::future::pending::<()>()), async { client.cancel() });
    assert_eq!(ended, None);
    // One that looks itself; and who is called without a client goes on.
    let ctx = Ctx::for_test();
    ctx.test_caller().cancel_after(3);
    assert_eq!(count_up(&ctx, 100), 2);
    assert_eq!(copy(&ctx, 2).await, 2);
}

#[tokio::test]
async fn questions_are_answered_in_a_unit_test() {
    let answers = || {
        [
            ("confirm", json!({ "sure": true })),
            ("poem", json!("Roses are red")),
            ("roots", json!(["file:///home", "file:///tmp"])),
        ]
    };
    let ctx = Ctx::for_test().answering(answers());
    assert_eq!(quiz(&ctx).await.expect("all is answered"), "true Roses are red 2 7");
    let ctx = Ctx::for_test().answering([("confirm", json!({ "action": "decline" }))]);
    assert_eq!(quiz(&ctx).await.expect("declining is handled"), "declined");
}

#[tokio::test]
async fn a_question_that_a_unit_test_does_not_answer_names_the_key() {
    for ctx in [Ctx::for_test(), Ctx::for_test().answering([("other", json!(1))])] {
        let error = quiz(&ctx).await.expect_err("nobody answers").to_string();
        assert!(error.contains(r#"`Ctx::for_test().answering([("confirm", …)])`"#), "{error}");
    }
    let wrong = quiz(&Ctx::for_test().answering([("confirm", json!({ "sure": "perhaps" }))])).await;
    assert!(wrong.expect_err("it is no boolean").to_string().contains("sure"), "a wrong answer is told");
}

#[tokio::test]
async fn a_unit_test_that_means_to_decline_is_told_how() {
    for text in ["decline", "yes"] {
        let error = quiz(&Ctx::for_test().answering([("confirm", json!(text))])).await.expect_err("it is no form");
        let error = error.to_string();
        for words in [r#"{"action": "decline"}"#, r#"{"field": …}"#, &format!("got {text:?}"), "answer to `confirm`"]
        {
            assert!(error.contains(words), "{error}");
        }
    }
}

/// Where the client works.
#[tool(group = TALKING)]
async fn places(ctx: &Ctx) -> Result<String> {
    let roots = ctx.ask("where", mcp_runtime::roots()).await?;
    Ok(roots.into_iter().map(|root| root.uri).collect::<Vec<_>>().join(" "))
}

#[tokio::test]
async fn directories_are_answered_in_a_unit_test_as_one_or_as_a_list() {
    for (answer, uris) in [
        (json!("file:///a"), "file:///a"),
        (json!(["file:///a", { "uri": "file:///b", "name": "b" }]), "file:///a file:///b"),
        (json!({ "roots": [{ "uri": "file:///c" }] }), "file:///c"),
    ] {
        let ctx = Ctx::for_test().answering([("where", answer)]);
        assert_eq!(places(&ctx).await.expect("it is answered"), uris);
    }
    for wrong in [json!(7), json!([7])] {
        let error = places(&Ctx::for_test().answering([("where", wrong)])).await.expect_err("these are no directories");
        assert!(error.to_string().contains("(the test's answer to `where`)"), "{error}");
    }
}

/// Copies and counts, by other tools of the server.
#[tool(group = TALKING)]
async fn both(ctx: &Ctx) -> Result<String> {
    let copied: u32 = ctx.call("copy", json!({ "files": 2 })).await?.value()?;
    let asked = ctx.call("places", ()).await?.text();
    Ok(format!("{copied} {asked} {}", *ctx.state::<u32>().ok_or_else(|| Error::new("no number"))?))
}

#[tokio::test]
async fn a_function_in_a_unit_test_calls_the_server_that_its_context_is_given() {
    let server = Server::of(&TALKING).state(7_u32).build().expect("nothing is wrong with it");
    let ctx = Ctx::for_test().answering([("places/where", json!("file:///a"))]).with_server(&server);
    assert_eq!(both(&ctx).await.expect("all is there"), "2 file:///a 7");
    assert_eq!(ctx.test_caller().logs().len(), 3, "what called tools log is heard, too");
}

#[tokio::test]
async fn a_context_without_a_server_says_how_to_give_it_one() {
    let error = both(&Ctx::for_test()).await.expect_err("there is no server");
    for told in [error.to_string(), error.client_message().to_owned()] {
        assert!(told.contains("`Ctx::for_test().with_server(&server)`"), "{told}");
    }
}

#[test]
fn a_unit_test_sees_what_clients_are_told_of_an_error() {
    let cause = || std::io::Error::other("secret");
    let own = |error: &Error| (error.kind(), error.code(), error.client_message().to_owned());
    let told = |text: &str| text.to_owned();
    assert_eq!(own(&Error::internal(cause())), (ErrorKind::Internal, -32603, told("Internal error")));
    assert_eq!(own(&Error::internal(cause()).with_message("closed")), (ErrorKind::Internal, -32603, told("closed")));
    assert_eq!(own(&cause().into()), (ErrorKind::Message, -32603, told("secret")));
    assert_eq!(own(&Error::invalid("odd")), (ErrorKind::Invalid, -32602, told("odd")));
    assert_eq!(own(&Error::not_found()), (ErrorKind::NotFound, -32602, told("Not found")));
    let rpc = Error::rpc(7, "own").with_data(&json!({ "left": 0 }));
    assert_eq!((own(&rpc), rpc.data()), ((ErrorKind::Rpc, 7, told("own")), Some(r#"{"left":0}"#)));
}

#[test]
fn data_that_cannot_be_json_is_left_out_and_the_log_says_so() {
    let (error, log) = logged(|| Error::new("sold out").with_data(&json!({ "left": 0 })).with_data(&[1.0, f64::NAN]));
    assert_eq!((error.client_message(), error.data()), ("sold out", Some(r#"{"left":0}"#)));
    let expected = "the data of the error `sold out` is left out: the data's /1 is NaN, which JSON has no number for";
    assert!(log.contains("ERROR") && log.contains(expected), "{log}");
}

#[test]
fn a_program_fails_with_an_error_of_ours() {
    fn read(path: &str) -> Result<String> {
        Ok(std::fs::read_to_string(path).map_err(Error::internal)?.parse()?)
    }
    fn program() -> Result<(), Box<dyn std::error::Error>> {
        read("/nowhere/at/all")?;
        Ok(())
    }
    fn of_another() -> anyhow::Result<()> {
        read("/nowhere/at/all").map_err(anyhow::Error::msg)?;
        Ok(())
    }
    let expected = read("/nowhere/at/all").expect_err("it is not there").to_string();
    let error = program().expect_err("it is not there");
    assert_eq!((error.to_string(), format!("{error:?}")), (expected.clone(), expected.clone()));
    assert_eq!(of_another().expect_err("it is not there").to_string(), expected);
}

#[tokio::test]
async fn errors_of_thiserror_and_anyhow_decide_what_clients_learn() {
    let server = Server::of(&SHOP).build().expect("nothing is wrong with it");
    for (tool, number, told) in [
        ("buy", 1, "sold out"),
        ("buy", 7, "there is no item 7"),
        ("buy", 0, "Internal error"),
        ("refund", 7, "there is no item 7"),
        ("refund", 0, "Internal error"),
        ("give_back", 1, "it cannot be given back: sold out"),
    ] {
        let argument = if tool == "buy" { "id" } else { "order" };
        let answer = call(&server, tool, json!({ argument: number })).await.to_string();
        assert!(answer.contains(told) && !answer.contains("secret"), "{tool} {number}: {answer}");
    }
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn work_that_is_done_again_before_an_answered_question_is_told_once_in_debug_builds() {
    let logged = Logged::listen();
    let server = Server::of(&SLOW).build().expect("nothing is wrong with it");
    let mut client = server.connect();
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} } });
    for tool in ["works_again", "works_again", "works_once"] {
        let mut params = json!({ "name": tool, "arguments": {}, "_meta": meta });
        for round in 0..3 {
            client.send(json!({ "jsonrpc": "2.0", "id": round, "method": "tools/call", "params": params }).to_string());
            let answer: Value = serde_json::from_str(&client.receive().await.expect("an answer")).expect("JSON");
            let result = &answer["result"];
            if result["resultType"] == "complete" {
                assert_eq!(result["structuredContent"]["result"], true, "{answer}");
                break;
            }
            params["requestState"] = result["requestState"].clone();
            params["inputResponses"] = json!({ "confirm": { "action": "accept", "content": { "sure": true } } });
        }
    }
    let said = logged.take();
    let told: Vec<&str> = said.lines().filter(|line| line.contains("again before its question")).collect();
    assert!(told.len() == 1 && told[0].contains("works_again") && told[0].contains("`confirm`"), "{said}");
}
