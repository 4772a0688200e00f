//! What tries to get out of the directory, or to hold the server up. Each line of `attacks.txt` is one.
#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use support::{SECRET, World, call};
use tokio::time::timeout;

/// How long any of them may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The attacks of the file: a tool (or `resource`), its arguments, and what the refusal says.
fn attacks() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let lines = include_str!("attacks.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let (tool, rest) = line.split_once(' ').expect("a tool");
        let (arguments, refusal) = rest.split_once(" => ").expect("a refusal");
        (tool, arguments, refusal)
    })
}

#[tokio::test]
async fn attacks_are_refused() {
    let world = World::new();
    let client = world.serve().await;
    let (outside, entries) = (world.outside(), world.entries());
    let (mut count, mut wrong) = (0, Vec::new());
    for (tool, arguments, refusal) in attacks() {
        let filled = world.fill(arguments);
        let arguments: Value = serde_json::from_str(&filled).unwrap_or_else(|error| panic!("{arguments}: {error}"));
        let tried = async {
            match tool {
                "resource" => match client.read(arguments["uri"].as_str().expect("a URI")).await {
                    Ok(contents) => Ok(format!("{contents:?}")),
                    Err(error) => Err(error.to_string()),
                },
                _ => call(&client, tool, arguments.clone()).await,
            }
        };
        let done = timeout(PATIENCE, tried).await.unwrap_or_else(|_| panic!("{tool} {filled}: it hangs"));
        let is_refused = done.as_ref().is_err_and(|why| why.contains(&world.fill(refusal)) && !why.contains(SECRET));
        if !is_refused {
            wrong.push(format!("{tool} {arguments} => {done:?}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 60, "{count} attacks");
    assert_eq!(world.outside(), outside, "nothing outside was changed");
    assert_eq!(world.entries(), entries, "nothing was made beside the directory");
    // It goes on serving.
    assert_eq!(call(&client, "read", json!({ "path": "a.txt" })).await.as_deref(), Ok("hello\nworld\n"));
}

/// What walks over directories follows no symlink.
#[tokio::test]
async fn walks_stay_inside() {
    let world = World::new();
    let client = world.serve().await;
    for (tool, arguments) in [
        ("tree", json!({ "path": ".", "depth": 20 })),
        ("list", json!({ "path": "." })),
        ("search", json!({ "path": ".", "name": "*" })),
        ("search", json!({ "path": ".", "text": SECRET })),
        ("search", json!({ "path": ".", "text": "(a*)*b" })),
        ("search", json!({ "path": ".", "name": "*a*a*a*a*a*a*a*a*a*b" })),
    ] {
        let done = timeout(PATIENCE, call(&client, tool, arguments.clone())).await.expect("in time").expect("found");
        assert!(!done.contains(SECRET) && !done.contains("secret.txt"), "{tool} {arguments}: {done}");
    }
}

/// Another program swaps a directory for a symlink that leads outside, again and again, while the server reads below it. The
/// system opens the path and refuses the symlink in one step, so no moment lets the server out.
#[tokio::test]
async fn a_directory_that_becomes_a_symlink_leads_nowhere() {
    let world = World::new();
    let client = world.serve().await;
    let (real, link, place) = (world.path("root/real"), world.path("root/link"), world.path("root/swapped"));
    fs::create_dir(&real).expect("made");
    fs::write(real.join("secret.txt"), "harmless").expect("written");
    symlink("../outside", &link).expect("linked");
    fs::rename(&real, &place).expect("moved");
    let over = Arc::new(AtomicBool::new(false));
    let swapping = std::thread::spawn({
        let over = Arc::clone(&over);
        move || {
            while !over.load(Ordering::Relaxed) {
                fs::rename(&place, &real).expect("moved");
                fs::rename(&link, &place).expect("moved");
                fs::rename(&place, &link).expect("moved");
                fs::rename(&real, &place).expect("moved");
            }
        }
    });
    let outside = world.outside();
    for round in 0..300 {
        let done = call(&client, "read", json!({ "path": "swapped/secret.txt" })).await;
        assert!(!done.as_ref().is_ok_and(|text| text != "harmless"), "{round}: {done:?}");
        let text = format!("round {round}");
        let _ = call(&client, "write", json!({ "path": format!("swapped/{round}.txt"), "text": text })).await;
    }
    over.store(true, Ordering::Relaxed);
    swapping.join().expect("it ends");
    assert_eq!(world.outside(), outside, "nothing was written outside");
}

/// A hard link is a file of the directory like any other. It is read, but what replaces its text leaves its other name alone.
#[tokio::test]
async fn a_hard_link_is_read_and_never_written_through() {
    let world = World::new();
    let client = world.serve().await;
    assert_eq!(call(&client, "read", json!({ "path": "hard.txt" })).await.as_deref(), Ok("shared"));
    let edits = json!([{ "old": "shared", "new": "changed" }]);
    call(&client, "edit", json!({ "path": "hard.txt", "edits": edits })).await.expect("edited");
    assert_eq!(fs::read_to_string(world.path("root/hard.txt")).expect("read"), "changed");
    assert_eq!(fs::read_to_string(world.path("outside/hard.txt")).expect("read"), "shared");
}

/// Directories in directories, deeper than anybody looks, and longer than a path may be.
#[tokio::test]
async fn deep_trees_end() {
    let world = World::new();
    let client = world.serve().await;
    let deep = vec!["d"; 200].join("/");
    call(&client, "create_directory", json!({ "path": deep })).await.expect("made");
    let tree = call(&client, "tree", json!({ "path": ".", "depth": 20 })).await.expect("a tree");
    assert_eq!(tree.matches("d/\n").count(), 20, "{tree}");
    let found = call(&client, "search", json!({ "path": ".", "name": "d", "limit": 1000 })).await.expect("found");
    assert!(found.contains("too deep"), "{found}");
}
