//! From rounds to the table, and to JSON.

use std::fmt;

use serde::Serialize;

use crate::round::Round;

/// What one server did in one case.
#[derive(Debug, Serialize)]
pub struct Row {
    case: &'static str,
    connections: u32,
    server: String,
    rounds: usize,
    requests: u32,
    /// Processor time of the server, in microseconds a request.
    cpu_us: Spread,
    /// That, as a multiple of what the first server took in the same round.
    ratio: Spread,
    requests_per_second: f64,
    p50_us: f64,
    p99_us: f64,
}

/// The median of all rounds, and what they lie between.
#[derive(Clone, Copy, Debug, Serialize)]
struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = match values.len() {
            0 => f64::NAN,
            odd if odd % 2 == 1 => values[middle],
            _ => f64::midpoint(values[middle - 1], values[middle]),
        };
        let [min, max] = [values.first(), values.last()].map(|end| end.copied().unwrap_or(f64::NAN));
        Self { median, min, max }
    }
}

impl Row {
    /// Sums up a server's rounds in a case. `limit` are those of the first server, in the same order.
    pub fn new(case: &'static str, connections: u32, server: &str, rounds: &[Round], limit: &[Round]) -> Self {
        let rates = rounds.iter().map(|round| f64::from(round.requests) / round.took.as_secs_f64());
        let mut latencies: Vec<u32> = rounds.iter().flat_map(|round| &round.latencies).copied().collect();
        latencies.sort_unstable();
        Self {
            case,
            connections,
            server: server.to_owned(),
            rounds: rounds.len(),
            requests: rounds.iter().map(|round| round.requests).sum(),
            cpu_us: Spread::of(rounds.iter().map(cpu_us).collect()),
            ratio: Spread::of(rounds.iter().zip(limit).map(|(round, limit)| cpu_us(round) / cpu_us(limit)).collect()),
            requests_per_second: Spread::of(rates.collect()).median,
            p50_us: percentile(&latencies, 50),
            p99_us: percentile(&latencies, 99),
        }
    }

    /// The table's head.
    pub fn head() -> String {
        let columns = "| case | connections | server | CPU µs | least | of the limit | from – to | requests/s | p50 µs | p99 µs |";
        format!("{columns}\n| --- | --: | --- | --: | --: | --: | --: | --: | --: | --: |")
    }
}

/// As a line of the table.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { case, connections, server, cpu_us, ratio, requests_per_second, p50_us, p99_us, .. } = self;
        write!(f, "| {case} | {connections} | {server} | {:.1} | {:.1} ", cpu_us.median, cpu_us.min)?;
        write!(f, "| {:.2} | {:.2} – {:.2} ", ratio.median, ratio.min, ratio.max)?;
        write!(f, "| {requests_per_second:.0} | {p50_us:.0} | {p99_us:.0} |")
    }
}

// Nanoseconds of a round are far from where an `f64` has gaps between integers.
#[allow(clippy::cast_precision_loss)]
fn cpu_us(round: &Round) -> f64 {
    round.cpu_ns as f64 / 1e3 / f64::from(round.requests)
}

fn percentile(sorted: &[u32], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(f64::NAN, |ns| f64::from(*ns) / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_median_and_the_ends() {
        let Spread { median, min, max } = Spread::of(vec![3.0, 1.0, 2.0]);
        assert!((median - 2.0).abs() + (min - 1.0).abs() + (max - 3.0).abs() < 1e-9);
        assert!((Spread::of(vec![1.0, 2.0]).median - 1.5).abs() < 1e-9);
    }

    #[test]
    fn percentiles_are_of_what_was_seen() {
        let sorted: Vec<u32> = (1..=100).map(|n| n * 1000).collect();
        assert!((percentile(&sorted, 50) - 51.0).abs() < 1e-9);
        assert!((percentile(&sorted, 99) - 100.0).abs() < 1e-9);
    }
}
