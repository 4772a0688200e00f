//! URIs and URI templates: which variables a resource has.

use super::grammar::{self, Piece};

/// A URI, or a template for URIs, as the runtime will read it.
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

impl Template {
    /// The error says what to write instead.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let variable = |piece| match piece {
            Piece::Literal(_) => None,
            Piece::Segment(name) | Piece::Path(name) => Some(Variable { name: name.to_owned(), query: false }),
            Piece::Query(name) => Some(Variable { name: name.to_owned(), query: true }),
        };
        Ok(Self { variables: grammar::read(text)?.into_iter().filter_map(variable).collect() })
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
}
