//! What it costs to find out who calls, and whether they may: `cargo bench -p mcp-runtime --features auth --bench admission`.
//!
//! The cases of a table take turns, so that what the machine does meanwhile is the same for all. Told is the median of all turns,
//! its ratio to the first case, and what it takes more; with words, only the tables that have one in their names. Where a cost has
//! a limit, the table says so, and the program fails beyond it.

use std::env::args;
use std::hint::black_box;
use std::io::{Write as _, stdout};
use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use mcp_runtime::auth::{Any, ApiKey, ApiKeys};
use mcp_runtime::http::Request;
use mcp_runtime::http::request::Parts;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::Issuer;
use mcp_runtime::{Authenticate, MemoryClient, PolicyDefault};
use tokio::runtime::{Builder, Handle, Runtime};

/// Prints a line.
macro_rules! tell {
    ($($told:tt)*) => { writeln!(stdout(), $($told)*).expect("somebody reads") };
}

const TURNS: usize = 301;

const URL: &str = "https://shop.example/mcp";
/// The secret of all generated keys here, and its hash.
const SECRET: &str = "ThisIsTheSecretOfATestAndOfNothingElse12345";
const HASH: &str = "sha256:jjL6NFOfD3MCEWPxPsfwaa9w1yuoZzm54H03Yd_JyYA";

/// Something that is done again and again.
struct Case {
    name: String,
    run: Box<dyn FnMut()>,
    /// How often in a turn.
    times: u32,
    turns: Vec<f64>,
    /// The most nanoseconds that it may take, or that it may take more than the first.
    most: Option<Most>,
}

#[derive(Clone, Copy)]
enum Most {
    InAll(f64),
    More(f64),
}

impl Case {
    fn new(name: impl Into<String>, times: u32, run: impl FnMut() + 'static) -> Self {
        Self { name: name.into(), run: Box::new(run), times, turns: Vec::new(), most: None }
    }

    fn at_most(mut self, most: Most) -> Self {
        self.most = Some(most);
        self
    }

    fn turn(&mut self) {
        let began = Instant::now();
        for _ in 0..self.times {
            (self.run)();
        }
        self.turns.push(began.elapsed().as_nanos() as f64 / f64::from(self.times));
    }

    fn median(&mut self) -> f64 {
        self.turns.sort_by(f64::total_cmp);
        self.turns[self.turns.len() / 2]
    }
}

/// Has the cases take turns and tells what they took. Whether all are within their limits.
fn compare(title: &str, mut cases: Vec<Case>) -> bool {
    for _ in 0..TURNS {
        cases.iter_mut().for_each(Case::turn);
    }
    let first = cases[0].median();
    tell!("\n{title:44} {:>9} {:>7} {:>9}", "ns", "ratio", "more, ns");
    let mut all_fit = true;
    for case in &mut cases {
        let median = case.median();
        let more = median - first;
        let (fits, limit) = match case.most {
            None => (true, String::new()),
            Some(Most::InAll(most)) => (median <= most, format!("of {most}")),
            Some(Most::More(most)) => (more <= most, format!("more: of {most}")),
        };
        all_fit &= fits;
        let verdict = if fits { "" } else { "  TOO MUCH" };
        tell!("{:44} {median:9.0} {:7.3} {more:9.0}  {limit}{verdict}", case.name, median / first);
    }
    all_fit
}

/// Makes the cases of a table.
type Cases = fn(&Runtime) -> Vec<Case>;

fn main() -> ExitCode {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let chosen: Vec<String> = args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let tables: [(&str, Cases); 3] =
        [("a call, by its policy", policies), ("a key that is looked up", keys), ("a token", tokens)];
    let mut all_fit = true;
    for (title, cases) in tables {
        if chosen.is_empty() || chosen.iter().any(|word| title.contains(&**word)) {
            let cases = cases(&runtime);
            let _entered = runtime.enter();
            all_fit &= compare(title, cases);
        }
    }
    if all_fit { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

// --- what a caller may do ---

static OPEN: Group = Group::new("open");
static GUARDED: Group = Group::new("guarded");

/// Nothing is declared of it.
#[tool(group = OPEN)]
fn of_all(a: i64, b: i64) -> i64 {
    a + b
}

/// Everyone may use it.
#[tool(group = GUARDED, public)]
fn in_public(a: i64, b: i64) -> i64 {
    a + b
}

/// Needs a scope.
#[tool(group = GUARDED, scopes = "orders:read")]
fn scoped(a: i64, b: i64) -> i64 {
    a + b
}

/// Needs a scope, one of two others, and a role.
#[tool(group = GUARDED, scopes = "orders:read orders:write|admin", roles = "clerk|manager")]
fn demanding(a: i64, b: i64) -> i64 {
    a + b
}

/// Asks a function.
#[tool(group = GUARDED, policy = is_named)]
fn checked(a: i64, b: i64) -> i64 {
    a + b
}

fn is_named(principal: &Principal) -> bool {
    principal.subject().is_some()
}

/// Asks a function that is told an argument.
#[tool(group = GUARDED, policy = is_small(a))]
fn asking(a: i64, b: i64) -> i64 {
    a + b
}

fn is_small(principal: &Principal, a: &i64) -> bool {
    *a < 1000 || principal.has_role("manager")
}

/// A connection of somebody with a few scopes and roles, in a session.
fn caller(runtime: &Runtime, group: &'static Group) -> MemoryClient {
    let ada = Principal::new("ada")
        .with_issuer("https://id.example.com")
        .with_scopes(["profile", "orders:list", "orders:read", "orders:write"])
        .with_roles(["staff", "manager"]);
    let server = Server::of(group).policy_default(PolicyDefault::Deny);
    let server = if std::ptr::eq(group, &OPEN) { Server::of(group) } else { server };
    let server = server.build().expect("nothing is wrong with it");
    let mut client = runtime.block_on(async { server.connect_as(ada) });
    let _entered = runtime.enter();
    client.send(Bytes::from_static(
        br#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#,
    ));
    ready(client.receive()).expect("it answers");
    client
}

fn policies(runtime: &Runtime) -> Vec<Case> {
    let case = |name: &str, group, tool: &'static str| {
        let mut client = caller(runtime, group);
        let request = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{{"a":2,"b":3}}}}}}"#
        );
        let request = Bytes::from(request);
        Case::new(name, 200, move || {
            client.send(request.clone());
            let answer = ready(client.receive()).expect("an answer");
            assert!(black_box(&answer).contains(r#""result""#), "{answer}");
        })
    };
    let most = Most::More(100.0);
    vec![
        case("nothing is declared", &OPEN, "of_all"),
        case("`public`", &GUARDED, "in_public").at_most(most),
        case("a scope", &GUARDED, "scoped").at_most(most),
        case("two scopes of three, and a role", &GUARDED, "demanding").at_most(most),
        case("a function of the caller", &GUARDED, "checked").at_most(most),
        // It runs before the call's own function, and reads the arguments once more.
        case("a function of an argument", &GUARDED, "asking"),
    ]
}

// --- who calls ---

fn request(name: &str, value: &str) -> Parts {
    Request::post("/mcp").header(name, value).body(()).expect("a request").into_parts().0
}

/// Whether a check lets a request in. It knows at once, but for the one in a second that looks whether the file of keys has changed.
fn lets_in(check: &impl Authenticate, request: &Parts) -> bool {
    let mut checked = pin!(check.authenticate(black_box(request)));
    match checked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(found) => found.is_ok(),
        Poll::Pending => Handle::current().block_on(checked).is_ok(),
    }
}

/// A file of so many keys. It stays there for as long as the system likes.
fn file_of(keys: usize) -> ApiKeys {
    let record = |number| format!("[keys.mcp_{number:012}]\nhash = \"{HASH}\"\nsubject = \"s\"\n");
    let path = std::env::temp_dir().join(format!("mcp-bench-admission-{keys}.toml"));
    std::fs::write(&path, (0..keys).map(record).collect::<String>()).expect("it can be written");
    ApiKeys::file(&path).expect("they are right")
}

fn keys(_: &Runtime) -> Vec<Case> {
    let mut cases = Vec::new();
    // More do not fit into a file.
    for count in [10, 40_000] {
        let file = file_of(count);
        for (name, key) in [
            ("right", format!("mcp_{:012}.{SECRET}", count / 2)),
            ("wrong secret", format!("mcp_{:012}.{}", count / 2, SECRET.to_lowercase())),
            ("unknown name", format!("mcp_00000000050x.{SECRET}")),
            ("no name", format!("mcp_.{SECRET}")),
        ] {
            let (file, request, is_right) = (file.clone(), request("x-api-key", &key), name == "right");
            let case =
                Case::new(format!("{name}, of {count}"), 200, move || assert_eq!(lets_in(&file, &request), is_right));
            cases.push(case);
        }
    }
    for count in [10, 100_000] {
        let secret = |number: usize| format!("J8sV1Zq0Xr5uTnG2-{number:08}");
        let keys = ApiKeys::of((0..count).map(|number| ApiKey::new(secret(number)))).expect("they are right");
        for (name, key) in [("right", secret(count / 2)), ("wrong", secret(count))] {
            let (keys, request, is_right) = (keys.clone(), request("x-api-key", &key), name == "right");
            let name = format!("{name}, of {count} of the program");
            cases.push(Case::new(name, 200, move || assert_eq!(lets_in(&keys, &request), is_right)));
        }
    }
    cases
}

fn tokens(runtime: &Runtime) -> Vec<Case> {
    let issuer = runtime.block_on(Issuer::start());
    let token = issuer.token("ada").audience(URL).scopes(["orders:read"]).sign();
    let request = request("authorization", &format!("Bearer {token}"));
    let case = |name: &str, times, check: Any| {
        let request = request.clone();
        runtime.block_on(check.authenticate(&request)).expect("the token is good, and the keys are there from now on");
        Case::new(name, times, move || assert!(lets_in(&check, &request)))
    };
    let jwt = |cache| issuer.jwt().audience(URL).cache_bytes(cache);
    let cases = vec![
        case("checked before", 200, Any::of([jwt(1 << 20).into()])).at_most(Most::InAll(2_000.0)),
        case("checked before, beside a file of keys", 200, Any::of([file_of(1000).into(), jwt(1 << 20).into()]))
            .at_most(Most::InAll(2_000.0)),
        case("ES256, each time", 4, Any::of([jwt(0).into()])).at_most(Most::InAll(100_000.0)),
    ];
    // It answers no more, and need not.
    drop(issuer);
    cases
}

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}
