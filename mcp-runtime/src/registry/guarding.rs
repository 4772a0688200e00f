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
use crate::call::{Handler, Location, Policy};
use crate::log;
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

/// Whether an item, or its group, says anything of who may use it.
pub(super) fn is_declared(item: Item) -> bool {
    item.rules().say_anything() || item.group().is_some_and(Group::has_policy)
}

impl Work<'_> {
    /// What holds for a function.
    pub(super) fn guarded(&mut self, subject: &str, common: &Common) -> Guarded {
        let Rules { scopes, roles, is_public, guard } = common.rules;
        let mut policy = Policy::new();
        scopes.iter().for_each(|scope| policy.add_scope(scope));
        roles.iter().for_each(|role| policy.add_role(role));
        let guard = guard.and_then(|guard| self.bound_guard(subject.to_owned(), common.at, guard));
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
        Guarded { policy: self.settled(subject, common.at, is_public, policy), check }
    }

    /// What holds for an item that was made at run time.
    pub(super) fn guarded_by(&mut self, subject: &str, at: Location, policy: Option<&Policy>) -> Option<Box<Policy>> {
        let policy = policy.cloned().unwrap_or_default();
        self.settled(subject, at, policy.is_public(), policy)
    }

    /// The policy of an item, given what was declared of it.
    fn settled(&mut self, subject: &str, at: Location, is_public: bool, policy: Policy) -> Option<Box<Policy>> {
        for mistake in policy.mistakes() {
            self.note_at(at, format!("{subject}: {mistake}"));
        }
        if policy.asks() {
            return Some(Box::new(policy));
        }
        let is_closed = !is_public && self.profile.denies();
        is_closed.then(|| {
            self.closed.push(subject.to_owned());
            Box::new(Policy::closed())
        })
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
    log::event!(
        WARN,
        "policy: nobody may use {}: something is declared of others, and nothing of {}. Write `public`, `scopes = \"…\"` or \
         `roles = \"…\"` there, or `.policy_default(PolicyDefault::Allow)` for the server.",
        closed.join(", "),
        if closed.len() == 1 { "it" } else { "these" },
    );
}

/// Settles the policies of methods of one's own.
pub(super) fn close_methods(profile: &mut Profile, closed: &mut Vec<String>) {
    if !profile.denies() {
        return;
    }
    let mut names = Vec::new();
    for (name, Bound { entry, .. }) in &mut profile.methods {
        if let Some(entry) = Arc::get_mut(entry).filter(|entry| entry.policy.is_none()) {
            entry.policy = Some(Box::new(Policy::closed()));
            names.push(format!("method `{name}`"));
        }
    }
    closed.extend(sorted(names, &Ord::cmp));
}
