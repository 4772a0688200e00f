"""Calls a tool over HTTPS, with the Python SDK as it is: `client.py URL`. Whom it trusts is said by SSL_CERT_FILE."""

import asyncio
import sys

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client


async def main(url):
    async with streamablehttp_client(url) as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        result = await session.call_tool("add", {"a": 2, "b": 3})
        print(result.content[0].text)


asyncio.run(main(sys.argv[1]))
