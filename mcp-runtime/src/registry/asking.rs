//! Consent: which functions ask a person before they run.

use super::bind::Work;
use super::common::Common;
use crate::call::{Asking, ConsentRule, Entry, Handler};

/// What a function says of consent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Consent {
    /// A person is asked, perhaps in words of the author's.
    Asked { asking: Asking, text: Option<&'static str> },
    /// Nobody is asked, whatever the group and the server say.
    Never,
}

impl Work<'_> {
    /// Puts the question for consent before a function, where there is to be one.
    pub(super) fn asking(&self, entry: &mut Entry, handler: Handler, common: &Common) -> Handler {
        let Some(Consent::Asked { asking, text }) = common.consent else { return handler };
        let sensitive = common.params.iter().filter(|param| param.sensitive);
        let rule = ConsentRule {
            text: text.map(Into::into),
            about: first_line(common.docs).into(),
            sensitive: sensitive.map(|param| param.name.into()).collect(),
        };
        put_before(entry, handler, asking, rule)
    }
}

fn put_before(entry: &mut Entry, handler: Handler, asking: Asking, rule: ConsentRule) -> Handler {
    let (handler, consent) = (asking.0)(rule, handler);
    entry.consent = Some(consent);
    handler
}

fn first_line(docs: &str) -> &str {
    docs.lines().next().unwrap_or_default().trim()
}
