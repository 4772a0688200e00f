//! Texts that a regular expression matches.

use std::iter::Peekable;
use std::str::Chars;

/// The nth text of so many characters that the expression matches; `None` if none is found. Not all of an expression is understood:
/// whoever shows the text to people has it matched first, if that is possible.
pub(super) fn matching(pattern: &str, least: usize, most: usize, mut nth: usize) -> Option<String> {
    const USUAL: usize = 3;
    // Whatever may be repeated is repeated so many times more than it must be.
    for more in [USUAL, 2, 1, 0].into_iter().chain(USUAL + 1..64) {
        let mut reader = Reader { rest: pattern.chars().peekable(), more, depth: 0, steps: STEPS };
        let mut text = String::new();
        reader.alternatives(&mut text)?;
        let count = text.chars().count();
        if reader.rest.next().is_none() && (least.max(1)..=most).contains(&count) {
            match nth.checked_sub(1) {
                None => return Some(text),
                Some(others) => nth = others,
            }
        }
    }
    None
}

struct Reader<'p> {
    rest: Peekable<Chars<'p>>,
    more: usize,
    depth: usize,
    /// How many atoms may still be read: repetitions within each other multiply.
    steps: usize,
}

const STEPS: usize = 4096;

/// Characters, or all others.
#[derive(Default)]
struct Class {
    ranges: Vec<(char, char)>,
    is_inverted: bool,
}

impl Class {
    fn has(&self, char: char) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&char)) != self.is_inverted
    }

    /// One of them, which goes with those before it.
    fn char(&self, at: usize) -> Option<char> {
        let letter = char::from(b"text"[at % 4]);
        let likely = [letter, letter.to_ascii_uppercase(), char::from(b"1234567890"[at % 10])];
        likely
            .into_iter()
            .chain(' '..='~')
            .chain(self.ranges.iter().map(|(first, _)| *first))
            .find(|char| self.has(*char))
    }
}

impl Reader<'_> {
    fn takes(&mut self, char: char) -> bool {
        self.rest.next_if_eq(&char).is_some()
    }

    /// The first of several alternatives is as good as the others.
    fn alternatives(&mut self, text: &mut String) -> Option<()> {
        self.sequence(text)?;
        while self.takes('|') {
            self.sequence(&mut String::new())?;
        }
        Some(())
    }

    fn sequence(&mut self, text: &mut String) -> Option<()> {
        while let Some(next) = self.rest.next_if(|char| !matches!(char, '|' | ')')) {
            // What is repeated is read once for each time.
            let begin = self.rest.clone();
            let mut once = text.clone();
            self.atom(next, &mut once)?;
            let (least, most) = self.times()?;
            let end = self.rest.clone();
            for _ in 0..most.min(least + self.more) {
                self.rest = begin.clone();
                self.atom(next, text)?;
            }
            self.rest = end;
        }
        Some(())
    }

    fn atom(&mut self, first: char, text: &mut String) -> Option<()> {
        let at = text.chars().count();
        self.steps = self.steps.checked_sub(1)?;
        match first {
            '^' | '$' => {}
            '(' => {
                self.depth += 1;
                let is_plain = !self.takes('?') || self.takes(':') || {
                    self.takes('<') && self.rest.by_ref().take_while(|char| *char != '>').all(char::is_alphanumeric)
                };
                // Nobody writes groups that deep.
                if !is_plain || self.depth > 16 {
                    return None;
                }
                self.alternatives(text)?;
                self.depth -= 1;
                return self.takes(')').then_some(());
            }
            '[' => text.push(self.class()?.char(at)?),
            '.' => text.push(Class { ranges: vec![('\n', '\r')], is_inverted: true }.char(at)?),
            '\\' if self.rest.next_if(|char| matches!(char, 'b' | 'B')).is_some() => {}
            '\\' => text.push(self.escaped()?.char(at)?),
            char => text.push(char),
        }
        Some(())
    }

    /// How often something may stand there.
    fn times(&mut self) -> Option<(usize, usize)> {
        let times = match self.rest.next_if(|char| matches!(char, '*' | '+' | '?' | '{')) {
            None => return Some((1, 1)),
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some(_) => {
                let counts: String = self.rest.by_ref().take_while(|char| *char != '}').collect();
                let (least, most) = counts.split_once(',').unwrap_or((&counts, &counts));
                (least.parse().ok()?, if most.is_empty() { usize::MAX } else { most.parse().ok()? })
            }
        };
        // As few as possible is how it is searched, and not what it means.
        self.takes('?');
        (times.0 <= 64).then_some(times)
    }

    /// Behind its `[`.
    fn class(&mut self) -> Option<Class> {
        let mut class = Class { is_inverted: self.takes('^'), ..Class::default() };
        loop {
            let mut one = match self.rest.next()? {
                ']' => return Some(class),
                '\\' => self.escaped()?,
                char => Class { ranges: vec![(char, char)], is_inverted: false },
            };
            let mut ahead = self.rest.clone();
            if let ([(first, last)], Some('-'), Some(end)) = (&mut *one.ranges, ahead.next(), ahead.next())
                && first == last
                && end != ']'
            {
                self.rest.next();
                *last = match self.rest.next()? {
                    '\\' => self.escaped()?.ranges.first()?.0,
                    char => char,
                };
            }
            // What is in it and is all but something is a letter for want of anything better.
            class.ranges.extend(if one.is_inverted { vec![('a', 'z')] } else { one.ranges });
        }
    }

    /// Behind its backslash.
    fn escaped(&mut self) -> Option<Class> {
        let of = |ranges: &[(char, char)], is_inverted| Some(Class { ranges: ranges.to_vec(), is_inverted });
        let char = match self.rest.next()? {
            name @ ('d' | 'D') => return of(&[('0', '9')], name == 'D'),
            name @ ('w' | 'W') => return of(&[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')], name == 'W'),
            name @ ('s' | 'S') => return of(&[(' ', ' '), ('\t', '\r')], name == 'S'),
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            char if char.is_alphanumeric() => return None,
            char => char,
        };
        of(&[(char, char)], false)
    }
}
