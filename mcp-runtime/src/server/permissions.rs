//! Consent: of which functions a user is asked, and what is remembered of the answers.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::builder::ServerBuilder;
use super::handle::ServerHandle;
use crate::call::{Ctx, Policy};
use crate::consent::{ASKING, Permission, PermissionManager};
use crate::dynamic::Tool;
use crate::moment::write;
use crate::output::{Error, Result};
use crate::registry::Hint;

/// Of which functions a user is asked before they run, and how long answers hold: [`ServerBuilder::permissions`] takes it. Functions say
/// it themselves by `#[tool(consent)]`, for which nothing has to be set up.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{Hint, Permissions};
///
/// let permissions = Permissions::new().ask_for(Hint::Destructive).expiry(Duration::from_secs(7 * 24 * 60 * 60));
/// let server = Server::new("shop").permissions(permissions);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Permissions {
    asked: Vec<Option<Hint>>,
    question_bytes: Option<usize>,
    expiry: Option<Duration>,
    session_expiry: Option<Duration>,
    most_per_principal: Option<usize>,
    most_bytes: Option<usize>,
    any_arguments: bool,
}

impl Permissions {
    /// What holds by default: those functions ask that say so.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks before those tools run that are so, too, such as those that may destroy something. A tool with `consent = false` does not ask.
    pub fn ask_for(mut self, tools: Hint) -> Self {
        self.asked.push(Some(tools));
        self
    }

    /// Asks before every tool, resource and prompt that does not say `consent = false`.
    pub fn ask_for_all(mut self) -> Self {
        self.asked.push(None);
        self
    }

    /// How long an answer holds that is for always. By default 30 days.
    pub fn expiry(mut self, expiry: Duration) -> Self {
        self.expiry = Some(expiry);
        self
    }

    /// How long an answer holds that is for a session, if that does not end before. By default a day, and never longer than
    /// [`expiry`](Self::expiry).
    pub fn session_expiry(mut self, expiry: Duration) -> Self {
        self.session_expiry = Some(expiry);
        self
    }

    /// How many answers of one principal are remembered. Beyond it the oldest is forgotten. By default 100.
    pub fn limit_per_principal(mut self, answers: usize) -> Self {
        self.most_per_principal = Some(answers);
        self
    }

    /// How many bytes all answers may have that are remembered. Beyond it the principal who has most loses the older half. By default
    /// 4 MiB.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.most_bytes = Some(bytes);
        self
    }

    /// How many bytes a question may have; it says how much it leaves out. By default 4 KiB.
    pub fn question_limit(mut self, bytes: usize) -> Self {
        self.question_bytes = Some(bytes);
        self
    }

    /// Lets an answer that is remembered hold for a function with any arguments, where the words of `consent = "…"` name none. Without it
    /// such an answer holds for the same arguments. The question says which.
    pub fn any_arguments(mut self) -> Self {
        self.any_arguments = true;
        self
    }
}

impl ServerBuilder {
    /// Sets of which functions a user is asked before they run, and how long answers hold.
    #[must_use]
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        let profile = &mut self.plan.profile;
        let Permissions { asked, .. } = permissions;
        profile.consent = asked.into_iter().map(|hint| (ASKING, hint)).collect();
        let limits = &mut profile.shared.consent;
        *limits = crate::call::ConsentLimits::default();
        limits.any_arguments = permissions.any_arguments;
        limits.expiry = permissions.expiry.unwrap_or(limits.expiry);
        limits.session_expiry = permissions.session_expiry.unwrap_or(limits.session_expiry);
        limits.most_per_principal = permissions.most_per_principal.unwrap_or(limits.most_per_principal);
        limits.most_bytes = permissions.most_bytes.unwrap_or(limits.most_bytes);
        limits.question_bytes = permissions.question_bytes.unwrap_or(limits.question_bytes);
        self
    }

    /// Adds two tools for administrators: `permissions_list` tells which answers of users are remembered, and `permissions_revoke` takes
    /// them back. The policy says who is one; it must ask for something, because the tools tell of all users.
    ///
    /// ```
    /// use mcp_runtime::Policy;
    /// use mcp_runtime::prelude::*;
    ///
    /// let server = Server::new("shop").permission_tools(Policy::new().roles("admin"));
    /// ```
    #[must_use]
    pub fn permission_tools(mut self, policy: Policy) -> Self {
        if policy.is_public() || !policy.asks() {
            self.problem(
                "the tools of `permission_tools` are not for everyone: give them a policy that asks for a role or a scope, such as \
                 `Policy::new().roles(\"admin\")`"
                    .to_owned(),
            );
            return self;
        }
        self.add(list().policy(policy.clone())).add(revoke().policy(policy))
    }
}

impl ServerHandle {
    /// The answers of users that hold for more than one call: lists them, and takes them back.
    pub fn permissions(&self) -> PermissionManager {
        PermissionManager::of(self.catalog().scope())
    }
}

/// Whose answers are meant: of all, where nothing is said.
#[derive(Deserialize)]
struct Whose {
    issuer: Option<String>,
    subject: Option<String>,
    id: Option<String>,
}

impl Whose {
    fn is(&self, permission: &Permission) -> bool {
        let principal = permission.principal();
        let fits = |wanted: &Option<String>, known: Option<&str>| wanted.is_none() || wanted.as_deref() == known;
        fits(&self.issuer, principal.issuer())
            && fits(&self.subject, principal.subject())
            && self.id.as_ref().is_none_or(|id| *id == permission.id())
    }
}

fn list() -> Tool {
    let schema = json!({ "type": "object", "properties": {
        "issuer": { "type": "string", "description": "Of principals of this issuer only" },
        "subject": { "type": "string", "description": "Of this principal only" },
    }, "additionalProperties": false });
    Tool::new("permissions_list", schema)
        .describe(
            "Lists the answers of users that hold for more than one call: what may run, or may not, without asking.",
        )
        .read_only(true)
        .open_world(false)
        .no_consent()
        .handler(async |whose: Whose, ctx: Ctx| -> Value {
            let all = ctx.handle().permissions().all().await;
            let told: Vec<Value> = all.iter().filter(|permission| whose.is(permission)).map(told).collect();
            json!({ "permissions": told })
        })
}

fn revoke() -> Tool {
    let schema = json!({ "type": "object", "properties": {
        "id": { "type": "string", "description": "The one with this id" },
        "issuer": { "type": "string", "description": "All of the principal of this issuer" },
        "subject": { "type": "string", "description": "All of this principal" },
    }, "additionalProperties": false });
    Tool::new("permissions_revoke", schema)
        .describe("Takes answers of users back, one or all of a principal: they are asked again.")
        .destructive(false)
        .idempotent(true)
        .open_world(false)
        .no_consent()
        .handler(async |whose: Whose, ctx: Ctx| -> Result<Value> {
            if whose.id.is_none() && whose.subject.is_none() {
                return Err(Error::invalid("say which: an `id`, or the `subject` of a principal (and its `issuer`)"));
            }
            let permissions = ctx.handle().permissions();
            let mut revoked = 0;
            for permission in permissions.all().await.iter().filter(|permission| whose.is(permission)) {
                revoked += usize::from(permissions.revoke(permission).await);
            }
            Ok(json!({ "revoked": revoked }))
        })
}

fn told(permission: &Permission) -> Value {
    let principal = permission.principal();
    json!({
        "id": permission.id(),
        "issuer": principal.issuer(),
        "subject": principal.subject(),
        "denied": permission.is_denial(),
        "session": permission.is_for_session(),
        "method": permission.method(),
        "target": permission.target(),
        "resource": permission.resource(),
        "given": write(permission.given()),
        "until": write(permission.until()),
    })
}
