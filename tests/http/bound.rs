//! Tokens that are bound to a key of the client (DPoP), and tokens that only their issuer can read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use mcp_runtime::auth::{Any, Dpop, Introspection, Jwt};
use mcp_runtime::prelude::{Http, Server, ServerBuilder};
use mcp_runtime::serde_json::json;
use mcp_runtime::testing::{DpopKey, Issuer};
use tokio::sync::Mutex;

use super::client::{Answer, Client, stateless};
use super::server::{INITIALIZE, Running, builder, serve_at};

/// Where the server is, as its clients know it.
const URL: &str = "https://shop.example/mcp";

async fn serve(builder: ServerBuilder) -> (Running, Client) {
    let server: Server = builder.http(|http: Http| http.public_url(URL)).build().expect("a server");
    let running = serve_at(Http::routes().route("/mcp", server)).await;
    let client = Client::new(running.address);
    (running, client)
}

fn outcome(answer: &Answer) -> String {
    let challenges = answer.all("www-authenticate").join(" | ");
    // The same in all.
    let metadata = r#"resource_metadata="https://shop.example/.well-known/oauth-protected-resource/mcp""#;
    let challenges = challenges.replace(&format!(" {metadata},"), "").replace(&format!(" {metadata}"), "");
    let challenges = challenges.replace(r#" algs="ES256 ES384 EdDSA PS256 RS256","#, "");
    let who = answer.body.split("\"text\":\"").nth(1).and_then(|text| text.split('"').next()).unwrap_or_default();
    format!("{} {challenges}{who}", answer.status)
}

async fn ask(client: &Client, credentials: &[(&'static str, String)]) -> Answer {
    let (mut headers, body) = stateless("tools/call", "who", "{}");
    headers.extend(credentials.iter().cloned());
    client.post(&headers, &body).await
}

fn dpop(token: &str, proof: &str) -> Vec<(&'static str, String)> {
    vec![("Authorization", format!("DPoP {token}")), ("DPoP", proof.to_owned())]
}

fn bearer(token: &str) -> Vec<(&'static str, String)> {
    vec![("Authorization", format!("Bearer {token}"))]
}

fn proof_error(why: &str) -> String {
    format!(r#"401 DPoP error="invalid_dpop_proof", error_description="{why}""#)
}

#[tokio::test]
async fn a_bound_token_lets_in_with_a_proof_for_this_request_alone() {
    let (issuer, key, other) = (Issuer::start().await, DpopKey::new(), DpopKey::new());
    let (_server, client) = serve(builder().authenticate(Dpop::of(issuer.jwt().audience(URL)))).await;
    let bound = |key: &DpopKey| issuer.token("ada").audience(URL).claim("cnf", json!({ "jkt": key.thumbprint() }));
    let token = bound(&key).sign();
    let good = || key.proof("POST", URL, &token);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let (x, y) = ("A".repeat(43), "A".repeat(43));
    let private = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "d": x });
    for (case, credentials, expected) in [
        ("in order", dpop(&token, &good().sign()), "200 ada".to_owned()),
        ("with a query", dpop(&token, &good().claim("htu", format!("{URL}?a=b#c")).sign()), "200 ada".to_owned()),
        ("in other words", dpop(&token, &good().claim("htu", "HTTPS://Shop.Example:443/mcp").sign()), "200 ada".to_owned()),
        ("no proof", vec![("Authorization", format!("DPoP {token}"))], proof_error("the header DPoP is missing")),
        ("no JWT", dpop(&token, "x"), proof_error("it is not a JWT with a signature that is accepted")),
        ("alg none", dpop(&token, &good().header("alg", "none").sign()), proof_error("it is not a JWT with a signature that is accepted")),
        ("alg HS256", dpop(&token, &good().header("alg", "HS256").sign()), proof_error("it is not a JWT with a signature that is accepted")),
        ("alg of another key", dpop(&token, &good().header("alg", "RS256").sign()), proof_error("its signature is wrong")),
        ("another typ", dpop(&token, &good().header("typ", "JWT").sign()), proof_error("its `typ` is not dpop+jwt")),
        ("no typ", dpop(&token, &good().without_header("typ").sign()), proof_error("its `typ` is not dpop+jwt")),
        ("no key", dpop(&token, &good().without_header("jwk").sign()), proof_error("it has no `jwk`")),
        ("a private key", dpop(&token, &good().header("jwk", private).sign()), proof_error("its `jwk` has the private key")),
        ("a shared key", dpop(&token, &good().header("jwk", json!({ "kty": "oct" })).sign()), proof_error("its `jwk` is not a key that is accepted")),
        ("another method", dpop(&token, &key.proof("GET", URL, &token).sign()), proof_error("its `htm` is another method")),
        ("the method in small letters", dpop(&token, &key.proof("post", URL, &token).sign()), proof_error("its `htm` is another method")),
        ("another host", dpop(&token, &key.proof("POST", "https://other.example/mcp", &token).sign()), proof_error("its `htu` is another URL")),
        ("another path", dpop(&token, &key.proof("POST", "https://shop.example/other", &token).sign()), proof_error("its `htu` is another URL")),
        ("another scheme", dpop(&token, &key.proof("POST", "http://shop.example/mcp", &token).sign()), proof_error("its `htu` is another URL")),
        ("the address behind the proxy", dpop(&token, &key.proof("POST", "http://127.0.0.1/mcp", &token).sign()), proof_error("its `htu` is another URL")),
        ("too old", dpop(&token, &good().claim("iat", now - 120).sign()), proof_error("it is too old")),
        ("of the future", dpop(&token, &good().claim("iat", now + 300).sign()), proof_error("it is of the future; is the client's clock right?")),
        ("at no time", dpop(&token, &good().claim("iat", -1).sign()), proof_error("its `iat` is no time")),
        ("of another token", dpop(&token, &key.proof("POST", URL, "other").sign()), proof_error("its `ath` is not of this token")),
        ("of no token", dpop(&token, &good().without("ath").sign()), proof_error("its `ath` is not of this token")),
        ("no id", dpop(&token, &good().without("jti").sign()), proof_error("it lacks jti, htm, htu or iat")),
        ("an empty id", dpop(&token, &good().claim("jti", "").sign()), proof_error("its `jti` is empty or too long")),
        ("a long id", dpop(&token, &good().claim("jti", "j".repeat(300)).sign()), proof_error("its `jti` is empty or too long")),
        (
            "of another key",
            dpop(&token, &other.proof("POST", URL, &token).sign()),
            r#"401 DPoP error="invalid_token", error_description="the token is bound to another key""#.to_owned(),
        ),
        (
            "an expired token",
            {
                let expired = bound(&key).claim("exp", now - 600).sign();
                dpop(&expired, &key.proof("POST", URL, &expired).sign())
            },
            r#"401 DPoP error="invalid_token", error_description="it has expired""#.to_owned(),
        ),
        (
            "a token that is bound to nothing",
            {
                let free = issuer.token("ada").audience(URL).sign();
                dpop(&free, &key.proof("POST", URL, &free).sign())
            },
            r#"401 DPoP error="invalid_token", error_description="it is not bound to a key; send it as a bearer token""#
                .to_owned(),
        ),
        (
            "a bound token as a bearer token",
            bearer(&token),
            "401 DPoP algs=\"ES256 ES384 EdDSA PS256 RS256\" | Bearer error=\"invalid_token\", error_description=\"it is bound \
             to a key of the client, and comes as a bearer token\""
                .to_owned(),
        ),
        ("a free token as a bearer token", bearer(&issuer.token("eve").audience(URL).sign()), "200 eve".to_owned()),
        ("nothing", vec![], "401 DPoP algs=\"ES256 ES384 EdDSA PS256 RS256\" | Bearer".to_owned()),
    ] {
        assert_eq!(outcome(&ask(&client, &credentials).await), expected, "{case}");
    }
    let once = dpop(&token, &good().sign());
    assert_eq!(outcome(&ask(&client, &once).await), "200 ada");
    assert_eq!(outcome(&ask(&client, &once).await), proof_error("it was shown before"));
    let replayed = client.post(&once, INITIALIZE).await;
    assert_eq!(outcome(&replayed), proof_error("it was shown before"));
    let page = client.send("GET", "/.well-known/oauth-protected-resource/mcp", &[], "").await;
    assert!(page.body.contains("\"dpop_signing_alg_values_supported\":[\"ES256\""), "{page:?}");
}

#[tokio::test]
async fn where_bound_tokens_are_required_and_nonces_a_client_is_told_both() {
    let (issuer, key) = (Issuer::start().await, DpopKey::new());
    let check = Dpop::of(issuer.jwt().audience(URL)).required().nonces();
    let (_server, client) = serve(builder().authenticate(Any::of([check.into()]))).await;
    let token = issuer.token("ada").audience(URL).claim("cnf", json!({ "jkt": key.thumbprint() })).sign();
    let why = "tokens must be bound to a key of the client, and come with a proof";
    assert_eq!(
        outcome(&ask(&client, &bearer(&issuer.token("eve").audience(URL).sign())).await),
        format!(r#"401 DPoP error="invalid_token", error_description="{why}""#)
    );
    let without = ask(&client, &dpop(&token, &key.proof("POST", URL, &token).sign())).await;
    let why = "the proof needs the nonce of the header DPoP-Nonce";
    assert_eq!(outcome(&without), format!(r#"401 DPoP error="use_dpop_nonce", error_description="{why}""#));
    let nonce = without.header("dpop-nonce").expect("a nonce").to_owned();
    for (sent, is_let_in) in [(&*nonce, true), ("made up", false)] {
        let proof = key.proof("POST", URL, &token).claim("nonce", sent).sign();
        let answer = ask(&client, &dpop(&token, &proof)).await;
        assert_eq!(answer.status, if is_let_in { 200 } else { 401 });
        assert_eq!(answer.header("dpop-nonce").is_some(), !is_let_in);
    }
    let page = client.send("GET", "/.well-known/oauth-protected-resource/mcp", &[], "").await;
    assert!(page.body.contains("\"dpop_bound_access_tokens_required\":true"), "{page:?}");
}

/// What an issuer answers, and what it was asked.
#[derive(Clone, Default)]
struct Answers {
    answer: Arc<Mutex<(u16, String)>>,
    asked: Arc<AtomicUsize>,
    last: Arc<Mutex<String>>,
}

impl Answers {
    async fn set(&self, status: u16, answer: impl ToString) {
        *self.answer.lock().await = (status, answer.to_string());
    }

    fn count(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

async fn introspect(State(answers): State<Answers>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    answers.asked.fetch_add(1, Ordering::Relaxed);
    let authorization = headers.get("authorization").and_then(|header| header.to_str().ok()).unwrap_or("-");
    *answers.last.lock().await = format!("{authorization} {body}");
    let (status, answer) = answers.answer.lock().await.clone();
    (StatusCode::from_u16(status).expect("a status"), answer)
}

/// An issuer, and the URL at which it is asked.
async fn issuer() -> (Answers, String) {
    let answers = Answers::default();
    let app = Router::new().route("/introspect", post(introspect)).with_state(answers.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/introspect", listener.local_addr().expect("its address"));
    tokio::spawn(async { axum::serve(listener, app).await });
    (answers, url)
}

fn invalid(why: &str) -> String {
    format!(r#"401 Bearer error="invalid_token", error_description="{why}""#)
}

#[tokio::test]
async fn an_issuer_is_asked_about_tokens_and_each_answer_counts_for_a_while() {
    let (answers, url) = issuer().await;
    let check = Introspection::at(&url).issuer("https://id.example").client("the shop", "s:c&t").audience(URL);
    let (_server, client) = serve(builder().authenticate(check)).await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let active =
        |more: &str| format!(r#"{{"active":true,"sub":"ada","aud":"{URL}","scope":"a b","exp":{}{more}}}"#, now + 300);
    for (case, token, status, answer, expected) in [
        ("active", "t1", 200, active(""), "200 ada".to_owned()),
        ("of the issuer", "t2", 200, active(r#","iss":"https://id.example""#), "200 ada".to_owned()),
        (
            "of another issuer",
            "t3",
            200,
            active(r#","iss":"https://evil.example""#),
            invalid("it is of another issuer"),
        ),
        (
            "for another server",
            "t4",
            200,
            active("").replace(URL, "https://other.example"),
            invalid("it is for another audience"),
        ),
        (
            "for nobody in particular",
            "t5",
            200,
            r#"{"active":true,"sub":"ada"}"#.to_owned(),
            invalid("it is for another audience"),
        ),
        (
            "of a client itself",
            "t6",
            200,
            active("").replace("\"sub\":\"ada\"", "\"client_id\":\"robot\""),
            "200 robot".to_owned(),
        ),
        ("of nobody", "t7", 200, active("").replace("\"sub\"", "\"sup\""), invalid("it has no subject")),
        ("expired", "t8", 200, active("").replace(&(now + 300).to_string(), "1000"), invalid("it has expired")),
        ("not yet valid", "t9", 200, active(&format!(r#","nbf":{}"#, now + 300)), invalid("it is not valid yet")),
        ("not active", "t10", 200, r#"{"active":false}"#.to_owned(), invalid("it is not active")),
        (
            "not active, whatever else is said",
            "t11",
            200,
            active("").replace("true", "false"),
            invalid("it is not active"),
        ),
        (
            "bound",
            "t12",
            200,
            active(r#","cnf":{"jkt":"x"}"#),
            invalid("it is bound to a key of the client, and comes as a bearer token"),
        ),
    ] {
        answers.set(status, answer).await;
        assert_eq!(outcome(&ask(&client, &bearer(token)).await), expected, "{case}");
        let asked = answers.count();
        let again = if expected.contains("invalid_token") && case != "bound" {
            invalid("it was refused a moment ago")
        } else {
            expected
        };
        assert_eq!(outcome(&ask(&client, &bearer(token)).await), again, "{case}, again");
        assert_eq!(answers.count(), asked, "{case} is remembered");
    }
    // `the shop` and `s:c&t`, each encoded as in a form.
    let last = answers.last.lock().await.clone();
    assert_eq!(last, "Basic dGhlJTIwc2hvcDpzJTNBYyUyNnQ= token=t12&token_type_hint=access_token");
}

#[tokio::test]
async fn while_an_issuer_gives_no_answer_nobody_new_is_let_in() {
    for (status, answer) in [
        (401, "{}"),
        (500, "down"),
        (302, "{}"),
        (200, "<html>"),
        (200, "{}"),
        (200, r#"{"active":"true"}"#),
        (200, r#"{"active":true,"sub":"a","sub":"b"}"#),
        (200, "[true]"),
    ] {
        let (answers, url) = issuer().await;
        let check = Introspection::at(&url).client_post("shop", "a secret").audience(URL);
        let (_server, client) = serve(builder().authenticate(check)).await;
        answers.set(200, format!(r#"{{"active":true,"sub":"ada","aud":"{URL}"}}"#)).await;
        assert_eq!(outcome(&ask(&client, &bearer("known")).await), "200 ada");
        let last = answers.last.lock().await.clone();
        assert_eq!(last, "- token=known&token_type_hint=access_token&client_id=shop&client_secret=a%20secret");
        answers.set(status, answer).await;
        let refused = ask(&client, &bearer("new")).await;
        assert!(refused.status == 503 && !refused.body.contains("127.0.0.1"), "{answer}: {refused:?}");
        assert_eq!(outcome(&ask(&client, &bearer("known")).await), "200 ada", "what is known counts on");
        // It is not asked again at once.
        let asked = answers.count();
        assert_eq!(ask(&client, &bearer("another")).await.status, 503);
        assert_eq!(answers.count(), asked);
    }
}

#[tokio::test]
async fn a_token_that_only_its_issuer_can_read_may_be_bound_too() {
    let (answers, url) = issuer().await;
    let key = DpopKey::new();
    let (_server, client) = serve(builder().authenticate(Dpop::of(Introspection::at(&url).audience(URL)))).await;
    let jkt = key.thumbprint();
    answers.set(200, format!(r#"{{"active":true,"sub":"ada","aud":"{URL}","cnf":{{"jkt":"{jkt}"}}}}"#)).await;
    let proof = key.proof("POST", URL, "opaque").sign();
    assert_eq!(outcome(&ask(&client, &dpop("opaque", &proof)).await), "200 ada");
    assert_eq!(ask(&client, &bearer("opaque")).await.status, 401);
}

#[tokio::test]
async fn tokens_of_each_issuer_go_to_their_check_and_all_others_to_the_last() {
    let (answers, url) = issuer().await;
    let (one, other) = (Issuer::start().await, Issuer::start().await);
    let checks = Any::of([
        Jwt::issuer(one.url()).audience(URL).into(),
        Jwt::issuer(other.url()).audience(URL).into(),
        Introspection::at(&url).audience(URL).into(),
    ]);
    let (_server, client) = serve(builder().authenticate(checks)).await;
    answers.set(200, format!(r#"{{"active":true,"sub":"opaque","aud":"{URL}"}}"#)).await;
    assert_eq!(outcome(&ask(&client, &bearer(&one.token("ada").audience(URL).sign())).await), "200 ada");
    assert_eq!(outcome(&ask(&client, &bearer(&other.token("eve").audience(URL).sign())).await), "200 eve");
    assert_eq!(answers.count(), 0);
    assert_eq!(outcome(&ask(&client, &bearer("opaque")).await), "200 opaque");
    assert_eq!(answers.count(), 1);
    // A key of ours is no business of an issuer.
    assert_eq!(ask(&client, &[("X-API-Key", "mcp_revoked.x".to_owned())]).await.status, 401);
    assert_eq!(answers.count(), 1);
}
