//! Finding what is not plain text, many bytes at a time: the end of a string, a line break.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = ONES << 7;

/// What a long text is walked over by: the compiler makes a few vector instructions of it.
const BLOCK: usize = 64;

/// How many of the eight bytes from `at` on come before one that is a quote, a backslash or a control character. `None` where
/// there are no eight.
#[inline(always)]
pub(super) fn plain_bytes(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..)?.first_chunk()?;
    // Of a word without any it is 64 / 8.
    Some(special(*word).trailing_zeros() as usize / 8)
}

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
    match bytes.last_chunk() {
        // The last bytes are looked at as a word with zeros behind them, which are no plain ones.
        Some(last) if at < bytes.len() => {
            let before = 8 - (bytes.len() - at);
            let word = u64::from_le_bytes(*last) >> (8 * before);
            at + special(word.to_le_bytes()).trailing_zeros() as usize / 8
        }
        _ => {
            let plain = bytes.iter().skip(at).take_while(|byte| !matches!(byte, 0..0x20 | b'"' | b'\\'));
            at + plain.count()
        }
    }
}

/// Where the first block begins, from `at` on, in which not all is plain. Not in line: short texts would pay for its registers.
#[cold]
#[inline(never)]
fn end_of_plain_blocks(bytes: &[u8], at: usize) -> usize {
    let (blocks, _) = bytes[at..].as_chunks::<BLOCK>();
    let plain = blocks.iter().take_while(|block| {
        // Not `any`, which would look at one after the other.
        !block.iter().fold(false, |special, byte| special | matches!(byte, 0..0x20 | b'"' | b'\\'))
    });
    at + BLOCK * plain.count()
}

/// JSON on a single line: frames are told apart by line breaks, on streams and in server-sent events. JSON that was written by
/// hand, or by another program, may have some between its tokens, and nowhere else.
///
/// ```
/// use mcp_proto::wire::single_line;
///
/// assert_eq!(single_line("{\n\"a\": 1\r\n}".to_owned()), "{ \"a\": 1  }");
/// ```
#[inline]
pub fn single_line(json: String) -> String {
    if has_control(json.as_bytes()) { without_breaks(&json) } else { json }
}

#[cold]
fn without_breaks(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}

/// Whether there is no line break in a frame.
pub fn is_single_line(frame: &[u8]) -> bool {
    !has_control(frame) || !frame.iter().any(|byte| matches!(byte, b'\n' | b'\r'))
}

/// Whether all bytes are ASCII. The standard library's looks at up to 63 bytes one by one.
pub(super) fn is_ascii(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk() else { return bytes.is_ascii() };
    // Not `all`: they are, as a rule.
    let all = bytes.as_chunks().0.iter().fold(u64::from_le_bytes(*last), |all, word| all | u64::from_le_bytes(*word));
    all & HIGHS == 0
}

/// Whether there is a control character. JSON of our own making has none.
fn has_control(bytes: &[u8]) -> bool {
    // The last word overlaps the one before it, which is cheaper than to look at its bytes one by one.
    let Some(last) = bytes.last_chunk() else { return bytes.iter().any(|byte| *byte < 0x20) };
    let controls = |word: &[u8; 8]| {
        let word = u64::from_le_bytes(*word);
        word.wrapping_sub(ONES * 0x20) & !word & HIGHS
    };
    // Not `any`, which would look at one after the other: there are none, as a rule.
    bytes.as_chunks().0.iter().fold(controls(last), |found, word| found | controls(word)) != 0
}

/// Marks the bytes that are not plain. It may be wrong about bytes after the first that it marks.
#[inline]
fn special(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    // The classic test for bytes below a number, in a word. The XOR puts the quote right behind the control characters, which
    // stay among themselves, so that one test finds both.
    let controls_and_quotes = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let backslashes = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
    (controls_and_quotes | backslashes) & !word & HIGHS
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

    #[test]
    fn the_one_byte_that_is_not_ascii_is_found_wherever_it_stands() {
        for length in (0..40).chain([63, 64, 65, 127, 128, 129, 200]) {
            let mut bytes = vec![0x7f; length];
            assert!(is_ascii(&bytes), "{length}");
            for at in 0..length {
                bytes[at] = 0x80;
                assert!(!is_ascii(&bytes), "{length}, at {at}");
                bytes[at] = 0;
            }
        }
    }

    #[test]
    fn a_line_break_is_found_wherever_it_stands_and_nothing_else_is_taken_for_one() {
        for length in (0..40).chain([63, 64, 65, 71, 72, 127, 128, 129, 200]) {
            let plain = "é\u{7f} ~\u{2028}".chars().cycle().take(length).collect::<String>();
            assert!(is_single_line(plain.as_bytes()), "{length}");
            assert_eq!(single_line(plain.clone()), plain);
            for (at, _) in plain.char_indices() {
                for special in ["\n", "\r", "\t"] {
                    let text = format!("{}{special}{}", &plain[..at], &plain[at..]);
                    let spaced = text.replace(['\n', '\r'], " ");
                    assert_eq!(is_single_line(text.as_bytes()), special == "\t", "{length}, at {at}");
                    assert_eq!(single_line(text), spaced);
                }
            }
        }
    }
}
