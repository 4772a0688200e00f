//! The members of a result that clients read, found in the pass that decodes its message.

use super::frame::Span;
use super::scan::{Malformed, Scanner};
use super::value::{Kind, Value};

/// Where the members of a result stand that clients read, and what they say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ResultMembers {
    pub(crate) content: Option<Span>,
    pub(crate) structured: Option<Span>,
    pub(crate) is_error: bool,
    pub(crate) asks: bool,
}

impl ResultMembers {
    /// Walks over the result.
    // Not in line: a server's requests have none.
    #[inline(never)]
    pub(super) fn walk(&mut self, scanner: &mut Scanner<'_>) -> Result<Value, Malformed> {
        if scanner.peek()? != b'{' {
            return scanner.value();
        }
        let start = scanner.at();
        scanner.object(|scanner, name| {
            let decoded;
            let name = match name.plain(scanner.text()) {
                Some(name) => name,
                None => {
                    decoded = name.string(scanner.text()).ok_or(Malformed)?;
                    decoded.as_bytes()
                }
            };
            let value = scanner.value()?;
            // Of one that is there twice, the last counts.
            match name {
                b"content" => self.content = Some(value.span),
                b"structuredContent" => self.structured = Some(value.span).filter(|_| value.kind != Kind::Null),
                b"isError" => self.is_error = value.json(scanner.text()) == b"true",
                b"resultType" => self.asks = value.plain(scanner.text()) == Some(b"input_required"),
                _ => {}
            }
            Ok(())
        })?;
        Ok(scanner.since(start, Kind::Object))
    }
}
