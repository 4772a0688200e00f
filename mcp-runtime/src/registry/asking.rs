//! Consent: which functions ask a person before they run.

use std::sync::Arc;

use super::bind::Work;
use super::common::Common;
use super::rules::Consent;
use crate::call::{Asking, ConsentRule, Consents, Entry, Handler};

/// A function, with what asks before it runs.
pub(super) type Asked = (Handler, Option<Arc<dyn Consents>>);

impl Work<'_> {
    /// Puts the question for consent before a function, where there is to be one.
    pub(super) fn asking(&self, entry: &mut Entry, handler: Handler, common: &Common) -> Asked {
        let Some(Consent::Asked { asking, text }) = common.consent else { return (handler, None) };
        let sensitive = common.params.iter().filter(|param| param.sensitive);
        let rule = ConsentRule {
            text: text.map(Into::into),
            about: first_line(common.docs).into(),
            sensitive: sensitive.map(|param| param.name.into()).collect(),
        };
        put_before(entry, handler, asking, rule)
    }
}

fn put_before(entry: &mut Entry, handler: Handler, asking: Asking, rule: ConsentRule) -> Asked {
    let (handler, consent) = (asking.0)(rule, handler);
    entry.asks = true;
    (handler, Some(consent))
}

fn first_line(docs: &str) -> &str {
    docs.lines().next().unwrap_or_default().trim()
}
