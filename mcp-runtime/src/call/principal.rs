//! Who is calling.

use std::sync::Arc;

/// Who is calling, as far as the transport could tell.
///
/// On stdio it is whoever started the process, and anonymous to the server.
///
/// ```
/// use mcp_runtime::Principal;
///
/// assert!(Principal::anonymous().is_anonymous());
/// let ada = Principal::new("ada").with_scopes(["notes:read"]);
/// assert!(ada.has_scope("notes:read"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal(Option<Arc<Known>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    subject: Box<str>,
    scopes: Vec<Box<str>>,
}

impl Principal {
    /// Somebody who was identified as `subject`.
    pub fn new(subject: impl Into<Box<str>>) -> Self {
        Self(Some(Arc::new(Known { subject: subject.into(), scopes: Vec::new() })))
    }

    /// Nobody in particular.
    pub const fn anonymous() -> Self {
        Self(None)
    }

    /// What they may do. An anonymous principal has no scopes.
    #[must_use]
    pub fn with_scopes<S: Into<Box<str>>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        if let Some(known) = &mut self.0 {
            Arc::make_mut(known).scopes = scopes.into_iter().map(Into::into).collect();
        }
        self
    }

    /// Whether nobody in particular is calling.
    pub fn is_anonymous(&self) -> bool {
        self.0.is_none()
    }

    /// Who it is, unless anonymous.
    pub fn subject(&self) -> Option<&str> {
        self.0.as_deref().map(|known| &*known.subject)
    }

    /// What they may do.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.0.as_deref().into_iter().flat_map(|known| known.scopes.iter().map(|scope| &**scope))
    }

    /// Whether they have this scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }
}
