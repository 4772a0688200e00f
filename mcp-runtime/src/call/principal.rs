//! Who is calling.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::value::RawValue;

/// The caller, as far as the transport has identified it. A parameter of this type is injected.
///
/// On stdio the caller is the [principal of the builder](crate::ServerBuilder::principal), and anonymous by default. On HTTP
/// [`Http::authenticate`](crate::Http::authenticate) identifies callers, or a `tower` layer around [`Http`](crate::Http), which puts
/// a `Principal` into the request's extensions.
///
/// A caller is identified by its [issuer](Self::issuer) *and* its [subject](Self::subject): `ada` of one issuer is not `ada` of
/// another. Sessions, limits per principal, cached answers and the answers to questions belong to both together. A clone costs one
/// reference count.
///
/// `==`, the hash and the order go by all that is known of a caller, its scopes, claims and expiry too: two tokens of one caller are
/// different keys of a map. Where the same caller is to find the same entry, let the key be the issuer and the subject, or compare
/// with [`is_same_as`](Self::is_same_as). The order is for sorted maps; nothing else follows from it.
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
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal(Option<Arc<Known>>);

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Known {
    subject: Box<str>,
    issuer: Option<Box<str>>,
    client: Option<Box<str>>,
    scopes: Vec<Box<str>>,
    roles: Vec<Box<str>>,
    claims: Claims,
    expires: Option<SystemTime>,
    method: Option<AuthMethod>,
}

/// How a caller was identified.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::AuthMethod;
///
/// /// Says how the caller was identified.
/// #[tool(read_only)]
/// fn how(caller: Principal) -> &'static str {
///     match caller.method() {
///         Some(AuthMethod::ApiKey) => "by a key",
///         Some(AuthMethod::Jwt | AuthMethod::Introspection) => "by a token",
///         Some(_) => "in another way",
///         None => "not at all",
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AuthMethod {
    /// By a key that the server knows.
    ApiKey,
    /// By a signed token (RFC 7519).
    Jwt,
    /// By a token that the issuer was asked about (RFC 7662).
    Introspection,
    /// By the certificate of the client's TLS connection.
    Certificate,
    /// By the system, which knows the process at the other end of a Unix socket.
    Unix,
    /// By the environment of the process, as on stdio.
    Environment,
    /// In another way.
    Other(&'static str),
}

/// Who a caller is: the issuer, where there is one, and the subject.
pub(crate) type Identity<'a> = (Option<&'a str>, &'a str);

impl Principal {
    /// A caller that was identified as `subject`.
    pub fn new(subject: impl Into<Box<str>>) -> Self {
        Self(Some(Arc::new(Known { subject: subject.into(), ..Known::default() })))
    }

    /// A caller that was not identified.
    pub const fn anonymous() -> Self {
        Self(None)
    }

    /// Sets the issuer: who vouches for the subject, such as the URL of an identity provider. Together they are the identity of the
    /// caller. Has no effect on an anonymous principal, like all setters.
    #[must_use]
    pub fn with_issuer(self, issuer: impl Into<Box<str>>) -> Self {
        self.set(|known| known.issuer = Some(issuer.into()))
    }

    /// Sets the id of the client: the program that calls on behalf of the subject.
    #[must_use]
    pub fn with_client(self, client: impl Into<Box<str>>) -> Self {
        self.set(|known| known.client = Some(client.into()))
    }

    /// Sets the scopes: what the caller may do. An anonymous principal has none.
    #[must_use]
    pub fn with_scopes<S: Into<Box<str>>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.set(|known| known.scopes = scopes.into_iter().map(Into::into).collect())
    }

    /// Sets the roles: what the caller is, such as `admin`.
    #[must_use]
    pub fn with_roles<S: Into<Box<str>>>(self, roles: impl IntoIterator<Item = S>) -> Self {
        self.set(|known| known.roles = roles.into_iter().map(Into::into).collect())
    }

    /// Sets what else is said of the caller, by name, as JSON.
    ///
    /// ```
    /// use mcp_runtime::Principal;
    /// use mcp_runtime::serde_json::value::to_raw_value;
    ///
    /// # fn main() -> Result<(), mcp_runtime::serde_json::Error> {
    /// let ada = Principal::new("ada").with_claims([("tenant", to_raw_value("acme")?)]);
    /// assert_eq!(ada.claim("tenant").map(|tenant| tenant.get()), Some("\"acme\""));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_claims<S: Into<Box<str>>>(self, claims: impl IntoIterator<Item = (S, Box<RawValue>)>) -> Self {
        let claims = claims.into_iter().map(|(name, value)| (name.into(), value)).collect();
        self.set(|known| known.claims = Claims(claims))
    }

    /// Sets when the credentials expire. Streams and sessions that were opened with them end then.
    #[must_use]
    pub fn with_expiry(self, expires: SystemTime) -> Self {
        self.set(|known| known.expires = Some(expires))
    }

    /// Sets how the caller was identified.
    #[must_use]
    pub fn with_method(self, method: AuthMethod) -> Self {
        self.set(|known| known.method = Some(method))
    }

    /// Whether the caller was not identified.
    pub fn is_anonymous(&self) -> bool {
        self.0.is_none()
    }

    /// The name that the caller was identified by; `None` if it is anonymous. It is unique only among the subjects of one
    /// [issuer](Self::issuer).
    pub fn subject(&self) -> Option<&str> {
        self.known().map(|known| &*known.subject)
    }

    /// Who vouches for the subject.
    pub fn issuer(&self) -> Option<&str> {
        self.known()?.issuer.as_deref()
    }

    /// The id of the client: the program that calls on behalf of the subject.
    pub fn client(&self) -> Option<&str> {
        self.known()?.client.as_deref()
    }

    /// Whether both are the same caller: the same subject of the same issuer, or both anonymous. Scopes, roles, claims and clients
    /// may differ.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    /// The scopes: what the caller may do.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.known().into_iter().flat_map(|known| known.scopes.iter().map(|scope| &**scope))
    }

    /// Whether the caller has this scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// The roles: what the caller is.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.known().into_iter().flat_map(|known| known.roles.iter().map(|role| &**role))
    }

    /// Whether the caller has this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles().any(|assigned| assigned == role)
    }

    /// What else is said of the caller under this name, as JSON.
    pub fn claim(&self, name: &str) -> Option<&RawValue> {
        self.known()?.claims.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    /// When the credentials expire; `None` if they do not.
    pub fn expires(&self) -> Option<SystemTime> {
        self.known()?.expires
    }

    /// How the caller was identified, if it is known.
    pub fn method(&self) -> Option<AuthMethod> {
        self.known()?.method
    }

    /// Who the caller is; `None` if it is anonymous. Whatever belongs to a caller belongs to this.
    pub(crate) fn identity(&self) -> Option<Identity<'_>> {
        self.known().map(|known| (known.issuer.as_deref(), &*known.subject))
    }

    /// The name under which what is kept for the caller is counted; `None` if it is anonymous.
    pub(crate) fn owner(&self) -> Option<String> {
        Some(match self.identity()? {
            // With its length, so that no issuer and subject read like another pair.
            (Some(issuer), subject) => format!("issuer/{}/{issuer}/{subject}", issuer.len()),
            (None, subject) => format!("subject/{subject}"),
        })
    }

    fn known(&self) -> Option<&Known> {
        self.0.as_deref()
    }

    fn set(mut self, change: impl FnOnce(&mut Known)) -> Self {
        if let Some(known) = &mut self.0 {
            change(Arc::make_mut(known));
        }
        self
    }
}

/// What is said of a caller, by name.
#[derive(Clone, Debug, Default)]
struct Claims(Vec<(Box<str>, Box<RawValue>)>);

impl Claims {
    /// What they are compared by: their text.
    fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, value.get()))
    }
}

impl PartialEq for Claims {
    fn eq(&self, other: &Self) -> bool {
        self.texts().eq(other.texts())
    }
}

impl Eq for Claims {}

impl PartialOrd for Claims {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Claims {
    fn cmp(&self, other: &Self) -> Ordering {
        self.texts().cmp(other.texts())
    }
}

impl Hash for Claims {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.0.len());
        self.texts().for_each(|text| text.hash(state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_somebody_else_at_another_issuer() {
        let ada = Principal::new("ada");
        let of = |issuer: &str| ada.clone().with_issuer(issuer);
        assert!(
            of("https://a.example").is_same_as(&of("https://a.example").with_scopes(["more"]).with_client("other"))
        );
        assert!(!of("https://a.example").is_same_as(&of("https://b.example")));
        assert!(!of("https://a.example").is_same_as(&ada));
        assert!(!ada.is_same_as(&Principal::anonymous()));
        assert!(Principal::anonymous().is_same_as(&Principal::anonymous().with_issuer("https://a.example")));
    }

    #[test]
    fn what_is_set_is_told_and_an_anonymous_principal_stays_anonymous() {
        let claim = |json: &str| RawValue::from_string(json.to_owned()).expect("JSON");
        let all = |principal: Principal| {
            let claims = [("tenant", claim(r#"{"id": 7}"#)), ("email", claim(r#""a@b""#))];
            let principal = principal.with_issuer("i").with_client("c").with_roles(["admin"]).with_claims(claims);
            principal.with_expiry(SystemTime::UNIX_EPOCH).with_method(AuthMethod::Jwt)
        };
        let ada = all(Principal::new("ada"));
        assert_eq!((ada.issuer(), ada.client(), ada.method()), (Some("i"), Some("c"), Some(AuthMethod::Jwt)));
        assert!(ada.has_role("admin") && !ada.has_role("clerk"));
        assert_eq!(ada.claim("tenant").map(RawValue::get), Some(r#"{"id": 7}"#));
        assert!(ada.claim("phone").is_none());
        assert_eq!(ada.expires(), Some(SystemTime::UNIX_EPOCH));
        assert_eq!(ada, all(Principal::new("ada")));
        assert_ne!(ada, ada.clone().with_claims([("tenant", claim("7"))]));
        assert_eq!(all(Principal::anonymous()), Principal::anonymous());
    }
}
