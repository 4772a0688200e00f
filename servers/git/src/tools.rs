//! The tools.

use mcp_runtime::prelude::*;

use crate::CHANGES;
use crate::repository::{Repository, revision};

/// Shows no file by a program that the repository names.
const PLAIN: [&str; 3] = ["--no-ext-diff", "--no-textconv", "--no-color"];

/// Shows which files are changed.
#[tool(read_only)]
async fn status(repository: State<Repository>) -> Result<String> {
    repository.run(&["status", "--short", "--branch", "--ignore-submodules=all"]).await
}

/// Shows differences: of the files to what is staged, of what is staged to the last commit, or between two commits.
#[tool(read_only)]
async fn diff(
    repository: State<Repository>,
    /// Whether what is staged is shown.
    #[arg(default = false)]
    staged: bool,
    /// The commit to compare with.
    from: Option<&str>,
    /// The commit to compare `from` to; the files without it.
    to: Option<&str>,
    /// A file or a directory, below the repository.
    path: Option<&str>,
    /// The lines that are shown around each difference.
    #[arg(default = 3, range(0..=100))]
    context: u8,
) -> Result<String> {
    if to.is_some() && from.is_none() {
        return Err(Error::invalid("to: say from, too"));
    }
    let context = format!("--unified={context}");
    let mut words = vec!["diff", &context, "--submodule=short", "--ignore-submodules=all"];
    words.extend(PLAIN);
    if staged {
        words.push("--cached");
    }
    for commit in [from, to].into_iter().flatten() {
        words.push(revision(commit)?);
    }
    words.push("--");
    words.extend(path);
    repository.run(&words).await
}

/// Lists commits, the newest first.
#[tool(read_only)]
async fn log(
    repository: State<Repository>,
    /// Where to begin.
    #[arg(default = "HEAD")]
    revision: &str,
    /// Only those that change this file or directory.
    path: Option<&str>,
    #[arg(default = 20, range(1..=1000))] count: u16,
    /// How many to leave out first.
    #[arg(default = 0)]
    skip: u32,
) -> Result<String> {
    let (count, skip) = (format!("--max-count={count}"), format!("--skip={skip}"));
    let from = crate::repository::revision(revision)?;
    let format = "--format=%h %ad %an: %s";
    let mut words = vec!["log", &count, &skip, format, "--date=short", "--no-show-signature", from, "--"];
    words.extend(path);
    repository.run(&words).await
}

/// Shows a commit with its changes, or a file as it was in a commit.
#[tool(read_only)]
async fn show(
    repository: State<Repository>,
    #[arg(default = "HEAD")] revision: &str,
    /// A file, below the repository.
    path: Option<&str>,
) -> Result<String> {
    let from = crate::repository::revision(revision)?;
    let whole = path.map(|path| format!("{from}:{path}"));
    let mut words = vec!["show", "--no-show-signature"];
    words.extend(PLAIN);
    words.extend([whole.as_deref().unwrap_or(from), "--"]);
    repository.run(&words).await
}

/// Shows who changed each line of a file last, and in which commit.
#[tool(read_only)]
async fn blame(
    repository: State<Repository>,
    path: &str,
    #[arg(default = "HEAD")] revision: &str,
    #[arg(default = 1, range(1..))] from_line: u32,
    #[arg(default = 200, range(1..=2000))] lines: u32,
) -> Result<String> {
    let range = format!("-L{from_line},+{lines}");
    let from = crate::repository::revision(revision)?;
    repository.run(&["blame", "--date=short", "--no-textconv", &range, from, "--", path]).await
}

/// Lists branches and tags, with their commits.
#[tool(read_only)]
async fn branches(repository: State<Repository>) -> Result<String> {
    let format = "--format=%(HEAD) %(refname:short) %(objectname:short) %(committerdate:short) %(subject)";
    repository.run(&["for-each-ref", "--sort=-committerdate", "--count=1000", format, "refs/heads", "refs/tags"]).await
}

/// Commits files as they are now. Hooks do not run.
#[tool(destructive, group = CHANGES)]
async fn commit(
    repository: State<Repository>,
    #[arg(length(1..=10_000))] message: &str,
    /// The files, below the repository.
    #[arg(length(1..=1000))]
    paths: Vec<String>,
) -> Result<String> {
    let (name, email) = repository.author()?;
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut adding = vec!["add", "--"];
    adding.extend(&paths);
    repository.run(&adding).await?;
    let (name, email) = (format!("user.name={name}"), format!("user.email={email}"));
    let message = format!("--message={message}");
    let mut words = vec![
        "-c",
        &*name,
        "-c",
        &*email,
        "commit",
        "--no-verify",
        "--no-gpg-sign",
        "--quiet",
        &*message,
        "--only",
        "--",
    ];
    words.extend(&paths);
    repository.run(&words).await?;
    repository.run(&["log", "--max-count=1", "--format=committed %h: %s", "--no-show-signature"]).await
}
