//! What a hundred thousand wrong credentials leave behind: nothing; and whoever has right ones is let in meanwhile. Alone, because
//! it looks at the memory of the whole process.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::Full;
use hyper::body::Bytes;
use mcp_runtime::auth::{Any, ApiKeys};
use mcp_runtime::http::{Request, StatusCode};
use mcp_runtime::prelude::*;
use mcp_runtime::testing::Issuer;
use peak_alloc::PeakAlloc;
use tower::Service as _;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const KIB: usize = 1 << 10;
const AUDIENCE: &str = "https://shop.example/mcp";
/// The secret of the generated keys of `auth/keys.toml`.
const SECRET: &str = "ThisIsTheSecretOfATestAndOfNothingElse12345";

static GROUP: Group = Group::new("wrong-keys");

/// Says who is calling.
#[tool(group = GROUP)]
fn who(principal: Principal) -> String {
    principal.subject().unwrap_or("nobody").to_owned()
}

const CALL: &[u8] = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"who","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;

/// Calls with a credential in a header.
async fn call(http: &mut Http, header: &str, value: &str) -> StatusCode {
    let request = Request::post("/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "who")
        .header(header, value)
        .body(Full::new(Bytes::from_static(CALL)))
        .expect("a request");
    let Ok(answer) = http.call(request).await;
    answer.status()
}

/// A wrong credential, of which no two are the same: the header and its value.
fn wrong(number: usize, token: &str) -> (&'static str, String) {
    let (signed, _) = token.rsplit_once('.').expect("a signature");
    let kid = |number: usize| URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"ES256","typ":"JWT","kid":"key-{number}"}}"#));
    let payload = signed.split_once('.').expect("a payload").1;
    // Signatures take their time, so tokens are fewer.
    match number % 60 {
        58 => ("authorization", format!("Bearer {signed}.{}", URL_SAFE_NO_PAD.encode(format!("{number:064}")))),
        59 => ("authorization", format!("Bearer {}.{payload}.{:086}", kid(number), 0)),
        at if at % 3 == 0 => ("x-api-key", format!("mcp_ada000000000.{number:043}")),
        at if at % 3 == 1 => ("x-api-key", format!("mcp_{number:012}.{SECRET}")),
        _ => ("authorization", format!("Bearer mcp_{number:012}.{number:043}")),
    }
}

#[tokio::test]
async fn a_hundred_thousand_wrong_keys_and_tokens_leave_nothing_behind_and_keep_nobody_out() {
    let issuer = Issuer::start().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("auth/keys.toml");
    let keys = ApiKeys::file(file).expect("they are right");
    let server = Server::of(&GROUP).build().expect("a server");
    let handle = server.handle();
    let check = Any::of([keys.into(), issuer.jwt().audience(AUDIENCE).into()]);
    let mut http = Http::new(server).authenticate(check);
    let token = issuer.token("ada").audience(AUDIENCE).sign();
    let right = [
        ("x-api-key", format!("mcp_ada000000000.{SECRET}")),
        // Its hash is slow, so that it is computed once.
        ("x-api-key", "grace.correct-horse".to_owned()),
        ("authorization", format!("Bearer {token}")),
    ];
    let mut before = None;
    for number in 0..100_000 {
        if number % 1000 == 0 {
            for (header, value) in &right {
                assert_eq!(call(&mut http, header, value).await, StatusCode::OK, "after {number}: {value}");
            }
        }
        if number == 10_000 {
            MEMORY.reset_peak_usage();
            before = Some((MEMORY.current_usage(), handle.memory_used()));
        }
        let (header, value) = wrong(number, &token);
        assert_eq!(call(&mut http, header, &value).await, StatusCode::UNAUTHORIZED, "{header}: {value}");
    }
    let (before, used) = before.expect("there were so many");
    let (after, peak) = (MEMORY.current_usage(), MEMORY.peak_usage());
    assert!(after < before + 64 * KIB, "{} bytes are left behind", after.saturating_sub(before));
    assert!(peak < before + 512 * KIB, "{} bytes in between", peak.saturating_sub(before));
    assert_eq!(handle.memory_used(), used);
}
