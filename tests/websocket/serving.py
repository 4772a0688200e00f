"""A server that is being talked to; standard library only."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading

SERVER = sys.argv[1]


@contextlib.contextmanager
def serve(*options, variant=""):
    """Serves a variant of the fixture server; gives the process, with its port."""
    words = [SERVER, "serve", "--http", "127.0.0.1:0", "--ws", *options]
    environment = {**os.environ, "FIXTURE": variant}
    process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        said = ""
        while not (found := re.search(r"listening at http://127\.0\.0\.1:(\d+)", said)):
            line = process.stderr.readline()
            assert line, f"it has not started: {said}"
            said += line
        threading.Thread(target=process.stderr.read, daemon=True).start()
        process.port = int(found[1])
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def request(identity, text):
    """A call of `echo`, as it stands in a message."""
    return (
        '{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"echo","arguments":{"message":"%s"},'
        '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}'
        % (identity, text)
    )
