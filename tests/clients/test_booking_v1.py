"""Drives `booking` with the Python `mcp` client 1.x, in every stateful revision: it asks, and the client answers.

Usage: test_booking_v1.py --stdio PATH_OF_THE_SERVER
       test_booking_v1.py --http URL
"""

import contextlib
import logging
import os
import sys
import tempfile

import anyio
import httpx
import mcp.types as types
from mcp import ClientSession, McpError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from pydantic import AnyUrl

import fixtures as fx
from booking_checks import PATIENCE, Booking, Guest, book, checks, everything, happened
from checks import equal, holds
from v1_checks import Seen, initialize


class Peer:
    # It reads one message after the other, and is not done with a question before it has the answer.
    ordered, lazy = True, True

    def __init__(self, session):
        self.session = session

    async def call(self, tool, arguments, on_progress=None):
        return plain(await self.session.call_tool(tool, arguments, progress_callback=on_progress))

    async def get(self, prompt, arguments):
        return plain(await self.session.get_prompt(prompt, arguments))

    async def read(self, uri):
        return plain(await self.session.read_resource(AnyUrl(uri)))


def plain(model):
    return model.model_dump(by_alias=True, mode="json", exclude_none=True)


def callbacks(guest, abilities):
    async def elicit(context, params):
        return types.ElicitResult.model_validate(await guest.elicit(plain(params)))

    async def sample(context, params):
        answer = await guest.sample(plain(params))
        return types.ErrorData(**answer["error"]) if "error" in answer else types.CreateMessageResult(**answer)

    async def roots(context):
        return types.ListRootsResult.model_validate(await guest.roots())

    given = {"elicit": elicit, "sample": sample, "roots": roots}
    names = {"elicit": "elicitation_callback", "sample": "sampling_callback", "roots": "list_roots_callback"}
    return {names[ability]: given[ability] for ability in abilities}


def capabilities(abilities):
    declared = {
        "elicit": {"elicitation": {"form": {}, "url": {}}},
        "sample": {"sampling": {}},
        "roots": {"roots": {"listChanged": True}},
    }
    merged = {name: value for ability in abilities for name, value in declared[ability].items()}
    return types.ClientCapabilities.model_validate(merged)


def way_over(transport, revision, seen):
    @contextlib.asynccontextmanager
    async def open(guest, *abilities):
        async with transport() as (reader, writer, *_):
            session = ClientSession(
                reader, writer, message_handler=seen.on_message, **callbacks(guest, abilities)
            )
            async with session:
                if revision == types.LATEST_PROTOCOL_VERSION:
                    # As it does it by itself.
                    await session.initialize()
                else:
                    await initialize(session, revision, capabilities(abilities))
                yield Peer(session)

    return Booking(open, revision, f"v1-{revision}", McpError)


async def stdio_transport(binary, errors):
    async with stdio_client(StdioServerParameters(command=binary), errlog=errors) as streams:
        yield streams


async def http_transport(url):
    http = create_mcp_http_client(timeout=httpx.Timeout(PATIENCE))
    async with http, streamable_http_client(url, http_client=http) as streams:
        yield streams


async def drive(transport):
    for revision in fx.STATEFUL:
        checks.section = revision
        seen = Seen()
        way = way_over(transport, revision, seen)
        try:
            await everything(way)
            if revision >= "2025-06-18":
                await a_model_that_fails(way)
        except Exception as error:
            with checks.check("the connection holds"):
                raise error
        with checks.check("nothing but protocol"):
            equal(seen.faults, [], "messages the client could not read")


async def a_model_that_fails(way):
    with checks.check("a model that fails costs the words, not the table"), anyio.fail_after(PATIENCE):
        guest, place = Guest(confirmation=[{"error": {"code": -1, "message": "out of tokens"}}]), way.place()
        async with way.open(guest, "elicit", "sample") as peer:
            holds("Booked: table", (await book(peer, place))["message"])
            equal(await happened(peer, place), ["held", "booked"], "effects")


def main():
    how, where = sys.argv[1:]
    # The client logs what it cannot parse; that is counted as a fault here.
    logging.disable(logging.CRITICAL)
    checks.title = f"booking, Python mcp 1.x over {how.removeprefix('--')}"
    with tempfile.TemporaryFile("w+") as errors:
        over = {
            "--stdio": lambda: stdio_transport(os.path.abspath(where), errors),
            "--http": lambda: http_transport(where),
        }
        anyio.run(drive, contextlib.asynccontextmanager(over[how]))
    sys.exit(checks.finish())


if __name__ == "__main__":
    main()
