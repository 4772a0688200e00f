//! `robots.txt`: what a site keeps programs from reading (RFC 9309).

/// The name that rules for this program go by.
const NAME: &str = "mcp-fetch";
/// The most rules that are read.
const MOST_RULES: usize = 10_000;

/// Whether a `robots.txt` lets this program read a path (with its query).
pub fn allows(text: &str, path: &str) -> bool {
    let (own, all) = rules(text);
    let rules = own.unwrap_or(all);
    // The longest rule counts; of two as long, the one that allows.
    let longest = rules.iter().filter(|rule| fits(rule.path, path)).max_by_key(|rule| (rule.path.len(), rule.allows));
    longest.is_none_or(|rule| rule.allows)
}

struct Rule<'a> {
    path: &'a str,
    allows: bool,
}

/// The rules for this program, if there are some, and those for all programs.
fn rules(text: &str) -> (Option<Vec<Rule<'_>>>, Vec<Rule<'_>>) {
    let (mut own, mut all) = (None, Vec::new());
    // Whom the current group is for. Names may stand on several lines, before its rules.
    let (mut is_own, mut is_all, mut in_names) = (false, false, false);
    let mut count = 0;
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.split_once('#').map_or(line, |(line, _)| line);
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        match &*key {
            "user-agent" => {
                if !in_names {
                    (is_own, is_all) = (false, false);
                }
                in_names = true;
                is_own |= value.split('/').next().is_some_and(|name| name.eq_ignore_ascii_case(NAME));
                is_all |= value == "*";
                if is_own {
                    own.get_or_insert_with(Vec::new);
                }
            }
            "allow" | "disallow" => {
                in_names = false;
                count += 1;
                // An empty rule says nothing.
                if value.is_empty() || count > MOST_RULES {
                    continue;
                }
                let rule = || Rule { path: value, allows: key == "allow" };
                if is_own {
                    own.get_or_insert_with(Vec::new).push(rule());
                }
                if is_all {
                    all.push(rule());
                }
            }
            _ => {}
        }
    }
    (own, all)
}

/// Whether a rule is about a path: it is how the path begins. `*` stands for anything, `$` at the end for the path's end.
fn fits(rule: &str, path: &str) -> bool {
    let (rule, to_end) = rule.strip_suffix('$').map_or((rule, false), |rule| (rule, true));
    let mut parts = rule.split('*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    // The last part may be found further back, where the path ends.
    !to_end || rest.is_empty() || last.is_some_and(|part| rest.ends_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_rfc_9309_says() {
        for (text, path, expected) in [
            ("", "/", true),
            ("User-agent: *\nDisallow: /", "/a", false),
            ("User-agent: *\nDisallow:", "/a", true),
            ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", true),
            ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/c", false),
            ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", true),
            ("User-agent: mcp-fetch\nAllow: /\nUser-agent: *\nDisallow: /", "/a", true),
            ("User-agent: *\nDisallow: /\nUser-agent: MCP-Fetch/2\nDisallow: /b", "/a", true),
            ("User-agent: other\nDisallow: /", "/a", true),
            ("User-agent: other\nUser-agent: mcp-fetch\nDisallow: /", "/a", false),
            ("User-agent: mcp-fetch\nUser-agent: other\nDisallow: /", "/a", false),
            ("user-AGENT : * # all\nDISALLOW : /a # this", "/a", false),
            ("Disallow: /", "/", true),
            ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", false),
            ("User-agent: *\nDisallow: /*.pdf$", "/x.pdf/y.pdf", false),
            ("User-agent: *\nDisallow: /*.pdf$", "/x.pdf?y", true),
            ("User-agent: *\nDisallow: /a*b*c", "/axxbxxc", false),
            ("User-agent: *\nDisallow: /a$", "/ab", true),
            ("\u{feff}User-agent: *\r\nDisallow: /", "/", false),
        ] {
            assert_eq!(allows(text, path), expected, "{text:?} {path}");
        }
    }
}
