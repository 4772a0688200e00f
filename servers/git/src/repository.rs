//! Running `git` so that neither its arguments nor the repository make it do something else.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use mcp_runtime::prelude::*;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long one command may take.
const TIME: Duration = Duration::from_secs(20);
/// The most that is read of what a command says.
const BYTES: u64 = 256 * 1024;
/// How many commands run at once.
const AT_ONCE: usize = 8;

/// Settings that come before those of the repository, whose own could name programs to run.
const SETTINGS: [&str; 11] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.editor=false",
    "core.askPass=false",
    "core.sshCommand=false",
    "core.gitProxy=false",
    "credential.helper=",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
];

/// A repository.
pub struct Repository {
    /// The directory of its files.
    path: PathBuf,
    /// The name and the address of who commits.
    author: Option<(String, String)>,
    permits: Semaphore,
}

impl Repository {
    /// # Errors
    /// There is no repository at the path, or no `git`.
    pub async fn open(path: &Path, author: Option<&str>) -> Result<Self> {
        let path = path.canonicalize().map_err(|why| Error::new(format!("{}: {why}", path.display())))?;
        // A link to another repository is not followed, and what the settings say of where the files are is not asked.
        let is_repository = path.join(".git").symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
        if !is_repository {
            return Err(Error::new(format!("{}: has no directory .git", path.display())));
        }
        let author = author.map(identity).transpose()?;
        let repository = Self { path, author, permits: Semaphore::new(AT_ONCE) };
        repository.run(&["rev-parse", "--git-dir"]).await?;
        Ok(repository)
    }

    /// Who commits: the name and the address.
    ///
    /// # Errors
    /// Nobody was named.
    pub fn author(&self) -> Result<(&str, &str)> {
        let author = self.author.as_ref().map(|(name, email)| (&**name, &**email));
        author.ok_or_else(|| Error::new("nobody may commit: start the server with --commit-as"))
    }

    /// Runs `git` with these words, which are ours: what clients send is checked by [`revision`] or stands behind `--`.
    ///
    /// # Errors
    /// What git says, or that it took too long.
    pub async fn run(&self, words: &[&str]) -> Result<String> {
        self.refuse_filters().await?;
        self.git(words).await
    }

    async fn git(&self, words: &[&str]) -> Result<String> {
        let _permit = self.permits.acquire().await?;
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.path)
            .arg("--work-tree")
            .arg(&self.path)
            .arg("--git-dir")
            .arg(self.path.join(".git"));
        command.args(["--no-pager", "--no-optional-locks", "--literal-pathspecs"]);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(words);
        // Nothing of the environment decides what git reads or runs, except where it is found.
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("LC_ALL", "C.UTF-8").env("HOME", "/nonexistent");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "").env("GIT_ATTR_NOSYSTEM", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        timeout(TIME, output(command)).await.map_err(|_| Error::new("git took too long: ask for less"))?
    }

    /// Filters of the repository's own settings are programs that reading a file would run. There is no setting against all of them.
    async fn refuse_filters(&self) -> Result<()> {
        // It fails if there are none.
        let names = self.git(&["config", "--name-only", "--get-regexp", "^filter\\..*\\.(clean|smudge|process)$"]);
        match names.await {
            Ok(names) if !names.trim().is_empty() => Err(Error::new(format!(
                "the repository's settings name programs: {}",
                names.trim().replace('\n', ", ")
            ))),
            _ => Ok(()),
        }
    }
}

/// What a command says, up to the limit.
async fn output(mut command: Command) -> Result<String> {
    let mut child = command.spawn().map_err(|why| Error::new(format!("cannot run git: {why}")))?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Error::internal("there are no pipes"));
    };
    let (mut said, mut errors) = (Vec::new(), Vec::new());
    let (mut stdout, mut stderr) = (stdout.take(BYTES + 1), stderr.take(4096));
    tokio::try_join!(stdout.read_to_end(&mut said), stderr.read_to_end(&mut errors))?;
    let is_cut = said.len() as u64 > BYTES;
    if is_cut {
        // It would wait for somebody who reads the rest.
        child.kill().await?;
    } else if !child.wait().await?.success() {
        return Err(Error::new(String::from_utf8_lossy(&errors).trim().to_owned()));
    }
    said.truncate(usize::try_from(BYTES).unwrap_or(usize::MAX));
    let mut text = String::from_utf8_lossy(&said).into_owned();
    if is_cut {
        text += "\n… cut: ask for less";
    }
    Ok(text)
}

/// A revision as clients may name one: `main`, `v1.0~2`, `a1b2c3`, `HEAD@{1}`. It never begins like an option.
///
/// # Errors
/// It cannot be one.
pub fn revision(text: &str) -> Result<&str> {
    let is_plain = |c: char| c.is_alphanumeric() || "._/-~^@{}+#".contains(c);
    let is_one = !text.is_empty() && text.len() <= 250 && !text.starts_with('-') && text.chars().all(is_plain);
    if is_one && !text.contains("..") { Ok(text) } else { Err(Error::invalid(format!("{text:?} is no revision"))) }
}

/// `Ada <ada@example.com>`
fn identity(text: &str) -> Result<(String, String)> {
    let parts = text.trim().strip_suffix('>').and_then(|text| text.split_once(" <"));
    let parts = parts.filter(|(name, email)| !name.is_empty() && email.contains('@') && !text.contains('\n'));
    let (name, email) = parts.ok_or_else(|| Error::new("--commit-as is like \"Ada <ada@example.com>\""))?;
    Ok((name.to_owned(), email.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_never_options() {
        for text in ["main", "v1.0~2", "a1b2c3", "HEAD@{1}", "HEAD^^", "feature/x-y", "@"] {
            assert!(revision(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "-",
            "--output=x",
            "-p",
            "a b",
            "a..b",
            "a\nb",
            "a\0",
            "a:b",
            ":/x",
            "$(x)",
            "`x`",
            "a;b",
            "a|b",
            "*",
            "?",
            "[a",
        ] {
            assert!(revision(text).is_err(), "{text:?}");
        }
    }
}
