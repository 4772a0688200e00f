"""Drives the servers in servers/ with the Python `mcp` client 2.x, in both eras, and with the MCP Inspector's command line.

Usage: servers.py DIRECTORY_OF_THE_BUILT_SERVERS INSPECTOR…
"""

import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anyio
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

PATIENCE = 60

passed = failed = 0


def check(what, holds, why=""):
    global passed, failed
    if holds:
        passed += 1
        print(f"  ok    {what}")
    else:
        failed += 1
        print(f"  FAIL  {what}: {why}")


class Server:
    """A server, its options, and calls: a tool, its arguments, and a text of the answer; with `!` in front, of the refusal."""

    def __init__(self, name, options, calls, uri=None, env=None):
        self.name, self.options, self.calls, self.uri, self.env = name, options, calls, uri, env or {}


def filesystem(folder):
    (folder / "notes").mkdir()
    (folder / "notes" / "tea.txt").write_text("Buy tea.\n")
    (folder / "secret.txt").write_text("secret")
    return Server(
        "mcp-filesystem",
        ["--allow", str(folder / "notes")],
        [
            ("read", {"path": "tea.txt"}, "Buy tea."),
            ("read", {"path": "../secret.txt"}, "!outside"),
            ("write", {"path": "milk.txt", "text": "Buy milk.", "replace": True}, "wrote 9 bytes"),
            ("edit", {"path": "milk.txt", "edits": [{"old": "milk", "new": "oats"}]}, "+Buy oats."),
            ("search", {"path": ".", "text": "Buy"}, "tea.txt"),
            ("tree", {"path": "."}, "milk.txt"),
        ],
        uri=(folder / "notes" / "tea.txt").as_uri(),
    )


class Site(BaseHTTPRequestHandler):
    """A page about tea, which robots.txt allows, and one that it does not."""

    def do_GET(self):
        pages = {
            "/robots.txt": ("text/plain", "User-agent: *\nDisallow: /secret"),
            "/tea": ("text/html", "<title>Tea</title><h1>Green tea</h1><p>A <b>leaf</b>."),
        }
        kind, text = pages.get(self.path, ("text/plain", "secret"))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


def fetch(_folder):
    site = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{site.server_port}"
    return Server(
        "mcp-fetch",
        ["--dangerous-allow-private"],
        [
            ("fetch", {"url": f"{url}/tea"}, "# Green tea\n\nA **leaf**."),
            ("fetch", {"url": f"{url}/secret"}, "!robots.txt"),
            ("fetch", {"url": "file:///etc/passwd"}, "!only http and https"),
        ],
    )


def fetch_as_installed(_folder):
    """Without the switch for tests it reaches nothing of this machine."""
    return Server("mcp-fetch", [], [("fetch", {"url": "http://127.0.0.1/"}, "!no address of the public internet")])


def git(folder):
    def run(*words):
        subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)

    run("init", "--quiet", "--initial-branch=main")
    (folder / "tea.txt").write_text("Buy tea.\n")
    run("add", "tea.txt")
    run("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "--message=Tea is out")
    (folder / "tea.txt").write_text("Buy oats.\n")
    return Server(
        "mcp-git",
        ["--repository", str(folder)],
        [
            ("status", {}, "tea.txt"),
            ("diff", {}, "+Buy oats."),
            ("log", {}, "Tea is out"),
            ("blame", {"path": "tea.txt"}, "Ada"),
            ("show", {"revision": "--output=/tmp/pwned"}, "!"),
        ],
    )


def database(folder):
    with contextlib.closing(sqlite3.connect(folder / "shop.db")) as shop:
        shop.executescript("CREATE TABLE tea (name TEXT, price REAL); INSERT INTO tea VALUES ('Sencha', 7.5), ('Assam', 5);")
    (folder / "queries.toml").write_text(
        """[[query]]
        name = "cheaper"
        description = "Teas that cost less than a price."
        sql = "SELECT name FROM tea WHERE price < $1"
        parameters = [{ name = "price", type = "number" }]"""
    )
    return Server(
        "mcp-database",
        ["--database", str(folder / "shop.db"), "--queries", str(folder / "queries.toml")],
        [
            ("tables", {}, "tea"),
            ("describe", {"table": "tea"}, "price"),
            ("query", {"sql": "SELECT name FROM tea WHERE price > $1", "params": [6]}, "| Sencha |"),
            ("query", {"sql": "DELETE FROM tea"}, "!can only be read"),
            ("explain", {"sql": "SELECT * FROM tea"}, "SCAN"),
            ("cheaper", {"price": 6}, "| Assam |"),
        ],
        uri="db://tables/main/tea",
    )


class Shop(BaseHTTPRequestHandler):
    """An API with two items, on two pages, for those who have the key. It is busy at first, and then knows what was not changed."""

    items = [{"id": "1", "name": "Sencha", "price": 7.5}, {"id": "2", "name": "Assam", "price": 5}]
    busy = True

    def do_GET(self):
        if self.headers["Authorization"] != "Bearer key-of-the-shop":
            return self.answer(401, {"error": "no key"})
        if Shop.busy:
            Shop.busy = False
            return self.answer(503, {}, ("Retry-After", "0"))
        if self.headers["If-None-Match"] == '"1"':
            return self.answer(304, None)
        if self.path == "/items":
            return self.answer(200, self.items[:1], ("Link", '</items?page=2>; rel="next"'), ("ETag", '"1"'))
        if self.path == "/items?page=2":
            return self.answer(200, self.items[1:])
        found = [item for item in self.items if self.path == f"/items/{item['id']}"]
        return self.answer(200, found[0]) if found else self.answer(404, {"title": "sold out"})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(422, {"title": "too cheap"})

    def answer(self, status, value, *headers):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def api(_folder):
    site = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    return Server(
        "mcp-api",
        ["--base-url", f"http://127.0.0.1:{site.server_port}"],
        [
            ("search", {}, "Assam"),
            ("search", {}, "Assam"),
            ("get", {"id": "1"}, "Sencha"),
            ("get", {"id": "3"}, "!sold out"),
            ("get", {"id": "../admin"}, "!id"),
            ("create", {"name": "Dust", "price": 0}, "!too cheap"),
        ],
        uri="api://items/2",
        env={"API_KEY": "key-of-the-shop"},
    )


SERVERS = [api, database, filesystem, fetch, fetch_as_installed, git]


def fits(expected, is_error, text):
    return is_error == expected.startswith("!") and expected.removeprefix("!") in text


async def drive(server, binary, mode):
    """The server as the Python client sees it."""
    parameters = StdioServerParameters(command=str(binary), args=server.options, env=server.env)
    with anyio.fail_after(PATIENCE):
        async with Client(stdio_client(parameters), mode=mode) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            for tool, arguments, expected in server.calls:
                result = await client.call_tool(tool, arguments)
                text = "\n".join(getattr(block, "text", "") for block in result.content)
                holds = tool in tools and fits(expected, result.is_error, text)
                check(f"{server.name}, Python {mode}: {tool} {json.dumps(arguments)}", holds, result)
            if server.uri:
                contents = (await client.read_resource(server.uri)).contents
                check(f"{server.name}, Python {mode}: {server.uri}", contents, contents)


def inspect(server, binary, inspector, home):
    """The server as the Inspector sees it."""
    given = [word for name, value in server.env.items() for word in ("-e", f"{name}={value}")]
    begin = [*inspector, "--cli", "--format", "json", "--quiet", *given, str(binary), *server.options]

    def run(method, *options):
        # The words behind `--` are the Inspector's, those before it the server's.
        words = [*begin, "--method", method, *options]
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, env=os.environ | {"HOME": home})
        return done.stdout or done.stderr

    check(f"{server.name}, Inspector: tools/list", '"inputSchema"' in (said := run("tools/list", "--strict")), said[:600])
    for tool, arguments, expected in server.calls:
        said = run("tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments))
        try:
            result = json.loads(said)["result"]
            text = "\n".join(block.get("text", "") for block in result["content"])
            holds = fits(expected, result.get("isError", False), text)
        except (ValueError, KeyError):
            holds = False
        check(f"{server.name}, Inspector: {tool} {json.dumps(arguments)}", holds, said[:600])


def main():
    binaries, *inspector = sys.argv[1:]
    for make in SERVERS:
        with tempfile.TemporaryDirectory() as folder:
            server = make(pathlib.Path(folder).resolve())
            binary = pathlib.Path(binaries).resolve() / server.name
            print(f"--- {server.name}")
            for mode in ("auto", "legacy"):
                try:
                    anyio.run(drive, server, binary, mode)
                except Exception as error:
                    check(f"{server.name}, Python {mode}", False, repr(error))
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as home:
            server = make(pathlib.Path(folder).resolve())
            inspect(server, binary, inspector, home)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
