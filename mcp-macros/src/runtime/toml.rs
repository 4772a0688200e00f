//! As much TOML as manifests and lock files hold, read into paths and texts. What is wrong in it, Cargo tells; here
//! reading stops.

/// A key's whole path and the text it has: `dependencies`, `mcp`, `package` = `mcp-runtime`. The elements of an array
/// share a path; the tables of `[[package]]` have their number in it. What is no text (`true`, `3`) is kept as written.
pub(super) type Entry = (Vec<String>, String);

/// Every text of a document.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let mut reader = Reader { rest: text, entries: Vec::new() };
    // `None` is where reading stopped.
    let _ = reader.document();
    reader.entries
}

struct Reader<'t> {
    rest: &'t str,
    entries: Vec<Entry>,
}

impl Reader<'_> {
    fn document(&mut self) -> Option<()> {
        let mut table = Vec::new();
        let mut tables = 0;
        loop {
            self.skip(true);
            if self.rest.is_empty() {
                return Some(());
            }
            if self.takes("[[") {
                table = self.key()?;
                table.push(tables.to_string());
                tables += 1;
                self.expect("]]")?;
            } else if self.takes("[") {
                table = self.key()?;
                self.expect("]")?;
            } else {
                self.pair(&table)?;
            }
        }
    }

    /// `key = value`
    fn pair(&mut self, table: &[String]) -> Option<()> {
        let mut path = table.to_vec();
        path.extend(self.key()?);
        self.expect("=")?;
        self.value(&path)
    }

    /// `a."b".c`
    fn key(&mut self) -> Option<Vec<String>> {
        let mut key = Vec::new();
        loop {
            self.skip(false);
            let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            let part = match self.rest.chars().next()? {
                '"' | '\'' => self.text()?,
                _ => self.until(|c| !bare(c)),
            };
            if part.is_empty() {
                return None;
            }
            key.push(part);
            self.skip(false);
            if !self.takes(".") {
                return Some(key);
            }
        }
    }

    fn value(&mut self, path: &[String]) -> Option<()> {
        self.skip(false);
        match self.rest.chars().next()? {
            '{' => self.list("{", "}", &mut |reader| reader.pair(path)),
            '[' => self.list("[", "]", &mut |reader| reader.value(path)),
            quote => {
                let text = match quote {
                    '"' | '\'' => self.text()?,
                    _ => self.until(|c| c.is_whitespace() || ",]}#".contains(c)),
                };
                self.entries.push((path.to_vec(), text));
                Some(())
            }
        }
    }

    fn list(&mut self, open: &str, close: &str, element: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(open)?;
        loop {
            self.skip(true);
            if self.takes(close) {
                return Some(());
            }
            element(self)?;
            self.skip(true);
            if !self.takes(",") {
                return self.expect(close);
            }
        }
    }

    /// A text in quotes. Its escapes stay as they are: neither names of packages nor paths of ours have any.
    fn text(&mut self) -> Option<String> {
        for quote in ["\"\"\"", "'''", "\"", "'"] {
            if !self.takes(quote) {
                continue;
            }
            let mut from = 0;
            loop {
                let end = from + self.rest[from..].find(quote)?;
                let backslashes = self.rest[..end].bytes().rev().take_while(|byte| *byte == b'\\').count();
                if quote.starts_with('"') && backslashes % 2 == 1 {
                    from = end + 1;
                    continue;
                }
                let text = self.rest[..end].to_owned();
                self.rest = &self.rest[end + quote.len()..];
                return Some(text);
            }
        }
        None
    }

    /// Skips blanks and comments, and line ends where they mean nothing.
    fn skip(&mut self, lines: bool) {
        loop {
            let blank = |c: char| matches!(c, ' ' | '\t') || (lines && matches!(c, '\n' | '\r'));
            self.rest = self.rest.trim_start_matches(blank);
            if !self.rest.starts_with('#') {
                return;
            }
            self.until(|c| c == '\n');
            if !lines {
                return;
            }
        }
    }

    fn until(&mut self, stop: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(stop).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        text.to_owned()
    }

    fn takes(&mut self, token: &str) -> bool {
        self.rest.strip_prefix(token).map(|rest| self.rest = rest).is_some()
    }

    fn expect(&mut self, token: &str) -> Option<()> {
        self.skip(false);
        self.takes(token).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> =
            entries(text).into_iter().map(|(path, text)| format!("{} = {text}", path.join("/"))).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_way_to_write_a_dependency_is_read() {
        check(
            r#"
            [package] # a comment
            name = "it's"
            [dependencies]
            mcp = { package = "mcp-runtime", features = [
                "http", # and more
                'cli',
            ] }
            "quoted".package = "mcp-runtime"
            mcp.workspace = true
            [target.'cfg(unix)'.dependencies.mcp]
            package = "mcp-runtime"
            "#,
            &[
                "package/name = it's",
                "dependencies/mcp/package = mcp-runtime",
                "dependencies/mcp/features = http",
                "dependencies/mcp/features = cli",
                "dependencies/quoted/package = mcp-runtime",
                "dependencies/mcp/workspace = true",
                "target/cfg(unix)/dependencies/mcp/package = mcp-runtime",
            ],
        );
    }

    #[test]
    fn the_tables_of_an_array_have_their_numbers() {
        check(
            "[[package]]\nname = \"a\"\r\n\n[[package]]\nname = \"b\"\n",
            &["package/0/name = a", "package/1/name = b"],
        );
    }

    #[test]
    fn texts_of_several_lines_are_skipped_whole() {
        check(
            "a = '''\n[b]\n'''\nc = \"\"\"\n\\\"\"\" # x\n\"\"\"\nd = \"\\\\\"",
            &["a = \n[b]\n", "c = \n\\\"\"\" # x\n", "d = \\\\"],
        );
    }

    #[test]
    fn reading_stops_where_it_is_no_toml() {
        check("a = 1\nb = }\nc = 2", &["a = 1", "b = "]);
        check("= = =", &[]);
        check("[", &[]);
    }
}
