"""Drives `everything` over HTTP with requests written by hand; standard library only.

What no client shows: status codes, headers, sessions and streams, and HTTP itself.

Usage: test_http_raw.py URL
"""

import contextlib
import http.client
import json
import sys

import fixtures as fx
import http_stateful
import http_stateless
from checks import Checks, equal, holds, true
from http_stateful import text_of
from web import BOTH, Answer, Session, Stateless, initialize

checks = Checks("requests over HTTP")
check = checks.check

LIMIT = 4 * 1024 * 1024


class Line:
    """A connection, on which anything may be written."""

    def __init__(self, web):
        self.socket = web.socket()
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def write(self, *pieces):
        for piece in pieces:
            self.socket.sendall(piece if isinstance(piece, bytes) else piece.encode())

    def makefile(self, *_):
        """For `HTTPResponse`, which would close the file with the first answer, and lose what follows it."""
        return Kept(self.file)

    def answer(self, method="POST"):
        response = http.client.HTTPResponse(self, method=method)
        response.begin()
        return Answer(response)

    def final(self, body):
        """The answer; the body is sent if it is asked for."""
        first = self.file.peek(12)
        self.asked = b" 100" in first
        if self.asked:
            while self.file.readline().strip():
                pass
            self.write(body)
        return self.answer()

    def at_end(self):
        return self.file.read(1) == b""


class Kept:
    def __init__(self, file):
        self.file = file

    def __getattr__(self, name):
        return getattr(self.file, name)

    def close(self):
        pass


def head(web, frame, line="POST {path} HTTP/1.1", **more):
    """A request's head and body, as a client of 2026-07-28 would write it."""
    body = json.dumps(frame).encode()
    headers = {"Host": web.netloc, "Accept": BOTH, "Content-Type": "application/json", "Content-Length": str(len(body)),
               **web.headers(frame), **more}
    lines = [line.format(path=web.path), *(f"{name}: {value}" for name, value in headers.items() if value is not None)]
    return "\r\n".join(lines) + "\r\n\r\n", body


def whole(top, body):
    return top.encode() + body


def echo(web, message, id=1):
    return web.frame("tools/call", {"name": "echo", "arguments": {"message": message}}, id)


def said(answer):
    equal(answer.status, 200, f"status of {answer}")
    return text_of(answer.json()["result"])


def connections(web):
    checks.section = "connections"
    with check("many requests on one, one after the other"), Line(web) as line:
        for number in range(50):
            line.write(*head(web, echo(web, str(number))))
            equal(said(line.answer()), str(number))
    with check("stays usable after an error, after a stream, after HEAD"), Line(web) as line:
        for _ in range(2):
            line.write(*head(web, web.frame("no/such/method")))
            line.answer().error(404, -32601, 1)
            line.write(whole(*head(web, web.frame("tools/list"), **{"Content-Type": "text/plain"})))
            equal(line.answer().status, 415)
            frame = web.frame("tools/call", {"name": "test_tool_with_progress"}, meta={"progressToken": 1})
            line.write(*head(web, frame))
            equal(len(line.answer().messages()), 4, "messages")
            line.write(f"HEAD {web.path} HTTP/1.1\r\nHost: {web.netloc}\r\n\r\n")
            answer = line.answer("HEAD")
            true(400 <= answer.status < 500, f"HEAD: {answer}")
            line.write(*head(web, echo(web, "and on")))
            equal(said(line.answer()), "and on")
    with check("a connection that ends with its answer is said to end"):
        # RFC 9112, 9.6; or a client writes its next request into it, and does not know what became of that.
        faults = ({"Content-Type": "text/plain"}, {"Accept": "text/html"}, {"Origin": "http://evil.example.com"})
        for more in ({}, *faults):
            with Line(web) as line:
                top, body = head(web, echo(web, "x"), Expect="100-continue", **more)
                line.write(top)
                answer = line.final(body)
                if (answer.headers["Connection"] or "").lower() == "close":
                    continue
                try:
                    line.write(b"" if line.asked else body, *head(web, echo(web, "and on")))
                    equal(said(line.answer()), "and on")
                except (OSError, http.client.HTTPException) as error:
                    raise AssertionError(f"with {more or 'nothing wrong'} it ended unsaid after {answer}") from error
    with check("both eras in turn on one connection"), Session(web.url, "2025-06-18") as session, Line(web) as line:
        for number in range(5):
            line.write(*head(web, echo(web, f"new {number}")))
            equal(said(line.answer()), f"new {number}")
            frame = session.frame("tools/call", {"name": "echo", "arguments": {"message": f"old {number}"}})
            # What the newer era adds is nothing to the older one.
            line.write(*head(web, frame, **session.headers()))
            equal(said(line.answer()), f"old {number}")
    with check("two requests in one piece are answered in their order"), Line(web) as line:
        first = web.frame("tools/call", {"name": "sleep", "arguments": {"ms": 200}}, "first")
        line.write(whole(*head(web, first)) + whole(*head(web, echo(web, "second", "second"))))
        equal(said(line.answer()), "slept for 200 ms")
        equal(said(line.answer()), "second")
    with check("a body in chunks, of whatever size"), Line(web) as line:
        text = "a ü 😀 z"
        top, body = head(web, echo(web, text), **{"Content-Length": None, "Transfer-Encoding": "chunked"})
        body = json.dumps(echo(web, text), ensure_ascii=False).encode()
        for size in (1, 7, len(body)):
            chunks = [body[at : at + size] for at in range(0, len(body), size)]
            line.write(top, b"".join(b"%x;ext=1\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks))
            line.write("0\r\nTrailer: x\r\n\r\n")
            equal(said(line.answer()), text)
    with check("a body byte by byte"), Line(web) as line:
        top, body = head(web, echo(web, "slowly"))
        line.write(top, *[bytes([byte]) for byte in body])
        equal(said(line.answer()), "slowly")
    with check("Expect: 100-continue"), Line(web) as line:
        top, body = head(web, echo(web, "go on"), Expect="100-continue")
        line.write(top)
        equal(line.file.readline(), b"HTTP/1.1 100 Continue\r\n")
        equal(line.file.readline(), b"\r\n")
        line.write(body)
        equal(said(line.answer()), "go on")
    with check("Expect: 100-continue, where the body is not wanted"):
        for more, status in (({"Content-Type": "text/plain"}, 415), ({"Content-Length": str(10 * LIMIT)}, 413),
                             ({"Origin": "http://evil.example.com"}, 403)):
            with Line(web) as line:
                line.write(head(web, echo(web, "no"), Expect="100-continue", **more)[0])
                equal(line.answer().status, status)
    with check("Connection: close, and HTTP/1.0"):
        for more in ({"Connection": "close"}, {"line": "POST {path} HTTP/1.0"}):
            for frame in (echo(web, "last"), web.frame("tools/call", {"name": "test_tool_with_logging"},
                                                       meta={"io.modelcontextprotocol/logLevel": "info"})):
                with Line(web) as line:
                    line.write(*head(web, frame, **more))
                    answer = line.answer()
                    equal(answer.status, 200)
                    true("line" not in more or not answer.headers["Transfer-Encoding"], "chunks in HTTP/1.0")
                    true("result" in answer.messages()[-1], f"no result in {answer}")
                    true(line.at_end(), "still open")
    with check("what is no HTTP does no harm"):
        for rubbish in (b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"POST\r\n\r\n", b"\r\n\r\n\r\n",
                        f"POST {web.path} HTTP/1.1\r\nHost: {web.netloc}\r\nContent-Length: x\r\n\r\n".encode(),
                        f"POST {web.path} HTTP/9.9\r\n\r\n".encode(), b"GET " + b"/x" * 500_000):
            with Line(web) as line, contextlib.suppress(OSError):
                line.write(rubbish)
                line.socket.shutdown(1)
                line.file.read()
        with Line(web) as line:
            line.write(head(web, echo(web, "cut off"))[0], b'{"jsonrpc"')
        equal(text_of(web.call("echo", message="after")), "after")


def endpoint(web):
    checks.section = "endpoint"
    with check("other places are 404, for clients that look for authorization"):
        for path in ("/", "/elsewhere", "/sse", "/.well-known/oauth-protected-resource",
                     f"/.well-known/oauth-protected-resource{web.path}", "/.well-known/openid-configuration",
                     "/.well-known/oauth-authorization-server"):
            equal(web.request("GET", path=path).status, 404, path)
        for path in ("/register", "/token", "/authorize"):
            equal(web.request("POST", {}, path=path).status, 404, path)
        answer = web.post(web.frame("tools/list"), Authorization="Bearer nobody-asked-for-it")
        equal(answer.status, 200, "status with a token that nobody asked for")
    with check("methods that there are not are 405, with those that there are"):
        for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "BREW"):
            answer = web.request(method)
            # A server may also tell who asks with OPTIONS.
            true(answer.status == 405 or (method == "OPTIONS" and answer.status in (200, 204)), f"{method}: {answer}")
            holds("POST", answer.headers["Allow"] or "", f"Allow, after {method}")
    with check("foreign origins are 403, whatever they ask for"), Session(web.url, "2025-11-25") as session:
        for origin in ("http://evil.example.com", "https://127.0.0.1.evil.example.com", "null", "file://",
                       "http://localhost.evil.com", "http://[::1]evil", "http://localhost@evil.example.com"):
            for method, body, headers in (
                ("POST", initialize("2025-11-25"), {}), ("POST", session.frame("ping"), session.headers()),
                ("POST", echo(web, "x"), web.headers(echo(web, "x"))), ("GET", None, session.headers()),
                ("DELETE", None, session.headers()), ("OPTIONS", None, {"Access-Control-Request-Method": "POST"}),
            ):
                answer = web.request(method, body, headers | {"Origin": origin})
                true(answer.status == 403, f"{method} from {origin}: {answer}")
                for name in ("Access-Control-Allow-Origin", "Mcp-Session-Id"):
                    equal(answer.headers[name], None, name)
        for origin in ("http://localhost:5173", "http://127.0.0.1", f"http://{web.netloc}", "http://[::1]:8080"):
            equal(session.post(session.frame("ping"), Origin=origin).status, 200, f"status from {origin}")
    with check("foreign hosts are 403"):
        for host in ("evil.example.com", f"evil.example.com:{web.port}", "localhost.evil.com", "127.0.0.1.evil.com",
                     "[::2]"):
            answer = web.request("POST", initialize("2025-11-25"), {"Host": host})
            true(answer.status == 403, f"for {host}: {answer}")
            equal(answer.headers["Mcp-Session-Id"], None, "Mcp-Session-Id")
        for host in ("localhost", f"localhost:{web.port}", "127.0.0.1", "[::1]:1", "LOCALHOST"):
            frame = web.frame("tools/list")
            equal(web.post(frame, Host=host).status, 200, f"status for {host}")
    with check("a foreign host in the request line is 403"), Line(web) as line:
        # It is what counts, whatever the header says (RFC 9112, 3.2.2).
        line.write(*head(web, echo(web, "x"), line="POST http://evil.example.com{path} HTTP/1.1"))
        equal(line.answer().status, 403)
    with check("no host, or two, are 400"):
        # RFC 9112, 3.2.
        for host in (None, f"{web.netloc}\r\nHost: evil.example.com", f"{web.netloc}\r\nHost: {web.netloc}"):
            with Line(web) as line:
                line.write(*head(web, echo(web, "x"), Host=host))
                equal(line.answer().status, 400, f"status with {host!r}")
    with check("other kinds of content are 415"):
        for kind in (None, "", "text/plain", "application/jsonx", "text/json", "application/x-www-form-urlencoded"):
            for frame, headers in ((initialize("2025-11-25"), {}), (echo(web, "x"), web.headers(echo(web, "x")))):
                web.request("POST", frame, headers | {"Content-Type": kind}).refuses(415)
        for kind in ("application/json; charset=utf-8", "APPLICATION/JSON", 'application/json;charset="UTF-8"'):
            equal(web.post(web.frame("tools/list"), **{"Content-Type": kind}).status, 200, f"status of {kind}")
    with check("nothing that could be sent back is 406"):
        for accept in ("text/html", "application/xml;q=0.9, image/*"):
            for frame, headers in ((initialize("2025-11-25"), {}), (echo(web, "x"), web.headers(echo(web, "x")))):
                web.request("POST", frame, headers | {"Accept": accept}).refuses(406)
    with check("broken JSON is -32700, in whatever era"):
        for headers in ({}, {"MCP-Protocol-Version": "2025-11-25"}, {"MCP-Protocol-Version": fx.STATELESS}):
            for body in (b"", b"{", b"nonsense", b"\xef\xbb\xbf", b"[1,", b'{"a":1}}'):
                web.request("POST", body, headers).error(400, -32700)


def sizes(web):
    checks.section = "sizes"
    with check("text of every kind, as it is"):
        for name, text in fx.awkward_texts():
            equal(text_of(web.call("echo", message=text)), text, name)
        for size in (64 * 1024, LIMIT // 4):
            text = fx.any_characters(size)
            equal(text_of(web.call("echo", message=text)), text, f"{size} bytes")
        text = "x" * (LIMIT - 1024)
        equal(text_of(web.call("echo", message=text)), text, "almost as much as is allowed")
    with check("an answer of 16 MiB"):
        equal(len(text_of(web.call("big", bytes=16 * 1024 * 1024))), 16 * 1024 * 1024)
    with check("what is too long is 413"):
        for more in ({}, {"Content-Length": None, "Transfer-Encoding": "chunked"}):
            with Line(web) as line:
                top, _ = head(web, echo(web, ""), **{"Content-Length": str(LIMIT + 1), **more})
                line.write(top)
                # The answer may come, and the connection end, before all is written.
                with contextlib.suppress(OSError):
                    for _ in range(LIMIT // 65536 + 1):
                        line.write(b"10000\r\n" + b"x" * 65536 + b"\r\n" if more else b"x" * 65536)
                answer = line.answer()
                answer.refuses(413)
        equal(text_of(web.call("echo", message="after")), "after")


def main():
    [url] = sys.argv[1:]
    web = Stateless(url)
    connections(web)
    endpoint(web)
    sizes(web)
    http_stateful.every_revision(checks, url)
    http_stateless.all_of_it(checks, url)
    sys.exit(checks.finish())


if __name__ == "__main__":
    main()
