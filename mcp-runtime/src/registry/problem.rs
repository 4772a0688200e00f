//! What keeps a server from starting.

use std::fmt;

use crate::call::Location;
use crate::order::order;
use crate::output::Error;

/// One thing that is wrong with a server, and where. As text it is `file:line: message`.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// struct Prices;
///
/// /// Says what something costs.
/// #[tool]
/// fn price(name: &str, prices: State<Prices>) -> u64 {
///     name.len() as u64
/// }
///
/// let error = Server::empty("shop").with(tools![price]).build().unwrap_err();
/// let [problem] = error.problems() else { panic!("one state is missing") };
/// assert!(problem.message().starts_with("tool `price`: `State<"));
/// assert!(problem.file().is_some() && problem.line().is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    at: Option<Location>,
    also: Option<Location>,
    message: String,
}

impl Problem {
    pub(crate) fn new(at: Location, message: String) -> Self {
        Self { at: Some(at), also: None, message }
    }

    pub(crate) fn between(at: Location, also: Location, message: String) -> Self {
        Self { at: Some(at), also: Some(also), message }
    }

    pub(crate) fn general(message: String) -> Self {
        Self { at: None, also: None, message }
    }

    /// What is wrong, and what to do, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The file of the function or value that is wrong, as the compiler names it. `None` for what has no place in the source,
    /// such as a setting of the server.
    pub fn file(&self) -> Option<&'static str> {
        self.at.map(|at| at.file)
    }

    /// The line in this file, from 1.
    pub fn line(&self) -> Option<u32> {
        self.at.map(|at| at.line)
    }

    /// File and line of the other one, where two items clash.
    pub fn other(&self) -> Option<(&'static str, u32)> {
        self.also.map(|also| (also.file, also.line))
    }

    fn order(&self) -> (&str, u32, &str) {
        (self.at.map_or("", |at| at.file), self.at.map_or(0, |at| at.line), &self.message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.at {
            write!(f, "{at}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(also) = self.also {
            write!(f, " (the other one is at {also})")?;
        }
        Ok(())
    }
}

/// All that keeps a server from starting: every problem at once, each with its place.
///
/// The error of a change to a running server has no places in its text, because a tool that changes the server may return it to
/// a model. Its [`problems`](Self::problems) have them, and so has its `Debug` text.
///
/// ```standalone_crate
/// use mcp_runtime::prelude::*;
///
/// struct Db;
///
/// /// Counts what is there.
/// #[tool]
/// fn count(db: State<Db>) -> usize {
///     0
/// }
///
/// let error = Server::new("shop").build().expect_err("no `Db` was given");
/// assert!(error.to_string().starts_with("the server cannot start: "));
/// for problem in error.problems() {
///     println!("{problem}"); // with file and line
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BuildError {
    problems: Vec<Problem>,
    while_running: bool,
}

impl BuildError {
    /// Sorted by place, so that the message is the same in every run: the linker's order is not.
    pub(crate) fn new(problems: Vec<Problem>) -> Self {
        let sorted = order(problems.len(), &|a, b| problems[a].order().cmp(&problems[b].order()));
        let mut problems: Vec<Problem> = sorted.into_iter().map(|index| problems[index].clone()).collect();
        problems.dedup();
        Self { problems, while_running: false }
    }

    /// The server runs already, and goes on as it is.
    pub(crate) fn while_running(self) -> Self {
        Self { while_running: true, ..self }
    }

    /// A function of `on_start`, which was registered there, has failed. A change of the server that has failed is told with the
    /// places of its own, because nothing runs yet.
    pub(crate) fn of_start(at: Location, error: &Error) -> Self {
        match error.downcast_ref::<Self>() {
            Some(error) => Self { while_running: false, ..error.clone() },
            None => Self::new(vec![Problem::new(at, format!("`on_start` failed: {}", error.with_causes()))]),
        }
    }

    /// The problems.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl BuildError {
    /// All problems, each in the words that `text` has for it.
    fn write<'a, T: fmt::Display>(&'a self, f: &mut fmt::Formatter<'_>, text: fn(&'a Problem) -> T) -> fmt::Result {
        let what = if self.while_running { "nothing was changed" } else { "the server cannot start" };
        match self.problems.as_slice() {
            [problem] => write!(f, "{what}: {}", text(problem)),
            problems => {
                write!(f, "{what}, for {} reasons:", problems.len())?;
                problems.iter().try_for_each(|problem| write!(f, "\n  {}", text(problem)))
            }
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.while_running { self.write(f, Problem::message) } else { self.write(f, |problem| problem) }
    }
}

/// With the place of each problem: it is what `fn main() -> Result<(), BuildError>` prints.
impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, |problem| problem)
    }
}

impl std::error::Error for BuildError {}
