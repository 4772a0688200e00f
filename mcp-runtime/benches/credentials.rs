//! What it costs to find out who calls: `cargo bench -p mcp-runtime --features auth --bench credentials`.
//!
//! A name that exists and one that does not must take the same time to be refused, or time would tell which names there are.

use std::hint::black_box;
use std::path::PathBuf;

use divan::Bencher;
use mcp_runtime::auth::{Any, ApiKey, ApiKeys, Dpop};
use mcp_runtime::http::Request;
use mcp_runtime::http::request::Parts;
use mcp_runtime::testing::{DpopKey, Issuer};
use mcp_runtime::{Authenticate, Http, Server};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

fn main() {
    divan::main();
}

const URL: &str = "https://shop.example/mcp";
/// The secret of all generated keys here, and its hash.
const SECRET: &str = "ThisIsTheSecretOfATestAndOfNothingElse12345";
const HASH: &str = "sha256:jjL6NFOfD3MCEWPxPsfwaa9w1yuoZzm54H03Yd_JyYA";
/// A hash that is slow, and of nothing that is asked for here.
const SLOW: &str = "pbkdf2-sha256:100000:YSBzYWx0IG9mIDE2IGIhIQ:jjL6NFOfD3MCEWPxPsfwaa9w1yuoZzm54H03Yd_JyYA";

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A file of a thousand keys, of which the last has a slow hash. It stays there for as long as the system likes.
fn file() -> ApiKeys {
    let mut text = format!("[keys.ada]\nhash = \"{SLOW}\"\nsubject = \"ada\"\n");
    for number in 0..1000 {
        text += &format!("[keys.mcp_{number:012}]\nhash = \"{HASH}\"\nsubject = \"s{number}\"\n");
    }
    let path: PathBuf = std::env::temp_dir().join("mcp-bench-credentials.toml");
    std::fs::write(&path, text).expect("it can be written");
    ApiKeys::file(&path).expect("they are right")
}

fn request(name: &str, value: &str) -> Parts {
    Request::post("/mcp").header(name, value).body(()).expect("a request").into_parts().0
}

/// Whether the check lets a request in.
fn is_let_in(runtime: &Runtime, check: &impl Authenticate, request: &Parts) -> bool {
    runtime.block_on(check.authenticate(black_box(request))).is_ok()
}

#[divan::bench(args = ["right", "wrong secret", "unknown name", "no name"])]
fn generated_key(bencher: Bencher<'_, '_>, which: &str) {
    let (runtime, keys) = (runtime(), file());
    let key = match which {
        "right" => format!("mcp_000000000500.{SECRET}"),
        "wrong secret" => format!("mcp_000000000500.{}", SECRET.to_lowercase()),
        "unknown name" => format!("mcp_00000000050x.{SECRET}"),
        _ => format!("mcp_.{SECRET}"),
    };
    let request = request("x-api-key", &key);
    bencher.bench_local(|| assert_eq!(is_let_in(&runtime, &keys, &request), which == "right"));
}

#[divan::bench(args = ["wrong secret", "unknown name"], sample_count = 10, sample_size = 1)]
fn slow_key_that_is_hashed(bencher: Bencher<'_, '_>, which: &str) {
    let (runtime, keys) = (runtime(), file());
    let name = if which == "unknown name" { "eve" } else { "ada" };
    let mut number = 0;
    bencher.bench_local(|| {
        number += 1;
        assert!(!is_let_in(&runtime, &keys, &request("x-api-key", &format!("{name}.{number}"))));
    });
}

#[divan::bench]
fn slow_key_that_is_remembered(bencher: Bencher<'_, '_>) {
    let (runtime, keys) = (runtime(), file());
    let request = request("x-api-key", "ada.wrong");
    bencher.bench_local(|| assert!(!is_let_in(&runtime, &keys, &request)));
}

#[divan::bench]
fn key_of_the_program(bencher: Bencher<'_, '_>) {
    let (runtime, request) = (runtime(), request("x-api-key", "J8sV1Zq0Xr5uTnG2"));
    let keys = ApiKeys::of([ApiKey::new("J8sV1Zq0Xr5uTnG2")]).expect("they are right");
    bencher.bench_local(|| assert!(is_let_in(&runtime, &keys, &request)));
}

#[divan::bench(args = ["alone", "among keys"])]
fn token_that_was_checked(bencher: Bencher<'_, '_>, which: &str) {
    let runtime = runtime();
    let issuer = runtime.block_on(Issuer::start());
    let tokens = issuer.jwt().audience(URL);
    let request = request("authorization", &format!("Bearer {}", issuer.token("ada").audience(URL).sign()));
    let check = match which {
        "alone" => Any::of([tokens.into()]),
        _ => Any::of([file().into(), tokens.into()]),
    };
    bencher.bench_local(|| assert!(is_let_in(&runtime, &check, &request)));
}

#[divan::bench]
fn bound_token_with_a_new_proof(bencher: Bencher<'_, '_>) {
    let (runtime, key) = (runtime(), DpopKey::new());
    let issuer = runtime.block_on(Issuer::start());
    let check = Dpop::of(issuer.jwt().audience(URL)).replay_limit(usize::MAX);
    let token = issuer.token("ada").audience(URL).claim("cnf", json!({ "jkt": key.thumbprint() })).sign();
    // What a transport adds to requests, which no program can make.
    let url = runtime.block_on(seen_by_checks(&token));
    let requests = || {
        let mut request = request("authorization", &format!("DPoP {token}"));
        let proof = key.proof("POST", URL, &token).sign();
        request.headers.insert("dpop", proof.parse().expect("a header"));
        request.extensions = url.clone();
        request
    };
    bencher.with_inputs(requests).bench_local_values(|request| assert!(is_let_in(&runtime, &check, &request)));
}

/// The extensions of a request as a check sees them.
async fn seen_by_checks(token: &str) -> mcp_runtime::http::Extensions {
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<mcp_runtime::http::Extensions>>);

    impl Authenticate for Seen {
        async fn authenticate(&self, request: &Parts) -> Result<mcp_runtime::Principal, mcp_runtime::Challenge> {
            *self.0.lock().expect("nobody panics") = request.extensions.clone();
            Ok(mcp_runtime::Principal::anonymous())
        }
    }

    let seen = Seen::default();
    let server = Server::empty("bench").build().expect("a server");
    let mut http = Http::new(server).public_url(URL).authenticate(seen.clone());
    let request = Request::post("/mcp").header("host", "localhost").header("authorization", format!("DPoP {token}"));
    let request = request.body(String::new()).expect("a request");
    let _ = tower_service::Service::call(&mut http, request).await;
    seen.0.lock().expect("nobody panics").clone()
}
