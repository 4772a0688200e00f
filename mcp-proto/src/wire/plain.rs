//! Finding the end of a string's plain text, many bytes at a time.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = ONES << 7;

/// What a long text is walked over by: the compiler makes a few vector instructions of it.
const BLOCK: usize = 64;

/// Where, from `at` on, the first byte stands that is a quote, a backslash or a control character; the end if none is.
#[inline]
pub(super) fn end_of_plain(bytes: &[u8], mut at: usize) -> usize {
    // Most texts end within a few words.
    let long = at + BLOCK;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let special = special(*word);
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += word.len();
        if at == long {
            at = end_of_plain_blocks(bytes, at);
        }
    }
    while bytes.get(at).is_some_and(|byte| !matches!(byte, 0..0x20 | b'"' | b'\\')) {
        at += 1;
    }
    at
}

/// Where the first block begins, from `at` on, in which not all is plain.
fn end_of_plain_blocks(bytes: &[u8], at: usize) -> usize {
    let (blocks, _) = bytes[at..].as_chunks::<BLOCK>();
    let plain = blocks.iter().take_while(|block| {
        // Not `any`, which would look at one after the other.
        !block.iter().fold(false, |special, byte| special | matches!(byte, 0..0x20 | b'"' | b'\\'))
    });
    at + BLOCK * plain.count()
}

/// Marks the bytes that are not plain. It may be wrong about bytes after the first that it marks.
#[inline]
fn special(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    // The classic test for a zero byte in a word.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
    controls | zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_that_is_not_plain_is_found_wherever_it_stands() {
        for special in 0..=255_u8 {
            let plain = !matches!(special, 0..0x20 | b'"' | b'\\');
            for before in (0..20).chain([63, 64, 65, 127, 128, 129, 200]) {
                for after in 0..12 {
                    let mut bytes = vec![b'a'; before];
                    bytes.push(special);
                    bytes.extend(std::iter::repeat_n(b'!', after));
                    let expected = if plain { bytes.len() } else { before };
                    for at in (0..=before.min(20)).chain([before]) {
                        assert_eq!(
                            end_of_plain(&bytes, at),
                            expected,
                            "{special} at {before}, {after} after it, from {at}"
                        );
                    }
                }
            }
        }
    }
}
