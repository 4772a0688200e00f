"""What Streamable HTTP is in 2026-07-28, request by request; standard library only."""

import base64
import json
import threading

import fixtures as fx
from checks import equal, holds, true
from http_stateful import next_update, progress_of, text_of
from pipe import META, stateless_meta
from web import Session, Stateless, encoded, initialize

VERSION = "MCP-Protocol-Version"
SUBSCRIPTION = META + "subscriptionId"


def requests(check, web):
    with check("an answer is JSON, and there are no sessions"):
        frame = web.frame("tools/list", id="x")
        for more in ({}, {"Mcp-Session-Id": "0" * 32, "Last-Event-ID": "1-1"}):
            answer = web.post(frame, **more)
            equal((answer.status, answer.kind), (200, "application/json"))
            equal(answer.json()["id"], "x", "id")
            equal(answer.headers["Mcp-Session-Id"], None, "Mcp-Session-Id")
    with check("a session beside it makes no difference"), Session(web.url, "2025-11-25") as session:
        answer = web.post(web.frame("server/discover"), **{"Mcp-Session-Id": session.id})
        holds(fx.STATELESS, answer.json()["result"]["supportedVersions"])
        web.post(web.frame("ping"), **{"Mcp-Session-Id": session.id}).error(404, -32601, 1)
    with check("ids come back as they were, also at the same time"):
        for id in (0, 7, "7", "", -1, 2**53 - 1, "ü\u2028\U0001f600\"\\\n", "x" * 256):
            equal(text_of(web.ask("tools/call", {"name": "echo", "arguments": {"message": repr(id)}}, id)), repr(id))
        at_once(web)
    with check("what `_meta` lacks is -32602 and 400"):
        whole = stateless_meta()
        for missing in ("protocolVersion", "clientCapabilities"):
            meta = {key: value for key, value in whole.items() if key != META + missing}
            frame = web.frame("server/discover", id="m") | {"params": {"_meta": meta}}
            web.request("POST", frame, web.headers(frame)).error(400, -32602, "m")
        for params in ({}, {"params": {}}, {"params": {"_meta": {}}}):
            frame = {"jsonrpc": "2.0", "id": "m", "method": "server/discover", **params}
            web.request("POST", frame, web.headers(frame)).error(400, -32602, "m")
        meta = {key: value for key, value in whole.items() if key != META + "clientInfo"}
        frame = web.frame("server/discover") | {"params": {"_meta": meta}}
        equal(web.request("POST", frame, web.headers(frame)).status, 200, "status without clientInfo")
    with check("a version nobody speaks is -32022 and 400"):
        for version in ("v999.0.0", "2099-01-01"):
            frame = web.frame("tools/list", id="v", meta={META + "protocolVersion": version})
            error = web.request("POST", frame, web.headers(frame) | {VERSION: version}).error(400, -32022, "v")
            holds(fx.STATELESS, error["data"]["supported"])
            equal(error["data"]["requested"], version)
    with check("what is gone, or never was, is -32601 and 404"):
        for method, params in (
            ("initialize", initialize(fx.STATELESS)["params"]), ("ping", None), ("unknown/method", None),
            ("logging/setLevel", {"level": "info"}),
            ("server/nothing", {}),
            ("resources/subscribe", {"uri": "test://watched-resource"}), ("tasks/list", None),
        ):
            for id in (7, "7"):
                web.post(web.frame(method, params, id)).error(404, -32601, id)
    with check("errors of the call itself are 200"):
        for method, params, code in (
            ("tools/call", {"name": "nobody"}, -32602), ("prompts/get", {"name": "nobody"}, -32602),
            ("resources/read", {"uri": "test://no-such-thing"}, -32602), ("tools/call", {"name": "panic"}, -32603),
            ("tools/list", {"cursor": "not one of yours"}, -32602),
        ):
            web.post(web.frame(method, params, "e")).error(200, code, "e")
        result = web.call("add", a="two")
        equal((result["isError"], result["resultType"]), (True, "complete"))
    with check("a capability the client lacks is -32021 and 400"):
        error = web.post(web.frame("tools/call", {"name": "test_missing_capability"})).error(400, -32021, 1)
        equal(type(error["data"]["requiredCapabilities"]["sampling"]), dict, "requiredCapabilities.sampling")
    with check("broken messages are refused"):
        for body, code in ((b"", -32700), (b"{", -32700), (b"nonsense", -32700), (b"[" * 100_000, -32700),
                           (b"42", -32600), (b"null", -32600), (b"{}", -32600)):
            answer = web.request("POST", body, {VERSION: fx.STATELESS})
            true("id" not in answer.error(400, code) and "id" not in answer.json(), f"id in {answer}")
    with check("notifications are accepted without a body, answers and batches are not"):
        version = {VERSION: fx.STATELESS}
        for method in ("notifications/cancelled", "notifications/nobody/knows", "notifications/initialized"):
            note = {"jsonrpc": "2.0", "method": method, "params": {"_meta": stateless_meta(), "requestId": 1}}
            web.request("POST", note, version | {"Mcp-Method": method}).accepted()
        web.request("POST", {"jsonrpc": "2.0", "id": 1, "result": {}}, version).refuses(400)
        for batch in ([], [web.frame("tools/list")]):
            web.request("POST", batch, version).refuses(400)
    with check("no GET and no DELETE"):
        for method in ("GET", "DELETE", "PUT", "PATCH"):
            for more in ({}, {"Mcp-Session-Id": "0" * 32, "Last-Event-ID": "1-1"}):
                answer = web.request(method, headers={VERSION: fx.STATELESS, **more})
                equal(answer.status, 405, f"status of {method}")
                holds("POST", answer.headers["Allow"] or "", "Allow")
                equal(answer.headers["Mcp-Session-Id"], None, "Mcp-Session-Id")


def at_once(web):
    """Requests that stand alone may have the same id at the same time."""
    answers = {}

    def one(number):
        arguments = {"seconds": 0.1, "label": str(number)}
        answers[number] = web.ask("tools/call", {"name": "slow_compute", "arguments": arguments}, id="same")

    threads = [threading.Thread(target=one, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(20):
        equal(text_of(answers[number]), f"{number}: computed for 0.1 s")


def headers(check, web):
    frames = [
        web.frame("tools/call", {"name": "echo", "arguments": {"message": "x"}}, id="h"),
        web.frame("prompts/get", {"name": "test_simple_prompt"}, id="h"),
        web.frame("resources/read", {"uri": "test://static-text"}, id="h"),
    ]
    with check("headers that differ from the body, or lack, are -32020 and 400"):
        for frame in frames:
            right = web.headers(frame)
            equal(web.request("POST", frame, right).status, 200, f"status of {frame['method']}")
            for name in right:
                wrong = [None, "", "x", [right[name], "x"], ["x", right[name]], right[name] + "\u00e9",
                         right[name].upper() if right[name] != right[name].upper() else "2025-11-25",
                         f"{right[name]}, {right[name]}"]
                for value in wrong:
                    value = value.encode("latin-1") if isinstance(value, str) else value
                    answer = web.request("POST", frame, right | {name: value})
                    true(answer.status == 400, f"{name}: {value!r} gave {answer}")
                    answer.error(400, -32020, "h")
    with check("names of headers have no case, values lose the spaces around them"):
        frame = frames[0]
        for change in (str.lower, str.upper, str.title):
            right = {change(name): f"  {value}\t" for name, value in web.headers(frame).items()}
            answer = web.request("POST", frame, right)
            equal(answer.status, 200, f"status with {right}, {answer}; it")
    with check("the version header comes before the version, and that before the others"):
        frame = web.frame("no/such/method", id="o", meta={META + "protocolVersion": "v999.0.0"})
        web.post(frame).error(400, -32020, "o")
        frame = web.frame("no/such/method", id="o")
        web.request("POST", frame, {VERSION: fx.STATELESS, "Mcp-Method": "tools/list"}).error(400, -32020, "o")
        frame = web.frame("no/such/method", id="o", meta={META + "protocolVersion": "v999.0.0"})
        web.request("POST", frame, {VERSION: "v999.0.0", "Mcp-Method": "tools/list"}).error(400, -32022, "o")
    with check("encoded names are decoded before they are compared"):
        for frame in frames:
            name = frame["params"].get("name") or frame["params"]["uri"]
            wrapped = "=?base64?" + b64(name) + "?="
            equal(web.post(frame, **{"Mcp-Name": wrapped}).status, 200, f"status with {wrapped}")
            for bad in ("=?base64?!!!!?=", "=?base64?" + b64(name + "x") + "?=", "=?BASE64?" + b64(name) + "?=",
                        b64(name), "=?base64?" + b64(name), "=?base64?/w==?="):
                web.post(frame, **{"Mcp-Name": bad}).error(400, -32020, "h")
        for path in ("über/straße", "a b", "😀", "x%20y?q=1&r=2#f"):
            frame = web.frame("resources/read", {"uri": f"files://{path}"})
            answer = web.post(frame)
            true(answer.status == 200, f"{path}: {answer}")
    with check("arguments that are also headers"):
        def region(value, **headers):
            call = {"name": "test_x_mcp_header", "arguments": {"region": value}}
            return web.post(web.frame("tools/call", call, "p"), **headers)

        for value in ("eu-west", "", "a b", " padded ", "línea", "two\nlines", "=?base64?literal?=", "😀"):
            answer = region(value, **{"Mcp-Param-Region": encoded(value), "Mcp-Param-Nobody": "knows"})
            equal(answer.status, 200, f"status with {value!r}, {answer}; it")
            equal(text_of(answer.json()["result"]), f"region={value}")
        for header in (None, "eu-east", "EU-WEST", "=?base64?!!!!?=", "=?base64?" + b64("eu-east") + "?=",
                       b"eu-west\xff", ["eu-west", "eu-east"]):
            region("eu-west", **{"Mcp-Param-Region": header}).error(400, -32020, "p")


def b64(text):
    return base64.b64encode(text.encode()).decode()


def streams(check, web):
    progress = {"progressToken": "t"}
    with check("progress makes it a stream, which ends with the answer"):
        with web.begin("tools/call", {"name": "test_tool_with_progress"}, "s", progress) as stream:
            said = stream.headers
            equal(said["X-Accel-Buffering"], "no", "X-Accel-Buffering")
            true("no-cache" in said["Cache-Control"] or "no-store" in said["Cache-Control"], "Cache-Control")
            equal(said["Mcp-Session-Id"], None, "Mcp-Session-Id")
            events = list(iter(stream.event, None))
            true(all(event.get("data") for event in events), f"an event without a message: {events}")
            messages = [json.loads(event["data"]) for event in events]
            equal([progress_of(message) for message in messages], [0, 50, 100, None], "progress")
            equal((messages[-1]["id"], messages[-1]["result"]["resultType"]), ("s", "complete"))
    with check("progress is there long before the answer, and going away ends it"):
        for _ in range(5):
            with web.begin("tools/call", {"name": "flood", "arguments": {"n": fx.MUCH}}, "s", progress) as stream:
                seen = [progress_of(stream.message()) for _ in range(3)]
                equal(seen, sorted(seen), "progress")
        equal(text_of(web.call("echo", message="after")), "after")
    with check("calls that nobody waits for do no harm"):
        # Whether they are really dropped shows when the server is told to stop: it waits for calls in flight.
        for _ in range(20):
            connection = web.socket()
            frame = web.frame("tools/call", {"name": "slow_compute", "arguments": {"seconds": 3600}})
            head = {"Host": web.netloc, "Accept": "*/*", "Content-Type": "application/json", **web.headers(frame)}
            body = json.dumps(frame)
            head["Content-Length"] = str(len(body))
            lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
            connection.sendall(f"POST {web.path} HTTP/1.1\r\n{lines}\r\n{body}".encode())
            connection.close()
        equal(text_of(web.call("echo", message="after")), "after")
    with check("an answer that was not asked for as events comes as JSON"):
        frame = web.frame("tools/call", {"name": "test_tool_with_progress"}, meta=progress)
        answer = web.post(frame, Accept="application/json")
        true(answer.status == 406 or answer.kind == "application/json", f"expected JSON, or 406, got {answer}")
        for accept in ("text/html", "image/*"):
            web.post(frame, Accept=accept).refuses(406)
    with check("log messages only at the level asked for"):
        for level, lines in ((None, 0), ("error", 0), ("info", 3)):
            meta = {META + "logLevel": level} if level else {}
            answer = web.post(web.frame("tools/call", {"name": "test_tool_with_logging"}, meta=meta))
            *logged, last = answer.messages()
            equal([message["params"]["data"] for message in logged], fx.LOG_LINES[:lines], f"log at level {level}")
            equal(last["result"]["resultType"], "complete")


def listening(check, web):
    def listen(id, **wanted):
        return web.begin("subscriptions/listen", {"notifications": wanted}, id)

    with check("listen is a stream: acknowledged first, all under its id"):
        for number, id in enumerate((7, "7")):
            uri = f"note://listen-{number}"
            with listen(id, toolsListChanged=True, resourceSubscriptions=[uri]) as stream:
                equal(stream.headers["X-Accel-Buffering"], "no", "X-Accel-Buffering")
                first = stream.message()
                equal(first["method"], "notifications/subscriptions/acknowledged")
                equal(first["params"]["notifications"], {"toolsListChanged": True, "resourceSubscriptions": [uri]})
                for tool, arguments in (("test_trigger_prompt_change", {}), ("test_trigger_tool_change", {}),
                                        ("test_trigger_resource_update", {"uri": "test://static-text"}),
                                        ("test_trigger_resource_update", {"uri": uri})):
                    web.call(tool, **arguments)
                seen = [first]
                # Others trigger changes of lists too, at the same time.
                while seen[-1]["method"] != "notifications/resources/updated":
                    seen.append(stream.message())
                methods = {message["method"] for message in seen[1:]}
                equal(methods, {"notifications/tools/list_changed", "notifications/resources/updated"}, "methods")
                equal(seen[-1]["params"]["uri"], uri)
                for message in seen:
                    true("id" not in message, f"an answer or a request: {message}")
                    got = message["params"]["_meta"][SUBSCRIPTION]
                    equal((got, type(got)), (id, type(id)), "subscriptionId")
    with check("two listeners of one client, each with its own filter"):
        with listen("one", resourceSubscriptions=["note://one"]) as one, \
                listen("two", resourceSubscriptions=["note://two"]) as two:
            for uri in ("note://two", "note://one"):
                web.call("test_trigger_resource_update", uri=uri)
            equal((next_update(one), next_update(two)), ("note://one", "note://two"))
    with check("a client that reads no events is not left waiting"):
        frame = web.frame("subscriptions/listen", {"notifications": {"toolsListChanged": True}}, "l")
        answer = web.post(frame, Accept="application/json")
        true(answer.status == 406, f"expected 406, got {answer}")
    with check("without a filter it is refused"):
        answer = web.post(web.frame("subscriptions/listen", id="l"))
        true(answer.json()["error"]["code"] == -32602, f"expected -32602, got {answer}")
    with check("many come and go"):
        for number in range(50):
            with listen(number, toolsListChanged=True) as stream:
                equal(stream.message()["method"], "notifications/subscriptions/acknowledged")
        equal(text_of(web.call("echo", message="after")), "after")


def all_of_it(checks, url):
    checks.section = fx.STATELESS
    web = Stateless(url)
    for part in (requests, headers, streams, listening):
        part(checks.check, web)
