//! Which of two templates is tried first, and whether they match the same URIs.

use std::cmp::Reverse;

use super::{Part, UriTemplate, VariableKind};

impl UriTemplate {
    /// What it matches, without the names of its variables: two templates match the same URIs if they have the same
    /// pattern. `user://{id}` and `USER://{name}` both have `user://{}`.
    pub fn pattern(&self) -> String {
        let mut pattern = String::with_capacity(self.source.len());
        for part in &self.parts {
            match part {
                Part::Literal(literal) => {
                    let (host, rest) = literal.text.split_at(literal.of_host);
                    pattern.push_str(&host.to_ascii_lowercase());
                    pattern.push_str(rest);
                }
                // Literals have no braces.
                Part::Variable { kind: VariableKind::Path, .. } => pattern.push_str("{*}"),
                Part::Variable { .. } => pattern.push_str("{}"),
            }
        }
        if !self.query.is_empty() {
            // Query parameters may be missing, and others may stand beside them: their names decide nothing.
            pattern.push_str("{?}");
            pattern.extend(self.fixed().into_iter().flat_map(|pair| [pair, "&"]));
        }
        pattern
    }

    /// How narrow it is. Where two templates match a URI, the greater one is meant: the one with more literal text, then
    /// the one with fewer variables for paths, then the one without query parameters. A template that matches only URIs
    /// that another matches, too, is greater than the other.
    pub fn specificity(&self) -> impl Ord + use<> {
        let literals = self.parts.iter().filter_map(|part| match part {
            Part::Literal(literal) => Some(literal.text.len()),
            Part::Variable { .. } => None,
        });
        let fixed: usize = self.fixed().into_iter().map(|pair| pair.len() + 1).sum();
        let is_path = |part: &&Part| matches!(part, Part::Variable { kind: VariableKind::Path, .. });
        let paths = self.parts.iter().filter(is_path).count();
        (literals.sum::<usize>() + fixed, Reverse(paths), self.query.is_empty())
    }

    /// The literal text that all URIs begin with that it matches, in the normal form. The case of letters may not count: see
    /// [`fold_host`](crate::types::fold_host).
    pub fn beginning(&self) -> &str {
        match self.parts.first() {
            Some(Part::Literal(literal)) => &literal.text,
            // A template begins with a scheme.
            _ => "",
        }
    }

    /// What its query holds in any case, each once.
    fn fixed(&self) -> Vec<&str> {
        let mut pairs: Vec<&str> = Vec::new();
        // There are few, and a sort is kilobytes of code.
        for pair in &self.fixed_query {
            if let Err(at) = pairs.binary_search(&&**pair) {
                pairs.insert(at, pair);
            }
        }
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(source: &str) -> UriTemplate {
        UriTemplate::parse(source).expect("a good template")
    }

    #[test]
    fn templates_that_differ_only_in_names_have_one_pattern() {
        for (one, other) in [
            ("user://{id}", "user://{name}"),
            ("user://{id}", "USER://{id}"),
            ("s://Host/{a}", "s://host/{b}"),
            ("s://{a}.Example/x", "s://{b}.example/x"),
            ("s://{+path}", "s://{rest*}"),
            ("s://x/%7e{a}", "s://x/~{b}"),
            ("docs://café/{a}", "docs://caf%c3%a9/{b}"),
            ("s://x{?a}", "s://x{?b}"),
            ("s://x{?a,b}", "s://x{?c}{&d}"),
            ("s://x?k=1{&a}", "s://x?k=1{&b}"),
            ("s://x?k=1&l=2{&a}", "s://x?l=2&k=1&k=1{&b}"),
        ] {
            assert_eq!(template(one).pattern(), template(other).pattern());
        }
        for (one, other) in [
            ("s://{a}", "s://{a*}"),
            ("s://{a}", "s://{a}{?q}"),
            ("s://x/A{a}", "s://x/a{a}"),
            ("s://{a}-{b}", "s://{a}_{b}"),
            ("s://x{?a}", "s://x?k=1{&a}"),
            ("s://x?k=1{&a}", "s://x?k=2{&a}"),
            ("s://x?k={a}", "s://x{?k}"),
            ("s://User@h/{a}", "s://user@h/{a}"),
        ] {
            assert_ne!(template(one).pattern(), template(other).pattern());
        }
    }

    #[test]
    fn a_template_begins_with_its_first_literal() {
        for (source, beginning) in [
            ("x://{a}", "x://"),
            ("X://Host/Path/{a}", "x://Host/Path/"),
            ("x:{a}", "x:"),
            ("x://a{?q}", "x://a"),
            ("x://a?k=1{&q}", "x://a"),
            ("x://a?k={q}", "x://a?k="),
            ("x://é/{a}", "x://%C3%A9/"),
        ] {
            assert_eq!(template(source).beginning(), beginning);
        }
    }

    #[test]
    fn the_narrower_template_is_the_greater() {
        for (narrow, wide) in [
            ("x://{a}/fixed", "x://{a}/{b}"),
            ("x://{a}/{b}", "x://{path*}"),
            ("x://{a}", "x://{path*}"),
            ("x://{a}", "x://{+a_long_name}"),
            ("x://{a}", "x://{a}{?q}"),
            ("x://{a}", "x://{a}{?a_long,list,of,names}"),
            ("x://{a}-{b}", "x://{a}"),
            ("x://{a}/{b}", "x://{a}/{b*}"),
            ("x://{a}?k=1{&q}", "x://{a}{?q}"),
            ("x://{a}?k=1&l=2{&q}", "x://{a}?k=1&k=1&k=1{&q}"),
            ("x://{a}?k={b}", "x://{a}{?k}"),
        ] {
            assert!(template(narrow).specificity() > template(wide).specificity(), "{narrow} is narrower than {wide}");
        }
    }
}
