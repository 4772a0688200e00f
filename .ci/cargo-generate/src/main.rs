//! What cargo-generate's own `main` does, less its logging.

use cargo_generate::{Cli, generate};
use clap::Parser;

fn main() {
    let Cli::Generate(args) = Cli::parse();
    if generate(args).is_err() {
        // It has said why.
        std::process::exit(1);
    }
}
