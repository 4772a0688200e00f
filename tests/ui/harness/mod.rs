//! Compiles the cases, as many at once as there are processors, and compares what the compiler says.

mod message;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::{env, fs, thread};

use mcp_tests::side_by_side;

/// How this test was compiled.
const COMMAND: &[&str] = compiler::command!();
const HERE: &str = env!("CARGO_MANIFEST_DIR");
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

pub enum Outcome {
    Ok,
    /// With what is to be shown.
    Wrong(String),
}

pub struct Case {
    /// Below the package's folder: `ui/tool_bad_name.rs`.
    file: PathBuf,
    name: String,
    /// What tells the compiler where libraries are.
    libraries: Vec<String>,
}

/// Runs `check` on every case of a folder whose name has in it what the variable `UI` says, and tells of all that failed.
pub fn run_all(folder: &str, check: fn(&Case) -> Outcome) {
    let only = env::var("UI").unwrap_or_default();
    let mut cases: Vec<Case> = fs::read_dir(Path::new(HERE).join(folder))
        .expect("the folder can be read")
        .map(|entry| entry.expect("an entry can be read").file_name().into_string().expect("names are UTF-8"))
        .filter(|name| name.ends_with(".rs") && name.contains(&only))
        .map(|name| Case::named(&format!("{folder}/{name}")))
        .collect();
    assert!(!cases.is_empty() || !only.is_empty(), "there are cases in {folder}");
    cases.sort_by(|a, b| a.name.cmp(&b.name));

    let at_once = thread::available_parallelism().map_or(1, usize::from);
    let wrong = side_by_side::failures(&cases, at_once, |case| match check(case) {
        Outcome::Ok => None,
        Outcome::Wrong(shown) => Some(format!("{}: {shown}", case.file.display())),
    });
    let count = format!("{} of {} cases", wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{count}\n\n{}", wrong.join("\n\n"));
}

impl Case {
    pub fn named(file: &str) -> Self {
        let name = Path::new(file).file_stem().expect("a case is a file").to_str().expect("names are UTF-8").to_owned();
        Self { file: file.into(), name, libraries: libraries().map(str::to_owned).collect() }
    }

    /// The same case with a runtime that has no features: its macros alone, which are a file that needs no other.
    pub fn without_features(&self) -> Self {
        static BUILT: OnceLock<PathBuf> = OnceLock::new();
        let library = BUILT.get_or_init(|| {
            let library = scratch().join("libmcp_runtime.rmeta");
            let built = Command::new(COMMAND[0])
                .args(["--crate-type=lib", "--crate-name=mcp_runtime", "--edition=2024", "--emit=metadata"])
                .args(["--cap-lints=allow", "-o"])
                .args([&library, &Path::new(HERE).join("../mcp-runtime/src/macros.rs")])
                .output()
                .expect("the compiler starts");
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
            library
        });
        let library = format!("--extern=mcp_runtime={}", library.display());
        Self { file: self.file.clone(), name: self.name.clone(), libraries: vec!["--edition=2024".to_owned(), library] }
    }

    /// The compiler refuses the file, in the words beside it.
    pub fn says_what_is_written(&self) -> Outcome {
        let Some(said) = self.message() else {
            return Outcome::Wrong("it compiles".into());
        };
        let path = Path::new(HERE).join(&self.file).with_extension("stderr");
        let written = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        if said != written && env::var_os("UI_WRITE").is_some() {
            fs::write(&path, &said).expect("a message can be written");
            return Outcome::Ok;
        }
        self.compare(&written, &said)
    }

    /// The program is compiled without a word.
    pub fn compiles(&self) -> Outcome {
        let compiled = self.compile(&["--emit=metadata", "--out-dir", scratch().to_str().expect("paths are UTF-8")]);
        let said = String::from_utf8_lossy(&compiled.stderr);
        if compiled.status.success() && said.is_empty() { Outcome::Ok } else { Outcome::Wrong(said.into_owned()) }
    }

    /// The program is compiled without a word, runs, and ends well.
    pub fn runs(&self) -> Outcome {
        self.with_program(&[], ends_well).map_or_else(Outcome::Wrong, |()| Outcome::Ok)
    }

    /// The unit tests in the file pass, of which there is at least one.
    #[cfg(all(unix, feature = "slow"))]
    pub fn tests_pass(&self) -> Result<(), String> {
        self.with_program(&["--test"], |program| {
            let listed = Command::new(program).arg("--list").output().expect("the program starts");
            if !String::from_utf8_lossy(&listed.stdout).contains(": test\n") {
                return Err("it has no test".into());
            }
            ends_well(program)
        })
    }

    /// Compiles the program, shows it to `check`, and removes it.
    pub fn with_program(
        &self,
        options: &[&str],
        check: impl FnOnce(&Path) -> Result<(), String>,
    ) -> Result<(), String> {
        let program = scratch().join(&self.name);
        let written_to = ["--emit=link", "-Cdebuginfo=0", "-o", program.to_str().expect("paths are UTF-8")];
        let compiled = self.compile(&[&written_to, options].concat());
        if !compiled.status.success() || !compiled.stderr.is_empty() {
            return Err(format!("the compiler says\n{}", String::from_utf8_lossy(&compiled.stderr)));
        }
        let checked = check(&program);
        // It is large, and never needed again.
        let _ = fs::remove_file(&program);
        checked
    }

    /// What the compiler says, whatever the machine; nothing if it is content.
    pub fn message(&self) -> Option<String> {
        let compiled = self.compile(&["--emit=metadata", "--out-dir", scratch().to_str().expect("paths are UTF-8")]);
        let stderr = String::from_utf8_lossy(&compiled.stderr);
        (!compiled.status.success()).then(|| message::normalized(&stderr))
    }

    pub fn compare(&self, written: &str, said: &str) -> Outcome {
        if written == said { Outcome::Ok } else { Outcome::Wrong(message::difference(written, said)) }
    }

    fn compile(&self, more: &[&str]) -> Output {
        Command::new(COMMAND[0])
            // As cargo does, so that files of the workspace are found when they are to be shown.
            .current_dir(Path::new(HERE).parent().expect("the package is in a workspace"))
            .args(["--crate-type=bin", "--diagnostic-width=140", "--color=never"])
            .args(["--crate-name", &self.name])
            .args(&self.libraries)
            .args(more)
            .arg(Path::new(message::PACKAGE).join(&self.file))
            .envs([("CARGO_MANIFEST_DIR", HERE), ("CARGO_PKG_NAME", &self.name), ("CARGO_CRATE_NAME", &self.name)])
            .env("CARGO_PKG_VERSION", env!("CARGO_PKG_VERSION"))
            .output()
            .expect("the compiler starts")
    }
}

/// The program runs and ends with success.
fn ends_well(program: &Path) -> Result<(), String> {
    let ran = Command::new(program).output().expect("the program starts");
    let said = || [ran.stdout.as_slice(), &ran.stderr].map(String::from_utf8_lossy).concat();
    if ran.status.success() { Ok(()) } else { Err(format!("{}\n{}", ran.status, said())) }
}

/// A directory for what is compiled.
pub fn scratch() -> PathBuf {
    let folder = Path::new(SCRATCH).join("ui");
    fs::create_dir_all(&folder).expect("the build directory can be written to");
    folder
}

/// What of the command line says where libraries are, and which language is spoken.
fn libraries() -> impl Iterator<Item = &'static str> {
    let mut words = COMMAND[1..].iter().copied();
    std::iter::from_fn(move || {
        while let Some(word) = words.next() {
            if matches!(word, "-L" | "--extern" | "--target" | "--edition" | "--sysroot") {
                return Some([Some(word), words.next()]);
            }
            if ["-L", "--extern=", "--target=", "--edition=", "--sysroot="]
                .iter()
                .any(|option| word.starts_with(option))
            {
                return Some([Some(word), None]);
            }
        }
        None
    })
    .flatten()
    .flatten()
}
