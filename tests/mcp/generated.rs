//! The server fixture 1.2.3, as `mcp generate` has found it.

#![allow(dead_code, reason = "a program need not call all that a server offers")]
#![allow(clippy::all, reason = "it is generated")]

use mcp_runtime::client::{CallResult, Client, ClientError, PromptResult};
use mcp_runtime::ReadResourceResult;
use mcp_runtime::serde::{Deserialize, Serialize};

/// Adds two numbers.
pub async fn add(client: &Client, arguments: &AddArguments) -> Result<i64, ClientError> {
    client.call("add", arguments).await?.value()
}

/// Adds what comes late.
pub async fn add_late(client: &Client) -> Result<CallResult, ClientError> {
    client.call("add_late", ()).await
}

/// Returns an alias of a `Result` of a struct.
pub async fn aliased(client: &Client, arguments: &AliasedArguments) -> Result<AliasedResult, ClientError> {
    client.call("aliased", arguments).await?.value()
}

/// Takes any JSON.
pub async fn anything(client: &Client, arguments: &AnythingArguments) -> Result<CallResult, ClientError> {
    client.call("anything", arguments).await
}

/// Says that it has begun, and waits at a gate.
pub async fn begin(client: &Client, arguments: &BeginArguments) -> Result<CallResult, ClientError> {
    client.call("begin", arguments).await
}

/// Returns much text.
pub async fn big(client: &Client, arguments: &BigArguments) -> Result<CallResult, ClientError> {
    client.call("big", arguments).await
}

/// Holds its thread, and says so.
pub async fn blocking(client: &Client, arguments: &BlockingArguments) -> Result<CallResult, ClientError> {
    client.call("blocking", arguments).await
}

/// Panics with something that panics in turn.
pub async fn bomb_panics(client: &Client) -> Result<CallResult, ClientError> {
    client.call("bomb_panics", ()).await
}

/// The same, in a thread of its own.
pub async fn bomb_panics_blocking(client: &Client) -> Result<CallResult, ClientError> {
    client.call("bomb_panics_blocking", ()).await
}

/// The same, after an await.
pub async fn bomb_panics_later(client: &Client) -> Result<CallResult, ClientError> {
    client.call("bomb_panics_later", ()).await
}

/// Returns something that panics once it is written.
pub async fn bomb_result(client: &Client) -> Result<CallResult, ClientError> {
    client.call("bomb_result", ()).await
}

/// Takes longer than it may.
pub async fn bomb_too_slow(client: &Client) -> Result<CallResult, ClientError> {
    client.call("bomb_too_slow", ()).await
}

/// Waits at a gate.
pub async fn bomb_waits(client: &Client, arguments: &BombWaitsArguments) -> Result<CallResult, ClientError> {
    client.call("bomb_waits", arguments).await
}

/// Takes a date and a UUID.
pub async fn book(client: &Client, arguments: &BookArguments) -> Result<CallResult, ClientError> {
    client.call("book", arguments).await
}

/// Borrows all it can.
pub async fn borrowed(client: &Client, arguments: &BorrowedArguments) -> Result<CallResult, ClientError> {
    client.call("borrowed", arguments).await
}

/// Has a schema written by hand.
pub async fn by_hand(client: &Client, arguments: &ByHandArguments) -> Result<CallResult, ClientError> {
    client.call("by_hand", arguments).await
}

/// Takes nested things.
pub async fn cart(client: &Client, arguments: &CartArguments) -> Result<CallResult, ClientError> {
    client.call("cart", arguments).await
}

/// Says that all lists have changed.
pub async fn change_lists(client: &Client) -> Result<CallResult, ClientError> {
    client.call("change_lists", ()).await
}

/// Says one thing at each level.
pub async fn chatter(client: &Client) -> Result<CallResult, ClientError> {
    client.call("chatter", ()).await
}

/// Holds its arguments to rules.
pub async fn constrained(client: &Client, arguments: &ConstrainedArguments) -> Result<CallResult, ClientError> {
    client.call("constrained", arguments).await
}

/// Takes a type that contains itself.
pub async fn count(client: &Client, arguments: &CountArguments) -> Result<u64, ClientError> {
    client.call("count", arguments).await?.value()
}

/// Takes a tagged enum.
pub async fn draw(client: &Client, arguments: &DrawArguments) -> Result<CallResult, ClientError> {
    client.call("draw", arguments).await
}

/// Returns what it is given.
pub async fn echo(client: &Client, arguments: &EchoArguments) -> Result<CallResult, ClientError> {
    client.call("echo", arguments).await
}

/// Returns a resource.
pub async fn embedded(client: &Client, arguments: &EmbeddedArguments) -> Result<CallResult, ClientError> {
    client.call("embedded", arguments).await
}

/// Returns all a result can have.
pub async fn everything(client: &Client) -> Result<CallResult, ClientError> {
    client.call("everything", ()).await
}

/// Fails with a word for the model.
pub async fn fail(client: &Client, arguments: &FailArguments) -> Result<CallResult, ClientError> {
    client.call("fail", arguments).await
}

/// Fails with an error in a box.
pub async fn fail_boxed(client: &Client) -> Result<CallResult, ClientError> {
    client.call("fail_boxed", ()).await
}

/// Fails with an error in a box that can be sent.
pub async fn fail_boxed_to_send(client: &Client) -> Result<CallResult, ClientError> {
    client.call("fail_boxed_to_send", ()).await
}

/// Fails with an error that has causes, by `?`.
pub async fn fail_by_question_mark(client: &Client) -> Result<CallResult, ClientError> {
    client.call("fail_by_question_mark", ()).await
}

/// Fails with an error for all purposes.
pub async fn fail_for_any_reason(client: &Client) -> Result<CallResult, ClientError> {
    client.call("fail_for_any_reason", ()).await
}

/// Fails with an error that has causes.
pub async fn fail_for_reasons(client: &Client) -> Result<CallResult, ClientError> {
    client.call("fail_for_reasons", ()).await
}

/// Fails with what is nobody's business.
pub async fn fail_inside(client: &Client) -> Result<CallResult, ClientError> {
    client.call("fail_inside", ()).await
}

/// Fails with a JSON-RPC error.
pub async fn fail_rpc(client: &Client) -> Result<CallResult, ClientError> {
    client.call("fail_rpc", ()).await
}

/// Takes figures.
pub async fn figures(client: &Client, arguments: &FiguresArguments) -> Result<CallResult, ClientError> {
    client.call("figures", arguments).await
}

/// Reports progress without ever waiting for the client.
pub async fn flood(client: &Client, arguments: &FloodArguments) -> Result<CallResult, ClientError> {
    client.call("flood", arguments).await
}

/// Never ends, and opens a gate when it is cancelled.
pub async fn hang(client: &Client, arguments: &HangArguments) -> Result<CallResult, ClientError> {
    client.call("hang", arguments).await
}

/// Holds its thread until somebody writes to a pipe.
pub async fn held(client: &Client, arguments: &HeldArguments) -> Result<CallResult, ClientError> {
    client.call("held", arguments).await
}

/// Holds its thread without saying so.
pub async fn hog(client: &Client, arguments: &HogArguments) -> Result<CallResult, ClientError> {
    client.call("hog", arguments).await
}

/// Holds its thread without saying so, but says when it begins.
pub async fn hog_aloud(client: &Client, arguments: &HogAloudArguments) -> Result<CallResult, ClientError> {
    client.call("hog_aloud", arguments).await
}

/// Holds its thread, and panics.
pub async fn hog_and_panic(client: &Client, arguments: &HogAndPanicArguments) -> Result<CallResult, ClientError> {
    client.call("hog_and_panic", arguments).await
}

/// Is given everything that can be injected.
pub async fn injected(client: &Client, arguments: &InjectedArguments) -> Result<CallResult, ClientError> {
    client.call("injected", arguments).await
}

/// Holds its thread until what it says is on its way.
pub async fn insist(client: &Client, arguments: &InsistArguments) -> Result<CallResult, ClientError> {
    client.call("insist", arguments).await
}

/// Takes what keys lead to.
pub async fn keyed(client: &Client, arguments: &KeyedArguments) -> Result<CallResult, ClientError> {
    client.call("keyed", arguments).await
}

/// Leaves a task behind that goes on talking, from one gate to another.
pub async fn leaves_one_that_talks(client: &Client) -> Result<CallResult, ClientError> {
    client.call("leaves_one_that_talks", ()).await
}

/// Returns a link.
pub async fn link(client: &Client) -> Result<CallResult, ClientError> {
    client.call("link", ()).await
}

/// Returns a list.
pub async fn list(client: &Client, arguments: &ListArguments) -> Result<Vec<u64>, ClientError> {
    client.call("list", arguments).await?.value()
}

/// Logs without ever waiting for the client.
pub async fn log_flood(client: &Client, arguments: &LogFloodArguments) -> Result<CallResult, ClientError> {
    client.call("log_flood", arguments).await
}

/// Takes texts that match.
pub async fn matching(client: &Client, arguments: &MatchingArguments) -> Result<CallResult, ClientError> {
    client.call("matching", arguments).await
}

/// Takes a place and a time.
pub async fn meet(client: &Client, arguments: &MeetArguments) -> Result<CallResult, ClientError> {
    client.call("meet", arguments).await
}

/// Is mirrored into an HTTP header.
pub async fn mirrored(client: &Client, arguments: &MirroredArguments) -> Result<CallResult, ClientError> {
    client.call("mirrored", arguments).await
}

/// Returns one of each.
pub async fn mixed(client: &Client) -> Result<CallResult, ClientError> {
    client.call("mixed", ()).await
}

/// Waits a while.
pub async fn nap(client: &Client, arguments: &NapArguments) -> Result<CallResult, ClientError> {
    client.call("nap", arguments).await
}

/// Takes nothing.
pub async fn nothing(client: &Client) -> Result<CallResult, ClientError> {
    client.call("nothing", ()).await
}

/// Takes a number, or none.
pub async fn number_or_none(client: &Client, arguments: &NumberOrNoneArguments) -> Result<CallResult, ClientError> {
    client.call("number_or_none", arguments).await
}

/// Takes numbers, each once.
pub async fn once_each(client: &Client, arguments: &OnceEachArguments) -> Result<u64, ClientError> {
    client.call("once_each", arguments).await?.value()
}

/// Opens a gate for one call.
pub async fn open(client: &Client, arguments: &OpenArguments) -> Result<CallResult, ClientError> {
    client.call("open", arguments).await
}

/// Reports progress of unknown length.
pub async fn open_ended(client: &Client) -> Result<CallResult, ClientError> {
    client.call("open_ended", ()).await
}

/// Has arguments of every kind of necessity.
pub async fn optional(client: &Client, arguments: &OptionalArguments) -> Result<CallResult, ClientError> {
    client.call("optional", arguments).await
}

/// Takes lines.
pub async fn order(client: &Client, arguments: &OrderArguments) -> Result<CallResult, ClientError> {
    client.call("order", arguments).await
}

/// Takes one of two colours.
pub async fn paint(client: &Client, arguments: &PaintArguments) -> Result<CallResult, ClientError> {
    client.call("paint", arguments).await
}

/// Panics in a thread of its own.
pub async fn panic_blocking(client: &Client) -> Result<CallResult, ClientError> {
    client.call("panic_blocking", ()).await
}

/// Panics after an await.
pub async fn panic_later(client: &Client) -> Result<CallResult, ClientError> {
    client.call("panic_later", ()).await
}

/// Panics.
pub async fn panic_now(client: &Client) -> Result<CallResult, ClientError> {
    client.call("panic_now", ()).await
}

/// Panics with words of the client's, and logs them.
pub async fn panic_with(client: &Client, arguments: &PanicWithArguments) -> Result<CallResult, ClientError> {
    client.call("panic_with", arguments).await
}

/// Takes a payment.
pub async fn pay(client: &Client, arguments: &PayArguments) -> Result<CallResult, ClientError> {
    client.call("pay", arguments).await
}

/// Returns something, perhaps.
pub async fn perhaps(client: &Client, arguments: &PerhapsArguments) -> Result<Option<u64>, ClientError> {
    client.call("perhaps", arguments).await?.value()
}

/// Returns a picture.
pub async fn picture(client: &Client) -> Result<CallResult, ClientError> {
    client.call("picture", ()).await
}

/// Takes tasks.
pub async fn plan(client: &Client, arguments: &PlanArguments) -> Result<CallResult, ClientError> {
    client.call("plan", arguments).await
}

/// Takes all of a task.
pub async fn plan_one(client: &Client, arguments: &PlanOneArguments) -> Result<CallResult, ClientError> {
    client.call("plan_one", arguments).await
}

/// Reports progress at the pace of the client.
pub async fn polite_flood(client: &Client, arguments: &PoliteFloodArguments) -> Result<CallResult, ClientError> {
    client.call("polite_flood", arguments).await
}

/// Prints to standard output, where only protocol may be.
pub async fn print(client: &Client, arguments: &PrintArguments) -> Result<CallResult, ClientError> {
    client.call("print", arguments).await
}

/// Prints to standard error.
pub async fn print_error(client: &Client, arguments: &PrintErrorArguments) -> Result<CallResult, ClientError> {
    client.call("print_error", arguments).await
}

/// Reports progress, some of it falling.
pub async fn progress(client: &Client) -> Result<CallResult, ClientError> {
    client.call("progress", ()).await
}

/// Fails with it as data.
pub async fn raw_error(client: &Client) -> Result<CallResult, ClientError> {
    client.call("raw_error", ()).await
}

/// Passes it on within a list.
pub async fn raw_list(client: &Client) -> Result<Vec<Passed>, ClientError> {
    client.call("raw_list", ()).await?.value()
}

/// Logs it.
pub async fn raw_log(client: &Client) -> Result<CallResult, ClientError> {
    client.call("raw_log", ()).await
}

/// Passes it on within a struct.
pub async fn raw_result(client: &Client) -> Result<RawResultResult, ClientError> {
    client.call("raw_result", ()).await?.value()
}

/// Takes arguments by a schema that was written by hand.
pub async fn raw_schema(client: &Client, arguments: &RawSchemaArguments) -> Result<RawSchemaResult, ClientError> {
    client.call("raw_schema", arguments).await?.value()
}

/// Writes it as structured content.
pub async fn raw_structured(client: &Client) -> Result<CallResult, ClientError> {
    client.call("raw_structured", ()).await
}

/// Removes what came late.
pub async fn remove_late(client: &Client) -> Result<Vec<bool>, ClientError> {
    client.call("remove_late", ()).await?.value()
}

/// A description of its own.
pub async fn renamed_tool(client: &Client) -> Result<CallResult, ClientError> {
    client.call("renamed.tool", ()).await
}

/// Takes all arguments as one struct.
pub async fn search(client: &Client, arguments: &SearchArguments) -> Result<CallResult, ClientError> {
    client.call("search", arguments).await
}

/// Takes a number of 32 bits.
pub async fn single(client: &Client, arguments: &SingleArguments) -> Result<CallResult, ClientError> {
    client.call("single", arguments).await
}

/// Takes small numbers.
pub async fn small(client: &Client, arguments: &SmallArguments) -> Result<CallResult, ClientError> {
    client.call("small", arguments).await
}

/// Returns sound.
pub async fn sound(client: &Client) -> Result<CallResult, ClientError> {
    client.call("sound", ()).await
}

/// Greets with the server's own greeting.
pub async fn stateful(client: &Client, arguments: &StatefulArguments) -> Result<CallResult, ClientError> {
    client.call("stateful", arguments).await
}

/// Is held to a schema written by hand.
pub async fn strict(client: &Client, arguments: &StrictArguments) -> Result<CallResult, ClientError> {
    client.call("strict", arguments).await
}

/// Returns a struct.
pub async fn structured(client: &Client, arguments: &StructuredArguments) -> Result<StructuredResult, ClientError> {
    client.call("structured", arguments).await?.value()
}

/// Returns a tagged enum.
pub async fn tagged(client: &Client, arguments: &TaggedArguments) -> Result<TaggedResult, ClientError> {
    client.call("tagged", arguments).await?.value()
}

/// Returns a struct as text only.
pub async fn text_only(client: &Client, arguments: &TextOnlyArguments) -> Result<CallResult, ClientError> {
    client.call("text_only", arguments).await
}

/// Takes longer than it may.
pub async fn too_slow(client: &Client) -> Result<CallResult, ClientError> {
    client.call("too_slow", ()).await
}

/// Returns a bool.
pub async fn truth(client: &Client) -> Result<bool, ClientError> {
    client.call("truth", ()).await?.value()
}

/// Returns nothing.
pub async fn unit(client: &Client) -> Result<CallResult, ClientError> {
    client.call("unit", ()).await
}

/// Says that a resource has changed.
pub async fn update(client: &Client, arguments: &UpdateArguments) -> Result<CallResult, ClientError> {
    client.call("update", arguments).await
}

/// Waits at a gate.
pub async fn wait(client: &Client, arguments: &WaitArguments) -> Result<CallResult, ClientError> {
    client.call("wait", arguments).await
}

/// Takes a number that is wider than JSON's are in most languages.
pub async fn wide(client: &Client, arguments: &WideArguments) -> Result<CallResult, ClientError> {
    client.call("wide", arguments).await
}

/// Works on its thread although it is asynchronous, says so a few times, and goes on until somebody writes to a pipe.
pub async fn work_aloud(client: &Client, arguments: &WorkAloudArguments) -> Result<CallResult, ClientError> {
    client.call("work_aloud", arguments).await
}

/// Is bytes.
pub async fn read_bytes(client: &Client) -> Result<ReadResourceResult, ClientError> {
    client.read("test://bytes").await
}

/// Is several.
pub async fn read_several(client: &Client) -> Result<ReadResourceResult, ClientError> {
    client.read("test://several").await
}

/// Is always the same.
pub async fn read_static_text(client: &Client) -> Result<ReadResourceResult, ClientError> {
    client.read("test://static").await
}

/// Fails to be read.
pub async fn read_broken(client: &Client, how: &str) -> Result<ReadResourceResult, ClientError> {
    let variables = [("how", Some(how))].into_iter().filter_map(|(name, value)| Some((name, value?)));
    client.read_template("broken://{how}", variables.collect::<std::collections::BTreeMap<_, _>>()).await
}

/// A file, by its path.
pub async fn read_file(client: &Client, path: &str) -> Result<ReadResourceResult, ClientError> {
    let variables = [("path", Some(path))].into_iter().filter_map(|(name, value)| Some((name, value?)));
    client.read_template("file:///{path*}", variables.collect::<std::collections::BTreeMap<_, _>>()).await
}

/// A note, by its number.
pub async fn read_note(client: &Client, id: &str, lang: Option<&str>) -> Result<ReadResourceResult, ClientError> {
    let variables = [("id", Some(id)), ("lang", lang)].into_iter().filter_map(|(name, value)| Some((name, value?)));
    client.read_template("note://{id}{?lang}", variables.collect::<std::collections::BTreeMap<_, _>>()).await
}

/// A page of a colour.
pub async fn read_page(client: &Client, color: &str, number: &str) -> Result<ReadResourceResult, ClientError> {
    let variables = [("color", Some(color)), ("number", Some(number))].into_iter().filter_map(|(name, value)| Some((name, value?)));
    client.read_template("page://{color}/{number}", variables.collect::<std::collections::BTreeMap<_, _>>()).await
}

/// A file by its path, whatever that is.
pub async fn read_raw_file(client: &Client, path: &str) -> Result<ReadResourceResult, ClientError> {
    let variables = [("path", Some(path))].into_iter().filter_map(|(name, value)| Some((name, value?)));
    client.read_template("raw:///{path*}", variables.collect::<std::collections::BTreeMap<_, _>>()).await
}

/// Has many values to choose from.
pub async fn prompt_choose(client: &Client, number: &str) -> Result<PromptResult, ClientError> {
    let arguments = [("number", Some(number))].into_iter().filter_map(|(name, value)| Some((name, value?)));
    client.prompt("choose", arguments.collect::<std::collections::BTreeMap<_, _>>()).await
}

/// Asks for a greeting.
pub async fn prompt_greet(client: &Client, name: &str, times: Option<&str>, language: Option<&str>) -> Result<PromptResult, ClientError> {
    let arguments = [("name", Some(name)), ("times", times), ("language", language)].into_iter().filter_map(|(name, value)| Some((name, value?)));
    client.prompt("greet", arguments.collect::<std::collections::BTreeMap<_, _>>()).await
}

/// Takes what is no text, which comes as text all the same.
pub async fn prompt_label(client: &Client, tags: &str, sizes: Option<&str>, names: Option<&str>, side: Option<&str>, maker: Option<&str>) -> Result<PromptResult, ClientError> {
    let arguments = [("tags", Some(tags)), ("sizes", sizes), ("names", names), ("side", side), ("maker", maker)].into_iter().filter_map(|(name, value)| Some((name, value?)));
    client.prompt("label", arguments.collect::<std::collections::BTreeMap<_, _>>()).await
}

/// Takes a colour, which completes itself.
pub async fn prompt_like(client: &Client, color: &str) -> Result<PromptResult, ClientError> {
    let arguments = [("color", Some(color))].into_iter().filter_map(|(name, value)| Some((name, value?)));
    client.prompt("like", arguments.collect::<std::collections::BTreeMap<_, _>>()).await
}

/// Fails.
pub async fn prompt_refuse(client: &Client, inside: Option<&str>) -> Result<PromptResult, ClientError> {
    let arguments = [("inside", inside)].into_iter().filter_map(|(name, value)| Some((name, value?)));
    client.prompt("refuse", arguments.collect::<std::collections::BTreeMap<_, _>>()).await
}

/// Brings along content of every kind.
pub async fn prompt_show(client: &Client) -> Result<PromptResult, ClientError> {
    client.prompt("show", ()).await
}

/// The arguments of `add`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct AddArguments {
    /// The first one.
    pub a: i64,
    /// The second one.
    pub b: i64,
}

/// The arguments of `aliased`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct AliasedArguments {
    /// A member without a description.
    pub fail: bool,
}

/// A place and its weather.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct AliasedResult {
    /// The city.
    pub city: String,
    /// In degrees.
    pub temperature: f64,
}

/// The arguments of `anything`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct AnythingArguments {
    /// A member without a description.
    pub value: mcp_runtime::serde_json::Value,
}

/// The arguments of `begin`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct BeginArguments {
    /// A member without a description.
    pub gate: String,
}

/// The arguments of `big`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct BigArguments {
    /// A member without a description.
    pub bytes: u64,
}

/// The arguments of `blocking`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct BlockingArguments {
    /// Whatever it returns.
    pub message: String,
}

/// The arguments of `bomb_waits`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct BombWaitsArguments {
    /// A member without a description.
    pub gate: String,
}

/// The arguments of `book`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct BookArguments {
    /// A member without a description.
    pub day: String,
    /// A member without a description.
    pub id: String,
}

/// The arguments of `borrowed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct BorrowedArguments {
    /// A member without a description.
    pub one: String,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maybe: Option<String>,
    /// A member without a description.
    pub many: Vec<String>,
}

/// The arguments of `by_hand`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct ByHandArguments {
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<String>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a: Option<i64>,
}

/// One thing in a cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct Item {
    /// A member without a description.
    pub name: String,
    /// A member without a description.
    pub price: f64,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

/// The arguments of `cart`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct CartArguments {
    /// A member without a description.
    pub items: Vec<Item>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<std::collections::BTreeMap<String, String>>,
}

/// The arguments of `constrained`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct ConstrainedArguments {
    /// A member without a description.
    pub whole: u64,
    /// A member without a description.
    pub part: f64,
    /// A member without a description.
    pub text: String,
    /// A member without a description.
    pub list: Vec<u64>,
    /// A member without a description.
    pub word: String,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<i64>,
}

/// A tree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct Tree {
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<Box<Tree>>>,
}

/// The arguments of `count`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct CountArguments {
    /// A member without a description.
    pub tree: Tree,
}

/// A shape, told apart by its `kind`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
#[serde(tag = "kind")]
pub enum Shape {
    /// An alternative without a description.
    #[serde(rename = "circle")]
    Circle {
        /// A member without a description.
        radius: f64,
    },
    /// An alternative without a description.
    #[serde(rename = "square")]
    Square {
        /// A member without a description.
        side: f64,
    },
}

/// The arguments of `draw`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct DrawArguments {
    /// A member without a description.
    pub shape: Shape,
}

/// The arguments of `echo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct EchoArguments {
    /// Any text.
    pub message: String,
}

/// The arguments of `embedded`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct EmbeddedArguments {
    /// A member without a description.
    pub blob: bool,
}

/// The arguments of `fail`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct FailArguments {
    /// A member without a description.
    pub message: String,
}

/// The arguments of `figures`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct FiguresArguments {
    /// A member without a description.
    pub figures: Vec<mcp_runtime::serde_json::Value>,
}

/// The arguments of `flood`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct FloodArguments {
    /// A member without a description.
    pub n: u64,
}

/// The arguments of `hang`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct HangArguments {
    /// A member without a description.
    pub gate: String,
}

/// The arguments of `held`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct HeldArguments {
    /// A member without a description.
    pub pipe: String,
}

/// The arguments of `hog`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct HogArguments {
    /// A member without a description.
    pub ms: u64,
}

/// The arguments of `hog_aloud`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct HogAloudArguments {
    /// A member without a description.
    pub ms: u64,
}

/// The arguments of `hog_and_panic`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct HogAndPanicArguments {
    /// A member without a description.
    pub ms: u64,
}

/// The arguments of `injected`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct InjectedArguments {
    /// A member without a description.
    pub word: String,
}

/// The arguments of `insist`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct InsistArguments {
    /// A member without a description.
    pub n: u64,
}

/// The arguments of `keyed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct KeyedArguments {
    /// A member without a description.
    pub keys: Vec<mcp_runtime::serde_json::Value>,
    /// A member without a description.
    pub counts: std::collections::BTreeMap<String, u64>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<mcp_runtime::serde_json::Value>,
}

/// The arguments of `list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct ListArguments {
    /// A member without a description.
    pub n: u64,
}

/// The arguments of `log_flood`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct LogFloodArguments {
    /// A member without a description.
    pub n: u64,
}

/// The arguments of `matching`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct MatchingArguments {
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<String>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long: Option<String>,
}

/// The arguments of `meet`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct MeetArguments {
    /// A member without a description.
    pub when: Vec<String>,
}

/// The arguments of `mirrored`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct MirroredArguments {
    /// A member without a description.
    pub region: String,
}

/// The arguments of `nap`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct NapArguments {
    /// A member without a description.
    pub ms: u64,
}

/// The arguments of `number_or_none`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct NumberOrNoneArguments {
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
}

/// The arguments of `once_each`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct OnceEachArguments {
    /// A member without a description.
    pub ids: Vec<u64>,
}

/// The arguments of `open`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct OpenArguments {
    /// A member without a description.
    pub gate: String,
}

/// The arguments of `optional`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct OptionalArguments {
    /// Must be there.
    pub required: u64,
    /// May be missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maybe: Option<i64>,
    /// Is 5 otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub five: Option<u64>,
    /// Is made up otherwise.
    #[serde(rename = "numberList")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_list: Option<Vec<u64>>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct Line {
    /// A member without a description.
    pub count: u64,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What is ordered.
    pub sku: String,
}

/// The arguments of `order`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct OrderArguments {
    /// A member without a description.
    pub lines: Vec<Line>,
}

/// One of several texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub enum Color {
    /// Like blood.
    #[serde(rename = "red")]
    Red,
    /// Like grass.
    #[serde(rename = "green")]
    Green,
}

/// The arguments of `paint`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct PaintArguments {
    /// A member without a description.
    pub color: Color,
}

/// The arguments of `panic_with`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct PanicWithArguments {
    /// A member without a description.
    pub words: String,
}

/// How it is paid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
#[serde(tag = "type")]
pub enum Payment {
    /// An alternative without a description.
    #[serde(rename = "card")]
    Card {
        /// A member without a description.
        last4: String,
    },
    /// An alternative without a description.
    #[serde(rename = "invoice")]
    Invoice {
        /// A member without a description.
        due: String,
    },
    /// An alternative without a description.
    #[serde(rename = "cash")]
    Cash,
}

/// The arguments of `pay`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct PayArguments {
    /// A member without a description.
    pub payment: Payment,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also: Option<Payment>,
}

/// The arguments of `perhaps`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct PerhapsArguments {
    /// A member without a description.
    pub there: bool,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct Task {
    /// A member without a description.
    pub due: String,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A member without a description.
    pub title: String,
    /// A member without a description.
    pub urgency: u64,
}

/// The arguments of `plan`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct PlanArguments {
    /// A member without a description.
    pub tasks: Vec<Task>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct PlanOneArguments {
    /// A member without a description.
    pub due: String,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A member without a description.
    pub title: String,
    /// A member without a description.
    pub urgency: u64,
}

/// The arguments of `polite_flood`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct PoliteFloodArguments {
    /// A member without a description.
    pub n: u64,
}

/// The arguments of `print`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct PrintArguments {
    /// A member without a description.
    pub line: String,
}

/// The arguments of `print_error`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct PrintErrorArguments {
    /// A member without a description.
    pub line: String,
}

/// An object without a description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct Passed {
    /// A member without a description.
    pub json: mcp_runtime::serde_json::Value,
}

/// An object without a description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct RawResultResult {
    /// A member without a description.
    pub json: mcp_runtime::serde_json::Value,
}

/// The arguments of `raw_schema`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct RawSchemaArguments {
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// An object without a description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct RawSchemaResult {
    /// A member without a description.
    pub result: mcp_runtime::serde_json::Value,
}

/// The arguments of `search`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct SearchArguments {
    /// How many at the most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// What to look for.
    pub query: String,
}

/// The arguments of `single`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct SingleArguments {
    /// A member without a description.
    pub x: f64,
}

/// The arguments of `small`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct SmallArguments {
    /// A member without a description.
    pub x: u64,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
    /// A member without a description.
    pub z: Vec<u64>,
}

/// The arguments of `stateful`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct StatefulArguments {
    /// A member without a description.
    pub name: String,
}

/// The arguments of `strict`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct StrictArguments {
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub even: Option<i64>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub any: Option<mcp_runtime::serde_json::Value>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub both: Option<mcp_runtime::serde_json::Value>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<mcp_runtime::serde_json::Value>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<mcp_runtime::serde_json::Value>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<mcp_runtime::serde_json::Value>,
}

/// The arguments of `structured`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct StructuredArguments {
    /// A member without a description.
    pub city: String,
}

/// A place and its weather.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct StructuredResult {
    /// The city.
    pub city: String,
    /// In degrees.
    pub temperature: f64,
}

/// The arguments of `tagged`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct TaggedArguments {
    /// A member without a description.
    pub won: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
#[serde(tag = "state")]
pub enum TaggedResult {
    /// An alternative without a description.
    #[serde(rename = "won")]
    Won {
        /// A member without a description.
        by: u64,
    },
    /// An alternative without a description.
    #[serde(rename = "lost")]
    Lost,
}

/// The arguments of `text_only`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct TextOnlyArguments {
    /// A member without a description.
    pub city: String,
}

/// The arguments of `update`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct UpdateArguments {
    /// A member without a description.
    pub uri: String,
}

/// The arguments of `wait`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct WaitArguments {
    /// A member without a description.
    pub gate: String,
}

/// The arguments of `wide`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct WideArguments {
    /// A member without a description.
    pub n: i64,
}

/// The arguments of `work_aloud`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct WorkAloudArguments {
    /// A member without a description.
    pub pipe: String,
    /// A member without a description.
    pub words: u64,
}
