//! What the declarations of all kinds of items have.

use std::any::TypeId;
use std::time::Duration;

use mcp_proto::types::Icon;

use super::binder::Binder;
use super::group::Group;
use super::item::{About, meta};
use super::rules::{Consent, Rules};
use crate::args::Param;
use crate::call::{Handler, Location};

/// A marked function, told from others by its type: the type of a function item has no other value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Function {
    pub(super) id: fn() -> TypeId,
    /// Whether this names the function only, by a name that it was imported under; its definition is elsewhere.
    pub(super) is_elsewhere: bool,
}

/// What all kinds of items have.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) name: &'static str,
    pub(crate) title: Option<&'static str>,
    pub(crate) docs: &'static str,
    pub(crate) icons: &'static [Icon],
    pub(crate) tags: &'static [&'static str],
    pub(crate) meta: Option<&'static str>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) cache: Option<Duration>,
    pub(crate) group: Option<&'static Group>,
    pub(crate) rules: Rules,
    pub(crate) consent: Option<Consent>,
    pub(crate) bind: fn(&mut Binder<'_>) -> Option<Handler>,
    pub(crate) params: &'static [Param],
    pub(crate) at: Location,
    pub(crate) function: Option<Function>,
}

impl From<&'static Common> for About {
    fn from(common: &'static Common) -> Self {
        Self {
            plain_name: common.name.into(),
            title: common.title.map(Into::into),
            description: common.docs.into(),
            icons: common.icons.into(),
            meta: meta(common.meta, common.tags),
        }
    }
}

impl Common {
    pub(super) const fn new(
        name: &'static str,
        bind: fn(&mut Binder<'_>) -> Option<Handler>,
        params: &'static [Param],
        at: Location,
    ) -> Self {
        Self {
            name,
            title: None,
            docs: "",
            icons: &[],
            tags: &[],
            meta: None,
            timeout: None,
            cache: None,
            group: None,
            rules: Rules::NONE,
            consent: None,
            bind,
            params,
            at,
            function: None,
        }
    }
}

/// The setters that all three kinds have.
macro_rules! common_setters {
    () => {
        /// Its name for people.
        #[must_use]
        pub const fn title(mut self, title: &'static str) -> Self {
            self.common.title = Some(title);
            self
        }

        /// Its description.
        #[must_use]
        pub const fn docs(mut self, docs: &'static str) -> Self {
            self.common.docs = docs;
            self
        }

        /// Its icons.
        #[must_use]
        pub const fn icons(mut self, icons: &'static [Icon]) -> Self {
            self.common.icons = icons;
            self
        }

        /// Words to choose it by.
        #[must_use]
        pub const fn tags(mut self, tags: &'static [&'static str]) -> Self {
            self.common.tags = tags;
            self
        }

        /// Its `_meta`: the JSON of an object.
        #[must_use]
        pub const fn meta(mut self, json: &'static str) -> Self {
            self.common.meta = Some(json);
            self
        }

        /// How long a call may take.
        #[must_use]
        pub const fn timeout_ms(mut self, milliseconds: u64) -> Self {
            self.common.timeout = Some(Duration::from_millis(milliseconds));
            self
        }

        /// How long a result stays fresh; 0 means that it is not to be kept.
        #[must_use]
        pub const fn cache_ms(mut self, milliseconds: u64) -> Self {
            self.common.cache = Some(Duration::from_millis(milliseconds));
            self
        }

        /// The group it belongs to.
        #[must_use]
        pub const fn group(mut self, group: &'static Group) -> Self {
            self.common.group = Some(group);
            self
        }

        /// The scopes that are all needed.
        #[must_use]
        pub const fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
            self.common.rules.scopes = scopes;
            self
        }

        /// The roles that are all needed.
        #[must_use]
        pub const fn roles(mut self, roles: &'static [&'static str]) -> Self {
            self.common.rules.roles = roles;
            self
        }

        /// Everyone may use it.
        #[must_use]
        pub const fn public(mut self) -> Self {
            self.common.rules.is_public = true;
            self
        }

        /// What binds the function that says who may use it.
        #[must_use]
        pub const fn policy(mut self, guard: fn(&mut Binder<'_>) -> Option<Guard>) -> Self {
            self.common.rules.guard = Some(guard);
            self
        }

        /// A person is asked before it runs, perhaps in words of the author's.
        #[must_use]
        pub const fn consent(mut self, asking: Asking, text: Option<&'static str>) -> Self {
            self.common.consent = Some(Consent::Asked { asking, text });
            self
        }

        /// Nobody is asked before it runs, whatever its group and its server say.
        #[must_use]
        pub const fn no_consent(mut self) -> Self {
            self.common.consent = Some(Consent::Never);
            self
        }

        /// The function that it is of.
        #[must_use]
        pub const fn function(mut self, id: fn() -> TypeId) -> Self {
            self.common.function = Some(Function { id, is_elsewhere: false });
            self
        }

        /// The function whose definition, which is elsewhere, this stands for.
        #[must_use]
        pub const fn elsewhere(mut self, id: fn() -> TypeId) -> Self {
            self.common.function = Some(Function { id, is_elsewhere: true });
            self
        }
    };
}

/// What they tell of themselves.
macro_rules! common_getters {
    ($variant:ident) => {
        /// This definition, or the one that it stands for, if that was linked.
        fn declared(&self) -> &Self {
            let Some(Function { id, is_elsewhere: true }) = self.common.function else { return self };
            let mut all = inventory::iter::<Item>().filter_map(|item| match *item {
                Item::$variant(def) => Some(def),
                _ => None,
            });
            all.find(|def| def.common.function.is_some_and(|function| (function.id)() == id())).unwrap_or(self)
        }

        /// The definition of the function, if it was marked and linked.
        #[cfg(feature = "client-stdio")]
        pub(crate) fn marked(&self) -> Option<&Self> {
            let def = self.declared();
            def.common.function.is_none_or(|function| !function.is_elsewhere).then_some(def)
        }

        /// The name, as clients see it where there is no prefix.
        pub fn name(&self) -> &'static str {
            self.declared().common.name
        }

        /// The file of the function, as the compiler names it.
        pub fn file(&self) -> &'static str {
            self.declared().common.at.file
        }

        /// The line of the function, from 1.
        pub fn line(&self) -> u32 {
            self.declared().common.at.line
        }
    };
}

pub(super) use {common_getters, common_setters};
