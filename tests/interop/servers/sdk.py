"""A server on the official Python SDK, with everything that peer.json asks for.

Usage: sdk.py stdio, or sdk.py PORT for HTTP at 127.0.0.1.
"""

import asyncio
import sys
from typing import Annotated

from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.resolve import Elicit, ListRoots, Resolve, Sample
from mcp.types import Completion, CreateMessageResult, ListRootsResult, SamplingMessage, TextContent
from pydantic import BaseModel

server = MCPServer("peer", version="1.0")

PIXEL = bytes.fromhex("89504e470d0a1a0a")


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def echo(message: str) -> str:
    """Returns what it is given."""
    return message


@server.tool()
def fail(message: str) -> str:
    """Fails with a message."""
    raise ToolError(message)


@server.tool()
def picture() -> Image:
    """Returns a picture."""
    return Image(data=PIXEL, format="png")


@server.tool()
async def steps(count: int, ctx: Context) -> str:
    """Reports each of its steps."""
    for step in range(1, count + 1):
        await ctx.report_progress(step, count)
    return "done"


@server.tool()
async def talk(message: str, ctx: Context) -> str:
    """Logs a message."""
    await ctx.info(message)
    return "said"


@server.tool()
async def nap(ms: int) -> str:
    """Sleeps."""
    await asyncio.sleep(ms / 1000)
    return "rested"


class Name(BaseModel):
    name: str


def who() -> Elicit[Name]:
    return Elicit("What is your name?", Name)


@server.tool()
def ask_name(answer: Annotated[Name, Resolve(who)]) -> str:
    """Asks for a name."""
    return f"Hello, {answer.name}!"


def capital() -> Sample:
    text = TextContent(type="text", text="What is the capital of France?")
    return Sample([SamplingMessage(role="user", content=text)], max_tokens=20)


@server.tool()
def ask_model(answer: Annotated[CreateMessageResult, Resolve(capital)]) -> str:
    """Asks the model."""
    return f"The model says: {answer.content.text}"


def where() -> ListRoots:
    return ListRoots()


@server.tool()
def ask_roots(answer: Annotated[ListRootsResult, Resolve(where)]) -> str:
    """Asks where the client works."""
    return ", ".join(str(root.uri) for root in answer.roots)


@server.tool()
async def touch(ctx: Context) -> str:
    """Tells that a note has changed."""
    await ctx.notify_resource_updated("note://first")
    return "touched"


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


@server.prompt()
def greet(name: str) -> str:
    """Greets somebody."""
    return f"Please greet {name}."


@server.completion()
async def complete(ref, argument, context):
    return Completion(values=[name for name in ("Ada", "Alan", "Grace") if name.startswith(argument.value)])


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run("stdio")
    else:
        server.run("streamable-http", port=int(sys.argv[1]))
