//! A scope that is needed, perhaps with variables of a URI template: `repo:{owner}:read`.

use std::borrow::Cow;
use std::fmt;

use mcp_proto::types::Values;

use super::principal::Principal;

/// A scope that is needed, perhaps with variables of a URI template.
#[derive(Clone, Debug)]
pub(crate) struct ScopePattern(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(Box<str>),
    Variable(Box<str>),
}

impl ScopePattern {
    /// Reads a scope.
    ///
    /// # Errors
    /// What to write instead.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const BRACES: &str = "a brace has no counterpart; a variable is written `{owner}`";
        if text.is_empty() {
            return Err("a name is missing; write `orders:write`, or `orders:write|admin` for one of them");
        }
        // RFC 6749, section 3.3, without the sign that stands between alternatives.
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\')) {
            return Err("a scope has only visible characters of ASCII, and no quotes and backslashes");
        }
        let (mut parts, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            let (before, variable) = match rest.split_once('{') {
                Some((before, behind)) => (before, Some(behind.split_once('}').ok_or(BRACES)?)),
                None => (rest, None),
            };
            if before.contains('}') {
                return Err(BRACES);
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.into()));
            }
            rest = match variable {
                Some(("", _)) => return Err("a variable has no name; write `{owner}`"),
                Some((name, _)) if name.contains('{') => return Err(BRACES),
                Some((name, behind)) => {
                    parts.push(Part::Variable(name.into()));
                    behind
                }
                None => "",
            };
        }
        Ok(Self(parts))
    }

    /// The names of its variables.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(&**name),
            Part::Text(_) => None,
        })
    }

    /// Its name with these values. `None` where a value is missing, or where no scope can have it.
    pub(super) fn name(&self, values: &Values) -> Option<Cow<'_, str>> {
        if let [Part::Text(text)] = &*self.0 {
            return Some(Cow::Borrowed(text));
        }
        let mut name = String::new();
        for part in &self.0 {
            name.push_str(match part {
                Part::Text(text) => text,
                Part::Variable(variable) => values.get(variable).filter(|value| is_plain(value))?,
            });
        }
        Some(Cow::Owned(name))
    }

    /// Whether the caller has it with these values. Of a variable without a value any will do.
    pub(super) fn is_granted(&self, principal: &Principal, values: &Values) -> bool {
        match self.name(values) {
            Some(name) => principal.has_scope(&name),
            None => principal.scopes().any(|scope| fits(&self.0, scope, values)),
        }
    }
}

/// Whether the rest of a scope is what the rest of a pattern stands for.
fn fits(parts: &[Part], scope: &str, values: &Values) -> bool {
    let Some((part, rest)) = parts.split_first() else { return scope.is_empty() };
    let variable = match part {
        Part::Text(text) => return scope.strip_prefix(&**text).is_some_and(|scope| fits(rest, scope, values)),
        Part::Variable(variable) => variable,
    };
    match values.get(variable) {
        Some(value) => is_plain(value) && scope.strip_prefix(&**value).is_some_and(|scope| fits(rest, scope, values)),
        None => {
            let ends = scope.bytes().take_while(|byte| is_plain_byte(*byte)).count();
            (1..=ends).any(|end| fits(rest, &scope[end..], values))
        }
    }
}

/// Whether a value may stand in a scope: it has none of the signs that stand between the parts of scopes, so that it cannot pass
/// for two of them.
fn is_plain(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(is_plain_byte)
}

fn is_plain_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~@+".contains(&byte)
}

impl fmt::Display for ScopePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Variable(name) => write!(f, "{{{name}}}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_or_refused_with_a_reason() {
        for good in ["orders:write", "repo:{owner}:read", "{a}-{b}", "https://x/y"] {
            assert_eq!(ScopePattern::parse(good).expect("a scope").to_string(), good);
        }
        for bad in ["", "a b", "é", "\"a", "a{b", "a}b", "a{}", "{a{b}"] {
            assert!(ScopePattern::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_value_stands_for_one_part_of_a_scope_and_for_nothing_else() {
        let pattern = ScopePattern::parse("repo:{owner}:read").expect("a scope");
        let values = |owner: &str| Values::from([("owner".into(), owner.to_owned())]);
        let ada =
            Principal::new("ada").with_scopes(["repo:ada:read", "repo:a:b:read", "repo:x", "repo:", "repo::read"]);
        for (owner, is_granted) in [("ada", true), ("eve", false), ("a:b", false), ("", false), ("x y", false)] {
            assert_eq!(pattern.is_granted(&ada, &values(owner)), is_granted, "{owner}");
        }
        // Nothing is known of the owner, as where an argument is completed.
        assert!(pattern.is_granted(&ada, &Values::new()));
        let eve =
            Principal::new("eve").with_scopes(["repo:a:b:read", "repo::read", "repo:eve:write", "xrepo:eve:read"]);
        assert!(!pattern.is_granted(&eve, &Values::new()));
    }
}
