//! The command line that every server has. Each file of `cli/` is a list of cases:
//!
//! ```text
//! == what it is about
//! server: asking             a variant of the fixture; the whole one without
//! terminal: 60               on a terminal of so many columns, where both outputs are seen as one
//! env: NO_COLOR=             what else is in the environment
//! slow: yes                  it takes seconds, and is tried with the feature `slow` only
//! $ call add a=2 'b=3'       the words, as a shell splits them; `\e` begins an escape sequence
//! < typed                    lines of standard input; `^D` ends it on a terminal
//! 5                          what is expected on standard output; `~` at an end stands for no line break
//! ! error: …                 the same on standard error
//! exit: 1                    0 without
//! ```

#[path = "cli/harness.rs"]
mod harness;

use std::path::Path;
use std::process::Command;

use self::harness::{Case, Program, check};

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");

/// The fixture server's own command line.
struct Fixture;

impl Program for Fixture {
    fn command(&self, case: &Case) -> Command {
        let mut command = Command::new(SERVER);
        command.args(&case.words);
        command
    }
}

#[test]
fn commands_print_what_they_should() {
    check("cli", &Fixture);
}

/// Bytes go where they are told to, as they are, and nothing else does.
#[test]
fn bytes_are_written_to_a_file() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{}.png", std::process::id()));
    for words in [&["call", "picture"], &["read", "test://bytes"]] {
        let done =
            Command::new(SERVER).args(words).arg("--out").arg(&file).env("FIXTURE", "").output().expect("it runs");
        assert!(done.status.success() && done.stdout.is_empty(), "{done:?}");
        assert_eq!(std::fs::read(&file).expect("it was written"), b"data", "{words:?}");
        std::fs::remove_file(&file).expect("it is there");
    }
    let nowhere = file.join("below");
    let done = Command::new(SERVER).args(["call", "picture", "--out"]).arg(&nowhere).output().expect("it runs");
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(errors.starts_with("error: cannot write `") && done.status.code() == Some(2), "{errors}");
}

/// Beside text they have the file for themselves, and several have one each: nothing that was asked for is lost.
#[test]
fn bytes_beside_text_are_written_to_files_of_their_own() {
    let folder = folder("out");
    for (words, output, errors, files) in [
        (["read", "test://several"], "one\n", "", &[("it.png", b"data".as_slice())][..]),
        (["call", "everything"], "all of it\n", "", &[("it.png", &[1, 2, 3])]),
        (
            ["call", "mixed"],
            "text\ntest://static (static)\n",
            "it-1.png: image/jpeg, 4 bytes\nit-2.png: audio/mpeg, 4 bytes\n",
            &[("it-1.png", b"data"), ("it-2.png", b"data")],
        ),
    ] {
        let mut command = Command::new(SERVER);
        command.args(words).args(["--out", "it.png"]).env("FIXTURE", "").current_dir(&folder);
        let done = command.output().expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        assert!(done.status.success(), "{words:?}");
        assert_eq!((&*text(done.stdout), &*text(done.stderr)), (output, errors), "{words:?}");
        let mut written: Vec<_> =
            std::fs::read_dir(&folder).expect("it is there").map(|file| file.expect("a file").path()).collect();
        written.sort();
        let written: Vec<_> = written
            .iter()
            .map(|path| {
                (path.file_name().expect("a name").to_string_lossy(), std::fs::read(path).expect("it can be read"))
            })
            .collect();
        let written: Vec<_> = written.iter().map(|(name, bytes)| (&**name, &**bytes)).collect();
        assert_eq!(written, files, "{words:?}");
        for (name, _) in files {
            std::fs::remove_file(folder.join(name)).expect("it is there");
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
}

/// Words in other encodings are refused wherever they stand, and nothing is called.
#[cfg(unix)]
#[test]
fn words_that_are_not_text_are_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    for words in [
        &[b"li\xffst".as_slice()][..],
        &[b"call", b"add", b"a=1", b"b=\xff"],
        &[b"call", b"add", b"--as=\xff", b"a=1", b"b=2"],
        &[b"call", b"add", b"--as", b"\xff", b"a=1", b"b=2"],
        &[b"call", b"add", b"--json={\xff}"],
        &[b"call", b"add", b"--", b"\xff"],
    ] {
        let done = Command::new(SERVER).args(words.iter().map(|word| OsStr::from_bytes(word))).output();
        let done = done.expect("it runs");
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(errors.contains("is not valid UTF-8, as all arguments must be"), "{words:?}: {errors}");
        assert!(done.status.code() == Some(2) && done.stdout.is_empty(), "{done:?}");
    }
}

/// A folder of its own, without anything in it.
fn folder(name: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("it can be made");
    folder
}

/// What `keys` prints on standard output and on standard error. It must succeed.
fn keys(folder: &Path, words: &[&str], input: &str) -> (String, String) {
    use std::io::Write as _;
    use std::process::Stdio;

    let mut command = Command::new(SERVER);
    command.arg("keys").args(words).current_dir(folder).env("FIXTURE", "").env_remove("RUST_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let done = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let (output, errors) = (text(done.stdout), text(done.stderr));
    assert!(done.status.success(), "{words:?}: {errors}");
    (output, errors)
}

#[test]
fn a_key_is_printed_once_and_only_its_hash_is_kept() {
    let folder = folder("keys");
    let words =
        ["new", "--subject", "ada", "--scopes", "a, b", "--roles", "clerk", "--expires", "90d", "--note", "a \"note\""];
    let (key, said) = keys(&folder, &words, "");
    let (id, secret) = key.trim_end().split_once('.').expect("a name and a secret");
    assert!(said.starts_with(&format!("added {id} to keys.toml. The key is not shown again")), "{said}");
    let text = std::fs::read_to_string(folder.join("keys.toml")).expect("it is there");
    assert!(text.contains(&format!("[keys.{id}]")) && !text.contains(secret) && !said.contains(secret), "{text}");
    let (listed, _) = keys(&folder, &["list", "--json"], "");
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!((&listed[0]["id"], &listed[0]["state"]), (&id.into(), &"valid".into()));
    assert_eq!(listed[0]["scopes"], serde_json::json!(["a", "b"]));
    assert_eq!((&listed[0]["roles"][0], &listed[0]["note"]), (&"clerk".into(), &"a \"note\"".into()));
    assert!(listed[0]["expires"].is_string());
    for already in ["", "already "] {
        let (_, said) = keys(&folder, &["disable", id], "");
        assert_eq!(said, format!("{id} is {already}disabled in keys.toml; servers notice within a second\n"));
    }
    let (listed, _) = keys(&folder, &["list"], "");
    assert!(listed.lines().any(|line| line.starts_with(id) && line.contains(" disabled ")), "{listed}");
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn a_key_of_ones_own_is_hashed_slowly() {
    let folder = folder("own-key");
    let (hash, said) = keys(&folder, &["hash"], "correct-horse\n");
    assert!(hash.starts_with("hash = \"pbkdf2-sha256:600000:") && !hash.contains("horse"), "{hash}");
    assert!(said.contains("Clients send NAME.KEY") && !said.contains("horse"), "{said}");
    std::fs::write(folder.join("keys.toml"), format!("[keys.ada]\nsubject = \"ada\"\n{hash}")).expect("it is written");
    assert!(keys(&folder, &["list"], "").0.contains("\nada  ada "));
    let _ = std::fs::remove_dir_all(&folder);
}

/// A file has what a command was to get, or stays as it was.
#[test]
fn a_file_is_not_emptied_by_a_command_that_fails() {
    let folder = folder("not-emptied");
    let file = folder.join("out.txt");
    let before = "what was there before";
    for (words, code) in [
        (&["call", "fail", "message=no"][..], 1),
        (&["call", "no_such_tool"], 1),
        (&["read", "test://nothing"], 1),
        (&["prompt", "nobody"], 1),
    ] {
        std::fs::write(&file, before).expect("it can be written");
        let mut command = Command::new(SERVER);
        let done = command.args(words).arg("--out").arg(&file).env("FIXTURE", "").output().expect("it runs");
        assert_eq!(done.status.code(), Some(code), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(std::fs::read_to_string(&file).expect("text"), before, "{words:?}");
    }
    // The whole result is what was to be got.
    let mut command = Command::new(SERVER);
    command.args(["call", "fail", "message=no", "--json", "--out"]).arg(&file).env("FIXTURE", "");
    assert_eq!(command.output().expect("it runs").status.code(), Some(1));
    assert!(std::fs::read_to_string(&file).expect("text").contains(r#""isError":true"#));
    let _ = std::fs::remove_dir_all(&folder);
}

/// A container asks whether its server is ready, with nothing but the program itself.
#[test]
fn the_health_of_a_server_is_an_exit_code() {
    let health = |words: &[&str]| {
        let done = Command::new(SERVER).arg("health").args(words).output().expect("it runs");
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let served = mcp_runtime::testing::Served::start(SERVER);
    let address = served.url().trim_start_matches("http://").trim_end_matches("/mcp").to_owned();
    let port = address.rsplit(':').next().expect("a port").to_owned();
    let everywhere = format!("0.0.0.0:{port}");
    for words in [&[&*port][..], &[&*address], &[&*everywhere, "--live"], &["--live", &*port], &[served.url()]] {
        assert_eq!(health(words), (Some(0), String::new()), "{words:?}");
    }
    assert!(served.stop().success());
    let (code, why) = health(&[&*port]);
    assert!(code == Some(1) && why.starts_with(&format!("error: {address}: ")), "{why}");
    for (answer, expected) in [
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n", "/readyz is 503"),
        ("HTTP/1.1 2", "does not answer in HTTP"),
        ("SSH-2.0-OpenSSH_9.6\r\n", "does not answer in HTTP"),
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address").to_string();
        let answering = std::thread::spawn(move || {
            use std::io::{BufRead as _, Write as _};
            let (mut stream, _) = listener.accept().expect("a connection");
            let head = std::io::BufReader::new(stream.try_clone().expect("a handle")).lines();
            // Read to its end, so that closing resets nothing.
            let asked: Vec<String> = head.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            stream.write_all(answer.as_bytes()).expect("it is read");
            asked
        });
        let (code, why) = health(&[&*address]);
        assert!(code == Some(1) && why.contains(expected), "{why}");
        let asked = answering.join().expect("no panic");
        assert_eq!(asked[0], "GET /readyz HTTP/1.1");
    }
    assert_eq!(health(&["no address"]).0, Some(1));
    // What is not asked is said, with what can be.
    let secure = format!("https://{address}/mcp");
    let (code, why) = health(&[&secure]);
    let expected = format!("error: {secure}: it is asked without TLS: ask the port of --metrics\n");
    assert_eq!((code, why), (Some(1), expected));
    let behind = ["--trust-proxy", "127.0.0.1", "--proxy-header", "proxy-protocol", "--metrics", "127.0.0.1:0"];
    let served = mcp_runtime::testing::Served::with(SERVER, behind);
    let (code, why) = health(&[served.url()]);
    assert!(code == Some(1) && why.contains("with TLS or the PROXY protocol, ask the port of --metrics"), "{why}");
    // It is said behind where it serves, and may still be on its way.
    let metrics = loop {
        let said = served.said();
        let (_, behind) = said.split_once("metrics at ").unwrap_or_default();
        match behind.split_once('\n') {
            Some((metrics, _)) => break metrics.to_owned(),
            None => std::thread::yield_now(),
        }
    };
    assert_eq!(health(&[&*metrics]), (Some(0), String::new()));
}

/// bash, as it completes a line at its end: the words that it takes apart, and those that it puts in.
#[cfg(unix)]
#[test]
fn bash_completes_names_arguments_and_their_values() {
    let complete = |line: &str, words: &[&str]| {
        let script = r#"
            source <("$1" completions bash)
            COMP_LINE=$2 COMP_POINT=${#2} COMP_CWORD=$(($# - 3))
            shift 2
            COMP_WORDS=("$@")
            _fixture_server_completions
            printf '%s\n' "${COMPREPLY[@]}"
        "#;
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", script, "bash", SERVER, line]).args(words).env("FIXTURE", "");
        let done = bash.output().expect("it runs");
        String::from_utf8_lossy(&done.stdout).trim_end().to_owned() + &String::from_utf8_lossy(&done.stderr)
    };
    for (words, line, expected) in [
        (&[SERVER, "ca"][..], format!("{SERVER} ca"), "call"),
        (&[SERVER, "call", "ech"], format!("{SERVER}   call ech"), "echo"),
        (&[SERVER, "call", "echo", ""], format!("{SERVER} call echo "), "message="),
        // bash has taken it apart at `=`, and puts in what stands behind that.
        (&[SERVER, "call", "embedded", "blob", "=", ""], format!("{SERVER} call embedded blob="), "true\nfalse"),
        (&[SERVER, "call", "embedded", "blob", "=", "t"], format!("{SERVER} call embedded blob=t"), "true"),
        (&[SERVER, "call", "add", "a", "=", "1", ""], format!("{SERVER} call add a=1 "), "b="),
        // And at `:`.
        (&[SERVER, "read", "note", ":", "//{"], format!("{SERVER} read note://{{"), r"//\{id\}\{\?lang\}"),
        (&[SERVER, "nothing", ""], format!("{SERVER} nothing "), ""),
    ] {
        assert_eq!(complete(&line, words), expected, "{line}");
    }
}

/// Scripts load into their shells as they are.
#[test]
fn every_shell_has_a_script_that_names_the_program() {
    for shell in ["bash", "zsh", "fish"] {
        let done = Command::new(SERVER).args(["completions", shell]).output().expect("it runs");
        let script = String::from_utf8(done.stdout).expect("text");
        assert!(done.status.success() && script.contains("fixture-server") && !script.contains("@NAME@"), "{script}");
        assert!(!script.contains("@ID@"), "{script}");
    }
}
