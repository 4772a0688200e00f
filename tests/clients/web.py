"""A server at the other end of HTTP, with every header in our hands; standard library only."""

import base64
import contextlib
import http.client
import json
import socket
import time
import urllib.parse

from pipe import META, PATIENCE, Refused, stateless_meta

STATELESS = "2026-07-28"
BOTH = "application/json, text/event-stream"


class Answer:
    """An answer that was read to its end."""

    def __init__(self, response):
        self.status, self.headers = response.status, response.headers
        # Comments that keep the connection alive would put off the socket's own timeout for ever.
        until = time.monotonic() + PATIENCE
        pieces = []
        while piece := response.read1(1024 * 1024):
            pieces.append(piece)
            if time.monotonic() > until:
                raise TimeoutError(f"no end after {b''.join(pieces)[-300:]!r}")
        self.body = b"".join(pieces)

    def __repr__(self):
        return f"{self.status} {self.kind} {self.body[:300]!r}"

    @property
    def kind(self):
        return (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()

    def json(self):
        if self.kind != "application/json":
            raise AssertionError(f"expected JSON, got {self}")
        return json.loads(self.body.decode("utf-8"))

    def messages(self):
        """The JSON-RPC messages in it, as JSON or as events; priming events have none."""
        if self.kind == "text/event-stream":
            events = parse_events(iter(self.body.splitlines(keepends=True)))
            return [json.loads(event["data"]) for event in events if event.get("data")]
        return [self.json()]

    def error(self, status, code, id=None):
        """Checks that it is this error, to the request of this `id`; gives it."""
        if self.status != status:
            raise AssertionError(f"expected status {status} with {code}, got {self}")
        message = self.json()
        if message.get("jsonrpc") != "2.0" or "error" not in message or message["error"]["code"] != code:
            raise AssertionError(f"expected error {code}, got {self}")
        if message.get("id") != id or type(message.get("id")) is not type(id):
            raise AssertionError(f"expected id {id!r}, got {self}")
        return message["error"]

    def refuses(self, status):
        """Checks the status, and that a body, if there is one, is a JSON-RPC error."""
        if self.status != status:
            raise AssertionError(f"expected status {status}, got {self}")
        if self.body and "error" not in self.json():
            raise AssertionError(f"expected a JSON-RPC error, got {self}")

    def accepted(self):
        if self.status != 202 or self.body:
            raise AssertionError(f"expected 202 and no body, got {self}")


class Stream:
    """An answer of server-sent events that is still being read."""

    def __init__(self, connection, response):
        self.connection, self.response = connection, response
        self.status, self.headers = response.status, response.headers
        self.last_id = None
        self._events, self._until = parse_events(iter(self._line, b"")), 0

    def _line(self):
        if time.monotonic() > self._until:
            raise TimeoutError("no event, only comments")
        return self.response.readline()

    def event(self):
        """The next event, comments skipped; `None` at the end."""
        self._until = time.monotonic() + PATIENCE
        event = next(self._events, None)
        if event and "id" in event:
            self.last_id = event["id"]
        return event

    def message(self):
        """The next JSON-RPC message; `None` at the end."""
        while event := self.event():
            if event.get("data"):
                return json.loads(event["data"])
        return None

    def rest(self):
        return list(iter(self.message, None))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Goes away, whether the server is done or not."""
        # Closing alone would leave the connection open for as long as the response holds on to it.
        with contextlib.suppress(OSError):
            self.connection.sock and self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.response.close()
        self.connection.close()


def parse_events(lines):
    """Events as mappings of their fields. Each has at most one `data` line: ours are one line each."""
    event = {}
    for line in lines:
        line = line.decode("utf-8").rstrip("\n").rstrip("\r")
        if not line:
            if event:
                yield event
            event = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            if name in event:
                raise AssertionError(f"{name} twice in one event")
            if name not in ("id", "data", "retry", "event"):
                raise AssertionError(f"no field of an event: {line[:200]!r}")
            event[name] = value.removeprefix(" ")
    if event:
        raise AssertionError(f"the stream ends within an event: {event}")


class Web:
    """The endpoint. Each request has a connection of its own."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.url, self.host, self.port, self.path = url, parts.hostname, parts.port, parts.path
        self.netloc = parts.netloc

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)

    def socket(self):
        return socket.create_connection((self.host, self.port), timeout=PATIENCE)

    def send(self, method, body=None, headers=None, path=None):
        """The connection and the response whose headers have been read. A header of `None` is left out."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        base = {"Accept": BOTH, **({"Content-Type": "application/json"} if body is not None else {})}
        known = {name.lower(): name for name in base}
        for name, value in (headers or {}).items():
            base[known.get(name.lower(), name)] = value
        connection = self.connect()
        try:
            connection.putrequest(method, path or self.path, skip_host="Host" in base, skip_accept_encoding=True)
            for name, value in base.items():
                # A list is a header given several times.
                for one in value if isinstance(value, list) else [value]:
                    if one is not None:
                        connection.putheader(name, one)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            return connection, connection.getresponse()
        except BaseException:
            connection.close()
            raise

    def request(self, method, body=None, headers=None, path=None):
        connection, response = self.send(method, body, headers, path)
        with contextlib.closing(connection):
            return Answer(response)

    def stream(self, method, body=None, headers=None):
        connection, response = self.send(method, body, headers)
        kind = response.headers.get("Content-Type")
        if response.status != 200 or kind != "text/event-stream":
            with contextlib.closing(connection):
                raise AssertionError(f"expected a stream, got {Answer(response)}")
        return Stream(connection, response)


class Session(Web):
    """A session, opened by `initialize`."""

    def __init__(self, url, revision, **capabilities):
        super().__init__(url)
        self.revision, self.id, self.next_id = revision, None, 0
        hello = self.request("POST", initialize(revision, capabilities=capabilities))
        self.hello = hello
        if hello.status != 200:
            raise AssertionError(f"initialize: {hello}")
        [answer] = hello.messages()
        if answer["result"]["protocolVersion"] != revision:
            raise AssertionError(f"asked for {revision}, got {answer}")
        self.id = hello.headers.get("Mcp-Session-Id")
        self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}).accepted()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # What the session still runs, it shall not run to the end of all tests.
        with contextlib.suppress(OSError):
            self.request("DELETE", headers=self.headers())

    def headers(self, **more):
        # The header came with 2025-06-18.
        version = {"MCP-Protocol-Version": self.revision} if self.revision >= "2025-06-18" else {}
        return {"Mcp-Session-Id": self.id, **version, **more}

    def post(self, message, **headers):
        return self.request("POST", message, self.headers(**headers))

    def note(self, method, params=None):
        note = {"jsonrpc": "2.0", "method": method, **({"params": params} if params is not None else {})}
        self.post(note).accepted()

    def frame(self, method, params=None, id=None):
        if id is None:
            self.next_id += 1
            id = self.next_id
        return {"jsonrpc": "2.0", "id": id, "method": method, **({"params": params} if params is not None else {})}

    def ask(self, method, params=None):
        frame = self.frame(method, params)
        answer = self.post(frame)
        if answer.status != 200:
            raise AssertionError(f"{method}: {answer}")
        return result(answer.messages()[-1], frame["id"])

    def call(self, tool, /, **arguments):
        return self.ask("tools/call", {"name": tool, "arguments": arguments})

    def begin(self, tool, /, id=None, meta=None, **arguments):
        """Calls a tool that answers in a stream, or says something first."""
        params = {"name": tool, "arguments": arguments, **({"_meta": meta} if meta else {})}
        return self.stream("POST", self.frame("tools/call", params, id), self.headers())

    def listen(self, last=None):
        return self.stream("GET", headers=self.headers(**({"Last-Event-ID": last} if last is not None else {})))


class Stateless(Web):
    """2026-07-28: each request on its own, with the headers that it takes."""

    def frame(self, method, params=None, id=1, meta=None):
        params = {**(params or {}), "_meta": {**stateless_meta(), **(meta or {})}}
        return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}

    def headers(self, frame, **more):
        params = frame.get("params", {})
        name = params.get("name") or params.get("uri")
        headers = {"MCP-Protocol-Version": STATELESS, "Mcp-Method": frame["method"]}
        if name and frame["method"] in ("tools/call", "prompts/get", "resources/read"):
            headers["Mcp-Name"] = encoded(name)
        return headers | more

    def post(self, frame, **headers):
        return self.request("POST", frame, self.headers(frame, **headers))

    def ask(self, method, params=None, id=1, **meta):
        answer = self.post(self.frame(method, params, id, {META + key: value for key, value in meta.items()}))
        if answer.status != 200:
            raise AssertionError(f"{method}: {answer}")
        return result(answer.messages()[-1], id)

    def call(self, tool, /, **arguments):
        return self.ask("tools/call", {"name": tool, "arguments": arguments})

    def begin(self, method, params=None, id=1, meta=None, **headers):
        frame = self.frame(method, params, id, meta)
        return self.stream("POST", frame, self.headers(frame, **headers))


def initialize(revision, id=0, capabilities=None):
    client = {"name": "tests", "version": "1.0"}
    params = {"protocolVersion": revision, "capabilities": capabilities or {}, "clientInfo": client}
    return {"jsonrpc": "2.0", "id": id, "method": "initialize", "params": params}


def result(message, id):
    if message.get("id") != id or type(message["id"]) is not type(id):
        raise AssertionError(f"expected an answer to {id!r}, got {message}")
    if "error" in message:
        raise Refused(message["error"])
    return message["result"]


def encoded(text):
    """A header's value; wrapped where the text is not plain ("Value Encoding")."""
    plain = text.isascii() and text.isprintable() and text == text.strip()
    if plain and not (text.startswith("=?base64?") and text.endswith("?=")):
        return text
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="
