use mcp_runtime::Server;

fn main() {
    let _server = Server::new("x").on_start(|handle| std::thread::spawn(move || handle.resource_updated("time://now")));
}
