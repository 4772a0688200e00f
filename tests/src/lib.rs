//! Tests of the whole: the server they drive, and the player of transcripts.

pub mod answering;
pub mod asking;
pub mod certificates;
pub mod fixture;
#[cfg(doctest)]
mod guides;
pub mod load;
pub mod logged;
pub mod process;
pub mod transcript;
