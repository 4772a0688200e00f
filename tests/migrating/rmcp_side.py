"""Compiles the rmcp of docs/from-rmcp.md with the real rmcp, and runs the tests in it.

    python tests/migrating/rmcp_side.py docs/from-rmcp.md DIRECTORY

Each block `rust,ignore` is a module of a package in DIRECTORY, whose dependencies are those of tests/interop/rmcp.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

PEER = Path(__file__).resolve().parent.parent / "interop/rmcp"
BLOCK = re.compile(r"```rust,ignore\n(.*?)```", re.S)
# What the page leaves out: rmcp's names, and the server that most blocks are methods of.
IMPORTS = """use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rmcp::handler::server::router::tool::{ToolRoute, ToolRouter};
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::model::*;
use rmcp::schemars::{self, JsonSchema};
use rmcp::service::RequestContext;
use rmcp::transport::io::stdio;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt as _, elicit_safe, prompt, prompt_handler, prompt_router, tool,
    tool_handler, tool_router,
};
use serde::{Deserialize, Serialize};
"""


def main(page, package):
    blocks = BLOCK.findall(page.read_text())
    (package / "src").mkdir(parents=True, exist_ok=True)
    for name in ("Cargo.toml", "Cargo.lock"):
        shutil.copy(PEER / name, package / name)
    source = "#![allow(dead_code, unused_imports)]\n"
    for number, block in enumerate(blocks, 1):
        server = "" if "struct Server" in block else "struct Server;\n"
        source += f"mod pair_{number} {{\n{IMPORTS}\n{server}{block}}}\n\n"
    (package / "src/main.rs").write_text(source + "fn main() {}\n")
    subprocess.run(["cargo", "test", "--quiet", "--locked"], cwd=package, check=True)
    print(f"{len(blocks)} pairs compiled")
    if len(blocks) < 20:
        sys.exit("there were to be 20 pairs at the least")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
