//! What the tools do.
#![cfg(unix)]

mod support;

use std::fs;
use std::time::Duration;

use mcp_runtime::Version;
use mcp_runtime::client::{Change, Client, ClientHandler, Launch, Wanted};
use serde_json::{Value, json};
use support::{World, call, serve};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn text_is_read_by_lines() {
    let world = World::new();
    let client = world.serve().await;
    fs::write(world.path("root/many.txt"), (1..=9).map(|line| format!("{line}\n")).collect::<String>())
        .expect("written");
    fs::write(world.path("root/unended.txt"), "1\n2").expect("written");
    let long = "x".repeat(300 * 1024);
    for (arguments, expected) in [
        (json!({ "path": "many.txt", "lines": 2 }), "1\n2\n\nThe file goes on; read on with from=3."),
        (json!({ "path": "many.txt", "from": 8 }), "8\n9\n"),
        (json!({ "path": "many.txt", "from": 8, "lines": 2 }), "8\n9\n"),
        (json!({ "path": "many.txt", "from": 12 }), "The file ends before line 12."),
        (json!({ "path": "many.txt", "tail": 2 }), "8\n9\n"),
        (json!({ "path": "many.txt", "tail": 100 }), "1\n2\n3\n4\n5\n6\n7\n8\n9\n"),
        (json!({ "path": "unended.txt", "tail": 1 }), "2"),
        (json!({ "path": "inside" }), "hello\nworld\n"),
        (json!({ "path": world.path("root/a.txt") }), "hello\nworld\n"),
    ] {
        assert_eq!(call(&client, "read", arguments.clone()).await.as_deref(), Ok(expected), "{arguments}");
    }
    // A line that is too long is told of, and what stands behind it can be read.
    fs::write(world.path("root/long.txt"), format!("1\n{long}\n3\n")).expect("written");
    fs::write(world.path("root/whole.txt"), "x".repeat(256 * 1024)).expect("written");
    for (file, from, length, end) in [
        ("long.txt", 1, 256 * 1024, "Cut in line 2; read on with from=2."),
        ("long.txt", 2, 256 * 1024, "Line 2 is longer than 256 KiB: its rest cannot be read. Read on with from=3."),
        ("long.txt", 3, 2, "3\n"),
        ("whole.txt", 1, 256 * 1024, "x"),
    ] {
        let text = call(&client, "read", json!({ "path": file, "from": from })).await.expect("read");
        let begin = text.len() - end.len();
        assert!(
            text.ends_with(end) && begin.abs_diff(length) <= 2,
            "{file} {from}: {} {:?}",
            text.len(),
            &text[begin..]
        );
    }
}

#[tokio::test]
async fn media_are_given_as_what_they_are() {
    let world = World::new();
    let client = world.serve().await;
    for (name, kind, mime) in [
        ("p.png", "image", "image/png"),
        ("s.wav", "audio", "audio/wav"),
        ("x.bin", "resource", "application/octet-stream"),
        ("t.txt", "resource", "application/octet-stream"),
    ] {
        fs::write(world.path("root").join(name), [0, 159, 146, 150]).expect("written");
        let result = client.call("read", json!({ "path": name })).await.expect("read");
        let json: Value = serde_json::from_str(result.json()).expect("JSON");
        let block = &json["content"][0];
        assert_eq!(block["type"], kind, "{block}");
        assert!(block.to_string().contains(mime) && block.to_string().contains("AJ+Slg=="), "{block}");
    }
    let uri = format!("file://{}", world.path("root/p.png").display());
    let contents = format!("{:?}", client.read(&uri).await.expect("read"));
    assert!(contents.contains("image/png"), "{contents}");
}

#[tokio::test]
async fn edits_are_shown_and_made_together_or_not_at_all() {
    let world = World::new();
    let client = world.serve().await;
    let text = || fs::read_to_string(world.path("root/a.txt")).expect("read");
    let edit = async |edits: Value, dry_run: bool| {
        call(&client, "edit", json!({ "path": "a.txt", "edits": edits, "dry_run": dry_run })).await
    };
    let one = json!([{ "old": "hello", "new": "goodbye" }]);
    let diff = edit(one.clone(), true).await.expect("shown");
    assert!(diff.contains("-hello\n+goodbye\n") && diff.contains("dry run"), "{diff}");
    assert_eq!(text(), "hello\nworld\n");
    assert!(edit(one, false).await.expect("edited").contains("+goodbye"));
    assert_eq!(text(), "goodbye\nworld\n");
    // The second does not fit, so neither is made.
    let failed = edit(json!([{ "old": "goodbye", "new": "x" }, { "old": "absent", "new": "y" }]), false).await;
    assert!(failed.expect_err("it fails").contains("does not have"));
    let twice = edit(json!([{ "old": "o", "new": "0" }]), false).await.expect_err("which one?");
    assert!(twice.contains("3 times"), "{twice}");
    edit(json!([{ "old": "o", "new": "0", "all": true }]), false).await.expect("edited");
    assert_eq!(text(), "g00dbye\nw0rld\n");
    let crlf = json!({ "path": "crlf.txt", "edits": [{ "old": "one\ntwo", "new": "1\n2" }] });
    call(&client, "edit", crlf).await.expect("edited");
    assert_eq!(fs::read(world.path("root/crlf.txt")).expect("read"), b"1\r\n2\r\n");
}

#[tokio::test]
async fn files_are_written_moved_and_listed() {
    let world = World::new();
    let client = world.serve().await;
    for (tool, arguments) in [
        ("write", json!({ "path": "new.txt", "text": "new" })),
        ("create_directory", json!({ "path": "x/y" })),
        ("move", json!({ "from": "new.txt", "to": "x/y/moved.txt" })),
        ("move", json!({ "from": "x", "to": "z" })),
        ("write", json!({ "path": "inside", "text": "through the symlink", "replace": true })),
    ] {
        call(&client, tool, arguments.clone()).await.unwrap_or_else(|error| panic!("{tool} {arguments}: {error}"));
    }
    assert_eq!(fs::read_to_string(world.path("root/z/y/moved.txt")).expect("read"), "new");
    assert_eq!(fs::read_to_string(world.path("root/a.txt")).expect("read"), "through the symlink");
    let tree = call(&client, "tree", json!({ "path": "z" })).await.expect("a tree");
    assert!(tree.ends_with("\n  y/\n    moved.txt\n"), "{tree}");
    let list = call(&client, "list", json!({ "path": "." })).await.expect("a list");
    for expected in [r#"{"name":"sub","kind":"directory"}"#, r#"{"name":"pipe","kind":"special"}"#] {
        assert!(list.contains(expected), "{list}");
    }
    assert!(!list.contains(".tmp"), "nothing is left over: {list}");
    let info = call(&client, "info", json!({ "path": "relative" })).await.expect("facts");
    assert!(info.contains(r#""kind":"symlink""#), "{info}");
}

#[tokio::test]
async fn files_are_found_by_name_and_text() {
    let world = World::new();
    let client = world.serve().await;
    for (arguments, expected) in [
        (json!({ "path": ".", "name": "b.*" }), vec!["sub/b.txt"]),
        (json!({ "path": ".", "name": "sub/**" }), vec!["sub/b.txt", "sub/up-twice"]),
        (json!({ "path": ".", "text": "^HELLO$", "case_sensitive": false }), vec!["a.txt"]),
        (json!({ "path": ".", "text": "^HELLO$" }), vec![]),
        (json!({ "path": ".", "text": "in", "name": "*.txt" }), vec!["sub/b.txt"]),
        (json!({ "path": ".", "text": "nowhere" }), vec![]),
    ] {
        let result = client.call("search", arguments.clone()).await.expect("found");
        let found: Value = result.value().expect("JSON");
        let paths = found["matches"].as_array().expect("a list").iter().map(|one| one["path"].as_str().expect("text"));
        let root = world.fill("ROOT/");
        let mut paths: Vec<&str> = paths.map(|path| path.strip_prefix(&root).expect("inside")).collect();
        paths.sort_unstable();
        assert_eq!(paths, expected, "{arguments}");
    }
    // What cannot be searched for text is told of.
    fs::write(world.path("root/sub/latin.txt"), b"na\xefve").expect("written");
    for (arguments, expected) in [
        (json!({ "path": "sub", "text": "in b" }), Some("1 file was not searched: not text")),
        (json!({ "path": ".", "text": "in b" }), Some("2 files were not searched: not text, longer than 4 MiB")),
        (json!({ "path": ".", "name": "b.txt", "text": "in b" }), None),
        (json!({ "path": ".", "name": "*.txt" }), None),
        (json!({ "path": "sub", "name": "*", "limit": 1 }), Some("the limit was reached")),
    ] {
        let found: Value = client.call("search", arguments.clone()).await.expect("found").value().expect("JSON");
        let ended = found["ended"].as_str();
        let holds = expected.map_or(ended.is_none(), |expected| ended.is_some_and(|ended| ended.starts_with(expected)));
        assert!(holds, "{arguments}: {ended:?}");
    }
}

#[tokio::test]
async fn a_server_that_only_reads_has_no_tools_that_change() {
    let world = World::new();
    let names = async |client: &Client| {
        client.tools().await.expect("tools").into_iter().map(|tool| tool.name).collect::<Vec<_>>().join(" ")
    };
    let root = world.fill("ROOT");
    let reading = serve(&["--read-only", "--allow", &root]).await;
    assert_eq!(names(&reading).await, "directories info list read search tree");
    let failed = call(&reading, "write", json!({ "path": "n.txt", "text": "x" })).await;
    assert!(failed.is_err() && !world.path("root/n.txt").exists());
    let all = names(&serve(&["--allow", &root]).await).await;
    assert!(all.contains("write") && all.contains("edit") && all.contains("move"), "{all}");
}

#[tokio::test]
async fn the_directories_of_a_client_are_used_if_none_is_named() {
    let world = World::new();
    for version in [Version::V2025_11_25, Version::V2026_07_28] {
        let handler = ClientHandler::new().root(world.fill("file://ROOT"), "root");
        let client = Client::builder().handler(handler).version(version);
        let client = client.connect(Launch::new(env!("CARGO_BIN_EXE_mcp-filesystem"))).await.expect("it starts");
        assert_eq!(
            call(&client, "read", json!({ "path": "a.txt" })).await.as_deref(),
            Ok("hello\nworld\n"),
            "{version}"
        );
        let refused = call(&client, "read", json!({ "path": "../outside/secret.txt" })).await.expect_err("refused");
        assert!(refused.contains("outside"), "{refused}");
    }
    // One that is not there takes nothing from the other.
    for (roots, expected) in
        [(&["file://BASE/gone", "file://ROOT"][..], Ok("ROOT")), (&["file://BASE/gone"], Err("BASE/gone: "))]
    {
        let handler = roots.iter().fold(ClientHandler::new(), |handler, root| handler.root(world.fill(root), "a root"));
        let client = Client::builder().handler(handler);
        let client = client.connect(Launch::new(env!("CARGO_BIN_EXE_mcp-filesystem"))).await.expect("it starts");
        let done = call(&client, "directories", json!({})).await;
        let holds = match (&done, expected) {
            (Ok(text), Ok(part)) => text.contains(&world.fill(part)) && !text.contains("gone"),
            (Err(why), Err(part)) => why.contains(&world.fill(part)),
            _ => false,
        };
        assert!(holds, "{roots:?}: {done:?}");
    }
    let without = serve(&[]).await;
    let refused = call(&without, "directories", json!({})).await.expect_err("refused");
    assert!(refused.contains("--allow DIR"), "{refused}");
}

#[tokio::test]
async fn clients_hear_of_changes() {
    let world = World::new();
    for version in [Version::V2025_06_18, Version::V2026_07_28] {
        let launch = Launch::new(env!("CARGO_BIN_EXE_mcp-filesystem")).arg("--allow").arg(world.path("root"));
        let client = Client::builder().version(version).connect(launch).await.expect("it starts");
        for (file, is_replaced) in [("a.txt", false), ("not-there-yet.txt", false), ("sub/b.txt", true)] {
            let uri = world.fill(&format!("file://ROOT/{file}"));
            let mut changes = client.changes(Wanted::new().resource(&uri)).await.expect("subscribed");
            let path = world.path("root").join(file);
            // Another file in the same directory is no news. Editors write one, and put it in the place of the first.
            let other = path.with_file_name("other.txt");
            fs::write(&other, "changed").expect("written");
            if is_replaced {
                fs::rename(&other, &path).expect("moved");
            } else {
                fs::write(&path, "changed").expect("written");
            }
            let change = timeout(PATIENCE, changes.next()).await.expect("in time");
            assert_eq!(change, Some(Change::Resource(uri)), "{version}");
        }
        fs::remove_file(world.path("root/not-there-yet.txt")).expect("removed");
    }
}
