//! Makes a key, runs the program, and talks to it over HTTP as clients do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mcp_runtime::client::{Client, ClientError, Launch, Target};
use mcp_runtime::testing::Served;
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_{{project-name}}");

/// A new directory, in which the program finds `keys.toml`.
fn directory(name: &str) -> PathBuf {
    let name = format!("{name}-{}", std::process::id());
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&directory).expect("a directory");
    directory
}

/// Makes a key.
fn new_key(directory: &Path, words: &[&str]) -> String {
    let made = Command::new(PROGRAM)
        .args(["keys", "new"])
        .args(words)
        .current_dir(directory)
        .output()
        .expect("it starts");
    assert!(made.status.success(), "{made:?}");
    String::from_utf8_lossy(&made.stdout).trim().to_owned()
}

#[tokio::test]
async fn a_key_lets_in() -> Result<(), ClientError> {
    let directory = directory("a-key-lets-in");
    let scopes = "notes:read,notes:write";
    let key = new_key(&directory, &["--subject", "ada", "--scopes", scopes]);
    let launch = Launch::new(PROGRAM).directory(&directory);
    let served = Served::start(launch);

    // 401: without a key, and with a wrong one.
    let stranger = Target::url(served.url());
    let wrong = stranger.clone().header("X-API-Key", format!("{key}x"));
    for target in [stranger, wrong] {
        let refused = Client::connect(target).await.unwrap_err();
        assert!(matches!(refused, ClientError::Unauthorized(_)), "{refused}");
    }

    let ada = Target::url(served.url()).header("X-API-Key", &key);
    let ada = Client::connect(ada).await?;
    ada.call("add_note", json!({"text": "Buy tea."})).await?;
    let notes: Vec<String> = ada.call("list_notes", ()).await?.value()?;
    assert_eq!(notes, ["Buy tea."]);

    let _ = fs::remove_dir_all(directory);
    Ok(())
}
