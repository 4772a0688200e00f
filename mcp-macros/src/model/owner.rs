//! The `impl` block that a marked function stands in.

use proc_macro2::TokenStream;
use syn::{Path, Type};

use super::own_type::OwnType;
use super::{GROUP, path};
use crate::attr::Place;
use crate::attr::options::Options;
use crate::errors::Errors;
use crate::runtime::Runtime;

/// The type whose functions are marked, and what `#[handlers(…)]` says of all of them.
pub(crate) struct Owner {
    pub(crate) own_type: OwnType,
    pub(crate) group: Option<Path>,
    pub(crate) runtime: Option<Runtime>,
    /// Whether definitions can be made of its functions.
    pub(crate) is_usable: bool,
}

impl Owner {
    pub(crate) fn read(own_type: Type, options: TokenStream, errors: &Errors) -> Self {
        let own_type = OwnType::new(own_type);
        let options = Options::read(Place::Block, own_type.instead_of_self(options), errors);
        let runtime =
            options.word("crate").and_then(|_| Runtime::read(&options, "#[handlers(crate = \"my_crate::mcp\")]"));
        Self { group: path("group", GROUP, &options), runtime, own_type, is_usable: true }
    }
}
