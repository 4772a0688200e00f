//! The header `Link` (RFC 8288).

use hyper::HeaderMap;
use hyper::header::LINK;

/// The URL of `<URL>; rel="next"`, in one header or several.
pub fn next(headers: &HeaderMap) -> Option<String> {
    headers.get_all(LINK).iter().filter_map(|link| link.to_str().ok()).find_map(next_of)
}

fn next_of(link: &str) -> Option<String> {
    parts(link, ',').find_map(|one| {
        let (url, parameters) = one.trim().strip_prefix('<')?.split_once('>')?;
        parts(parameters, ';').any(is_next).then(|| url.to_owned())
    })
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let mut relations = value.trim().trim_matches('"').split_whitespace();
    name.trim().eq_ignore_ascii_case("rel") && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
}

/// What stands between separators; those in `<…>` and `"…"` separate nothing.
fn parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut until, mut is_escaped) = (None, false);
    text.split(move |c| {
        match (until, c) {
            _ if is_escaped => is_escaped = false,
            (Some('"'), '\\') => is_escaped = true,
            (Some(end), _) => until = until.filter(|_| c != end),
            (None, '<') => until = Some('>'),
            (None, '"') => until = Some('"'),
            (None, _) => return c == separator,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn the_next_part_is_found() {
        for (links, expected) in [
            (&[r#"<a>; rel="next""#][..], Some("a")),
            (&["<a>;rel=next"], Some("a")),
            (&[r#"<a>; REL = "Last NEXT""#], Some("a")),
            (&[r#"<a?b=1,2;3>; rel="next""#], Some("a?b=1,2;3")),
            (&[r#"<a>; rel="first", <b>; rel="next""#], Some("b")),
            (&[r#"<a>; title="x, <y>; rel=next \", z", <b>; rel="next""#], Some("b")),
            (&[r#"<a>; rel="first""#, r#"<b>; rel="next""#], Some("b")),
            (&[r#"<a>; rel="next""#, r#"<b>; rel="next""#], Some("a")),
            (&[r#"<a>; title="rel=next""#], None),
            (&[r#"<a>; rel="nextish""#], None),
            (&[r#"a; rel="next""#, r#"<a; rel="next""#, "", ",;", r#"""#, r#"<a>; rel"#], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for link in links {
                headers.append(LINK, HeaderValue::from_str(link).expect("a header"));
            }
            assert_eq!(next(&headers).as_deref(), expected, "{links:?}");
        }
    }
}
