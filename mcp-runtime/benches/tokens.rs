//! What it costs to find out who calls by a signed token: `cargo bench -p mcp-runtime --features auth --bench tokens`.

use std::future::Future as _;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Waker};

use divan::Bencher;
use mcp_runtime::Authenticate as _;
use mcp_runtime::auth::Jwt;
use mcp_runtime::http::Request;
use mcp_runtime::http::request::Parts;
use mcp_runtime::testing::Issuer;

const AUDIENCE: &str = "https://shop.example.com/mcp";

fn main() {
    divan::main();
}

/// A check whose keys are there, and requests with tokens of `ES256`.
fn prepared(tokens: usize, cache: usize) -> (Jwt, Vec<Parts>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let issuer = Issuer::start().await;
        let check = issuer.jwt().audience(AUDIENCE).cache_bytes(cache);
        let requests: Vec<_> = (0..tokens)
            .map(|number| {
                let token = issuer.token(&format!("user-{number}")).audience(AUDIENCE).scopes(["orders:read"]).sign();
                let request = Request::post("/mcp").header("Authorization", format!("Bearer {token}")).body(());
                request.expect("a request").into_parts().0
            })
            .collect();
        check.authenticate(&requests[0]).await.expect("a good token");
        (check, requests)
    })
}

/// Nothing is waited for once the keys are there.
fn check(jwt: &Jwt, request: &Parts) {
    let checked = pin!(jwt.authenticate(request)).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(black_box(checked), std::task::Poll::Ready(Ok(_))));
}

#[divan::bench(sample_count = 1000, sample_size = 50)]
fn known(bencher: Bencher<'_, '_>) {
    let (jwt, requests) = prepared(1, 1 << 20);
    bencher.bench_local(|| check(&jwt, &requests[0]));
}

/// Nothing is kept, so each is checked.
#[divan::bench(sample_count = 1000, sample_size = 5)]
fn es256(bencher: Bencher<'_, '_>) {
    let (jwt, requests) = prepared(1, 0);
    bencher.bench_local(|| check(&jwt, &requests[0]));
}
