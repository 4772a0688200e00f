//! The server with an API of the tests' own.

mod support;

use std::process::Command;
use std::time::Duration;

use mcp_runtime::client::{Client, Launch};
use serde_json::Value;
use support::Site;
use support::certificates::Authority;
use tokio::time::timeout;

const KEY: &str = "s3cret-key-0123";
/// How long anything may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(60);

fn launch(words: &[&str]) -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_mcp-api")).args(words).env("API_KEY", KEY)
}

async fn serve(site: &Site) -> Client {
    Client::spawn(launch(&["--base-url", &site.url])).await.expect("it starts")
}

async fn call(client: &Client, tool: &str, arguments: &str) -> Result<String, String> {
    let arguments: Value = serde_json::from_str(arguments).expect(arguments);
    let done = timeout(PATIENCE, client.call(tool, arguments.clone())).await;
    let done = done.unwrap_or_else(|_| panic!("{tool} {arguments}: it hangs"));
    done.map(|result| result.text()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn answers_are_told_in_words_for_the_model() {
    let site = Site::start().await;
    let (mut count, mut wrong) = (0, Vec::new());
    let text = include_str!("answers.txt").replace("THE-KEY", KEY);
    let mut lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
    while let Some(line) = lines.next() {
        // Each has a server of its own, which remembers nothing.
        let client = serve(&site).await;
        let mut answers = Vec::new();
        while let Some(answer) = lines.next_if(|line| line.starts_with("> ")) {
            answers.push(&answer[2..]);
        }
        site.will_answer(&answers);
        let (called, expected) = line.split_once(" => ").expect("what is expected");
        let (tool, arguments) = called.split_once(' ').expect("arguments");
        let done = call(&client, tool, arguments).await;
        let holds = match (&done, expected.strip_prefix('!')) {
            (Ok(text), None) => text.contains(expected),
            (Err(why), Some(part)) => why.contains(part) && !why.contains(KEY),
            _ => false,
        };
        let (requests, left) = site.heard();
        if !holds || requests.len() != answers.len() || left > 0 {
            wrong.push(format!("{line}\n    {} requests: {done:.300?}", requests.len()));
        }
        for request in requests {
            let is_ours =
                request.contains(" /v1/items") && request.contains(&format!("authorization: Bearer {KEY}\r\n"));
            assert!(is_ours, "{line}: {request}");
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 60, "{count} lines");
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let site = Site::start().await;
    let client = serve(&site).await;
    let tea = r#"200|ETag: "1"|Link: <URL/items?page=2>; rel="next"|[{"id":"7","name":"Tea","price":2.5}]"#;
    let end = "200|[]";
    for (answers, asks) in [
        (vec![tea, end], None),
        (vec!["304|", end], Some("if-none-match: \"1\"")),
        (vec![r#"200|ETag: "2"|[]"#], Some("if-none-match: \"1\"")),
        (vec!["304|"], Some("if-none-match: \"2\"")),
    ] {
        site.will_answer(&answers);
        call(&client, "search", "{}").await.expect("found");
        let (requests, left) = site.heard();
        assert_eq!((requests.len(), left), (answers.len(), 0), "the pages of a kept answer are read on");
        assert_eq!(requests[0].contains("if-none-match"), asks.is_some(), "{requests:?}");
        assert!(requests[0].contains(asks.unwrap_or_default()), "{requests:?}");
    }
    // What the server itself has changed is read anew.
    let one = r#"200|ETag: "7"|{"id":"7","name":"Tea","price":2.5}"#;
    site.will_answer(&[one, one, one]);
    for (tool, arguments) in
        [("get", r#"{"id":"7"}"#), ("update", r#"{"id":"7","name":"Tea","price":2.5}"#), ("get", r#"{"id":"7"}"#)]
    {
        call(&client, tool, arguments).await.expect(tool);
    }
    assert!(!site.heard().0[2].contains("if-none-match"));
}

/// An API that says nothing takes no longer than a call may take, and a call that is cancelled takes its request along.
#[tokio::test]
async fn silence_ends() {
    let site = Site::start().await;
    let client = Client::spawn(launch(&["--base-url", &site.url, "--call-timeout", "1"])).await.expect("it starts");
    for hanging in ["HANG", "RAW HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"] {
        site.will_answer(&[hanging, "HANG", "HANG", "HANG"]);
        let done = call(&client, "get", r#"{"id":"7"}"#).await;
        assert!(done.as_ref().is_err_and(|why| why.contains("no answer in 1 seconds: try again")), "{done:?}");
    }
    // Each page comes in time, but all of them together do not.
    site.will_answer(&[
        r#"SLOW 200|Link: <URL/items?page=2>; rel="next"|[]"#,
        r#"SLOW 200|Link: <URL/items?page=3>; rel="next"|[]"#,
        "SLOW 200|[]",
    ]);
    let done = call(&client, "search", "{}").await;
    assert!(done.as_ref().is_err_and(|why| why.contains("no answer in 1 seconds")), "{done:?}");
    // What may not be sent twice may have been done.
    site.will_answer(&["HANG"]);
    let done = call(&client, "create", r#"{"name":"Tea","price":1}"#).await;
    assert!(done.as_ref().is_err_and(|why| why.contains("in 1 seconds. Whether the change was made")), "{done:?}");
}

#[tokio::test]
async fn the_key_is_shown_nowhere() {
    let site = Site::start().await;
    site.will_answer(&["500|Retry-After: 0|", "401|KEY", "200|{}"]);
    let url = site.url.clone();
    for words in [vec!["call", "get", "id=7"], vec!["inspect", "--json"], vec!["list"], vec!["--help"]] {
        let (url, words) = (url.clone(), words.clone());
        let ran = tokio::task::spawn_blocking(move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-api"));
            command.args(["--base-url", &url]).args(words).env("API_KEY", KEY).env("RUST_LOG", "trace").output()
        });
        let output = ran.await.expect("it ends").expect("it runs");
        for stream in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(stream).contains(KEY), "{}", String::from_utf8_lossy(stream));
        }
    }
}

#[tokio::test]
async fn a_key_is_sent_to_nobody_who_listens() {
    for (url, key, why) in [
        ("http://api.example.com/v1", KEY, "must be https"),
        ("http://127.0.0.1.example.com/", KEY, "must be https"),
        ("http://10.0.0.1/", KEY, "must be https"),
        ("ftp://localhost/", KEY, "must be https"),
        ("file:///etc/passwd", KEY, "must be https"),
        ("https://user:s3cret-key-0123@api.example.com/", KEY, "a host and a path"),
        ("https://api.example.com/?key=s3cret-key-0123", KEY, "a host and a path"),
        ("api.example.com", KEY, "the URL of the API"),
        ("https://api.example.com/", "s3cret-key-0123\nX-Admin: 1", "characters that no key has"),
    ] {
        let launch = Launch::new(env!("CARGO_BIN_EXE_mcp-api")).args(["--base-url", url]).env("API_KEY", key);
        let failed = Client::spawn(launch).await.expect_err("it does not start").to_string();
        assert!(failed.contains(why) && !failed.contains(KEY), "{url}: {failed}");
    }
}

const TEA: &str = r#"KEEP 200|{"id":"7","name":"Tea","price":2.5}"#;

async fn serve_with(site: &Site, words: &[&str]) -> Client {
    let words = [&["--base-url", &*site.url, "--retries", "0"], words].concat();
    Client::spawn(launch(&words)).await.expect("it starts")
}

/// Requests have the connection of the one before, if that is still there, and if they may be sent twice.
#[tokio::test]
async fn connections_are_kept() {
    let site = Site::start().await;
    let get = ("get", r#"{"id":"7"}"#);
    let create = ("create", r#"{"name":"Tea","price":2.5}"#);
    let made = r#"KEEP 201|{"id":"7","name":"Tea","price":2.5}"#;
    let last = r#"DROP 200|{"id":"7","name":"Tea","price":2.5}"#;
    for (requests, connections) in [
        (vec![(get, TEA), (get, TEA), (get, &TEA[5..])], 1),
        (vec![(get, TEA), (create, made), (get, TEA)], 2),
        (vec![(get, &TEA[5..]), (get, &TEA[5..])], 2),
        // The API has closed it meanwhile, which costs no retry.
        (vec![(get, last), (get, last), (get, &TEA[5..])], 3),
    ] {
        let client = serve_with(&site, &[]).await;
        site.will_answer(&requests.iter().map(|(_, answer)| *answer).collect::<Vec<_>>());
        for ((tool, arguments), answer) in &requests {
            let done = call(&client, tool, arguments).await;
            assert!(done.as_ref().is_ok_and(|text| text.contains("Tea")), "{answer}: {done:?}");
        }
        assert_eq!((site.connections(), site.heard().1), (connections, 0), "{requests:?}");
    }
}

/// No more connections than requests may be under way, and none of them for ever.
#[tokio::test]
async fn connections_are_few_and_end() {
    let site = Site::start().await;
    let client = serve_with(&site, &["--idle-timeout", "1"]).await;
    site.will_answer(&[TEA; 40]);
    let calls = (0..40).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { call(&client, "get", r#"{"id":"7"}"#).await })
    });
    for done in calls.collect::<Vec<_>>() {
        done.await.expect("it ends").expect("read");
    }
    assert!(site.connections() <= 8, "{} connections", site.connections());
    timeout(PATIENCE, site.is_left()).await.expect("they are closed");

    let client = serve_with(&site, &["--idle-timeout", "0"]).await;
    site.will_answer(&[TEA; 3]);
    for _ in 0..3 {
        call(&client, "get", r#"{"id":"7"}"#).await.expect("read");
    }
    assert_eq!(site.connections(), 3, "none is kept");
}

/// The API is who it should be, or it is told nothing.
#[tokio::test]
async fn certificates_are_checked() {
    let (authority, other) = (Authority::new("ours"), Authority::new("another"));
    let site = Site::start_with_tls(&authority.leaf("localhost")).await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    };
    let (ours, another) = (file("ours.pem", &authority.pem()), file("another.pem", &other.pem()));
    let address = site.url.replace("localhost", "127.0.0.1");
    for (url, ca_file, why) in [
        (&site.url, Some(&ours), None),
        (&address, Some(&ours), Some("not valid for name")),
        (&site.url, Some(&another), Some("UnknownIssuer")),
        (&site.url, None, Some("UnknownIssuer")),
    ] {
        site.will_answer(&[TEA, TEA]);
        let launch = launch(&["--base-url", url, "--retries", "0"]);
        let launch = match ca_file {
            Some(file) => launch.env("API_CA_FILE", file),
            None => launch,
        };
        let client = Client::spawn(launch).await.expect("it starts");
        for _ in 0..2 {
            let done = call(&client, "get", r#"{"id":"7"}"#).await;
            match (&done, why) {
                (Ok(text), None) => assert!(text.contains("Tea"), "{text}"),
                (Err(said), Some(why)) => assert!(said.contains(why), "{url} {ca_file:?}: {said}"),
                _ => panic!("{url} {ca_file:?}: {done:?}"),
            }
        }
        assert_eq!(site.connections(), usize::from(why.is_none()), "{url} {ca_file:?}: a kept connection, or none");
    }
    for (text, why) in
        [("no certificate", "there is none"), ("-----BEGIN CERTIFICATE-----\nAAAA", "the certificates in")]
    {
        let words = ["--base-url", &*site.url, "--ca-file", &*file("broken.pem", text)];
        let failed = Client::spawn(launch(&words)).await.expect_err("it does not start").to_string();
        assert!(failed.contains(why), "{text}: {failed}");
    }
}
