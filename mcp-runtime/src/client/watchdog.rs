//! Ends the programs that a client has started where the client's own process is killed.
//!
//! A process that is killed cannot end anything. A signal at the parent's death (`PR_SET_PDEATHSIG`) would have to be asked for
//! in the child between `fork` and `exec`, which is `unsafe`; there is none on macOS; and on Linux it is sent when the *thread*
//! ends that has started the child. So a shell watches: it reads the process groups from a pipe, and kills them when the pipe ends.

#[cfg(unix)]
pub(super) use unix::{forget, watch};

#[cfg(unix)]
mod unix {
    use std::io::Write as _;
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Command, Stdio};

    use crate::lock::Lock;

    /// What the shell does. It is no member of this program's process group, and ignores the signals that end programs: it ends
    /// with the pipe.
    const SCRIPT: &str = r#"
trap '' INT TERM HUP QUIT
groups=' '
while read -r what group; do
  case $what in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="${groups%%" $group "*} ${groups#*" $group "}" ;; esac ;;
  esac
done
for group in $groups; do kill -TERM "-$group"; done 2>/dev/null
[ "$groups" = ' ' ] || sleep 0.4
for group in $groups; do kill -KILL "-$group"; done 2>/dev/null
"#;

    static SHELL: Lock<Option<Child>> = Lock::new(None);

    /// The process group of a program that was started.
    pub(in crate::client) fn watch(group: u32) {
        tell('+', group);
    }

    /// The same has ended.
    pub(in crate::client) fn forget(group: u32) {
        tell('-', group);
    }

    fn tell(what: char, group: u32) {
        let mut shell = SHELL.lock();
        if shell.is_none() {
            *shell = start();
        }
        let Some(input) = shell.as_mut().and_then(|shell| shell.stdin.as_mut()) else { return };
        if writeln!(input, "{what} {group}").is_err() {
            // Somebody has killed it. The next one is watched by another.
            if let Some(mut gone) = shell.take() {
                let _ = gone.wait();
            }
        }
    }

    fn start() -> Option<Child> {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        shell.spawn().inspect_err(|error| tracing::warn!(%error, "nobody watches over servers: no shell")).ok()
    }
}

#[cfg(not(unix))]
pub(super) fn watch(_: u32) {}

#[cfg(not(unix))]
pub(super) fn forget(_: u32) {}
