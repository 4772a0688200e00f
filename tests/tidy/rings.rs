//! Which files of a crate import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::{code, members, read, sources};

/// Files that import each other, each by the path of its module: `call/ctx`.
pub(crate) type Ring = BTreeSet<String>;

/// A path of modules and, perhaps, a name within the last.
type Names = Vec<String>;

/// The files of a crate, by the paths of their modules.
pub(crate) struct Files {
    files: BTreeMap<Names, File>,
    /// The modules that have a folder.
    folders: BTreeSet<Names>,
}

/// What a file imports.
struct File {
    /// The code, without imports.
    code: String,
    imports: Vec<Import>,
}

struct Import {
    path: Names,
    /// The name that it brings.
    name: String,
    /// Whether it is handed on to other files.
    is_public: bool,
}

impl Files {
    /// The files below a folder.
    pub(crate) fn read(root: &Path) -> Self {
        let texts = sources(root).into_iter().map(|path| {
            let module = path.strip_prefix(root).expect("it is below").with_extension("");
            (module.to_str().expect("UTF-8").to_owned(), read(&path))
        });
        Self::of(texts)
    }

    /// Files by their paths, without `.rs`, and their texts.
    pub(crate) fn of(texts: impl Iterator<Item = (String, String)>) -> Self {
        let (mut files, mut folders) = (BTreeMap::new(), BTreeSet::new());
        for (path, text) in texts {
            let mut module: Names = path.split('/').map(str::to_owned).collect();
            if module.last().is_some_and(|last| last == "tests") {
                continue;
            }
            if module.last().is_some_and(|last| last == "mod") {
                module.pop();
                folders.insert(module.clone());
            }
            if module == ["lib"] {
                module.pop();
            }
            files.insert(module, File::read(&code(&text)));
        }
        Self { files, folders }
    }

    /// The rings: sets of files of which each comes back to itself by way of all others.
    pub(crate) fn rings(&self) -> Vec<Ring> {
        let imported: BTreeMap<&Names, BTreeSet<&Names>> =
            self.files.keys().map(|module| (module, self.imported_by(module))).collect();
        let reached: BTreeMap<&Names, BTreeSet<&Names>> =
            imported.keys().map(|module| (*module, reached_from(module, &imported))).collect();
        let ring = |module: &&Names| -> Ring {
            let others = reached[*module].iter().filter(|other| reached[**other].contains(*module));
            others.map(|other| other.join("/")).collect()
        };
        let rings: BTreeSet<Ring> = reached.keys().map(ring).filter(|ring| ring.len() > 1).collect();
        rings.into_iter().collect()
    }

    /// The folder that a file of a ring is in. A `mod.rs` is in the folder whose files it names.
    pub(crate) fn folder(&self, file: &str) -> String {
        let module: Names = file.split('/').map(str::to_owned).collect();
        let depth = if self.folders.contains(&module) { module.len() } else { module.len() - 1 };
        module[..depth].join("/")
    }

    /// The files whose items a file names.
    fn imported_by(&self, module: &Names) -> BTreeSet<&Names> {
        let file = &self.files[module];
        let words: BTreeSet<&str> = words(&file.code).collect();
        // What is only handed on is found by those who use it.
        let used = file.imports.iter().filter(|import| !import.is_public || words.contains(&*import.name));
        let used = used.filter_map(|import| self.absolute(module, &import.path));
        let written = paths(&file.code).into_iter().filter_map(|path| {
            let by_import = || {
                let import = file.imports.iter().find(|import| import.name == path[0])?;
                let mut absolute = self.absolute(module, &import.path)?;
                absolute.extend_from_slice(&path[1..]);
                Some(absolute)
            };
            self.absolute(module, &path).or_else(by_import)
        });
        let defining = used.chain(written).filter_map(|path| self.defining(&path, &mut BTreeSet::new()));
        defining.filter(|other| *other != module && !other.is_empty()).collect()
    }

    /// A path from the root of the crate; `None` where it leads out of the crate.
    fn absolute(&self, module: &Names, path: &[String]) -> Option<Names> {
        let within = |modules: &[String], rest: &[String]| Some([modules, rest].concat());
        match path[0].as_str() {
            "crate" => within(&[], &path[1..]),
            "self" => within(module, &path[1..]),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                within(&module[..module.len().checked_sub(ups)?], &path[ups..])
            }
            first => {
                let child = [module.as_slice(), &[first.to_owned()]].concat();
                self.files.contains_key(&child).then(|| [module.as_slice(), path].concat())
            }
        }
    }

    /// The file that defines what a path names, whoever hands it on.
    fn defining(&self, path: &[String], seen: &mut BTreeSet<Names>) -> Option<&Names> {
        let depth = (0..=path.len()).rev().find(|depth| self.files.contains_key(&path[..*depth]))?;
        let (module, file) = self.files.get_key_value(&path[..depth])?;
        let Some(name) = path.get(depth) else { return Some(module) };
        let handed_on = file.imports.iter().find(|import| import.name == *name);
        match handed_on.filter(|_| seen.insert(path.to_vec())) {
            None => Some(module),
            Some(import) => {
                let from = self.absolute(module, &import.path)?;
                self.defining(&[from.as_slice(), &path[depth + 1..]].concat(), seen)
            }
        }
    }
}

impl File {
    fn read(code: &str) -> Self {
        let (mut left, mut imports) = (String::new(), Vec::new());
        let mut lines = code.lines();
        while let Some(line) = lines.next() {
            let Some((visibility, tree)) = import(line) else {
                left.push_str(line);
                left.push('\n');
                continue;
            };
            let mut tree = tree.to_owned();
            while !tree.contains(';') {
                tree.push_str(lines.next().expect("an import ends with a semicolon"));
            }
            let tree = tree.split(';').next().unwrap_or_default();
            imports.extend(Import::read(tree, !visibility.is_empty()));
        }
        Self { code: without_declarations(&left), imports }
    }
}

/// The visibility of an import that begins on this line, and what it imports.
fn import(line: &str) -> Option<(&str, &str)> {
    let (visibility, tree) = line.trim_start().split_once("use ")?;
    let is_visibility = |text: &str| text == "pub" || (text.starts_with("pub(") && text.ends_with(')'));
    (visibility.is_empty() || is_visibility(visibility.trim_end())).then_some((visibility, tree))
}

impl Import {
    fn read(tree: &str, is_public: bool) -> Vec<Self> {
        let tree = tree.trim();
        if let Some((head, group)) = tree.split_once('{') {
            let all = members(group).flat_map(|member| Self::read(member, is_public));
            return all.map(|import| import.below(head)).collect();
        }
        let (path, alias) = tree.split_once(" as ").map_or((tree, None), |(path, alias)| (path, Some(alias)));
        let path = names(path);
        let name = alias.map(str::trim).or(path.last().map(String::as_str)).unwrap_or_default().to_owned();
        vec![Self { path, name, is_public }]
    }

    /// The same import, as a member of a group behind `head`. A member `self` is the head itself.
    fn below(mut self, head: &str) -> Self {
        let mut path = names(head);
        if self.path != ["self"] {
            path.append(&mut self.path);
        } else if self.name == "self" {
            self.name = path.last().cloned().unwrap_or_default();
        }
        Self { path, ..self }
    }
}

/// The names of a path.
fn names(path: &str) -> Names {
    path.split("::").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty() && name != "*").collect()
}

/// All that is reached from a file, in one step or more.
fn reached_from<'a>(module: &'a Names, imported: &BTreeMap<&'a Names, BTreeSet<&'a Names>>) -> BTreeSet<&'a Names> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![module]);
    while let Some(module) = next.pop() {
        next.extend(imported[module].iter().copied().filter(|other| reached.insert(*other)));
    }
    reached
}

/// The code without what names modules and uses nothing of them: `mod name;` and `pub(in crate::name)`.
fn without_declarations(code: &str) -> String {
    let mut parts = code.split("pub(");
    let mut left = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        left.push_str(part.split_once(')').map_or(part, |(_, rest)| rest));
    }
    let declares = |line: &&str| line.contains("mod ") && line.ends_with(';');
    left.lines().filter(|line| !declares(line)).collect::<Vec<_>>().join("\n")
}

/// The words of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The paths that stand in code, texts in quotes aside.
fn paths(code: &str) -> Vec<Names> {
    let code: String = code.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
    let is_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = code.split(|c: char| !is_of_path(c)).filter(|word| word.contains("::") && !word.starts_with(':'));
    words.map(names).filter(|path| path.len() > 1).collect()
}
