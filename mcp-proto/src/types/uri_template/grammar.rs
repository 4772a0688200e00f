//! The grammar of URI templates: RFC 6570, as far as matching can be the exact reverse of expanding.
//!
//! The macros read a template by it when a program is compiled, the runtime when a server is built. So this file is in two
//! crates, `mcp-proto` (`types/uri_template`) and `mcp-macros` (`model`), with the same text: `tests/tidy.rs` compares them. A
//! package on a registry has only files of its own; a crate for both would be one more for everybody to compile.

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// Text that a URI must have.
    Literal(&'t str),
    /// `{id}`: one segment.
    Segment(&'t str),
    /// `{path*}` or `{+path}`: one or more segments.
    Path(&'t str),
    /// A name of `{?a,b}` or `{&a,b}`: a query parameter, which may be missing.
    Query(&'t str),
}

const SUPPORTED: &str = "`{id}`, `{+path}` or `{path*}` for several segments, `{?a,b}`, `{&c}`";

/// Reads a template. A URI without braces is one literal.
///
/// # Errors
/// What is wrong, and what to write instead: there is no scheme, a character that no URI has, or a `%` that begins no escape;
/// a brace has no partner; an expression is of another kind, or a name has other characters than letters, digits, `_`, and
/// `.` between them; a name is there twice; two variables touch, so that nobody could tell where one ends; something follows
/// the query variables, or the query begins twice or not at all.
pub(crate) fn read(template: &str) -> Result<Vec<Piece<'_>>, String> {
    if scheme(template).is_none_or(|scheme| template.len() == scheme.len() + 1) {
        return Err(format!("a URI starts with a scheme: write `note://{}`", template.trim_start_matches([':', '/'])));
    }
    let mut reader = Reader { pieces: Vec::new(), has_query: false };
    let mut rest = template;
    while let Some(brace) = rest.find(['{', '}']) {
        let (literal, from_brace) = rest.split_at(brace);
        let expression = from_brace.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let Some((expression, behind)) = expression else {
            return Err("a `{` and its `}` don't pair up: write each variable as `{name}`".to_owned());
        };
        reader.literal(literal)?;
        reader.expression(expression)?;
        rest = behind;
    }
    reader.literal(rest)?;
    Ok(reader.pieces)
}

/// What stands before the first `:`, if it is a scheme.
pub(crate) fn scheme(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    fits.then_some(scheme)
}

/// What has been read of a template.
struct Reader<'t> {
    pieces: Vec<Piece<'t>>,
    /// Whether there was a `?`, in a literal or in an expression.
    has_query: bool,
}

impl<'t> Reader<'t> {
    fn literal(&mut self, text: &'t str) -> Result<(), String> {
        if text.is_empty() {
            return Ok(());
        }
        if self.is_in_query() {
            return Err(format!("`{text}` can't follow the query variables"));
        }
        check_literal(text)?;
        self.has_query |= text.contains('?');
        self.pieces.push(Piece::Literal(text));
        Ok(())
    }

    /// Reads what stands between two braces.
    fn expression(&mut self, expression: &'t str) -> Result<(), String> {
        if let Some(names) = expression.strip_prefix(['?', '&']) {
            return self.query(names, expression);
        }
        if self.is_in_query() {
            return Err(format!("`{{{expression}}}` can't follow the query variables"));
        }
        if matches!(self.pieces.last(), Some(Piece::Segment(_) | Piece::Path(_))) {
            return Err(format!(
                "nobody can tell where the variable before `{{{expression}}}` ends: put `/` or another literal between the two"
            ));
        }
        let several = expression.strip_prefix('+').or_else(|| expression.strip_suffix('*'));
        self.add(several.map_or(Piece::Segment(expression), Piece::Path), expression)
    }

    fn query(&mut self, names: &'t str, expression: &'t str) -> Result<(), String> {
        let begins = expression.starts_with('?');
        if begins && self.has_query {
            return Err(format!("the query has begun: write `{{&{names}}}`"));
        }
        if !begins && !self.has_query {
            return Err(format!("a query begins with `?`: write `{{?{names}}}`"));
        }
        let follows =
            self.is_in_query() || matches!(self.pieces.last(), Some(Piece::Literal(text)) if text.contains('?'));
        if !begins && !follows {
            return Err(format!(
                "`{{&{names}}}` can't follow a variable that is in a query by hand: name both in one `{{?a,b}}`"
            ));
        }
        self.has_query = true;
        names.split(',').try_for_each(|name| self.add(Piece::Query(name), expression))
    }

    /// Whether query variables have begun: nothing else may follow.
    fn is_in_query(&self) -> bool {
        matches!(self.pieces.last(), Some(Piece::Query(_)))
    }

    /// Adds a variable.
    fn add(&mut self, variable: Piece<'t>, expression: &str) -> Result<(), String> {
        let name = variable.text();
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !name.split('.').all(|word| !word.is_empty() && word.bytes().all(is_legal)) {
            return Err(unsupported(expression));
        }
        if self.pieces.iter().any(|piece| !matches!(piece, Piece::Literal(_)) && piece.text() == name) {
            return Err(format!("the variable `{name}` is in the template twice"));
        }
        self.pieces.push(variable);
        Ok(())
    }
}

impl<'t> Piece<'t> {
    /// The literal, or the variable's name.
    fn text(self) -> &'t str {
        let (Self::Literal(text) | Self::Segment(text) | Self::Path(text) | Self::Query(text)) = self;
        text
    }
}

/// That an expression is of another kind, and what to write in its place.
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

/// Whether all of it may stand in a URI.
fn check_literal(text: &str) -> Result<(), String> {
    let is_escape =
        |at: usize| text.as_bytes().get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    if text.match_indices('%').any(|(at, _)| !is_escape(at)) {
        return Err("a `%` in a URI begins an escape: write `%25` for the character itself".to_owned());
    }
    match text.chars().find(|c| c.is_whitespace() || c.is_control() || "<>\"\\^`|".contains(*c)) {
        Some(' ') => Err("a URI has no spaces: write `%20`".to_owned()),
        Some(bad) => Err(format!("a URI can't contain {bad:?}: percent-encode it")),
        None => Ok(()),
    }
}
