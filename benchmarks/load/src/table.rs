//! The report as tables, in Markdown.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use crate::figures::Spread;
use crate::report::{About, Known, Report, Row};
use crate::trouble::Trouble;

/// The head of the table of rows.
pub fn head() -> String {
    let names = "| case | at once | server | CPU µs | from – to | of the limit | from – to | requests/s | p50 µs | p99 µs \
                 | p99.9 µs | peak MiB |";
    format!("{names}\n| --- | --: | --- {}|", "| --: ".repeat(9))
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} | {} | {} ", self.case, self.load.at_once(), self.server)?;
        let Some(figures) = &self.figures else {
            let word = self.trouble.as_ref().map_or("–", Trouble::word);
            return write!(f, "| {word} {}|", "| ".repeat(8));
        };
        let cpu = figures.cpu_us;
        write!(f, "| {:.1} | {:.1} – {:.1} ", cpu.median, cpu.min, cpu.max)?;
        match self.of_limit {
            Some(Spread { median, min, max }) => write!(f, "| {median:.2} | {min:.2} – {max:.2} ")?,
            None => write!(f, "| | ")?,
        }
        write!(f, "| {:.0} | {:.0} ", figures.requests_per_second, figures.p50_us)?;
        write!(f, "| {:.0} | {:.0} ", figures.p99_us, figures.p999_us)?;
        write!(f, "| {} |", self.peak_kib.map(mib).unwrap_or_default())
    }
}

/// Our processor time as a multiple of each other server's: a column for each.
pub fn against(report: &Report, names: &[&str]) -> String {
    let others: Vec<&str> = names.iter().copied().filter(|name| *name != "ours").collect();
    let mut table =
        format!("| case | at once | {} |\n| --- | --: {}|", others.join(" | "), "| --: ".repeat(others.len()));
    for row in &report.against {
        let _ = write!(table, "\n| {} | {} |", row.case, row.load.at_once());
        for name in &others {
            let _ = match row.of.get(*name) {
                // Some take a thousand times as much.
                Some(Spread { median, min, max }) if *median < 0.1 => {
                    write!(table, " {median:.4} ({min:.4} – {max:.4}) |")
                }
                Some(Spread { median, min, max }) => write!(table, " {median:.2} ({min:.2} – {max:.2}) |"),
                None => write!(table, " – |"),
            };
        }
    }
    table
}

/// What was counted.
pub fn counts(report: &Report) -> String {
    let names = "| case | at once | server | allocations | system calls |";
    let mut table = format!("{names}\n| --- | --: | --- | --: | --: |");
    for row in &report.counts {
        let _ = write!(table, "\n| {} | {} | {} ", row.case, row.load.at_once(), row.server);
        for value in [&row.allocations, &row.system_calls] {
            let _ = write!(table, "| {} ", cell(value.as_ref(), |count| format!("{count:.1}")));
        }
        table.push('|');
    }
    table
}

/// What is known of each server besides.
pub fn servers(report: &Report) -> String {
    let names = "| server | start ms | from – to | idle MiB | KiB a session | KiB a connection | crates | size MB \
                 | clean build CPU s | build after a change CPU s |";
    let mut table = format!("{names}\n| --- {}|", "| --: ".repeat(9));
    for About { server, start_ms, resident_kib, session_kib, connection_kib, build } in &report.servers {
        let start = start_ms.as_ref();
        let _ = write!(table, "\n| {server} | {} ", cell(start, |ms| format!("{:.1}", ms.median)));
        let _ = write!(table, "| {} ", cell(start, |ms| format!("{:.1} – {:.1}", ms.min, ms.max)));
        let _ = write!(table, "| {} ", cell(resident_kib.as_ref(), |kib| mib(*kib)));
        for kib in [session_kib, connection_kib] {
            let _ = write!(table, "| {} ", cell(kib.as_ref(), |kib| format!("{kib:.1}")));
        }
        for member in ["crates", "size", "clean", "changed"] {
            let _ = write!(table, "| {} ", build.get(member).map_or("", String::as_str));
        }
        table.push('|');
    }
    table
}

/// Why there are no figures where there are none: a line for each reason of each server.
pub fn troubles(report: &Report) -> String {
    let mut reasons: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for (server, trouble, what) in all_troubles(report) {
        let what = if let Trouble::Unserved(_) = trouble { what } else { format!("{what} ({})", trouble.word()) };
        let of_it = reasons.entry((server, trouble.why())).or_default();
        if !of_it.contains(&what) {
            of_it.push(what);
        }
    }
    let lines = reasons.iter().map(|((server, why), what)| format!("- {server}: {}: {why}\n", what.join(", ")));
    lines.collect()
}

/// With the server, and what there is no figure of.
fn all_troubles(report: &Report) -> impl Iterator<Item = (&str, &Trouble, String)> {
    let of_rows = report.rows.iter().map(|row| {
        let what = format!("{} × {}", row.case, row.load.at_once());
        (&*row.server, row.trouble.as_ref(), what)
    });
    let of_counts = report.counts.iter().flat_map(|row| {
        [(why(row.allocations.as_ref()), "allocations"), (why(row.system_calls.as_ref()), "system calls")]
            .map(|(trouble, what)| (&*row.server, trouble, what.to_owned()))
    });
    let of_servers = report.servers.iter().flat_map(|about| {
        let troubles = [
            (why(about.start_ms.as_ref()), "start"),
            (why(about.resident_kib.as_ref()), "idle"),
            (why(about.session_kib.as_ref()), "idle sessions"),
            (why(about.connection_kib.as_ref()), "idle connections"),
        ];
        troubles.map(|(trouble, what)| (&*about.server, trouble, what.to_owned()))
    });
    let all = of_rows.chain(of_counts).chain(of_servers);
    all.filter_map(|(server, trouble, what)| Some((server, trouble?, what)))
}

fn why<T>(known: Option<&Known<T>>) -> Option<&Trouble> {
    if let Some(Known::Trouble(trouble)) = known { Some(trouble) } else { None }
}

fn cell<T>(known: Option<&Known<T>>, show: impl Fn(&T) -> String) -> String {
    match known {
        Some(Known::Value(value)) => show(value),
        Some(Known::Trouble(trouble)) => trouble.word().to_owned(),
        None => String::new(),
    }
}

/// KiB as MiB.
// Far from where an `f64` has gaps between integers.
#[allow(clippy::cast_precision_loss)]
pub fn mib(kib: u64) -> String {
    format!("{:.1}", kib as f64 / 1024.0)
}
