//! What it costs to search a text for a pattern.
//!
//! For each character of a text the engine takes a step at every place of the pattern to which the text so far may have led.
//! An upper bound of these places is read from the pattern. It is all places, with repetitions written out, where a match may
//! begin anywhere. A pattern that begins at the beginning of the text (`^`) is at few of them at a time: the copies in
//! `^[a-z]{1,36}$` come one after the other. And short texts do not lead far into a pattern.

use std::str::Chars;

/// How many steps may be taken for the texts of one call; each takes about 10 ns. A text whose own rules allow it to be
/// longer is searched all the same.
pub(super) const STEPS: u64 = 32 * 1024 * 1024;

/// What beginning a search costs, in characters.
const BEGIN: u64 = 8;

/// What a character of a text costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// The places at which a match can be at the same time.
    width: u64,
    /// The places that a match can come to without any character, and how many more with each.
    near: u64,
    growth: u64,
}

impl Cost {
    /// What it costs to search for a pattern that the dialect admits.
    pub(super) fn of(pattern: &str) -> Self {
        let part = Reader(pattern.chars()).alternatives();
        let width = if part.is_anchored { part.live } else { part.size };
        // At each character the engine looks whether a match may begin there.
        Self { width: width.saturating_add(1), near: part.near.saturating_add(1), growth: part.growth }
    }

    /// The steps that searching a text of so many bytes takes at most.
    pub(super) fn steps(self, bytes: usize) -> u64 {
        let bytes = bytes as u64;
        let on_average = self.near.saturating_add(self.growth.saturating_mul(bytes / 2 + 1));
        bytes.saturating_add(BEGIN).saturating_mul(on_average.min(self.width))
    }

    /// The longest text that is searched at all, in bytes, if its own rules do not limit it.
    pub(super) fn longest(self) -> u64 {
        (STEPS / self.width).saturating_sub(BEGIN)
    }
}

/// A part of a pattern.
#[derive(Clone, Copy)]
struct Part {
    /// All its places.
    size: u64,
    /// The places at which a match can be at the same time that has come to the part at one character only.
    live: u64,
    /// The places that a match can come to without any character, and how many more with each.
    near: u64,
    growth: u64,
    /// The fewest characters that it matches.
    least: u64,
    /// The characters that it matches, if that is always the same number.
    length: Option<u64>,
    /// Whether it matches only from the beginning of the text.
    is_anchored: bool,
}

impl Part {
    fn char(size: u64) -> Self {
        Self { size, live: size, near: size, growth: 0, least: 1, length: Some(1), is_anchored: false }
    }

    fn place(is_anchored: bool) -> Self {
        Self { size: 1, live: 1, near: 1, growth: 0, least: 0, length: Some(0), is_anchored }
    }

    fn or(self, other: Self) -> Self {
        Self {
            size: self.size.saturating_add(other.size).saturating_add(1),
            live: self.live.saturating_add(other.live).saturating_add(1),
            near: self.near.saturating_add(other.near).saturating_add(1),
            growth: self.growth.saturating_add(other.growth),
            least: self.least.min(other.least),
            length: self.length.filter(|length| other.length == Some(*length)),
            is_anchored: self.is_anchored && other.is_anchored,
        }
    }

    /// The part repeated; without `most`, as often as the text goes.
    fn repeated(self, least: u64, most: Option<u64>) -> Self {
        let copies = most.unwrap_or(least).max(1);
        let ends = copies.saturating_sub(least).max(1);
        let size = self.size.saturating_mul(copies).saturating_add(ends);
        let live = match self.length {
            // The copies are apart: where one ends another begins, or what follows.
            Some(1..) => self.live.saturating_add(2),
            _ if most == Some(1) => self.live.saturating_add(1),
            _ => size,
        };
        // With each of its lengths a match comes to another copy.
        let (near, growth) = match self.least {
            _ if copies == 1 => (self.near.saturating_add(2), self.growth),
            0 => (size, 0),
            length => (self.near.saturating_add(2), self.growth.max(self.size.saturating_add(1).div_ceil(length))),
        };
        let length = match self.length {
            Some(0) => Some(0),
            Some(length) if most == Some(least) => Some(length.saturating_mul(least)),
            _ => None,
        };
        Self { size, live, near, growth, least: self.least.saturating_mul(least), length, is_anchored: false }
    }
}

/// Reads a pattern of the dialect; it has been read before, so nothing is wrong with it.
struct Reader<'p>(Chars<'p>);

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.0.clone().next()
    }

    fn takes(&mut self, char: char) -> bool {
        let is_it = self.peek() == Some(char);
        if is_it {
            self.0.next();
        }
        is_it
    }

    fn alternatives(&mut self) -> Part {
        let mut all = self.sequence();
        while self.takes('|') {
            all = all.or(self.sequence());
        }
        all
    }

    fn sequence(&mut self) -> Part {
        // A match is in one part after the other, while each has its length. From the first on that has none it may be in
        // all of them. Parts without characters are passed together with those beside them.
        let (mut apart, mut together, mut beside) = (0_u64, 0_u64, 0_u64);
        let mut whole = Part::place(false);
        let mut is_first = true;
        while let Some(part) = self.part() {
            whole.is_anchored |= std::mem::take(&mut is_first) && part.is_anchored;
            whole.size = whole.size.saturating_add(part.size);
            whole.near = whole.near.saturating_add(part.near);
            whole.growth = whole.growth.saturating_add(part.growth);
            whole.least = whole.least.saturating_add(part.least);
            match (whole.length, part.length) {
                (Some(_), Some(0)) => beside = beside.saturating_add(part.size),
                (Some(_), Some(_)) => apart = apart.max(part.live),
                (Some(_), None) => together = part.live,
                (None, _) => together = together.saturating_add(part.size),
            }
            whole.length = whole.length.zip(part.length).map(|(before, own)| before.saturating_add(own));
        }
        whole.live = apart.max(together).saturating_add(beside).max(1);
        whole
    }

    fn part(&mut self) -> Option<Part> {
        let part = match self.peek().filter(|char| !matches!(char, '|' | ')'))? {
            '(' => {
                self.0.next();
                if self.takes('?') && !self.takes(':') {
                    self.skip_to('>');
                }
                let inner = self.alternatives();
                self.takes(')');
                let more = |places: u64| places.saturating_add(2);
                Part { size: more(inner.size), live: more(inner.live), near: more(inner.near), ..inner }
            }
            '[' => self.class(),
            '^' | '$' => Part::place(self.0.next() == Some('^')),
            '\\' => {
                self.0.next();
                self.escape()
            }
            _ => {
                self.0.next();
                Part::char(1)
            }
        };
        Some(match self.quantifier() {
            Some((least, most)) => part.repeated(least, most),
            None => part,
        })
    }

    /// The engine compares a character with one range after the other.
    fn class(&mut self) -> Part {
        let mut items = 0;
        while let Some(char) = self.0.next().filter(|char| *char != ']') {
            if char == '\\' {
                self.escape();
            }
            items += 1;
        }
        Part::char(1 + items / 16)
    }

    fn escape(&mut self) -> Part {
        match self.0.next() {
            Some('b' | 'B') => return Part::place(false),
            Some('x') => drop(self.0.nth(1)),
            Some('u') if self.takes('{') => self.skip_to('}'),
            Some('u') => drop(self.0.nth(3)),
            _ => {}
        }
        Part::char(1)
    }

    /// The least and the most repetitions of what was read last.
    fn quantifier(&mut self) -> Option<(u64, Option<u64>)> {
        let times = match self.peek()? {
            '*' => (0, None),
            '+' => (1, None),
            '?' => (0, Some(1)),
            '{' => {
                let text: String = self.0.by_ref().skip(1).take_while(|char| *char != '}').collect();
                let (least, most) = text.split_once(',').unwrap_or((&text, &text));
                // A number that is beyond 64 bits is refused by the dialect.
                self.takes('?');
                return Some((least.parse().unwrap_or(u64::MAX), most.parse().ok()));
            }
            _ => return None,
        };
        self.0.next();
        self.takes('?');
        Some(times)
    }

    fn skip_to(&mut self, end: char) {
        self.0.by_ref().find(|char| *char == end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_begins_at_the_beginning_is_as_wide_as_what_overlaps_in_it() {
        for (pattern, most) in [
            ("^[a-z0-9-]{1,36}$", 6),
            ("^[a-z0-9-]{1,5000}$", 6),
            ("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", 6),
            (r"^\d{4}-\d{2}-\d{2}$", 6),
            ("^(red|green|blue)$", 10),
            ("^(?:ab|cd)*$", 10),
            ("^[A-Z]{2}$|^[0-9]{3}$", 14),
        ] {
            assert!(Cost::of(pattern).width <= most, "{pattern}: {}", Cost::of(pattern).width);
        }
    }

    #[test]
    fn a_pattern_is_as_wide_as_it_is_long_where_a_match_may_be_anywhere_in_it() {
        for (pattern, least) in [
            ("[a-z]{1,36}b", 37),
            ("[a-z]{1,36}$|^b", 37),
            ("(^|x)[a-z]{100}", 100),
            ("^[a-z]*[a-z]{100}$", 100),
            ("^(a|aa){1,100}$", 300),
            ("^(a?){100}b", 100),
            ("^x(a*)*(b?){20}", 20),
            ("(a{100}){100}b", 10_000),
            ("()()()()()b", 10),
            ("(||||)*b", 5),
        ] {
            assert!(Cost::of(pattern).width >= least, "{pattern}: {}", Cost::of(pattern).width);
        }
    }

    #[test]
    fn a_short_text_does_not_lead_far_into_a_pattern() {
        let address = Cost::of(r"^([a-z0-9]+[._-]?){1,50}@([a-z0-9-]+\.)+[a-z]{2,}$");
        assert!(address.steps(25) * 6_000 < STEPS, "{}", address.steps(25));
        assert!(address.steps(100_000) > STEPS);
        // Nothing has to be there for all of it to be passed.
        let empty = Cost::of("(a?){100}b");
        assert!(empty.steps(10) > 18 * 400, "{}", empty.steps(10));
    }

    #[test]
    fn a_pattern_is_read_to_its_end() {
        for (pattern, same) in [
            (r"^\x41\u0041\u{1F600}(?<name>[\]x])$", "^aaa([a])$"),
            ("^[[)]a*?$", "^[a]a*$"),
            (r"^\(\)\[\{$", "^aaaa$"),
        ] {
            assert_eq!(Cost::of(pattern), Cost::of(same), "{pattern}");
        }
        assert_eq!(Cost::of("a{2,3}?b"), Cost::of("a{2,3}b"));
    }
}
