"""Runs all checks of WebSocket: `main.py SERVER NODE SCRIPT BROWSER`; the browser may be empty."""

import subprocess
import sys

import browser
import frames
import sockets
from checks import Checks, equal
from serving import serve

_, _, node, script, chromium = sys.argv
checks = Checks("WebSocket with programs of others")
with serve() as server:
    frames.run(checks, server.port)
    sockets.run(checks, server.port)
    checks.section = "TypeScript"
    with checks.check("the SDK"):
        # Older ones have a `WebSocket` only where it is asked for.
        words = [node, "--experimental-websocket", script, f"ws://127.0.0.1:{server.port}/ws"]
        ran = subprocess.run(words, capture_output=True, text=True, timeout=60)
        equal(ran.stdout + ran.stderr, "true 5 true no such file\n", "what it says")
browser.run(checks, chromium)
sys.exit(checks.finish())
