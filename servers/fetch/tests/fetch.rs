//! The server, with servers on this machine that mean well, and others.

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::client::{Client, Launch};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

const PATIENCE: Duration = Duration::from_secs(30);

async fn fetcher(words: &[&str]) -> Client {
    Client::spawn(Launch::new(env!("CARGO_BIN_EXE_mcp-fetch")).args(words)).await.expect("it starts")
}

async fn fetch(client: &Client, arguments: Value) -> Result<String, String> {
    let done = timeout(PATIENCE, client.call("fetch", arguments.clone())).await;
    done.unwrap_or_else(|_| panic!("{arguments}: it hangs"))
        .map(|result| result.text())
        .map_err(|error| error.to_string())
}

#[tokio::test]
async fn urls_that_lead_elsewhere_are_refused() {
    let client = fetcher(&[]).await;
    let lines = include_str!("attacks.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (mut count, mut wrong) = (0, Vec::new());
    for line in lines {
        let (url, refusal) = line.split_once(" => ").expect("a refusal");
        let done = fetch(&client, json!({ "url": url })).await;
        if !done.as_ref().is_err_and(|why| why.contains(refusal)) {
            wrong.push(format!("{url}: {done:?}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 60, "{count} attacks");
}

/// A server, whose answers depend on the path alone.
async fn serve(listener: TcpListener, robots: Arc<str>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, Arc::clone(&robots)));
    }
}

async fn answer(mut stream: TcpStream, robots: Arc<str>) -> std::io::Result<()> {
    let mut head = vec![0; 4096];
    let read = stream.read(&mut head).await?;
    let head = String::from_utf8_lossy(&head[..read]).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let redirect = |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    let page = |kind: &str, text: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
            text.len()
        )
    };
    let whole = match path {
        "/robots.txt" => page("text/plain", &robots),
        "/page" => {
            page("text/html; charset=utf-8", "<title>Tea</title><h1>Green</h1><p>A <a href=/next>leaf</a>. ümlaut")
        }
        "/latin" => {
            stream
                .write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=iso-8859-1\r\nConnection: close\r\n\r\n\xfc",
                )
                .await?;
            return Ok(());
        }
        "/json" => page("application/json", r#"{"a":1}"#),
        "/to-page" => redirect("/page"),
        "/to-file" => redirect("file:///etc/passwd"),
        "/to-data" => redirect("data:text/html,x"),
        "/to-script" => redirect("javascript:alert(1)"),
        "/to-gopher" => redirect("gopher://127.0.0.1:6379/_INFO"),
        "/to-name" => redirect("http://user:password@127.0.0.1:8080/"),
        "/to-mail" => redirect("http://127.0.0.1:25/"),
        "/to-nothing" => redirect("http://["),
        "/to-itself" => redirect("/to-itself"),
        "/to-secret" => redirect("/secret/page"),
        "/secret/page" => page("text/plain", "secret"),
        "/packed" => {
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"
                .to_owned()
        }
        "/long" => "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99999999999\r\n\r\nx".to_owned(),
        "/lying" => "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nshort".to_owned(),
        "/two-lengths" => "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx".to_owned(),
        "/garbage" => "\0\u{1}\u{2}\r\n\r\n".to_owned(),
        "/nothing" => String::new(),
        "/many-headers" => format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(1000)),
        "/binary" => page("application/octet-stream", "x"),
        "/broken" => "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "/missing" => "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "/silent" => {
            sleep(PATIENCE).await;
            String::new()
        }
        "/dripping" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n").await?;
            loop {
                stream.write_all(b"x").await?;
                sleep(Duration::from_millis(20)).await;
            }
        }
        "/dripping-head" => loop {
            stream.write_all(b"HTTP/1.1 200 OK\r\na: b\r\n").await?;
            sleep(Duration::from_millis(20)).await;
        },
        "/endless" => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
                .await?;
            let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
            loop {
                stream.write_all(chunk.as_bytes()).await?;
            }
        }
        "/endless-head" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\na: ").await?;
            loop {
                stream.write_all(&[b'x'; 65536]).await?;
            }
        }
        "/bad-chunk" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\nx".to_owned(),
        _ => page("text/plain", "?"),
    };
    stream.write_all(whole.as_bytes()).await
}

async fn site() -> String {
    site_with("User-agent: *\nDisallow: /secret\n").await
}

async fn site_with(robots: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(serve(listener, robots.into()));
    url
}

#[tokio::test]
async fn servers_that_mean_harm_are_left() {
    let site = site().await;
    // Only what would never end is tried with the one that has little patience: a slow machine makes no difference.
    let hasty = fetcher(&["--dangerous-allow-private", "--page-timeout", "2"]).await;
    let patient = fetcher(&["--dangerous-allow-private", "--page-timeout", "25"]).await;
    let mut wrong = Vec::new();
    for (path, refusal) in [
        ("/to-file", "only http and https"),
        ("/to-data", "only http and https"),
        ("/to-script", "only http and https"),
        ("/to-gopher", "only http and https"),
        ("/to-name", "a name or a password"),
        ("/to-mail", "ports below 1024"),
        ("/to-nothing", "no URL"),
        ("/to-itself", "more than 5 times"),
        ("/secret/page", "robots.txt"),
        ("/to-secret", "robots.txt"),
        ("/packed", "compressed"),
        ("/long", "more than 2097152 bytes"),
        ("/endless", "more than 2097152 bytes"),
        ("/lying", ""),
        ("/two-lengths", ""),
        ("/garbage", ""),
        ("/nothing", ""),
        ("/many-headers", ""),
        ("/bad-chunk", ""),
        ("/endless-head", ""),
        ("/silent", "more than 2 seconds"),
        ("/dripping", "more than 2 seconds"),
        ("/dripping-head", ""),
        ("/binary", "not text"),
        ("/broken", "answers 500"),
        ("/missing", "answers 404"),
    ] {
        let client = if ["/silent", "/dripping", "/dripping-head"].contains(&path) { &hasty } else { &patient };
        let done = fetch(client, json!({ "url": format!("{site}{path}") })).await;
        if !done.as_ref().is_err_and(|why| why.contains(refusal)) {
            wrong.push(format!("{path}: {:?}", done.map(|text| text.len())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn pages_are_read_in_parts() {
    let site = site().await;
    let client = fetcher(&["--dangerous-allow-private"]).await;
    let text = "Title: Tea\n\n# Green\n\nA [leaf](SITE/next). ümlaut\n".replace("SITE", &site);
    for (arguments, expected) in [
        (json!({ "url": format!("{site}/page") }), format!("{text}\nFrom {site}/page.")),
        (json!({ "url": format!("{site}/to-page") }), format!("{text}\nFrom {site}/page.")),
        (
            json!({ "url": format!("{site}/page"), "length": 10 }),
            format!("Title: Tea\nFrom {site}/page. There is more: go on with start=10."),
        ),
        (json!({ "url": format!("{site}/page"), "start": 9999 }), format!("From {site}/page. It ends before that.")),
        (json!({ "url": format!("{site}/json") }), format!("{{\"a\":1}}\nFrom {site}/json.")),
        (json!({ "url": format!("{site}/latin") }), format!("ü\nFrom {site}/latin.")),
    ] {
        assert_eq!(fetch(&client, arguments.clone()).await, Ok(expected), "{arguments}");
    }
    let raw = fetch(&client, json!({ "url": format!("{site}/page"), "raw": true })).await.expect("read");
    assert!(raw.starts_with("<title>Tea</title>"), "{raw}");
    let careless = fetcher(&["--dangerous-allow-private", "--ignore-robots-txt"]).await;
    let secret = fetch(&careless, json!({ "url": format!("{site}/secret/page") })).await;
    assert!(secret.is_ok_and(|text| text.starts_with("secret")));
}

/// Of a long `robots.txt` the beginning counts, as far as its lines are whole.
#[tokio::test]
async fn a_long_robots_txt_is_read_in_part() {
    let begin = "User-agent: *\nDisallow: /secret\n#";
    let rule = "\nDisallow: /page\n";
    // The cut is behind `Disallow: /`, which alone would keep programs from everything.
    let filling = "x".repeat(512 * 1024 - begin.len() - "\nDisallow: /".len());
    let site = site_with(&format!("{begin}{filling}{rule}")).await;
    let client = fetcher(&["--dangerous-allow-private"]).await;
    for (path, is_read) in [("/page", true), ("/json", true), ("/secret/page", false)] {
        let done = fetch(&client, json!({ "url": format!("{site}{path}") })).await;
        let is_kept_from = done.as_ref().is_err_and(|why| why.contains("keeps programs from this page"));
        assert_eq!((done.is_ok(), is_kept_from), (is_read, !is_read), "{path}: {done:?}");
    }
}
