"""nginx in front of a server: `nginx.py FIXTURE_SERVER docs/deployment.md`."""

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import websockets

from ports import Port

SERVER, PAGE = sys.argv[1:3]
HOST = "mcp.example.com"
# Clients come from here, and nginx from 127.0.0.1: so the two are told apart.
CLIENT = "127.0.0.2"
passed = failed = 0
# All that is started, and ends with this program, however that ends.
running = []


def check(what, found, expected):
    global passed, failed
    good = expected(found) if callable(expected) else found == expected
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {what}: {found!r}")


def replaced(text, pairs):
    """The page's configuration with the ports and files of this test; each of them stands there once."""
    for old, new in pairs:
        if text.count(old) != 1:
            sys.exit(f"{PAGE} has {old!r} {text.count(old)} times")
        text = text.replace(old, new)
    return text


class Server:
    """A server that runs, and what it has logged."""

    def __init__(self, *words):
        env = {**os.environ, "FIXTURE": "", "RUST_LOG": "mcp_runtime::gate=debug,warn"}
        self.process = subprocess.Popen([SERVER, "serve", *words], stderr=subprocess.PIPE, text=True, env=env)
        self.lines, self.listens = [], threading.Event()
        running.append(self.process)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        if not self.listens.wait(60):
            sys.exit(f"the server does not listen: {self.lines}")

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line)
            if "listening at" in line:
                self.listens.set()
        self.listens.set()

    @property
    def port(self):
        return re.search(r"listening at https?://127.0.0.1:(\d+)/mcp", "".join(self.lines))[1]

    def stop(self):
        """Ends it in good order; gives what it has logged."""
        self.process.send_signal(signal.SIGTERM)
        check("the server's end", self.process.wait(60), 0)
        # Its last lines may be in the pipe yet.
        self.reader.join(60)
        return "".join(self.lines)


class Nginx:
    def __init__(self, folder, http_part, stream_part=""):
        modules = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
        load = f"load_module {modules};" if modules.exists() else ""
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = folder / "nginx.conf"
        config.write_text(f"""{load} {user} daemon off; pid {folder}/pid; error_log {folder}/errors;
            events {{}} http {{ access_log off; {temporary} {http_part} }} {stream_part}""")
        command = ["nginx", "-e", f"{folder}/errors", "-p", str(folder), "-c", str(config)]
        tested = subprocess.run([*command, "-t"], capture_output=True, text=True)
        check("nginx takes the configuration of the page", (tested.returncode, tested.stderr[-500:]), lambda found: found[0] == 0)
        self.errors = folder / "errors"
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        running.append(self.process)

    def ready(self, port):
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                threading.Event().wait(0.05)
        sys.exit(f"nginx does not listen: {self.errors.read_text()}")

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        check("nginx ends", self.process.wait(60), 0)


def certificates(folder):
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA", "-days", "2")
    openssl("req", "-new", *key, "-keyout", "server.key", "-subj", "/CN=server", "-out", "server.csr")
    (folder / "extensions").write_text(f"subjectAltName=DNS:{HOST},DNS:localhost\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "extensions", "-out", "server.pem")


META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


def call(tool, arguments, id=1, **meta):
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": "tools/call",
                       "params": {"name": tool, "arguments": arguments, "_meta": {**META, **meta}}})


def headers(tool):
    return {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool}


def curl(folder, port, *options):
    """A call of `add`: the status, the version of HTTP, and the answer."""
    words = ["curl", "-sS", "--interface", CLIENT, "--cacert", folder / "ca.pem", "--resolve", f"{HOST}:{port}:127.0.0.1",
             "-w", "\n%{http_code} %{http_version}", "-d", call("add", {"a": 2, "b": 3}), *options]
    for name, value in headers("add").items():
        words += ["-H", f"{name}: {value}"]
    done = subprocess.run([*words, f"https://{HOST}:{port}/mcp"], capture_output=True, text=True, timeout=60)
    body, _, told = done.stdout.rpartition("\n")
    text = re.search(r'"text":"(\d+)"', body)
    return f"{told} {text[1] if text else body + done.stderr}"


def trusting(folder):
    return ssl.create_default_context(cafile=folder / "ca.pem")


def connection(folder, port):
    """A connection of HTTP/1.1 from the clients' address."""
    plain = socket.create_connection(("127.0.0.1", port), 60, (CLIENT, 0))
    connection = http.client.HTTPConnection(HOST, port)
    connection.sock = trusting(folder).wrap_socket(plain, server_hostname=HOST)
    return connection


def stream(folder, port):
    """What is read of a call's stream before the call may go on, and after."""
    slow = connection(folder, port)
    slow.request("POST", "/mcp", call("begin", {"gate": "nginx"}, progressToken="p"), headers("begin"))
    answer = slow.getresponse()
    early = b""
    while b"begun" not in early:
        line = answer.readline()
        if not line:
            return answer.status, early.decode(), ""
        early += line
    quick = connection(folder, port)
    quick.request("POST", "/mcp", call("open", {"gate": "nginx"}), headers("open"))
    quick.getresponse().read()
    return answer.status, early.decode(), answer.read().decode()


async def websocket(folder, port):
    async with asyncio.timeout(60), websockets.connect(f"wss://{HOST}:{port}/ws", ssl=trusting(folder), host="127.0.0.1", port=port,
                                  subprotocols=["mcp"], local_addr=(CLIENT, 0), proxy=None) as client:
        await client.send(call("add", {"a": 20, "b": 3}))
        answer = json.loads(await client.recv())
        return client.subprotocol, answer["result"]["content"][0]["text"]


def through_http(folder, what, port, server):
    check(f"{what}: curl, HTTP/1.1", curl(folder, port, "--http1.1"), "200 1.1 5")
    check(f"{what}: curl, HTTP/2", curl(folder, port, "--http2"), "200 2 5")
    status, early, late = stream(folder, port)
    check(f"{what}: an event comes before the call ends", (status, early, late),
          lambda found: found[0] == 200 and "begun" in found[1] and '"done"' not in found[1] and "done" in found[2])
    check(f"{what}: WebSocket", asyncio.run(websocket(folder, port)), ("mcp", "23"))
    # What clients write into the header themselves means nothing.
    check(f"{what}: a header of the client's", curl(folder, port, "-H", "X-Forwarded-For: 203.0.113.7"), "200 2 5")
    log = server.stop()
    seen = set(re.findall(r"address=(\S+)", log))
    check(f"{what}: the addresses that the server has seen", seen, {CLIENT})
    through = [line for line in log.splitlines() if "request" in line and 'name="add"' in line]
    check(f"{what}: the address of each call of curl", through, lambda lines: lines and all(f"address={CLIENT}" in line for line in lines))


def main():
    page = Path(PAGE).read_text()
    blocks = re.findall(r"```nginx\n(.*?)```", page, re.S)
    [http_part] = [block for block in blocks if "In the context `http`" in block]
    [stream_part] = [block for block in blocks if "Beside the context `http`" in block]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificates(folder)
        secured = [("/etc/ssl/mcp.example.com.pem", f"{folder}/server.pem"), ("/etc/ssl/mcp.example.com.key", f"{folder}/server.key")]
        # Held to the end: the servers, and all connections, take ports that the system chooses.
        ports = Port(), Port(), Port()
        http_port, stream_port, socket_port = (port.number for port in ports)

        [words] = re.findall(r"`serve (--http 127.0.0.1:3000 [^`]*)`", page)
        behind = Server(*words.replace(":3000", ":0").split())
        [words] = re.findall(r"`serve (--http 127.0.0.1:3443 [^`]*)`", page)
        own = Server(*words.replace(":3443", ":0").replace("cert.pem", f"{folder}/server.pem").replace("key.pem", f"{folder}/server.key").split(),
                     "--allow-host", HOST)
        first = replaced(http_part, [*secured, ("listen 443 ssl", f"listen 127.0.0.1:{http_port} ssl"), ("127.0.0.1:3000", f"127.0.0.1:{behind.port}")])
        second = replaced(stream_part, [("listen 443;", f"listen 127.0.0.1:{stream_port};"), ("127.0.0.1:3443", f"127.0.0.1:{own.port}")])
        nginx = Nginx(folder, first, second)
        nginx.ready(http_port)
        through_http(folder, "by a port", http_port, behind)

        check("PROXY protocol: curl, HTTP/1.1", curl(folder, stream_port, "--http1.1"), "200 1.1 5")
        check("PROXY protocol: curl, HTTP/2", curl(folder, stream_port, "--http2"), "200 2 5")
        past = curl(folder, own.port, "--http1.1")
        check("PROXY protocol: past nginx, from elsewhere", past, "200 1.1 5")
        log = own.stop()
        check("PROXY protocol: the addresses that the server has seen", set(re.findall(r"address=(\S+)", log)), {CLIENT})
        nginx.stop()

        [upstream] = re.findall(r"`server (unix:[^`;]*);`", page)
        [words] = re.findall(r"`serve (--http unix:[^`]*)`", page)
        path = f"{folder}/http.sock"
        on_socket = Server(*words.replace(upstream, f"unix:{path}").split(), "--ws", "--allow-host", HOST)
        third = replaced(http_part, [*secured, ("listen 443 ssl", f"listen 127.0.0.1:{socket_port} ssl"), ("server 127.0.0.1:3000;", f"server unix:{path};")])
        nginx = Nginx(folder, third)
        nginx.ready(socket_port)
        through_http(folder, "by a Unix socket", socket_port, on_socket)
        nginx.stop()
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0 or passed == 0)


try:
    main()
finally:
    for process in running:
        if process.poll() is None:
            process.terminate()
