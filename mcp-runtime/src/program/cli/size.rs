//! Sizes on the command line: `65536`, `64KiB`, `1.5MB`.

/// What a unit stands for.
const UNITS: [(&str, f64); 10] = [
    ("b", 1.0),
    ("k", 1024.0),
    ("m", 1024.0 * 1024.0),
    ("g", 1024.0 * 1024.0 * 1024.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("kib", 1024.0),
    ("mib", 1024.0 * 1024.0),
    ("gib", 1024.0 * 1024.0 * 1024.0),
];

/// Reads a number of bytes.
///
/// # Errors
/// What would be one.
pub(super) fn parse(text: &str) -> Result<usize, String> {
    let end = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim().to_ascii_lowercase();
    let factor = if unit.is_empty() { Some(1.0) } else { find(&unit) };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}").parse::<u128>().ok();
    let number = digits.map(|digits| digits as f64 / fraction.bytes().fold(1.0, |tens, _| tens * 10.0));
    let bytes = number.zip(factor).map(|(number, factor)| number * factor);
    // Whole bytes; what is more than there can be is as much as there can be.
    bytes.map(|bytes| bytes as usize).ok_or_else(|| "write a number of bytes, as in 65536, 64KiB or 32MiB".to_owned())
}

fn find(unit: &str) -> Option<f64> {
    UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_the_units_that_people_write() {
        let sizes =
            [("65536", 65536), ("64KiB", 65536), ("32 MiB", 32 << 20), ("1.5kb", 1500), ("4K", 4096), ("7B", 7)];
        for (text, bytes) in sizes {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "4 parsecs", "-1", "1.2.3", "0x10"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
