async fn serve() -> std::process::ExitCode {
    mcp_runtime::run!(mcp_runtime::server!()).await
}

fn main() {}
