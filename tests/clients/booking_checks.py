"""What any client finds in `booking`, whatever it is written with: it is seen through a peer, and speaks plain JSON.

A peer has `call(tool, arguments, on_progress)`, `get(prompt, arguments)` and `read(uri)`, which give results as they
are on the wire, or raise `refused`; `ordered`, whether its progress comes in order; and `lazy`, whether it answers a
question only when it is done with the one before.
"""

import json
import os

import anyio

import fixtures as fx
from checks import Checks, equal, holds, true

# A check that hangs is a failure, not a stalled build; nothing here asserts a duration.
PATIENCE = 60

checks = Checks("booking")

MISSING_CAPABILITY, INTERNAL_ERROR = -32021, -32603

# By what it says a question is known: in a session its key does not travel.
QUESTIONS = {
    "When do you come": "wish",
    "Shall I book": "confirm",
    "What shall be ready": "order",
    "We take": "deposit",
    "What do you eat": "diet",
    "What do you invite for": "occasion",
    "Confirm table": "confirmation",
    "Name one wine": "wine",
}

DECLINE, CANCEL = {"action": "decline"}, {"action": "cancel"}


def accept(**content):
    return {"action": "accept", "content": content}


def says(text):
    return {"role": "assistant", "model": "a-model", "stopReason": "endTurn", "content": {"type": "text", "text": text}}


ANSWERS = {
    "wish": [accept(day="2026-08-01", guests=4, corner="garden")],
    "confirm": [accept(remarks="no nuts")],
    "order": [accept(dishes=["soup", "tart"], without=["milk"])],
    "deposit": [{"action": "accept"}],
    "diet": [accept(diet="vegetarian")],
    "occasion": [accept(occasion="a birthday")],
    "confirmation": [says("See you in the garden!")],
    "wine": [says("Riesling")],
}

ROOTS = [{"uri": "file:///home/ada/engine", "name": "Engine"}, {"uri": "file:///srv/notes/"}]


class Guest:
    """Who sits at the client, and its model: answers what is asked, one answer after the other, and notes it."""

    def __init__(self, **answers):
        self.answers = {kind: list(given) for kind, given in (ANSWERS | answers).items()}
        self.asked = []
        # Who wants to see a question before it is answered.
        self.before = None

    def kinds(self):
        return [kind for kind, _ in self.asked]

    def params(self, kind):
        return next(params for asked, params in self.asked if asked == kind)

    async def elicit(self, params):
        return await self.answer(params["message"], params)

    async def sample(self, params):
        return await self.answer(params["messages"][0]["content"]["text"], params)

    async def roots(self):
        self.asked.append(("roots", {}))
        return {"roots": ROOTS}

    async def answer(self, text, params):
        kind = next(kind for words, kind in QUESTIONS.items() if text.startswith(words))
        self.asked.append((kind, params))
        if self.before:
            await self.before(kind)
        given = self.answers[kind]
        return given.pop(0) if len(given) > 1 else given[0]


class Booking:
    """A way to connect in one revision: `open(guest, *abilities)` gives a context with a peer in it."""

    def __init__(self, open, revision, name, refused):
        self.open, self.revision, self.refused = open, revision, refused
        self.stateless = revision == fx.STATELESS
        # Others are served by the same process, at the same time or before.
        self.name, self.places = f"{name}-{os.getpid()}", 0

    def place(self):
        self.places += 1
        return f"{self.name}-{self.places}".replace(" ", "-")

    async def refusal(self, awaitable, *words):
        """The code of a request that must be refused, naming `words`."""
        try:
            result = await awaitable
        except self.refused as error:
            for word in words:
                holds(word, error.error.message + json.dumps(error.error.data), "error")
            return error.error.code
        raise AssertionError(f"expected an error, got {result!r:.300}")


ALL = ("elicit", "sample", "roots")


def text(result):
    [block] = result["content"]
    return block["text"]


def fine(result):
    equal(result.get("isError") or False, False, f"isError of {result}")
    return result


def failed(result, *words):
    equal(result.get("isError"), True, f"isError of {result}")
    for word in words:
        holds(word, text(result), "error of the tool")


async def book(peer, place, **more):
    return fine(await peer.call("book", {"place": place}, **more))["structuredContent"]


async def happened(peer, place):
    """The effects at a place, all of one reservation."""
    [contents] = (await peer.read(f"diary://{place}"))["contents"]
    lines = json.loads(contents["text"])
    true(len({line["number"] for line in lines}) <= 1, f"more than one reservation in {lines}")
    return [line["what"] for line in lines]


async def everything(way):
    if way.revision < "2025-06-18":
        await before_forms(way)
        return
    await bookings(way)
    await refusals(way)
    await misfits(way)
    await without_abilities(way)
    await what_is_always_there(way)
    await other_questions(way)
    await many_at_once(way)


async def before_forms(way):
    with checks.check("a revision without forms is told so"), anyio.fail_after(PATIENCE):
        guest, place = Guest(), way.place()
        async with way.open(guest, *ALL) as peer:
            failed(await peer.call("book", {"place": place}), "elicitation", "2025-06-18")
            equal(guest.asked, [])
            equal(await happened(peer, place), [])
    await what_is_always_there(way)


async def what_is_always_there(way):
    with checks.check("where the client works, and what its model says"), anyio.fail_after(PATIENCE):
        guest = Guest()
        async with way.open(guest, *ALL) as peer:
            result = fine(await peer.call("reminders", {"number": 7}))
            expected = ["file:///home/ada/engine/table-7.ics", "file:///srv/notes/table-7.ics"]
            equal(json.loads(text(result)), expected)
            if way.revision >= "2025-06-18":
                equal(result["structuredContent"]["result"], expected)
            equal(text(fine(await peer.call("wine", {"place": "Bonn"}))), "Riesling")
        equal(guest.kinds(), ["roots", "wine"])
        equal(guest.params("wine")["maxTokens"], 20)


async def bookings(way):
    with checks.check("asks for the day, a yes, and the model for words; each effect once"), anyio.fail_after(PATIENCE):
        guest, place, steps = Guest(), way.place(), []

        async def on_progress(progress, total, message):
            steps.append((progress, total))

        async with way.open(guest, *ALL) as peer:
            booking = await book(peer, place, on_progress=on_progress)
            equal((booking["status"], booking["message"]), ("booked", "See you in the garden!"))
            equal(guest.kinds(), ["wish", "confirm", "confirmation"], "questions")
            equal(await happened(peer, place), ["held", "booked"], "effects")
            # Whatever was told before the result is heard when the next one is there.
            ordered = peer.ordered
        holds(f"table {booking['number']} at {place} on 2026-08-01 for 4, Garden", guest.params("confirm")["message"])
        holds("no nuts", guest.params("confirmation")["messages"][0]["content"]["text"])
        # Without a session each round is a request of its own, and tells how far it comes.
        rounds = [1, 3, 4, 4] if way.stateless else [4]
        expected = [(float(step), 4.0) for end in rounds for step in range(1, end + 1)]
        equal(steps if ordered else sorted(steps), expected if ordered else sorted(expected), "progress")
    with checks.check("the form is sent as the revision has it"):
        schema = guest.params("wish")["requestedSchema"]
        equal((schema["type"], sorted(schema["required"])), ("object", ["day", "guests"]))
        equal(list(schema["properties"]), ["day", "guests", "corner"], "order of the fields")
        day, guests, corner = schema["properties"].values()
        equal(day, {"type": "string", "description": "The day you come.", "format": "date"})
        equal({name: guests[name] for name in ("type", "title", "minimum", "maximum")},
              {"type": "integer", "title": "Party size", "minimum": 1, "maximum": 12})
        values, titles = ["window", "garden", "anywhere"], ["By the window", "In the garden", "Wherever there is room"]
        if way.revision >= "2025-11-25":
            equal([(one["const"], one["title"]) for one in corner["oneOf"]], list(zip(values, titles)))
            equal(corner["default"], "anywhere")
        else:
            equal((corner["enum"], corner["enumNames"]), (values, titles))
    with checks.check("what may be left out is left out"), anyio.fail_after(PATIENCE):
        guest = Guest(wish=[accept(day="2026-12-31", guests=1)], confirm=[accept()])
        async with way.open(guest, *ALL) as peer:
            await book(peer, way.place())
            holds("for 1, Anywhere?", guest.params("confirm")["message"])


async def refusals(way):
    for action, status in ((DECLINE, "declined"), (CANCEL, "cancelled")):
        with checks.check(f"{status} when asked for the day"), anyio.fail_after(PATIENCE):
            guest, place = Guest(wish=[action]), way.place()
            async with way.open(guest, *ALL) as peer:
                booking = await book(peer, place)
                equal((booking["status"], guest.kinds()), (status, ["wish"]))
                equal(await happened(peer, place), [], "effects")
        with checks.check(f"{status} when asked to confirm, and the table is given back"), anyio.fail_after(PATIENCE):
            guest, place = Guest(confirm=[action]), way.place()
            async with way.open(guest, *ALL) as peer:
                booking = await book(peer, place)
                equal((booking["status"], guest.kinds()), (status, ["wish", "confirm"]))
                equal(await happened(peer, place), ["held", "given_back"], "effects")


async def misfits(way):
    wrong = accept(day="tomorrow", guests=40)
    with checks.check("an answer that does not fit is asked for again"), anyio.fail_after(PATIENCE):
        guest, place = Guest(wish=[wrong, *ANSWERS["wish"]], confirm=[accept(remarks="x" * 201), accept()]), way.place()
        async with way.open(guest, *ALL) as peer:
            equal((await book(peer, place))["status"], "booked")
            equal(guest.kinds(), ["wish", "wish", "confirm", "confirm", "confirmation"])
            equal(await happened(peer, place), ["held", "booked"], "effects")
    with checks.check("but not for ever, and the model is told what is wrong with it"), anyio.fail_after(PATIENCE):
        guest, place = Guest(wish=[wrong]), way.place()
        async with way.open(guest, *ALL) as peer:
            failed(await peer.call("book", {"place": place}), "`day`", "`guests`", "40")
            equal(guest.kinds(), ["wish"] * 3)
            equal(await happened(peer, place), [], "effects")
        guest, place = Guest(confirm=[accept(remarks="x" * 201)]), way.place()
        async with way.open(guest, *ALL) as peer:
            failed(await peer.call("book", {"place": place}), "`remarks`", "200")
            equal(guest.kinds(), ["wish", *["confirm"] * 3])
            equal(await happened(peer, place), ["held", "given_back"], "effects")


async def without_abilities(way):
    with checks.check("a client without a model gets a plain confirmation"), anyio.fail_after(PATIENCE):
        guest, place = Guest(), way.place()
        async with way.open(guest, "elicit") as peer:
            booking = await book(peer, place)
            holds(f"at {place} on 2026-08-01 for 4, Garden. no nuts", booking["message"])
            equal(guest.kinds(), ["wish", "confirm"])
            equal(await happened(peer, place), ["held", "booked"], "effects")
    with checks.check("a client that cannot be asked is told what it lacks"), anyio.fail_after(PATIENCE):
        guest, place = Guest(), way.place()
        async with way.open(guest) as peer:
            rows = [("book", {"place": place}, "elicitation"), ("reminders", {"number": 1}, "roots")]
            # Before, no client can be asked that.
            if way.revision >= "2025-11-25":
                rows += [("order", {"place": place}, "elicitation"), ("deposit", {"number": 1}, "elicitation.url")]
            for tool, arguments, lacking in rows:
                call = peer.call(tool, arguments)
                if way.stateless:
                    capability = lacking.split(".")[0]
                    code = await way.refusal(call, f"`{lacking}`", "requiredCapabilities", f'{{"{capability}": {{')
                    equal(code, MISSING_CAPABILITY, tool)
                else:
                    failed(await call, f"`{lacking}`")
            # The revisions with sessions have no code for it.
            code = MISSING_CAPABILITY if way.stateless else INTERNAL_ERROR
            equal(await way.refusal(peer.get("invite", {"place": place}), "`elicitation`"), code, "a prompt")
            equal(await way.refusal(peer.read(f"menu://{place}"), "`elicitation`"), code, "a resource")
            equal(await happened(peer, place), [], "effects")
        equal(guest.asked, [])
    with checks.check("a question that needs two abilities of which one is there"), anyio.fail_after(PATIENCE):
        guest, place = Guest(), way.place()
        async with way.open(guest, "elicit") as peer:
            call = peer.call("order", {"place": place})
            if way.stateless:
                equal(await way.refusal(call, "`sampling`"), MISSING_CAPABILITY)
                equal(guest.asked, [])
            else:
                failed(await call, "`sampling`")
            # In a session the other question was out, and is taken back: that has been heard when this is answered.
            equal(await happened(peer, place), [], "effects")


async def other_questions(way):
    newest = way.revision >= "2025-11-25"
    with checks.check("two questions at once"), anyio.fail_after(PATIENCE):
        guest, both = Guest(), Gathering(2)
        async with way.open(guest, *ALL) as peer:
            if newest and not peer.lazy:
                guest.before = lambda _: both.wait("either")
            result = await peer.call("order", {"place": way.place()})
            if newest:
                equal(text(fine(result)), '[Soup, Tart] without ["milk"], with Riesling')
                equal(sorted(guest.kinds()), ["order", "wine"])
                dishes = guest.params("order")["requestedSchema"]["properties"]["dishes"]
                equal((dishes["type"], dishes["minItems"], dishes["maxItems"]), ("array", 1, 3))
                equal([one["title"] for one in dishes["items"]["anyOf"]],
                      ["Soup of the day", "Trout with almonds", "Apple tart"])
            else:
                failed(result, "choosing several at once", "2025-11-25")
    with checks.check("a page to go to"), anyio.fail_after(PATIENCE):
        guest = Guest(deposit=[{"action": "accept"}, DECLINE, CANCEL])
        async with way.open(guest, *ALL) as peer:
            results = [await peer.call("deposit", {"number": 7}) for _ in range(3 if newest else 1)]
        if newest:
            equal([text(fine(one)) for one in results[:2]],
                  ["The user was sent to the page.", "The user does not want to pay."])
            failed(results[2], "cancelled")
            page = guest.params("deposit")
            equal((page["mode"], page["url"]), ("url", "https://pay.example.com/tables/7"))
            equal("elicitationId" in page, not way.stateless, "an id")
        else:
            failed(results[0], "2025-11-25")
            equal(guest.asked, [])
    with checks.check("prompts and resources ask too"), anyio.fail_after(PATIENCE):
        guest, place = Guest(), way.place()
        async with way.open(guest, *ALL) as peer:
            [message] = (await peer.get("invite", {"place": place}))["messages"]
            equal(message["content"]["text"],
                  f"Write an invitation to dinner at {place}. The occasion: a birthday.")
            [contents] = (await peer.read(f"menu://{place}"))["contents"]
            equal(contents["text"], f"{place}: soup, tart")
            equal(guest.kinds(), ["occasion", "diet"])
    with checks.check("a prompt and a resource that got no answer"), anyio.fail_after(PATIENCE):
        async with way.open(Guest(occasion=[DECLINE], diet=[CANCEL]), *ALL) as peer:
            await way.refusal(peer.get("invite", {"place": "x"}), "declined")
            await way.refusal(peer.read("menu://x"), "cancelled")


async def many_at_once(way, count=10):
    with checks.check(f"{count} bookings at once from one client"), anyio.fail_after(PATIENCE):
        guest, places, booked = Guest(), [way.place() for _ in range(count)], {}
        async with way.open(guest, *ALL) as peer:
            if not peer.lazy:
                guest.before = Gathering(count).wait
            async with anyio.create_task_group() as group:
                async def one(place):
                    booked[place] = await book(peer, place)

                for place in places:
                    group.start_soon(one, place)
            equal([booked[place]["status"] for place in places], ["booked"] * count)
            equal(len({booked[place]["number"] for place in places}), count, "reservations")
            equal(sorted(guest.kinds()), sorted(["wish", "confirm", "confirmation"] * count), "questions")
            for place in places:
                equal(await happened(peer, place), ["held", "booked"], f"effects at {place}")


class Gathering:
    """Nobody's question of a kind is answered before that of everybody was asked."""

    def __init__(self, count):
        self.count, self.there, self.all = count, {}, {}

    async def wait(self, kind):
        self.there[kind] = self.there.get(kind, 0) + 1
        everybody = self.all.setdefault(kind, anyio.Event())
        if self.there[kind] == self.count:
            everybody.set()
        await everybody.wait()
