use mcp_runtime::prelude::*;

#[derive(Elicit)]
enum Color {
    Rgb { red: u8, green: u8, blue: u8 },
}

#[derive(Elicit)]
struct Answers {
    #[elicit(default = Color::Rgb { red: 0, green: 0, blue: 0 })]
    color: Color,
    others: Vec<Color>,
}

fn main() {
    let _ = elicit::<Answers>("Which?");
}
