//! Objects of which some members are picked.

use super::super::names::Names;
use super::super::scan::{Malformed, Scanner};
use super::super::value::Kind;

/// Members of an object that are picked by name.
pub(super) trait Members: Default {
    /// The names.
    type Name: Names;

    /// Walks over a member's value. Whether it is there for the first time; of members that are not picked nobody asks.
    fn member(&mut self, name: Self::Name, scanner: &mut Scanner<'_>) -> Result<bool, Malformed>;
}

/// A member that should be an object, and what was found in it.
#[derive(Default)]
pub(super) struct Object<T> {
    pub(super) shape: Shape,
    /// Whether a member that is picked is there twice. Readers disagree which one counts, so the message is refused.
    pub(super) is_ambiguous: bool,
    pub(super) members: T,
}

/// What a member that should be an object is.
#[derive(Default, PartialEq, Eq)]
pub(super) enum Shape {
    /// Not there, or `null`.
    #[default]
    Absent,
    Object,
    Other,
}

impl<T: Members> Object<T> {
    /// Walks over the value that comes next. It is filled where it is, and never moved. Whether it comes for the first time.
    #[inline]
    pub(super) fn walk(&mut self, scanner: &mut Scanner<'_>) -> Result<bool, Malformed> {
        let is_first = self.shape == Shape::Absent;
        if scanner.peek()? != b'{' {
            let value = scanner.value()?;
            if value.kind != Kind::Null {
                self.shape = Shape::Other;
            }
            return Ok(is_first);
        }
        self.shape = Shape::Object;
        scanner.object_of(|scanner, name| {
            self.is_ambiguous |= !self.members.member(name, scanner)?;
            Ok(())
        })?;
        Ok(is_first)
    }
}
