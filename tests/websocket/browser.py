"""A browser's own `WebSocket` and `fetch`, from a page of an origin that is allowed and from one that is not."""

import http.server
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading

from checks import Skip, equal
from serving import request, serve

PAGE = """<!doctype html><meta charset="utf-8"><script>
const message = %s;
const answered = (text) => { const { result } = JSON.parse(text); return result.content[0].text; };
const socket = new Promise((resolve) => {
  const one = new WebSocket('ws://127.0.0.1:%d/ws', ['mcp']);
  one.onopen = () => one.send(message);
  one.onmessage = (event) => { resolve([one.protocol, answered(event.data)]); one.close(1000); };
  one.onclose = (event) => resolve([event.code]);
});
const post = fetch('http://127.0.0.1:%d/mcp', {
  method: 'POST', body: message, headers: {
    'Content-Type': 'application/json', Accept: 'application/json, text/event-stream',
    'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': 'echo',
  },
}).then(async (answer) => [answer.status, answered(await answer.text())], (error) => [error.name]);
Promise.all([socket, post]).then((all) => fetch('/', { method: 'POST', body: JSON.stringify(all) }));
</script>"""


class Pages(http.server.ThreadingHTTPServer):
    """Serves one page, and takes what it tells."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.told = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        is_page = self.path == "/"
        self.send_response(200 if is_page else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        if is_page:
            self.wfile.write(self.server.page.encode())

    def do_POST(self):
        told = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.told.put(json.loads(told))

    def log_message(self, *_):
        pass


def visit(browser, pages, host):
    """What the page tells, once it is opened under this name."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", f"--user-data-dir={profile}", "--remote-debugging-port=0",
            "--host-resolver-rules=MAP *.example 127.0.0.1", f"http://{host}:{pages.server_port}/",
        ]  # fmt: skip
        quiet = {name: subprocess.DEVNULL for name in ("stdin", "stdout", "stderr")}
        process = subprocess.Popen(words, start_new_session=True, **quiet)
        try:
            return pages.told.get(timeout=45)
        finally:
            # The program may be a script that starts the browser, which has processes of its own.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def run(checks, browser):
    checks.section = "browser"
    pages = Pages()
    with serve("--allow-origin", f"http://app.example:{pages.server_port}") as server:
        pages.page = PAGE % (json.dumps(request(1, "hello")), server.port, server.port)
        for host, expected in {
            "app.example": [["mcp", "hello"], [200, "hello"]],
            # Pages of this machine's own names may ask; what they may read over HTTP is said by CORS, which WebSocket does not have.
            "localhost": [["mcp", "hello"], ["TypeError"]],
            "evil.example": [[1006], ["TypeError"]],
        }.items():
            with checks.check(f"a page of {host}"):
                if not browser:
                    raise Skip("there is no browser")
                equal(visit(browser, pages, host), expected, "what it tells")
