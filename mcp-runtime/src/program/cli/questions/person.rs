//! Asking whoever sits at the terminal.

use std::io::{self, BufRead, BufReader, Write};

use serde_json::{Map, Value};

use super::form::{self, Field};
use super::script::{accept, action, visited};
use super::{Kind, Question};
use crate::program::cli::json::Json;
use crate::program::cli::output::{Style, plain};

/// Somebody at a terminal, who is asked on standard error: standard output is for the result.
pub(super) struct Person {
    input: Box<dyn BufRead + Send>,
    output: Box<dyn Write + Send>,
    style: Style,
}

/// What somebody does with a question.
enum Wish {
    Send(Value),
    /// Nothing but this action.
    Act(&'static str),
    Again,
}

impl Person {
    pub(super) fn at_terminal(style: Style) -> Self {
        Self { input: Box::new(BufReader::new(io::stdin())), output: Box::new(io::stderr()), style }
    }

    /// Asks until there is an answer; the result of the request. The end of the input cancels the question.
    pub(super) fn answer(&mut self, question: &Question<'_>) -> Value {
        let again = if question.is_again { " again" } else { "" };
        // In a session questions have no names.
        let name = if question.key.is_empty() { String::new() } else { format!(" ({})", question.key) };
        let heading = format!("The server asks{again}{name}: ");
        let message = self.style.wrap(question.message, 0);
        self.say(&format!("{heading}{message}\n"));
        loop {
            let wish = match &question.kind {
                Kind::Page(url) => self.visit(url),
                Kind::Form(schema) => self.fill_in(schema),
                // Only these two are for people.
                _ => None,
            };
            return match wish.unwrap_or(Wish::Act("cancel")) {
                Wish::Again => continue,
                Wish::Send(content) => accept(content),
                Wish::Act(named) => action(named),
            };
        }
    }

    fn visit(&mut self, url: &str) -> Option<Wish> {
        self.say(&format!("  {url}\n"));
        loop {
            let typed = self.type_in("Open the page yourself if you trust it. Go on? yes, no, cancel [yes]: ")?;
            let meant = if typed.trim().is_empty() { Some("accept") } else { visited(typed.trim()) };
            if let Some(action) = meant {
                return Some(Wish::Act(action));
            }
        }
    }

    fn fill_in(&mut self, schema: &Json) -> Option<Wish> {
        let fields = form::fields(schema);
        if !fields.is_empty() {
            self.say("Enter takes what stands in brackets; :no declines, :cancel or Ctrl-D cancels.\n");
        }
        let mut content = Map::new();
        for field in &fields {
            match self.field(field)? {
                Typed::Value(value) => {
                    content.insert(field.name.to_owned(), value.to_value());
                }
                Typed::Nothing => {}
                Typed::Wish(wish) => return Some(wish),
            }
        }
        loop {
            let typed = self.type_in("Send it? yes, no (decline), again, cancel [yes]: ")?;
            match typed.trim().trim_start_matches(':').to_ascii_lowercase().as_str() {
                "" | "y" | "yes" | "accept" => return Some(Wish::Send(content.into())),
                "n" | "no" | "decline" => return Some(Wish::Act("decline")),
                "a" | "again" => return Some(Wish::Again),
                "c" | "cancel" => return Some(Wish::Act("cancel")),
                _ => {}
            }
        }
    }

    /// Asks for one field until what is typed fits.
    fn field(&mut self, field: &Field<'_>) -> Option<Typed> {
        let choices = field.choices();
        let about = if field.description().is_empty() { String::new() } else { format!(": {}", field.description()) };
        let about = self.style.wrap(&format!("{}{about}", field.title()), 4);
        self.say(&format!("  {about}\n"));
        for (at, (_, shown)) in choices.iter().enumerate() {
            self.say(&format!("    {}. {shown}\n", at + 1));
        }
        let default = match field.default_shown() {
            Some(default) => format!(" [{default}]"),
            None if field.is_required => String::new(),
            None => " [leave it out]".to_owned(),
        };
        let prompt = format!("  {}{default}: ", field.wanted());
        loop {
            let typed = self.type_in(&prompt)?;
            match (typed.trim(), field.default()) {
                (":no" | ":decline", _) => return Some(Typed::Wish(Wish::Act("decline"))),
                (":cancel", _) => return Some(Typed::Wish(Wish::Act("cancel"))),
                ("", Some(default)) => return Some(Typed::Value(default.clone())),
                ("", None) if !field.is_required => return Some(Typed::Nothing),
                (typed, _) => match field.read(typed, true) {
                    Ok(value) => return Some(Typed::Value(value)),
                    Err(wanted) => self.say(&format!("  Write {wanted}.\n")),
                },
            }
        }
    }

    /// Asks for a line; none at the end of the input.
    fn type_in(&mut self, prompt: &str) -> Option<String> {
        self.say(prompt);
        let mut line = String::new();
        match self.input.read_line(&mut line) {
            Ok(1..) => Some(line),
            Ok(0) | Err(_) => {
                self.say("\n");
                None
            }
        }
    }

    #[inline(never)]
    fn say(&mut self, text: &str) {
        // A terminal that is gone ends the input too.
        let _ = self.output.write_all(plain(text).as_bytes());
        let _ = self.output.flush();
    }
}

enum Typed {
    Value(Json),
    Nothing,
    Wish(Wish),
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("one thread").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What comes of what somebody types, and what they see.
    fn play(params: &str, typed: &'static str) -> (Value, String) {
        let screen = Screen::default();
        let (input, output) = (Box::new(typed.as_bytes()), Box::new(screen.clone()));
        let mut person = Person { input, output, style: Style { width: Some(80), bold: false } };
        let params = Json::parse(params);
        let answer = person.answer(&Question::read("order", "elicitation/create", &params));
        let seen = String::from_utf8(screen.0.lock().expect("one thread").clone()).expect("text");
        (answer, seen)
    }

    const FORM: &str = r#"{"message":"What\u001b[2J now?","requestedSchema":{"properties":{
        "size":{"title":"Size","oneOf":[{"const":"S","title":"Small"},{"const":"L","title":"Large"}],"default":"S"},
        "guests":{"type":"integer","minimum":1,"maximum":8,"description":"How many you are."},
        "note":{"type":"string"}},"required":["size","guests"]}}"#;

    #[test]
    fn a_form_is_filled_in_field_by_field() {
        let (answer, seen) = play(FORM, "Middling\n\n9\n\n3\n\n\n");
        assert_eq!(answer, json!({ "action": "accept", "content": { "size": "S", "guests": 3 } }));
        let expected = "\
The server asks (order): What\\u{1b}[2J now?
Enter takes what stands in brackets; :no declines, :cancel or Ctrl-D cancels.
  Size
    1. Small
    2. Large
  one of them [Small]:   Write a number from 1 to 2, or one of S, L.
  one of them [Small]:   guests: How many you are.
  integer from 1 to 8:   Write an integer from 1 to 8.
  integer from 1 to 8:   Write an integer from 1 to 8.
  integer from 1 to 8:   note
  text [leave it out]: Send it? yes, no (decline), again, cancel [yes]: ";
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_form_can_be_declined_cancelled_and_filled_in_again() {
        for (typed, action) in [
            ("L\n:no\n", "decline"),
            (":cancel\n", "cancel"),
            ("", "cancel"),
            ("2\n3\nx\nno\n", "decline"),
            ("2\n3\nx\nc\n", "cancel"),
        ] {
            assert_eq!(play(FORM, typed).0, json!({ "action": action }), "{typed:?}");
        }
        let (answer, _) = play(FORM, "2\n3\nx\nagain\n\n4\n\nyes\n");
        assert_eq!(answer["content"], json!({ "size": "S", "guests": 4 }));
        let (answer, _) = play(r#"{"message":"Sure?","requestedSchema":{"properties":{}}}"#, "\n");
        assert_eq!(answer, json!({ "action": "accept", "content": {} }));
    }

    #[test]
    fn titles_with_commas_are_in_quotes() {
        let form = r#"{"message":"How?","requestedSchema":{"properties":{
            "way":{"enum":["lz4","zstd"],"enumNames":["Fast, larger","Slow, smaller"],"default":"lz4"},
            "more":{"type":"array","items":{"enum":["x","y"]},"default":["x","y"]}},"required":["way","more"]}}"#;
        let (answer, seen) = play(form, "gzip\nslow, smaller\n\n\n");
        assert_eq!(answer["content"], json!({ "way": "zstd", "more": ["x", "y"] }));
        assert!(seen.contains("[Fast, larger]:   Write a number from 1 to 2, or one of lz4, zstd.\n"), "{seen}");
        let form = form.replace(r#"["lz4","zstd"]"#, r#"["a,b","c"]"#).replace(r#""lz4""#, r#""c""#);
        let (answer, seen) = play(&form, "gzip\na,b\n\n\n");
        assert_eq!(answer["content"]["way"], "a,b");
        assert!(seen.contains(r#"[Slow, smaller]:   Write a number from 1 to 2, or one of "a,b", "c"."#), "{seen}");
        assert!(seen.contains("[x, y]: "), "{seen}");
    }

    #[test]
    fn a_page_is_shown_and_not_opened() {
        let page = r#"{"mode":"url","message":"We need your key.","url":"https://example.com/\u202egnp.exe"}"#;
        let (answer, seen) = play(page, "what?\nyes\n");
        assert_eq!(answer, json!({ "action": "accept" }));
        assert!(seen.contains("  https://example.com/\\u{202e}gnp.exe\n"), "{seen}");
        assert_eq!(play(page, "n\n").0, action("decline"));
        assert_eq!(play(page, "").0, action("cancel"));
    }
}
