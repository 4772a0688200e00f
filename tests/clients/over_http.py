"""Starts one server over HTTP and lets drivers at it, all at once; standard library only.

Usage: over_http.py [--calm] PATH_OF_THE_SERVER NAME COMMAND… [-- NAME COMMAND…]…

Each command gets the address where it says `{url}`. The server is then told to end while clients still listen,
which are checks too. One of the drivers makes `everything` panic, and the log must say where; a server that is calm
has no errors to tell of. The last line is `N passed, N failed` over them and the drivers.
"""

import os
import queue
import re
import signal
import subprocess
import sys
import threading

import fixtures as fx
from checks import Checks, equal, true
from http_stateless import SUBSCRIPTION
from pipe import PATIENCE
from web import Session, Stateless

checks = Checks("one server over HTTP")
# A driver that hangs must not take the others with it.
LIMIT = 900


class Server:
    """As a context it makes sure that the server is gone at the end."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, "serve", "--http", "127.0.0.1:0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=os.environ | {"RUST_LOG": "info"},
        )
        self.logged, self.lines = [], queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.url = self._address()

    def _read(self):
        for line in self.process.stderr:
            self.logged.append(line.decode(errors="replace"))
            self.lines.put(self.logged[-1])
        self.lines.put("")

    def _address(self):
        while line := self.lines.get(timeout=PATIENCE):
            if match := re.search(r"listening at (http://\S+)", line):
                return match[1]
        raise SystemExit(f"the server does not say where it listens: {''.join(self.logged)}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Driver(threading.Thread):
    def __init__(self, url, name, *command):
        super().__init__(daemon=True)
        self.name, self.command = name, [word.replace("{url}", url) for word in command]
        self.output = ""

    def run(self):
        process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            encoding="utf-8", errors="replace",
        )
        timer = threading.Timer(LIMIT, process.kill)
        timer.start()
        self.output = process.communicate()[0]
        timer.cancel()

    def report(self):
        """Prints what it printed; gives what it counted."""
        self.join()
        print(f"--- over HTTP: {self.name}\n{self.output}", end="", flush=True)
        last = self.output.splitlines()[-1:]
        match = re.fullmatch(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", last[0] if last else "")
        if match:
            return [int(count or 0) for count in match.groups()]
        print(f"  FAIL  {self.name} ended without saying how it went", flush=True)
        return [0, 1, 0]


def ending(server, calm):
    checks.section = "told to end"
    session, web = Session(server.url, fx.STATEFUL[-1]), Stateless(server.url)
    wanted = {"notifications": {"toolsListChanged": True}}
    with session.listen() as standing, web.begin("subscriptions/listen", wanted, "last") as listening:
        with checks.check("a listener hears that it is over"):
            equal(listening.message()["method"], "notifications/subscriptions/acknowledged")
            server.process.send_signal(signal.SIGTERM)
            messages = listening.rest()
            true(messages, "the stream ended without a word")
            equal((messages[-1].get("id"), messages[-1].get("result", {}).get("resultType")), ("last", "complete"))
            equal(messages[-1]["result"]["_meta"][SUBSCRIPTION], "last")
        with checks.check("the stream of a session ends"):
            equal([message for message in standing.rest() if "id" in message], [], "answers and requests")
    with checks.check("exits with 0"):
        equal(server.process.wait(PATIENCE), 0, "exit status")
    with checks.check("nothing on stdout"):
        equal(server.process.stdout.read(), b"", "stdout")
    server.reader.join(PATIENCE)
    logged = "".join(server.logged)
    if calm:
        # Warnings do not count: on a machine that has much to do it may find a call slow.
        with checks.check("logs no errors"):
            true(not re.search("ERROR|panic", logged), f"stderr is {logged[-500:]!r}")
    else:
        with checks.check("names the place of the panic"):
            true("panic" in logged and ".rs:" in logged, f"stderr is {logged[-500:]!r}")
    with checks.check("did not have to wait for calls that clients had left"):
        true("took longer" not in logged, f"stderr is {logged[-500:]!r}")


def main():
    calm = sys.argv[1] == "--calm"
    program, *rest = sys.argv[1 + calm:]
    commands = [[]]
    for word in rest:
        commands.append([]) if word == "--" else commands[-1].append(word)
    with Server(os.path.abspath(program)) as server:
        drivers = [Driver(server.url, *command) for command in commands]
        for driver in drivers:
            driver.start()
        for driver in drivers:
            passed, failed, skipped = driver.report()
            checks.passed += passed
            checks.failed += failed
            checks.skipped += skipped
        print("--- over HTTP: the server", flush=True)
        ending(server, calm)
    sys.exit(checks.finish())


if __name__ == "__main__":
    main()
