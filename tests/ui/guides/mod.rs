//! The pages of the book and the README do what they say: their unit tests pass, and their commands answer as is written there.
//!
//! A page's commands are run one after another in an empty directory. `my-server` is the program of the page: the last block of
//! Rust above the command that has `mcp_runtime::main!`. `mcp` is the command of that name. A block ```` ```sh ```` must end well. In a block
//! ```` ```console ```` the lines behind `$ ` are commands, and what follows each is what it prints; a line `…` stands for any lines. A
//! block with `<!-- not run: REASON -->` above it is left out.

mod messages;
mod page;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use self::page::{Block, Page};
use super::harness::{Case, scratch};

/// Doc-tests leave out functions that are marked as tests, so the blocks that have some are compiled here.
#[test]
fn the_unit_tests_of_the_pages_pass() {
    let mut passed = 0;
    for (name, page) in pages() {
        let blocks = page.blocks.iter().filter(|block| block.kind == "rust");
        for block in blocks.filter(|block| block.text.contains("#[test]") || block.text.contains("#[tokio::test]")) {
            let file = scratch().join(format!("page_test_{passed}.rs"));
            fs::write(&file, &block.text).expect("it can be written");
            let checked = Case::named(file.to_str().expect("paths are UTF-8")).tests_pass();
            assert_eq!(checked, Ok(()), "{name}:{}", block.line);
            passed += 1;
        }
    }
    assert!(passed > 0, "the pages show unit tests");
}

/// `PAGE=errors` runs the commands of one page.
#[test]
fn the_commands_of_the_pages_do_what_they_say() {
    let only = env::var("PAGE").unwrap_or_default();
    let (mut ran, mut wrong) = (0, Vec::new());
    for (name, page) in pages().into_iter().filter(|(name, _)| name.contains(&only)) {
        match run(&name, &page) {
            Ok(commands) => ran += commands,
            Err(told) => wrong.push(told),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(ran > 0, "the pages show commands");
}

fn pages() -> Vec<(String, Page)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let docs = fs::read_dir(top.join("docs")).expect("the directory is beside this one");
    let mut files: Vec<PathBuf> = docs.map(|entry| entry.expect("it can be read").path()).collect();
    files.push(top.join("README.md"));
    files.sort();
    let read = |file: PathBuf| {
        let name = file.file_name().and_then(|name| name.to_str()).expect("names are UTF-8").to_owned();
        (name, Page::read(&fs::read_to_string(&file).expect("it can be read")))
    };
    files.into_iter().map(read).collect()
}

/// How many commands of the page have done what they should, or what the first one did that has not.
fn run(name: &str, page: &Page) -> Result<usize, String> {
    let here = scratch().join("pages").join(name);
    let _ = fs::remove_dir_all(&here);
    fs::create_dir_all(&here).expect("the build directory can be written to");
    let told = |block: &Block, told: String| format!("{name}:{}: {told}", block.line);
    let (mut commands, mut blocks) = (0, page.blocks.iter().peekable());
    // What stands above the first program is run without one.
    let mut program: Option<&Block> = None;
    while blocks.peek().is_some() {
        let mut under = Vec::new();
        while let Some(block) = blocks.next_if(|block| !block.is_program()) {
            under.extend(block.is_run().then_some(block));
        }
        let run_all = |path: Option<&Path>| {
            let ran = under.iter().map(|block| block_does(block, &here, path).map_err(|what| told(block, what)));
            ran.sum::<Result<usize, String>>()
        };
        commands += match program {
            Some(program) if !under.is_empty() => {
                let file = scratch().join(format!("page_{}.rs", name.replace(['.', '-'], "_")));
                fs::write(&file, program.program()).expect("it can be written");
                let (mut ran, case) = (Ok(0), Case::named(file.to_str().expect("paths are UTF-8")));
                let compiled = case.with_program(&[], |program| {
                    ran = run_all(Some(program));
                    Ok(())
                });
                compiled.map_err(|what| told(program, what))?;
                ran?
            }
            _ => run_all(None)?,
        };
        program = blocks.next();
    }
    Ok(commands)
}

fn block_does(block: &Block, here: &Path, program: Option<&Path>) -> Result<usize, String> {
    let path = commands(here, program).map_err(|error| error.to_string())?;
    let answers = block.commands();
    for (command, expected) in &answers {
        let command = command.replace("cargo run -- ", "my-server ");
        let ran = Command::new("sh")
            .args(["-e", "-c", &format!("exec 2>&1\n{command}")])
            .current_dir(here)
            .env("PATH", &path)
            .env_remove("RUST_LOG")
            .output()
            .expect("there is a shell");
        let said = String::from_utf8_lossy(&ran.stdout).replace('\r', "");
        match expected {
            None if !ran.status.success() => return Err(format!("{command}: {}\n{said}", ran.status)),
            Some(expected) if !page::fits(expected, &said) => {
                return Err(format!("{command}\n--- as written\n{expected}\n--- seen\n{said}"));
            }
            _ => {}
        }
    }
    Ok(answers.len())
}

/// Makes a directory of the commands that pages use, and gives the search path that begins with it.
fn commands(here: &Path, program: Option<&Path>) -> io::Result<String> {
    let folder = here.with_extension("bin");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    symlink(env!("CARGO_BIN_EXE_mcp-command"), folder.join("mcp"))?;
    if let Some(program) = program {
        symlink(program, folder.join("my-server"))?;
    }
    Ok(format!("{}:{}", folder.display(), env::var("PATH").unwrap_or_default()))
}
