use mcp_runtime::prelude::*;

struct Tenant;

impl FromCall for Tenant {
    async fn from_call(_ctx: &Ctx) -> Result<Self, Error> {
        Ok(Tenant)
    }
}

#[tool(blocking)]
fn hash(text: &str, #[inject] _tenant: Tenant) -> String {
    text.to_owned()
}

fn main() {}
