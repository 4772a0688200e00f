//! `serve --http`: a server program on HTTP.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStderr, Command, Stdio};

use mcp_runtime::testing::Issuer;

use super::client::Client;
use super::proxies::whence_of;
use super::server::INITIALIZE;

/// The fixture server, told to serve with these words; and its standard error.
fn start(arguments: &[&str]) -> (Child, BufReader<ChildStderr>) {
    start_variant("", arguments)
}

/// The same, a variant of it.
fn start_variant(variant: &str, arguments: &[&str]) -> (Child, BufReader<ChildStderr>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fixture-server"));
    command
        .env("FIXTURE", variant)
        .arg("serve")
        .args(arguments)
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let errors = BufReader::new(child.stderr.take().expect("a pipe"));
    (child, errors)
}

/// Where it says that it listens.
fn address(errors: &mut BufReader<ChildStderr>) -> SocketAddr {
    let mut line = String::new();
    errors.read_line(&mut line).expect("a line");
    let address = line.trim().split("listening at http://").nth(1).and_then(|line| line.strip_suffix("/mcp"));
    address.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("no address: {line}"))
}

fn terminate(child: &mut Child) -> Option<i32> {
    let sent = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status();
    assert!(sent.expect("`kill` is there").success());
    child.wait().expect("it ends").code()
}

#[tokio::test]
async fn it_says_where_it_listens_and_ends_well() {
    // A port alone is one of this machine's own address.
    for argument in ["127.0.0.1:0", ":0", "0"] {
        let (mut child, mut errors) = start(&["--http", argument]);
        let address = address(&mut errors);
        assert!(address.ip().is_loopback(), "{address}");
        assert_eq!(Client::new(address).post(&[], INITIALIZE).await.status, 200);
        assert_eq!(terminate(&mut child), Some(0), "{argument}");
    }
}

#[tokio::test]
async fn its_options_let_in_who_is_named() {
    let named =
        ["--allow-host", "a.example.com", "--allow-host", "b.example.com", "--allow-origin", "https://c.example.com"];
    let (mut child, mut errors) = start(&[&["--http", "127.0.0.1:0", "--sse"], &named[..]].concat());
    let client = Client::new(address(&mut errors));
    for (header, value, status) in [
        ("Host", "a.example.com", 200),
        ("Host", "b.example.com:80", 200),
        ("Host", "c.example.com", 403),
        ("Origin", "https://c.example.com", 200),
        ("Origin", "https://a.example.com", 403),
    ] {
        assert_eq!(client.post(&[(header, value.to_owned())], INITIALIZE).await.status, status, "{header}: {value}");
    }
    let mut stream = client.stream("GET", "/sse", &[], "").await;
    stream.read_until("event: endpoint").await;
    assert_eq!(terminate(&mut child), Some(0));
}

#[tokio::test]
async fn hosts_and_origins_are_let_in_as_people_write_them() {
    let named =
        ["--allow-host", "*.example.com", "--allow-host", "https://mcp.example.org/mcp", "--allow-host", "[::2]:80"];
    let origins = ["--allow-origin", "HTTPS://App.example.com/", "--allow-origin", "https://*.example.org"];
    let (mut child, mut errors) = start(&[&["--http", "127.0.0.1:0"], &named[..], &origins[..]].concat());
    let client = Client::new(address(&mut errors));
    for (header, value, status) in [
        ("Host", "mcp.example.com", 200),
        ("Host", "example.com", 403),
        ("Host", "MCP.example.org:8443", 200),
        ("Host", "[0::2]", 200),
        ("Origin", "https://app.example.com", 200),
        ("Origin", "https://app.example.com:443", 200),
        ("Origin", "http://app.example.com", 403),
        ("Origin", "https://a.example.org", 200),
    ] {
        assert_eq!(client.post(&[(header, value.to_owned())], INITIALIZE).await.status, status, "{header}: {value}");
    }
    assert_eq!(terminate(&mut child), Some(0));
}

#[tokio::test]
async fn callers_are_known_by_the_keys_of_a_file() {
    // Of a file that everybody can read it would say so first.
    let keys = format!("{}/keys-{}.toml", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/auth/keys.toml"), &keys).expect("it is there");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o600)).expect("they can be set");
    }
    let (mut child, mut errors) = start(&["--http", "127.0.0.1:0", "--api-keys", &keys]);
    let client = Client::new(address(&mut errors));
    assert_eq!(client.post(&[], INITIALIZE).await.status, 401);
    let key = [("X-API-Key", "grace.correct-horse".to_owned())];
    assert_eq!(client.post(&key, INITIALIZE).await.status, 200);
    assert_eq!(terminate(&mut child), Some(0));
    let _ = std::fs::remove_file(&keys);
}

#[tokio::test]
async fn callers_are_known_by_tokens_of_each_issuer_for_this_server_beside_keys() {
    let (one, other, stranger) = (Issuer::start().await, Issuer::start().await, Issuer::start().await);
    let keys = format!("{}/no-keys-{}.toml", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    std::fs::write(&keys, "").expect("it can be written");
    let mut words = vec!["--http", "127.0.0.1:0", "--issuer", one.url(), "--issuer", other.url()];
    words.extend(["--audience", "https://shop.example/mcp", "--api-keys", &keys]);
    let public = "https://shop.example/mcp";
    words.extend(["--public-url", public]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_fixture-server"));
    command.arg("serve").args(words).env("RUST_LOG", "error").stdin(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut errors = BufReader::new(child.stderr.take().expect("a pipe"));
    let client = Client::new(address(&mut errors));
    for (issuer, audience, status) in
        [(&one, public, 200), (&other, public, 200), (&stranger, public, 401), (&one, "https://other.example/mcp", 401)]
    {
        let token = issuer.token("ada").audience(audience).sign();
        let bearer = [("Authorization", format!("Bearer {token}"))];
        let answer = client.post(&bearer, INITIALIZE).await;
        assert_eq!(answer.status, status, "{audience}: {answer:?}");
    }
    let missing = client.post(&[], INITIALIZE).await;
    let metadata = "https://shop.example/.well-known/oauth-protected-resource/mcp";
    assert_eq!(missing.all("www-authenticate"), [format!("Bearer resource_metadata=\"{metadata}\"")]);
    let page = client.send("GET", "/.well-known/oauth-protected-resource/mcp", &[], "").await;
    assert!(page.body.contains(one.url()) && page.body.contains(other.url()), "{page:?}");
    assert_eq!(terminate(&mut child), Some(0));
    let _ = std::fs::remove_file(&keys);
}

#[test]
fn a_time_to_hold_requests_for_that_is_no_number_is_refused_before_the_port_is_opened() {
    let (mut child, mut errors) = start(&["--http", "127.0.0.1:0", "--hold", "soon"]);
    let mut said = String::new();
    errors.read_to_string(&mut said).expect("text");
    assert_eq!(said, "error: --hold: write a number, not \"soon\"\n");
    assert_eq!(child.wait().expect("it ends").code(), Some(2));
}

#[test]
fn what_can_never_match_is_refused_at_start_with_what_to_write() {
    for (option, value, cure) in [
        ("--allow-host", "", "write `mcp.example.com`"),
        ("--allow-host", "a.example.com,b.example.com", "write `mcp.example.com`"),
        ("--allow-origin", "https://mcp.*.com", "write `https://app.example.com`"),
    ] {
        let (mut child, mut errors) = start(&["--http", "127.0.0.1:0", option, value]);
        let mut said = String::new();
        errors.read_to_string(&mut said).expect("text");
        assert!(said.starts_with(&format!("error: {option}: {value:?} ")) && said.contains(cure), "{said}");
        assert_eq!(child.wait().expect("it ends").code(), Some(2));
    }
}

#[tokio::test]
async fn who_is_refused_is_logged_once_with_the_option_that_would_help() {
    let (mut child, mut errors) = start(&["--http", "127.0.0.1:0"]);
    let client = Client::new(address(&mut errors));
    for _ in 0..3 {
        for (header, value) in
            [("Host", "mcp.example.com"), ("Origin", "https://app.example.com"), ("Host", "a\u{e9} b")]
        {
            let answer = client.post(&[(header, value.to_owned())], INITIALIZE).await;
            assert!(answer.status == 403 && answer.body.contains("--allow-"), "{answer:?}");
        }
    }
    for other in 0..100 {
        client.post(&[("Host", format!("{other}.example.com"))], INITIALIZE).await;
    }
    assert_eq!(terminate(&mut child), Some(0));
    let mut said = String::new();
    errors.read_to_string(&mut said).expect("text");
    let refusals: Vec<&str> = said.lines().filter(|line| line.contains("refused")).collect();
    for option in ["`--allow-host mcp.example.com`", "`--allow-origin https://app.example.com`"] {
        assert_eq!(refusals.iter().filter(|line| line.contains(option)).count(), 1, "{said}");
    }
    assert_eq!(refusals.len(), 32, "{said}");
}

#[tokio::test]
async fn a_trusted_proxy_sets_the_header_that_the_program_says_unless_the_command_line_says_another() {
    let headers = [("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=198.51.100.1")];
    for (options, found) in [
        (&["--trust-proxy", "127.0.0.1"][..], "198.51.100.1"),
        (&["--trust-proxy", "127.0.0.1", "--proxy-header", "x-forwarded-for"], "203.0.113.7"),
        (&["--trust-proxy", "127.0.0.1", "--proxy-header", "forwarded"], "198.51.100.1"),
        (&[], "nobody"),
    ] {
        let (mut child, mut errors) = start_variant("proxied", &[&["--http", "127.0.0.1:0"], options].concat());
        let whence = whence_of(address(&mut errors), &headers).await;
        assert_eq!(terminate(&mut child), Some(0));
        assert_eq!(whence, found, "{options:?}");
    }
}

#[test]
fn a_server_that_is_open_says_so() {
    let closed: &[&[&str]] = &[&["--allow-host", "mcp.example.com"], &["--allow-host", "*.example.com"]];
    let open: &[&[&str]] = &[&[], &["--allow-host", "*"], &["--allow-host", "*:80"], &["--allow-origin", "*"]];
    for (named, warns) in closed.iter().map(|named| (named, false)).chain(open.iter().map(|named| (named, true))) {
        let (mut child, mut errors) = start(&[&["--http", "0.0.0.0:0"], *named].concat());
        let mut said = String::new();
        while !said.contains("listening at") {
            assert!(errors.read_line(&mut said).expect("a line") > 0, "{said}");
        }
        assert_eq!(terminate(&mut child), Some(0));
        errors.read_to_string(&mut said).expect("text");
        assert_eq!(said.contains("WARN") && said.contains("reached from other machines"), warns, "{named:?}: {said}");
    }
}

#[test]
fn an_address_that_cannot_be_had_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = taken.local_addr().map(|address| (taken, address.to_string())).expect("its address");
    for (address, code) in [(&*taken.1, 1), ("nowhere", 2)] {
        let (mut child, mut errors) = start(&["--http", address]);
        let mut said = String::new();
        errors.read_to_string(&mut said).expect("text");
        assert!(said.starts_with(&format!("error: cannot listen on {address}: ")), "{said}");
        assert_eq!(child.wait().expect("it ends").code(), Some(code));
    }
}

#[tokio::test]
async fn metrics_are_beside_the_endpoint_or_at_a_port_of_their_own_and_a_summary_comes_at_the_end() {
    let (mut child, mut errors) = start(&["--http", "0", "--metrics", "--metrics-summary"]);
    let served = address(&mut errors);
    let client = Client::new(served);
    assert_eq!(client.post(&[], INITIALIZE).await.status, 200);
    let page = client.send("GET", "/metrics", &[], "").await;
    assert!(page.status == 200 && page.body.contains(r#"mcp_method_name="initialize",le="+Inf"} 1"#), "{page:?}");
    assert_eq!(terminate(&mut child), Some(0));
    let mut said = String::new();
    errors.read_to_string(&mut said).expect("text");
    let row =
        said.lines().find(|line| line.trim_start().starts_with("initialize ")).unwrap_or_else(|| panic!("{said}"));
    assert_eq!(row.split_whitespace().take(3).collect::<Vec<_>>(), ["initialize", "1", "0"]);

    let (mut child, mut errors) = start(&["--http", "0", "--metrics=0"]);
    let served = address(&mut errors);
    let mut line = String::new();
    errors.read_line(&mut line).expect("a line");
    let apart = line.trim().strip_prefix("metrics at http://").and_then(|rest| rest.strip_suffix("/metrics"));
    let apart: SocketAddr =
        apart.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("no address: {line}"));
    assert_eq!(Client::new(served).send("GET", "/metrics", &[], "").await.status, 404);
    assert_eq!(Client::new(apart).send("GET", "/metrics", &[], "").await.status, 200);
    assert_eq!(terminate(&mut child), Some(0));
}
