"""A server at the other end of a pipe, spoken to line by line; standard library only."""

import collections
import json
import os
import queue
import subprocess
import threading

# How long an answer may take before it counts as missing. Nothing asserts that it was quick.
PATIENCE = 30

META = "io.modelcontextprotocol/"


def stateless_meta(**more):
    return {
        META + "protocolVersion": "2026-07-28",
        META + "clientInfo": {"name": "tests", "version": "1.0"},
        META + "clientCapabilities": {},
        **{META + key: value for key, value in more.items()},
    }


class Refused(Exception):
    """A JSON-RPC error."""

    def __init__(self, error):
        super().__init__(json.dumps(error))
        self.code, self.message, self.data = error["code"], error["message"], error.get("data")


class Pipe:
    """Starts the server; as a context it makes sure that the server is gone at the end."""

    def __init__(self, server, revision=None, *, env=None, stderr=subprocess.DEVNULL, arguments=()):
        self.revision = revision
        self.process = subprocess.Popen(
            [server, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, **(env or {})},
        )
        self.lines = queue.Queue()
        self.reading = threading.Event()
        self.reading.set()
        self.notes, self.early, self.open = [], {}, collections.Counter()
        self.next_id = 0
        threading.Thread(target=self._read, daemon=True).start()
        if revision and revision < "2026":
            result = self.ask(
                "initialize",
                {
                    "protocolVersion": revision,
                    "capabilities": {},
                    "clientInfo": {"name": "tests", "version": "1.0"},
                },
            )
            if result["protocolVersion"] != revision:
                raise AssertionError(f"asked for {revision}, got {result['protocolVersion']}")
            self.hello = result
            self.note("notifications/initialized")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.reading.set()
        self.process.wait()

    def _read(self):
        while True:
            self.reading.wait()
            line = self.process.stdout.readline()
            self.lines.put(line)
            if not line:
                return

    # Writing.

    def write(self, data):
        self.process.stdin.write(data if isinstance(data, bytes) else data.encode())
        self.process.stdin.flush()

    def send(self, message):
        self.write(json.dumps(message) + "\n")

    def note(self, method, params=None):
        self.send({"jsonrpc": "2.0", "method": method, **({"params": params} if params is not None else {})})

    def begin(self, method, params=None, id=None, **meta):
        """Sends a request and gives its id."""
        request = self.request(method, params, id, **meta)
        self.send(request)
        return request["id"]

    def request(self, method, params=None, id=None, **meta):
        """A request that is about to be sent."""
        if id is None:
            self.next_id += 1
            id = self.next_id
        if self.revision == "2026-07-28":
            params = {**(params or {}), "_meta": {**stateless_meta(), **(params or {}).get("_meta", {}), **meta}}
        elif meta:
            params = {**(params or {}), "_meta": meta}
        request = {"jsonrpc": "2.0", "id": id, "method": method}
        if params is not None:
            request["params"] = params
        self.open[type(id), id] += 1
        return request

    # Reading.

    def line(self, patience=PATIENCE):
        """The next line of stdout, which has to be JSON-RPC; `None` at its end."""
        try:
            line = self.lines.get(timeout=patience)
        except queue.Empty:
            raise AssertionError("no answer") from None
        if not line:
            return None
        try:
            message = json.loads(line.decode("utf-8"))
        except ValueError:
            raise AssertionError(f"not JSON on stdout: {line[:300]!r}") from None
        if not line.endswith(b"\n"):
            raise AssertionError(f"a line without its end: {line[-100:]!r}")
        for part in message if isinstance(message, list) else [message]:
            if part.get("jsonrpc") != "2.0":
                raise AssertionError(f"not JSON-RPC 2.0: {line[:300]!r}")
        return message

    def message(self, patience=PATIENCE):
        """The next message that is not a notification; those are put aside in `notes`."""
        while True:
            message = self.line(patience)
            if isinstance(message, dict) and "method" in message:
                if "id" in message:
                    raise AssertionError(f"a request nobody expected: {message}")
                self.notes.append(message)
                continue
            if message is None:
                raise AssertionError(f"end of output, exit status {self.process.poll()}")
            return message

    def answer(self, id):
        """The answer to `id`, whole; others that come before it are kept for later."""
        key = (type(id), id)
        while key not in self.early:
            message = self.message()
            if isinstance(message, list):
                raise AssertionError(f"a batch nobody expected: {message}")
            got = message.get("id")
            if "id" not in message or got is None:
                raise AssertionError(f"an answer without id while waiting for {id!r}: {message}")
            if (type(got), got) != key and not self.open[type(got), got]:
                raise AssertionError(f"an answer nobody waits for: {message}")
            self.early[type(got), got] = message
        self.open[key] -= 1
        return self.early.pop(key)

    def end(self, id):
        """The result of `id`; an error is raised as `Refused`."""
        message = self.answer(id)
        if ("result" in message) == ("error" in message):
            raise AssertionError(f"neither result nor error, or both: {message}")
        if "error" in message:
            raise Refused(message["error"])
        return message["result"]

    def ask(self, method, params=None, id=None, **meta):
        return self.end(self.begin(method, params, id, **meta))

    def call(self, tool, /, **arguments):
        return self.ask("tools/call", {"name": tool, "arguments": arguments})

    def refusal(self, method, params=None, id=None, **meta):
        try:
            result = self.ask(method, params, id, **meta)
        except Refused as refused:
            return refused
        raise AssertionError(f"{method} was to be refused, got {json.dumps(result)[:300]}")

    def fence(self):
        """After this, whatever the server had to say about earlier requests has been read."""
        if self.revision == "2026-07-28":
            self.ask("server/discover")
        else:
            self.ask("ping")

    def notes_of(self, method):
        return [note.get("params", {}) for note in self.notes if note["method"] == method]

    # Ending.

    def hang_up(self):
        self.process.stdin.close()

    def exit_status(self, patience=PATIENCE):
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {patience} s") from None

    def memory_kib(self):
        """Resident memory, where the system tells."""
        try:
            with open(f"/proc/{self.process.pid}/status") as status:
                for line in status:
                    if line.startswith("VmRSS:"):
                        return int(line.split()[1])
        except OSError:
            pass
        return None
