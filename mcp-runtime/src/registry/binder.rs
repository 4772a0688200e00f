//! What a declared function is bound to.

use super::problem::Problem;
use crate::call::Location;
use crate::state::{Missing, State, States};

/// Hands state to a declared function when the server is built, and notes what is missing.
#[derive(Debug)]
pub struct Binder<'a> {
    pub(super) states: &'a States,
    pub(super) subject: String,
    pub(super) at: Location,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Binder<'_> {
    /// The state of this type; `None`, and a problem is noted, where nobody gave it.
    pub fn state<T: ?Sized + Send + Sync + 'static>(&mut self) -> Option<State<T>> {
        match self.states.get() {
            Ok(state) => Some(state),
            Err(missing) => {
                self.note(missing);
                None
            }
        }
    }

    /// Notes what an extractor of one's own misses.
    pub fn needs(&mut self, needs: fn(&States) -> Result<(), Missing>) {
        if let Err(missing) = needs(self.states) {
            self.note(missing);
        }
    }

    fn note(&mut self, missing: Missing) {
        self.problems.push(Problem::new(self.at, format!("{}: {missing}", self.subject)));
    }
}
