//! Messages of a prompt (`server/prompts`, "PromptMessage").

use super::annotations::Role;
use super::content::Content;
use crate::Version;

/// One message of a prompt: the user or the model, and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptMessage {
    role: Role,
    content: Content,
}

impl PromptMessage {
    /// A message.
    pub fn new(role: Role, content: impl Into<Content>) -> Self {
        Self { role, content: content.into() }
    }

    /// A message of the user.
    pub fn user(content: impl Into<Content>) -> Self {
        Self::new(Role::User, content)
    }

    /// A message of the model.
    pub fn assistant(content: impl Into<Content>) -> Self {
        Self::new(Role::Assistant, content)
    }

    /// Appends the message as `version` knows it.
    pub fn write(&self, out: &mut Vec<u8>, version: Version) {
        out.extend_from_slice(br#"{"role":""#);
        out.extend_from_slice(self.role.as_str().as_bytes());
        out.extend_from_slice(br#"","content":"#);
        self.content.write(out, version);
        out.push(b'}');
    }
}
