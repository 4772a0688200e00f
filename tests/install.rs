//! `install`, `uninstall` and `doctor`: servers in the configuration of hosts.
//!
//! Each file of `cli/install/files/` is a list of cases:
//!
//! ```text
//! == what it is about
//! on: windows                the platform; linux without
//! words: cursor --env KEY    the words of `install`, without `--yes`
//! file: .cursor/mcp.json     the file that is looked at, in the home directory or, behind `project/`, in the project's
//! folder: .cursor            a folder that is there
//! set: CODEX_HOME=codex      a variable that is a folder in the home directory
//! refused                    where `install` fails
//! --- before                 the file, if there is one; ⟨CR⟩, ⟨BOM⟩ and ⟨end⟩ (no line break behind the last line) stand for
//! --- after                  what cannot be seen
//! --- later                  what somebody has made of it, before `uninstall`
//! --- uninstalled            where it is not as it was before; `⟨none⟩` where there is no file
//! ```
//!
//! `MCP_WRITE=1` in the environment writes what comes of `before` and `later`.
//!
//! Each file of `cli/install/` is a list of cases as those of `cli/` are (`tests/cli.rs`). `home:` names a home directory below
//! `cli/install/homes`, of which each case has a copy, `HOME`, with a link
//! `linked-server` to the program; `SERVER` is the program.

#[path = "cli/harness.rs"]
mod harness;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use self::harness::{Case, Program, check, directory};

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server");

/// A folder of its own, without anything in it.
fn folder() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("install-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("home")).expect("it can be made");
    fs::create_dir_all(folder.join("project")).expect("it can be made");
    folder
}

/// A machine on which servers are installed.
struct Machine {
    platform: String,
    folder: PathBuf,
    variables: Vec<(String, OsString)>,
}

impl Machine {
    fn new(platform: &str) -> Self {
        let folder = folder();
        let home = folder.join("home");
        let variables = match platform {
            "windows" => vec![
                ("USERPROFILE", home.clone()),
                ("APPDATA", home.join("AppData/Roaming")),
                ("LOCALAPPDATA", home.join("AppData/Local")),
            ],
            _ => vec![("HOME", home)],
        };
        let variables = variables.into_iter().map(|(name, path)| (name.to_owned(), path.into())).collect();
        Self { platform: platform.to_owned(), folder, variables }
    }

    fn path(&self, file: &str) -> PathBuf {
        match file.strip_prefix("project/") {
            Some(file) => self.folder.join("project").join(file),
            None => self.folder.join("home").join(file),
        }
    }

    fn run(&self, command: &str, words: &[&str]) -> bool {
        let program = match &*self.platform {
            "windows" => r"C:\Users\ada\bin\shop.exe",
            "macos" => "/Users/ada/bin/shop",
            _ => "/home/ada/bin/shop",
        };
        let project = self.folder.join("project");
        let words: Vec<&str> = [command, "--yes"].into_iter().chain(words.iter().copied()).collect();
        mcp_runtime::__private::install_on(&self.platform, &self.variables, program.into(), project, &words)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A file as the cases show it.
fn shown(text: Option<&str>) -> String {
    let Some(text) = text else { return "⟨none⟩\n".to_owned() };
    let text = text.replace('\u{feff}', "⟨BOM⟩").replace('\r', "⟨CR⟩");
    if text.ends_with('\n') { text } else { text + "⟨end⟩\n" }
}

/// The file that a case shows.
fn meant(shown: &str) -> Option<String> {
    let text = shown.replace("⟨BOM⟩", "\u{feff}").replace("⟨CR⟩", "\r").replace("⟨end⟩\n", "");
    (text != "⟨none⟩\n").then_some(text)
}

/// Runs a case; the same case, with what has come of it.
fn run(case: &str) -> String {
    let mut parts = case.split("\n--- ");
    let head = parts.next().unwrap_or_default();
    let parts: Vec<_> = parts.filter_map(|part| part.split_once('\n')).collect();
    // Of the line break that ended it the split has left nothing.
    let part = |name: &str| {
        let text = parts.iter().find(|(one, _)| *one == name)?.1;
        meant(&format!("{}\n", text.trim_end_matches('\n'))).map(|text| if text == "\n" { String::new() } else { text })
    };
    let all = |name: &str| {
        let begin = format!("{name}: ");
        head.lines().filter_map(move |line| line.strip_prefix(&begin).map(str::to_owned)).collect::<Vec<_>>()
    };
    let one = |name: &str| all(name).pop();
    let mut machine = Machine::new(&one("on").unwrap_or("linux".to_owned()));
    for folder in all("folder") {
        fs::create_dir_all(machine.path(&folder)).expect("it can be made");
    }
    for set in all("set") {
        let (name, folder) = set.split_once('=').expect("NAME=folder");
        let path = machine.path(folder);
        machine.variables.push((name.to_owned(), path.into()));
    }
    let words = one("words").expect("words");
    let words: Vec<&str> = words.split(' ').collect();
    let path = machine.path(&one("file").expect("a file"));
    let read = || fs::read_to_string(&path).ok();
    let before = part("before");
    if let Some(before) = &before {
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(&path, before).expect("it can be written");
    }
    let mut out: Vec<String> = head.lines().filter(|line| *line != "refused").map(str::to_owned).collect();
    let is_done = machine.run("install", &words);
    if !is_done {
        out.push("refused".to_owned());
    }
    let mut out = out.join("\n") + "\n";
    let mut show = |name: &str, text: Option<&str>| {
        out += &format!("--- {name}\n{}", shown(text));
    };
    if before.is_some() {
        show("before", before.as_deref());
    }
    let after = read();
    if !is_done {
        assert_eq!(after, before, "{head}: it was refused, and changed the file");
        return out;
    }
    show("after", after.as_deref());
    assert!(machine.run("install", &words), "{head}: once more");
    assert_eq!(read(), after, "{head}: once more it changes nothing");
    let later = part("later");
    if let Some(later) = &later {
        show("later", Some(later));
        fs::write(&path, later).expect("it can be written");
    }
    // Whose options are not those of `install`.
    let words: Vec<&str> = words.iter().copied().take_while(|word| !matches!(*word, "--" | "--env")).collect();
    assert!(machine.run("uninstall", &words), "{head}: it can be uninstalled");
    if read() != before {
        show("uninstalled", read().as_deref());
    }
    let left: Vec<_> = fs::read_dir(path.parent().expect("a folder")).expect("it is there").flatten().collect();
    // Where the file is not what it was, what it was is kept.
    let is_restored = read() == before;
    let is_temporary = |name: &str| name.contains(".new-") || (is_restored && name.contains(".before-"));
    assert!(!left.iter().any(|file| is_temporary(&file.file_name().to_string_lossy())), "{head}: {left:?}");
    out
}

/// Before, after, and after `uninstall`: what was not the entry's stays as it was, byte for byte.
#[test]
fn entries_come_and_go_and_leave_the_rest_alone() {
    let folder = directory("cli/install/files");
    let mut wrong = String::new();
    let mut count = 0;
    for file in fs::read_dir(&folder).expect("it is there") {
        let path = file.expect("a file").path();
        let text = fs::read_to_string(&path).expect("text");
        let mut cases = text.split("\n== ");
        let mut seen = cases.next().unwrap_or_default().trim_end().to_owned() + "\n";
        for case in cases {
            count += 1;
            seen += &format!("\n== {}", run(case));
        }
        if std::env::var_os("MCP_WRITE").is_some() {
            fs::write(&path, &seen).expect("it can be written");
        } else if seen != text {
            let at = seen.lines().zip(text.lines()).take_while(|(one, other)| one == other).count();
            let near: Vec<_> = seen.lines().skip(at.saturating_sub(8)).take(20).collect();
            wrong += &format!("{}:{}:\n{}\n", path.display(), at + 1, near.join("\n"));
        }
    }
    assert!(count > 50, "{count} cases");
    assert!(wrong.is_empty(), "{wrong}");
}

/// A program, each command of which has a home directory of its own.
struct Installed(PathBuf);

impl Installed {
    fn home(&self, case: &Case) -> PathBuf {
        self.0.join(case.number.to_string()).join("home")
    }
}

fn copy(from: &Path, to: &Path) {
    copy_for(&to.to_string_lossy(), from, to);
}

fn copy_for(home: &str, from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it can be made");
    for entry in fs::read_dir(from).expect("a home directory").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_for(home, &entry.path(), &to);
        } else {
            let text = fs::read_to_string(entry.path()).expect("text").replace("SERVER", SERVER);
            fs::write(to, text.replace("HOME", home)).expect("it can be written");
        }
    }
}

impl Program for Installed {
    fn command(&self, case: &Case) -> Command {
        let home = self.home(case);
        copy(&directory("cli/install/homes").join(&case.home), &home);
        // A program that is in no `PATH` but one that an entry has.
        #[cfg(unix)]
        std::os::unix::fs::symlink(SERVER, home.join("linked-server")).expect("it can be made");
        let mut command = Command::new(SERVER);
        // The harness adds a directory and variables of its own; these are the program's.
        command.args(case.words.iter().map(|word| word.replace("HOME", &home.to_string_lossy())));
        command.env("HOME", &home).env("PATH", "/usr/bin:/bin").env("KNOWN", "known");
        for name in ["XDG_CONFIG_HOME", "CODEX_HOME", "CLAUDE_CONFIG_DIR", "UNKNOWN"] {
            command.env_remove(name);
        }
        command
    }

    fn settled(&self, case: &Case, text: String) -> String {
        text.replace(&*self.home(case).to_string_lossy(), "HOME").replace(SERVER, "SERVER")
    }
}

#[cfg(target_os = "linux")]
#[test]
fn commands_print_what_they_should() {
    let folder = folder();
    check("cli/install", &Installed(folder.clone()));
    let _ = fs::remove_dir_all(folder);
}

#[cfg(unix)]
#[test]
fn files_keep_their_links_and_permissions() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let machine = Machine::new("linux");
    let (link, target) = (machine.path(".cursor/mcp.json"), machine.path("dotfiles/cursor.json"));
    for path in [&link, &target] {
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
    }
    fs::write(&target, "{}\n").expect("it can be written");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).expect("they can be set");
    symlink("../dotfiles/cursor.json", &link).expect("a link");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;

    assert!(machine.run("install", &["cursor"]));
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert!(fs::read_to_string(&target).expect("text").contains("\"shop\""));
    let backup = machine.path("dotfiles/cursor.json.before-shop");
    assert_eq!((mode(&target), mode(&backup)), (0o640, 0o640));
    assert!(machine.run("uninstall", &["cursor"]));
    assert_eq!(fs::read_to_string(&target).expect("text"), "{}\n");
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());

    // What is read-only is so for a reason.
    fs::set_permissions(&target, fs::Permissions::from_mode(0o440)).expect("they can be set");
    assert!(!machine.run("install", &["cursor"]));
    assert_eq!(fs::read_to_string(&target).expect("text"), "{}\n");

    // What a link leads to may come back.
    fs::remove_file(&target).expect("it is there");
    assert!(!machine.run("install", &["cursor"]));
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink() && !target.exists());

    // A file that is new is its owner's alone: entries may hold secrets.
    assert!(machine.run("install", &["windsurf"]));
    let own = machine.path(".codeium/windsurf/mcp_config.json");
    assert_eq!(mode(&own), 0o600);

    // Nor is it removed where it may not be written, though `install` has made it.
    fs::set_permissions(&own, fs::Permissions::from_mode(0o400)).expect("they can be set");
    assert!(!machine.run("uninstall", &["windsurf"]));
    assert!(own.exists());
    fs::set_permissions(&own, fs::Permissions::from_mode(0o600)).expect("they can be set");
    assert!(machine.run("uninstall", &["windsurf"]));
    assert!(!own.exists());
}

#[test]
fn a_file_that_install_has_made_is_gone_however_often_it_was_installed() {
    let machine = Machine::new("linux");
    let file = machine.path(".cursor/mcp.json");
    let backup = machine.path(".cursor/mcp.json.before-shop");
    assert!(machine.run("install", &["cursor"]));
    assert!(machine.run("install", &["cursor", "--env", "KEY"]));
    assert!(machine.run("install", &["cursor", "--env", "OTHER"]));
    assert!(machine.run("uninstall", &["cursor"]));
    assert!(!file.exists() && !backup.exists());

    // What somebody has added stays, and what was there before comes back.
    assert!(machine.run("install", &["cursor"]));
    let text = fs::read_to_string(&file).expect("text").replacen('{', "{\n  \"theirs\": 1,", 1);
    fs::write(&file, text).expect("it can be written");
    assert!(machine.run("install", &["cursor", "--env", "KEY"]));
    assert!(machine.run("uninstall", &["cursor"]));
    assert!(fs::read_to_string(&file).expect("it is there").contains("theirs"));
}

/// What `docs/install.md` shows is what the commands print; `MCP_WRITE=1` writes it.
#[cfg(target_os = "linux")]
#[test]
fn the_guide_shows_what_commands_print() {
    let folder = folder();
    let (home, program) = (folder.join("home"), folder.join("myserver"));
    copy(&directory("cli/install/homes/guide"), &home);
    fs::copy(SERVER, &program).expect("it can be copied");
    let guide = directory("../docs/install.md");
    let text = fs::read_to_string(&guide).expect("text");
    let mut blocks = text.split("```console\n");
    let mut seen = blocks.next().unwrap_or_default().to_owned();
    for block in blocks {
        let (shown, behind) = block.split_once("```\n").expect("it ends");
        let line = shown.lines().next().expect("a command");
        let mut words = line.strip_prefix("$ myserver ").expect("a command of the server").split(' ');
        let mut command = Command::new(&program);
        command.args(words.by_ref()).env("HOME", &home).env("PATH", "/usr/bin:/bin").env("FIXTURE", "");
        command.env_remove("XDG_CONFIG_HOME").current_dir(&folder);
        let done = command.output().expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        let text = text(done.stdout) + &text(done.stderr);
        let folder = folder.to_string_lossy();
        let text = text.replace(&format!("{folder}/home"), "~").replace(&*folder, "/home/ada/.cargo/bin");
        seen += &format!("```console\n{line}\n{}```\n{behind}", text.replace("fixture", "myserver"));
    }
    let _ = fs::remove_dir_all(folder);
    if std::env::var_os("MCP_WRITE").is_some() {
        fs::write(&guide, &seen).expect("it can be written");
    }
    assert!(seen == text, "run the test with MCP_WRITE=1, and look at the difference");
}
