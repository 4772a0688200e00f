//! Hashing for the tables that every call looks into.
//!
//! The hasher that maps have by default withstands an opponent who may spend all day on finding keys that collide. Its two
//! hundred instructions a look are a tenth of what a small call takes. Here keys are short, the tables are bounded (calls in
//! flight, owners of sessions) or filled by the program itself (names of tools, ids of sessions), and a secret that is new for
//! each table keeps strangers from preparing anything.
//!
//! ```
//! use std::hash::BuildHasher as _;
//!
//! use mcp_proto::hash::Fold;
//!
//! let table = Fold::default();
//! assert_eq!(table.hash_one("add"), table.hash_one("add"));
//! assert_ne!(table.hash_one("add"), Fold::default().hash_one("add"));
//! ```

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes hashers that fold: each word is multiplied with a constant, and the halves of the product are laid over each other.
///
/// ```
/// use std::collections::HashMap;
///
/// use mcp_proto::hash::Fold;
///
/// let mut tools: HashMap<&str, usize, Fold> = HashMap::default();
/// tools.insert("add", 0);
/// assert_eq!(tools.get("add"), Some(&0));
/// ```
#[derive(Clone, Debug)]
pub struct Fold {
    secret: u64,
}

impl Default for Fold {
    fn default() -> Self {
        Self { secret: RandomState::new().hash_one(0) }
    }
}

impl BuildHasher for Fold {
    type Hasher = Folding;

    fn build_hasher(&self) -> Folding {
        Folding(self.secret)
    }
}

/// A hash under way.
#[derive(Debug)]
pub struct Folding(u64);

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        // What is left has seven bytes at the most: the eighth tells how many.
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        last[7] = rest.len() as u8;
        self.write_u64(u64::from_le_bytes(last));
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = fold(self.0 ^ number);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }

    fn write_isize(&mut self, number: isize) {
        self.write_i64(number as i64);
    }

    fn finish(&self) -> u64 {
        // Once is too little for numbers that differ in their highest bits alone.
        fold(self.0)
    }
}

fn fold(word: u64) -> u64 {
    // Odd, and without a pattern: digits of pi.
    const MULTIPLIER: u128 = 0x243f_6a88_85a3_08d3;
    let product = u128::from(word) * MULTIPLIER;
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::wire::Id;

    /// Tables look at the low bits of a hash for a place, and at the highest seven to compare.
    fn places(keys: impl Iterator<Item = Id>) -> (usize, usize) {
        let hashes = Fold { secret: 7 };
        let hashes: Vec<u64> = keys.map(|key| hashes.hash_one(key)).collect();
        let distinct = |part: fn(&u64) -> u64| hashes.iter().map(part).collect::<HashSet<_>>().len();
        (distinct(|hash| hash & 0xfff), distinct(|hash| hash >> 57))
    }

    #[test]
    fn ids_that_count_are_spread() {
        for step in [1, 8, 256, 1 << 20, 1 << 32, 1 << 50] {
            let (low, high) = places((0..4096).map(|number| Id::Number(number * step)));
            // Chance would find 2,589 of 4,096 places.
            assert!(low > 2300 && high == 128, "{step}: {low}, {high}");
        }
    }

    #[test]
    fn ids_of_text_are_spread() {
        for width in [1, 7, 8, 9, 40] {
            let (low, high) = places((0..4096).map(|number| Id::String(format!("{number:0width$}").into())));
            assert!(low > 2300 && high == 128, "{width}: {low}, {high}");
        }
    }

    #[test]
    fn texts_of_zeros_are_told_apart_by_their_length() {
        let hashes = Fold::default();
        let all: HashSet<u64> = (0..40).map(|length| hashes.hash_one("\0".repeat(length))).collect();
        assert_eq!(all.len(), 40);
    }

    #[test]
    fn another_table_has_another_secret() {
        assert_ne!(Fold::default().hash_one("add"), Fold::default().hash_one("add"));
    }
}
