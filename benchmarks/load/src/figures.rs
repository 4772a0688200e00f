//! From rounds to figures.

use serde::Serialize;

use crate::round::Round;

/// The median of some values, and what they lie between.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Spread {
    /// Of these values; none of no values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median =
            if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) };
        Some(Self { median, min, max })
    }

    /// What one took as a multiple of what another took, round by round.
    pub fn ratio(these: &[Round], those: &[Round]) -> Option<Self> {
        Self::of(these.iter().zip(those).map(|(this, that)| this.cpu_us() / that.cpu_us()))
    }
}

/// What some rounds show together.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Figures {
    /// How many requests were answered.
    pub requests: usize,
    /// Processor time of the server, in microseconds a request.
    pub cpu_us: Spread,
    /// The median of the rounds.
    pub requests_per_second: f64,
    /// How long an answer took, over all rounds: half of them no longer than this.
    pub p50_us: f64,
    /// 99 of 100.
    pub p99_us: f64,
    /// 999 of 1,000.
    pub p999_us: f64,
}

impl Figures {
    /// Of these rounds; none of no rounds.
    pub fn of(rounds: &[Round]) -> Option<Self> {
        let mut latencies: Vec<u32> = rounds.iter().flat_map(|round| &round.latencies).copied().collect();
        latencies.sort_unstable();
        Some(Self {
            requests: latencies.len(),
            cpu_us: Spread::of(rounds.iter().map(Round::cpu_us))?,
            requests_per_second: Spread::of(rounds.iter().map(Round::per_second))?.median,
            p50_us: percentile(&latencies, 500),
            p99_us: percentile(&latencies, 990),
            p999_us: percentile(&latencies, 999),
        })
    }
}

// Requests and nanoseconds of a round are far from where an `f64` has gaps between integers.
#[allow(clippy::cast_precision_loss)]
impl Round {
    fn cpu_us(&self) -> f64 {
        self.cpu_ns as f64 / 1e3 / self.latencies.len() as f64
    }

    fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }
}

/// The value that so many of 1,000 do not exceed, in thousandths of the unit.
pub fn percentile(sorted: &[u32], of_1000: usize) -> f64 {
    let at = (sorted.len() * of_1000 / 1000).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(f64::NAN, |ns| f64::from(*ns) / 1e3)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn round(cpu_ns: u64) -> Round {
        Round { took: Duration::from_millis(1), cpu_ns, latencies: vec![5_000, 7_000] }
    }

    #[test]
    fn a_spread_is_the_median_and_the_ends() {
        let Spread { median, min, max } = Spread::of([3.0, 1.0, 2.0]).expect("there are values");
        assert!((median - 2.0).abs() + (min - 1.0).abs() + (max - 3.0).abs() < 1e-9);
        assert!((Spread::of([1.0, 2.0]).expect("there are values").median - 1.5).abs() < 1e-9);
        assert!(Spread::of([]).is_none());
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let (these, those) = ([round(20), round(90)], [round(10), round(30), round(1)]);
        let Spread { median, min, max } = Spread::ratio(&these, &those).expect("there are rounds");
        assert!((median - 2.5).abs() + (min - 2.0).abs() + (max - 3.0).abs() < 1e-9);
    }

    #[test]
    fn figures_are_for_one_request() {
        let figures = Figures::of(&[round(20_000), round(20_000)]).expect("there are rounds");
        assert_eq!(figures.requests, 4);
        assert!((figures.cpu_us.median - 10.0).abs() < 1e-9);
        assert!((figures.requests_per_second - 2_000.0).abs() < 1e-6);
        assert!((figures.p50_us - 7.0).abs() < 1e-9);
    }

    #[test]
    fn percentiles_are_of_what_was_seen() {
        let sorted: Vec<u32> = (1..=1000).map(|n| n * 1000).collect();
        for (of_1000, expected) in [(500, 501.0), (990, 991.0), (999, 1000.0)] {
            assert!((percentile(&sorted, of_1000) - expected).abs() < 1e-9, "{of_1000}");
        }
    }
}
