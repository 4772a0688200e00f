//! Who may use the items of a server: what was declared of them, of their groups and of the server, made one policy for each.

use std::sync::Arc;

use mcp_proto::types::{UriTemplate, VariableKind};

use super::bind::Work;
use super::common::Common;
use super::def::Item;
use super::group::Group;
use super::item::Bound;
use super::profile::Profile;
use super::rules::{PolicyDefault, Rules};
#[cfg(feature = "auth")]
use super::{catalog::Catalog, problem::Problem, rules::matches};
#[cfg(all(feature = "auth", feature = "http"))]
use crate::call::Principal;
use crate::call::{Handler, Location, Policy};
use crate::log;
use crate::meter::SUMMARY;
#[cfg(feature = "auth")]
use crate::nearest::nearest;
use crate::order::sorted;

/// What holds for one item.
pub(crate) struct Guarded {
    pub(super) policy: Option<Box<Policy>>,
    pub(super) check: Option<Handler>,
}

impl Profile {
    /// Whether items of which nothing is declared are denied.
    fn denies(&self) -> bool {
        self.policy_default == Some(PolicyDefault::Deny)
    }

    /// Settles what holds for items of which nothing is declared. It does not change while the server runs.
    pub(super) fn settle_policy(&mut self, is_any_declared: bool) {
        let is_any = is_any_declared || self.methods.values().any(|bound| bound.entry.policy.is_some());
        let otherwise = if is_any { PolicyDefault::Deny } else { PolicyDefault::Allow };
        self.policy_default.get_or_insert(otherwise);
    }
}

#[cfg(feature = "auth")]
impl Profile {
    /// Adds what policy files ask for.
    fn restrict(&self, name: &str, policy: &mut Policy) {
        let about = self.restrictions.iter().filter(|rule| rule.is_about(name));
        about.for_each(|rule| policy.extend(&rule.policy));
    }

    /// What policy files name that the server does not have: a slip of the finger would protect nothing.
    pub(super) fn unknown_to(&self, catalog: &Catalog) -> Vec<Problem> {
        let mut names = Vec::new();
        catalog.entries(&mut |_, _, entry| names.push(Arc::clone(&entry.name)));
        let mut problems = Vec::new();
        for rule in &self.restrictions {
            for pattern in rule.what.iter().filter(|pattern| !names.iter().any(|name| matches(pattern, name))) {
                let near = nearest(pattern, &mut names.iter().map(|name| &**name));
                let cure = near
                    .map_or_else(|| "; `list` shows all names".to_owned(), |near| format!("; did you mean `{near}`?"));
                problems.push(Problem::general(format!("{}: nothing is called `{pattern}`{cure}", rule.at)));
            }
        }
        problems
    }
}

#[cfg(all(feature = "auth", feature = "http"))]
impl Catalog {
    /// The scopes that are declared of what an anonymous caller may know of, in order. Those with variables have no names.
    pub(crate) fn scopes(&self) -> Vec<String> {
        let nobody = Principal::anonymous();
        let mut scopes: Vec<String> = Vec::new();
        self.entries(&mut |_, _, entry| {
            let policy = entry.policy.as_ref().filter(|policy| policy.shows_to(&nobody));
            for scope in policy.into_iter().flat_map(|policy| policy.plain_scopes()) {
                if !scopes.contains(&scope) {
                    scopes.push(scope);
                }
            }
        });
        sorted(scopes, &Ord::cmp)
    }
}

#[cfg(not(feature = "auth"))]
impl Profile {
    /// There are no policy files.
    fn restrict(&self, _: &str, _: &mut Policy) {}
}

/// Whether an item, or its group, says anything of who may use it.
pub(super) fn is_declared(item: Item) -> bool {
    item.rules().say_anything() || item.group().is_some_and(Group::has_policy)
}

impl Work<'_> {
    /// What holds for a function.
    pub(super) fn guarded(&mut self, kind: &str, name: &str, common: &Common) -> Guarded {
        let Rules { scopes, roles, is_public, guard } = common.rules;
        let mut policy = Policy::new();
        scopes.iter().for_each(|scope| policy.add_scope(scope));
        roles.iter().for_each(|role| policy.add_role(role));
        let guard = guard.and_then(|guard| self.bound_guard(format!("{kind} `{name}`"), common.at, guard));
        let (shows, check) = guard.map_or((None, None), |guard| (guard.shows, guard.check));
        shows.into_iter().for_each(|shows| policy.add_check(shows));
        if check.is_some() {
            policy.set_checks_calls();
        }
        let mut is_public = is_public;
        if let Some(group) = common.group.filter(|_| !is_public) {
            policy.extend(&group.policy());
            is_public = group.is_public && !policy.asks();
        }
        Guarded { policy: self.settled((kind, name), common.at, is_public, policy), check }
    }

    /// What holds for an item that was made at run time.
    pub(super) fn guarded_by(
        &mut self,
        kind: &str,
        name: &str,
        at: Location,
        policy: Option<&Policy>,
    ) -> Option<Box<Policy>> {
        let policy = policy.cloned().unwrap_or_default();
        self.settled((kind, name), at, policy.is_public(), policy)
    }

    /// The policy of an item, given what was declared of it.
    fn settled(
        &mut self,
        (kind, name): (&str, &str),
        at: Location,
        is_public: bool,
        mut policy: Policy,
    ) -> Option<Box<Policy>> {
        for mistake in policy.mistakes() {
            self.note_at(at, format!("{kind} `{name}`: {mistake}"));
        }
        if !is_public && !policy.asks() && self.profile.denies() {
            self.closed.push(format!("{kind} `{name}`"));
            return Some(Box::new(Policy::closed()));
        }
        self.profile.restrict(name, &mut policy);
        policy.asks().then(|| Box::new(policy))
    }

    /// Notes what is wrong with the variables of the scopes of a resource.
    pub(super) fn check_scopes(
        &mut self,
        policy: Option<&Policy>,
        template: Option<&UriTemplate>,
        name: &str,
        at: Location,
    ) {
        for variable in policy.into_iter().flat_map(Policy::variables) {
            let known = template.into_iter().flat_map(UriTemplate::variables);
            let known = known.into_iter().find(|known| *known.name == *variable);
            let why = match known {
                None => "its URI has no such variable",
                Some(known) if known.kind == VariableKind::Query => "a client may leave it out of the query",
                Some(_) => continue,
            };
            self.note_at(at, format!("`{name}`: a scope has the variable `{{{variable}}}`, and {why}"));
        }
    }
}

/// Says which items nobody may use, because nothing is said of who may.
pub(super) fn report(closed: &[String]) {
    if closed.is_empty() {
        return;
    }
    // What a function of the builder has made has no place of its own where that could be written.
    let metrics = if closed.iter().any(|name| name.contains(SUMMARY)) {
        ", `.metrics_resource_for(policy)` in place of `.metrics_resource()`"
    } else {
        ""
    };
    log::event!(
        WARN,
        "policy: nobody may use {}: something is declared of others, and nothing of {}. Write `public`, `scopes = \"…\"` or \
         `roles = \"…\"` there (`.public()` and so on where it is made at run time){metrics}, or \
         `.policy_default(PolicyDefault::Allow)` for the server.",
        closed.join(", "),
        if closed.len() == 1 { "it" } else { "these" },
    );
}

/// Settles the policies and timeouts of methods of one's own.
pub(super) fn settle_methods(profile: &mut Profile, closed: &mut Vec<String>) {
    let mut methods = std::mem::take(&mut profile.methods);
    let mut names = Vec::new();
    for (name, Bound { entry, .. }) in &mut methods {
        let Some(entry) = Arc::get_mut(entry) else { continue };
        entry.timeout = entry.timeout.or(profile.timeout);
        if entry.policy.is_none() && profile.denies() {
            entry.policy = Some(Box::new(Policy::closed()));
            names.push(format!("method `{name}`"));
            continue;
        }
        let mut policy = entry.policy.take().map(|policy| *policy).unwrap_or_default();
        profile.restrict(name, &mut policy);
        entry.policy = policy.asks().then(|| Box::new(policy));
    }
    profile.methods = methods;
    closed.extend(sorted(names, &Ord::cmp));
}
