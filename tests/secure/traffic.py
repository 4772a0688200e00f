"""Calls the example `secure` with the Python `mcp` client 2.x, in both eras.

Usage: traffic.py URL KEY_OF_ADA KEY_OF_EVE KEY_OF_IDA
"""

import contextlib
import sys

import anyio
import httpx2
from mcp import Client, MCPError, types
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

failures = []


def check(what, holds, found=""):
    if not holds:
        failures.append(f"{what}: {found}")


class Person:
    """Who has a key, and what they say when they are asked."""

    def __init__(self, url, mode, key):
        self.url, self.mode, self.key = url, mode, key
        self.says, self.asked = None, []

    async def elicit(self, _context, params):
        self.asked.append(params.message)
        if not self.says:
            return types.ElicitResult(action="decline")
        return types.ElicitResult(action="accept", content={"answer": self.says})

    @contextlib.asynccontextmanager
    async def client(self):
        http = create_mcp_http_client(headers={"X-API-Key": self.key}, timeout=httpx2.Timeout(60))
        async with http, Client(
            streamable_http_client(self.url, http_client=http), mode=self.mode, elicitation_callback=self.elicit
        ) as client:
            yield client


async def refusal(call):
    """The code of the error that a request is refused with."""
    try:
        return f"no error, but {await call}"
    except MCPError as error:
        return error.code


async def names(client):
    return {tool.name for tool in (await client.list_tools()).tools}


async def visit(url, mode, keys):
    ada, eve, ida = (Person(url, mode, key) for key in keys)
    async with ada.client() as client:
        check("ada does not know of what auditors may", "all_notes" not in await names(client))
        added = await client.call_tool("add_note", {"text": f"by {mode}"})
        number = added.structured_content["id"]
        uri = f"note://{number}"
        check("ada reads it", (await client.read_resource(uri)).contents[0].text == f"by {mode}")

        denied = await client.call_tool("delete_note", {"id": number})
        check("who says no keeps the note", denied.is_error and len(ada.asked) == 1, (denied, ada.asked))
        check("the question tells what is done", f"Delete the note {number}" in "".join(ada.asked), ada.asked)
        check("it is still there", (await client.read_resource(uri)).contents[0].text == f"by {mode}")

        async with eve.client() as other:
            check("eve sees what she lacks a scope for", {"add_note", "list_notes"} <= await names(other))
            check("and is told so", await refusal(other.call_tool("add_note", {"text": "no"})) == -40300)
            check("another's note does not exist for her", await refusal(other.read_resource(uri)) in (-32602, -32002))
            check("she has none of her own", (await other.call_tool("list_notes")).structured_content == {"result": []})
            check("nor does she delete", await refusal(other.call_tool("delete_note", {"id": number})) == -40300)
            check("without being asked", not eve.asked, eve.asked)
        async with ida.client() as other:
            everybodys = (await other.call_tool("all_notes")).structured_content["result"]
            check("ida sees the note", any(note["id"] == number for note in everybodys), everybodys)
            check("and reads it", (await other.read_resource(uri)).contents[0].text == f"by {mode}")

        ada.says = "once"
        gone = await client.call_tool("delete_note", {"id": number})
        check("who says yes deletes it", not gone.is_error and len(ada.asked) == 2, (gone, ada.asked))
        check("it is gone", await refusal(client.read_resource(uri)) in (-32602, -32002))
        again = await client.call_tool("delete_note", {"id": number})
        check("nobody is asked about what is not there", again.is_error and len(ada.asked) == 2, (again, ada.asked))


async def main(url, *keys):
    for mode in ("auto", "legacy"):
        await visit(url, mode, keys)
    for failure in failures:
        print(f"FAIL  {failure}")
    sys.exit(bool(failures))


anyio.run(main, *sys.argv[1:])
