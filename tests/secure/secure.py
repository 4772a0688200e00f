"""Runs the README of the example `secure`, block by block, while clients that none of us wrote call the server.

    python3 tests/secure/secure.py DIRECTORY_OF_THE_PROGRAMS README PYTHON INSPECTOR…

Each block of shell commands is run as it is, all in one shell, but for the port, which is a free one; where a block of text
follows, the commands have to print it (`…` stands for anything in a line). PYTHON has the package `mcp`; INSPECTOR… is the command
of the MCP Inspector. Both call the server before the audit log is looked at.
"""

import contextlib
import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading

from ports import Port

PATIENCE = 60
HERE = pathlib.Path(__file__).parent
PORT = "127.0.0.1:3000"

passed = failed = 0


def check(what, holds, why=""):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    print(f"  ok    {what}" if holds else f"  FAIL  {what}: {why}", flush=True)


class Shell:
    """A shell that runs one block after the other."""

    def __init__(self, directory, programs):
        environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
        self.log = open(pathlib.Path(directory) / "log", "w+")
        self.process = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        cwd=directory, env=environment, start_new_session=True)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def run(self, block):
        """What the commands print, and the status of the last."""
        self.process.stdin.write(f"{block}\necho \"@@@ $?\"\n")
        self.process.stdin.flush()
        printed = []
        while True:
            try:
                line = self.lines.get(timeout=PATIENCE)
            except queue.Empty:
                line = None
            if line is None:
                return "\n".join(printed), "it hangs, or has ended"
            if line.startswith("@@@ "):
                return "\n".join(printed), line.removeprefix("@@@ ")
            printed.append(line)

    def stop(self):
        try:
            self.process.stdin.close()
            self.process.wait(PATIENCE)
        finally:
            # What it has left in the background, where a block has failed, ends with it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.log.seek(0)
        return self.log.read()


def blocks(readme):
    """The commands of each block, and the text that they have to print, if the page has it."""
    fences = re.findall(r"^```(sh|text)\n(.*?)^```$", readme, re.M | re.S)
    for at, (kind, text) in enumerate(fences):
        if kind == "sh":
            after = fences[at + 1:at + 2]
            yield text, after[0][1].strip() if after and after[0][0] == "text" else None


def fits(expected, printed):
    pattern = "".join(".*" if part == "…" else re.escape(part) for part in re.split("(…)", expected))
    return re.fullmatch(pattern, printed.strip())


def call_with_clients(directory, url, python, inspector):
    keys = [(pathlib.Path(directory) / f"{name}.key").read_text().strip() for name in ("ada", "eve", "ida")]
    traffic = subprocess.run([python, HERE / "traffic.py", url, *keys], capture_output=True, text=True, timeout=4 * PATIENCE)
    check("the Python client gets what it should", traffic.returncode == 0, traffic.stdout + traffic.stderr)
    for name, key, found, lacks in (("ada", keys[0], "add_note", "all_notes"), ("ida", keys[2], "all_notes", "nothing")):
        words = ["--cli", url, "--transport", "http", "--header", f"X-API-Key: {key}", "--method", "tools/list"]
        listed = subprocess.run([*inspector, *words], capture_output=True, text=True, timeout=PATIENCE)
        check(f"the Inspector lists what {name} may know of", found in listed.stdout and lacks not in listed.stdout,
              listed.stdout + listed.stderr)
    words = ["--cli", url, "--transport", "http", "--header", f"X-API-Key: {keys[0]}", "--method", "tools/call"]
    words += ["--tool-name", "add_note", "--tool-arg", "text=From the Inspector"]
    called = subprocess.run([*inspector, *words], capture_output=True, text=True, timeout=PATIENCE)
    check("the Inspector keeps a note", "From the Inspector" in called.stdout, called.stdout + called.stderr)


def main():
    programs, readme, python, *inspector = sys.argv[1:]
    # Held to the end, as clients come while the server starts.
    port = Port()
    address = f"127.0.0.1:{port}"
    page = pathlib.Path(readme).read_text().replace(PORT, address)
    with tempfile.TemporaryDirectory() as directory:
        shell = Shell(directory, programs)
        try:
            called = False
            for commands, expected in blocks(page):
                if "audit verify" in commands and not called:
                    called = True
                    call_with_clients(directory, f"http://{address}/mcp", python, inspector)
                printed, status = shell.run(commands)
                name = next(line for line in commands.splitlines() if line)
                check(f"`{name}` …", status == "0", f"status {status}, {printed}")
                if expected is not None:
                    check("    prints what the page says", fits(expected, printed), f"expected\n{expected}\nprinted\n{printed}")
            check("clients have called before the log was looked at", called)
            printed, _ = shell.run('kill %1 %2; wait %2; echo "status $?"')
            check("the server ends with status 0 when told to", printed.endswith("status 0"), printed)
            printed, status = shell.run("secure audit verify --file audit.jsonl")
            check("and its log is whole", status == "0" and "unbroken" in printed, printed)
        finally:
            log = shell.stop()
        if failed:
            print(log)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0 or passed == 0)


main()
