//! Names and texts of servers, as Rust has them.

use std::collections::BTreeSet;

/// Names that are taken.
#[derive(Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// This name, or a similar one where it is taken.
    pub(super) fn take(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        for number in 2_u32.. {
            if self.0.insert(free.clone()) {
                break;
            }
            free = format!("{}_{number}", name.trim_start_matches("r#"));
        }
        free
    }

    /// The same for the name of a type.
    pub(super) fn take_type(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        for number in 2_u32.. {
            if self.0.insert(free.clone()) {
                break;
            }
            free = format!("{name}{number}");
        }
        free
    }
}

/// Words that cannot be names, and those that `r#` does not help.
const KEYWORDS: &str = " as async await abstract become box break const continue do dyn else enum extern false final fn for gen if \
                        impl in let loop macro match mod move mut override priv pub ref return static struct trait true try \
                        type typeof unsafe unsized use virtual where while yield ";
const RESERVED: &str = " crate self super ";

/// As the name of a function, a field or a parameter.
pub(super) fn snake(name: &str) -> String {
    let words: Vec<String> = words(name).iter().map(|word| word.to_lowercase()).collect();
    let name = words.join("_");
    let is_word = |list: &str| list.contains(&format!(" {name} "));
    match name.chars().next() {
        None => "unnamed".to_owned(),
        Some('0'..='9') => format!("n{name}"),
        _ if is_word(KEYWORDS) => format!("r#{name}"),
        _ if is_word(RESERVED) => format!("{name}_"),
        _ => name,
    }
}

/// As the name of a type or a variant.
pub(super) fn camel(name: &str) -> String {
    let capital = |word: &String| {
        let mut chars = word.chars();
        let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        first + &chars.as_str().to_lowercase()
    };
    let name: String = words(name).iter().map(capital).collect();
    match name.chars().next() {
        None => "Unnamed".to_owned(),
        Some('0'..='9') => format!("N{name}"),
        _ if name == "Self" => "Self_".to_owned(),
        _ => name,
    }
}

/// The words of a name: `readFile`, `read_file` and `read-file` have the same.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_inside = false;
    let mut was_lower = false;
    for char in name.chars() {
        // Other letters may be none that names can have.
        if !char.is_ascii_alphanumeric() {
            is_inside = false;
            continue;
        }
        if !is_inside || (was_lower && char.is_ascii_uppercase()) {
            words.push(String::new());
        }
        words.last_mut().into_iter().for_each(|word| word.push(char));
        is_inside = true;
        was_lower = !char.is_ascii_uppercase();
    }
    words
}

/// A doc comment, whatever is in the text.
pub(super) fn doc(code: &mut String, indent: &str, text: &str) {
    for line in text.trim().lines() {
        let line: String = line.trim_end().chars().filter(|char| !char.is_control()).collect();
        // What is indented by four would be code, and be compiled by `rustdoc`; so would be what stands in a fence.
        let line = line.trim_start().replace("```", "'''");
        *code += format!("{indent}/// {line}").trim_end();
        *code += "\n";
    }
}

/// A text on one line.
pub(super) fn on_one_line(text: &str) -> String {
    text.split(|char: char| char.is_control()).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// A text as a literal.
pub(super) fn quoted(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_rust() {
        for (name, as_function, as_type) in [
            ("readFile", "read_file", "ReadFile"),
            ("read-file", "read_file", "ReadFile"),
            ("renamed.tool", "renamed_tool", "RenamedTool"),
            ("type", "r#type", "Type"),
            ("self", "self_", "Self_"),
            ("2fast", "n2fast", "N2fast"),
            ("§", "unnamed", "Unnamed"),
            ("HTTPServer", "httpserver", "Httpserver"),
        ] {
            assert_eq!((&*snake(name), &*camel(name)), (as_function, as_type), "{name}");
        }
        let mut names = Names::default();
        assert_eq!([names.take("r#type"), names.take("r#type"), names.take("r#type")], ["r#type", "type_2", "type_3"]);
        let mut code = String::new();
        doc(&mut code, "", "One.\n\n    two\u{7}\n```sh");
        assert_eq!(code, "/// One.\n///\n/// two\n/// '''sh\n");
    }
}
