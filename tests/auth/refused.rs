//! The table of credentials that let nobody in.

use std::fs;

use mcp_runtime::auth::Jwt;
use mcp_runtime::testing::Issuer;
use serde_json::{Value, json};

use super::client::{Answer, Headers, send};
use super::server::{CALL, INITIALIZE, bearer, open, serve, stateless, who_is};
use super::token::{AUDIENCE, expanded, rsa_jwk};

const METADATA: &str = r#"resource_metadata="https://shop.example/.well-known/oauth-protected-resource/mcp""#;

/// The challenge in full, of what the table writes.
fn challenge(written: &str) -> Vec<String> {
    let scope = r#"scope="read""#;
    let error = |(kind, why): (&str, &str)| match kind {
        // The request was not even looked at, so nothing is said of what it needs.
        "invalid_request" => format!(r#"Bearer {METADATA}, error="{kind}", error_description="{why}""#),
        _ if why.starts_with("it is longer") || why.starts_with("it is malformed") => {
            format!(r#"Bearer {METADATA}, error="{kind}", error_description="{why}""#)
        }
        _ => format!(r#"Bearer {METADATA}, {scope}, error="{kind}", error_description="{why}""#),
    };
    vec![match written {
        "missing" => format!("Bearer {METADATA}, {scope}"),
        _ if written.starts_with("Bearer") => written.replace("{metadata}", METADATA),
        _ => error(written.split_once(": ").expect("a kind of error, and why")),
    }]
}

/// Keys as a file has them: those of the issuer, one of RSA, and one of a kind that nobody knows.
pub fn key_file(issuer: &Issuer) -> tempfile::Written {
    let mut jwks: Value = serde_json::from_str(&issuer.jwks()).expect("JSON");
    let keys = jwks["keys"].as_array_mut().expect("a list");
    keys.insert(0, json!({ "kty": "LMS", "kid": "lms", "pub": 7 }));
    keys.push(rsa_jwk());
    tempfile::Written::new("jwks.json", &jwks.to_string())
}

/// A file that is there as long as the value.
pub mod tempfile {
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU32, Ordering};

    pub struct Written(pub PathBuf);

    impl Written {
        pub fn new(name: &str, text: &str) -> Self {
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("mcp-auth-{}-{number}-{name}", std::process::id()));
            std::fs::write(&path, text).expect("a file");
            Self(path)
        }
    }

    impl Drop for Written {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }
}

#[tokio::test]
async fn nobody_is_let_in_with_bad_credentials_in_any_way_and_each_is_told_why() {
    let (issuer, other) = (Issuer::start().await, Issuer::start().await);
    let keys = key_file(&issuer);
    let check = Jwt::issuer(issuer.url()).audience(AUDIENCE).require_scopes(["read"]).jwks_file(&keys.0);
    let server = serve(check).await;
    let good = bearer(&expanded("{token}", &issuer, &other));
    let session = open(server.address, &good).await;

    let table = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/auth/refused.txt")).expect("the table");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for case in table.split("\n== ").skip(1) {
        let mut lines = case.trim_end().lines();
        let name = lines.next().expect("a name");
        let (expected, sent) =
            lines.collect::<Vec<_>>().split_last().map(|(a, b)| (*a, b.to_vec())).expect("an answer");
        let (status, written) = expected.split_once(' ').expect("a status, and a challenge");
        let expected = (status.parse().expect("a status"), challenge(written));
        let (mut headers, mut path) = (Headers::new(), "/mcp".to_owned());
        for line in sent {
            let line = expanded(line, &issuer, &other);
            match line.split_once(": ").or(line.split_once(':')) {
                Some((name, value)) if !line.starts_with('?') => headers.push((name.to_owned(), value.to_owned())),
                _ => path.push_str(&line),
            }
        }
        let in_session = [&*headers, std::slice::from_ref(&session)].concat();
        let (stateless, body) = stateless(&headers);
        for (verb, headers, body) in [
            ("POST", &stateless, &*body),
            ("POST", &headers, INITIALIZE),
            ("POST", &in_session, CALL),
            ("GET", &in_session, ""),
            ("DELETE", &in_session, ""),
        ] {
            let answer: Answer = send(server.address, verb, &path, headers, body).await;
            let told = answer.all("www-authenticate").into_iter().map(str::to_owned).collect::<Vec<_>>();
            if (answer.status, told) != expected || answer.body.contains("\"result\"") {
                wrong.push(format!("{name}: {verb} {body}\n  {answer:?}\n  instead of {expected:?}"));
            }
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 60, "{count} cases");
    // All of it has done no harm to who was let in.
    let all = [&*good, &[session]].concat();
    let answer = send(server.address, "POST", "/mcp", &all, CALL).await;
    assert!(answer.body.contains("ada of"), "{answer:?}");
}

#[tokio::test]
async fn tokens_that_differ_within_what_is_allowed_are_let_in() {
    let (issuer, other) = (Issuer::start().await, Issuer::start().await);
    let keys = key_file(&issuer);
    let server = serve(Jwt::issuer(issuer.url()).audience(AUDIENCE).jwks_file(&keys.0)).await;
    for spec in [
        "{token}",
        "{token exp=-30}",
        "{token nbf=+30 iat=+30}",
        "{token claims.exp=4102444800.5}",
        "{token header.typ=\"JWT\"}",
        "{token header.typ=\"application/at+jwt\"}",
        "{token -header.typ}",
        "{token -header.kid}",
        "{token -claims.iat}",
        "{token claims.aud=[\"other\",\"https://shop.example/mcp\"]}",
        "{token claims.aud=\"HTTPS://SHOP.example/mcp\"}",
        "{token long=9000}",
    ] {
        let who = who_is(server.address, &expanded(spec, &issuer, &other)).await;
        assert_eq!(who, Ok(format!("ada of {}: read write", issuer.url())), "{spec}");
    }
}
