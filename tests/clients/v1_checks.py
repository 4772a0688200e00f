"""What the Python `mcp` client 1.x finds in `everything`, over whatever transport the session has."""

import json

import anyio
import jsonschema
import mcp.types as types
from mcp import McpError
from pydantic import AnyUrl

import fixtures as fx
from checks import Checks, equal, holds, true

# A check that hangs is a failure, not a stalled build; nothing here asserts a duration.
PATIENCE = 60

WATCHED = "test://watched-resource"

checks = Checks("Python mcp 1.x")


class Seen:
    """What the server said without being asked."""

    def __init__(self):
        self.logs, self.others, self.faults = [], [], []
        self.news = anyio.Event()

    async def on_log(self, params):
        self.logs.append(params)
        self.wake()

    async def on_message(self, message):
        if isinstance(message, Exception):
            self.faults.append(message)
        elif isinstance(message, types.ServerNotification):
            self.others.append(message.root)
        self.wake()

    def wake(self):
        self.news.set()
        self.news = anyio.Event()

    async def until(self, condition):
        while not condition():
            await self.news.wait()

    def updates(self):
        return [str(n.params.uri) for n in self.others if isinstance(n, types.ResourceUpdatedNotification)]


async def initialize(session, revision, capabilities=None):
    """`ClientSession.initialize`, with a revision and capabilities of our choice."""
    result = await session.send_request(
        types.ClientRequest(
            types.InitializeRequest(
                params=types.InitializeRequestParams(
                    protocolVersion=revision,
                    capabilities=capabilities or types.ClientCapabilities(),
                    clientInfo=types.Implementation(name="tests", version="1.0"),
                )
            )
        ),
        types.InitializeResult,
    )
    session._server_capabilities = result.capabilities
    await session.send_notification(types.ClientNotification(types.InitializedNotification()))
    return result


def texts(result):
    return [block.text for block in result.content if isinstance(block, types.TextContent)]


def only_text(result):
    equal(len(result.content), 1, "number of content blocks")
    equal(result.isError or False, False, f"isError of {texts(result)}")
    return texts(result)[0]


async def refusal(awaitable, code, *words):
    """The error of a request that must be refused with `code`, naming `words`."""
    try:
        result = await awaitable
    except McpError as error:
        equal(error.error.code, code, f"code of {error.error.message!r}")
        for word in words:
            holds(word, error.error.message + json.dumps(error.error.data), "error")
        return error.error
    raise AssertionError(f"expected error {code}, got {result!r:.300}")


async def all_pages(list_page, field):
    items, cursor = [], None
    while True:
        params = types.PaginatedRequestParams(cursor=cursor) if cursor else None
        page = await list_page(params=params)
        items += getattr(page, field)
        cursor = page.nextCursor
        if cursor is None:
            return items


async def lists(session):
    with checks.check("lists every tool, by name, described, with object schemas"), anyio.fail_after(PATIENCE):
        tools = await all_pages(session.list_tools, "tools")
        names = [tool.name for tool in tools]
        for name in fx.TOOLS:
            holds(name, names, "tools")
        equal(names, sorted(names), "order of the tools")
        for tool in tools:
            true(tool.description, f"{tool.name} has no description")
            equal(tool.inputSchema.get("type"), "object", f"type of the input of {tool.name}")
            jsonschema.Draft202012Validator.check_schema(tool.inputSchema)
            if tool.outputSchema is not None:
                equal(tool.outputSchema.get("type"), "object", f"type of the output of {tool.name}")
                jsonschema.Draft202012Validator.check_schema(tool.outputSchema)
    with checks.check("passes a hand-written schema on as it is"), anyio.fail_after(PATIENCE):
        tools = {tool.name: tool for tool in await all_pages(session.list_tools, "tools")}
        equal(tools["json_schema_2020_12_tool"].inputSchema, fx.SCHEMA_2020_12, "schema")
        equal(tools["test_x_mcp_header"].inputSchema["properties"]["region"].get("x-mcp-header"), "Region")
    with checks.check("derives the schema of a plain function"), anyio.fail_after(PATIENCE):
        tools = {tool.name: tool for tool in await all_pages(session.list_tools, "tools")}
        schema = tools["add"].inputSchema
        equal(sorted(schema["required"]), ["a", "b"], "required")
        equal([schema["properties"][name]["type"] for name in "ab"], ["integer", "integer"], "types")
        equal(schema["additionalProperties"], False, "additionalProperties")
    with checks.check("lists resources, templates and prompts"), anyio.fail_after(PATIENCE):
        resources = await all_pages(session.list_resources, "resources")
        uris = [str(resource.uri) for resource in resources]
        for uri in fx.RESOURCES:
            holds(uri, uris, "resources")
        templates = await all_pages(session.list_resource_templates, "resourceTemplates")
        for template in fx.TEMPLATES:
            holds(template, [t.uriTemplate for t in templates], "templates")
        prompts = {prompt.name: prompt for prompt in await all_pages(session.list_prompts, "prompts")}
        for name in fx.PROMPTS:
            holds(name, list(prompts), "prompts")
        arguments = [(a.name, a.required) for a in prompts["test_prompt_with_arguments"].arguments]
        equal(arguments, [("arg1", True), ("arg2", True)], "prompt arguments")
        for item in [*resources, *templates, *prompts.values()]:
            true(item.name and item.description, f"without name or description: {item}")


async def contents(session, revision):
    call = session.call_tool
    with checks.check("calls a tool without arguments"), anyio.fail_after(PATIENCE):
        equal(only_text(await call("test_simple_text")), fx.SIMPLE_TEXT)
    with checks.check("adds"), anyio.fail_after(PATIENCE):
        equal(only_text(await call("add", {"a": 2, "b": 3})), "5")
        equal(only_text(await call("add", {"a": -(2**53), "b": 1})), str(1 - 2**53))
    for name, text in fx.awkward_texts():
        with checks.check(f"echoes {name}"), anyio.fail_after(PATIENCE):
            equal(only_text(await call("echo", {"message": text})), text)
    with checks.check("image"), anyio.fail_after(PATIENCE):
        [image] = (await call("test_image_content")).content
        equal((image.type, image.mimeType), ("image", "image/png"))
        true(fx.is_png(image.data), "not a PNG")
    with checks.check("audio, as text where the revision has none"), anyio.fail_after(PATIENCE):
        [audio] = (await call("test_audio_content")).content
        if revision == "2024-11-05":
            equal(audio.type, "text")
        else:
            equal((audio.type, audio.mimeType), ("audio", "audio/wav"))
            true(fx.is_wav(audio.data), "not a WAV")
    with checks.check("embedded resource"), anyio.fail_after(PATIENCE):
        [block] = (await call("test_embedded_resource")).content
        equal(block.type, "resource")
        equal((str(block.resource.uri), block.resource.mimeType, block.resource.text), fx.EMBEDDED)
    with checks.check("several kinds of content, in order"), anyio.fail_after(PATIENCE):
        text, image, block = (await call("test_multiple_content_types")).content
        equal(text.text, fx.MIXED_TEXT)
        equal((image.type, image.mimeType), ("image", "image/png"))
        resource = block.resource
        equal((str(resource.uri), resource.mimeType, json.loads(resource.text)), fx.MIXED_RESOURCE)
    with checks.check("structured output fits its schema"), anyio.fail_after(PATIENCE):
        expected = {"city": "Oslo", "temperature": 21.5, "conditions": "Sunny"}
        result = await call("test_structured_output", {"city": "Oslo"})
        equal(json.loads(texts(result)[0]), expected)
        if revision >= "2025-06-18":
            equal(result.structuredContent, expected)
            tools = {tool.name: tool for tool in await all_pages(session.list_tools, "tools")}
            schema = tools["test_structured_output"].outputSchema
            true(schema is not None, "no outputSchema")
            jsonschema.validate(result.structuredContent, schema)


async def failures(session):
    call = session.call_tool
    with checks.check("a tool's own error is a result"), anyio.fail_after(PATIENCE):
        result = await call("test_error_handling")
        equal((result.isError, texts(result)[0]), (True, fx.ERROR_TEXT))
        result = await call("fail", {"message": "on ‘purpose’"})
        equal(result.isError, True)
        holds("on ‘purpose’", texts(result)[0])
    with checks.check("a panic is an internal error and the connection lives"), anyio.fail_after(PATIENCE):
        await refusal(call("panic"), types.INTERNAL_ERROR)
        equal(only_text(await call("echo", {"message": "still here"})), "still here")
    with checks.check("arguments that do not fit are listed, all of them"), anyio.fail_after(PATIENCE):
        result = await call("add", {"a": "two", "c": 1})
        equal(result.isError, True)
        for pointer in ("/a", "/b", "/c"):
            holds(pointer, "\n".join(texts(result)))
    with checks.check("an unknown tool is refused and the nearest one named"), anyio.fail_after(PATIENCE):
        await refusal(call("ecko", {"message": "x"}), types.INVALID_PARAMS, "echo")
    with checks.check("an unknown prompt is refused"), anyio.fail_after(PATIENCE):
        await refusal(session.get_prompt("nobody_wrote_this"), types.INVALID_PARAMS)
    with checks.check("a prompt without its argument is refused"), anyio.fail_after(PATIENCE):
        await refusal(session.get_prompt("test_prompt_with_arguments", {"arg1": "x"}), types.INVALID_PARAMS, "arg2")
    with checks.check("a bad cursor is refused"), anyio.fail_after(PATIENCE):
        params = types.PaginatedRequestParams(cursor="not one of yours")
        await refusal(session.list_tools(params=params), types.INVALID_PARAMS)


async def trigger(session, uri):
    # What the tool takes where nothing is said is a check of its own.
    arguments = {"uri": uri} if uri != WATCHED else {}
    await session.call_tool("test_trigger_resource_update", arguments)


async def resources(session, seen, watched):
    read = session.read_resource
    with checks.check("reads text"), anyio.fail_after(PATIENCE):
        [text] = (await read(AnyUrl("test://static-text"))).contents
        equal((str(text.uri), text.mimeType, text.text), ("test://static-text", "text/plain", fx.STATIC_TEXT))
        [hello] = (await read(AnyUrl("static://hello"))).contents
        true(hello.text, "empty")
    with checks.check("reads bytes"), anyio.fail_after(PATIENCE):
        [blob] = (await read(AnyUrl("test://static-binary"))).contents
        equal(blob.mimeType, "image/png")
        true(fx.is_png(blob.blob), "not a PNG")
    with checks.check("reads through templates"), anyio.fail_after(PATIENCE):
        [data] = (await read(AnyUrl("test://template/123/data"))).contents
        equal((str(data.uri), data.mimeType), ("test://template/123/data", "application/json"))
        equal(json.loads(data.text), fx.TEMPLATE_DATA)
        [note] = (await read(AnyUrl("note://7"))).contents
        holds("7", note.text)
        [file] = (await read(AnyUrl("files://deep/er/a%20name.txt"))).contents
        holds("a name.txt", file.text)
    with checks.check("a resource nobody has is not found"), anyio.fail_after(PATIENCE):
        error = await refusal(read(AnyUrl("test://no-such-thing")), -32002)
        equal(error.data.get("uri"), "test://no-such-thing", "data.uri")
    with checks.check("subscribes, hears of the change, and no more afterwards"), anyio.fail_after(PATIENCE):
        uri, fence = watched
        await trigger(session, uri)
        equal(seen.updates(), [], "before the subscription")
        await session.subscribe_resource(AnyUrl(uri))
        await trigger(session, "test://static-text")
        await trigger(session, uri)
        await seen.until(lambda: seen.updates())
        equal(seen.updates(), [uri], "updates")
        await session.unsubscribe_resource(AnyUrl(uri))
        await session.subscribe_resource(AnyUrl(fence))
        await trigger(session, uri)
        await trigger(session, fence)
        # Whatever was said before it has been heard when this one is.
        await seen.until(lambda: fence in seen.updates())
        equal(seen.updates(), [uri, fence], "after the subscription")
        await session.unsubscribe_resource(AnyUrl(fence))
    with checks.check("tells of changed lists"), anyio.fail_after(PATIENCE):
        await session.call_tool("test_trigger_tool_change")
        await session.call_tool("test_trigger_prompt_change")
        for kind in (types.ToolListChangedNotification, types.PromptListChangedNotification):
            await seen.until(lambda: any(isinstance(n, kind) for n in seen.others))


async def prompts(session, revision):
    get = session.get_prompt
    with checks.check("gets prompts"), anyio.fail_after(PATIENCE):
        [message] = (await get("test_simple_prompt")).messages
        equal((message.role, message.content.text), ("user", fx.SIMPLE_PROMPT))
        [message] = (await get("test_prompt_with_arguments", {"arg1": "it's", "arg2": '"two"'})).messages
        equal(message.content.text, "Prompt with arguments: arg1='it's', arg2='\"two\"'")
        [message] = (await get("greet", {"name": "Ægir"})).messages
        holds("Ægir", message.content.text)
    with checks.check("gets prompts with a resource and an image"), anyio.fail_after(PATIENCE):
        first, second = (await get("test_prompt_with_embedded_resource", {"resourceUri": "test://some/where"})).messages
        resource = first.content.resource
        equal((str(resource.uri), resource.mimeType, resource.text),
              ("test://some/where", "text/plain", fx.PROMPT_EMBEDDED_TEXT))
        equal(second.content.text, fx.PROMPT_EMBEDDED_ASK)
        first, second = (await get("test_prompt_with_image")).messages
        equal((first.content.type, first.content.mimeType), ("image", "image/png"))
        equal(second.content.text, fx.PROMPT_IMAGE_ASK)
    with checks.check("completes prompt arguments and template variables"), anyio.fail_after(PATIENCE):
        if revision == "2024-11-05":
            ref = types.PromptReference(type="ref/prompt", name="test_prompt_with_arguments")
        else:
            ref = types.PromptReference(type="ref/prompt", name="test_prompt_with_arguments", title=None)
        complete = session.complete
        equal((await complete(ref, {"name": "arg1", "value": "par"})).completion.values, ["paris", "park", "party"])
        equal((await complete(ref, {"name": "arg1", "value": "park"})).completion.values, ["park"])
        equal((await complete(ref, {"name": "arg1", "value": "x"})).completion.values, [])
        ref = types.ResourceTemplateReference(type="ref/resource", uri="test://template/{id}/data")
        equal((await complete(ref, {"name": "id", "value": "12"})).completion.values, ["123", "124", "125"])
        equal((await complete(ref, {"name": "id", "value": "124"})).completion.values, ["124"])


async def notifications(session, seen):
    with checks.check("logs at the level asked for"), anyio.fail_after(PATIENCE):
        await session.set_logging_level("debug")
        seen.logs.clear()
        await session.call_tool("test_tool_with_logging")
        equal([(log.level, log.data) for log in seen.logs], [("info", line) for line in fx.LOG_LINES], "log")
        await session.set_logging_level("error")
        seen.logs.clear()
        await session.call_tool("test_tool_with_logging")
        equal(seen.logs, [], "log at level error")
        await session.set_logging_level("info")
    with checks.check("reports progress before the result"), anyio.fail_after(PATIENCE):
        steps = []

        async def on_progress(progress, total, message):
            steps.append((progress, total))

        await session.call_tool("test_tool_with_progress", progress_callback=on_progress)
        equal(steps, [(0.0, 100.0), (50.0, 100.0), (100.0, 100.0)], "progress")
    with checks.check("a flood of progress never falls and ends at its end"), anyio.fail_after(PATIENCE):
        steps = []

        async def on_flood(progress, total, message):
            steps.append(progress)

        await session.call_tool("flood", {"n": 1000}, progress_callback=on_flood)
        true(0 < len(steps) <= 1001, f"{len(steps)} notifications")
        equal(steps, sorted(steps), "order")
        true(max(steps) >= 999, f"the last value is {max(steps)}")
    with checks.check("a flood of log messages is survived"), anyio.fail_after(PATIENCE):
        await session.call_tool("log_flood", {"n": 1000})
        equal(only_text(await session.call_tool("echo", {"message": "dry"})), "dry")


async def concurrency(session):
    with checks.check("25 calls at once, each with its own answer"), anyio.fail_after(PATIENCE):
        answers = {}

        async def one(number):
            answers[number] = only_text(await session.call_tool("echo", {"message": f"number {number}"}))

        async with anyio.create_task_group() as group:
            for number in range(25):
                group.start_soon(one, number)
        equal(answers, {number: f"number {number}" for number in range(25)})
    for slow in ("sleep", "block"):
        with checks.check(f"`{slow}` does not hold up a fast call"), anyio.fail_after(PATIENCE):
            for ms in fx.SLOWER:
                order = []

                async def timed(name, arguments):
                    await session.call_tool(name, arguments)
                    order.append(name)

                async with anyio.create_task_group() as group:
                    group.start_soon(timed, slow, {"ms": ms})
                    # The slow call has been written when the ping that follows it is answered.
                    await anyio.sleep(0.05)
                    await session.send_ping()
                    group.start_soon(timed, "echo", {"message": "fast"})
                if order == ["echo", slow]:
                    break
            equal(order, ["echo", slow], "order of the answers")
    with checks.check("a cancelled call is not answered and the connection works on"), anyio.fail_after(PATIENCE):
        request_id = session._request_id
        done = []

        async def slow_compute():
            done.append(await session.call_tool("slow_compute", {"seconds": 60, "label": "cancel me"}))

        async with anyio.create_task_group() as group:
            group.start_soon(slow_compute)
            await anyio.sleep(0.05)
            await session.send_ping()
            await session.send_notification(
                types.ClientNotification(
                    types.CancelledNotification(
                        params=types.CancelledNotificationParams(requestId=request_id, reason="changed my mind")
                    )
                )
            )
            equal(only_text(await session.call_tool("echo", {"message": "after"})), "after")
            await session.send_ping()
            equal(done, [], "answers of the cancelled call")
            group.cancel_scope.cancel()
    with checks.check("a large answer"), anyio.fail_after(PATIENCE):
        equal(len(only_text(await session.call_tool("big", {"bytes": 2_000_000}))), 2_000_000)


async def everything(session, revision, seen, watched=(WATCHED, "note://fence")):
    """All of it, in a session that is open and not initialized; `watched` are resources that nobody else changes."""
    with checks.check("initialize"), anyio.fail_after(PATIENCE):
        result = await initialize(session, revision)
        equal(result.protocolVersion, revision, "protocolVersion")
        true(result.serverInfo.name and result.serverInfo.version, "serverInfo is empty")
        capabilities = result.capabilities
        equal(capabilities.tools.listChanged, True, "tools.listChanged")
        equal(capabilities.prompts.listChanged, True, "prompts.listChanged")
        equal((capabilities.resources.subscribe, capabilities.resources.listChanged), (True, True), "resources")
        true(capabilities.logging is not None, "no logging capability")
        if revision >= "2025-03-26":
            true(capabilities.completions is not None, "no completions capability")
    with checks.check("ping"), anyio.fail_after(PATIENCE):
        await session.send_ping()
    await lists(session)
    await contents(session, revision)
    await failures(session)
    await resources(session, seen, watched)
    await prompts(session, revision)
    await notifications(session, seen)
    await concurrency(session)
