"""Runs the suite's scenarios one by one, those for servers and those for clients, and judges them; standard library only.

Usage: scenarios.py PATH_OF_THE_SERVER PATH_OF_THE_CLIENT PATH_OF_THE_ISSUER DIRECTORY_OF_THE_RESULTS COMMAND_OF_THE_SUITE…
"""

import json
import pathlib
import queue
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from ports import Port

HERE = pathlib.Path(__file__).parent
REVISIONS = ("2025-11-25", "2026-07-28")
SIDES = ("server", "client")

# In a list, what a required scenario begins with that is not run yet.
LATER = "later: "

# Seconds: what the suite gives a scenario, and what we give the suite for it. The same patience
# goes to the server's start and end.
LIMIT, PATIENCE = 30, 60


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def note(self, name, faults, remarks=()):
        self.passed += not faults
        self.failed += bool(faults)
        print(f"  FAIL  {name}" if faults else f"  ok    {name}")
        for line in (*faults, *remarks):
            print("        " + line.replace("\n", "\n          "))
        sys.stdout.flush()


class Server:
    """The server at an address that the system chose; its standard error is kept in a log."""

    def __init__(self, program, log):
        self.process = subprocess.Popen(
            [program, "serve", "--http", "127.0.0.1:0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
        )
        self.address = queue.Queue()
        threading.Thread(target=self._read, args=[log], daemon=True).start()

    def _read(self, log):
        """Reads to the end: a server whose log is full would wait for us."""
        with log.open("w") as copy:
            for line in self.process.stderr:
                copy.write(line)
                copy.flush()
                if found := re.search(r"listening at (\S+)$", line):
                    self.address.put(found[1])
        self.address.put(None)

    def url(self):
        """Where it listens; nothing, if it ends or stays silent instead."""
        try:
            return self.address.get(timeout=PATIENCE)
        except queue.Empty:
            return None

    def stop(self):
        """What is wrong with how it ends."""
        if (status := self.process.poll()) is not None:
            return [f"it had ended before, with status {status}"]
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return [f"it was still there after {PATIENCE} s"]
        return [f"it ended with status {status}"] if status else []


def names(file):
    """The scenarios that one of the lists beside this program names: those that are run, and those that are not yet."""
    lines = (line.partition("#")[0].strip() for line in (HERE / file).read_text().splitlines())
    run, later = [], []
    for line in dict.fromkeys(filter(None, lines)):
        if line.startswith(LATER):
            later.append(line.removeprefix(LATER).strip())
        else:
            run.append(line)
    return run, later


def required(suite, revision):
    """The scenarios of the suite's frozen set for a revision, for servers and for clients."""
    listing = subprocess.run([*suite, "list", "--requirements", revision],
                             check=True, stdout=subprocess.PIPE, text=True, timeout=PATIENCE).stdout
    found, heading = {}, ""
    for line in listing.splitlines():
        if entry := re.match(r"  - (\S+)", line):
            found.setdefault(heading, []).append(entry[1])
        elif line.strip():
            heading = line.partition(" ")[0].lower()
    total = re.match(rf"Required for {revision} \((\d+) scenarios", listing)
    if not total or int(total[1]) != sum(map(len, found.values())) or set(found) != set(SIDES):
        raise SystemExit(f"the suite's list for {revision} is not understood:\n{listing}")
    return found


def account(suite, tally):
    """Every required scenario is run, or named as one that is not run yet."""
    for revision in REVISIONS:
        wanted = required(suite, revision)
        for side in SIDES:
            file = f"{side}-{revision}.txt"
            run, later = names(file)
            faults = [f"{name} is not in {file}" for name in wanted[side] if name not in (*run, *later)]
            faults += [f"{name} is not required, or run as well" for name in later
                       if name not in wanted[side] or name in run]
            tally.note(f"{revision}: of {len(wanted[side])} required {side} scenarios all are run, "
                       f"but for {len(later)} that are named", faults)


def account_all(suite, tally):
    """Every server scenario that the suite has is run, or named as one that is not, so that no new subject goes unnoticed."""
    listing = subprocess.run([*suite, "list", "--server"], check=True, stdout=subprocess.PIPE, text=True, timeout=PATIENCE).stdout
    there = set(re.findall(r"^  - (\S+)", listing, re.M))
    not_run = set(names("server-not-run.txt")[0])
    run = {name for revision in REVISIONS for name in names(f"server-{revision}.txt")[0]}
    faults = [f"{name} is neither run nor in server-not-run.txt" for name in sorted(there - not_run - run)]
    faults += [f"{name} is run, or not of the suite" for name in sorted(not_run & run | not_run - there)]
    tally.note(f"of the {len(there)} server scenarios of the suite all are run, but for {len(not_run)} that are named", faults)


def describe(check):
    return f"{check['id']}: {check.get('errorMessage') or check.get('description', '')}"


def run(suite, side, target, revision, scenario, results):
    """Its name, what failed it, and what else there is to say."""
    results.mkdir(parents=True)
    command = [*suite, side, *target, "--scenario", scenario, "--spec-version", revision, "--output-dir", str(results),
               "--timeout", str(LIMIT * 1000)]
    faults = []
    with (results / "log.txt").open("w") as log:
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=PATIENCE)
            if done.returncode:
                faults.append(f"the suite ended with status {done.returncode}")
        except subprocess.TimeoutExpired:
            faults.append(f"the suite was still there after {PATIENCE} s")
    try:
        checks = [check for file in results.glob("*/checks.json") for check in json.loads(file.read_text())]
    except ValueError:  # it was stopped while it wrote them
        checks = []
    succeeded, remarks = 0, []
    for check in checks:
        match check["status"]:
            case "SUCCESS":
                # That what was said is valid says nothing about what was to be said.
                succeeded += check["id"] != "wire-schema-valid"
            case "WARNING" | "SKIPPED" as status:
                # What a client should do it is to do.
                kind = faults if side == "client" and status == "WARNING" else remarks
                kind.append(f"{status.lower()}: {describe(check)}")
            case "INFO":
                pass
            case _:
                faults.append(describe(check))
    if not checks:
        faults.append("the suite left no result; it said:\n" + (results / "log.txt").read_text().strip()[:600])
    elif not succeeded:
        faults.append("no check succeeded")
    if faults and side == "client":
        # What the client has said is in it.
        remarks.append(f"see {results / 'log.txt'}")
    return f"{side} {revision} {scenario}", faults, remarks


def browse(url):
    """Goes where a browser is to go. The suite may tell it before it listens for where that leads back to."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return urllib.request.urlopen(url, timeout=PATIENCE).read()
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > until:
                raise
            time.sleep(0.1)


def authorize(suite, issuer, results, tally):
    """The scenarios for authorization servers, which the issuer of tests is held to. The suite prints where a browser is to go."""
    results.mkdir(parents=True)
    listing = subprocess.run([*suite, "list", "--authorization"], check=True, stdout=subprocess.PIPE, text=True, timeout=PATIENCE)
    there = re.findall(r"^  - (\S+)", listing.stdout, re.M)
    server = subprocess.Popen([issuer], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    port = Port()
    command = [*suite, "authorization", "--url", server.stdout.readline().strip(), "--client-id", "conformance",
               "--resource", "https://shop.example.com/mcp", "--port", str(port), "--output-dir", str(results)]
    run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        # What waits for a browser for ever is stopped.
        stop = threading.Timer(PATIENCE, run.kill)
        stop.start()
        for line in run.stdout:
            if re.match(r"http://\S+/authorize\?", line):
                browse(line.strip())
        run.wait(PATIENCE)
        stop.cancel()
    finally:
        run.kill()
        server.kill()
        port.close()
    for name in there:
        found = [json.loads(file.read_text()) for file in results.glob(f"*-{name}-*/checks.json")]
        checks = [check for checks in found for check in checks]
        faults = [describe(check) for check in checks if check["status"] not in ("SUCCESS", "WARNING", "INFO")]
        if not any(check["status"] == "SUCCESS" for check in checks):
            faults.append("no check succeeded")
        tally.note(f"authorization server {name}", faults, [describe(check) for check in checks if check["status"] == "WARNING"])
    tally.note("the suite has scenarios for authorization servers", [] if there else [listing.stdout])


def run_all(suite, side, target, results, tally):
    for revision in REVISIONS:
        for scenario in names(f"{side}-{revision}.txt")[0]:
            tally.note(*run(suite, side, target, revision, scenario, results / side / revision / scenario))


def main(server, client, issuer, results, *suite):
    results = pathlib.Path(results)
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    tally = Tally()
    account(suite, tally)
    account_all(suite, tally)
    server = Server(server, results / "server.log")
    try:
        url = server.url()
        tally.note("the server says where it listens", [] if url else ["it does not"])
        if url:
            run_all(suite, "server", ["--url", url], results, tally)
        tally.note("the server ends with status 0 when told to", server.stop())
    finally:
        server.process.kill()
    authorize(suite, issuer, results / "authorization", tally)
    # The suite starts it itself, by way of a shell.
    run_all(suite, "client", ["--command", shlex.quote(client)], results, tally)
    print(f"results and the server's log are in {results}")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 0 if tally.failed == 0 and tally.passed > 0 else 1


if __name__ == "__main__":
    # So that the server is ended with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(*sys.argv[1:]))
