"""Drives `everything` with the Python `mcp` client 2.x: stateless as it prefers, and stateful.

Usage: test_v2.py --stdio PATH_OF_THE_SERVER
       test_v2.py --http URL
"""

import contextlib
import logging
import os
import sys
import tempfile
import warnings

import anyio
import httpx2
import mcp.client.stdio
import mcp_types as types
from mcp import Client, ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.client.subscriptions import ResourceUpdated
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.message import ClientMessageMetadata

import fixtures as fx
from checks import equal, true
from v2_checks import PATIENCE, Seen, checks, everything, only_text, trigger

MODES = ("auto", fx.STATELESS, "legacy")


# Over stdio.

# How long a server may take to end by itself before the client kills it, and what it has to tell of its end: two seconds without.
mcp.client.stdio.PROCESS_TERMINATION_TIMEOUT = PATIENCE


async def over_stdio(binary, mode, errors):
    """One connection from start to end; the shell notes the exit status of the server."""
    checks.section = f"mode {mode}"
    seen = Seen()
    with tempfile.NamedTemporaryFile("r", suffix=".status") as status:
        server = StdioServerParameters(
            command="/bin/sh",
            args=["-c", '"$1"; echo "$?" >"$2"', "sh", binary, status.name],
            env={"RUST_LOG": "info"},
        )
        try:
            async with Client(
                stdio_client(server, errlog=errors),
                mode=mode,
                logging_callback=seen.on_log,
                message_handler=seen.on_message,
            ) as client:
                await everything(client, mode, seen)
        except Exception as error:
            with checks.check("the connection holds"):
                raise error
        with checks.check("exits with 0 when the client leaves"):
            equal(open(status.name).read().strip(), "0", "exit status")
        with checks.check("only protocol on stdout"):
            equal(seen.faults, [], "lines the client could not read")


def stdio(binary):
    with tempfile.TemporaryFile("w+") as errors:
        for mode in MODES:
            anyio.run(over_stdio, os.path.abspath(binary), mode, errors)


# Over HTTP.


class Connection:
    """A client over HTTP, and what went over the wire."""

    def __init__(self, url, mode, *, resumed=None, leave=True):
        self.url, self.mode, self.leave = url, mode, leave
        self.seen, self.answers = Seen(), []
        headers = {"mcp-session-id": resumed} if resumed else {}
        self.http = create_mcp_http_client(headers=headers, timeout=httpx2.Timeout(PATIENCE))
        self.http.event_hooks["response"].append(self.on_answer)

    async def on_answer(self, response):
        self.answers.append(response)
        self.seen.wake()

    def answered(self, method):
        return [answer for answer in self.answers if answer.request.method == method]

    @contextlib.asynccontextmanager
    async def open(self):
        transport = streamable_http_client(self.url, http_client=self.http, terminate_on_close=self.leave)
        async with self.http, Client(
            transport, mode=self.mode, logging_callback=self.seen.on_log, message_handler=self.seen.on_message
        ) as client:
            yield client

    def session_id(self):
        return next(id for answer in self.answers if (id := answer.headers.get("mcp-session-id")))


async def over_http(url, mode):
    checks.section = f"mode {mode}"
    connection = Connection(url, mode)
    try:
        async with connection.open() as client:
            # Others are served by the same process at the same time.
            watched = f"note://v2-{mode}"
            await everything(client, mode, connection.seen, (watched, f"{watched}-fence"))
            await given_up(client)
            with checks.check("the server closes a stream, and the answer still comes"), anyio.fail_after(PATIENCE):
                equal(only_text(await client.call_tool("test_reconnection")), "You came back.")
            if mode == "legacy":
                await with_a_session(connection)
    except Exception as error:
        with checks.check("the connection holds"):
            raise error
    if mode == "legacy":
        with checks.check("leaving ends the session"), anyio.fail_after(PATIENCE):
            [gone] = connection.answered("DELETE")
            true(gone.status_code in (200, 204), f"DELETE gave {gone.status_code}")
            async with httpx2.AsyncClient(timeout=PATIENCE) as http:
                headers = {"mcp-session-id": connection.session_id(), "accept": "text/event-stream"}
                equal((await http.get(url, headers=headers)).status_code, 404, "status of GET afterwards")
        await resumed(url)
    else:
        without_sessions(connection)
    with checks.check("nothing but protocol"):
        equal(connection.seen.faults, [], "messages the client could not read")


async def given_up(client):
    with checks.check("progress comes long before the answer, giving up gets through"), anyio.fail_after(PATIENCE):
        with anyio.CancelScope() as scope:
            async def on_progress(progress, total, message):
                scope.cancel()

            await client.call_tool("flood", {"n": fx.MUCH}, progress_callback=on_progress)
        true(scope.cancelled_caught, "it was answered")
        equal(only_text(await client.call_tool("echo", {"message": "after"})), "after")


async def with_a_session(connection):
    with checks.check("a session with an id, and a stream of its own"), anyio.fail_after(PATIENCE):
        id = connection.session_id()
        true(id.isascii() and id.isprintable(), f"session id {id!r}")
        await connection.seen.until(lambda: connection.answered("GET"))
        stream = connection.answered("GET")[0]
        equal((stream.status_code, stream.headers["content-type"]), (200, "text/event-stream"))
        first, *others = connection.answers
        for answer in others:
            equal(answer.request.headers.get("mcp-session-id"), id, "session id of a request")


def without_sessions(connection):
    with checks.check("each request on its own, without a session"):
        for answer in connection.answers:
            equal(answer.request.method, "POST")
            equal(answer.headers.get("mcp-session-id"), None, "session id of an answer")
            equal(answer.request.headers["mcp-protocol-version"], fx.STATELESS)
    with checks.check("listening is a stream of events"):
        asked = "subscriptions/listen"
        answers = [answer for answer in connection.answers if answer.request.headers["mcp-method"] == asked]
        true(answers, "never listened")
        for answer in answers:
            equal((answer.status_code, answer.headers["content-type"]), (200, "text/event-stream"))
            equal(answer.headers["x-accel-buffering"], "no")


async def resumed(url):
    with checks.check("a call survives its client, and another takes the answer"), anyio.fail_after(PATIENCE):
        call = types.CallToolRequest(params=types.CallToolRequestParams(name="test_tool_with_progress", arguments={}))
        tokens, begun = [], anyio.Event()

        async def on_token(token):
            tokens.append(token)
            begun.set()

        connection = Connection(url, "legacy", leave=False)
        async with connection.open() as client:
            id = connection.session_id()
            async with anyio.create_task_group() as group:
                metadata = ClientMessageMetadata(on_resumption_token_update=on_token)

                async def first():
                    await client.session.send_request(call, types.CallToolResult, metadata=metadata)

                group.start_soon(first)
                await begun.wait()
                # A request that can be resumed is not cancelled when its client gives up.
                group.cancel_scope.cancel()
        connection = Connection(url, "legacy", resumed=id)
        async with connection.http, streamable_http_client(url, http_client=connection.http) as streams:
            async with ClientSession(*streams, message_handler=connection.seen.on_message) as session:
                metadata = ClientMessageMetadata(resumption_token=tokens[0])
                result = await session.send_request(call, types.CallToolResult, metadata=metadata)
                equal(only_text(result), "Reported progress three times.")


async def in_pairs(url):
    checks.section = "both eras at once"
    with checks.check("each hears what the other triggers"), anyio.fail_after(PATIENCE):
        old, new = Connection(url, "legacy"), Connection(url, "auto")
        theirs, mine = "note://v2-old", "note://v2-new"
        async with old.open() as stateful, new.open() as stateless:
            equal([stateful.protocol_version, stateless.protocol_version], [fx.STATEFUL[-1], fx.STATELESS])
            await stateful.subscribe_resource(theirs)
            async with stateless.listen(resource_subscriptions=[mine]) as subscription:
                await trigger(stateless, mine)
                await trigger(stateless, theirs)
                equal(await anext(subscription), ResourceUpdated(uri=mine))
                await old.seen.until(lambda: old.seen.updates())
                equal(old.seen.updates(), [theirs])
                await trigger(stateful, mine)
                equal(await anext(subscription), ResourceUpdated(uri=mine))
            async with anyio.create_task_group() as group:
                for number in range(20):
                    group.start_soon(echoes, (stateful, stateless)[number % 2], f"number {number}")


async def echoes(client, message):
    equal(only_text(await client.call_tool("echo", {"message": message})), message)


async def http(url):
    for mode in MODES:
        await over_http(url, mode)
    await in_pairs(url)


def main():
    how, where = sys.argv[1:]
    # The client logs what it cannot parse; that is counted as a fault here.
    logging.disable(logging.CRITICAL)
    # Ping, setLevel and subscribe are deprecated in it, and still have to be served.
    warnings.simplefilter("ignore")
    checks.title += f" over {how.removeprefix('--')}"
    if how == "--http":
        anyio.run(http, where)
    else:
        stdio(where)
    sys.exit(checks.finish())


if __name__ == "__main__":
    main()
