//! The tools, with a repository that means well, and with those that do not.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use mcp_runtime::client::{Client, Launch};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A repository with two commits, and a change that is not committed.
struct World {
    base: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { base: tempfile::tempdir().expect("a directory") };
        fs::create_dir(world.repository()).expect("made");
        world.git(&["init", "--quiet", "--initial-branch=main"]);
        world.commit("a.txt", "one\n", "Begin");
        world.commit("a.txt", "one\ntwo\n", "Add two");
        fs::write(world.repository().join("a.txt"), "one\n2\n").expect("written");
        world
    }

    fn repository(&self) -> PathBuf {
        self.base.path().join("repository")
    }

    /// What an attack makes, if it succeeds.
    fn mark(&self) -> PathBuf {
        self.base.path().join("mark")
    }

    /// `MARK` stands for what is made, `BASE` for the directory that the repository is in.
    fn fill(&self, text: &str) -> String {
        let (mark, base) = (self.mark(), self.base.path());
        text.replace("MARK", mark.to_str().expect("text")).replace("BASE", base.to_str().expect("text"))
    }

    fn git(&self, words: &[&str]) {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(self.repository())
            .args(["--literal-pathspecs", "-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
            .args(words);
        let done = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").output().expect("git");
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn commit(&self, file: &str, text: &str, message: &str) {
        fs::write(self.repository().join(file), text).expect("written");
        self.git(&["add", "--", file]);
        self.git(&["commit", "--quiet", "-m", message]);
    }

    async fn serve(&self) -> Client {
        let launch = Launch::new(env!("CARGO_BIN_EXE_mcp-git"));
        let launch = launch.arg("--repository").arg(self.repository()).args(["--commit-as", "Eva <eva@example.com>"]);
        // What is in the environment of the host decides nothing.
        let launch = launch.env("GIT_DIR", "/nowhere").env("GIT_EXTERNAL_DIFF", self.fill("touch MARK"));
        let launch = launch.env("GIT_PAGER", self.fill("touch MARK")).env("GIT_CONFIG_COUNT", "1");
        let launch =
            launch.env("GIT_CONFIG_KEY_0", "core.fsmonitor").env("GIT_CONFIG_VALUE_0", self.fill("touch MARK"));
        Client::spawn(launch).await.expect("it starts")
    }
}

async fn call(client: &Client, tool: &str, arguments: Value) -> Result<String, String> {
    client.call(tool, arguments).await.map(|result| result.text()).map_err(|error| error.to_string())
}

/// Every tool, and a text of its answer.
fn calls() -> [(&'static str, Value, &'static str); 10] {
    [
        ("status", json!({}), " M a.txt"),
        ("diff", json!({}), "-two\n+2"),
        ("diff", json!({ "from": "HEAD~1", "to": "HEAD" }), "+two"),
        ("diff", json!({ "staged": true }), ""),
        ("log", json!({}), "Ada: Begin"),
        ("log", json!({ "count": 1, "path": "a.txt" }), "Add two"),
        ("show", json!({}), "+two"),
        ("show", json!({ "revision": "HEAD~1", "path": "a.txt" }), "one"),
        ("blame", json!({ "path": "a.txt" }), "Ada"),
        ("branches", json!({}), "main"),
    ]
}

#[tokio::test]
async fn history_is_read_and_files_are_committed() {
    let world = World::new();
    let client = world.serve().await;
    for (tool, arguments, expected) in calls() {
        let said =
            call(&client, tool, arguments.clone()).await.unwrap_or_else(|why| panic!("{tool} {arguments}: {why}"));
        assert!(said.contains(expected), "{tool} {arguments}: {said}");
    }
    let alone = call(&client, "diff", json!({ "to": "HEAD~1" })).await.expect_err("a commit without another");
    assert!(alone.contains("to: say from, too"), "{alone}");
    let said = call(&client, "commit", json!({ "message": "Say 2", "paths": ["a.txt"] })).await.expect("committed");
    assert!(said.contains("Say 2"), "{said}");
    let log = call(&client, "log", json!({ "count": 1 })).await.expect("the log");
    assert!(log.contains("Eva: Say 2"), "{log}");
    assert_eq!(call(&client, "status", json!({})).await.expect("the status").trim(), "## main");
    let reading = Client::spawn(Launch::new(env!("CARGO_BIN_EXE_mcp-git")).arg("--repository").arg(world.repository()));
    let tools = reading.await.expect("it starts").tools().await.expect("tools");
    assert!(tools.iter().all(|tool| tool.name != "commit"));
}

#[tokio::test]
async fn arguments_are_never_options() {
    let world = World::new();
    let client = world.serve().await;
    let mut wrong = Vec::new();
    for option in [
        "--output=MARK",
        "-O/etc/passwd",
        "--ext-diff",
        "--no-index",
        "-S",
        "--upload-pack=touch MARK",
        "-",
        "--",
        "HEAD --output=MARK",
        "HEAD\n--output=MARK",
        "$(touch MARK)",
        "`touch MARK`",
        "HEAD;touch MARK",
        "HEAD|touch MARK",
        ":/../x",
        "HEAD:a.txt",
        "a..b",
        "",
        "\0",
    ] {
        let option = world.fill(option);
        for (tool, argument) in
            [("log", "revision"), ("show", "revision"), ("diff", "from"), ("diff", "to"), ("blame", "revision")]
        {
            let mut arguments = json!({ "path": "a.txt" });
            if argument == "to" {
                arguments["from"] = json!("HEAD");
            }
            arguments[argument] = json!(option);
            if let Ok(said) = call(&client, tool, arguments.clone()).await {
                wrong.push(format!("{tool} {arguments}: {said}"));
            }
        }
    }
    // As a path each of them is a name, which nothing has; and none leads out of the repository.
    fs::write(world.base.path().join("outside.txt"), "secret").expect("written");
    for path in [
        "--output=MARK",
        "-p",
        ":(top)a",
        ":!a.txt",
        "$(touch MARK)",
        "../outside.txt",
        "BASE/outside.txt",
        "/etc/passwd",
        ".git/config",
        "\0",
    ] {
        let path = world.fill(path);
        for (tool, arguments) in [
            ("diff", json!({ "path": path })),
            ("log", json!({ "path": path })),
            ("show", json!({ "path": path })),
            ("blame", json!({ "path": path })),
            ("commit", json!({ "message": "x", "paths": [path] })),
        ] {
            let done = call(&client, tool, arguments.clone()).await;
            if done.as_ref().is_ok_and(|said| !said.is_empty()) {
                wrong.push(format!("{tool} {arguments}: {done:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!world.mark().exists(), "something ran");
    let log = call(&client, "log", json!({ "count": 1 })).await.expect("the log");
    assert!(log.contains("Add two"), "nothing was committed: {log}");
}

/// Files whose names look like options or commands are files like others.
#[tokio::test]
async fn names_mean_nothing() {
    let world = World::new();
    for name in ["-p", "--output=x", "a b", "ü", ":(top)a", "$(touch x)", "*"] {
        world.commit(name, "x\n", "Add a name");
    }
    let client = world.serve().await;
    for name in ["-p", "--output=x", "a b", "ü", ":(top)a", "$(touch x)", "*"] {
        for (tool, expected) in [("blame", "Ada"), ("log", "Add a name"), ("show", "x")] {
            let said =
                call(&client, tool, json!({ "path": name })).await.unwrap_or_else(|why| panic!("{tool} {name}: {why}"));
            assert!(said.contains(expected) && said.matches("Add a name").count() <= 1, "{tool} {name}: {said}");
        }
    }
}

/// Settings and files of the repository that name programs. None of them runs, whatever tool is called.
#[tokio::test]
async fn programs_of_the_repository_do_not_run() {
    for (settings, files) in [
        (&[("core.fsmonitor", "touch MARK")][..], &[][..]),
        (&[("core.pager", "touch MARK"), ("pager.log", "touch MARK"), ("pager.diff", "touch MARK")], &[]),
        (&[("diff.external", "touch MARK")], &[]),
        (&[("diff.evil.command", "touch MARK")], &[("a/.gitattributes", "")]),
        (&[("diff.evil.command", "touch MARK")], &[(".gitattributes", "* diff=evil\n")]),
        (&[("diff.evil.textconv", "touch MARK;cat")], &[(".gitattributes", "* diff=evil\n")]),
        (&[("alias.status", "!touch MARK"), ("alias.log", "!touch MARK"), ("alias.blame", "!touch MARK")], &[]),
        (&[("gpg.program", "touch MARK"), ("log.showSignature", "true"), ("commit.gpgSign", "true")], &[]),
        (&[("core.hooksPath", "BASE/repository/hooks")], &[("hooks/pre-commit", "#!/bin/sh\ntouch MARK\n")]),
        (
            &[],
            &[
                (".git/hooks/pre-commit", "#!/bin/sh\ntouch MARK\n"),
                (".git/hooks/post-commit", "#!/bin/sh\ntouch MARK\n"),
            ],
        ),
        (&[("core.editor", "touch MARK"), ("sequence.editor", "touch MARK"), ("core.askPass", "touch MARK")], &[]),
        (
            &[
                ("remote.origin.url", "ext::sh -c 'touch MARK'"),
                ("remote.origin.promisor", "true"),
                ("extensions.partialClone", "origin"),
                ("core.repositoryFormatVersion", "1"),
                ("protocol.ext.allow", "always"),
            ],
            &[],
        ),
        (&[("core.sshCommand", "touch MARK"), ("credential.helper", "!touch MARK")], &[]),
        (&[("gc.auto", "1"), ("gc.recentObjectsHook", "touch MARK")], &[]),
        (&[("core.worktree", "BASE")], &[]),
        (&[("include.path", "BASE/repository/evil")], &[("evil", "[core]\nfsmonitor = touch MARK\n")]),
    ] {
        let world = World::new();
        for (file, text) in files {
            let path = world.repository().join(file);
            fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            fs::write(&path, world.fill(text)).expect("written");
            #[cfg(unix)]
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("runnable");
        }
        for (name, value) in settings {
            world.git(&["config", name, &world.fill(value)]);
        }
        let client = world.serve().await;
        for (tool, arguments, expected) in calls() {
            let said = call(&client, tool, arguments.clone()).await;
            let said = said.unwrap_or_else(|why| panic!("{settings:?} {tool} {arguments}: {why}"));
            assert!(said.contains(expected), "{settings:?} {tool} {arguments}: {said}");
        }
        let absent = call(&client, "show", json!({ "revision": "0123456789012345678901234567890123456789" })).await;
        assert!(absent.is_err(), "{absent:?}");
        call(&client, "commit", json!({ "message": "x", "paths": ["a.txt"] })).await.expect("committed");
        assert!(!world.mark().exists(), "{settings:?} ran");
    }
}

/// Reading files would run filters, and nothing turns all of them off: such a repository is refused.
#[tokio::test]
async fn a_repository_with_filters_is_refused() {
    for name in ["filter.evil.clean", "filter.evil.smudge", "filter.evil.process"] {
        let world = World::new();
        let client = world.serve().await;
        world.git(&["config", name, &world.fill("touch MARK")]);
        fs::write(world.repository().join(".gitattributes"), "* filter=evil\n").expect("written");
        for tool in ["status", "diff", "log"] {
            let why = call(&client, tool, json!({})).await.expect_err("refused");
            assert!(why.contains(name), "{why}");
        }
        assert!(!world.mark().exists(), "{name} ran");
    }
}
