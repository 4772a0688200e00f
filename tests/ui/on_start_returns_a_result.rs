use mcp_runtime::Server;

fn main() {
    let _server = Server::new("x").on_start(|handle| std::fs::write("started", format!("{handle:?}")));
}
