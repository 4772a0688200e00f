//! Consent: which functions ask a person before they run.

use std::sync::Arc;

use super::bind::Work;
use super::common::Common;
use super::dynamic::Details;
use super::group::Group;
use super::hint::Hint;
use super::rules::Consent;
use crate::args::Param;
use crate::call::{Asking, ConsentRule, Consents, Entry, Handler};
use crate::consent::names;
use crate::nearest::nearest;

/// A function, with what asks before it runs.
pub(super) type Asked = (Handler, Option<Arc<dyn Consents>>);

/// What is said of a function.
struct Declared<'a> {
    consent: Option<Consent<&'a str>>,
    group: Option<&'a Group>,
    docs: &'a str,
    is_tool: bool,
}

impl Work<'_> {
    /// Puts the question for consent before a function, where there is to be one.
    pub(super) fn asking(&self, entry: &mut Entry, handler: Handler, common: &Common, is_tool: bool) -> Asked {
        let Common { consent, group, docs, params, .. } = common;
        let declared = Declared { consent: *consent, group: *group, docs, is_tool };
        let sensitive = params.iter().filter(|param| param.sensitive);
        self.asks(entry, handler, &declared, sensitive.map(|param| param.name.into()).collect(), params)
    }

    /// The same for what was made at run time.
    pub(super) fn made_asking(&self, entry: &mut Entry, handler: Handler, details: &Details, is_tool: bool) -> Asked {
        let docs = details.description();
        let consent = details.consent.as_ref().map(|consent| match consent {
            Consent::Asked { asking, text } => Consent::Asked { asking: *asking, text: text.as_deref() },
            Consent::Never => Consent::Never,
        });
        let declared = Declared { consent, group: None, docs, is_tool };
        self.asks(entry, handler, &declared, details.sensitive.iter().map(|name| name.as_str().into()).collect(), &[])
    }

    /// Notes what is said of arguments that an item made at run time does not have: a slip would show what is sensitive, or let an
    /// answer hold for other calls than those it was given for. `has` are all that it has; `None` admits any.
    pub(super) fn check_shown(&mut self, details: &Details, has: impl FnOnce() -> Option<Vec<String>>) {
        let text = details.consent.as_ref().and_then(|consent| match consent {
            Consent::Asked { text, .. } => text.as_deref(),
            Consent::Never => None,
        });
        let named = text.map(names).unwrap_or_default();
        if details.sensitive.is_empty() && named.is_empty() {
            return;
        }
        let Some(has) = has() else { return };
        let is_unknown = |name: &str| !has.iter().any(|known| known == name);
        let cure = |name: &str| {
            let near = nearest(name, &mut has.iter().map(String::as_str));
            near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
        };
        for name in details.sensitive.iter().filter(|name| is_unknown(name)) {
            self.note(details, &format!("`.sensitive(\"{name}\")`: it has no such argument{}", cure(name)));
        }
        for name in named.iter().filter(|name| is_unknown(name)) {
            self.note(details, &format!("`.consent_to(\"… {{{name}}} …\")`: it has no such argument{}", cure(name)));
        }
    }

    fn asks(
        &self,
        entry: &mut Entry,
        handler: Handler,
        declared: &Declared<'_>,
        sensitive: Box<[Box<str>]>,
        params: &'static [Param],
    ) -> Asked {
        let (asking, text) = match declared.consent {
            Some(Consent::Never) => return (handler, None),
            Some(Consent::Asked { asking, text }) => (asking, text),
            None => match self.ruled(entry, declared) {
                Some(asking) => (asking, None),
                None => return (handler, None),
            },
        };
        let about = declared.docs.lines().next().unwrap_or_default().trim().into();
        let defaults = params.iter().filter_map(|param| Some((param.name, param.default?.value()?))).collect();
        let rule = ConsentRule { text: text.map(Into::into), about, sensitive, defaults };
        let (handler, consent) = (asking.0)(rule, handler);
        entry.asks = true;
        (handler, Some(consent))
    }

    /// What the group and the server say of a function that says nothing itself.
    fn ruled(&self, entry: &Entry, declared: &Declared<'_>) -> Option<Asking> {
        let of_group = declared.group.and_then(|group| group.consent);
        let of_server = &self.profile.consent;
        let rules = of_group.iter().chain(of_server);
        let is_about = |hint: &Option<_>| match hint {
            None => true,
            Some(hint) => declared.is_tool && Hint::is_of(*hint, entry.hints),
        };
        rules.filter(|(_, hint)| is_about(hint)).map(|(asking, _)| *asking).next()
    }
}
