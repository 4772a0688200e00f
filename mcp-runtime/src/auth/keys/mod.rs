//! API keys: of a file, or of the program itself.

#[cfg(feature = "cli")]
mod edit;
mod error;
mod file;
mod hash;
mod key;
mod slow;
mod source;
mod table;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use http::request::Parts;

#[cfg(feature = "cli")]
pub(crate) use self::edit::{NewKey, add as add_key, disable as disable_key, list as list_keys};
pub use self::error::KeysError;
#[cfg(feature = "cli")]
pub(crate) use self::file::Record;
pub(crate) use self::hash::GENERATED;
pub use self::key::ApiKey;

use self::slow::Hashing;
use self::source::Source;
use self::table::{Digests, Refusal, Table};
use super::credentials::Credentials;
use crate::call::Principal;
use crate::toml::Fault;
use crate::transport::{Authenticate, Challenge};

/// The hash of a key that a person has made up, as the file has it. Takes a while.
#[cfg(feature = "cli")]
pub(crate) fn hash_of_own(secret: &str) -> String {
    hash::Hash::slow(secret).to_string()
}

/// Identifies callers by API keys: in the header `X-API-Key`, or as a bearer token (`Authorization: Bearer …`).
///
/// The keys are in a [file](Self::file), where they are hashed, or are given by the [program](Self::of). The command
/// `keys new --subject NAME` of every server program makes a key, prints it once, and adds its hash to the file:
///
/// ```toml
/// [keys.mcp_7Hc0pQz2LwXa]
/// hash = "sha256:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"
/// subject = "ada"                     # Who has it.
/// scopes = ["orders:read"]            # What its owner may do.
/// roles = ["clerk"]
/// expires = 2027-01-31T00:00:00Z      # From then on it lets nobody in.
/// disabled = true                     # It lets nobody in.
/// note = "the build"
/// ```
///
/// A client sends the name of the key, a dot and its secret: `mcp_7Hc0pQz2LwXa.…`. Generated secrets have 256 bits and a fast hash.
/// A secret that a person has made up may be guessed, so it has a slow one (PBKDF2), which `keys hash` makes; its name does not
/// begin with `mcp_`.
///
/// ```no_run
/// use mcp_runtime::auth::ApiKeys;
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::Http;
///
/// # fn example(server: Server) -> Result<(), Box<dyn std::error::Error>> {
/// let http = Http::new(server).authenticate(ApiKeys::file("keys.toml")?);
/// # Ok(())
/// # }
/// ```
///
/// # What a key costs
/// A key takes the same time to be refused whether its name exists or not. Slow hashes are computed on threads of their own, a
/// [few at once](Self::hash_limits), one at a time for each name; what was found out is remembered, so that a client costs one. All
/// names that do not exist share one place in that queue, so that wrong keys keep no others waiting.
///
/// A clone is the same keys.
#[derive(Clone)]
pub struct ApiKeys(Arc<Inner>);

struct Inner {
    digests: Arc<Digests>,
    keys: Keys,
    hashing: Hashing,
}

enum Keys {
    OfFile(Arc<Source>),
    OfProgram(Arc<Table>),
}

impl ApiKeys {
    /// The keys of a file. It is looked at again at most once in a second, when a request comes; keys that were added, disabled or
    /// taken out count from then on. A file that was broken meanwhile changes nothing, and the log names each fault with its line.
    ///
    /// # Errors
    /// All that is wrong with the file, each with its line.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, KeysError> {
        let digests = Arc::<Digests>::default();
        let source = Arc::new(Source::open(path.as_ref(), &digests)?);
        Ok(Self::new(digests, Keys::OfFile(source)))
    }

    /// The keys of the program itself, from its environment, say. They are kept as digests.
    ///
    /// ```
    /// use mcp_runtime::auth::{ApiKey, ApiKeys};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = "J8sV1Zq0Xr5uTnG2".to_owned();
    /// let keys = ApiKeys::of([ApiKey::new(key).subject("ci").scopes(["orders:read"])])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Keys that could be guessed, that no header can have, or that are there twice.
    pub fn of(keys: impl IntoIterator<Item = ApiKey>) -> Result<Self, KeysError> {
        let digests = Arc::<Digests>::default();
        let (mut known, mut faults) = (HashMap::new(), Vec::new());
        for key in keys {
            let digest = digests.of(key.secret().as_bytes());
            faults.extend(key.fault().map(|what| Fault::new(0, what)));
            if known.contains_key(&digest) {
                faults.push(Fault::new(0, format!("the key of {key:?} is there twice")));
            }
            known.insert(digest, key.known());
        }
        if !faults.is_empty() {
            return Err(KeysError::of_program(faults));
        }
        Ok(Self::new(digests, Keys::OfProgram(Arc::new(Table::of_program(known)))))
    }

    fn new(digests: Arc<Digests>, keys: Keys) -> Self {
        Self(Arc::new(Inner { digests, keys, hashing: Hashing::default() }))
    }

    /// How many slow hashes are computed at once, and how many keys may wait for each name; further ones are refused for the
    /// moment (503). By default half of the cores but at most four, and 16.
    #[must_use]
    pub fn hash_limits(self, at_once: usize, waiting: usize) -> Self {
        let Inner { digests, keys, .. } = &*self.0;
        let keys = match keys {
            Keys::OfFile(source) => Keys::OfFile(Arc::clone(source)),
            Keys::OfProgram(table) => Keys::OfProgram(Arc::clone(table)),
        };
        Self(Arc::new(Inner { digests: Arc::clone(digests), keys, hashing: Hashing::new(at_once, waiting) }))
    }

    async fn table(&self) -> Arc<Table> {
        match &self.0.keys {
            Keys::OfFile(source) => source.table(&self.0.digests).await,
            Keys::OfProgram(table) => Arc::clone(table),
        }
    }

    /// Who has presented a key.
    async fn find(&self, presented: &str) -> Result<Principal, Refusal> {
        let table = self.table().await;
        table.find(presented, &self.0.digests, &self.0.hashing, SystemTime::now()).await
    }
}

impl Authenticate for ApiKeys {
    async fn authenticate(&self, request: &Parts) -> Result<Principal, Challenge> {
        let presented = match Credentials::of(request)? {
            Some(Credentials::ApiKey(key) | Credentials::Bearer(key)) => key,
            Some(Credentials::Dpop { .. }) => return Err(Challenge::invalid_token("keys are bound to nothing")),
            None => return Err(Challenge::bearer()),
        };
        self.find(presented).await.map_err(|refusal| match refusal {
            Refusal::Wrong => Challenge::invalid_token("the key is not known"),
            Refusal::Expired => Challenge::invalid_token("the key has expired"),
            Refusal::Disabled => Challenge::invalid_token("the key was disabled"),
            Refusal::Busy => Challenge::busy(),
        })
    }

    fn recognises(&self, request: &Parts) -> bool {
        let Ok(Some(Credentials::ApiKey(key) | Credentials::Bearer(key))) = Credentials::of(request) else {
            return false;
        };
        let table = match &self.0.keys {
            Keys::OfFile(source) => source.last(),
            Keys::OfProgram(table) => Arc::clone(table),
        };
        table.recognises(key, &self.0.digests)
    }
}

/// Without the keys.
impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    /// What is said to a request with these headers: who calls, or the challenge.
    async fn said(keys: &ApiKeys, headers: &[(&str, &str)]) -> String {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        match keys.authenticate(&parts).await {
            Ok(principal) => principal.subject().unwrap_or_default().to_owned(),
            Err(challenge) => format!("{challenge:?}"),
        }
    }

    const KEY: &str = "J8sV1Zq0Xr5uTnG2";

    #[tokio::test]
    async fn a_key_is_a_header_of_its_own_or_a_bearer_token_and_never_both() {
        let keys = ApiKeys::of([ApiKey::new(KEY).subject("ci")]).expect("they are right");
        let bearer = format!("Bearer {KEY}");
        for headers in
            [[("X-API-Key", KEY)], [("Authorization", &bearer)], [("authorization", "bearer  J8sV1Zq0Xr5uTnG2")]]
        {
            assert_eq!(said(&keys, &headers).await, "ci", "{headers:?}");
        }
        for (headers, error) in [
            (&[][..], ""),
            (&[("Authorization", "Basic eDp5")], ""),
            (&[("Authorization", &bearer.replace("Bearer", "DPoP"))], "invalid_token"),
            (&[("X-API-Key", "J8sV1Zq0Xr5uTnG3")], "invalid_token"),
            (&[("X-API-Key", KEY), ("X-API-Key", KEY)], "invalid_request"),
            (&[("X-API-Key", KEY), ("Authorization", &bearer)], "invalid_request"),
        ] {
            let said = said(&keys, headers).await;
            assert!(said.contains("Bearer") && said.contains(error), "{headers:?}: {said}");
            assert_eq!(said.contains("error"), !error.is_empty(), "{headers:?}: {said}");
        }
    }

    #[tokio::test]
    async fn who_has_a_key_is_told_with_scopes_roles_expiry_and_method() {
        let expires = SystemTime::now() + std::time::Duration::from_secs(60);
        let key = ApiKey::new(KEY).subject("ci").scopes(["read"]).roles(["clerk"]).expires(expires);
        let ci = ApiKeys::of([key]).expect("they are right").find(KEY).await.expect("it is known");
        assert!(ci.has_scope("read") && ci.has_role("clerk"));
        assert_eq!((ci.expires(), ci.method()), (Some(expires), Some(crate::call::AuthMethod::ApiKey)));
    }

    #[test]
    fn keys_that_could_be_guessed_or_sent_by_nobody_are_refused() {
        let keys = [
            ApiKey::new("short").subject("a"),
            ApiKey::new("with a space in it").subject("b"),
            ApiKey::new(KEY),
            ApiKey::new(KEY),
        ];
        let error = ApiKeys::of(keys).expect_err("they are wrong").to_string();
        let lines: Vec<_> = error.lines().collect();
        assert_eq!(lines.len(), 3, "{error}");
        assert!(lines[0].contains("of `a` has fewer than 16 characters") && lines[1].contains("of `b` has a space"));
        assert!(lines[2].contains("is there twice") && !error.contains(KEY), "{error}");
    }
}
