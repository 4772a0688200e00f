"""Drives `everything` over stdio with lines written by hand; standard library only.

What no well-behaved client does, and the revisions and endings that the clients hide.

Usage: test_stdio_raw.py PATH_OF_THE_SERVER
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import fixtures as fx
from checks import Checks, Skip, equal, holds, shorten, true
from pipe import META, PATIENCE, Pipe, Refused, stateless_meta

checks = Checks("lines over stdio")
SERVER = ""

EMPTY = {"capabilities": {}, "clientInfo": {"name": "tests", "version": "1.0"}}
ONLY_STATELESS = ("resultType", "ttlMs", "cacheScope")


def pipe(revision=None, **options):
    return Pipe(SERVER, revision, **options)


def text_of(result):
    return "\n".join(block.get("text", "") for block in result["content"])


def still_serves(connection, word="still here"):
    equal(text_of(connection.call("echo", message=word)), word)


# Revisions.


def every_revision():
    for revision in fx.STATEFUL:
        checks.section = revision
        stateful(revision)
    checks.section = fx.STATELESS
    stateless()
    checks.section = "both eras"
    both_eras()


def stateful(revision):
    with checks.check("is agreed on"), pipe(revision) as server:
        capabilities = server.hello["capabilities"]
        equal(capabilities["tools"], {"listChanged": True}, "tools")
        equal(capabilities["prompts"], {"listChanged": True}, "prompts")
        equal(capabilities["resources"], {"subscribe": True, "listChanged": True}, "resources")
        equal(capabilities["logging"], {}, "logging")
        if revision >= "2025-03-26":
            equal(capabilities["completions"], {}, "completions")
        holds("name", server.hello["serverInfo"])
        holds("version", server.hello["serverInfo"])
        equal(server.ask("ping"), {}, "ping")
    with checks.check("results carry nothing of the stateless era"), pipe(revision) as server:
        results = [
            server.hello,
            server.ask("tools/list"),
            server.ask("resources/list"),
            server.ask("resources/templates/list"),
            server.ask("prompts/list"),
            server.ask("resources/read", {"uri": "test://static-text"}),
            server.call("test_simple_text"),
            server.ask("prompts/get", {"name": "test_simple_prompt"}),
        ]
        for result in results:
            for key in ONLY_STATELESS:
                true(key not in result, f"{key} in {shorten(result)}")
    with checks.check("errors have their codes"), pipe(revision) as server:
        equal(server.refusal("no/such/method").code, -32601)
        equal(server.refusal("server/nothing", {}).code, -32601)
        equal(server.refusal("tools/call", {"name": "ecko", "arguments": {}}).code, -32602)
        equal(server.refusal("tools/call", {}).code, -32602)
        for arguments in ([], "text", 7, True):
            equal(server.refusal("tools/call", {"name": "echo", "arguments": arguments}).code, -32602, repr(arguments))
        equal(server.refusal("prompts/get", {"name": "nobody"}).code, -32602)
        equal(server.refusal("tools/list", {"cursor": "not one of yours"}).code, -32602)
        equal(server.refusal("logging/setLevel", {"level": "loud"}).code, -32602)
        refused = server.refusal("resources/read", {"uri": "test://no-such-thing"})
        equal((refused.code, refused.data["uri"]), (-32002, "test://no-such-thing"))
        equal(server.refusal("resources/read", {}).code, -32602)
        equal(server.refusal("tools/call", {"name": "panic"}).code, -32603)
        still_serves(server)
    with checks.check("arguments that do not fit are all listed"), pipe(revision) as server:
        params = {"name": "add", "arguments": {"a": "two", "c": 1}}
        try:
            result = server.ask("tools/call", params)
            equal(result.get("isError"), True)
            said = text_of(result)
        except Refused as refused:
            # Before 2025-11-25 the specification left open which of the two it is.
            true(revision < "2025-11-25", f"refused: {refused}")
            equal(refused.code, -32602)
            said = str(refused)
        for pointer in ("/a", "/b", "/c"):
            holds(pointer, said)
    with checks.check("a broken line is answered and the next one served"), pipe(revision) as server:
        broken_lines(server, null_id=revision <= "2025-06-18")
    with checks.check("ids come back as they were"), pipe(revision) as server:
        ids(server)
    with checks.check("subscriptions are by URI and end"), pipe(revision) as server:
        uri = "test://watched-resource"
        equal(server.ask("resources/subscribe", {"uri": uri}), {})
        server.call("test_trigger_resource_update", uri="test://static-text")
        server.call("test_trigger_resource_update")
        server.fence()
        equal(server.notes_of("notifications/resources/updated"), [{"uri": uri}])
        equal(server.ask("resources/unsubscribe", {"uri": uri}), {})
        server.call("test_trigger_resource_update", uri=uri)
        server.fence()
        equal(len(server.notes_of("notifications/resources/updated")), 1, "updates")
    with checks.check("a cancelled call is not answered"), pipe(revision) as server:
        slow = server.begin("tools/call", {"name": "slow_compute", "arguments": {"seconds": 60, "label": "x"}})
        server.note("notifications/cancelled", {"requestId": slow, "reason": "changed my mind"})
        server.note("notifications/cancelled", {"requestId": "nobody's"})
        still_serves(server)
        server.hang_up()
        equal(server.line(), None, "what follows")
        equal(server.early, {}, "what was answered besides")
        equal(server.exit_status(), 0)
    with checks.check("batches are served or refused, without harm"), pipe(revision) as server:
        batches(server, served=revision == "2025-03-26")
    with checks.check("content the revision knows"), pipe(revision) as server:
        [audio] = server.call("test_audio_content")["content"]
        equal(audio["type"], "audio" if revision >= "2025-03-26" else "text")
        result = server.call("test_structured_output", city="Oslo")
        expected = {"city": "Oslo", "temperature": 21.5, "conditions": "Sunny"}
        equal(json.loads(result["content"][0]["text"]), expected)
        if revision >= "2025-06-18":
            equal(result["structuredContent"], expected)


def broken_lines(server, null_id):
    # Broken JSON has no id that could be read.
    for line in ("{", "nonsense", '{"jsonrpc":"2.0","id":1,"method":"ping"', '{"a":1}}', "\x00", '"', "[1,"):
        server.write(line + "\n")
        message = server.message()
        equal(message["error"]["code"], -32700, f"code for {line!r}")
        equal("id" in message, null_id, f"an id with {line!r}, in {message}")
        equal(message.get("id"), None, "id")
        still_serves(server)
    server.write(b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}\n')
    equal(server.message()["error"]["code"] in (-32700, -32600), True, "not UTF-8")
    # JSON that is no request: refused, under its id where it has one.
    for message in ({"id": 71, "method": "ping"}, {"jsonrpc": "1.0", "id": 72, "method": "ping"},
                    {"jsonrpc": "2.0", "id": 73}, {"jsonrpc": "2.0", "id": 74, "method": 5},
                    {"jsonrpc": "2.0", "id": 75, "method": "tools/call", "params": "text"}):
        server.send(message)
        answer = server.message()
        code = answer["error"]["code"]
        true(code == -32600 or (message["id"] == 75 and code == -32602), f"code {code} for {message}")
        equal(answer.get("id"), message["id"], f"id of the answer to {message}")
    for message in (42, "ping", True, {"jsonrpc": "2.0", "id": {}, "method": "ping"},
                    {"jsonrpc": "2.0", "id": None, "method": "ping"},
                    {"jsonrpc": "2.0", "id": 1.5, "method": "ping"}):
        server.send(message)
        answer = server.message()
        equal(answer["error"]["code"], -32600, f"code for {message}")
        equal("id" in answer, null_id, f"an id in {answer}")
    # None of these is a question.
    server.send({"jsonrpc": "2.0", "id": 4711, "result": {}})
    server.send({"jsonrpc": "2.0", "id": 4711, "error": {"code": 1, "message": "x"}})
    server.note("notifications/nobody/knows", {"a": 1})
    server.note("notifications/cancelled", {})
    still_serves(server)


def ids(server):
    for id in (0, 1, -1, 2**31, 2**53 - 1, -(2**53) + 1,
               "", "7", "0", "null", "ü\u2028\U0001f600\"\\\n", "x" * 256):
        server.ask("tools/list", id=id)
    # 7 and "7" are two ids, also at the same time.
    for id, word in ((7, "number"), ("7", "string"), ("", "empty"), (0, "zero")):
        server.begin("tools/call", {"name": "echo", "arguments": {"message": word}}, id=id)
    for id, word in (("", "empty"), (0, "zero"), ("7", "string"), (7, "number")):
        equal(text_of(server.end(id)), word, f"answer to {id!r}")
    # An id in flight cannot be used a second time; the first call is not disturbed.
    # Both are sent in one piece: the first has not ended when the second is read.
    calls = {"name": "sleep", "arguments": {"ms": 500}}, {"name": "echo", "arguments": {"message": "x"}}
    requests = [server.request("tools/call", params, id="twice") for params in calls]
    server.write("".join(json.dumps(request) + "\n" for request in requests))
    first, second = server.answer("twice"), server.answer("twice")
    equal(first.get("error", {}).get("code"), -32600, f"code of the second, in {first}")
    true("result" in second, f"the first one got {second}")
    still_serves(server)


def batches(server, served):
    echo = {"name": "echo", "arguments": {"message": "in a batch"}}
    batch = [
        {"jsonrpc": "2.0", "id": "b1", "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/nobody/knows"},
        {"jsonrpc": "2.0", "id": "b2", "method": "tools/call", "params": echo},
        {"jsonrpc": "2.0", "id": "b3", "method": "no/such/method"},
        {"jsonrpc": "2.0", "id": "b4", "method": "tools/call",
         "params": {"name": "sleep", "arguments": {"ms": 50}}},
    ]
    if not served:
        server.send(batch)
        answer = server.message()
        if isinstance(answer, dict) and "error" in answer:
            equal(answer["error"]["code"], -32600)
            equal(answer.get("id"), None, "id")
        still_serves_after_stragglers(server)
        return
    server.send(batch)
    answers = server.message()
    true(isinstance(answers, list), f"not a batch: {answers}")
    answers = {answer.get("id"): answer for answer in answers}
    equal(sorted(answers), ["b1", "b2", "b3", "b4"], "ids answered")
    equal(answers["b1"]["result"], {})
    equal(text_of(answers["b2"]["result"]), "in a batch")
    equal(answers["b3"]["error"]["code"], -32601)
    still_serves(server)
    # A batch of nothing but notifications is not answered; an empty one is an error.
    server.send([{"jsonrpc": "2.0", "method": "notifications/nobody/knows"}])
    still_serves(server)
    server.send([])
    equal(server.message()["error"]["code"], -32600, "code for an empty batch")
    server.send([1, {"jsonrpc": "2.0", "id": "b5", "method": "ping"}])
    answers = server.message()
    equal(len(answers), 2, f"answers, in {answers}")
    equal(sorted("error" in answer for answer in answers), [False, True])
    still_serves(server)


def still_serves_after_stragglers(server):
    id = server.begin("ping", id="fence")
    while True:
        message = server.message()
        if isinstance(message, dict) and message.get("id") == id:
            equal(message.get("result"), {}, "ping")
            server.open.clear()
            break
    still_serves(server)


def stateless():
    with checks.check("discovers"), pipe(fx.STATELESS) as server:
        result = server.ask("server/discover")
        holds(fx.STATELESS, result["supportedVersions"])
        for capability in ("tools", "resources", "prompts", "completions"):
            holds(capability, result["capabilities"])
        info = result["_meta"][META + "serverInfo"]
        true(info["name"] and info["version"], "serverInfo is empty")
    with checks.check("results say that they are complete, lists how long they keep"), pipe(fx.STATELESS) as server:
        for method, params in (
            ("server/discover", None), ("tools/list", None), ("prompts/list", None), ("resources/list", None),
            ("resources/templates/list", None), ("resources/read", {"uri": "test://static-text"}),
        ):
            result = server.ask(method, params)
            equal(result["resultType"], "complete", method)
            true(type(result["ttlMs"]) is int and result["ttlMs"] >= 0, f"ttlMs of {method}: {result.get('ttlMs')}")
            true(result["cacheScope"] in ("public", "private"), f"cacheScope of {method}")
        for result in (
            server.call("add", a=1, b=2), server.call("fail", message="x"),
            server.ask("prompts/get", {"name": "test_simple_prompt"}),
            server.ask("completion/complete", {
                "ref": {"type": "ref/prompt", "name": "test_prompt_with_arguments"},
                "argument": {"name": "arg1", "value": "pa"},
            }),
        ):
            equal(result["resultType"], "complete")
    with checks.check("what is gone is gone"), pipe(fx.STATELESS) as server:
        for method, params in (
            ("initialize", {"protocolVersion": fx.STATELESS, **EMPTY}), ("ping", None),
            ("logging/setLevel", {"level": "info"}), ("resources/subscribe", {"uri": "test://watched-resource"}),
            ("resources/unsubscribe", {"uri": "test://watched-resource"}), ("unknown/method", None),
        ):
            equal(server.refusal(method, params).code, -32601, method)
        still_serves(server)
    with checks.check("what `_meta` lacks is asked for"), pipe() as server:
        whole = stateless_meta()
        for missing in ("protocolVersion", "clientCapabilities"):
            meta = {key: value for key, value in whole.items() if key != META + missing}
            equal(server.refusal("server/discover", {"_meta": meta}).code, -32602, f"without {missing}")
        equal(server.refusal("server/discover").code, -32602, "without _meta")
        meta = {key: value for key, value in whole.items() if key != META + "clientInfo"}
        equal(server.ask("server/discover", {"_meta": meta})["resultType"], "complete")
        refused = server.refusal("tools/list", {"_meta": stateless_meta(protocolVersion="v999.0.0")})
        equal(refused.code, -32022)
        holds(fx.STATELESS, refused.data["supported"])
        equal(refused.data["requested"], "v999.0.0")
    with checks.check("errors have their codes"), pipe(fx.STATELESS) as server:
        refused = server.refusal("resources/read", {"uri": "test://no-such-thing"})
        equal((refused.code, refused.data["uri"]), (-32602, "test://no-such-thing"))
        equal(server.refusal("tools/call", {"name": "nobody"}).code, -32602)
        equal(server.refusal("tools/call", {"name": "echo", "arguments": []}).code, -32602)
        equal(server.refusal("prompts/get", {"name": "nobody"}).code, -32602)
        equal(server.refusal("tools/call", {"name": "panic"}).code, -32603)
        result = server.ask("tools/call", {"name": "add", "arguments": {"a": "two", "c": 1}})
        equal(result.get("isError"), True)
        for pointer in ("/a", "/b", "/c"):
            holds(pointer, text_of(result))
        still_serves(server)
    with checks.check("a broken line is answered and the next one served"), pipe(fx.STATELESS) as server:
        broken_lines(server, null_id=False)
    with checks.check("ids come back as they were"), pipe(fx.STATELESS) as server:
        ids(server)
    with checks.check("listen streams get what they asked for, under their id"), pipe(fx.STATELESS) as server:
        listen(server)
    with checks.check("a listen without a filter is refused"), pipe(fx.STATELESS) as server:
        equal(server.refusal("subscriptions/listen").code, -32602)
    with checks.check("logs only to those who ask, at their level"), pipe(fx.STATELESS) as server:
        call = {"name": "test_tool_with_logging"}
        for level, lines in ((None, 0), ("error", 0), ("info", 3), ("debug", 3)):
            server.notes.clear()
            server.ask("tools/call", call, **({META + "logLevel": level} if level else {}))
            logged = [note["data"] for note in server.notes_of("notifications/message")]
            equal(logged, fx.LOG_LINES[:lines], f"log at level {level}")
    with checks.check("the list is the same each time, and in order"), pipe(fx.STATELESS) as server:
        names = [[tool["name"] for tool in server.ask("tools/list")["tools"]] for _ in range(3)]
        equal(names, [sorted(names[0])] * 3)


def listen(server):
    def open_stream(id, **notifications):
        server.begin("subscriptions/listen", {"notifications": notifications}, id=id)
        server.fence()
        [acknowledged] = server.notes_of("notifications/subscriptions/acknowledged")
        equal(acknowledged["_meta"][META + "subscriptionId"], id)
        equal(acknowledged["notifications"], notifications)
        server.notes.clear()

    def heard():
        server.fence()
        said = [(note["method"].removeprefix("notifications/"), note["params"]["_meta"][META + "subscriptionId"])
                for note in server.notes]
        server.notes.clear()
        return said

    open_stream("tools", toolsListChanged=True)
    open_stream(17, promptsListChanged=True, resourceSubscriptions=["test://watched-resource"])
    server.call("test_trigger_tool_change")
    equal(heard(), [("tools/list_changed", "tools")])
    server.call("test_trigger_prompt_change")
    equal(heard(), [("prompts/list_changed", 17)])
    server.call("test_trigger_resource_update")
    equal(heard(), [("resources/updated", 17)])
    server.call("test_trigger_resource_update", uri="test://static-text")
    equal(heard(), [])
    server.note("notifications/cancelled", {"requestId": "tools"})
    server.call("test_trigger_tool_change")
    equal(heard(), [], "after the stream was ended")
    # An open stream does not keep the server from ending.
    server.hang_up()
    while server.line() is not None:
        pass
    equal(server.exit_status(5), 0)


def both_eras():
    with checks.check("on one pipe, request by request"), pipe("2025-06-18") as server:
        modern = {"_meta": stateless_meta()}
        true("resultType" not in server.ask("tools/list"), "resultType in a stateful answer")
        equal(server.ask("tools/list", modern)["resultType"], "complete")
        equal(server.ask("server/discover", modern)["resultType"], "complete")
        true("resultType" not in server.ask("tools/list"), "resultType in a stateful answer")
        equal(server.ask("ping"), {})
        equal(server.refusal("resources/read", {"uri": "test://x"}).code, -32002)
        equal(server.refusal("resources/read", {"uri": "test://x", **modern}).code, -32602)
        equal(server.refusal("ping", modern).code, -32601)
    with checks.check("stateless first, then a handshake"), pipe() as server:
        modern = {"_meta": stateless_meta()}
        equal(server.ask("server/discover", modern)["resultType"], "complete")
        result = server.ask("initialize", {"protocolVersion": "2025-11-25", **EMPTY})
        equal(result["protocolVersion"], "2025-11-25")
        server.note("notifications/initialized")
        equal(server.ask("ping"), {})
        equal(server.ask("tools/list", modern)["resultType"], "complete")
    with checks.check("an unknown revision is answered with a known one"), pipe() as server:
        result = server.ask("initialize", {"protocolVersion": "1999-12-31", **EMPTY})
        holds(result["protocolVersion"], fx.STATEFUL)
        equal(server.ask("ping"), {})
    with checks.check("before anything is agreed on, nothing goes unanswered"), pipe() as server:
        server.write("{\n")
        message = server.message()
        equal(message["error"]["code"], -32700)
        true("id" not in message, f"an id in {message}")
        # Refused or served, but said.
        for method in ("tools/list", "ping", "initialize"):
            try:
                server.ask(method)
            except Refused:
                pass
        equal(server.ask("initialize", {"protocolVersion": "2025-11-25", **EMPTY})["protocolVersion"], "2025-11-25")


# The pipe.


def bytes_and_lines():
    checks.section = "the pipe"
    for name, text in fx.awkward_texts():
        with checks.check(f"echo of {name}"), pipe("2025-11-25") as server:
            for ascii_only in (True, False):
                request = {"jsonrpc": "2.0", "id": 90, "method": "tools/call",
                           "params": {"name": "echo", "arguments": {"message": text}}}
                server.write(json.dumps(request, ensure_ascii=ascii_only) + "\n")
                equal(text_of(server.end(90)), text, f"ascii_only={ascii_only}")
    with checks.check("half a surrogate pair does no harm"), pipe("2025-11-25") as server:
        server.write('{"jsonrpc":"2.0","id":5,"method":"tools/call",'
                     '"params":{"name":"echo","arguments":{"message":"a\\ud83d"}}}\n')
        message = server.message()
        true(message.get("id", 5) == 5, f"another id: {message}")
        still_serves(server)
    with checks.check("a request in single bytes"), pipe("2025-11-25") as server:
        request = json.dumps({"jsonrpc": "2.0", "id": 6, "method": "tools/call",
                              "params": {"name": "echo", "arguments": {"message": "für 😀"}}}, ensure_ascii=False)
        for byte in (request + "\n").encode():
            server.write(bytes([byte]))
        equal(text_of(server.end(6)), "für 😀")
    with checks.check("many requests in one write"), pipe("2025-11-25") as server:
        requests = [{"jsonrpc": "2.0", "id": n, "method": "tools/call",
                     "params": {"name": "echo", "arguments": {"message": str(n)}}} for n in range(1000, 1500)]
        for request in requests:
            server.open[int, request["id"]] += 1
        blob = "".join(json.dumps(request) + "\n" for request in requests).encode()
        threading.Thread(target=server.write, args=(blob,), daemon=True).start()
        for request in requests:
            equal(text_of(server.end(request["id"])), str(request["id"]))
    with checks.check("other line ends, blank lines and spaces"), pipe("2025-11-25") as server:
        server.write('  {"jsonrpc": "2.0",\t"id": 8, "method": "ping"}  \r\n')
        equal(server.end(8), {})
        server.write("\n\r\n")
        server.begin("ping", id="after blanks")
        while server.message().get("id") != "after blanks":
            pass
        server.open.clear()
        still_serves(server)
    with checks.check("a message that is too large is refused, not swallowed"), pipe("2025-11-25") as server:
        huge = json.dumps({"jsonrpc": "2.0", "id": 9, "method": "tools/call",
                           "params": {"name": "echo", "arguments": {"message": "x" * (33 * 1024 * 1024)}}})
        writer = threading.Thread(target=server.write, args=(huge + "\n",), daemon=True)
        writer.start()
        message = server.message()
        true("error" in message, f"no error: {shorten(message)}")
        equal(message["id"], 9, "the id, which stands before all that is too long")
        writer.join(30)
        still_serves(server)
    with checks.check("a message just small enough is served"), pipe("2025-11-25") as server:
        text = "y" * (32 * 1024 * 1024 - 1024)
        request = ("tools/call", {"name": "echo", "arguments": {"message": text}}, 10)
        threading.Thread(target=server.begin, args=request, daemon=True).start()
        equal(text_of(server.end(10)), text)
    with checks.check("a message that is too deep is refused, not a crash"), pipe("2025-11-25") as server:
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            depth = 200_000
            inner = opening * depth + ("1" if opening != "[" else "") + closing * depth
            line = '{"jsonrpc":"2.0","id":11,"method":"tools/call",'
            line += '"params":{"name":"echo","arguments":{"message":%s}}}\n'
            threading.Thread(target=server.write, args=(line % inner,), daemon=True).start()
            message = server.message()
            true("error" in message or message["result"].get("isError"), f"no error: {shorten(message)}")
            still_serves(server)


def calls():
    checks.section = "calls"
    with checks.check("a fast call passes slow ones"), pipe("2025-11-25") as server:
        calls = (("sleep", {"ms": 1500}), ("block", {"ms": 1500}), ("echo", {"message": "fast"}))
        # In one piece: no time passes before the last is sent.
        requests = [server.request("tools/call", {"name": tool, "arguments": given}, id=tool) for tool, given in calls]
        server.write("".join(json.dumps(request) + "\n" for request in requests))
        order = [server.message()["id"] for _ in range(3)]
        equal(order[0], "echo", f"first answer, of {order}")
        server.open.clear()
    with checks.check("25 calls at once"), pipe("2025-11-25") as server:
        for n in range(25):
            arguments = {"message": f"number {n}"} if n % 2 else {"ms": 200 - n}
            server.begin("tools/call", {"name": "echo" if n % 2 else "sleep", "arguments": arguments}, id=f"n{n}")
        for n in range(25):
            result = server.end(f"n{n}")
            if n % 2:
                equal(text_of(result), f"number {n}")
    with checks.check("progress comes before the result, under its token"), pipe("2025-11-25") as server:
        for token in (42, "forty-two", "", 0):
            server.notes.clear()
            server.ask("tools/call", {"name": "test_tool_with_progress", "_meta": {"progressToken": token}})
            said = [(note["progressToken"], note["progress"], note["total"])
                    for note in server.notes_of("notifications/progress")]
            equal([(type(token), *part) for token, *part in said],
                  [(type(token), value, 100) for value in (0, 50, 100)], f"progress for {token!r}")
            equal([token for token, *_ in said], [token] * 3)
        server.notes.clear()
        server.call("test_tool_with_progress")
        equal(server.notes, [], "without a token")
    with checks.check("floods: progress ends at its end, log lines keep their order"), pipe("2025-11-25") as server:
        server.ask("logging/setLevel", {"level": "debug"})
        server.ask("tools/call", {"name": "flood", "arguments": {"n": 20_000}, "_meta": {"progressToken": 1}})
        values = [note["progress"] for note in server.notes_of("notifications/progress")]
        true(values, "no progress")
        equal(values, sorted(set(values)), "rising values")
        true(values[-1] >= 19_999, f"the last value is {values[-1]}")
        server.call("log_flood", n=5000)
        true(server.notes_of("notifications/message"), "no log")
        still_serves(server)
    with checks.check("log levels are kept to"), pipe("2025-11-25") as server:
        for level, lines in (("debug", 3), ("error", 0), ("info", 3), ("emergency", 0)):
            server.ask("logging/setLevel", {"level": level})
            server.notes.clear()
            server.call("test_tool_with_logging")
            logged = [note["data"] for note in server.notes_of("notifications/message")]
            equal(logged, fx.LOG_LINES[:lines], f"log at level {level}")
    with checks.check("what a tool prints does not reach the protocol"), pipe("2025-11-25") as server:
        names = [tool["name"] for tool in server.ask("tools/list")["tools"]]
        if "print" not in names:
            raise Skip("the server has no tool `print`")
        server.call("print", message='{"jsonrpc":"2.0","id":1,"result":"forged"}')
        server.call("print", message="no protocol at all")
        still_serves(server)
        server.hang_up()
        equal(server.line(), None, "what follows")
    with checks.check("templates: decoded once, no way up or out"), pipe("2025-11-25") as server:
        read = lambda uri: server.ask("resources/read", {"uri": uri})["contents"][0]
        for uri, part in (("files://a/b%20c/d", "b c"), ("files://a%2Fb", "a/b"), ("files://%C3%BC", "ü"),
                          ("files://100%2525", "100%25"), ("note://12", "12")):
            content = read(uri)
            equal(content["uri"], uri)
            holds(part, content["text"])
        for uri in ("files://../etc/passwd", "files://a/../../b", "files://a/%2e%2e/b", "files://%2Fetc/passwd",
                    "files:///etc/passwd", "files://a%00b", "note://many", "note://-1", "note://", "files://%zz",
                    "files://%ff"):
            code = server.refusal("resources/read", {"uri": uri}).code
            true(code in (-32002, -32602), f"code {code} for {uri}")
        still_serves(server)


def endings():
    checks.section = "endings"
    with checks.check("end of input before anything"), pipe() as server:
        server.hang_up()
        equal(server.line(), None)
        equal(server.exit_status(5), 0)
    with checks.check("end of input"), pipe("2025-11-25") as server:
        server.hang_up()
        equal(server.line(), None)
        equal(server.exit_status(5), 0)
    with checks.check("end of input in the middle of a line"), pipe("2025-11-25") as server:
        server.write('{"jsonrpc":"2.0","id":1,"meth')
        server.hang_up()
        equal(server.exit_status(5), 0)
    with checks.check("a last request without its line end is a request"), pipe("2025-11-25") as server:
        server.write('{"jsonrpc":"2.0","id":"last","method":"ping"}')
        server.hang_up()
        message = server.line()
        true(message is None or message.get("id") == "last", f"got {message}")
        equal(server.exit_status(5), 0)
    with checks.check("end of input: a call in flight is finished first"), pipe("2025-11-25") as server:
        id = server.begin("tools/call", {"name": "sleep", "arguments": {"ms": 300}})
        server.hang_up()
        true("content" in server.end(id), "no result")
        equal(server.line(), None)
        equal(server.exit_status(), 0)
    for number in (signal.SIGTERM, signal.SIGINT):
        with checks.check(f"{number.name}"), pipe("2025-11-25") as server:
            server.fence()
            server.process.send_signal(number)
            equal(server.exit_status(5), 0)
        with checks.check(f"{number.name}, as soon as there was an answer"):
            # The moment in which a server may serve already and not yet have its handlers in place.
            for _ in range(25):
                with pipe("2025-11-25") as server:
                    server.process.send_signal(number)
                    equal(server.exit_status(), 0)
        with checks.check(f"{number.name}: a call in flight is finished first"), pipe("2025-11-25") as server:
            id = server.begin("tools/call", {"name": "sleep", "arguments": {"ms": 500}})
            server.fence()
            server.process.send_signal(number)
            true("content" in server.end(id), "no result")
            equal(server.exit_status(), 0)
    for tool, arguments in (("slow_compute", {"seconds": 3600, "label": "x"}), ("block", {"ms": 3_600_000})):
        with checks.check(f"a `{tool}` that does not end does not keep the server"), pipe("2025-11-25") as server:
            server.begin("tools/call", {"name": tool, "arguments": arguments})
            server.fence()
            server.hang_up()
            equal(server.exit_status(), 0)
    with checks.check("files, sockets, devices or nothing in place of pipes"):
        other_than_pipes()
    with checks.check("a client that stops reading for good"):
        hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize",
                 "params": {"protocolVersion": "2025-11-25", **EMPTY}}
        big = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "big", "arguments": {"bytes": 1_000_000}}}
        process = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        with process:
            for message in (hello, {"id": 2, **big}, {"id": 3, **big}):
                process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
            process.stdout.read(1)
            process.stdout.close()
            process.stdin.close()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise AssertionError("still running after 60 s") from None


def other_than_pipes():
    lines = "".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in (
        {"id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25", **EMPTY}},
        {"id": 2, "method": "tools/call", "params": {"name": "echo", "arguments": {"message": "from afar"}}},
    )).encode()

    def served(stdout, status):
        equal(status, 0, "exit status")
        equal(text_of(json.loads(stdout.splitlines()[1])["result"]), "from afar")

    with tempfile.TemporaryFile() as requests, tempfile.TemporaryFile() as answers:
        requests.write(lines)
        requests.seek(0)
        status = subprocess.run([SERVER], stdin=requests, stdout=answers, timeout=PATIENCE).returncode
        answers.seek(0)
        served(answers.read(), status)

    ours, theirs = socket.socketpair()
    with ours, subprocess.Popen([SERVER], stdin=theirs, stdout=theirs) as server:
        theirs.close()
        ours.sendall(lines)
        ours.shutdown(socket.SHUT_WR)
        served(ours.makefile("rb").read(), server.wait(PATIENCE))

    for shell in ('"$1" </dev/null', '"$1" </dev/null >/dev/null 2>/dev/null', '"$1" <&-'):
        done = subprocess.run(["/bin/sh", "-c", shell, "sh", SERVER], stdout=subprocess.PIPE, timeout=PATIENCE)
        equal((done.returncode, done.stdout), (0, b""), shell)


def neglect():
    checks.section = "neglect"
    with checks.check("a stderr nobody reads stops nothing"), pipe(
        "2025-11-25", env={"RUST_LOG": "trace"}, stderr=subprocess.PIPE
    ) as server:
        for n in range(3000):
            equal(text_of(server.call("echo", message=f"call {n} {'x' * 100}")), f"call {n} {'x' * 100}")
        equal(server.refusal("tools/call", {"name": "panic"}).code, -32603)
        still_serves(server)
        server.hang_up()
        equal(server.exit_status(), 0)
    with checks.check("a closed stderr stops nothing"), pipe(
        "2025-11-25", env={"RUST_LOG": "trace"}, stderr=subprocess.PIPE
    ) as server:
        server.process.stderr.close()
        for n in range(100):
            equal(text_of(server.call("echo", message=str(n))), str(n))
        equal(server.refusal("tools/call", {"name": "panic"}).code, -32603)
        still_serves(server)
    with checks.check("a stdout that is read late holds the server back, and nothing is lost"), pipe(
        "2025-11-25"
    ) as server:
        back_pressure(server)
    for flood, said in (("flood", "notifications/progress"), ("log_flood", "notifications/message")):
        with checks.check(f"a `{flood}` that nobody reads stays small, and its end arrives"), pipe(
            "2025-11-25"
        ) as server:
            unread_flood(server, flood, said)
    with checks.check("twice at the same time, as some clients probe"), pipe("2025-11-25") as one, pipe(
        fx.STATELESS
    ) as other:
        still_serves(one)
        still_serves(other)


def unread_flood(server, flood, said):
    count = 400_000
    server.ask("logging/setLevel", {"level": "debug"})
    server.reading.clear()
    id = server.begin("tools/call", {"name": flood, "arguments": {"n": count}, "_meta": {"progressToken": "p"}})
    time.sleep(2)
    held = server.memory_kib()
    server.reading.set()
    true("content" in server.end(id), "no result")
    last = server.notes_of(said)[-1]
    true(last.get("progress", count) >= count - 1, f"the last one is {last}")
    still_serves(server)
    if held is not None:
        true(held < 32 * 1024, f"{held} KiB of memory with nobody reading")


def back_pressure(server):
    calls, size = 1500, 100_000
    server.reading.clear()
    written = 0

    def write():
        nonlocal written
        for n in range(calls):
            server.begin("tools/call", {"name": "big", "arguments": {"bytes": size}}, id=f"big {n}")
            written += 1

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    # Nobody reads: wait until the writer is through, or has not got on for a second.
    before = -1
    while writer.is_alive() and before != written:
        before = written
        time.sleep(1)
    held = server.memory_kib()
    server.reading.set()
    for n in range(calls):
        equal(len(text_of(server.end(f"big {n}"))), size)
    still_serves(server)
    if held is not None:
        true(held < 100 * 1024, f"{held} KiB of memory with {before} requests unanswered")


def main():
    global SERVER
    [SERVER] = sys.argv[1:]
    SERVER = os.path.abspath(SERVER)
    every_revision()
    bytes_and_lines()
    calls()
    endings()
    neglect()
    sys.exit(checks.finish())


if __name__ == "__main__":
    main()
