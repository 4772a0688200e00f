//! One git repository. The README has the tools and what the server guards against.

mod repository;
mod tools;

use std::path::Path;

use mcp_runtime::CliOption;
use mcp_runtime::prelude::*;

use self::repository::Repository;

/// The tool that changes the repository, which only `--commit-as` offers.
static CHANGES: Group = Group::new("changes");

const OPTIONS: [CliOption; 2] = [
    CliOption::value("repository", "DIR", "The repository; without it the current directory"),
    CliOption::value("commit-as", "AUTHOR", "Offer the tool that commits, as NAME <EMAIL>"),
];

mcp_runtime::main!(OPTIONS, |server, options| {
    let author = options.value("commit-as");
    let repository = Repository::open(Path::new(options.value("repository").unwrap_or(".")), author).await?;
    let server = server.state(repository);
    if author.is_some() { server.mount(&CHANGES) } else { server }
});
