"""The tools of the benchmarks on FastMCP, in its fastest documented set-up.

uvicorn on uvloop and httptools, one process, answers in JSON, no log, no telemetry. The tools are
coroutines: FastMCP hands a plain function to a thread. A session of 2025-11-25 that answers in JSON
cannot carry a report of progress; `http-events` answers with streams of events.
"""

import asyncio
import logging
import os
import socket
import sys

os.environ["FASTMCP_TELEMETRY_MODE"] = "off"
os.environ["FASTMCP_LOG_ENABLED"] = "false"
os.environ["FASTMCP_CHECK_FOR_UPDATES"] = "off"

from fastmcp import Context, FastMCP  # noqa: E402  (it reads its settings when it is imported)
from pydantic import BaseModel  # noqa: E402
import uvloop  # noqa: E402


class Sum(BaseModel):
    sum: int


async def add(a: int, b: int) -> str:
    """Adds two numbers."""
    return str(a + b)


async def echo(message: str) -> str:
    """Returns what it is given."""
    return message


async def progress(count: int, context: Context) -> str:
    """Reports each of its steps."""
    for step in range(1, count + 1):
        await context.report_progress(step, count)
    return "done"


async def sum(a: int, b: int) -> Sum:
    """Adds two numbers, structured."""
    return Sum(sum=a + b)


async def wait() -> str:
    """Waits 20 ms, as for an upstream."""
    await asyncio.sleep(0.02)
    return "waited"


def build(count: int) -> FastMCP:
    server = FastMCP("benchmark")
    # Only `sum` has structured content: FastMCP would wrap each text into some, too.
    for function in (add, echo, progress):
        server.tool(function, output_schema=None)
    server.tool(sum)
    for number in range(6, count + 1):
        server.tool(add, name=f"tool_{number:04}", output_schema=None)
    server.tool(wait, output_schema=None)
    return server


async def main(mode: str) -> None:
    logging.disable()
    server = build(int(os.environ.get("BENCH_TOOLS", "5")))
    if mode == "stdio":
        await server.run_stdio_async(show_banner=False)
        return
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
    await server.run_http_async(
        show_banner=False,
        json_response=mode == "http",
        sockets=[listener],
        uvicorn_config={"http": "httptools", "log_level": "critical", "access_log": False},
    )


if __name__ == "__main__":
    if sys.argv[1:] not in (["http"], ["http-events"], ["stdio"]):
        sys.exit("http, http-events or stdio?")
    uvloop.run(main(sys.argv[1]))
