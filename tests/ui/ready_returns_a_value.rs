use mcp_runtime::Server;

fn main() {
    let _server = Server::new("x").ready("queue", || async { Ok::<_, std::io::Error>(7) });
}
