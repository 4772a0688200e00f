//! The shapes that handlers build, written the way the revision in use knows them.

mod annotations;
mod content;
mod icon;
mod implementation;
mod level;
mod prompt;
mod resource;
mod uri;
mod uri_template;

pub use annotations::{Annotations, FixedAnnotations, Role};
pub use content::{Audio, Content, Embedded, Image, ResourceLink, Text};
pub use icon::Icon;
pub use implementation::Implementation;
pub use level::LogLevel;
pub use prompt::PromptMessage;
pub use resource::{Body, ResourceContents};
pub use uri::{fold_host, normalize, uri_key};
pub use uri_template::{BadTemplate, UriTemplate, Values, Variable, VariableKind};
