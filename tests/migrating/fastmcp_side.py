"""Runs the Python of docs/from-fastmcp.md with the real FastMCP.

    python tests/migrating/fastmcp_side.py docs/from-fastmcp.md

Each block runs in the names of those before it, with a server `mcp` of its own. What stands behind `<!-- python: … -->` below it must
be true; `client` is connected to the server, and `fails(…)` is the text of the error that a call ends with.
"""

import ast
import asyncio
import inspect
import os
import re
import sys
from pathlib import Path

os.environ["FASTMCP_LOG_ENABLED"] = "false"
os.environ["FASTMCP_CHECK_FOR_UPDATES"] = "off"

from fastmcp import Client, FastMCP  # noqa: E402  (it reads its settings when it is imported)

BLOCK = re.compile(r"```python\n(.*?)```\n(?:<!-- python: (.*?) -->)?", re.S)


async def fails(call):
    """The text of the error that the call ends with."""
    try:
        await call
    except Exception as error:  # whatever FastMCP raises is what a reader of the page sees
        return str(error)
    raise AssertionError("it succeeds")


async def agrees(message, response_type, params, context):
    """The user who says yes."""
    return response_type(sure=True)


async def holds(claim, names):
    code = compile(claim, "<claim>", "eval", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    # In a session, because `ctx.elicit` needs one.
    async with Client(names["mcp"], mode="legacy", elicitation_handler=agrees) as client:
        value = eval(code, names | {"client": client, "fails": fails})
        return await value if inspect.iscoroutine(value) else value


async def main(page):
    names, checked = {"__name__": "page"}, 0
    for match in BLOCK.finditer(page.read_text()):
        text, claim = match.groups()
        names["mcp"] = FastMCP("test")
        line = page.read_text()[: match.start()].count("\n") + 1
        exec(compile("\n" * line + text, str(page), "exec"), names)
        if claim:
            if not await holds(claim, names):
                sys.exit(f"{page}:{line}: not so: {claim}")
            checked += 1
    print(f"{checked} pairs checked")
    if checked < 20:
        sys.exit("there were to be 20 pairs at the least")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
