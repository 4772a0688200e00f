//! The commands of the README print what it says.

use std::process::Command;

const BEGIN: &str = "$ cargo run -q -p operations -- ";

#[test]
fn the_commands_of_the_readme_print_what_it_says() {
    let mut commands = 0;
    let blocks = include_str!("../README.md").split("```console\n").skip(1);
    for block in blocks.map(|rest| rest.split("```").next().unwrap_or_default()) {
        for case in block.split(BEGIN).skip(1) {
            let (words, expected) = case.split_once('\n').expect("a command, and what it prints");
            let mut command = Command::new(env!("CARGO_BIN_EXE_operations"));
            let done = command.args(words.split(' ')).env_remove("RUST_LOG").output().expect("it runs");
            let printed = [done.stdout, done.stderr].concat();
            assert_eq!(String::from_utf8_lossy(&printed), expected, "{words}");
            commands += 1;
        }
    }
    assert_eq!(commands, 5);
}
