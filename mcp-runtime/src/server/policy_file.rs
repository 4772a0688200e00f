//! A file that takes away from what the program allows.

use std::path::Path;
use std::sync::Arc;

use super::builder::ServerBuilder;
use crate::call::{Policy, Principal};
use crate::registry::Restriction;
use crate::toml::{Fault, Fields, Kind, Table, Value, parse};

impl ServerBuilder {
    /// Adds the rules of a policy file, which operators write: each takes something away from what the program allows, and none gives
    /// anything. `serve --policy FILE` does the same.
    ///
    /// ```toml
    /// # To temporary staff these do not exist.
    /// [[rule]]
    /// what = ["refund", "orders_*"]
    /// who = { roles = ["temp"] }
    /// effect = "deny"
    ///
    /// # All resources of the archive need a scope more, and one of two roles.
    /// [[rule]]
    /// what = ["archive://*"]
    /// effect = "require"
    /// scopes = ["archive:read"]
    /// roles = ["clerk|owner"]
    /// ```
    ///
    /// `what` has the names of tools, prompts and methods, and the URIs or templates of resources as they are declared; `*` stands for
    /// any text. `who` can have `subjects`, `issuers`, `clients`, `scopes` and `roles`, of each of which the caller has one, and
    /// `anonymous = true`; without it a rule is for everyone.
    ///
    /// ```no_run
    /// use mcp_runtime::prelude::*;
    ///
    /// # fn main() -> Result<(), BuildError> {
    /// let server = Server::new("shop").policy_file("policy.toml").build()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`build`](Self::build) tells everything that is wrong with the file, with lines. A name that nothing has is a mistake, too, unless
    /// the server is [`dynamic`](Self::dynamic).
    #[must_use]
    pub fn policy_file(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let file = path.display();
        match std::fs::read_to_string(path) {
            Err(error) => self.problem(format!("{file}: the policy cannot be read: {error}")),
            Ok(text) => {
                let (rules, faults) = read(&text);
                for fault in faults {
                    self.problem(format!("{file}{fault}"));
                }
                let placed = |mut rule: Rule| {
                    rule.policy.set_rule(&format!("{file}:{}", rule.line));
                    Restriction { what: rule.what, policy: rule.policy, at: format!("{file}:{}", rule.named) }
                };
                self.plan.profile.restrictions.extend(rules.into_iter().map(placed));
            }
        }
        self
    }
}

/// A rule, and the line it begins in.
struct Rule {
    what: Vec<Box<str>>,
    policy: Policy,
    line: usize,
    /// The line in which it names what it is about.
    named: usize,
}

/// Reads a file, as far as it can be read, and finds what is wrong with it.
fn read(text: &str) -> (Vec<Rule>, Vec<Fault>) {
    let (table, mut faults) = parse(text);
    let mut fields = Fields::new(&table, 0, &mut faults);
    let rules = fields.value("rule");
    fields.finish();
    let rules = match rules.map(|value| (&value.kind, value.line)) {
        None => &[][..],
        Some((Kind::Tables(rules), _)) => rules,
        Some((_, line)) => {
            faults.push(Fault::new(line, "rules are tables: write [[rule]]"));
            &[]
        }
    };
    let rules: Vec<Rule> = rules.iter().filter_map(|rule| read_rule(rule, &mut faults)).collect();
    if rules.is_empty() && faults.is_empty() {
        faults.push(Fault::new(0, "it has no rules; write one: [[rule]], what = [\"refund\"], effect = \"deny\""));
    }
    (rules, faults)
}

fn read_rule(value: &Value, faults: &mut Vec<Fault>) -> Option<Rule> {
    let Kind::Table(table) = &value.kind else { return None };
    let line = value.line;
    let mut fields = Fields::new(table, line, faults);
    let named = fields.value("what").map_or(line, |value| value.line);
    let what: Vec<Box<str>> = fields.texts("what").into_iter().map(Into::into).collect();
    let effect = fields.needed("effect", "write effect = \"deny\", or effect = \"require\" with scopes or roles");
    let (scopes, roles) = (fields.texts("scopes"), fields.texts("roles"));
    let who = fields.value("who");
    fields.finish();
    let mut fault = |what: &str| faults.push(Fault::new(line, what));
    if what.is_empty() {
        fault("`what` names nothing; write what = [\"refund\"], or what = [\"*\"] for everything");
    }
    let mut policy = Policy::new();
    match effect? {
        "deny" => {
            if !(scopes.is_empty() && roles.is_empty()) {
                fault("`scopes` and `roles` go with effect = \"require\"; who is denied is said by `who`");
            }
            let who = match who {
                Some(who) => Some(read_who(who, faults)?),
                None => None,
            };
            policy.add_check(Arc::new(move |principal| who.as_ref().is_some_and(|who| !who.has(principal))));
        }
        "require" => {
            if scopes.is_empty() && roles.is_empty() {
                fault("it requires nothing; write scopes = [\"orders:write\"], or roles = [\"clerk\"]");
            }
            if who.is_some() {
                fault("`who` goes with effect = \"deny\"; what a rule requires, it requires of everyone");
            }
            scopes.into_iter().for_each(|scope| policy.add_scope(scope));
            roles.into_iter().for_each(|role| policy.add_role(role));
            faults.extend(policy.mistakes().map(|mistake| Fault::new(line, mistake)));
        }
        other => fault(&format!("`effect` cannot be `{other}`; write effect = \"deny\" or effect = \"require\"")),
    }
    Some(Rule { what, policy, line, named })
}

/// Callers that a rule is about.
#[derive(Default)]
struct Who {
    anonymous: bool,
    subjects: Vec<String>,
    issuers: Vec<String>,
    clients: Vec<String>,
    scopes: Vec<String>,
    roles: Vec<String>,
}

fn read_who(value: &Value, faults: &mut Vec<Fault>) -> Option<Who> {
    let Kind::Table(table) = &value.kind else {
        faults.push(Fault::new(value.line, "`who` is a table; write who = { roles = [\"temp\"] }"));
        return None;
    };
    let who = members(table, value.line, faults);
    if table.entries.is_empty() {
        faults.push(Fault::new(value.line, "`who` names nobody; leave it out to mean everyone"));
    }
    Some(who)
}

fn members(table: &Table, line: usize, faults: &mut Vec<Fault>) -> Who {
    let mut fields = Fields::new(table, line, faults);
    let mut texts = |name| fields.texts(name).into_iter().map(str::to_owned).collect();
    let (subjects, issuers, clients) = (texts("subjects"), texts("issuers"), texts("clients"));
    let (scopes, roles) = (texts("scopes"), texts("roles"));
    let anonymous = fields.flag("anonymous");
    fields.finish();
    Who { anonymous, subjects, issuers, clients, scopes, roles }
}

impl Who {
    /// Whether a caller is one of them.
    fn has(&self, principal: &Principal) -> bool {
        let one_of =
            |names: &[String], is: &dyn Fn(&str) -> bool| names.is_empty() || names.iter().any(|name| is(name));
        let names_somebody = !(self.subjects.is_empty()
            && self.issuers.is_empty()
            && self.clients.is_empty()
            && self.scopes.is_empty()
            && self.roles.is_empty());
        (self.anonymous && principal.is_anonymous())
            || names_somebody
                && one_of(&self.subjects, &|name| principal.subject() == Some(name))
                && one_of(&self.issuers, &|name| principal.issuer() == Some(name))
                && one_of(&self.clients, &|name| principal.client() == Some(name))
                && one_of(&self.scopes, &|name| principal.has_scope(name))
                && one_of(&self.roles, &|name| principal.has_role(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_line_and_its_cure() {
        let (_, faults) = read(
            "rules = 1\n[[rule]]\nwhat = [\"a\"]\neffect = \"allow\"\n[[rule]]\neffect = \"require\"\nwho = { subjects = [\"a\"] }\n\
             [[rule]]\nwhat = [\"a\"]\neffect = \"deny\"\nroles = [\"x\"]\nwho = {}\n[[rule]]\nwhat = \"a\"\n\
             [[rule]]\nwhat = [\"a\"]\neffect = \"require\"\nscopes = [\"a b\"]\n[[rule]]\nwhat = [\"a\"]\neffect = \"deny\"\n\
             who = { role = [\"x\"] }",
        );
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                ":1: `rules` means nothing here; did you mean `rule`?",
                ":2: `effect` cannot be `allow`; write effect = \"deny\" or effect = \"require\"",
                ":5: `what` names nothing; write what = [\"refund\"], or what = [\"*\"] for everything",
                ":5: it requires nothing; write scopes = [\"orders:write\"], or roles = [\"clerk\"]",
                ":5: `who` goes with effect = \"deny\"; what a rule requires, it requires of everyone",
                ":8: `scopes` and `roles` go with effect = \"require\"; who is denied is said by `who`",
                ":12: `who` names nobody; leave it out to mean everyone",
                ":14: `what` is a text; write a list: what = [\"…\"]",
                ":13: `effect` is missing; write effect = \"deny\", or effect = \"require\" with scopes or roles",
                ":13: `what` names nothing; write what = [\"refund\"], or what = [\"*\"] for everything",
                ":15: scope `a b`: a scope has only visible characters of ASCII, and no quotes and backslashes",
                ":22: `role` means nothing here; did you mean `roles`?",
            ]
        );
        assert_eq!(read("").1[0].line, 0);
    }

    #[test]
    fn a_caller_is_one_of_them_if_each_list_has_something_of_theirs() {
        let rule = |who: &str| format!("[[rule]]\nwhat = [\"a\"]\neffect = \"deny\"\nwho = {who}");
        let denies = |who: &str, principal: &Principal| {
            let (rules, faults) = read(&rule(who));
            assert!(faults.is_empty(), "{who}");
            !rules[0].policy.shows_to(principal)
        };
        let ada =
            Principal::new("ada").with_issuer("https://a").with_roles(["clerk"]).with_scopes(["s"]).with_client("c");
        let nobody = Principal::anonymous();
        for (who, is_ada, is_nobody) in [
            ("{ subjects = [\"eve\", \"ada\"] }", true, false),
            ("{ subjects = [\"ada\"], issuers = [\"https://b\"] }", false, false),
            ("{ subjects = [\"ada\"], issuers = [\"https://a\"], clients = [\"c\"], scopes = [\"s\"] }", true, false),
            ("{ roles = [\"clerk\", \"owner\"] }", true, false),
            ("{ roles = [\"owner\"] }", false, false),
            ("{ anonymous = true }", false, true),
            ("{ anonymous = true, roles = [\"clerk\"] }", true, true),
        ] {
            assert_eq!((denies(who, &ada), denies(who, &nobody)), (is_ada, is_nobody), "{who}");
        }
        let (rules, _) = read("[[rule]]\nwhat = [\"a\"]\neffect = \"deny\"");
        assert!(!rules[0].policy.shows_to(&ada) && !rules[0].policy.shows_to(&nobody));
    }
}
