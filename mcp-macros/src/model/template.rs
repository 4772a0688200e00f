//! URIs and URI templates: which variables a resource has, and where.

/// A URI, or an RFC 6570 template of the kinds that can be matched backwards.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Template {
    pub(crate) variables: Vec<Variable>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// `{?a}` and `{&a}`: a client may leave it out.
    pub(crate) query: bool,
}

const SUPPORTED: &str = "`{id}`, `{+path}` or `{path*}` for several segments, `{?a,b}`, `{&c}`";

impl Template {
    /// The error says what to write instead.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        scheme(text)?;
        let mut template = Self::default();
        // Whether a `?` has been seen, and whether variables stood behind it.
        let (mut query, mut query_variables) = (false, false);
        // Whether it stood in the literal just before.
        let mut query_begins = false;
        let mut after_variable = false;

        for part in parts(text)? {
            match part {
                Part::Literal(literal) if query_variables => {
                    return Err(format!("`{literal}` can't follow the query variables"));
                }
                Part::Literal(literal) => {
                    legal(literal)?;
                    query_begins = literal.contains('?');
                    query |= query_begins;
                    after_variable = false;
                }
                Part::Expression(expression) if expression.starts_with(['?', '&']) => {
                    let names = &expression[1..];
                    match expression.starts_with('?') {
                        true if query => {
                            return Err(format!("the query has begun: write `{{&{names}}}`"));
                        }
                        false if !query => {
                            return Err(format!("a query begins with `?`: write `{{?{names}}}`"));
                        }
                        false if !query_variables && (after_variable || !query_begins) => {
                            return Err(format!(
                                "`{{&{names}}}` can't follow a variable that is in a query by hand: name both in one \
                                 `{{?a,b}}`"
                            ));
                        }
                        _ => (query, query_variables) = (true, true),
                    }
                    names.split(',').try_for_each(|name| template.add(name, true, expression))?;
                }
                Part::Expression(expression) if query_variables => {
                    return Err(format!("`{{{expression}}}` can't follow the query variables"));
                }
                Part::Expression(expression) if after_variable => {
                    return Err(format!(
                        "nobody can tell where the variable before `{{{expression}}}` ends: put \
                         `/` or another literal between the two"
                    ));
                }
                Part::Expression(expression) => {
                    let name =
                        expression.strip_prefix('+').or_else(|| expression.strip_suffix('*')).unwrap_or(expression);
                    template.add(name, false, expression)?;
                    after_variable = true;
                }
            }
        }
        Ok(template)
    }

    fn add(&mut self, name: &str, query: bool, expression: &str) -> Result<(), String> {
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !name.split('.').all(|word| !word.is_empty() && word.chars().all(legal)) {
            return Err(unsupported(expression));
        }
        if self.variables.iter().any(|variable| variable.name == name) {
            return Err(format!("the variable `{name}` is in the template twice"));
        }
        self.variables.push(Variable { name: name.to_owned(), query });
        Ok(())
    }
}

enum Part<'t> {
    Literal(&'t str),
    /// What stands between the braces.
    Expression(&'t str),
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(brace) = rest.find(['{', '}']) {
        if brace > 0 {
            parts.push(Part::Literal(&rest[..brace]));
        }
        let expression = rest[brace..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let Some((expression, after)) = expression else {
            return Err("a `{` and its `}` don't pair up: write each variable as `{name}`".to_owned());
        };
        parts.push(Part::Expression(expression));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest));
    }
    Ok(parts)
}

fn unsupported(expression: &str) -> String {
    let cure = match expression.chars().next() {
        Some('/') => format!("; write `/{{{}}}`", &expression[1..]),
        Some('.') => format!("; write `.{{{}}}`", &expression[1..]),
        _ if expression.contains(',') => {
            let apart: Vec<String> = expression.split(',').map(|name| format!("{{{}}}", name.trim())).collect();
            format!("; write `{}`", apart.join("/"))
        }
        _ => format!("; a template may hold {SUPPORTED}"),
    };
    format!("`{{{expression}}}` is not supported{cure}")
}

fn scheme(text: &str) -> Result<(), String> {
    let fits = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
    };
    match text.split_once(':') {
        Some((scheme, rest)) if fits(scheme) && !rest.is_empty() => Ok(()),
        _ => Err(format!("a URI starts with a scheme: write `note://{}`", text.trim_start_matches([':', '/']))),
    }
}

fn legal(literal: &str) -> Result<(), String> {
    let escape =
        |at: usize| literal.as_bytes().get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    if literal.match_indices('%').any(|(at, _)| !escape(at)) {
        return Err("a `%` in a URI begins an escape: write `%25` for the character itself".to_owned());
    }
    match literal.chars().find(|c| c.is_whitespace() || c.is_control() || "<>\"\\^`|".contains(*c)) {
        Some(' ') => Err("a URI has no spaces: write `%20`".to_owned()),
        Some(bad) => Err(format!("a URI can't contain {bad:?}: percent-encode it")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn variables(text: &str, expected: &[(&str, bool)]) {
        let found = Template::parse(text).unwrap();
        let found: Vec<_> = found.variables.iter().map(|v| (v.name.as_str(), v.query)).collect();
        assert_eq!(found, expected);
    }

    #[track_caller]
    fn refused(text: &str, part: &str) {
        let error = Template::parse(text).unwrap_err();
        assert!(error.contains(part), "{error}");
    }

    #[test]
    fn variables_are_found() {
        variables("static://hello", &[]);
        variables("note://{id}", &[("id", false)]);
        variables("files://{+path}", &[("path", false)]);
        variables("files://{dir}/x/{path*}", &[("dir", false), ("path", false)]);
        variables("s://{a}{?b,c}{&d}", &[("a", false), ("b", true), ("c", true), ("d", true)]);
        variables("s://x?fixed=1{&d}", &[("d", true)]);
        variables("urn:isbn:{isbn}", &[("isbn", false)]);
    }

    #[test]
    fn templates_are_what_the_runtime_takes_them_for() {
        for line in include_str!("../../../tests/grammar/templates.txt").lines().filter(|line| !line.starts_with('#')) {
            let (source, expected) =
                line.rsplit_once(" = ").or(line.strip_suffix(" -").map(|source| (source, "-"))).expect(line);
            let found = Template::parse(source).map(|template| {
                let name = |variable: &Variable| format!("{}{}", variable.name, if variable.query { "?" } else { "" });
                template.variables.iter().map(name).collect::<Vec<_>>().join(" ")
            });
            assert_eq!(found.as_deref().unwrap_or("-"), expected, "{source}");
        }
    }

    #[test]
    fn what_cannot_be_matched_is_refused() {
        refused("{a}{b}", "starts with a scheme: write `note://{a}{b}`");
        refused("hello", "write `note://hello`");
        refused("s://{a}{b}", "nobody can tell where");
        refused("s://{a", "don't pair up");
        refused("s://a}", "don't pair up");
        refused("s://{a}/{a}", "twice");
        refused("s://{?a}/b", "can't follow");
        refused("s://{?a}{b}", "can't follow");
        refused("s://{&a}", "write `{?a}`");
        refused("s://x?y=1{?a}", "write `{&a}`");
        refused("s://a b", "%20");
        refused("s://50%", "%25");
        refused("s://50%{a}", "%25");
    }

    #[test]
    fn other_kinds_of_expansion_are_named_with_a_cure() {
        refused("s://x{/a}", "write `/{a}`");
        refused("s://{a,b}", "write `{a}/{b}`");
        refused("s://{#a}", "a template may hold");
        refused("s://{a:3}", "a template may hold");
        refused("s://{}", "a template may hold");
        refused("s://{+a*}", "a template may hold");
    }
}
