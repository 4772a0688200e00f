"""Plays the scripts beside it, and types in the command lines beside them, against the servers of servers.json, on stdio, on HTTP, and on HTTP as 2024-11-05 has it
(`sse`); standard library only.

Usage: interop.py DRIVER LOGS NAME=PATH…, where the names are those that servers.json has in braces.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

from ports import Port

HERE = pathlib.Path(__file__).parent

# Seconds, for a server to start or end, and for all scripts against it. Nothing asserts a duration.
PATIENCE, LIMIT = 60, 600


def filled(words, places):
    return [re.sub(r"{(\w+)}", lambda found: places[found[1]], word) for word in words]


class Served:
    """A server on HTTP; its output is kept in a log."""

    def __init__(self, command, path, places, log):
        # Some take a port, and do not tell one that they have chosen.
        self.port, self.path = Port(), path
        self.process = subprocess.Popen(
            filled(command, places | {"port": str(self.port)}), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env=os.environ | {"PORT": str(self.port)},
        )

    def url(self):
        """Where it listens; nothing, if it ends or does not begin to."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port.number), timeout=1).close()
                return f"http://127.0.0.1:{self.port}{self.path}"
            except OSError:
                time.sleep(0.05)
        return None

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.port.close()


def drive(driver, server, transport, target, log):
    """What the driver says, the last line being how it went."""
    # The transport of 2024-11-05 has no other revision.
    revisions = "2024-11-05" if transport == "sse" else server["revisions"]
    scripts = ",".join(str(HERE / "scripts" / f"{name}.json") for name in server["scripts"])
    try:
        done = subprocess.run([driver, scripts, revisions, *target], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=log, text=True, timeout=LIMIT)
        return done.stdout
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode() + f"  FAIL  not done after {LIMIT} s\n"


def type_in(mcp, server, target, log):
    """What comes of the command lines for this server, typed in for the command `mcp`."""
    is_url = target[0].startswith("http://")
    said, failed = "", 0
    commands = json.loads((HERE / "scripts" / f"{server['scripts'][0]}.commands.json").read_text())
    for command in commands:
        verb, *words = command["run"]
        line = [verb, *target, *words] if is_url else [verb, *words, "--", *target]
        try:
            done = subprocess.run([mcp, *line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
            status, told = done.returncode, done.stdout + done.stderr
        except subprocess.TimeoutExpired:
            status, told = None, f"not done after {PATIENCE} s"
        log.write(f"mcp {' '.join(line)}\n{told}\n")
        missing = [words for words in command.get("has", []) if words not in told]
        fault = [f"status {status}"] if status != command.get("exit", 0) else []
        fault += [f"{words!r} is not in it" for words in missing]
        failed += bool(fault)
        said += f"  {'FAIL' if fault else 'ok  '}  mcp {' '.join(command['run'])}\n"
        if fault:
            said += f"        {', '.join(fault)}: {told[:1000]!r}\n"
    return f"{said}{len(commands) - failed} passed, {failed} failed\n"


def play(driver, logs, places, server, transport):
    """The report on one server, reached in one way."""
    def all_of(target):
        said = drive(driver, server, transport, target, log)
        return said + type_in(places["mcp"], server, target, log)

    path = logs / f"{server['name']}-{transport}.log"
    with path.open("w") as log:
        if transport == "stdio":
            said = all_of(filled(server["stdio"], places))
        else:
            served = Served(server[transport], "/sse" if transport == "sse" else "/mcp", places, log)
            try:
                url = served.url()
                said = all_of([url]) if url else "  FAIL  it does not listen\n"
            finally:
                served.stop()
    if "FAIL" in said:
        said += "the end of its log:\n" + "\n".join(path.read_text().splitlines()[-30:]) + "\n"
    return f"--- {server['name']}, {transport}\n{said}"


def main(driver, logs, *places):
    logs = pathlib.Path(logs)
    logs.mkdir(parents=True, exist_ok=True)
    places = dict(place.split("=", 1) for place in places) | {"here": str(HERE)}
    servers = json.loads((HERE / "servers.json").read_text())
    only = os.environ.get("INTEROP", "")
    ways = [(server, transport) for server in servers for transport in ("stdio", "http", "sse")
            if transport in server and only in f"{server['name']}-{transport}"]
    passed = failed = 0
    # Most of the time they wait for each other, or for a server that starts.
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for report in pool.map(lambda way: play(driver, logs, places, *way), ways):
            print(report, end="", flush=True)
            verdicts = re.findall(r"^(\d+) passed, (\d+) failed$", report, re.MULTILINE)
            passed += sum(int(good) for good, _ in verdicts)
            failed += sum(int(bad) for _, bad in verdicts)
            if len(verdicts) != 2:
                failed += 1
                print("  FAIL  it ended without saying how it went")
    print("--- all servers")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
