"""Runs the example `operations` as operators do, while clients that none of us wrote call it.

    python3 tests/operations/operations.py PROGRAM PYTHON INSPECTOR…

PROGRAM is the example, built with the feature `otel`. PYTHON has the package `mcp`; INSPECTOR… is the command of the MCP
Inspector. While they call, `promtool` reads each page of metrics, and a collector receives the spans. Afterwards the carrier is
switched off, and the log and the spans are looked at.
"""

import json
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 60
HERE = pathlib.Path(__file__).parent
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

passed = failed = 0


def check(what, holds, why=""):
    global passed, failed
    if holds:
        passed += 1
        print(f"  ok    {what}")
    else:
        failed += 1
        print(f"  FAIL  {what}: {why}")


class Collector(ThreadingHTTPServer):
    """Receives spans, as OTLP has them on HTTP."""

    def __init__(self):
        self.received = []
        super().__init__(("127.0.0.1", 0), Receiver)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Content-Type"], body))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def fetch(url, body=None, headers=None):
    """The status and the text that a URL is answered with."""
    request = urllib.request.Request(url, body, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def curl(url, tool, arguments):
    """Calls a tool as a shell script would, in a trace of its own; the answer."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
    }
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    message = {"jsonrpc": "2.0", "id": f"curl {tool}", "method": "tools/call", "params": params}
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
    }
    words = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    done = subprocess.run(
        ["curl", "-sS", "--max-time", str(PATIENCE), *words, "-d", json.dumps(message), url], capture_output=True, text=True
    )
    return json.loads(done.stdout)


def promtool(page):
    """What Prometheus' own parser has to say against a page."""
    checked = subprocess.run(["promtool", "check", "metrics"], input=page, text=True, capture_output=True)
    return checked.stdout + checked.stderr + (f"status {checked.returncode}" if checked.returncode else "")


def scrape(metrics, over, pages):
    """Reads the page again and again until it is over."""
    while not over.wait(0.2):
        pages.append(fetch(metrics)[1])


def drive(url, metrics, ready, python, inspector):
    over, pages = threading.Event(), []
    scraper = threading.Thread(target=scrape, args=(metrics, over, pages))
    scraper.start()
    try:
        traffic = subprocess.run([python, HERE / "traffic.py", url], capture_output=True, text=True, timeout=4 * PATIENCE)
        check("the Python client gets what it should", traffic.returncode == 0, traffic.stdout + traffic.stderr)
        words = ["--cli", url, "--transport", "http", "--method", "tools/call", "--tool-name", "track"]
        inspected = subprocess.run(
            [*inspector, *words, "--tool-arg", "number=P-17"], capture_output=True, text=True, timeout=PATIENCE
        )
        check("so does the Inspector", "Ulm" in inspected.stdout, inspected.stdout + inspected.stderr)
        answer = curl(url, "track", {"number": "P-17"})
        check("so does curl", answer["result"]["structuredContent"]["place"] == "Ulm", answer)
    finally:
        over.set()
        scraper.join()
    complaints = [complaint for page in pages if (complaint := promtool(page))]
    check(f"promtool reads all {len(pages)} pages that were read meanwhile", pages and not complaints, complaints[:1])

    status, text = fetch(ready)
    check("it is ready", status == 200, text)
    curl(url, "switch_carrier", {"on": False})
    # What a check has found counts for a second.
    for _ in range(10 * PATIENCE):
        status, text = fetch(f"{ready}?verbose")
        if status == 503:
            break
        time.sleep(0.1)
    found = json.loads(text)["checks"][0]
    error = found["lastError"]
    check("it is not ready while the carrier is off", (status, found["name"]) == (503, "carrier"), text)
    check("and says why", error == "the carrier does not answer", text)
    answers = [curl(url, "quote", {"grams": grams})["error"] for grams in range(1, 7)]
    check("the breaker opens", any("retryAfterMs" in (answer.get("data") or {}) for answer in answers), answers)
    page = fetch(metrics)[1]
    check("promtool reads the last page", not promtool(page), promtool(page))
    for name in ("cache_hits_total", "retried_calls_total", "limited_calls_total"):
        count = re.search(rf'^mcp_server_{name}{{server="operations"}} (\d+)$', page, re.M)
        check(f"{name} was counted", count and int(count[1]) > 0, page)
    return pages


def main():
    program, python, *inspector = sys.argv[1:]
    collector = Collector()
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_SERVICE_NAME": "parcels",
        "RUST_LOG": "info",
    }
    words = [program, "serve", "--http", "0", "--metrics", "127.0.0.1:0", "--log-format", "json", "--metrics-summary"]
    server = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
    lines, addresses, found = [], {}, threading.Event()

    def read():
        for line in server.stderr:
            lines.append(line)
            for place in re.findall(r"http://([^/]+/(?:mcp|metrics))", line):
                addresses[place.rpartition("/")[2]] = f"http://{place}"
            if len(addresses) == 2:
                found.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert found.wait(PATIENCE), lines
        url = addresses["mcp"]
        drive(url, addresses["metrics"], url.replace("/mcp", "/readyz"), python, inspector)
    finally:
        server.terminate()
        server.wait(PATIENCE)
        reader.join()

    events = []
    for line in lines:
        try:
            events.append(json.loads(line))
        except ValueError:
            check("each line of the log is JSON", False, line)
    check("each line of the log is JSON", len(events) == len(lines))
    calls = [event for event in events if event["target"] == "mcp_runtime::request"]
    check("each request has its line", len(calls) > 50, lines)
    check("each of them has its id", all(call.get("request_id") for call in calls), calls)
    traced = [call["fields"]["target"] for call in calls if call["request_id"].startswith("curl ")]
    check("those of curl are found by theirs", set(traced) == {"track", "switch_carrier", "quote"}, traced)
    check("the summary is a line, too", "tools/call track" in events[-1]["message"], events[-1])

    received = b"".join(body for _, _, body in collector.received)
    kinds = {(path, kind) for path, kind, _ in collector.received}
    check("spans come as OTLP has them", kinds == {("/v1/traces", "application/x-protobuf")}, kinds)
    for text in (b"parcels", b"tools/call track", b"tools/call quote", b"tools/list", b"mcp.method.name", b"gen_ai.tool.name"):
        check(f"the collector has {text.decode()!r}", text in received)
    check("the spans of curl are in its trace", received.count(bytes.fromhex(TRACE)) >= 8, received.count(bytes.fromhex(TRACE)))
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
