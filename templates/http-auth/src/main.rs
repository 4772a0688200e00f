//! {{description}}

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_runtime::auth::ApiKeys;
use mcp_runtime::prelude::*;

/// A caller: who has identified them, and under which name. API keys have no issuer, tokens have one.
type Owner = (Option<String>, String);

/// The notes of each caller. They are gone after a restart.
#[derive(Default)]
struct Notes(Mutex<BTreeMap<Owner, Vec<String>>>);

impl Notes {
    fn all(&self) -> MutexGuard<'_, BTreeMap<Owner, Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn owner(principal: &Principal) -> Result<Owner> {
    let subject = principal.subject().ok_or(Error::new("Log in first."))?;
    Ok((principal.issuer().map(str::to_owned), subject.to_owned()))
}

/// Says who you are, and what you may do.
#[tool(public, read_only)]
fn whoami(principal: Principal) -> String {
    let name = principal.subject().unwrap_or("nobody");
    let scopes = principal.scopes().collect::<Vec<_>>().join(" ");
    format!("{name}, with the scopes: {scopes}")
}

/// Lists your notes.
#[tool(scopes = "notes:read", read_only)]
fn list_notes(principal: Principal, notes: State<Notes>) -> Result<Vec<String>> {
    let owner = owner(&principal)?;
    Ok(notes.all().get(&owner).cloned().unwrap_or_default())
}

/// Keeps a note for you. Returns how many notes you have.
#[tool(scopes = "notes:write")]
fn add_note(
    /// The text of the note.
    #[arg(length(1..=1000))]
    text: String,
    principal: Principal,
    notes: State<Notes>,
) -> Result<usize> {
    let mut all = notes.all();
    let own = all.entry(owner(&principal)?).or_default();
    own.push(text);
    Ok(own.len())
}

/// Deletes the notes of everybody. Returns how many there were.
#[tool(roles = "admin", destructive)]
fn delete_all_notes(notes: State<Notes>) -> usize {
    let all = std::mem::take(&mut *notes.all());
    all.values().map(Vec::len).sum()
}

mcp_runtime::main!(|server| {
    let keys = ApiKeys::file("keys.toml")?;
    server.state(Notes::default()).authenticate(keys)
});

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;
    use mcp_runtime::client::{Client, ClientError, Target, call};

    fn server() -> Result<Server, BuildError> {
        mcp_runtime::server!().state(Notes::default()).build()
    }

    /// A client in this process, as this caller.
    async fn client(server: &Server, caller: Principal) -> Result<Client, ClientError> {
        Client::connect(Target::server_as(server, caller)).await
    }

    #[tokio::test]
    async fn callers_see_their_own_notes() -> Result<(), Box<dyn Error>> {
        let server = server()?;
        let scopes = ["notes:read", "notes:write"];
        let ada = client(&server, Principal::new("ada").with_scopes(scopes)).await?;
        let bob = client(&server, Principal::new("bob").with_scopes(scopes)).await?;

        assert_eq!(call!(ada, add_note("Buy tea.".to_owned())).await?, 1);
        assert_eq!(call!(ada, list_notes()).await?, ["Buy tea."]);
        assert!(call!(bob, list_notes()).await?.is_empty());
        Ok(())
    }

    #[tokio::test]
    async fn callers_need_scopes_and_roles() -> Result<(), Box<dyn Error>> {
        let server = server()?;
        let bob = client(&server, Principal::new("bob").with_scopes(["notes:read"])).await?;
        let root = client(&server, Principal::new("root").with_roles(["admin"])).await?;

        let refused = call!(bob, add_note("Mine.".to_owned())).await.unwrap_err();
        assert!(refused.to_string().contains("notes:write"), "{refused}");

        // For callers without the role, the tool does not exist.
        let refused = call!(bob, delete_all_notes()).await.unwrap_err();
        assert!(refused.to_string().starts_with("Unknown tool"), "{refused}");
        assert_eq!(call!(root, delete_all_notes()).await?, 0);
        Ok(())
    }
}
