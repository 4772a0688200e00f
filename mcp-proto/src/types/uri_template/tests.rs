//! Templates as they are parsed and matched.

use super::*;

fn values(template: &str, uri: &str) -> Option<Vec<(String, String)>> {
    let mut values: Vec<_> = UriTemplate::parse(template)
        .expect("a good template")
        .match_uri(uri)?
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect();
    values.sort();
    Some(values)
}

fn pairs(pairs: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
    Some(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

#[test]
fn variables_match_segments_paths_and_queries() {
    assert_eq!(values("note://{id}", "note://7"), pairs(&[("id", "7")]));
    assert_eq!(values("note://{id}", "note://"), None);
    assert_eq!(values("note://{id}", "note://a/b"), None);
    assert_eq!(values("note://{id}", "note://a%2Fb"), pairs(&[("id", "a/b")]));
    assert_eq!(values("files://{path*}", "files://a/b.txt"), pairs(&[("path", "a/b.txt")]));
    assert_eq!(values("t://{id}/data", "t://1/data"), pairs(&[("id", "1")]));
    assert_eq!(values("s://x{?q,n}", "s://x?n=2&q=a%20b"), pairs(&[("n", "2"), ("q", "a b")]));
    assert_eq!(values("s://x{?q}", "s://x"), pairs(&[]));
    assert_eq!(values("s://x?a=1{&q}", "s://x?q=2&a=1"), pairs(&[("q", "2")]));
    assert_eq!(values("s://x?a=1{&q}", "s://x?q=2"), None);
    assert_eq!(values("s:{+path}/x-{id}", "s:a/x-b/x-c"), pairs(&[("id", "c"), ("path", "a/x-b")]));
    assert_eq!(values("s://{a}-{b}-{c}", "s://1-2-3-4"), pairs(&[("a", "1"), ("b", "2"), ("c", "3-4")]));
    assert_eq!(values("s://{a}.txt", "s://a.txt.txt"), pairs(&[("a", "a.txt")]));
    assert_eq!(values("s://{a.b}", "s://1"), pairs(&[("a.b", "1")]));
}

#[test]
fn a_literal_is_not_found_in_the_middle_of_an_escape() {
    assert_eq!(values("s://{a}A{b}", "s://%2AA1"), pairs(&[("a", "*"), ("b", "1")]));
    assert_eq!(values("s://{a}2{b}A{c}", "s://%2A2%2AA1"), pairs(&[("a", "*"), ("b", "*"), ("c", "1")]));
    assert_eq!(values("s://{a}A", "s://%2A"), None);
    assert_eq!(values("s://{a}2A{b}", "s://%2Ax"), None);
}

#[test]
fn values_that_cannot_be_told_apart_make_no_address() {
    let expand = |template: &str, values: &[(&str, &str)]| {
        let values = values.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect();
        UriTemplate::parse(template).expect("a good template").expand(&values)
    };
    assert_eq!(expand("s:{a}-{b}", &[("a", "x"), ("b", "y-z")]).as_deref(), Some("s:x-y-z"));
    assert_eq!(expand("s:{a}-{b}", &[("a", "x-y"), ("b", "z")]), None);
    assert_eq!(expand("s:{a}!{b}", &[("a", "x!y"), ("b", "z"), ("c", "")]).as_deref(), Some("s:x%21y!z"));
    assert_eq!(expand("s:{a}%2A{b}", &[("a", "x*y"), ("b", "z")]), None);
}

#[test]
fn a_slash_that_would_be_taken_for_the_templates_is_encoded() {
    for (template, uri, expanded) in [
        ("s:{+path}/x-{+id}", "s:a%2Fx-b/x-c", "s:a%2Fx-b/x-c"),
        ("s:{+path}/x-{+id}", "s:a%2Fb/x-c", "s:a/b/x-c"),
        ("s:{+path}/x-{id}", "s:a%2Fx-b/x-c", "s:a/x-b/x-c"),
        ("s:{+path}/x", "s:a%2Fx/x", "s:a/x/x"),
    ] {
        let template = UriTemplate::parse(template).expect("a good template");
        let values = template.match_uri(uri).expect(uri);
        let again = template.expand(&values).expect(uri);
        assert_eq!(again, expanded);
        assert_eq!(template.match_uri(&again), Some(values));
    }
}

#[test]
fn one_address_matches_however_it_is_written() {
    for uri in ["docs://café/a", "docs://caf%C3%A9/a", "DOCS://CAF%c3%a9/%61"] {
        assert_eq!(values("docs://café/{name}", uri), pairs(&[("name", "a")]), "{uri}");
        assert_eq!(values("Docs://CAF%c3%a9/{name}", uri), pairs(&[("name", "a")]), "{uri}");
    }
    assert_eq!(values("docs://cafe/{name}", "docs://café/a"), None);
    assert_eq!(values("docs://h/X/{name}", "docs://H/x/a"), None);
    // The case of a value is the value's, wherever it stands.
    assert_eq!(values("note://{id}.Example/{x}", "note://Ada.EXAMPLE/B"), pairs(&[("id", "Ada"), ("x", "B")]));
    assert_eq!(values("f://{+path}/End", "f://A/b/end"), None);
    assert_eq!(values("s://x{?q}", "s://x?%71=%c3%a9"), pairs(&[("q", "é")]));
}

#[test]
fn escapes_are_decoded_once() {
    assert_eq!(values("n://{id}", "n://%2541"), pairs(&[("id", "%41")]));
    assert_eq!(values("n://{id}", "n://%zz"), None);
    assert_eq!(values("n://{id}", "n://%+1"), None);
    assert_eq!(values("n://{id}", "n://%FF"), None);
}

#[test]
fn templates_are_what_the_macros_take_them_for() {
    for line in include_str!("../../../../tests/grammar/templates.txt").lines().filter(|line| !line.starts_with('#')) {
        let (source, expected) =
            line.rsplit_once(" = ").or(line.strip_suffix(" -").map(|source| (source, "-"))).expect(line);
        let found = UriTemplate::parse(source).map(|template| {
            let name = |variable: &Variable| {
                let optional = if variable.kind == VariableKind::Query { "?" } else { "" };
                format!("{}{optional}", variable.name)
            };
            template.variables().iter().map(name).collect::<Vec<_>>().join(" ")
        });
        assert_eq!(found.as_deref().unwrap_or("-"), expected, "{source}");
    }
}

#[test]
fn bad_templates_say_what_is_wrong() {
    for (template, words) in [
        ("{a}{b}", "starts with a scheme: write `note://{a}{b}`"),
        ("{a}://x", "starts with a scheme"),
        ("hello", "write `note://hello`"),
        ("x:", "starts with a scheme"),
        ("x://{a", "don't pair up"),
        ("x://a}", "don't pair up"),
        ("x://{a}{b}", "nobody can tell where the variable before `{b}` ends"),
        ("x://{a}/{a}", "the variable `a` is in the template twice"),
        ("x://{?a}/b", "`/b` can't follow the query variables"),
        ("x://{?a}{b}", "`{b}` can't follow the query variables"),
        ("x://{?a}{?b}", "write `{&b}`"),
        ("x://y?z=1{?a}", "write `{&a}`"),
        ("x://y{&a}", "write `{?a}`"),
        ("x://y?z={b}{&a}", "name both in one `{?a,b}`"),
        ("x://a b", "write `%20`"),
        ("x://a\tb", "percent-encode it"),
        ("x://50%", "write `%25`"),
        ("x://50%{a}", "write `%25`"),
        ("x://x{/a}", "write `/{a}`"),
        ("x://{.a}", "write `.{a}`"),
        ("x://{a,b}", "write `{a}/{b}`"),
        ("x://{#a}", "a template may hold"),
        ("x://{a:3}", "a template may hold"),
        ("x://{a.}", "`{a.}` is not supported"),
        ("x://{a..b}", "`{a..b}` is not supported"),
        ("x://{}", "`{}` is not supported; a template may hold"),
        ("x://{+a*}", "a template may hold"),
    ] {
        let error = UriTemplate::parse(template).expect_err(template).to_string();
        assert!(error.contains(words), "{template}: {error}");
    }
}

#[test]
fn a_hostile_uri_is_refused_in_time_that_grows_with_its_length_only() {
    // With a look at every pair of places these would take some minutes.
    let length = LONGEST_URI - 100;
    for (template, uri) in [
        ("s://{+a}/{+b}/{+c}/{+d}/!", "/a".repeat(length / 2)),
        ("s://{+a}-{+b}-{+c}-{+d}-{+e}-{+f}-{+g}!", "-".repeat(length)),
        ("s://{a}aaaaaaaa{b}aaaaaaaa{c}aaaaaaaa{d}!", "a".repeat(length)),
    ] {
        let template = UriTemplate::parse(template).expect("a good template");
        for _ in 0..10 {
            assert!(template.match_uri(&format!("s://{uri}")).is_none());
        }
        let mut good = format!("s://{uri}");
        good.push_str(if template.as_str().ends_with("/!") { "/!" } else { "!" });
        assert!(template.match_uri(&good).is_some());
    }
}
