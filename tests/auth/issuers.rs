//! Issuers that rotate their keys, are down, slow, or up to something.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use mcp_runtime::auth::{Any, Fetch, Jwt};
use mcp_runtime::testing::Issuer;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::server::{call, serve, who_is};
use super::token::AUDIENCE;

/// What an issuer answers: the path, and how often it was asked before.
type Answers = Arc<dyn Fn(&str, usize) -> (StatusCode, HeaderMap, String) + Send + Sync>;

/// An issuer that answers as it is told.
struct Odd {
    url: String,
    asked: Arc<AtomicUsize>,
    served: JoinHandle<()>,
}

impl Drop for Odd {
    fn drop(&mut self) {
        self.served.abort();
    }
}

async fn odd(answers: impl Fn(&str, &str, usize) -> (StatusCode, HeaderMap, String) + Send + Sync + 'static) -> Odd {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let asked = Arc::<AtomicUsize>::default();
    let (own, counted) = (url.clone(), Arc::clone(&asked));
    let answers: Answers = Arc::new(move |path, before| answers(&own, path, before));
    let answer = move |request: Request| {
        let before = counted.fetch_add(1, Ordering::SeqCst);
        let answered = answers(request.uri().path(), before);
        async move { answered }
    };
    let served = tokio::spawn(async move { drop(axum::serve(listener, Router::new().fallback(answer)).await) });
    Odd { url, asked, served }
}

fn ok(body: impl Into<String>) -> (StatusCode, HeaderMap, String) {
    (StatusCode::OK, HeaderMap::new(), body.into())
}

fn status(status: StatusCode) -> (StatusCode, HeaderMap, String) {
    (status, HeaderMap::new(), String::new())
}

fn to(location: &str) -> (StatusCode, HeaderMap, String) {
    let location = HeaderValue::from_str(location).expect("a header");
    (StatusCode::FOUND, HeaderMap::from_iter([(LOCATION, location)]), String::new())
}

fn metadata(issuer: &str, keys: &str) -> String {
    format!(r#"{{"issuer":"{issuer}","jwks_uri":"{keys}"}}"#)
}

/// A good token in the name of another issuer, which has the keys of the first.
fn token(keys: &Issuer, issuer: &str) -> String {
    keys.token("ada").audience(AUDIENCE).claim("iss", issuer).sign()
}

#[tokio::test]
async fn keys_are_found_by_discovery_and_a_new_one_is_looked_for_once() {
    let issuer = Issuer::start().await;
    let server = serve(issuer.jwt().audience(AUDIENCE).unknown_key_pause(Duration::ZERO)).await;
    let sign = || issuer.token("ada").audience(AUDIENCE).sign();
    let (old, of_ada) = (sign(), Ok(format!("ada of {}: ", issuer.url())));
    assert_eq!(who_is(server.address, &old).await, of_ada);
    issuer.rotate();
    assert_eq!(who_is(server.address, &sign()).await, of_ada, "a new key");
    assert_eq!(who_is(server.address, &old).await, Err(401), "of a key that is gone, although it was let in before");
}

#[tokio::test]
async fn unknown_keys_are_looked_for_once_in_a_while_however_many_ask() {
    let issuer = Arc::new(Issuer::start().await);
    let keys = Arc::clone(&issuer);
    let published = odd(move |_, _, _| ok(keys.jwks())).await;
    let server = serve(Jwt::issuer(issuer.url()).audience(AUDIENCE).jwks_url(&published.url)).await;
    let sign = |kid: &str| issuer.token("ada").audience(AUDIENCE).header("kid", kid).sign();
    assert!(who_is(server.address, &sign("key-1")).await.is_ok());
    let unknown: Vec<_> = (0..20).map(|number| sign(&format!("other-{number}"))).collect();
    for all in unknown.iter().map(|token| who_is(server.address, token)) {
        assert_eq!(all.await, Err(401));
    }
    assert_eq!(published.asked.load(Ordering::SeqCst), 1, "the keys had just been fetched");
}

#[tokio::test]
async fn many_first_requests_fetch_the_keys_once() {
    let issuer = Arc::new(Issuer::start().await);
    let keys = Arc::clone(&issuer);
    let published = odd(move |_, _, _| ok(keys.jwks())).await;
    let server = serve(Jwt::issuer(issuer.url()).audience(AUDIENCE).jwks_url(&published.url)).await;
    let token = issuer.token("ada").audience(AUDIENCE).sign();
    let address = server.address;
    let all: Vec<_> = (0..16)
        .map(|_| {
            tokio::spawn({
                let token = token.clone();
                async move { who_is(address, &token).await }
            })
        })
        .collect();
    for one in all {
        assert!(one.await.expect("no panic").is_ok());
    }
    assert_eq!(published.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_issuer_that_is_down_lets_nobody_in_who_was_not_known_and_its_old_keys_last_for_a_while() {
    let issuer = Arc::new(Issuer::start().await);
    let (keys, sign) = (Arc::clone(&issuer), |subject: &str| issuer.token(subject).audience(AUDIENCE).sign());
    let once =
        odd(move |_, _, before| if before == 0 { ok(keys.jwks()) } else { status(StatusCode::BAD_GATEWAY) }).await;
    let jwt = Jwt::issuer(issuer.url()).audience(AUDIENCE).jwks_url(&once.url).unknown_key_pause(Duration::ZERO);
    // Old at once, and of use for a day.
    let server = serve(jwt.clone().key_times(Duration::ZERO, Duration::from_secs(86400))).await;
    for subject in ["ada", "bob", "eve"] {
        assert!(who_is(server.address, &sign(subject)).await.is_ok(), "{subject}");
    }
    assert!(once.asked.load(Ordering::SeqCst) >= 1);
    // Old at once, and of no use: the keys were there for the first token alone.
    let keys = Arc::clone(&issuer);
    let answers = move |before| if before == 0 { ok(keys.jwks()) } else { status(StatusCode::BAD_GATEWAY) };
    let once = odd(move |_, _, before| answers(before)).await;
    let server = serve(jwt.jwks_url(&once.url).key_times(Duration::ZERO, Duration::ZERO)).await;
    assert!(who_is(server.address, &sign("ada")).await.is_ok());
    let answer = call(server.address, &sign("ada")).await;
    assert_eq!((answer.status, answer.all("www-authenticate").len()), (503, 0));
    assert!(!answer.body.contains("127.0.0.1"), "{answer:?}");

    let down =
        format!("http://{}", { TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("it") });
    let server = serve(Jwt::issuer(&down).audience(AUDIENCE)).await;
    assert_eq!(who_is(server.address, &token(&issuer, &down)).await, Err(503));
    assert_eq!(who_is(server.address, "letmein").await, Err(401), "nobody need be asked");
}

#[tokio::test]
async fn a_slow_issuer_is_waited_for_no_longer_than_it_takes() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("its address"));
    let fetch = Fetch::new().timeout(Duration::from_millis(50));
    let server = serve(Jwt::issuer(&url).audience(AUDIENCE).fetch(fetch)).await;
    let issuer = Issuer::start().await;
    let began = Instant::now();
    assert_eq!(who_is(server.address, &token(&issuer, &url)).await, Err(503));
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
}

/// Documents that are not what they should be: nobody is let in by them.
const WRONG: [&str; 11] = [
    "the metadata of another issuer",
    "metadata that is no JSON",
    "no keys",
    "an answer of giant size",
    "too many keys",
    "metadata at another origin",
    "keys at another origin",
    "keys in a private network",
    "keys where clouds keep credentials",
    "keys in a file",
    "redirects without end",
];

fn wrong(what: &str, own: &str, path: &str, keys: &str, elsewhere: &str) -> (StatusCode, HeaderMap, String) {
    let right = metadata(own, &format!("{own}/jwks"));
    match (what, path) {
        ("no keys", "/jwks") => status(StatusCode::NOT_FOUND),
        ("an answer of giant size", "/jwks") => ok(format!("{keys}{}", " ".repeat(600 * 1024))),
        ("too many keys", "/jwks") => {
            ok(keys.replace("\"keys\":[", &format!("\"keys\":[{}", r#"{"kty":"X"},"#.repeat(300))))
        }
        ("keys at another origin", "/jwks") => to(elsewhere),
        (_, "/jwks") => ok(keys),
        ("the metadata of another issuer", _) => ok(right.replacen(own, "https://evil.example", 1)),
        ("metadata that is no JSON", _) => ok("<html>"),
        ("metadata at another origin", _) => to(&format!("{elsewhere}/x")),
        ("keys in a private network", _) => ok(metadata(own, "http://10.255.255.1/jwks")),
        ("keys where clouds keep credentials", _) => ok(metadata(own, "http://169.254.169.254/latest")),
        ("keys in a file", _) => ok(metadata(own, "file:///etc/passwd")),
        ("redirects without end", _) => to(&format!("{own}/more")),
        _ => ok(right),
    }
}

#[tokio::test]
async fn what_an_issuer_publishes_is_not_believed_unless_it_is_in_order() {
    let issuer = Issuer::start().await;
    let jwks = issuer.jwks();
    let elsewhere = odd(move |_, _, _| ok(&*jwks)).await;
    for what in WRONG.into_iter().chain(["nothing is wrong"]) {
        let (keys, url) = (issuer.jwks(), elsewhere.url.clone());
        let odd = odd(move |own, path, _| wrong(what, own, path, &keys, &url)).await;
        let server = serve(Jwt::issuer(&odd.url).audience(AUDIENCE)).await;
        let who = who_is(server.address, &token(&issuer, &odd.url)).await;
        assert_eq!(who.err(), WRONG.contains(&what).then_some(503), "{what}");
    }
    assert_eq!(elsewhere.asked.load(Ordering::SeqCst), 0, "nobody was sent there");
}

#[tokio::test]
async fn an_issuer_may_redirect_within_its_origin_and_have_a_path() {
    let issuer = Arc::new(Issuer::start().await);
    let keys = Arc::clone(&issuer);
    let answers = move |own: &str, path: &str, _| match path {
        "/.well-known/openid-configuration/realms/one" => to("/moved"),
        "/moved" => ok(metadata(&format!("{own}/realms/one"), &format!("{own}/keys"))),
        "/keys" => ok(keys.jwks()),
        _ => status(StatusCode::NOT_FOUND),
    };
    let odd = odd(answers).await;
    let realm = format!("{}/realms/one", odd.url);
    let server = serve(Jwt::issuer(&realm).audience(AUDIENCE)).await;
    assert_eq!(who_is(server.address, &token(&issuer, &realm)).await, Ok(format!("ada of {realm}: ")));
}

#[tokio::test]
async fn of_several_issuers_the_one_that_a_token_names_decides() {
    let (one, two, none) = (Issuer::start().await, Issuer::start().await, Issuer::start().await);
    let of = |issuer: &Issuer| issuer.jwt().audience(AUDIENCE).into();
    let server = serve(Any::of([of(&one), of(&two)])).await;
    for issuer in [&one, &two] {
        let sign = |seconds| issuer.token("ada").audience(AUDIENCE).expires_in(Duration::from_secs(seconds)).sign();
        assert_eq!(who_is(server.address, &sign(300)).await, Ok(format!("ada of {}: ", issuer.url())));
        issuer.set_clock_ahead(-3600);
        let answer = call(server.address, &sign(60)).await;
        let challenges = answer.all("www-authenticate").join("; ");
        assert!(answer.status == 401 && challenges.contains("it has expired"), "{answer:?}");
    }
    assert_eq!(who_is(server.address, &none.token("ada").audience(AUDIENCE).sign()).await, Err(401));
    // The name alone lets nobody in.
    assert_eq!(who_is(server.address, &token(&one, two.url())).await, Err(401));
}

#[test]
fn an_issuer_that_cannot_be_asked_stops_the_start() {
    let problems = |jwt: Jwt| mcp_runtime::Authenticate::problems(&jwt).join("; ");
    assert!(problems(Jwt::issuer("http://id.example.com")).contains("not encrypted"));
    assert!(problems(Jwt::issuer("http://id.example.com").fetch(Fetch::new().dangerous_allow_http())).is_empty());
    assert!(problems(Jwt::issuer("id")).contains("is not the URL"));
    assert!(problems(Jwt::issuer("id").jwks_file("/nowhere")).contains("/nowhere"));
    assert!(problems(Jwt::issuer("id").jwks_url("http://10.0.0.1/keys")).contains("not encrypted"));
}
