//! Pages of the public web as Markdown. The README has the tools and what the server guards against.

mod address;
mod get;
mod markdown;
mod page;
mod robots;

use std::time::Duration;

use mcp_runtime::CliOption;

use self::get::Web;
use self::page::Pages;

const OPTIONS: [CliOption; 4] = [
    CliOption::value("page-timeout", "SECONDS", "How long a page may take, redirects included; 20\nwithout it"),
    CliOption::value("user-agent", "TEXT", "How the server calls itself"),
    CliOption::flag("ignore-robots-txt", "Read pages that robots.txt keeps programs from"),
    CliOption::flag("dangerous-allow-private", "Reach this machine and private networks, too"),
];

mcp_runtime::main!(OPTIONS, |server, options| {
    let seconds =
        options.value("page-timeout").unwrap_or("20").parse().map_err(|_| "--page-timeout is a number of seconds")?;
    let web = Web::new(
        options.value("user-agent").unwrap_or(concat!("mcp-fetch/", env!("CARGO_PKG_VERSION"))),
        Duration::from_secs(seconds),
        if options.has("dangerous-allow-private") { |_| true } else { address::is_public },
    )?;
    server.state(Pages::new(web, !options.has("ignore-robots-txt")))
});
