//! Who is calling.

use std::sync::Arc;

/// The caller, as far as the transport has identified it. A parameter of this type is injected.
///
/// On stdio the caller is the [principal of the builder](crate::ServerBuilder::principal), and anonymous by default. On HTTP a
/// `tower` layer around [`Http`](crate::Http) identifies callers and puts a `Principal` into the request's extensions.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Says who is calling.
/// #[tool]
/// fn me(principal: Principal) -> Result<String> {
///     match principal.subject() {
///         Some(subject) if principal.has_scope("profile") => Ok(subject.to_owned()),
///         Some(_) => Err(Error::new("the scope `profile` is missing")),
///         None => Ok("nobody in particular".to_owned()),
///     }
/// }
///
/// let ada = Principal::new("ada").with_scopes(["profile"]);
/// assert_eq!(me(ada).unwrap(), "ada");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal(Option<Arc<Known>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    subject: Box<str>,
    scopes: Vec<Box<str>>,
}

impl Principal {
    /// A caller that was identified as `subject`.
    pub fn new(subject: impl Into<Box<str>>) -> Self {
        Self(Some(Arc::new(Known { subject: subject.into(), scopes: Vec::new() })))
    }

    /// A caller that was not identified.
    pub const fn anonymous() -> Self {
        Self(None)
    }

    /// Sets the scopes: what the caller may do. An anonymous principal has none.
    #[must_use]
    pub fn with_scopes<S: Into<Box<str>>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        if let Some(known) = &mut self.0 {
            Arc::make_mut(known).scopes = scopes.into_iter().map(Into::into).collect();
        }
        self
    }

    /// Whether the caller was not identified.
    pub fn is_anonymous(&self) -> bool {
        self.0.is_none()
    }

    /// The name that the caller was identified by; `None` if it is anonymous.
    pub fn subject(&self) -> Option<&str> {
        self.0.as_deref().map(|known| &*known.subject)
    }

    /// The scopes: what the caller may do.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.0.as_deref().into_iter().flat_map(|known| known.scopes.iter().map(|scope| &**scope))
    }

    /// Whether the caller has this scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }
}
