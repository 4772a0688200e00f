//! Notes that belong to people: who may do what, who is asked first, and what is written down of it. The README goes on from here.

mod notes;

use mcp_runtime::audit::{Audit, AuditFile};
use mcp_runtime::prelude::*;

use notes::{Note, Notes};

// What everybody may call stands first; of the rest the attribute says who may.

/// Says what this server is for.
#[tool(public, read_only)]
fn about() -> &'static str {
    "It keeps notes. A note belongs to whoever has written it, and nobody else reads it but auditors."
}

/// Lists your notes.
#[tool(scopes = "notes:read", read_only)]
fn list_notes(principal: Principal, notes: State<Notes>) -> Vec<Note> {
    notes.of(&principal)
}

/// Keeps a note for you.
#[tool(scopes = "notes:write")]
fn add_note(#[arg(length(1..=1000))] text: String, principal: Principal, notes: State<Notes>) -> Note {
    notes.add(principal, text)
}

/// Deletes a note of yours for good.
#[tool(scopes = "notes:write", policy = is_own(id, notes), consent = "Delete the note {id}", destructive)]
fn delete_note(id: u32, notes: State<Notes>) -> String {
    notes.delete(id);
    format!("note {id} is gone")
}

/// Lists the notes of everybody.
#[tool(roles = "auditor", read_only)]
fn all_notes(notes: State<Notes>) -> Vec<Note> {
    notes.all()
}

/// A note: for its owner, and for auditors.
#[resource("note://{id}", scopes = "notes:read", policy = may_read(id, notes))]
fn note(id: u32, notes: State<Notes>) -> Result<String> {
    notes.find(id).map(|note| note.text).ok_or_else(|| Error::new("there is no such note"))
}

/// What the caller is told is the same for the note of another and for one that does not exist.
fn is_own(principal: &Principal, id: &u32, notes: &Notes) -> Result<()> {
    if notes.is_of(*id, principal) { Ok(()) } else { Err(Error::new(format!("you have no note {id}"))) }
}

fn may_read(principal: &Principal, id: &u32, notes: &Notes) -> bool {
    principal.has_role("auditor") || notes.is_of(*id, principal)
}

// Who calls is found out by `serve --api-keys FILE` and `serve --issuer URL`: see the README. A call runs only once the log has it.
mcp_runtime::main!(|server| {
    let log = Audit::to(AuditFile::open("audit.jsonl")?.sync(true)).or_deny();
    server.instructions("Notes that belong to people.").state(Notes::default()).audit(log)
});
