//! Numbers: what their JSON says exactly, and rules for them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use crate::args::constraint::Num;

/// `minimum`, `multipleOf` and their like, and what the type itself can hold.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NumberRules {
    pub(super) range: Range,
    pub(super) multiple_of: Option<Num>,
    pub(super) type_range: TypeRange,
}

/// What the type behind a schema can hold, by its `format`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum TypeRange {
    /// Not known.
    #[default]
    Any,
    Int(i128, i128),
    /// Numbers of 32 bits; those of 64 bits are `Any`, since JSON numbers beyond them are refused in any case.
    Float,
}

/// A range, each end with whether it is in it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Range {
    pub(super) min: Option<(Num, bool)>,
    pub(super) max: Option<(Num, bool)>,
}

impl TypeRange {
    pub(super) fn of_format(format: &str) -> Self {
        macro_rules! of {
            ($type:ty) => {
                Self::Int(<$type>::MIN as i128, <$type>::MAX as i128)
            };
        }
        match format {
            "int8" => of!(i8),
            "int16" => of!(i16),
            "int32" => of!(i32),
            "int64" => of!(i64),
            "int" => of!(isize),
            "uint8" => of!(u8),
            "uint16" => of!(u16),
            "uint32" => of!(u32),
            "uint64" => of!(u64),
            "uint" => of!(usize),
            "float" => Self::Float,
            _ => Self::Any,
        }
    }
}

/// The value of a number's JSON. Whole numbers of up to 38 digits are exact, however they are written; `None` for a number
/// that 64-bit floats don't hold.
pub(in super::super) fn parse(json: &str) -> Option<Num> {
    if let Ok(number) = json.parse::<i128>() {
        return Some(Num::Int(number));
    }
    if let Some(number) = whole(json).and_then(|digits| digits.parse().ok()) {
        return Some(Num::Int(number));
    }
    serde_json::from_str::<f64>(json).ok().filter(|number| number.is_finite()).map(Num::Float)
}

/// The digits of a whole number that is written with a fraction or an exponent, or as `-0`: `30.0` is `30`, `2e3` is `2000`.
/// `None` where the number is not whole, or has more digits than any integer type.
pub(in super::super) fn whole(json: &str) -> Option<String> {
    const MOST_DIGITS: usize = 40;
    let (sign, digits) = match json.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", json),
    };
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let after = after.trim_end_matches('0');
    if before.trim_start_matches('0').is_empty() && after.is_empty() {
        return Some("0".to_owned());
    }
    let exponent: i64 = exponent.parse().ok()?;
    let shift = exponent.checked_sub(i64::try_from(after.len()).ok()?)?;
    if before.len() + after.len() > 2 * MOST_DIGITS {
        return None;
    }
    let mut all = format!("{before}{after}");
    if shift < 0 {
        // `100e-2` is whole; `5e-1` is not.
        let cut = all.len().checked_sub(usize::try_from(shift.unsigned_abs()).ok()?)?;
        if !all[cut..].bytes().all(|digit| digit == b'0') {
            return None;
        }
        all.truncate(cut);
    } else {
        let zeros = usize::try_from(shift).ok().filter(|zeros| *zeros <= MOST_DIGITS)?;
        all.extend(std::iter::repeat_n('0', zeros));
    }
    let all = all.trim_start_matches('0');
    (all.len() <= MOST_DIGITS && !all.is_empty()).then(|| format!("{sign}{all}"))
}

/// A number's JSON such that equal numbers have the same, digit by digit: of `1.0`, `10e-1` and `1` it is `1`.
pub(super) fn canonical(json: &str) -> Cow<'_, str> {
    /// A whole number of fewer digits is written without an exponent, as most are given.
    const PLAIN: usize = 30;
    if json.len() < PLAIN && json.bytes().all(|byte| byte.is_ascii_digit()) {
        return json.into();
    }
    let (sign, rest) = json.strip_prefix('-').map_or(("", json), |rest| ("-", rest));
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return "0".into();
    }
    // An exponent of more than 64 bits is compared as it is written.
    let moved = exponent.parse::<i64>().ok().and_then(|exponent| {
        let exponent = exponent.checked_sub(i64::try_from(after.len()).ok()?)?;
        exponent.checked_add(i64::try_from(digits.len() - significant.len()).ok()?)
    });
    match moved {
        None => json.into(),
        Some(zeros @ 0..) if zeros.saturating_add(significant.len() as i64) < PLAIN as i64 => {
            format!("{sign}{significant}{}", "0".repeat(zeros as usize)).into()
        }
        Some(exponent) => format!("{sign}{significant}e{exponent}").into(),
    }
}

/// What is wrong with a number.
#[derive(Debug, PartialEq)]
pub(super) enum Wrong {
    Range,
    Type,
    Multiple,
}

impl NumberRules {
    pub(super) fn check(&self, number: Num) -> Result<(), Wrong> {
        if !self.range.holds(number) {
            return Err(Wrong::Range);
        }
        match (self.type_range, number) {
            (TypeRange::Int(min, max), Num::Int(number)) if number < min || number > max => return Err(Wrong::Type),
            // Beyond `i128` it is beyond these too.
            (TypeRange::Int(..), Num::Float(number)) if number.fract() == 0.0 => return Err(Wrong::Type),
            (TypeRange::Float, number) if !(number.as_f64() as f32).is_finite() => return Err(Wrong::Type),
            _ => {}
        }
        match self.multiple_of {
            Some(step) if !is_multiple(number, step) => Err(Wrong::Multiple),
            _ => Ok(()),
        }
    }

    /// The rules with the range that the type has, for a number that is beyond it: what a schema leaves unsaid.
    pub(super) fn with_type_range(&self) -> Self {
        let TypeRange::Int(least, most) = self.type_range else { return *self };
        let range = Range {
            min: self.range.min.or(Some((Num::Int(least), true))),
            max: self.range.max.or(Some((Num::Int(most), true))),
        };
        Self { range, ..*self }
    }

    /// Whether they say no more than that a type holds what it holds.
    pub(super) fn are_the_types_own(&self) -> bool {
        let TypeRange::Int(least, most) = self.type_range else { return false };
        let is = |end: Option<(Num, bool)>, own: i128| end.is_none_or(|end| end == (Num::Int(own), true));
        self.multiple_of.is_none() && is(self.range.min, least) && is(self.range.max, most)
    }
}

fn is_multiple(number: Num, step: Num) -> bool {
    match (number, step) {
        (Num::Int(number), Num::Int(step)) => step == 0 || number % step == 0,
        (number, step) => {
            let times = number.as_f64() / step.as_f64();
            // 0.3 is a multiple of 0.1, though not in binary.
            (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
        }
    }
}

impl Range {
    /// The range of integers as it is told to who has given no integer: the ends of 64 bits say nothing to them.
    pub(super) fn of_integers(self) -> Self {
        let is = |end: Option<(Num, bool)>, number: i128| end == Some((Num::Int(number), true));
        let is_unsigned = is(self.min, 0);
        let is_most = is(self.max, i64::MAX.into()) || is(self.max, u64::MAX.into());
        match is_most && (is_unsigned || is(self.min, i64::MIN.into())) {
            true => Self { min: self.min.filter(|_| is_unsigned), max: None },
            false => self,
        }
    }

    pub(super) fn holds(&self, number: Num) -> bool {
        let above = self.min.is_none_or(|(min, inclusive)| match number.compare(min) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Equal) => inclusive,
            _ => false,
        });
        let below = self.max.is_none_or(|(max, inclusive)| match number.compare(max) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => inclusive,
            _ => false,
        });
        above && below
    }
}

impl fmt::Display for Range {
    /// What follows "an integer" or "a number".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min, self.max) {
            (None, None) => Ok(()),
            (Some((min, true)), Some((max, true))) => write!(f, " from {min} to {max}"),
            (Some((min, true)), None) => write!(f, ", {min} or more"),
            (Some((min, false)), None) => write!(f, " greater than {min}"),
            (None, Some((max, true))) => write!(f, " of at most {max}"),
            (None, Some((max, false))) => write!(f, " less than {max}"),
            (Some((min, lower)), Some((max, upper))) => {
                f.write_str(if lower { " of at least " } else { " greater than " })?;
                write!(f, "{min} and {} {max}", if upper { "at most" } else { "less than" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_64_bits_are_left_out_where_both_are() {
        let ends = |min: i128, max: i128| Range { min: Some((Num::Int(min), true)), max: Some((Num::Int(max), true)) };
        let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
        for (range, words) in [
            (ends(least, most), "an integer"),
            (ends(0, most), "an integer, 0 or more"),
            (ends(0, u64::MAX.into()), "an integer, 0 or more"),
            (ends(1, most), "an integer from 1 to 9223372036854775807"),
            (ends(least, 9), "an integer from -9223372036854775808 to 9"),
        ] {
            assert_eq!(format!("an integer{}", range.of_integers()), words);
        }
    }

    #[test]
    fn whole_numbers_are_whole_however_they_are_written() {
        for (json, digits) in [
            ("30.0", Some("30")),
            ("3e0", Some("3")),
            ("2.5e3", Some("2500")),
            ("100e-2", Some("1")),
            ("1.20e1", Some("12")),
            ("-1.0", Some("-1")),
            ("-0", Some("0")),
            ("-0.0e5", Some("0")),
            ("0e999999999999999999999", Some("0")),
            ("9007199254740993.0", Some("9007199254740993")),
            ("1e38", Some("100000000000000000000000000000000000000")),
            ("1.5", None),
            ("5e-1", None),
            ("105e-1", None),
            ("1e999999999999999999999", None),
            ("1e400", None),
            ("1e-400", None),
            ("1e-9223372036854775808", None),
            ("1.5e-9223372036854775807", None),
        ] {
            assert_eq!(whole(json).as_deref(), digits, "{json}");
        }
    }

    #[test]
    fn equal_numbers_are_written_alike_and_others_are_not() {
        for same in [
            &["1", "1.0", "10e-1", "0.1E+1", "1e0", "1.000000000000000000000000000000000000"] as &[&str],
            &["0", "-0", "0.0", "-0e5", "0e99999999999999999999999"],
            &["-20", "-2e1", "-20.0"],
            &["20", "2e1", "20.0", "200e-1"],
            &["2", "2.0", "20e-1"],
            &["18446744073709551616", "18446744073709551616.0"],
            &["18446744073709551617", "1844674407370955161.7e1"],
            &["100000000000000000000000000000000000000000", "1e41", "10e40"],
            &["0.1", "1e-1", "0.10"],
            &["0.1000000000000000055511151231257827"],
            &["1e400", "10e399"],
            &["1e401"],
            &["1e99999999999999999999999"],
        ]
        .windows(2)
        {
            let written = |all: &[&str]| all.iter().map(|json| canonical(json).into_owned()).collect::<Vec<_>>();
            let (these, others) = (written(same[0]), written(same[1]));
            assert!(these.iter().all(|one| *one == these[0] && *one != others[0]), "{these:?} {others:?}");
        }
    }

    #[test]
    fn multiples_are_those_of_decimal_numbers() {
        for (number, step, expected) in
            [("10", "5", true), ("7", "5", false), ("0.3", "0.1", true), ("0.35", "0.1", false)]
        {
            let (number, step) = (parse(number).expect("a number"), parse(step).expect("a number"));
            assert_eq!(is_multiple(number, step), expected, "{number} {step}");
        }
    }
}
