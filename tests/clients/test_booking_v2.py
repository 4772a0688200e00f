"""Drives `booking` with the Python `mcp` client 2.x: it asks, and the client answers, by retrying or in a session.

Usage: test_booking_v2.py --stdio PATH_OF_THE_SERVER
       test_booking_v2.py --http URL
"""

import contextlib
import logging
import os
import sys
import tempfile
import warnings

import anyio
import httpx2
import mcp_types as types
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

import fixtures as fx
from booking_checks import ALL, ANSWERS, PATIENCE, Booking, Guest, accept, book, checks, everything, happened, text
from checks import equal, holds
from v2_checks import Seen

MODES = {"auto": fx.STATELESS, fx.STATELESS: fx.STATELESS, "legacy": fx.STATEFUL[-1]}


class Peer:
    # It runs callbacks beside each other.
    ordered, lazy = False, False

    def __init__(self, client):
        self.client = client

    async def call(self, tool, arguments, on_progress=None):
        return plain(await self.client.call_tool(tool, arguments, progress_callback=on_progress))

    async def get(self, prompt, arguments):
        return plain(await self.client.get_prompt(prompt, arguments))

    async def read(self, uri):
        return plain(await self.client.read_resource(uri))

    async def round(self, place, before=None, **answers):
        """One round of a booking, with the answers to what was asked in the one before."""
        responses = {key: types.ElicitResult(**answer) for key, answer in answers.items()}
        return await self.client.session.call_tool(
            "book", {"place": place}, input_responses=responses or None,
            request_state=before and before.request_state, allow_input_required=True,
        )


def plain(model):
    return model.model_dump(by_alias=True, mode="json", exclude_none=True)


def callbacks(guest, abilities):
    async def elicit(context, params):
        return types.ElicitResult.model_validate(await guest.elicit(plain(params)))

    async def sample(context, params):
        answer = await guest.sample(plain(params))
        if "error" in answer:
            return types.ErrorData(**answer["error"])
        return types.CreateMessageResult.model_validate(answer)

    async def roots(context):
        return types.ListRootsResult.model_validate(await guest.roots())

    given = {"elicit": elicit, "sample": sample, "roots": roots}
    names = {"elicit": "elicitation_callback", "sample": "sampling_callback", "roots": "list_roots_callback"}
    return {names[ability]: given[ability] for ability in abilities}


def way_over(transport, mode, seen):
    @contextlib.asynccontextmanager
    async def open(guest, *abilities):
        async with transport() as streams:
            async with Client(
                streams, mode=mode, message_handler=seen.on_message, **callbacks(guest, abilities)
            ) as client:
                equal(client.protocol_version, MODES[mode], "protocolVersion")
                yield Peer(client)

    return Booking(open, MODES[mode], f"v2-{mode}", MCPError)


async def stdio_transport(binary, errors):
    yield stdio_client(StdioServerParameters(command=binary), errlog=errors)


async def http_transport(url):
    async with create_mcp_http_client(timeout=httpx2.Timeout(PATIENCE)) as http:
        yield streamable_http_client(url, http_client=http)


async def drive(transport, one_process):
    for mode in MODES:
        checks.section = f"mode {mode}"
        seen = Seen()
        way = way_over(transport, mode, seen)
        try:
            await everything(way)
            await a_model_that_fails(way)
            await given_up(way)
            if way.stateless:
                await by_hand(way)
                if one_process:
                    await handed_over(way)
        except Exception as error:
            with checks.check("the connection holds"):
                raise error
        with checks.check("nothing but protocol"):
            equal(seen.faults, [], "messages the client could not read")


async def a_model_that_fails(way):
    failure = {"error": {"code": -1, "message": "out of tokens"}}
    with checks.check("a model that fails costs the words, not the table"), anyio.fail_after(PATIENCE):
        guest, place = Guest(confirmation=[failure]), way.place()
        async with way.open(guest, "elicit", "sample") as peer:
            if way.stateless:
                # There is no way to tell a server of it; this client gives the call up.
                equal(await way.refusal(book(peer, place), "out of tokens"), -1)
            else:
                holds("Booked: table", (await book(peer, place))["message"])
            equal(await happened(peer, place), ["held", "booked"], "effects")


async def given_up(way):
    with checks.check("a call given up takes its question back, and others go on"), anyio.fail_after(PATIENCE):
        guest, place, taken_back = Guest(), way.place(), anyio.Event()
        async with way.open(guest, *ALL) as peer:
            with anyio.CancelScope() as scope:
                async def give_up(kind):
                    if kind == "confirm":
                        guest.before = None
                        scope.cancel()
                        try:
                            await anyio.sleep_forever()
                        finally:
                            taken_back.set()

                guest.before = give_up
                await book(peer, place)
            equal(scope.cancelled_caught, True, "given up")
            await taken_back.wait()
            equal((await book(peer, way.place()))["status"], "booked")
            equal(await happened(peer, place), ["held"], "effects of the call given up")


async def by_hand(way):
    [wish] = ANSWERS["wish"]
    with checks.check("round by round, as it goes over the wire"), anyio.fail_after(PATIENCE):
        guest, place = Guest(), way.place()
        async with way.open(guest, "elicit") as peer:
            first = await peer.round(place)
            equal((first.result_type, list(first.input_requests)), ("input_required", ["wish"]))
            # Without the answer, with one that nobody asked for: it is asked again.
            again = await peer.round(place, first, confirm=accept())
            equal(list(again.input_requests), ["wish"])
            equal(await happened(peer, place), [], "effects before the wish is known")
            second = await peer.round(place, again, wish=wish)
            equal(list(second.input_requests), ["confirm"])
            equal(await happened(peer, place), ["held"], "effects")
            last = await peer.round(place, second, confirm=accept(remarks="by hand"))
            holds("by hand", text(plain(last)))
            equal(await happened(peer, place), ["held", "booked"], "effects")
            equal(guest.asked, [])
    with checks.check("what it remembers is for that call alone"), anyio.fail_after(PATIENCE):
        place = way.place()
        async with way.open(Guest(), "elicit") as peer:
            first = await peer.round(place)
            for elsewhere, state in (
                (way.place(), first.request_state),
                (place, first.request_state[:-4] + "AAAA"),
                (place, "made up"),
            ):
                other = first.model_copy(update={"request_state": state})
                code = await way.refusal(peer.round(elsewhere, other, wish=wish), "requestState")
                equal(code, types.INVALID_PARAMS)
                equal(await happened(peer, elsewhere), [], "effects")


async def handed_over(way):
    with checks.check("a client leaves after each round, and the next one goes on"), anyio.fail_after(PATIENCE):
        place, result = way.place(), None
        for answers in ({}, {"wish": ANSWERS["wish"][0]}, {"confirm": accept()}):
            async with way.open(Guest(), *ALL[:1]) as peer:
                result = await peer.round(place, result, **answers)
                effects = await happened(peer, place)
        holds(f"at {place} on 2026-08-01", text(plain(result)))
        equal(effects, ["held", "booked"], "effects")


def main():
    how, where = sys.argv[1:]
    # The client logs what it cannot parse; that is counted as a fault here.
    logging.disable(logging.CRITICAL)
    # Sampling and roots are deprecated in it, and still have to be served.
    warnings.simplefilter("ignore")
    checks.title = f"booking, Python mcp 2.x over {how.removeprefix('--')}"
    with tempfile.TemporaryFile("w+") as errors:
        over = {
            "--stdio": lambda: stdio_transport(os.path.abspath(where), errors),
            "--http": lambda: http_transport(where),
        }
        anyio.run(drive, contextlib.asynccontextmanager(over[how]), how == "--http")
    sys.exit(checks.finish())


if __name__ == "__main__":
    main()
