//! Names of members that are looked for.
//!
//! Nearly everybody writes a name as it is, without escapes. So what comes next is compared with the names that are expected,
//! in a few wide comparisons, and only what fits none of them is walked over byte by byte.

/// The names that are looked for in one kind of object.
pub(super) trait Names: Copy {
    /// The name that `json` begins with, if it is written as nearly everybody does: with its colon, and how many bytes that
    /// are.
    fn written(json: &[u8]) -> Option<(Self, usize)>;

    /// The name that the bytes of a text are.
    fn of(text: &[u8]) -> Self;
}

/// An enum of the names, in the order in which they are mostly written.
macro_rules! names {
    ($(#[$doc:meta])* $visible:vis enum $names:ident { $($name:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visible enum $names {
            $($name,)+
            Other,
        }

        impl $crate::wire::names::Names for $names {
            #[inline]
            fn written(json: &[u8]) -> Option<(Self, usize)> {
                $(
                    let written = concat!("\"", $text, "\":");
                    // Most differ in where they end, which costs less to see than how they begin.
                    if json.get(written.len() - 1) == Some(&b':') && json.starts_with(written.as_bytes()) {
                        return Some((Self::$name, written.len()));
                    }
                )+
                None
            }

            fn of(text: &[u8]) -> Self {
                $(
                    if text == $text.as_bytes() {
                        return Self::$name;
                    }
                )+
                Self::Other
            }
        }
    };
}

pub(super) use names;
