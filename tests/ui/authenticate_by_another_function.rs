use mcp_runtime::Challenge;
use mcp_runtime::prelude::*;

fn check(key: &str) -> Result<Principal, Challenge> {
    Ok(Principal::new(key))
}

fn serve(server: &Server) {
    let _ = Http::new(server).authenticate(check);
}

fn main() {}
