"""Frames written by hand, after the sections of the Autobahn test suite that apply; standard library only."""

import os
import socket
import struct

from checks import equal, holds
from serving import request

#: How long anything may take before a check gives up.
PATIENCE = 30

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(opcode, payload=b"", final=True, reserved=0, mask=True, length=None):
    """One frame; `length` is what it says of its length, if that is not the truth."""
    size = len(payload) if length is None else length
    head = bytes([final << 7 | reserved << 4 | opcode])
    flag = mask << 7
    if size < 126:
        head += bytes([flag | size])
    elif size < 1 << 16:
        head += bytes([flag | 126]) + struct.pack(">H", size)
    else:
        head += bytes([flag | 127]) + struct.pack(">Q", size)
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


def close(code, reason=b""):
    return frame(CLOSE, struct.pack(">H", code) + reason)


def echo(text="hello", **how):
    return frame(TEXT, request(1, text).encode(), **how)


def split(text, at):
    """A call in two frames."""
    whole = request(1, text).encode()
    at = whole.index(text.encode()) + at
    return frame(TEXT, whole[:at], final=False), frame(0, whole[at:])


class Socket:
    """A connection that has become a WebSocket."""

    def __init__(self, port, extensions=""):
        self.stream = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.stream.settimeout(PATIENCE)
        self.file = self.stream.makefile("rb")
        head = (
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{extensions}"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        self.stream.sendall(head.encode())
        self.head = []
        while line := self.file.readline().strip():
            self.head.append(line.decode().lower())
        holds(" 101 ", self.head[0])
        holds("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=", self.head, "the accepted key")

    def send(self, data):
        try:
            self.stream.sendall(data)
        except OSError:
            pass  # It may have said that it ends already.

    def next(self):
        """The next frame: what it is, and its payload. None at the end."""
        try:
            head = self.file.read(2)
            if len(head) < 2:
                return None
            size = head[1] & 127
            if size > 125:
                size = int.from_bytes(self.file.read(2 if size == 126 else 8), "big")
            equal(head[1] >> 7, 0, "a server masks nothing")
            equal(head[0] & 0x70, 0, "reserved bits")
            return head[0] & 15, self.file.read(size)
        except ConnectionResetError:
            return None

    def outcome(self):
        """How it goes on: what each frame was, to the end, or to the first answer. A pong with its payload, a close with its code."""
        seen = []
        while found := self.next():
            opcode, payload = found
            if opcode == TEXT:
                return [*seen, "answer" if b'"result"' in payload else "error"]
            if opcode == CLOSE:
                # Without a code it is 1005 (RFC 6455, 7.1.5).
                return [*seen, int.from_bytes(payload[:2], "big") if payload else 1005]
            seen.append(payload if opcode == PONG else f"opcode {opcode}")
        return [*seen, "end"]


def cases():
    """What is sent, by section, and what comes of it."""
    for size in (0, 125, 126, 127, 128, 65535, 65536):
        yield f"1 framing: a text of {size} bytes", [echo("x" * size)], ["answer"]
    yield "1 framing: byte by byte", [bytes([byte]) for byte in echo()], ["answer"]
    yield "1 framing: two at once, and half of the third", [echo() + echo() + echo()[:20]], ["answer"]
    yield "1 framing: a binary message", [frame(BINARY, b"{}")], [1003]
    yield "1 framing: not masked", [echo(mask=False)], [1002]
    for payload in (b"", b"hello", b"\x00\xff\xfe", b"x" * 125):
        yield f"2 pings: {len(payload)} bytes", [frame(PING, payload), echo()], [payload, "answer"]
    yield "2 pings: 126 bytes", [frame(PING, b"x" * 126)], [1002]
    yield "2 pings: byte by byte", [bytes([byte]) for byte in frame(PING, b"abc")] + [echo()], [b"abc", "answer"]
    yield "2 pings: a pong that was not asked for", [frame(PONG, b"abc"), echo()], ["answer"]
    for bits in range(1, 8):
        yield f"3 reserved bits: {bits} on text", [echo(reserved=bits)], [1002]
    yield "3 reserved bits: on a ping", [frame(PING, reserved=4)], [1002]
    yield "3 reserved bits: on a close", [frame(CLOSE, reserved=2)], [1002]
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield f"4 opcodes: {opcode}", [frame(opcode, b"x")], [1002]
    yield "5 fragments: a ping that is one", [frame(PING, b"a", final=False), frame(0, b"b")], [1002]
    yield "5 fragments: a pong that is one", [frame(PONG, b"a", final=False), frame(0, b"b")], [1002]
    first, rest = split("hello", 2)
    yield "5 fragments: two", [first, rest], ["answer"]
    yield "5 fragments: two, of which one is empty", [frame(TEXT, final=False), frame(0, request(1, "a").encode())], ["answer"]
    yield "5 fragments: a ping in between", [first, frame(PING, b"now"), rest], [b"now", "answer"]
    yield "5 fragments: none was begun", [frame(0, b"x")], [1002]
    yield "5 fragments: none was begun, and it goes on", [frame(0, b"x", final=False)], [1002]
    yield "5 fragments: another message begins", [first, echo()], [1002]
    for at in range(1, 4):
        yield f"6 UTF-8: a character in two frames, at {at}", [*split("\U0001f980", at)], ["answer"]
    yield "6 UTF-8: many characters", [echo("κόσμε \U0010ffff \ud7ff \ue000 \x7f")], ["answer"]
    wrong = {
        "a lone byte": b"\xff",
        "a surrogate": b"\xed\xa0\x80",
        "overlong": b"\xc0\xaf",
        "beyond U+10FFFF": b"\xf4\x90\x80\x80",
        "an end that is missing": b"\xce\xba\xe1\xbd",
        "five bytes": b"\xf8\x88\x80\x80\x80",
        "a continuation alone": b"\x80",
    }
    for name, data in wrong.items():
        yield f"6 UTF-8: {name}", [frame(TEXT, b'"' + data)], [1007]
        yield f"6 UTF-8: {name}, in two frames", [frame(TEXT, b'"' + data[:1], final=False), frame(0, data[1:])], [1007]
    yield "7 closing: without a code", [frame(CLOSE)], [1005]
    yield "7 closing: a code of one byte", [frame(CLOSE, b"\x03")], [1002]
    yield "7 closing: a reason", [close(1000, b"x" * 123)], [1000]
    yield "7 closing: a reason that is too long", [close(1000, b"x" * 124)], [1002]
    yield "7 closing: a reason that is no UTF-8", [close(1000, b"\xce\xba\xe1\xbd\xff")], [1007]
    yield "7 closing: what comes afterwards", [close(1000) + echo()], [1000]
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield f"7 closing: {code}", [close(code)], [code]
    for code in (0, 999, 1004, 1005, 1006, 1015, 1100, 2000, 2999, 5000, 65535):
        yield f"7 closing: {code}, which must not be sent", [close(code)], [1002]
    yield "9 limits: a length that no machine has", [frame(TEXT, length=(1 << 63) - 1)], [1009]
    yield "9 limits: a ping of 65536 bytes", [frame(PING, b"x" * 65536)], [1002]
    yield "10 many fragments", [frame(TEXT, b'"', final=False)] + [frame(0, b"x", final=False)] * 1000 + [frame(0, b'"')], ["error"]


def run(checks, port):
    checks.section = "frames"
    for name, sent, expected in cases():
        with checks.check(name):
            one = Socket(port)
            for data in sent:
                one.send(data)
            equal(one.outcome(), expected, "what comes")
            one.stream.close()
    with checks.check("12 compression: none is agreed on"):
        one = Socket(port, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")
        equal([line for line in one.head if line.startswith("sec-websocket-extensions")], [])
        one.send(echo(reserved=4))
        equal(one.outcome(), [1002], "what comes")
