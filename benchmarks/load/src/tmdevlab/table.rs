//! The report as tables, in Markdown.

use std::fmt::{self, Write as _};

use super::plan::Kind;
use super::report::{Against, Report, Row};
use crate::figures::Spread;
use crate::table::mib;
use crate::trouble::Trouble;

/// The head of the table of rows.
pub fn head() -> String {
    let names = "| case | server | CPU µs | from – to | requests/s | from – to | mean µs | p50 µs | p95 µs | p99 µs \
                 | peak MiB |";
    format!("{names}\n| --- | --- {}|", "| --: ".repeat(9))
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} | {} ", self.case, self.server)?;
        let Some(figures) = &self.figures else {
            let word = self.trouble.as_ref().map_or("–", Trouble::word);
            return write!(f, "| {word} {}|", "| ".repeat(8));
        };
        let (cpu, per_second, calls) = (figures.cpu_us, figures.requests_per_second, figures.calls);
        write!(f, "| {:.1} | {:.1} – {:.1} ", cpu.median, cpu.min, cpu.max)?;
        write!(f, "| {:.0} | {:.0} – {:.0} ", per_second.median, per_second.min, per_second.max)?;
        write!(f, "| {:.0} | {:.0} ", calls.mean_us, calls.p50_us)?;
        write!(f, "| {:.0} | {:.0} ", calls.p95_us, calls.p99_us)?;
        write!(f, "| {} |", self.peak_kib.map(mib).unwrap_or_default())
    }
}

/// Ours as a multiple of other servers.
pub fn against(report: &Report) -> String {
    let names = "| case | of | CPU | requests/s | mean |";
    let mut table = format!("{names}\n| --- | --- | --: | --: | --: |");
    for Against { case, server, cpu, requests_per_second, mean } in &report.against {
        let _ = write!(table, "\n| {case} | {server} ");
        for Spread { median, min, max } in [cpu, requests_per_second, mean] {
            let _ = write!(table, "| {median:.2} ({min:.2} – {max:.2}) ");
        }
        table.push('|');
    }
    table
}

/// How long each kind of request took: the mean, and what 99 of 100 do not exceed.
pub fn kinds(report: &Report) -> String {
    let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
    let mut table = format!("| case | server | {} |\n| --- | --- {}|", names.join(" | "), "| --: ".repeat(names.len()));
    for row in &report.rows {
        let Some(figures) = &row.figures else { continue };
        let _ = write!(table, "\n| {} | {} ", row.case, row.server);
        for name in &names {
            let _ = match figures.kinds.get(name) {
                Some(latency) => write!(table, "| {:.0} / {:.0} ", latency.mean_us, latency.p99_us),
                None => write!(table, "| "),
            };
        }
        table.push('|');
    }
    table
}

/// Why there are no figures where there are none.
pub fn troubles(report: &Report) -> String {
    let lines = report.rows.iter().filter_map(|row| {
        let trouble = row.trouble.as_ref()?;
        Some(format!("- {}: {} ({}): {}\n", row.server, row.case, trouble.word(), trouble.why()))
    });
    lines.collect()
}
