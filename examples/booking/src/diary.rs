//! What happened to which table: the effects of this server, where they can be counted.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// All that happened, in order. It is kept in memory, behind functions as a database has them. A real one would let go by
/// itself of tables that were held and never booked, because a client may never come back.
#[derive(Default)]
pub struct Diary(Mutex<Vec<Line>>);

/// A line of the diary.
#[derive(Clone, Serialize)]
pub struct Line {
    number: usize,
    #[serde(skip)]
    place: String,
    what: What,
}

/// What happened.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Held,
    Booked,
    GivenBack,
}

impl Diary {
    fn lock(&self) -> MutexGuard<'_, Vec<Line>> {
        // A list that one adds to is whole at any time.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn add(&self, place: &str, number: Option<usize>, what: What) -> io::Result<usize> {
        let mut lines = self.lock();
        let number = number.unwrap_or(lines.len() + 1);
        lines.push(Line { number, place: place.to_owned(), what });
        Ok(number)
    }

    /// Holds a table, whichever is free; gives the number of the reservation.
    pub async fn hold(&self, place: &str) -> io::Result<usize> {
        self.add(place, None, What::Held).await
    }

    /// Books a table that is held.
    pub async fn book(&self, place: &str, number: usize) -> io::Result<usize> {
        self.add(place, Some(number), What::Booked).await
    }

    /// Gives a table back that is held.
    pub async fn give_back(&self, place: &str, number: usize) -> io::Result<usize> {
        self.add(place, Some(number), What::GivenBack).await
    }

    /// What happened at a place.
    pub fn lines(&self, place: &str) -> Vec<Line> {
        self.lock().iter().filter(|line| line.place == place).cloned().collect()
    }
}
