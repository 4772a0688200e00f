//! What tests of the whole share: the server they drive, and how they drive it.

pub mod answering;
pub mod asking;
pub mod certificates;
pub mod fixture;
#[cfg(doctest)]
mod guides;
pub mod load;
pub mod logged;
pub mod process;
pub mod side_by_side;
