//! `inspect --lock` and `inspect --check`: what has changed of what a server offers, and what it means.

use std::path::Path;
use std::process::Command;

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");

/// A file as `inspect --lock` writes it, with one thing in it, or none.
fn lock(of: &str, json: Option<&str>) -> String {
    let (list, text) = match of {
        "input" => ("tools", json.map(|json| format!(r#"{{"name":"it","inputSchema":{json}}}"#))),
        "output" => ("tools", json.map(|json| format!(r#"{{"name":"it","outputSchema":{json}}}"#))),
        "tool" => ("tools", json.map(str::to_owned)),
        "resource" => ("resources", json.map(str::to_owned)),
        "template" => ("resourceTemplates", json.map(str::to_owned)),
        "prompt" => ("prompts", json.map(str::to_owned)),
        other => panic!("what is {other}?"),
    };
    let Some(text) = text else { return format!(r#"{{"lock":1,"{list}":{{}}}}"#) };
    let item: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let name = ["uri", "uriTemplate", "name"].into_iter().find_map(|key| item[key].as_str()).expect("a name");
    format!(r#"{{"lock":1,"{list}":{{"{name}":{{"text":{text}}}}}}}"#)
}

/// The rules, as data. `MCP_WRITE=1` in the environment writes what comes of each change.
#[test]
fn each_change_means_what_it_should() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cli/surface/rules.txt");
    let text = std::fs::read_to_string(&path).expect("text");
    let mut cases = text.split("\n== ");
    let mut seen = cases.next().unwrap_or_default().trim_end().to_owned() + "\n";
    for case in cases {
        let find = |begin: &str| case.lines().find_map(|line| line.strip_prefix(begin));
        let of = find("of: ").expect("of what");
        let (before, after) = (find("< "), find("> "));
        let (shown, code) = mcp_runtime::__private::surface_changes(&lock(of, before), &lock(of, after));
        let is_given = |line: &&str| ["of: ", "< ", "> "].iter().any(|begin| line.starts_with(begin));
        let given: Vec<_> = case.lines().skip(1).filter(is_given).collect();
        let title = case.lines().next().unwrap_or_default();
        seen += &format!("\n== {title}\n{}\n{shown}\nexit: {code}\n", given.join("\n"));
    }
    if std::env::var_os("MCP_WRITE").is_some() {
        std::fs::write(&path, &seen).expect("it can be written");
    }
    let differs = seen.lines().zip(text.lines()).find(|(one, other)| one != other);
    assert!(seen == text, "run the test with MCP_WRITE=1, and look at the difference: {differs:?}");
}

/// The file, and what it is compared with, by the commands.
#[test]
fn a_file_is_written_and_checked() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("surface-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("it can be made");
    let run = |variant: &str, words: &[&str]| {
        let mut command = Command::new(SERVER);
        let done = command.args(words).current_dir(&folder).env("FIXTURE", variant).output().expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (text(done.stdout), text(done.stderr), done.status.code())
    };
    let (_, said, code) = run("", &["inspect", "--check"]);
    assert!(said.contains("`inspect --lock=mcp.lock` writes it") && code == Some(2), "{said}");
    assert_eq!(run("", &["inspect", "--lock", "--check"]).2, Some(2));
    assert!(!folder.join("mcp.lock").exists(), "it was not compared, and is not written");
    let (_, said, code) = run("", &["inspect", "--lock"]);
    assert!(said.ends_with(" items to mcp.lock\n") && code == Some(0), "{said}");
    let text = std::fs::read_to_string(folder.join("mcp.lock")).expect("it is there");
    let lock: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let add = &lock["tools"]["add"];
    assert_eq!(add["text"]["name"], "add");
    assert!(add["digest"].as_str().is_some_and(|digest| digest.starts_with("sha256:") && digest.len() == 71));
    assert!(lock["prompts"]["greet"].is_object() && lock["resources"]["test://static"].is_object());
    let same = ("unchanged: compared with mcp.lock\n".to_owned(), String::new(), Some(0));
    assert_eq!(run("", &["inspect", "--check", "mcp.lock"]), same);
    // Nothing but two of the tools.
    let (shown, _, code) = run("tools", &["inspect", "--check"]);
    assert!(shown.contains("breaking    prompt greet: removed\n") && code == Some(6), "{shown}");
    let (_, _, code) = run("tools", &["inspect", "--lock=other.lock"]);
    assert_eq!(code, Some(0));
    let (shown, _, code) = run("", &["inspect", "--check", "other.lock", "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!((&shown["verdict"], code), (&"compatible".into(), Some(5)));
    // Of both the comparison comes first.
    let (shown, said, code) = run("tools", &["inspect", "--lock", "--check"]);
    assert!(shown.contains("breaking    prompt greet: removed\n") && code == Some(6), "{shown}");
    assert_eq!(said, "wrote 2 items to mcp.lock\n");
    assert_eq!(run("tools", &["inspect", "--check"]), same);
    std::fs::write(folder.join("mcp.lock"), "{}").expect("it can be written");
    let (_, said, code) = run("", &["inspect", "--check"]);
    assert!(said.contains("is no file that `inspect --lock` has written") && code == Some(2), "{said}");
    let _ = std::fs::remove_dir_all(&folder);
}
