"""What Streamable HTTP is in the revisions with sessions, request by request; standard library only."""

import contextlib
import json
import string
import threading

import fixtures as fx
from checks import equal, holds, true
from pipe import Refused
from web import BOTH, Session, Web, initialize

UNKNOWN = "0" * 32


def text_of(result):
    return "\n".join(block.get("text", "") for block in result["content"])


def progress_of(message):
    return message["params"]["progress"] if message.get("method") == "notifications/progress" else None


def opening(check, url, revision):
    web = Web(url)
    with check("initialize gives a session, `initialized` is accepted without a body"):
        with Session(url, revision) as one, Session(url, revision) as other:
            for session in (one, other):
                true(session.id and all("!" <= char <= "~" for char in session.id), f"session id {session.id!r}")
                true(len(session.id) >= 22, f"a short session id: {session.id}")
            true(one.id != other.id, "the same session id twice")
            equal(one.ask("ping"), {}, "ping")
            answer = one.post(one.frame("ping"))
            equal(answer.headers.get("Mcp-Session-Id") in (None, one.id), True, "session id of an answer")
            for word in ("MCP-SESSION-ID", "mcp-session-id"):
                answer = web.request("POST", one.frame("ping"), {**one.headers(), "Mcp-Session-Id": None, word: one.id})
                equal(answer.status, 200, f"status with {word}")
    with check("answers and notifications are accepted without a body"), Session(url, revision) as session:
        for message in (
            {"jsonrpc": "2.0", "method": "notifications/nobody/knows"},
            {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "nobody's"}},
            {"jsonrpc": "2.0", "method": "notifications/roots/list_changed"},
            {"jsonrpc": "2.0", "id": 4711, "result": {}},
            {"jsonrpc": "2.0", "id": "x", "error": {"code": 1, "message": "x"}},
        ):
            session.post(message).accepted()
    with check("without a session 400, with an unknown one 404"), Session(url, revision) as session:
        for id, status in ((None, 400), (UNKNOWN, 404), ("", 404), (session.id[:-1], 404)):
            headers = session.headers(**{"Mcp-Session-Id": id})
            if id == "":
                status = (400, 404)
            for method, body in (("POST", session.frame("ping")), ("GET", None), ("DELETE", None),
                                 ("POST", {"jsonrpc": "2.0", "method": "notifications/initialized"})):
                answer = web.request(method, body, headers)
                answer.refuses(status if isinstance(status, int) else answer.status)
                true(answer.status in (400, 404), f"{method} with {id!r}: {answer}")
        equal(session.ask("ping"), {}, "ping")
    with check("a version nobody speaks is 400, none at all is not"), Session(url, revision) as session:
        for version in ("1999-01-01", "v999.0.0", "", "2025-11-25 2025-06-18", b"\xff"):
            headers = session.headers(**{"MCP-Protocol-Version": version})
            for method, body in (("POST", session.frame("ping")), ("GET", None), ("DELETE", None),
                                 ("POST", {"jsonrpc": "2.0", "method": "notifications/nobody/knows"})):
                answer = web.request(method, body, headers)
                true(answer.status == 400, f"{method} with {version!r}: {answer}")
        headers = session.headers(**{"MCP-Protocol-Version": None})
        equal(web.request("POST", session.frame("ping"), headers).status, 200, "status without a version")
    with check("DELETE ends a session, its streams and its calls"), Session(url, revision) as session:
        listening, call = session.listen(), session.begin("slow_compute", seconds=3600)
        answer = session.request("DELETE", headers=session.headers())
        true(answer.status in (200, 204), f"DELETE: {answer}")
        with listening, call:
            # Others, who talk to the server at the same time, may change its lists.
            heard = [message for message in listening.rest() if "changed" not in message.get("method", "")]
            equal(heard, [], "on the stream")
            equal([message for message in call.rest() if "result" in message], [], "of the call")
        for method, body in (("POST", session.frame("ping")), ("GET", None), ("DELETE", None),
                             ("POST", {"jsonrpc": "2.0", "method": "notifications/nobody/knows"})):
            session.request(method, body, session.headers()).refuses(404)
    with check("a second `initialize` does no harm"), Session(url, revision) as session:
        answer = session.post(initialize(revision, id=99))
        true("error" in answer.json(), f"expected an error, got {answer}")
        equal(session.ask("ping"), {}, "ping")
    with check("broken messages are refused, and the session lives"), Session(url, revision) as session:
        broken(session, revision)
    with check("errors have their codes"), Session(url, revision) as session:
        for method, params, code in (
            ("no/such/method", None, -32601), ("tools/call", {"name": "ecko"}, -32602), ("tools/call", {}, -32602),
            ("prompts/get", {"name": "nobody"}, -32602), ("tools/list", {"cursor": "not one of yours"}, -32602),
            ("resources/read", {"uri": "test://no-such-thing"}, -32002), ("tools/call", {"name": "panic"}, -32603),
        ):
            for id in (7, "7"):
                session.post(session.frame(method, params, id)).error(200, code, id)
        result = session.call("add", a="two")
        equal(result.get("isError"), True)
        for pointer in ("/a", "/b"):
            holds(pointer, text_of(result))


def broken(session, revision):
    for body in (b"", b"{", b"\x00", b"\xff", b'{"jsonrpc":"2.0","id":1,"method":"ping"', b'{"a":1}}', b"[1,",
                 b"[" * 100_000, b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}'):
        answer = session.post(body)
        true(answer.status == 400, f"expected 400 to {body[:50]!r}, got {answer}")
        message = answer.json()
        codes = (-32700, -32600) if b"\xff" in body else (-32700,)
        true(message["error"]["code"] in codes, f"{body[:50]!r}: {answer}")
        equal(message.get("id"), None, "id")
        # The schema allows no `null` there, and from 2025-11-25 on none at all.
        true(revision < "2025-11-25" or "id" not in message, f"id in {message}")
    for message in (42, "ping", None, {}, {"jsonrpc": "2.0", "id": {}, "method": "ping"},
                    {"jsonrpc": "2.0", "id": None, "method": "ping"}, {"jsonrpc": "1.0", "id": 1, "method": "ping"},
                    {"jsonrpc": "2.0", "id": 1}, {"jsonrpc": "2.0", "id": 1, "method": 5}):
        answer = session.post(json.dumps(message).encode())
        true(answer.status == 400, f"expected 400 to {message}, got {answer}")
        equal(answer.json()["error"]["code"], -32600, f"code for {message}")
    equal(session.ask("ping"), {}, "ping")


def streams(check, url, revision):
    primed = revision >= "2025-11-25"
    with check("streams say what they are, and begin as the revision wants"), Session(url, revision) as session:
        progress = {"progressToken": "t"}
        with session.listen() as listening, session.begin("test_tool_with_progress", meta=progress) as call:
            for stream in (listening, call):
                headers = stream.headers
                equal(headers["X-Accel-Buffering"], "no", "X-Accel-Buffering")
                true("no-cache" in headers["Cache-Control"] or "no-store" in headers["Cache-Control"], "Cache-Control")
            first = call.event()
            if primed:
                true(first.get("id") and first.get("data", "") == "", f"expected a priming event, got {first}")
                first = listening.event()
                true(first.get("id") and first.get("data", "") == "", f"expected a priming event, got {first}")
            else:
                # Clients of the time would read an event without data as a message.
                equal(progress_of(json.loads(first["data"])), 0, "first event")
            steps = [progress_of(message) for message in call.rest()]
            equal(steps, [0, 50, 100, None][0 if primed else 1:], "what follows")
    with check("progress is there long before the answer"), Session(url, revision) as session:
        with session.begin("flood", id="much", meta={"progressToken": 7}, n=fx.MUCH) as call:
            seen = [progress_of(call.message()) for _ in range(3)]
            equal(seen, sorted(seen), "progress")
            session.note("notifications/cancelled", {"requestId": "much"})
            equal([message for message in call.rest() if "method" not in message], [], "answers")
        equal(session.ask("ping"), {}, "ping")
    with check("ids of events are unique in a session"), Session(url, revision) as session:
        ids = []
        uri = f"note://unique-{revision}"
        session.ask("resources/subscribe", {"uri": uri})
        for _ in range(3):
            with session.begin("test_tool_with_progress", meta={"progressToken": 1}) as call:
                ids += [event["id"] for event in iter(call.event, None) if "id" in event]
        with session.listen() as listening:
            session.call("test_trigger_resource_update", uri=uri)
            while uri not in (event := listening.event()).get("data", ""):
                pass
            ids.append(event["id"])
        equal(sorted(set(ids)), sorted(ids), "ids")
    with check("text with ends of lines in it stays one event"), Session(url, revision) as session:
        for name, text in fx.awkward_texts():
            with session.begin("slow_compute", seconds=0.05, label=text) as call:
                [message] = call.rest()
                equal(text_of(message["result"]), f"{text}: computed for 0.05 s", name)
    with check("what is wrong with Accept is 406"), Session(url, revision) as session:
        for accept in ("text/html", "application/xml, image/*"):
            session.post(session.frame("ping"), Accept=accept).refuses(406)
            session.request("GET", headers=session.headers(Accept=accept)).refuses(406)
        session.request("GET", headers=session.headers(Accept="application/json")).refuses(406)
        for accept in ("*/*", "application/*;q=0.9, text/*", "TEXT/EVENT-STREAM,APPLICATION/JSON"):
            equal(session.post(session.frame("ping"), Accept=accept).status, 200, f"status with {accept}")
    with check("an answer to each request on its own response, at once"), Session(url, revision) as session:
        at_once(session)


def at_once(session):
    answers = {}

    def one(number):
        call = {"name": "slow_compute", "arguments": {"seconds": 0.1, "label": str(number)}}
        answers[number] = session.post(session.frame("tools/call", call, id=1000 + number)).messages()

    threads = [threading.Thread(target=one, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(20):
        [message] = answers[number]
        equal((message["id"], text_of(message["result"])), (1000 + number, f"{number}: computed for 0.1 s"))


def notices(check, url, revision):
    with check("GET brings what nobody asked for, and no answers"), Session(url, revision) as session:
        uri = f"note://watched-{revision}"
        with session.listen() as listening:
            session.ask("resources/subscribe", {"uri": uri})
            session.call("test_trigger_tool_change")
            session.call("test_trigger_prompt_change")
            session.call("test_trigger_resource_update", uri=uri)
            seen = []
            # Others trigger changes of lists too, at the same time.
            while not seen or seen[-1]["method"] != "notifications/resources/updated":
                seen.append(listening.message())
            true(all("id" not in message for message in seen), f"an answer or a request in {seen}")
            equal(seen[-1]["params"], {"uri": uri}, "update")
            methods = [message["method"] for message in seen]
            for kind in ("tools", "prompts"):
                holds(f"notifications/{kind}/list_changed", methods, "notifications")
    with check("what was missed while away comes afterwards, once"), Session(url, revision) as session:
        uris = [f"note://missed-{revision}-{number}" for number in range(3)]
        for uri in uris:
            session.ask("resources/subscribe", {"uri": uri})
        with session.listen() as listening:
            session.call("test_trigger_resource_update", uri=uris[0])
            equal(next_update(listening), uris[0], "first")
            last = listening.last_id
        session.call("test_trigger_resource_update", uri=uris[1])
        with session.listen(last) as listening:
            session.call("test_trigger_resource_update", uri=uris[2])
            equal([next_update(listening), next_update(listening)], uris[1:], "the others")
    with check("one session hears nothing of another"), Session(url, revision) as one, Session(url, revision) as other:
        mine, theirs = f"note://mine-{revision}", f"note://theirs-{revision}"
        with one.listen() as listening:
            one.ask("resources/subscribe", {"uri": mine})
            other.ask("resources/subscribe", {"uri": theirs})
            other.call("test_trigger_resource_update", uri=theirs)
            other.call("test_trigger_resource_update", uri=mine)
            equal(next_update(listening), mine, "first update")
        with one.begin("sleep", id="same", ms=300) as call:
            other.note("notifications/cancelled", {"requestId": "same"})
            equal(text_of(call.rest()[-1]["result"]), "slept for 300 ms")
    with check("of two GETs only one is told"), Session(url, revision) as session:
        uri = f"note://one-of-two-{revision}"
        session.ask("resources/subscribe", {"uri": uri})
        with session.listen() as older, session.listen() as newer:
            session.call("test_trigger_resource_update", uri=uri)
            # Ends both, so that there is an end to what they say.
            session.request("DELETE", headers=session.headers())
            told = [message for message in older.rest() + newer.rest() if message.get("params") == {"uri": uri}]
            equal(len(told), 1, "how often it is told")


def next_update(stream):
    while message := stream.message():
        if message["method"] == "notifications/resources/updated":
            return message["params"]["uri"]
    return None


def resuming(check, url, revision):
    with check("a stream that was cut off goes on where it was"), Session(url, revision) as session:
        with session.begin("test_tool_with_progress", id="cut", meta={"progressToken": "t"}) as call:
            equal(progress_of(call.message()), 0, "progress")
            last = call.last_id
        true(last, "events have no id")
        # Another stream of the same session, of which nothing may show up there.
        session.begin("test_tool_with_progress", meta={"progressToken": "other"}).close()
        with session.listen(last) as call:
            rest = call.rest()
            equal([progress_of(message) for message in rest], [50, 100, None], "the rest")
            equal([message["params"]["progressToken"] for message in rest[:-1]], ["t", "t"], "tokens")
            equal(rest[-1]["id"], "cut", "id of the answer")
        with session.listen(last) as again:
            equal(again.rest(), rest, "the same again")
    with check("a call goes on while its client is away"), Session(url, revision) as session:
        with session.begin("flood", id="away", meta={"progressToken": 1}, n=3000) as call:
            call.message()
        with session.listen(call.last_id) as call:
            answer = call.rest()[-1]
            equal((answer["id"], text_of(answer["result"])), ("away", "sent 3000 progress notifications"))
    with check("a Last-Event-ID that no stream has is refused"), Session(url, revision) as session:
        for last in ("999-1", "nonsense", "-1", "99999999999999999999-0", "0-999999"):
            connection, response = session.send("GET", headers=session.headers(**{"Last-Event-ID": last}))
            connection.close()
            true(response.status in (400, 404), f"with {last}: {response.status}")
    with check("the server closes the connection, and answers whoever comes back"), Session(url, revision) as session:
        with session.begin("test_reconnection", id="back") as call:
            events = list(iter(call.event, None))
        if revision < "2025-11-25":
            # Without a first event there is nothing to come back with: the stream has to stay.
            true(events, "the stream ended without a word")
            equal(text_of(json.loads(events[-1]["data"])["result"]), "You came back.")
            return
        true(all(not event.get("data") for event in events), f"answered at once: {events}")
        holds("id", events[0], "priming event")
        true(any(event.get("retry", "").isdigit() for event in events), f"no retry in {events}")
        with session.listen(call.last_id) as call:
            [answer] = call.rest()
            equal((answer["id"], text_of(answer["result"])), ("back", "You came back."))


def cancelling(check, url, revision):
    with check("a cancelled call is not answered, its stream ends"), Session(url, revision) as session:
        # Often: a call that has only just begun is cancelled like any other.
        for id in [*range(30), *map(str, range(30))]:
            with session.begin("slow_compute", id=id, seconds=3600) as call:
                session.note("notifications/cancelled", {"requestId": id, "reason": "changed my mind"})
                equal(call.rest(), [], "what came")
        equal(text_of(session.call("echo", message="after")), "after")
    with check("the stream of a cancelled call is not offered again"), Session(url, revision) as session:
        with session.begin("slow_compute", id="over", seconds=3600) as call:
            # Not before the call is surely under way.
            equal(text_of(session.call("echo", message="meanwhile")), "meanwhile")
            session.note("notifications/cancelled", {"requestId": "over"})
            equal(call.rest(), [], "what came")
        # Clients come back for the answer that they miss: to an empty stream again and again, for ever.
        if call.last_id:
            answer = session.request("GET", headers=session.headers(**{"Last-Event-ID": call.last_id}))
            true(400 <= answer.status < 500, f"expected a refusal, got {answer}")
    with check("an id in flight cannot be used twice"), Session(url, revision, sampling={}) as session:
        # It is in flight until what it asks is answered.
        with session.begin("test_sampling", id="twice", prompt="Who is there?") as call:
            asked = call.message()
            answer = session.post(session.frame("ping", id="twice"))
            equal(answer.messages()[0].get("error", {}).get("code"), -32600, f"code of {answer}")
            said = {"role": "assistant", "model": "a-model", "content": {"type": "text", "text": "Me."}}
            session.post({"jsonrpc": "2.0", "id": asked["id"], "result": said}).accepted()
            equal(text_of(call.rest()[-1]["result"]), "LLM response: Me.")


def batches(check, url, revision):
    def call(id, tool, /, **arguments):
        params = {"name": tool, "arguments": arguments}
        return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}

    note = {"jsonrpc": "2.0", "method": "notifications/nobody/knows"}
    quick = [{"jsonrpc": "2.0", "id": "b1", "method": "ping"}, note, call("b2", "echo", message="in a batch"),
             {"jsonrpc": "2.0", "id": "b3", "method": "no/such/method"}]
    if revision != "2025-03-26":
        with check("batches are refused"), Session(url, revision) as session:
            for batch in (quick, [], [note], [1]):
                session.post(batch).error(400, -32600)
            equal(session.ask("ping"), {}, "ping")
        return
    with check("a batch is answered with one"), Session(url, revision) as session:
        for batch in (quick, [*quick, call("b4", "sleep", ms=50)]):
            answer = session.post(batch)
            equal(answer.status, 200, f"status of {answer}")
            answers = answer.messages()
            equal(len(answers), 1, f"messages in {answer}")
            true(isinstance(answers[0], list), f"not a batch: {answer}")
            answers = {one["id"]: one for one in answers[0]}
            equal(sorted(answers), sorted(one["id"] for one in batch if "id" in one), "ids answered")
            equal(answers["b1"]["result"], {})
            equal(text_of(answers["b2"]["result"]), "in a batch")
            equal(answers["b3"]["error"]["code"], -32601)
        equal(session.post(batch).messages()[0][0].keys() >= {"id"}, True)
    with check("a batch of what needs no answer is accepted, an empty one is not"), Session(url, revision) as session:
        session.post([note, note]).accepted()
        session.post([{"jsonrpc": "2.0", "id": 4711, "result": {}}]).accepted()
        session.post([]).error(400, -32600)
        answers = session.post([1, {"jsonrpc": "2.0", "id": "b5", "method": "ping"}]).messages()[0]
        equal(sorted("error" in one for one in answers), [False, True], "errors")
    with check("progress in a batch comes before its answers"), Session(url, revision) as session:
        with_progress = call("b6", "test_tool_with_progress")
        with_progress["params"]["_meta"] = {"progressToken": "p"}
        with session.stream("POST", [with_progress, call("b7", "sleep", ms=10)], session.headers()) as stream:
            *progress, last = stream.rest()
            equal([progress_of(message) for message in progress], [0, 50, 100], "progress")
            equal(sorted(one["id"] for one in last), ["b6", "b7"], "answers")
    with check("`initialize` cannot be in a batch"):
        answer = Web(url).request("POST", [initialize(revision)], {"Accept": BOTH})
        true(answer.status == 400, f"expected 400, got {answer}")


def every_revision(checks, url):
    for revision in fx.STATEFUL:
        checks.section = revision
        for part in (opening, streams, notices, resuming, cancelling, batches):
            part(checks.check, url, revision)
    checks.section = "stateful"
    with checks.check("an unknown revision is answered with one that is spoken"):
        for asked in ("1999-01-01", "2099-01-01", ""):
            answer = Web(url).request("POST", initialize(asked))
            [message] = answer.messages()
            holds(message["result"]["protocolVersion"], fx.STATEFUL, asked)
    with checks.check("sessions of all revisions at once"), contextlib.ExitStack() as open_ones:
        sessions = [open_ones.enter_context(Session(url, revision)) for revision in fx.STATEFUL * 3]
        for session in sessions:
            try:
                [audio] = session.call("test_audio_content")["content"]
            except Refused as refused:
                raise AssertionError(f"{session.revision}: {refused}") from None
            equal(audio["type"], "audio" if session.revision >= "2025-03-26" else "text", session.revision)
        true(len({session.id for session in sessions}) == len(sessions), "session ids")
    with checks.check("session ids look random"):
        digits = set("".join(Session(url, fx.STATEFUL[-1]).id for _ in range(8)))
        true(len(digits & set(string.printable)) >= 10, f"only {sorted(digits)}")
