"""Calls the example `operations` with the Python `mcp` client 2.x, in both eras.

Usage: traffic.py URL
"""

import sys

import anyio
from mcp import Client, MCPError


async def visit(url, mode, failures):
    """One client: looks around, and asks for the same and for different parcels."""
    async with Client(url, mode=mode) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        if not {"track", "quote", "history", "send"} <= tools:
            failures.append(f"{mode}: tools {tools}")
        # Each twice: the second time the server has it.
        for number in sorted(2 * [1, 2, 3, 4, 5]):
            tracked = await client.call_tool("track", {"number": f"P-{number}"})
            if tracked.is_error or tracked.structured_content["number"] != f"P-{number}":
                failures.append(f"{mode}: {tracked}")
        unknown = await client.call_tool("track", {"number": "17"})
        if not unknown.is_error:
            failures.append(f"{mode}: {unknown}")
        long = await client.call_tool("history", {"number": "P-98", "last": 90})
        if not long.is_error or "Ask for fewer" not in long.content[0].text:
            failures.append(f"{mode}: {long}")
        limited = 0

        async def quote(grams):
            nonlocal limited
            try:
                await client.call_tool("quote", {"grams": grams})
            except MCPError as error:
                limited += "retryAfterMs" in (error.data or {})

        async with anyio.create_task_group() as tasks:
            for grams in range(1, 101):
                tasks.start_soon(quote, grams)
        if limited == 0:
            failures.append(f"{mode}: no call was refused")


async def main(url):
    failures = []
    # One after the other: together they would be limited where they must not be.
    for mode in ("auto", "legacy"):
        await visit(url, mode, failures)
        await anyio.sleep(1)
    for failure in failures:
        print(f"FAIL  {failure}")
    sys.exit(bool(failures))


anyio.run(main, sys.argv[1])
