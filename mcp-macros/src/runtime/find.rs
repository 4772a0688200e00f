//! The runtime's name in the package that is compiled, found in `Cargo.toml`, or by way of `Cargo.lock` where another
//! crate re-exports it.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use super::toml::{Entry, entries};

/// The runtime's package.
const PACKAGE: &str = "mcp-runtime";

/// Its name where nothing says otherwise.
pub(super) const OWN: &str = "mcp_runtime";

/// Why no name was found.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lost {
    /// No dependency is the runtime or leads to it.
    Nowhere,
    /// Several dependencies lead to it, and any of them may re-export it.
    Several(Vec<String>),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => write!(f, "this package does not depend on `{PACKAGE}`"),
            Self::Several(names) => {
                write!(f, "this package does not depend on `{PACKAGE}` itself, and both of {} do", names.join(" and "))
            }
        }
    }
}

/// The name of the crate that is the runtime, or re-exports it, in the package that is being compiled.
pub(super) fn name() -> Result<String, Lost> {
    // Another build tool than Cargo, or a single file: the name is the crate's own.
    let Some(directory) = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else { return Ok(OWN.to_owned()) };
    let manifest = directory.join("Cargo.toml");
    let Ok(changed) = fs::metadata(&manifest).and_then(|file| file.modified()) else { return Ok(OWN.to_owned()) };
    // A package has many marked functions; an editor keeps this process for all packages and all of their changes.
    type Known = HashMap<PathBuf, (SystemTime, Result<String, Lost>)>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    match known.get(&manifest) {
        Some((at, found)) if *at == changed => found.clone(),
        _ => {
            let found = find(&directory);
            if found.is_ok() {
                known.insert(manifest, (changed, found.clone()));
            }
            found
        }
    }
}

fn find(directory: &Path) -> Result<String, Lost> {
    let read = |path: &Path| fs::read_to_string(path).ok().map(|text| entries(&text));
    let Some(manifest) = read(&directory.join("Cargo.toml")) else { return Ok(OWN.to_owned()) };
    let above = || directory.ancestors();
    let workspace = || {
        let root = manifest.iter().find(|(path, _)| path.join(".") == "package.workspace");
        if let Some((_, root)) = root {
            return read(&directory.join(root).join("Cargo.toml"));
        }
        let mut manifests = above().filter_map(|directory| read(&directory.join("Cargo.toml")));
        manifests.find(|manifest| manifest.iter().any(|(path, _)| path.first().is_some_and(|key| key == "workspace")))
    };
    let lock = || above().find_map(|directory| read(&directory.join("Cargo.lock")));
    look(&manifest, workspace, lock)
}

fn look(
    manifest: &[Entry],
    workspace: impl FnOnce() -> Option<Vec<Entry>>,
    lock: impl FnOnce() -> Option<Vec<Entry>>,
) -> Result<String, Lost> {
    let named = |(path, text): &Entry| path.join(".") == "package.name" && text == PACKAGE;
    if manifest.iter().any(named) {
        // The runtime's own tests and examples.
        return Ok(OWN.to_owned());
    }
    let mut dependencies = dependencies(manifest);
    if dependencies.iter().any(|dependency| dependency.of_workspace) {
        let workspace = workspace().unwrap_or_default();
        for dependency in dependencies.iter_mut().filter(|dependency| dependency.of_workspace) {
            let path = ["workspace", "dependencies", &dependency.key, "package"];
            if let Some((_, package)) = workspace.iter().find(|(own, _)| own == &path) {
                dependency.package.clone_from(package);
            }
        }
    }
    let direct = dependencies.iter().find(|dependency| dependency.package == PACKAGE);
    if let Some(direct) = direct {
        return Ok(direct.name());
    }
    let Some(lock) = lock() else { return Err(Lost::Nowhere) };
    let packages = packages(&lock);
    // The crate that re-exports it is nearest to it: what is built on that crate leads here, too, but further round.
    let distance = |dependency: &&Dependency| distance(&packages, &dependency.package);
    let nearest = dependencies.iter().filter_map(|dependency| distance(&dependency)).min();
    let mut leading: Vec<String> = dependencies
        .iter()
        .filter(|dependency| nearest.is_some() && distance(dependency) == nearest)
        .map(Dependency::name)
        .collect();
    leading.sort();
    leading.dedup();
    match leading.as_slice() {
        [] => Err(Lost::Nowhere),
        [one] => Ok(one.clone()),
        _ => Err(Lost::Several(leading.iter().map(|name| format!("`{name}`")).collect())),
    }
}

/// A dependency of a manifest.
#[derive(Debug)]
struct Dependency {
    /// What the manifest calls it.
    key: String,
    package: String,
    of_workspace: bool,
}

impl Dependency {
    /// What the code calls it.
    fn name(&self) -> String {
        self.key.replace('-', "_")
    }
}

/// Those of all kinds: a test may use the macros where the library does not.
fn dependencies(manifest: &[Entry]) -> Vec<Dependency> {
    let mut found: Vec<Dependency> = Vec::new();
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for (path, text) in manifest {
            let within = match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                [first, rest @ ..] if *first == kind => rest.to_vec(),
                ["target", _, second, rest @ ..] if *second == kind => rest.to_vec(),
                _ => continue,
            };
            let Some((key, rest)) = within.split_first() else { continue };
            let known = found.iter().position(|dependency| dependency.key == *key);
            let place = known.unwrap_or_else(|| {
                found.push(Dependency { key: (*key).to_owned(), package: (*key).to_owned(), of_workspace: false });
                found.len() - 1
            });
            match rest {
                ["package"] => found[place].package.clone_from(text),
                ["workspace"] => found[place].of_workspace = text == "true",
                _ => {}
            }
        }
    }
    found
}

/// What each package of a lock file depends on, by name; versions of one package are one.
fn packages(lock: &[Entry]) -> HashMap<&str, Vec<&str>> {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mut packages: HashMap<&str, Vec<&str>> = HashMap::new();
    for (path, text) in lock {
        match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["package", number, "name"] => {
                names.insert(number, text);
            }
            // `name`, or `name version` where there are several.
            ["package", number, "dependencies"] => {
                let of = names.get(number).copied().unwrap_or_default();
                packages.entry(of).or_default().push(text.split(' ').next().unwrap_or_default());
            }
            _ => {}
        }
    }
    packages
}

/// Over how many others a package depends on the runtime; `None` if it does not.
fn distance(packages: &HashMap<&str, Vec<&str>>, package: &str) -> Option<usize> {
    let (mut seen, mut now) = (vec![package], vec![package]);
    for distance in 0.. {
        let next: Vec<&str> = now.iter().filter_map(|package| packages.get(package)).flatten().copied().collect();
        if next.contains(&PACKAGE) {
            return Some(distance);
        }
        now = next.into_iter().filter(|package| !seen.contains(package)).collect();
        now.sort_unstable();
        now.dedup();
        if now.is_empty() {
            return None;
        }
        seen.extend(&now);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = r#"
        [workspace.dependencies]
        mcp = { package = "mcp-runtime", version = "0.1" }
    "#;

    const LOCK: &str = r#"
        [[package]]
        name = "app"
        dependencies = ["facade", "shop"]

        [[package]]
        name = "shop"
        dependencies = ["facade 1.0.0", "serde"]

        [[package]]
        name = "facade"
        dependencies = ["mcp-runtime"]

        [[package]]
        name = "other"
        dependencies = ["mcp-runtime"]

        [[package]]
        name = "serde"
    "#;

    #[track_caller]
    fn check(manifest: &str, expected: &str) {
        let found = look(&entries(manifest), || Some(entries(WORKSPACE)), || Some(entries(LOCK)));
        assert_eq!(found.unwrap_or_else(|why| why.to_string()), expected, "{manifest}");
    }

    #[test]
    fn a_dependency_on_the_runtime_is_found_however_it_is_written() {
        check("[dependencies]\nmcp-runtime = \"0.1\"", "mcp_runtime");
        check("[dependencies]\nmy-mcp = { version = \"0.1\", package = \"mcp-runtime\" }", "my_mcp");
        check("[dependencies.mcp]\npackage = \"mcp-runtime\"", "mcp");
        check("[dependencies]\nmcp.workspace = true", "mcp");
        check("[dependencies]\nmcp = { workspace = true }", "mcp");
        check("[target.'cfg(unix)'.dependencies]\nmcp = { package = \"mcp-runtime\" }", "mcp");
        check("[dev-dependencies]\nmcp = { package = \"mcp-runtime\" }", "mcp");
        check(
            "[dev-dependencies]\nb = { package = \"mcp-runtime\" }\n[dependencies]\na.package = \"mcp-runtime\"",
            "a",
        );
        check("[package]\nname = \"mcp-runtime\"", "mcp_runtime");
    }

    #[test]
    fn the_crate_that_re_exports_it_is_the_one_nearest_to_it() {
        check("[dependencies]\nfacade = \"1\"", "facade");
        check("[dependencies]\nfacade = \"1\"\nshop = \"1\"", "facade");
        check("[dependencies]\nf = { package = \"facade\" }", "f");
        check("[dependencies]\nshop = \"1\"\nserde = \"1\"", "shop");
    }

    #[test]
    fn what_cannot_be_found_is_told() {
        check("[dependencies]\nserde = \"1\"", "this package does not depend on `mcp-runtime`");
        check(
            "[dependencies]\nfacade = \"1\"\nother = \"1\"",
            "this package does not depend on `mcp-runtime` itself, and both of `facade` and `other` do",
        );
    }
}
