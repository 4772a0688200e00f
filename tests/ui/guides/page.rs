//! A page in Markdown, as its blocks of code.

/// What stands above a block that is not to be run, before the reason.
const NOT_RUN: &str = "<!-- not run: ";

pub struct Page {
    pub blocks: Vec<Block>,
}

pub struct Block {
    /// What stands behind the three backticks.
    pub kind: String,
    pub text: String,
    /// Of the page, from 1.
    pub line: usize,
    /// Why it is not run, if it is not.
    excused: bool,
}

impl Page {
    pub fn read(text: &str) -> Self {
        let (mut blocks, mut before) = (Vec::new(), "");
        let mut lines = text.lines().zip(1..);
        while let Some((line, number)) = lines.next() {
            let indent = line.len() - line.trim_start().len();
            if let Some(kind) = line.trim_start().strip_prefix("```") {
                let body = lines.by_ref().map(|(line, _)| line).take_while(|line| line.trim() != "```");
                let text = body.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect();
                let excused = before.starts_with(NOT_RUN) && before.ends_with(" -->");
                blocks.push(Block { kind: kind.to_owned(), text, line: number, excused });
            }
            if !line.trim().is_empty() {
                before = line.trim();
            }
        }
        Self { blocks }
    }
}

impl Block {
    pub fn is_program(&self) -> bool {
        self.kind.split(',').next() == Some("rust") && self.text.contains("mcp_runtime::main!")
    }

    pub fn is_run(&self) -> bool {
        ["sh", "console"].contains(&&*self.kind) && !self.excused
    }

    /// The program, with the lines that rustdoc hides.
    pub fn program(&self) -> String {
        let shown = |line: &str| format!("{}\n", line.strip_prefix("# ").unwrap_or(line));
        self.text.lines().map(shown).collect()
    }

    /// The commands, each with what it prints, where that is written down.
    pub fn commands(&self) -> Vec<(String, Option<String>)> {
        if self.kind == "sh" {
            return vec![(self.text.clone(), None)];
        }
        let mut commands: Vec<(String, Option<String>)> = Vec::new();
        for line in self.text.lines() {
            match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((command.to_owned(), Some(String::new()))),
                (None, Some((_, Some(expected)))) => *expected += &format!("{line}\n"),
                (None, _) => panic!("a block `console` begins with a command: {line}"),
            }
        }
        commands
    }
}

/// Whether a text is as expected. A line `…` stands for any lines, and `…` in a line for any text.
pub fn fits(expected: &str, seen: &str) -> bool {
    let lines = |text: &str| text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    lines_fit(&lines(expected), &lines(seen))
}

fn lines_fit(expected: &[String], seen: &[String]) -> bool {
    match expected.split_first() {
        None => seen.is_empty(),
        Some((first, rest)) if first == "…" => (0..=seen.len()).any(|skipped| lines_fit(rest, &seen[skipped..])),
        Some((first, rest)) => {
            seen.split_first().is_some_and(|(line, more)| line_fits(first, line) && lines_fit(rest, more))
        }
    }
}

fn line_fits(expected: &str, seen: &str) -> bool {
    match expected.split_once('…') {
        None => expected == seen,
        Some((begin, rest)) => seen.strip_prefix(begin).is_some_and(|seen| {
            seen.char_indices().map(|(at, _)| at).chain([seen.len()]).any(|at| line_fits(rest, &seen[at..]))
        }),
    }
}

#[test]
fn what_is_left_out_may_be_anything() {
    assert!(fits("a\n…\nd", "a\nb\nc\nd\n"));
    assert!(fits("a\n…", "a"));
    assert!(fits("took … ms, … bytes", "took 12 ms, 7 bytes"));
    assert!(!fits("a\n…\nd", "a\nb\n"));
    assert!(!fits("a", "a\nb"));
}

#[test]
fn a_block_is_read_with_its_line_and_its_excuse() {
    let page = Page::read(
        "# A\n\n```rust\nmcp_runtime::main!();\n```\n<!-- not run: it never ends -->\n```sh\nx\n```\n\n```console\n$ y\nz\n```\n",
    );
    let kinds: Vec<_> = page.blocks.iter().map(|block| (&*block.kind, block.line, block.is_run())).collect();
    assert_eq!(kinds, [("rust", 3, false), ("sh", 7, false), ("console", 11, true)]);
    assert!(page.blocks[0].is_program());
    assert_eq!(page.blocks[2].commands(), [("y".to_owned(), Some("z\n".to_owned()))]);
}
