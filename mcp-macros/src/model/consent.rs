//! `consent`, `consent = false`, `consent = "Refund the order {order}"`: whether a person is asked before a function runs.

use syn::LitStr;

use crate::attr::options::Options;

/// Whether a person is asked before a function runs.
pub(crate) enum Consent {
    /// Perhaps in words of the author's, which name arguments in braces.
    Asked(Option<LitStr>),
    /// Nobody is asked, whatever the group and the server say.
    Never,
}

/// A text, as an example.
pub(crate) const EXAMPLE: &str = "Refund the order {order}";

impl Consent {
    pub(super) fn read(options: &Options<'_>) -> Option<Self> {
        let (flag, text) = options.flag_or_text("consent", EXAMPLE)?;
        Some(if flag.on { Self::Asked(text) } else { Self::Never })
    }
}
