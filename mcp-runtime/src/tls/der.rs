//! Reading DER, as far as certificates need it (X.690).

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Der<'a>(&'a [u8]);

/// A value: its tag, what it holds, and both with the length in between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) whole: &'a [u8],
}

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

impl<'a> Der<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next value; `None` at the end, and where there is none.
    pub(super) fn next(&mut self) -> Option<Value<'a>> {
        let bytes = self.0;
        let (&tag, rest) = bytes.split_first()?;
        // Tags of several bytes occur nowhere in certificates.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x83 => {
                let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Value { tag, content, whole: &bytes[..bytes.len() - rest.len()] })
    }

    /// The next value, which has this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<Value<'a>> {
        self.next().filter(|value| value.tag == tag)
    }

    /// The next value if it has this tag; another one is left where it is.
    pub(super) fn maybe(&mut self, tag: u8) -> Option<Value<'a>> {
        if self.0.first() == Some(&tag) { self.next() } else { None }
    }
}

impl<'a> Iterator for Der<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        Der::next(self)
    }
}

impl<'a> Value<'a> {
    /// The values that it holds.
    pub(super) fn inside(self) -> Der<'a> {
        Der(self.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_one_by_one_and_what_is_cut_off_is_none() {
        let long: Vec<u8> = [&[OCTET_STRING, 0x82, 0x01, 0x00][..], &[7; 256]].concat();
        let bytes = [&[SEQUENCE, 3, OID, 1, 5][..], &long].concat();
        let mut der = Der::new(&bytes);
        assert!(der.maybe(SET).is_none());
        let sequence = der.expect(SEQUENCE).expect("a sequence");
        assert_eq!(sequence.whole, &bytes[..5]);
        assert_eq!(sequence.inside().next().map(|value| (value.tag, value.content)), Some((OID, &[5][..])));
        assert_eq!(der.next().map(|value| value.content.len()), Some(256));
        assert!(der.next().is_none());
        for end in 0..bytes.len() {
            assert!(Der::new(&bytes[..end]).map(|value| value.whole.len()).sum::<usize>() <= end);
        }
        for broken in [&[SEQUENCE, 0x80][..], &[SEQUENCE, 0x84, 0, 0, 0, 0], &[0x1f, 1, 0], &[SEQUENCE, 0x83, 0xff]] {
            assert!(Der::new(broken).next().is_none(), "{broken:?}");
        }
    }
}
