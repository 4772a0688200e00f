//! What has changed between two surfaces.

use super::change::{Changes, Verdict};
use super::schema::{self, Side};
use crate::program::cli::json::Json;
use crate::program::cli::offer::Kind;

/// Compares what a server offered with what it offers: objects of lists by the names of the kinds.
pub(super) fn surfaces(old: &Json, new: &Json) -> Changes {
    let mut changes = Changes::default();
    for kind in Kind::ALL {
        let (before, after) = (&old[kind.member()], &new[kind.member()]);
        let mut look = |name: &str, one: &Json, other: &Json| {
            // A path: what users know it by stands in it as it is.
            changes.path = format!("{} {name}", &kind.name()[..kind.name().len() - 1]);
            match (one.is_null(), other.is_null()) {
                (false, true) => changes.add(Verdict::Breaking, "removed", &Json::Null, &Json::Null),
                (true, false) => changes.add(Verdict::Compatible, "added", &Json::Null, &Json::Null),
                _ => items(kind, &one["text"], &other["text"], &mut changes),
            }
        };
        for (name, item) in before.members() {
            look(name, item, &after[name]);
        }
        for (name, item) in after.members().iter().filter(|(name, _)| before.get(name).is_none()) {
            look(name, &Json::Null, item);
        }
    }
    changes
}

/// Compares two of one name.
fn items(kind: Kind, old: &Json, new: &Json, changes: &mut Changes) {
    let mut seen: Vec<&str> = Vec::new();
    for (name, _) in old.members().iter().chain(new.members()) {
        let (before, after) = (&old[name], &new[name]);
        if seen.contains(&&**name) || before == after {
            continue;
        }
        seen.push(name);
        changes.within(name, |changes| match (&**name, kind) {
            ("inputSchema", _) => schema::compare(before, after, Side::Input, changes),
            ("outputSchema", _) if before.is_null() => changes.add(Verdict::Compatible, "added", before, after),
            ("outputSchema", _) if after.is_null() => changes.add(Verdict::Breaking, "removed", before, after),
            ("outputSchema", _) => schema::compare(before, after, Side::Output, changes),
            ("annotations", Kind::Tools) => hints(before, after, changes),
            ("arguments", Kind::Prompts) => arguments(before, after, changes),
            ("description" | "title" | "icons" | "_meta" | "annotations" | "size", _) => {
                changes.add(Verdict::Wording, "changed", before, after);
            }
            ("name", _) => changes.add(Verdict::Compatible, "changed", before, after),
            // What it means nobody knows here.
            _ => changes.add(Verdict::Breaking, "changed", before, after),
        });
    }
}

/// Hints by which hosts decide whether to ask their users, with what holds where nothing is said, and the cautious value.
const HINTS: [(&str, bool, bool); 4] = [
    ("readOnlyHint", false, false),
    ("destructiveHint", true, true),
    ("idempotentHint", false, false),
    ("openWorldHint", true, true),
];

fn hints(old: &Json, new: &Json, changes: &mut Changes) {
    let mut is_told = false;
    for (name, usual, cautious) in HINTS {
        let value = |json: &Json| match &json[name] {
            Json::Bool(value) => *value,
            _ => usual,
        };
        if value(old) == value(new) {
            continue;
        }
        is_told = true;
        let verdict = if value(new) == cautious { Verdict::Breaking } else { Verdict::Compatible };
        let what = if verdict == Verdict::Breaking { "promises less" } else { "promises more" };
        changes.within(name, |changes| changes.add(verdict, what, &old[name], &new[name]));
    }
    if !is_told {
        changes.add(Verdict::Wording, "changed", old, new);
    }
}

/// The arguments of prompts, which have names and may be required.
fn arguments(old: &Json, new: &Json, changes: &mut Changes) {
    let find = |list: &Json, name: &str| list.items().iter().find(|one| one["name"].text() == name).cloned();
    let is_required = |one: &Json| one["required"] == Json::Bool(true);
    for one in old.items() {
        let name = one["name"].text();
        changes.within(name, |changes| match find(new, name) {
            None => changes.add(Verdict::Breaking, "removed", one, &Json::Null),
            Some(other) => match (is_required(one), is_required(&other)) {
                (false, true) => changes.add(Verdict::Breaking, "required now", &Json::Null, &Json::Null),
                (true, false) => changes.add(Verdict::Compatible, "optional now", &Json::Null, &Json::Null),
                _ if *one == other => {}
                _ => changes.add(Verdict::Wording, "changed", one, &other),
            },
        });
    }
    for one in new.items() {
        let name = one["name"].text();
        if find(old, name).is_none() {
            let (verdict, what) = match is_required(one) {
                true => (Verdict::Breaking, "added, and required"),
                false => (Verdict::Compatible, "added"),
            };
            changes.within(name, |changes| changes.add(verdict, what, &Json::Null, one));
        }
    }
}
