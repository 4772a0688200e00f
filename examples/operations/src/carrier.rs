//! The carrier's service, which is made up: each request takes a while, and every third is refused.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use mcp_runtime::prelude::*;
use mcp_runtime::{Error, IntoError};

/// The code of errors that are the carrier's fault. By it layers tell them from mistakes of the caller.
pub const CARRIER_FAILED: i64 = -40_100;

/// How long the carrier takes to answer.
const DELAY: Duration = Duration::from_millis(40);

/// The way of each parcel.
const PLACES: [&str; 5] = ["Lyon", "Basel", "Ulm", "Linz", "Graz"];

/// The carrier.
pub struct Carrier {
    is_up: AtomicBool,
    asked: AtomicU64,
}

/// Why the carrier gives no answer.
#[derive(Debug)]
pub enum CarrierError {
    /// It has refused a request, and may take the next.
    Busy,
    /// It does not answer.
    Down,
    /// It knows no such parcel.
    Unknown(String),
}

impl Carrier {
    /// A carrier that is up.
    pub fn open() -> Self {
        Self { is_up: AtomicBool::new(true), asked: AtomicU64::new(0) }
    }

    /// Where a parcel was, the newest place first.
    pub async fn places(&self, parcel: &str) -> Result<Vec<&'static str>, CarrierError> {
        self.answer().await?;
        let number: usize = parcel.strip_prefix("P-").and_then(|number| number.parse().ok()).unwrap_or_default();
        if number == 0 {
            return Err(CarrierError::Unknown(parcel.to_owned()));
        }
        Ok(PLACES.iter().copied().cycle().skip(number % PLACES.len()).take(3 + number % 100).collect())
    }

    /// What it costs to send so many grams, in cents.
    pub async fn price(&self, grams: u32) -> Result<u32, CarrierError> {
        self.answer().await?;
        Ok(390 + grams / 10)
    }

    /// Whether it answers: what is asked before the server says that it is ready.
    pub fn ping(&self) -> Result<(), CarrierError> {
        if self.is_up.load(Ordering::Relaxed) { Ok(()) } else { Err(CarrierError::Down) }
    }

    /// Switches it off and on.
    pub fn switch(&self, is_up: bool) {
        self.is_up.store(is_up, Ordering::Relaxed);
    }

    /// How many requests it got.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    async fn answer(&self) -> Result<(), CarrierError> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        tokio::time::sleep(DELAY).await;
        self.ping()?;
        if asked.is_multiple_of(3) { Err(CarrierError::Busy) } else { Ok(()) }
    }
}

impl fmt::Display for CarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("the carrier is busy"),
            Self::Down => f.write_str("the carrier does not answer"),
            Self::Unknown(parcel) => {
                write!(f, "there is no parcel {parcel:?}; their numbers begin with P-, as in P-17")
            }
        }
    }
}

impl std::error::Error for CarrierError {}

impl IntoError for CarrierError {
    fn into_error(self) -> Error {
        match self {
            Self::Busy | Self::Down => Error::rpc(CARRIER_FAILED, self.to_string()),
            Self::Unknown(_) => Error::new(self),
        }
    }
}
