use mcp_runtime::prelude::*;

#[derive(Debug, thiserror::Error)]
enum ShopError {
    #[error("the user was not asked: {0}")]
    Ask(#[from] mcp_runtime::Error),
}

fn main() {
    let _: ShopError = Error::new("closed").into();
}
