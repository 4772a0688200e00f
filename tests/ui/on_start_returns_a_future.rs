use mcp_runtime::Server;

fn main() {
    let _server = Server::new("x").on_start(|handle| async move { handle.resource_updated("time://now") });
}
