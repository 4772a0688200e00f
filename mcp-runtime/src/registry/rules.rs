//! What functions and servers say of who may use what.

use super::binder::Binder;
#[cfg(feature = "auth")]
use crate::call::Policy;
use crate::call::{Asking, Handler, PrincipalCheck};

/// What holds for items of which nothing is declared: [`ServerBuilder::policy_default`](crate::ServerBuilder::policy_default).
///
/// ```
/// use mcp_runtime::PolicyDefault;
/// use mcp_runtime::prelude::*;
///
/// let server = Server::new("shop").policy_default(PolicyDefault::Allow);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyDefault {
    /// Nobody may use them.
    Deny,
    /// Everyone may use them.
    Allow,
}

/// What a function says of who may use it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) scopes: &'static [&'static str],
    pub(crate) roles: &'static [&'static str],
    pub(crate) is_public: bool,
    /// `policy = may_refund`
    pub(crate) guard: Option<fn(&mut Binder<'_>) -> Option<Guard>>,
}

impl Rules {
    pub(crate) const NONE: Self = Self { scopes: &[], roles: &[], is_public: false, guard: None };

    pub(super) fn say_anything(&self) -> bool {
        self.is_public || !self.scopes.is_empty() || !self.roles.is_empty() || self.guard.is_some()
    }
}

/// A function that was named by `policy = …`, bound to its state.
pub struct Guard {
    /// What it says of a caller.
    pub(super) shows: Option<PrincipalCheck>,
    /// What it says of a call.
    pub(super) check: Option<Handler>,
}

impl Guard {
    /// One that says something of a caller, and perhaps of a call.
    pub(crate) fn of_principal(shows: PrincipalCheck, check: Handler) -> Self {
        Self { shows: Some(shows), check: Some(check) }
    }

    /// One that says something of a call.
    pub fn of_call(check: Handler) -> Self {
        Self { shows: None, check: Some(check) }
    }
}

/// What a function says of consent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Consent<T = &'static str> {
    /// A person is asked, perhaps in words of the author's.
    Asked { asking: Asking, text: Option<T> },
    /// Nobody is asked, whatever the group and the server say.
    Never,
}

/// A rule of a policy file: it asks for more than the program does, or denies.
#[cfg(feature = "auth")]
#[derive(Debug)]
pub(crate) struct Restriction {
    /// Names, in which `*` stands for any text.
    pub(crate) what: Vec<Box<str>>,
    pub(crate) policy: Policy,
    /// The file and the line in which it names what it is about.
    pub(crate) at: String,
}

#[cfg(feature = "auth")]
impl Restriction {
    /// Whether it is about the item of this name.
    pub(super) fn is_about(&self, name: &str) -> bool {
        self.what.iter().any(|pattern| matches(pattern, name))
    }
}

/// Whether a name is what a pattern stands for.
#[cfg(feature = "auth")]
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(before) else { return false };
    let mut texts = rest.split('*').peekable();
    while let Some(text) = texts.next() {
        if texts.peek().is_none() {
            return name.ends_with(text);
        }
        // The first place leaves most for what follows.
        let Some(at) = name.find(text) else { return false };
        name = &name[at + text.len()..];
    }
    true
}

#[cfg(all(test, feature = "auth"))]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, fits) in [
            ("refund", "refund", true),
            ("refund", "refunds", false),
            ("*", "", true),
            ("orders_*", "orders_list", true),
            ("orders_*", "order", false),
            ("*_list", "orders_list", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("**", "x", true),
            ("repo://{owner}/*", "repo://{owner}/{path*}", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
