"""A server on FastMCP, with everything that peer.json asks for.

Usage: with_fastmcp.py stdio, or with_fastmcp.py PORT for HTTP at 127.0.0.1.
"""

import asyncio
import sys

from fastmcp import Context, FastMCP
from fastmcp.utilities.types import Image
from mcp import types

server = FastMCP("peer", version="1.0")

PIXEL = bytes.fromhex("89504e470d0a1a0a")


@server.tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool
def echo(message: str) -> str:
    """Returns what it is given."""
    return message


@server.tool
def fail(message: str) -> str:
    """Fails with a message."""
    raise ValueError(message)


@server.tool
def picture() -> Image:
    """Returns a picture."""
    return Image(data=PIXEL, format="png")


@server.tool
async def steps(count: int, ctx: Context) -> str:
    """Reports each of its steps."""
    for step in range(1, count + 1):
        await ctx.report_progress(step, count)
    return "done"


@server.tool
async def talk(message: str, ctx: Context) -> str:
    """Logs a message."""
    await ctx.info(message)
    return "said"


@server.tool
async def nap(ms: int) -> str:
    """Sleeps."""
    await asyncio.sleep(ms / 1000)
    return "rested"


async def ask(ctx: Context, request):
    """The client's answer; nothing, where it is only to be asked for in a result."""
    if ctx._is_modern_protocol():
        answers = ctx.input_responses
        return answers["question"] if answers else None
    return await ctx.session.send_request(request, {
        types.ElicitRequest: types.ElicitResult,
        types.CreateMessageRequest: types.CreateMessageResult,
        types.ListRootsRequest: types.ListRootsResult,
    }[type(request)])


def asking(request):
    return types.InputRequiredResult(input_requests={"question": request})


@server.tool
async def ask_name(ctx: Context):
    """Asks for a name."""
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    request = types.ElicitRequest(
        params=types.ElicitRequestFormParams(message="What is your name?", requested_schema=schema)
    )
    answer = await ask(ctx, request)
    return f"Hello, {answer.content['name']}!" if answer else asking(request)


@server.tool
async def ask_model(ctx: Context):
    """Asks the model."""
    text = types.TextContent(type="text", text="What is the capital of France?")
    messages = [types.SamplingMessage(role="user", content=text)]
    request = types.CreateMessageRequest(params=types.CreateMessageRequestParams(messages=messages, max_tokens=20))
    answer = await ask(ctx, request)
    return f"The model says: {answer.content.text}" if answer else asking(request)


@server.tool
async def ask_roots(ctx: Context):
    """Asks where the client works."""
    request = types.ListRootsRequest()
    answer = await ask(ctx, request)
    return ", ".join(str(root.uri) for root in answer.roots) if answer else asking(request)


@server.resource("note://first", mime_type="text/plain")
def first() -> str:
    """The first note."""
    return "The first note."


@server.resource("pixel://png", mime_type="image/png")
def pixel() -> bytes:
    """Some bytes."""
    return PIXEL


@server.resource("note://{number}/text", mime_type="text/plain")
def note(number: str) -> str:
    """A note by its number."""
    return f"Note {number}."


@server.prompt
def greet(name: str) -> str:
    """Greets somebody."""
    return f"Please greet {name}."


@server.completion
async def complete(ref, argument, context):
    return [name for name in ("Ada", "Alan", "Grace") if name.startswith(argument.value)]


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run("stdio", show_banner=False)
    else:
        server.run("http", host="127.0.0.1", port=int(sys.argv[1]), show_banner=False)
