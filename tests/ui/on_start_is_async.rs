use mcp_runtime::Server;

fn main() {
    let _server = Server::new("x").on_start(async |handle| handle.resource_updated("time://now"));
}
