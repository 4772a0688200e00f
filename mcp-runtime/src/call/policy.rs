//! What a caller needs for an item: scopes, roles, and what a function of the author's says.

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use mcp_proto::types::Values;

use super::contain::contain;
use super::principal::Principal;
use super::scope_pattern::ScopePattern;
use crate::joined::joined;

/// What a caller needs to use a tool, a resource, a prompt or a method: for items that are
/// [made at run time](crate::dynamic::Tool::policy), and for [methods of your own](crate::ServerBuilder::method_policy).
/// Functions say it in their attribute: `#[tool(scopes = "orders:write", roles = "clerk")]`.
///
/// ```
/// use mcp_runtime::dynamic::Tool;
/// use mcp_runtime::{Policy, Server};
/// use serde_json::{Value, json};
///
/// # fn main() -> Result<(), mcp_runtime::BuildError> {
/// let refund = Tool::new("refund", json!({ "type": "object" }))
///     .policy(Policy::new().scopes("orders:read orders:write").roles("clerk|manager"))
///     .handler(async |_: Value, _ctx| "refunded");
/// let server = Server::empty("shop").add(refund).build()?;
/// # Ok(())
/// # }
/// ```
///
/// Of a text each word is needed, and `|` stands between words of which one is enough: `"orders:write|admin"`.
///
/// A caller who lacks a **scope** may know of the item: it is listed, and a call is refused with the scopes that it needs
/// ([`FORBIDDEN`](crate::FORBIDDEN); on HTTP 403 with a challenge), so that the client can ask for them. A caller who lacks a
/// **role** may not know of it: it is not listed, and a call is answered as if it did not exist.
#[derive(Clone, Default)]
pub struct Policy {
    is_public: bool,
    /// Whether nobody may use it, because nothing was said of it.
    is_closed: bool,
    scopes: Vec<Need<ScopePattern>>,
    roles: Vec<Need<Box<str>>>,
    principals: Vec<PrincipalCheck>,
    /// Where those of them stand that are rules of a policy file.
    rules: Vec<Box<str>>,
    /// Whether the call itself is checked, too.
    checks_calls: bool,
    /// What is wrong with it.
    mistakes: Vec<String>,
}

/// What an author's function says of a caller: whether they may know of the item.
pub(crate) type PrincipalCheck = Arc<dyn Fn(&Principal) -> bool + Send + Sync>;

/// Something of which one is enough.
#[derive(Clone)]
struct Need<T>(Vec<T>);

/// The scopes that a caller lacks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lacks {
    /// Scopes with names: all that the operation needs, and those of them that are missing, with blanks between them.
    Scopes { needed: String, missing: String },
    /// A scope that can have no name, because of the value of a variable.
    Nameless,
}

impl Policy {
    /// A policy that asks for nothing yet.
    pub const fn new() -> Self {
        Self {
            is_public: false,
            is_closed: false,
            scopes: Vec::new(),
            roles: Vec::new(),
            principals: Vec::new(),
            rules: Vec::new(),
            checks_calls: false,
            mistakes: Vec::new(),
        }
    }

    /// The policy of an item that everyone may use, even where others are denied by default. An anonymous caller may, too.
    pub fn public() -> Self {
        Self { is_public: true, ..Self::new() }
    }

    /// Adds scopes that are all needed; of `a|b` one is enough. The first one of these is what a client is told to ask for.
    ///
    /// The scopes of a template may have its variables: `"repo:{owner}:read"`. Their values are letters, digits and `-._~@+`; a
    /// resource whose URI has others is denied.
    #[must_use]
    pub fn scopes(mut self, scopes: &str) -> Self {
        scopes.split_whitespace().for_each(|scope| self.add_scope(scope));
        self
    }

    /// Adds roles that are all needed; of `a|b` one is enough.
    #[must_use]
    pub fn roles(mut self, roles: &str) -> Self {
        roles.split_whitespace().for_each(|role| self.add_role(role));
        self
    }

    /// Adds a check of the caller: `false` hides the item from them. It is asked at each list and call, so it should be quick.
    #[must_use]
    pub fn check(mut self, check: impl Fn(&Principal) -> bool + Send + Sync + 'static) -> Self {
        self.principals.push(Arc::new(check));
        self
    }

    /// Adds a scope that is needed, or several of which one is enough.
    pub(crate) fn add_scope(&mut self, scope: &str) {
        match scope.split('|').map(ScopePattern::parse).collect() {
            Ok(patterns) => self.scopes.push(Need(patterns)),
            Err(why) => self.mistakes.push(format!("scope `{scope}`: {why}")),
        }
    }

    /// Adds a role that is needed, or several of which one is enough.
    pub(crate) fn add_role(&mut self, role: &str) {
        if role.split('|').any(|role| role.trim().is_empty()) {
            self.mistakes
                .push(format!("role `{role}`: a name is missing; write `clerk`, or `clerk|manager` for one of them"));
        } else {
            self.roles.push(Need(role.split('|').map(Into::into).collect()));
        }
    }

    /// Adds a check of the caller.
    pub(crate) fn add_check(&mut self, check: PrincipalCheck) {
        self.principals.push(check);
    }

    /// Notes where the rule of a policy file stands that is its only check of the caller.
    #[cfg(feature = "auth")]
    pub(crate) fn set_rule(&mut self, at: &str) {
        if !self.principals.is_empty() {
            self.rules = vec![at.into()];
        }
    }

    /// Notes that the call itself is checked, too.
    pub(crate) fn set_checks_calls(&mut self) {
        self.checks_calls = true;
    }

    /// Adds what another one asks for.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.scopes.extend(other.scopes.iter().cloned());
        self.roles.extend(other.roles.iter().cloned());
        self.principals.extend(other.principals.iter().cloned());
        self.rules.extend(other.rules.iter().cloned());
        self.mistakes.extend(other.mistakes.iter().cloned());
    }

    /// The policy of an item that nobody may use.
    pub(crate) fn closed() -> Self {
        Self { is_closed: true, ..Self::new() }
    }

    /// Whether everyone may use it.
    pub(crate) fn is_public(&self) -> bool {
        self.is_public
    }

    /// Whether it asks for anything.
    pub(crate) fn asks(&self) -> bool {
        self.checks_calls || !(self.scopes.is_empty() && self.roles.is_empty() && self.principals.is_empty())
    }

    /// What is wrong with it.
    pub(crate) fn mistakes(&self) -> impl Iterator<Item = &str> {
        let both = self.is_public && self.asks();
        let both = both.then_some("its policy is public and asks for something; drop one of the two");
        self.mistakes.iter().map(String::as_str).chain(both)
    }

    /// The variables that its scopes have.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().flat_map(|need| &need.0).flat_map(ScopePattern::variables)
    }

    /// The scopes that it names, without those that have variables.
    #[cfg(all(feature = "auth", feature = "http"))]
    pub(crate) fn plain_scopes(&self) -> impl Iterator<Item = String> {
        let all = self.scopes.iter().flat_map(|need| &need.0);
        all.filter(|scope| scope.variables().next().is_none()).map(ToString::to_string)
    }

    /// Whether a caller may know of the item. A check that panics says no.
    #[inline(never)]
    pub(crate) fn shows_to(&self, principal: &Principal) -> bool {
        !self.is_closed
            && self.roles.iter().all(|need| need.0.iter().any(|role| principal.has_role(role)))
            && self.principals.iter().all(|check| {
                // What a check that panics has left half-done is its own.
                catch_unwind(AssertUnwindSafe(|| check(principal))).unwrap_or_else(|payload| {
                    contain(payload);
                    false
                })
            })
    }

    /// The scopes that a caller lacks for a call with these values of variables. Without a value for a variable any scope is
    /// enough that has something in its place.
    pub(crate) fn lacks(&self, principal: &Principal, values: &Values) -> Option<Lacks> {
        let granted = |pattern: &ScopePattern| pattern.is_granted(principal, values);
        if self.scopes.iter().all(|need| need.0.iter().any(granted)) {
            return None;
        }
        let (mut needed, mut missing) = (Vec::new(), Vec::new());
        for need in &self.scopes {
            let held = need.0.iter().find(|pattern| granted(pattern));
            let Some(name) = held.or(need.0.first()).and_then(|pattern| pattern.name(values)) else {
                return Some(Lacks::Nameless);
            };
            if held.is_none() {
                missing.push(Cow::clone(&name));
            }
            needed.push(name);
        }
        Some(Lacks::Scopes { needed: needed.join(" "), missing: missing.join(" ") })
    }
}

/// What a policy says of a caller, as far as that is known without a call.
#[cfg(feature = "cli")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// They may use it.
    Granted,
    /// A function decides at each call.
    Decided,
    /// They see it, and lack scopes.
    Lacking,
    /// It does not exist for them.
    Hidden,
}

#[cfg(feature = "cli")]
impl Policy {
    /// What it says of a caller.
    pub(crate) fn access(&self, principal: &Principal) -> Access {
        if !self.shows_to(principal) {
            Access::Hidden
        } else if self.lacks(principal, &Values::new()).is_some() {
            Access::Lacking
        } else if self.checks_calls {
            Access::Decided
        } else {
            Access::Granted
        }
    }

    /// All scopes and roles that it names, of which a variable is its own name.
    pub(crate) fn names(&self) -> (Vec<String>, Vec<String>) {
        let scopes = self.scopes.iter().flat_map(|need| &need.0).map(|scope| scope.to_string().replace(['{', '}'], ""));
        let roles = self.roles.iter().flat_map(|need| &need.0).map(ToString::to_string);
        (scopes.collect(), roles.collect())
    }
}

impl fmt::Display for Policy {
    /// What it asks for, in words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_closed {
            return f.write_str("denied: no policy");
        }
        let mut asks = Vec::new();
        for (word, needs) in [("scope", words(&self.scopes)), ("role", words(&self.roles))] {
            asks.extend(needs.into_iter().map(|need| format!("{word} {need}")));
        }
        if self.principals.len() > self.rules.len() || self.checks_calls {
            asks.push("a function".to_owned());
        }
        asks.extend(self.rules.iter().map(|at| format!("the rule at {at}")));
        if asks.is_empty() { f.write_str("public") } else { f.write_str(&asks.join(", ")) }
    }
}

fn words<T: fmt::Display>(needs: &[Need<T>]) -> Vec<String> {
    let one_of = |need: &Need<T>| joined("|", &mut need.0.iter().map(ToString::to_string));
    needs.iter().map(one_of).collect()
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Policy({self})")
    }
}
