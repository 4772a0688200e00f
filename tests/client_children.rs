//! The programs that clients start: how they end, and that nothing is left of them. One test at a time, because they count what
//! the process has.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mcp_runtime::client::{Client, ClientError, ClientState, Launch, Retry};
use mcp_tests::process::PATIENCE;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::timeout;

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");
const HOST: &str = env!("CARGO_BIN_EXE_client-host");

/// A server of few bytes, which is there at once.
const SMALL: &str = r#"while read -r line; do
    id=${line#*'"id":'}; echo '{"jsonrpc":"2.0","id":'"${id%%,*}"',"result":{"supportedVersions":["2026-07-28"],"capabilities":{}}}'
done"#;

static ALONE: Mutex<()> = Mutex::const_new(());

fn small() -> Launch {
    Launch::new("sh").args(["-c", SMALL])
}

/// The shell that watches over programs, and what the runtime needs, is there from now on.
async fn warm() {
    Client::spawn(small()).await.expect("a server").close().await;
}

/// The processes that this one has started and not yet taken leave of: their states.
fn children() -> Vec<char> {
    let own = std::process::id().to_string();
    let stats = fs::read_dir("/proc").expect("/proc").filter_map(|entry| {
        let stat = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        let (state, parent) = (fields.next()?, fields.next()?);
        (parent == own).then(|| state.chars().next().unwrap_or('?'))
    });
    stats.collect()
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("/proc").count()
}

fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_thousand_programs() {
    let _alone = ALONE.lock().await;
    warm().await;
    let (before, open) = (children().len(), descriptors());
    for n in 0..1000 {
        let client = Client::spawn(small()).await.expect("a server");
        if n % 2 == 0 {
            client.close().await;
        }
        // The others are dropped, and end in their own time.
    }
    until("zombies, or programs that still run", || children().len() <= before).await;
    until("descriptors that are still open", || descriptors() <= open).await;
    assert!(!children().contains(&'Z'), "{:?}", children());
}

#[tokio::test]
async fn nothing_is_left_of_programs_that_no_agreement_was_come_to_with() {
    let _alone = ALONE.lock().await;
    warm().await;
    let (before, open) = (children().len(), descriptors());
    let silent = || Launch::new("sh").args(["-c", "cat >/dev/null; exec sleep 1000"]);
    let builder = || Client::builder().grace(Duration::from_millis(50)).retry(Retry::never());
    let short = builder().connect_timeout(Duration::from_millis(50));
    let error = short.connect(silent()).await.expect_err("it says nothing");
    assert!(matches!(error, ClientError::Connect(_)), "{error}");
    // Nobody waits for this one to the end.
    let lazy = builder().lazy(silent());
    assert!(timeout(Duration::from_millis(50), lazy.tools()).await.is_err());
    assert_eq!(lazy.health().state, ClientState::Disconnected);
    until("programs that still run", || children().len() <= before).await;
    until("descriptors that are still open", || descriptors() <= open).await;
}

#[tokio::test]
async fn a_program_that_reads_no_more_is_ended_with_its_connection() {
    let _alone = ALONE.lock().await;
    warm().await;
    let before = children().len();
    let one = SMALL.replace("echo", "exec <&-; echo").replace("done", "exec sleep 1000; done");
    let builder = Client::builder().grace(Duration::from_millis(50)).retry(Retry::never());
    let client = builder.connect(Launch::new("sh").args(["-c", &one])).await.expect("a server");
    client.call("pay", ()).await.expect_err("it cannot be written to");
    until("a program that still runs", || children().len() <= before).await;
    client.close().await;
}

#[tokio::test]
async fn programs_end_when_their_client_is_killed_even_those_that_ignore_being_told_to() {
    let _alone = ALONE.lock().await;
    let folder = std::env::temp_dir().join(format!("mcp-children-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let noted = folder.join("pid");
    // It goes on when its input ends, and when it is told to end; and so does what it has started.
    let script = format!(
        r#"trap '' TERM HUP INT; sleep 1000 & echo $$ $! >{}; {SERVER}; while :; do sleep 1; done"#,
        noted.display()
    );
    let mut host = Command::new(HOST).args(["sh", "-c", &script]).stdout(Stdio::piped()).spawn().expect("a host");
    let mut said = String::new();
    BufReader::new(host.stdout.take().expect("a pipe")).read_line(&mut said).expect("it speaks");
    assert_eq!(said, "connected\n");
    let pids = fs::read_to_string(&noted).expect("noted");
    let pids: Vec<_> = pids.split_whitespace().collect();
    assert!(pids.len() == 2 && pids.iter().all(|pid| is_alive(pid)), "{pids:?}");
    // SIGKILL: the host can do nothing any more.
    host.kill().expect("killed");
    until("programs that still run", || !pids.iter().any(|pid| is_alive(pid))).await;
    let _ = host.wait();
    let _ = fs::remove_dir_all(&folder);
}

#[tokio::test]
async fn a_program_that_is_killed_in_mid_call_fails_it_and_is_started_again() {
    let _alone = ALONE.lock().await;
    let folder = std::env::temp_dir().join(format!("mcp-killed-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let noted = folder.join("pid");
    let script = format!("echo $$ >{}; exec {SERVER}", noted.display());
    let client = Client::spawn(Launch::new("sh").args(["-c", &script])).await.expect("a server");
    let pid = || fs::read_to_string(&noted).expect("noted").trim().to_owned();
    let first = pid();
    let call = client.call("hang", json!({"gate": "nobody's"})).start();
    until("no call in flight", || client.in_flight() == 1).await;
    kill(&first);
    let error = call.await.expect_err("it was killed");
    assert!(matches!(&error, ClientError::Lost(lost) if lost.may_have_run()), "{error:?}");
    assert!(error.to_string().contains("signal: 9"), "{error}");
    // The next call has another.
    let result = client.call("echo", json!({"message": "again"})).await.expect("an echo");
    assert_eq!(result.text(), "again");
    assert_ne!(pid(), first);
    client.close().await;
    let _ = fs::remove_dir_all(&folder);
}

#[tokio::test]
async fn a_path_with_blanks_is_one_word() {
    let _alone = ALONE.lock().await;
    let folder = std::env::temp_dir().join(format!("mcp blanks {} it's", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let script = folder.join("my server");
    fs::write(&script, "#!/bin/sh\necho \"started with [$*]\" >&2; exit 3\n").expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).expect("its mode");
    let path = script.to_str().expect("UTF-8");
    for (launch, arguments) in [
        (Launch::from(path), ""),
        (Launch::from(format!("\"{path}\" --flag 'a b'")), "--flag a b"),
        (Launch::new(path).arg("--flag"), "--flag"),
    ] {
        let error = Client::spawn(launch).await.expect_err("it ends").to_string();
        assert!(error.contains(&format!("started with [{arguments}]")), "{error}");
    }
    let error = Client::connect(path).await.expect_err("it ends").to_string();
    assert!(error.contains("started with []"), "{error}");
    let _ = fs::remove_dir_all(&folder);
}

#[tokio::test]
async fn a_program_that_cannot_be_started_or_ends_at_once_says_why() {
    let _alone = ALONE.lock().await;
    let error = Client::spawn("no-such-program --at-all").await.expect_err("there is none");
    assert!(error.to_string().contains("`no-such-program` cannot be started"), "{error}");
    let broken = Launch::new("sh").args(["-c", "echo 'the key is missing' >&2; exit 3"]);
    let error = Client::spawn(broken).await.expect_err("it ends");
    let told = error.to_string();
    assert!(told.contains("exit status: 3") && told.contains("the key is missing"), "{told}");
    let error = Client::spawn("echo 'half a quote").await.expect_err("it is no command line");
    assert!(error.to_string().contains("not closed"), "{error}");
}

#[tokio::test]
async fn a_program_that_does_not_end_is_ended() {
    let _alone = ALONE.lock().await;
    warm().await;
    let before = children().len();
    let stubborn = Launch::new("sh").args(["-c", &format!("trap '' TERM; {SMALL}; while :; do sleep 0.05; done")]);
    let client = Client::builder().grace(Duration::from_millis(50)).connect(stubborn).await.expect("a server");
    client.close().await;
    until("it still runs", || children().len() <= before).await;
}

fn kill(pid: &str) {
    assert!(Command::new("kill").args(["-9", pid]).status().expect("kill").success());
}
