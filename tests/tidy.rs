//! The repository's own rules: which module may use which, and how long a file may be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use self::tidy::rings::Files;

// A test target's modules live in the directory of its name.
mod tidy {
    pub(crate) mod rings;
}

/// The modules of each crate, lowest first. Each may use those above it in its list, and no others.
const ORDERS: [(&str, &[&str]); 3] = [
    ("mcp-proto", &["hash", "version", "wire", "types", "era", "engine"]),
    ("mcp-macros", &["errors", "attr", "runtime", "model", "check", "expand"]),
    (
        "mcp-runtime",
        &[
            "background",
            "json_text",
            "finite",
            "log",
            "lock",
            "tally",
            "meter",
            "wait",
            "budget",
            "joined",
            "json_schema",
            "order",
            "nearest",
            "moment",
            "toml",
            "escape",
            "redact",
            "atomic_file",
            "tls",
            "state",
            "bus",
            "vault",
            "store",
            "call",
            "readiness",
            "client_logs",
            "questions",
            "output",
            "gate",
            "layers",
            "audit",
            "nested",
            "extract",
            "args",
            "consent",
            "registry",
            "service",
            "metrics",
            "transport",
            "auth",
            "server",
            "client",
            "testing",
        ],
    ),
];

/// What stands on top of all in `mcp-runtime`: programs, the code that macros expand to, and the front page.
const TOP: [&str; 4] = ["program", "private", "macros", "prelude"];

/// Lines of a source file, beyond which a second noun has moved in.
const LONGEST: usize = 500;

/// Files that may import each other in a ring. Those of a larger one can only be read all together.
const LARGEST_RING: usize = 4;

#[test]
fn modules_use_only_those_below_them() {
    let mut wrong = BTreeSet::new();
    for (krate, order) in ORDERS {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(krate).join("src");
        let re_exports = re_exports(&read(&root.join("lib.rs")));
        for path in sources(&root) {
            let Some(module) = module_of(&root, &path) else { continue };
            let Some(rank) = order.iter().position(|name| *name == module) else {
                assert!(TOP.contains(&&*module), "`{krate}` has no place in its order for `{module}`");
                continue;
            };
            for name in names_behind(&code(&read(&path)), "crate") {
                // What the front page re-exports is of the module that it comes from.
                let used = re_exports.get(&name).unwrap_or(&name);
                let is_above = order[rank + 1..].contains(&&**used) || TOP.contains(&used.trim_start_matches('_'));
                if is_above {
                    wrong.insert(format!("{krate}: {module} uses {used}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn imports_are_seen_however_they_are_written() {
    let text = "use crate::{a::B, c::{D, e::F}, G};\n// crate::no\nlet x = crate::h::I; #[cfg(test)]\nmod tests { use crate::z; }";
    let names: Vec<_> = names_behind(&code(text), "crate").into_iter().collect();
    assert_eq!(names, ["G", "a", "c", "h"]);
    let exports = re_exports("pub use a::{B, c::D as E};\n#[doc(inline)]\npub use f::G;");
    assert_eq!(exports["B"], "a");
    assert_eq!(exports["E"], "a");
    assert_eq!(exports["G"], "f");
}

#[test]
fn files_that_import_each_other_are_few_and_in_one_folder() {
    let mut wrong = Vec::new();
    for (krate, _) in ORDERS {
        let files = Files::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(krate).join("src"));
        for ring in files.rings() {
            let folders: BTreeSet<_> = ring.iter().map(|file| files.folder(file)).collect();
            if folders.len() == 1 && ring.len() <= LARGEST_RING {
                continue;
            }
            if folders.len() > 1 {
                wrong.push(format!("{krate}: a ring across folders: {ring:?}"));
            } else {
                wrong.push(format!("{krate}: a ring of {}: {ring:?}", ring.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "move types down to where they belong: {wrong:#?}");
}

#[test]
fn rings_are_seen_however_files_import_each_other() {
    let rings = |texts: &[(&str, &str)]| {
        let files = Files::of(texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
        files.rings().into_iter().map(|ring| ring.into_iter().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    // By a path, by braces, and by what a folder hands on.
    assert_eq!(rings(&[("a", "use super::b::B;"), ("b", "fn f() { crate::a::g() }")]), ["a b"]);
    assert_eq!(rings(&[("a", "use crate::{c, b::{self, B}};"), ("b", "use crate::a;"), ("c", "")]), ["a b"]);
    let folder = [("a/mod", "mod b;\npub(crate) use b::B;"), ("a/b", "use crate::c::C;"), ("c", "use crate::a::B;")];
    assert_eq!(rings(&folder), ["a/b c"]);
    // A folder that hands on what its files define is no part of a ring, unless it uses that itself.
    assert_eq!(rings(&[("a/mod", "mod b;\npub use b::B;"), ("a/b", "use super::C;")]), [""; 0]);
    assert_eq!(rings(&[("a/mod", "mod b;\npub use b::B;\nfn f() -> B {}"), ("a/b", "use super::C;")]), ["a a/b"]);
    // Tests and docs may name what they like.
    let tests = "// crate::a\n#[cfg(test)]\nmod tests { use crate::a::A; }";
    assert_eq!(rings(&[("a", "use super::b::B;"), ("b", tests)]), [""; 0]);
}

#[test]
fn the_protocol_crate_knows_no_io() {
    let manifest = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../mcp-proto/Cargo.toml"));
    let dependencies = manifest.split("[dependencies]").nth(1).expect("it has dependencies");
    for forbidden in ["tokio", "mio", "rustix", "hyper", "futures"] {
        assert!(!dependencies.contains(forbidden), "mcp-proto depends on {forbidden}");
    }
}

#[test]
fn every_file_begins_with_what_it_is_for_and_holds_one_noun() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut wrong = Vec::new();
    for krate in ["mcp-proto", "mcp-runtime", "mcp-macros"] {
        for path in sources(&top.join(krate).join("src")) {
            let text = read(&path);
            if !text.lines().take(3).any(|line| line.starts_with("//!") || line.starts_with("#![doc")) {
                wrong.push(format!("{}: no header", path.display()));
            }
            if text.lines().count() > LONGEST {
                wrong.push(format!("{}: {} lines", path.display(), text.lines().count()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Users depend on `mcp-runtime` alone: an example that names another of our crates does not compile for them.
#[test]
fn examples_name_no_crate_that_users_lack() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut shown = vec![top.join("README.md")];
    for folder in ["docs", "mcp-runtime/docs", "mcp-macros/docs", "mcp-runtime/src", "mcp-proto/src/types"] {
        shown.extend(sources(&top.join(folder)));
    }
    let mut wrong = Vec::new();
    for path in shown {
        let text = read(&path);
        let is_code = path.extension().is_some_and(|extension| extension == "rs");
        // Types of mcp-proto are shown in the runtime's docs, its modules are not.
        let has_pages = !path.starts_with(top.join("mcp-proto"));
        let is_shown = |line: &str| line.trim_start().starts_with("///") || (has_pages && line.starts_with("//!"));
        let docs = text.lines().filter(|line| !is_code || is_shown(line));
        let named = docs.filter(|line| ["mcp_proto::", "mcp_macros::"].iter().any(|name| line.contains(name)));
        wrong.extend(named.map(|line| format!("{}: {line}", path.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A feature that is not listed is not found.
#[test]
fn every_feature_is_listed_in_the_readme_and_on_the_front_page() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest = read(&top.join("mcp-runtime/Cargo.toml"));
    let (_, features) = manifest.split_once("[features]\n").expect("features");
    let lines = features.lines().take_while(|line| !line.starts_with("[dep"));
    let names =
        lines.filter_map(|line| line.split_once(" = [")).map(|(name, _)| name).filter(|name| *name != "default");
    let pages = ["README.md", "mcp-runtime/src/lib.rs"].map(|file| (file, read(&top.join(file))));
    let mut count = 0;
    for name in names {
        count += 1;
        for (file, page) in &pages {
            let rows = page.lines().filter_map(|line| line.trim_start_matches("//! ").strip_prefix("| "));
            let mut cells = rows.filter_map(|row| row.split('|').next());
            // The client's two stand in one row, of which the second cell names the other.
            let is_listed = cells.any(|cell| cell.contains(&format!("`{name}`"))) || name == "client-stdio";
            assert!(is_listed, "{file} does not list the feature `{name}`");
        }
    }
    assert!(count > 15, "the features are read");
}

/// A guide whose Rust nobody compiles goes stale.
#[test]
fn every_guide_is_a_doc_test() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let found = |path: PathBuf| path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut included = BTreeSet::new();
    for file in ["mcp-runtime/src/lib.rs", "tests/src/guides.rs"].map(|file| top.join(file)) {
        let text = read(&file);
        let names = text.split("include_str!(\"").skip(1).filter_map(|rest| rest.split('"').next());
        included.extend(names.map(|name| found(file.with_file_name(name))));
    }
    let folders = ["docs", "mcp-runtime/docs", "mcp-macros/docs"];
    let guides = folders.iter().flat_map(|folder| sources(&top.join(folder)));
    let shown = guides.chain(["README.md", "CONTRIBUTING.md"].map(|file| top.join(file)));
    let missing: Vec<_> = shown.map(found).filter(|path| !included.contains(path)).collect();
    assert!(missing.is_empty(), "included nowhere as a doc-test: {missing:#?}");
    // The macros' crate has no doc-tests of its own.
    let macros = read(&top.join("mcp-macros/src/lib.rs"));
    assert!(!macros.contains("/// ```"), "an example that nobody runs: it belongs to `mcp-macros/docs`");
}

/// A limit that no test holds is gone one day, and nobody notices.
#[test]
fn every_limit_names_tests_that_exist() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let table = read(&top.join("mcp-runtime/docs/limits.md"));
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let limits: BTreeSet<&str> =
        rows.filter(|row| !["What", "---"].contains(row)).map(|row| row.trim_matches('*')).collect();
    let mut tested: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut limit, mut missing) = ("", Vec::new());
    let tests = read(&top.join("tests/bounds.txt"));
    for line in tests.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let Some(test) = line.strip_prefix("  ") else {
            limit = line;
            tested.insert(limit, 0);
            continue;
        };
        let (file, name) = test.split_once(": ").expect("a file, and a test in it");
        let begins = if file.ends_with(".txt") { format!("\n== {name}\n") } else { format!("fn {name}()") };
        if !read(&top.join(file)).contains(&begins) {
            missing.push(test);
        }
        tested.entry(limit).and_modify(|tests| *tests += 1);
    }
    assert!(missing.is_empty(), "these tests of `bounds.txt` are nowhere: {missing:#?}");
    assert_eq!(tested.keys().copied().collect::<BTreeSet<_>>(), limits, "`bounds.txt` and `limits.md` differ");
    let untested: Vec<_> = tested.iter().filter(|(_, tests)| **tests == 0).collect();
    assert!(untested.is_empty(), "without a test: {untested:?}");
}

/// What is said to be defended is defended by the tests that are named beside it, in the last column: files, and what stands in them.
#[test]
fn every_defence_names_tests_that_exist() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = ["tests", "mcp-runtime/src", "mcp-runtime/benches"];
    let files: Vec<PathBuf> = folders.iter().flat_map(|folder| sources(&top.join(folder))).collect();
    let page = read(&top.join("docs/security.md"));
    let rows = page.lines().skip_while(|line| !line.starts_with("| --- |")).skip(1);
    let cells = rows.map_while(|line| line.strip_prefix("| ")?.trim_end_matches(" |").rsplit(" | ").next());
    let (mut missing, mut defences) = (Vec::new(), 0);
    for cell in cells {
        let (mut texts, mut tests) = (String::new(), 0);
        // Odd ones are in backquotes; what stands between stars in the others is in the file before.
        for (at, part) in cell.split('`').enumerate() {
            if at % 2 == 0 {
                let names = part.split('*').skip(1).step_by(2);
                missing.extend(names.filter(|name| !texts.contains(*name)).map(str::to_owned));
            } else if part.contains('.') {
                let found: Vec<_> = files.iter().filter(|path| path.ends_with(part)).collect();
                texts = found.iter().map(|path| read(path).replace('_', " ")).collect();
                tests += 1;
                missing.extend((found.len() != 1).then(|| format!("{part}, which is there {} times", found.len())));
            }
        }
        missing.extend((tests == 0).then(|| format!("any test in: {cell}")));
        defences += 1;
    }
    assert!(defences > 20 && missing.is_empty(), "of {defences} defences these tests are nowhere: {missing:#?}");
}

/// A package cannot hold a file of another, so each has a copy; which one is changed does not matter.
#[test]
fn macros_and_runtime_read_templates_by_one_grammar() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let [runtime, macros] = ["mcp-proto/src/types/uri_template/grammar.rs", "mcp-macros/src/model/grammar.rs"];
    assert!(
        read(&top.join(runtime)) == read(&top.join(macros)),
        "copy the one that is right:\n  cp {runtime} {macros}"
    );
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sources(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
    let paths = entries.map(|entry| entry.expect("a directory entry").path());
    paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The top-level module that a file belongs to; none for the front page itself.
fn module_of(root: &Path, path: &Path) -> Option<String> {
    let first = path.strip_prefix(root).ok()?.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    match name {
        "lib" => None,
        name => Some(name.to_owned()),
    }
}

/// The code of a file: neither its documentation, which may name what it likes, nor its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The first names of all paths behind `root::`, also of those in braces.
fn names_behind(code: &str, root: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let prefix = format!("{root}::");
    for (at, _) in code.match_indices(&prefix) {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(members(group).map(|path| first(path).to_owned())),
            None => drop(names.insert(first(rest).to_owned())),
        }
    }
    names
}

/// The members of a group `{a, b::{c, d}}`, of which the opening brace is not there any more.
fn members(group: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut begin, mut found) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' if depth == 0 => {
                found.push(&group[begin..at]);
                begin = at + 1;
            }
            '}' if depth == 0 => {
                found.push(&group[begin..at]);
                break;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    found.into_iter().map(str::trim).filter(|member| !member.is_empty())
}

/// The name that a path begins with.
fn first(path: &str) -> &str {
    let path = path.trim_start();
    &path[..path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len())]
}

/// What the front page re-exports: each name, and the module that it comes from.
fn re_exports(front_page: &str) -> BTreeMap<String, String> {
    let mut exports = BTreeMap::new();
    for path in code(front_page).split("pub use ").skip(1).filter_map(|rest| rest.split(';').next()) {
        exports.extend(names_of(path).into_iter().map(|name| (name, first(path).to_owned())));
    }
    exports
}

/// The names that a path of a `use` brings.
fn names_of(path: &str) -> Vec<String> {
    match path.split_once('{') {
        Some((_, group)) => members(group).flat_map(names_of).collect(),
        None => {
            let name = path.rsplit_once(" as ").map_or(path, |(_, name)| name);
            vec![name.rsplit("::").next().unwrap_or_default().trim().to_owned()]
        }
    }
}
