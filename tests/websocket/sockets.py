"""The package `websockets`, and the SDK of Python, which uses it."""

import asyncio
import signal
import warnings
from contextlib import suppress

from mcp import ClientSession
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from checks import equal, holds
from serving import request, serve

warnings.simplefilter("ignore", DeprecationWarning)
from mcp.client.websocket import websocket_client  # noqa: E402


async def closed(socket):
    """The code and the words that it ends with."""
    try:
        while True:
            await socket.recv()
    except ConnectionClosed as end:
        return end.rcvd.code, end.rcvd.reason


async def pings_and_fragments(url):
    async with connect(url, subprotocols=["mcp"]) as socket:
        equal(socket.subprotocol, "mcp", "the subprotocol")
        await asyncio.wait_for(await socket.ping(b"there?"), 30)
        text = request(1, "héllo")
        await socket.send([text[:90], text[90:150], text[150:]])
        holds("héllo", await socket.recv())


async def refused(url, status, **how):
    try:
        async with connect(url, **how):
            raise AssertionError("it was let in")
    except InvalidStatus as refusal:
        equal(refusal.response.status_code, status, "the status")


async def too_long(url):
    async with connect(url, subprotocols=["mcp"]) as socket:
        await socket.send(request(1, "x" * 5000))
        holds("4096", await socket.recv())
        await socket.send(request(2, "short"))
        holds("short", await socket.recv())
        # The server may have closed before all of it is written, which ends the writing as well.
        with suppress(ConnectionClosed):
            await socket.send("x" * (2 * 1024 * 1024))
        equal(await closed(socket), (1009, "the message is too long"))


async def stopped(url, server):
    async with connect(url, subprotocols=["mcp"]) as socket:
        await socket.send(request(1, "a"))
        await socket.recv()
        server.send_signal(signal.SIGTERM)
        equal(await closed(socket), (1001, "the server ends"))


async def sdk(url):
    async with websocket_client(url) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        names = [tool.name for tool in (await session.list_tools()).tools]
        holds("add", names, "tools")
        result = await session.call_tool("add", {"a": 2, "b": 3})
        equal(result.content[0].text, "5")
        failed = await session.call_tool("fail", {"message": "no such file"})
        equal((failed.isError, failed.content[0].text), (True, "no such file"))


def run(checks, port):
    url = f"ws://127.0.0.1:{port}/ws"
    checks.section = "Python"
    with checks.check("the SDK"):
        asyncio.run(sdk(url))
    with checks.check("pings, fragments, the subprotocol"):
        asyncio.run(pings_and_fragments(url))
    with checks.check("another subprotocol is refused"):
        asyncio.run(refused(url, 400, subprotocols=["chat"]))
    with checks.check("a foreign origin is refused"):
        asyncio.run(refused(url, 403, subprotocols=["mcp"], origin="https://evil.example"))
    with checks.check("close code 1009, and a little less"), serve(variant="limited") as server:
        asyncio.run(too_long(f"ws://127.0.0.1:{server.port}/ws"))
    with checks.check("close code 1001"), serve() as server:
        asyncio.run(stopped(f"ws://127.0.0.1:{server.port}/ws", server))
        equal(server.wait(30), 0, "the status of the server")
