"""Drives `everything` with the Python `mcp` client 1.x, in every stateful revision.

Usage: test_v1.py --stdio PATH_OF_THE_SERVER
       test_v1.py --http URL
"""

import contextlib
import logging
import os
import sys
import tempfile

import anyio
import httpx
import mcp.client.stdio
import mcp.types as types
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.message import ClientMessageMetadata
from pydantic import AnyUrl

import fixtures as fx
from checks import equal, holds, true
from v1_checks import PATIENCE, Seen, checks, everything, initialize, only_text, refusal, trigger

# Over stdio.

# How long a server may take to end by itself before the client kills it, and what it has to tell of its end: two seconds without.
mcp.client.stdio.PROCESS_TERMINATION_TIMEOUT = PATIENCE


async def over_stdio(binary, revision, errors):
    """One connection from start to end; the shell notes the exit status of the server."""
    seen = Seen()
    with tempfile.NamedTemporaryFile("r", suffix=".status") as status:
        server = StdioServerParameters(
            command="/bin/sh",
            args=["-c", '"$1"; echo "$?" >"$2"', "sh", binary, status.name],
            env={"RUST_LOG": "info"},
        )
        try:
            async with stdio_client(server, errlog=errors) as streams:
                async with ClientSession(
                    *streams, logging_callback=seen.on_log, message_handler=seen.on_message
                ) as session:
                    await everything(session, revision, seen)
        except Exception as error:
            with checks.check("the connection holds"):
                raise error
        with checks.check("exits with 0 when the client leaves"):
            equal(open(status.name).read().strip(), "0", "exit status")
        with checks.check("only protocol on stdout"):
            equal(seen.faults, [], "lines the client could not read")


def stdio(binary):
    with tempfile.TemporaryFile("w+") as errors:
        for revision in fx.STATEFUL:
            checks.section = revision
            anyio.run(over_stdio, os.path.abspath(binary), revision, errors)
        checks.section = "stderr"
        errors.seek(0)
        logged = errors.read()
        with checks.check("names the place of the panic"):
            true("panic" in logged and ".rs:" in logged, f"stderr is {logged[-500:]!r}")


# Over HTTP.


class Connection:
    """A session over HTTP, and what went over the wire."""

    def __init__(self, url, revision, *, resumed=None, leave=True):
        self.url, self.revision, self.leave = url, revision, leave
        self.seen, self.answers = Seen(), []
        headers = {"mcp-session-id": resumed, "mcp-protocol-version": revision} if resumed else {}
        self.http = create_mcp_http_client(headers=headers, timeout=httpx.Timeout(PATIENCE))
        self.http.event_hooks["response"].append(self.on_answer)

    async def on_answer(self, response):
        self.answers.append(response)
        self.seen.wake()

    def answered(self, method):
        return [answer for answer in self.answers if answer.request.method == method]

    @contextlib.asynccontextmanager
    async def open(self):
        """The session, not initialized."""
        transport = streamable_http_client(self.url, http_client=self.http, terminate_on_close=self.leave)
        async with self.http, transport as (reader, writer, session_id):
            self.session_id = session_id
            async with ClientSession(
                reader, writer, logging_callback=self.seen.on_log, message_handler=self.seen.on_message
            ) as session:
                yield session

    @contextlib.asynccontextmanager
    async def initialized(self):
        async with self.open() as session:
            await initialize(session, self.revision)
            yield session


async def over_http(url, revision):
    connection = Connection(url, revision)
    try:
        async with connection.open() as session:
            # Others are served by the same process at the same time.
            watched = f"note://v1-{revision}"
            await everything(session, revision, connection.seen, (watched, f"{watched}-fence"))
            with checks.check("a session with an id, and a stream of its own"), anyio.fail_after(PATIENCE):
                id = connection.session_id()
                true(id and id.isascii() and id.isprintable(), f"session id {id!r}")
                await connection.seen.until(lambda: connection.answered("GET"))
                stream = connection.answered("GET")[0]
                equal((stream.status_code, stream.headers["content-type"]), (200, "text/event-stream"))
            await streams(session)
    except Exception as error:
        with checks.check("the connection holds"):
            raise error
    with checks.check("leaving ends the session"), anyio.fail_after(PATIENCE):
        [gone] = connection.answered("DELETE")
        true(gone.status_code in (200, 204), f"DELETE gave {gone.status_code}")
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            headers = {"mcp-session-id": id, "accept": "text/event-stream"}
            equal((await http.get(url, headers=headers)).status_code, 404, "status of GET afterwards")
    with checks.check("nothing but protocol, and no refusals"):
        equal(connection.seen.faults, [], "messages the client could not read")
        refused = [answer for answer in connection.answers if answer.status_code >= 400]
        # It asks for the rest of a call that it has cancelled, a second later, and is told that there is none; or that the
        # session has ended, where it has left meanwhile.
        refused = [answer for answer in refused if not asks_for_the_rest(answer)]
        equal([(answer.request.method, answer.status_code) for answer in refused], [], "refusals")
    await resumed(url, revision)
    await in_pairs(url, revision)


def asks_for_the_rest(answer):
    return (answer.request.method == "GET" and "last-event-id" in answer.request.headers
            and answer.status_code in (404, 405))


async def streams(session):
    with checks.check("progress comes long before the answer, a cancel gets through"), anyio.fail_after(PATIENCE):
        begun, done = anyio.Event(), []
        id = session._request_id

        async def on_progress(progress, total, message):
            begun.set()

        async def flood():
            done.append(await session.call_tool("flood", {"n": fx.MUCH}, progress_callback=on_progress))

        async with anyio.create_task_group() as group:
            group.start_soon(flood)
            await begun.wait()
            params = types.CancelledNotificationParams(requestId=id, reason="enough")
            await session.send_notification(types.ClientNotification(types.CancelledNotification(params=params)))
            equal(only_text(await session.call_tool("echo", {"message": "after"})), "after")
            equal(done, [], "answers of the cancelled call")
            group.cancel_scope.cancel()
    with checks.check("the server closes a stream, and the answer still comes"), anyio.fail_after(PATIENCE // 3):
        equal(only_text(await session.call_tool("test_reconnection")), "You came back.")


async def resumed(url, revision):
    with checks.check("a call survives its client, and another takes the answer"), anyio.fail_after(PATIENCE):
        tokens, begun = [], anyio.Event()
        call = types.ClientRequest(types.CallToolRequest(params=types.CallToolRequestParams(
            name="test_tool_with_progress", arguments={}, _meta=types.RequestParams.Meta(progressToken="mine"),
        )))

        async def on_token(token):
            tokens.append(token)
            begun.set()

        connection = Connection(url, revision, leave=False)
        async with connection.initialized() as session:
            id = connection.session_id()
            async with anyio.create_task_group() as group:
                metadata = ClientMessageMetadata(on_resumption_token_update=on_token)

                async def first():
                    await session.send_request(call, types.CallToolResult, metadata=metadata)

                group.start_soon(first)
                await begun.wait()
                group.cancel_scope.cancel()
        connection = Connection(url, revision, resumed=id)
        async with connection.open() as session:
            metadata = ClientMessageMetadata(resumption_token=tokens[0])
            result = await session.send_request(call, types.CallToolResult, metadata=metadata)
            equal(only_text(result), "Reported progress three times.")
            # The first one came with the token, or comes after it.
            holds([note.params.progress for note in connection.seen.others], [[0, 50, 100], [50, 100]])


async def in_pairs(url, revision):
    with checks.check("two clients at once do not hear of each other"), anyio.fail_after(PATIENCE):
        one, other = Connection(url, revision), Connection(url, revision)
        mine, theirs = f"note://v1-{revision}-mine", f"note://v1-{revision}-theirs"
        async with one.initialized() as first, other.initialized() as second:
            true(one.session_id() != other.session_id(), "the same session twice")
            await first.subscribe_resource(AnyUrl(mine))
            await second.subscribe_resource(AnyUrl(theirs))
            for uri in (theirs, mine):
                await trigger(first, uri)
            await one.seen.until(lambda: one.seen.updates())
            await other.seen.until(lambda: other.seen.updates())
            equal((one.seen.updates(), other.seen.updates()), ([mine], [theirs]))
            async with anyio.create_task_group() as group:
                for number in range(20):
                    group.start_soon(echoes, (first, second)[number % 2], f"{revision} {number}")
    with checks.check("a session that somebody else ended is told as such"), anyio.fail_after(PATIENCE):
        connection = Connection(url, revision)
        async with connection.initialized() as session:
            async with httpx.AsyncClient(timeout=PATIENCE) as http:
                await http.delete(url, headers={"mcp-session-id": connection.session_id()})
            await refusal(session.send_ping(), 32600, "terminated")


async def echoes(session, message):
    equal(only_text(await session.call_tool("echo", {"message": message})), message)


async def all_at_once(url):
    checks.section = "all revisions at once"
    with checks.check("each has its own session and its own terms"), anyio.fail_after(PATIENCE):
        async with contextlib.AsyncExitStack() as stack:
            sessions = [
                (revision, await stack.enter_async_context(Connection(url, revision).initialized()))
                for revision in fx.STATEFUL
            ]
            async with anyio.create_task_group() as group:
                for number in range(10):
                    for revision, session in sessions:
                        group.start_soon(echoes, session, f"{revision} {number}")
            for revision, session in sessions:
                [audio] = (await session.call_tool("test_audio_content")).content
                equal(audio.type, "audio" if revision >= "2025-03-26" else "text", revision)


async def http(url):
    for revision in fx.STATEFUL:
        checks.section = revision
        await over_http(url, revision)
    await all_at_once(url)


def main():
    how, where = sys.argv[1:]
    # The client logs what it cannot parse; that is counted as a fault here.
    logging.disable(logging.CRITICAL)
    checks.title += f" over {how.removeprefix('--')}"
    if how == "--http":
        anyio.run(http, where)
    else:
        stdio(where)
    sys.exit(checks.finish())


if __name__ == "__main__":
    main()
