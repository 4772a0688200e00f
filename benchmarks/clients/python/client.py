"""The client of FastMCP, as its guide has it."""

import asyncio
import sys
import time

from fastmcp import Client
from fastmcp.client.transports import StdioTransport

TEXT = "hello"
WARM = 300


async def main() -> None:
    begun, first = time.perf_counter_ns(), None
    if sys.argv[1] == "http":
        calls, transport = int(sys.argv[3]), sys.argv[2]
    else:
        calls, transport = int(sys.argv[2]), StdioTransport(sys.argv[3], sys.argv[4:])
    async with Client(transport) as client:
        before = 0
        for n in range(WARM + calls):
            if n == WARM:
                before = time.process_time_ns()
            result = await client.call_tool("echo", {"message": TEXT})
            assert result.content[0].text == TEXT
            first = first or time.perf_counter_ns() - begun
        print((time.process_time_ns() - before) // calls, first // 1000)


asyncio.run(main())
