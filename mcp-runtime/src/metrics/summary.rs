//! Metrics as a table for people.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::operation::OperationMetrics;
use super::snapshot::Metrics;
use crate::escape::one_line;

/// The most characters of a name that are shown.
const SHOWN: usize = 48;

/// Writes the metrics as a table, without a line break at its end.
pub(super) fn summary(metrics: &Metrics, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (name, calls) = (one_line(&metrics.server), metrics.calls());
    write!(f, "metrics of {name}: {calls} requests in {}", Shown(metrics.uptime))?;
    if calls > 0 {
        write!(f, ", {} % errors", tenths(metrics.error_rate() * 100.0))?;
    }
    if metrics.sessions_opened > 0 {
        write!(f, ", {} sessions", metrics.sessions_opened)?;
    }
    let names: Vec<String> = metrics.operations.iter().map(named).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    if width > 0 {
        write!(f, "\n  {:width$}  {:>9}  {:>9}  {:>9}  {:>11}", "", "calls", "errors", "average", "bytes")?;
    }
    for (operation, name) in metrics.operations.iter().zip(names) {
        let OperationMetrics { calls, bytes, .. } = operation;
        let mut average = String::new();
        if let Some(time) = operation.average() {
            write!(average, "{}", Shown(time))?;
        }
        write!(f, "\n  {name:width$}  {calls:>9}  {:>9}  {average:>9}  {bytes:>11}", operation.failures())?;
        for (error, count) in &operation.errors {
            write!(f, "  {error}: {count}")?;
        }
    }
    Ok(())
}

/// A name, no longer than a column should be.
fn named(operation: &OperationMetrics) -> String {
    let OperationMetrics { method, target, .. } = operation;
    let name = target.as_ref().map_or_else(|| method.clone(), |target| format!("{method} {target}"));
    let safe = one_line(&name);
    match safe.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &safe[..end]),
        None => safe.into_owned(),
    }
}

/// A duration, in the unit that it is read in. Nothing is known of parts of a millisecond but for an average's.
struct Shown(Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0 => f.pad(&format!("{} ms", tenths(self.0.as_secs_f64() * 1000.0))),
            1..60 => f.pad(&format!("{} s", tenths(self.0.as_secs_f64()))),
            60..3600 => f.pad(&format!("{} min", seconds / 60)),
            _ => f.pad(&format!("{} h", seconds / 3600)),
        }
    }
}

/// A number with one digit behind the point. By hand: what formats floats is twenty kilobytes of code.
fn tenths(number: f64) -> String {
    let tenths = (number * 10.0).round() as u64;
    format!("{}.{}", tenths / 10, tenths % 10)
}
