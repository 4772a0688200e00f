// A parameter that the policy alone uses is no unused one: its name is the argument's.

#![deny(unused_variables)]

use mcp_runtime::prelude::*;

struct Orders;

async fn is_own(_: &Principal, order: &u32, confirm: &bool, orders: &Orders, ctx: &Ctx) -> bool {
    let _ = (order, orders, ctx);
    *confirm
}

#[tool(policy = is_own(order, confirm, orders, ctx).await)]
async fn cancel(order: u32, confirm: bool, orders: State<Orders>, ctx: &Ctx) -> &'static str {
    "cancelled"
}

fn owns(principal: &Principal, owner: &str) -> bool {
    principal.subject() == Some(owner)
}

#[resource("repo://{owner}/{branch}/{path*}", scopes = "repo:{branch}:read", policy = owns(owner))]
fn file(owner: &str, branch: &str, path: &str) -> String {
    path.to_owned()
}

fn confirmed(_: &Principal, confirm: &bool) -> bool {
    *confirm
}

// The compiler still warns of another parameter.
#[expect(unused_variables)]
#[tool(policy = confirmed(confirm))]
fn forget(confirm: bool, order: u32) {}

struct Shop;

#[handlers]
impl Shop {
    #[tool(policy = Self::may_sell(self, confirm))]
    fn sell(&self, confirm: bool, item: String) -> String {
        item
    }

    fn may_sell(_: &Principal, _: &Shop, confirm: &bool) -> bool {
        *confirm
    }

    /// What the author says of it counts.
    #[tool(policy = Self::may_sell(self, confirm))]
    fn give(&self, #[expect(unused_variables, reason = "it is for the policy")] confirm: bool) {}
}

fn main() -> Result<(), BuildError> {
    Server::new("all").state(Orders).state(Shop).build()?;
    Ok(())
}
