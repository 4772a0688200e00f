//! The repository's own rules: which module may use which, and how long a file may be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `mcp-runtime`, lowest first. Each may use those above it in this list, and no others.
const ORDER: [&str; 21] = [
    "background",
    "budget",
    "json_text",
    "json_schema",
    "order",
    "nearest",
    "state",
    "bus",
    "vault",
    "store",
    "call",
    "client_logs",
    "questions",
    "output",
    "nested",
    "extract",
    "args",
    "registry",
    "service",
    "transport",
    "server",
];

/// What stands on top of all: programs, the code that macros expand to, and the front page.
const TOP: [&str; 4] = ["program", "__private", "macros", "prelude"];

/// Lines of a source file, beyond which a second noun has moved in.
const LONGEST: usize = 500;

#[test]
fn modules_use_only_those_below_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mcp-runtime/src");
    let mut wrong = BTreeSet::new();
    for (module, text) in sources(&root).into_iter().filter_map(|path| Some((module_of(&root, &path)?, read(&path)))) {
        let Some(rank) = ORDER.iter().position(|name| *name == module) else {
            assert!(TOP.contains(&&*module), "`{module}` has no place in the order");
            continue;
        };
        for used in used_modules(&text).filter(|used| *used != module) {
            if !ORDER[..rank].contains(&used) {
                wrong.insert(format!("{module} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
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
        let docs =
            text.lines().filter(|line| !is_code || line.trim_start().starts_with("///") || line.starts_with("//!"));
        let named = docs.filter(|line| ["mcp_proto::", "mcp_macros::"].iter().any(|name| line.contains(name)));
        wrong.extend(named.map(|line| format!("{}: {line}", path.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A guide whose Rust nobody compiles goes stale.
#[test]
fn every_guide_is_a_doc_test() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let found = |path: PathBuf| path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut included = BTreeSet::new();
    for file in ["mcp-runtime/src/lib.rs", "mcp-macros/src/lib.rs", "tests/src/guides.rs"].map(|file| top.join(file)) {
        let text = read(&file);
        let names = text.split("include_str!(\"").skip(1).filter_map(|rest| rest.split('"').next());
        included.extend(names.map(|name| found(file.with_file_name(name))));
    }
    let folders = ["docs", "mcp-runtime/docs", "mcp-macros/docs"];
    let guides = folders.iter().flat_map(|folder| sources(&top.join(folder)));
    let shown = guides.chain(["README.md", "CONTRIBUTING.md"].map(|file| top.join(file)));
    let missing: Vec<_> = shown.map(found).filter(|path| !included.contains(path)).collect();
    assert!(missing.is_empty(), "included nowhere as a doc-test: {missing:#?}");
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
        "private" => Some("__private".to_owned()),
        name => Some(name.to_owned()),
    }
}

/// The modules named behind `crate::`, in code; documentation may name what it likes.
fn used_modules(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1)).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        Some(&rest[..end]).filter(|name| ORDER.contains(name) || TOP.contains(name))
    })
}
