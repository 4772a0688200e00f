//! From HTML to Markdown. Tags are looked at one by one and no tree is built: a page may be nested as deeply as it likes.

use std::cell::RefCell;

use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use url::Url;

/// How many lists, quotes or marks in each other are shown as such.
const DEEPEST: usize = 16;

/// The text of a page. `url` is where it was found, which its links are relative to.
pub fn from_html(html: &str, url: &Url) -> String {
    let sink = Sink(RefCell::new(Writer::new(url)));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(html.into());
    // It stops after each script.
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    tokenizer.sink.0.into_inner().finish()
}

struct Sink(RefCell<Writer>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut writer = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => writer.text(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return writer.begin(&tag),
            Token::TagToken(tag) => writer.end(&tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

struct Writer {
    base: Url,
    out: String,
    title: String,
    /// The element whose text is left out, until it ends.
    skipped: Option<String>,
    in_title: bool,
    in_pre: bool,
    /// How many line breaks come before the next text.
    breaks: usize,
    /// Whether a space comes before the next text.
    space: bool,
    /// What was begun and has not ended: the element, where its text begins, and the link.
    open: Vec<(String, usize, String)>,
    /// The lists that it is in, with the next number of those that are numbered.
    lists: Vec<Option<usize>>,
    quotes: usize,
    /// The cells so far of the row of a table.
    cells: usize,
    is_first_row: bool,
}

impl Writer {
    fn new(url: &Url) -> Self {
        Self {
            base: url.clone(),
            out: String::new(),
            title: String::new(),
            skipped: None,
            in_title: false,
            in_pre: false,
            breaks: 0,
            space: false,
            open: Vec::new(),
            lists: Vec::new(),
            quotes: 0,
            cells: 0,
            is_first_row: true,
        }
    }

    fn begin(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        if self.skipped.is_some() {
            return TokenSinkResult::Continue;
        }
        let attribute = |name: &str| {
            let found = tag.attrs.iter().find(|attribute| &*attribute.name.local == name);
            found.map(|attribute| attribute.value.to_string())
        };
        match &*tag.name {
            "script" => return self.skip("script", RawKind::ScriptData),
            name @ ("style" | "iframe" | "noembed" | "noframes" | "noscript") => {
                return self.skip(name, RawKind::Rawtext);
            }
            "textarea" => return self.skip("textarea", RawKind::Rcdata),
            name @ ("svg" | "template" | "math") if !tag.self_closing => self.skipped = Some(name.to_owned()),
            "title" if self.title.is_empty() => {
                self.in_title = true;
                return TokenSinkResult::RawData(RawKind::Rcdata);
            }
            "base" => {
                if let Some(base) = attribute("href").and_then(|href| self.base.join(&href).ok()) {
                    self.base = base;
                }
            }
            name @ ("h1" | "h2" | "h3" | "h4" | "h5" | "h6") => {
                self.wrap(2);
                self.mark(&format!("{} ", "#".repeat(name[1..].parse().unwrap_or(1))));
            }
            "p" | "div" | "section" | "article" | "main" | "header" | "footer" | "nav" | "aside" | "form" | "table"
            | "dl" => {
                self.wrap(2);
                self.is_first_row = true;
            }
            "br" => self.wrap(1),
            "hr" => {
                self.wrap(2);
                self.mark("---");
                self.wrap(2);
            }
            "pre" => {
                self.wrap(2);
                self.mark("```\n");
                self.in_pre = true;
            }
            "blockquote" => {
                self.wrap(2);
                self.quotes = (self.quotes + 1).min(DEEPEST);
            }
            name @ ("ul" | "ol") => {
                self.wrap(if self.lists.is_empty() { 2 } else { 1 });
                if self.lists.len() < DEEPEST {
                    self.lists.push((name == "ol").then_some(1));
                }
            }
            "li" | "dt" | "dd" => {
                self.wrap(1);
                let indent = "  ".repeat(self.lists.len().saturating_sub(1));
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{indent}{}. ", *number - 1)
                    }
                    _ => format!("{indent}- "),
                };
                self.mark(&mark);
            }
            "tr" => {
                self.wrap(1);
                self.cells = 0;
            }
            "td" | "th" => {
                self.mark(if self.cells == 0 { "| " } else { " | " });
                self.cells += 1;
            }
            "img" => {
                let source = attribute("src").and_then(|source| self.link(&source));
                if let (Some(source), Some(about)) = (source, attribute("alt").filter(|about| !about.trim().is_empty()))
                {
                    self.text(&format!("![{}]({source})", about.trim().replace(['[', ']', '\n'], " ")));
                }
            }
            "a" => {
                let link = attribute("href").and_then(|link| self.link(&link));
                self.open("a", link.unwrap_or_default());
            }
            name @ ("b" | "strong" | "i" | "em" | "code" | "kbd" | "samp") if !self.in_pre => {
                self.open(name, String::new())
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn end(&mut self, name: &str) {
        if let Some(skipped) = &self.skipped {
            if skipped == name {
                self.skipped = None;
            }
            return;
        }
        match name {
            "title" => self.in_title = false,
            "pre" if self.in_pre => {
                self.in_pre = false;
                if !self.out.ends_with('\n') {
                    self.out.push('\n');
                }
                self.out += "```";
                self.wrap(2);
            }
            "blockquote" => {
                self.wrap(2);
                self.quotes = self.quotes.saturating_sub(1);
            }
            "ul" | "ol" => {
                self.lists.pop();
                self.wrap(if self.lists.is_empty() { 2 } else { 1 });
            }
            "tr" if self.cells > 0 => {
                self.out += " |";
                if std::mem::take(&mut self.is_first_row) {
                    self.wrap(1);
                    self.mark(&"| --- ".repeat(self.cells.min(100)));
                    self.out.push('|');
                }
                self.cells = 0;
                self.wrap(1);
            }
            "a" | "b" | "strong" | "i" | "em" | "code" | "kbd" | "samp" => self.close(name),
            "p" | "div" | "section" | "article" | "main" | "header" | "footer" | "nav" | "aside" | "form" | "table"
            | "dl" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.wrap(2),
            _ => {}
        }
    }

    /// Leaves out what is in an element, which has no tags in it.
    fn skip(&mut self, name: &str, kind: RawKind) -> TokenSinkResult<()> {
        self.skipped = Some(name.to_owned());
        TokenSinkResult::RawData(kind)
    }

    /// Wants so many line breaks before what follows.
    fn wrap(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
        self.space = false;
    }

    /// Writes what is Markdown, not text.
    fn mark(&mut self, mark: &str) {
        self.settle();
        self.out += mark;
    }

    /// Writes the line breaks and the space that were wanted.
    fn settle(&mut self) {
        if self.out.is_empty() {
            self.out += &"> ".repeat(self.quotes);
        } else if self.breaks > 0 {
            // What was begun ends where its block ends.
            self.open.clear();
            for _ in 0..self.breaks {
                self.out.truncate(self.out.trim_end_matches(' ').len());
                self.out.push('\n');
                self.out += &"> ".repeat(self.quotes);
            }
        } else if self.space && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
        (self.breaks, self.space) = (0, false);
    }

    fn text(&mut self, text: &str) {
        if self.skipped.is_some() {
            return;
        }
        if self.in_title {
            self.title += text;
            return;
        }
        if self.in_pre {
            self.settle();
            self.out += text;
            return;
        }
        for (at, word) in text.split(|c: char| c.is_ascii_whitespace()).enumerate() {
            self.space |= at > 0;
            if !word.is_empty() {
                self.settle();
                self.out += word;
            }
        }
    }

    fn open(&mut self, name: &str, link: String) {
        self.settle();
        if self.open.len() < DEEPEST {
            self.open.push((name.to_owned(), self.out.len(), link));
        }
    }

    fn close(&mut self, name: &str) {
        let Some(at) = self.open.iter().rposition(|(open, ..)| open == name) else {
            return;
        };
        let (_, start, link) = self.open.swap_remove(at);
        self.open.truncate(at);
        let Some(text) = self.out.get(start..) else {
            return;
        };
        if text.trim().is_empty() {
            return;
        }
        let start = start + text.len() - text.trim_start().len();
        let (before, after) = match name {
            "a" if link.is_empty() => return,
            "a" => ("[", format!("]({link})")),
            "b" | "strong" => ("**", "**".to_owned()),
            "i" | "em" => ("*", "*".to_owned()),
            _ => ("`", "`".to_owned()),
        };
        self.out.insert_str(start, before);
        self.out += &after;
    }

    /// A link that may be followed, in full.
    fn link(&self, link: &str) -> Option<String> {
        let link = self.base.join(link.trim()).ok()?;
        let is_followed = matches!(link.scheme(), "http" | "https" | "mailto");
        is_followed.then(|| link.as_str().replace('(', "%28").replace(')', "%29"))
    }

    fn finish(self) -> String {
        let title = self.title.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = self.out.trim();
        if title.is_empty() { format!("{text}\n") } else { format!("Title: {title}\n\n{text}\n") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markdown(html: &str) -> String {
        from_html(html, &Url::parse("https://example.com/a/b").expect("a URL"))
    }

    #[test]
    fn html_becomes_markdown() {
        for (html, expected) in [
            (
                "<title>T &amp; U</title><h1>One</h1><p>two  \n three<br>four",
                "Title: T & U\n\n# One\n\ntwo three\nfour",
            ),
            ("a <b>bold</b>, <em> em </em> <code>x</code>", "a **bold**, *em* `x`"),
            ("<a href='c?x=1'>link</a> <a href='javascript:x()'>no</a>", "[link](https://example.com/a/c?x=1) no"),
            ("<ul><li>a<li>b<ol><li>c</li><li>d</li></ol></ul>e", "- a\n- b\n  1. c\n  2. d\n\ne"),
            ("<pre>a\n  b</pre>", "```\na\n  b\n```"),
            ("<blockquote>a<p>b</blockquote>c", "> a\n>\n> b\n\nc"),
            ("<table><tr><th>a<th>b</tr><tr><td>1<td>2</tr></table>", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
            ("<script>if (a < b) alert('</p>')</script><style>p{}</style>x<!-- c -->", "x"),
            ("<svg><text>no</text></svg>x<noscript>no</noscript>", "x"),
            ("<img src=/i.png alt='a picture'><img src=x>", "![a picture](https://example.com/i.png)"),
        ] {
            assert_eq!(markdown(html).trim_end(), expected, "{html}");
        }
    }

    #[test]
    fn pages_that_mean_harm_take_no_longer_than_others() {
        for part in [
            "<div>",
            "<b>",
            "<a href=x>",
            "<ul><li>",
            "<blockquote>",
            "<table><tr><td>",
            "&amp;",
            "<!--",
            "</b>",
            "<p><b>x",
        ] {
            let html = part.repeat(200_000 / part.len());
            let _ = markdown(&html);
        }
    }
}
