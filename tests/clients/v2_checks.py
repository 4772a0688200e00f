"""What the Python `mcp` client 2.x finds in `everything`, over whatever transport it has, in either era."""

import json

import anyio
import jsonschema
import mcp_types as types
from mcp import MCPError
from mcp.client.subscriptions import PromptsListChanged, ResourceUpdated, ToolsListChanged

import fixtures as fx
from checks import Checks, equal, holds, true

# A check that hangs is a failure, not a stalled build; nothing here asserts a duration.
PATIENCE = 60

WATCHED = "test://watched-resource"

checks = Checks("Python mcp 2.x")


class Seen:
    """What the server said without being asked."""

    def __init__(self):
        self.logs, self.others, self.faults = [], [], []
        self.news = anyio.Event()

    async def on_log(self, params):
        self.logs.append(params)
        self.wake()

    async def on_message(self, message):
        (self.faults if isinstance(message, Exception) else self.others).append(message)
        self.wake()

    def wake(self):
        self.news.set()
        self.news = anyio.Event()

    async def until(self, condition):
        while not condition():
            await self.news.wait()

    def updates(self):
        return [str(n.params.uri) for n in self.others if isinstance(n, types.ResourceUpdatedNotification)]


def texts(result):
    return [block.text for block in result.content if isinstance(block, types.TextContent)]


def only_text(result):
    equal(len(result.content), 1, "number of content blocks")
    equal(result.is_error or False, False, f"isError of {texts(result)}")
    return texts(result)[0]


async def refusal(awaitable, code, *words):
    """The error of a request that must be refused with `code`, naming `words`."""
    try:
        result = await awaitable
    except MCPError as error:
        equal(error.error.code, code, f"code of {error.error.message!r}")
        for word in words:
            holds(word, error.error.message + json.dumps(error.error.data), "error")
        return error.error
    raise AssertionError(f"expected error {code}, got {result!r:.300}")


async def all_pages(list_page, field):
    items, cursor = [], None
    while True:
        page = await list_page(cursor=cursor)
        items += getattr(page, field)
        cursor = page.next_cursor
        if cursor is None:
            return items


async def lists(client):
    with checks.check("lists every tool, by name, described, with sound schemas"), anyio.fail_after(PATIENCE):
        tools = await all_pages(client.list_tools, "tools")
        names = [tool.name for tool in tools]
        for name in fx.TOOLS:
            holds(name, names, "tools")
        equal(names, sorted(names), "order of the tools")
        for tool in tools:
            true(tool.description, f"{tool.name} has no description")
            equal(tool.input_schema.get("type"), "object", f"type of the input of {tool.name}")
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
            if tool.output_schema is not None:
                jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        tools = {tool.name: tool for tool in tools}
        equal(tools["json_schema_2020_12_tool"].input_schema, fx.SCHEMA_2020_12, "schema")
    with checks.check("lists resources, templates and prompts"), anyio.fail_after(PATIENCE):
        resources = await all_pages(client.list_resources, "resources")
        for uri in fx.RESOURCES:
            holds(uri, [str(resource.uri) for resource in resources], "resources")
        templates = await all_pages(client.list_resource_templates, "resource_templates")
        for template in fx.TEMPLATES:
            holds(template, [t.uri_template for t in templates], "templates")
        prompts = {prompt.name: prompt for prompt in await all_pages(client.list_prompts, "prompts")}
        for name in fx.PROMPTS:
            holds(name, list(prompts), "prompts")
        for item in [*resources, *templates, *prompts.values()]:
            true(item.name and item.description, f"without name or description: {item}")


async def contents(client):
    call = client.call_tool
    with checks.check("calls a tool without arguments"), anyio.fail_after(PATIENCE):
        equal(only_text(await call("test_simple_text")), fx.SIMPLE_TEXT)
    with checks.check("adds"), anyio.fail_after(PATIENCE):
        result = await call("add", {"a": 2, "b": 3})
        equal(only_text(result), "5")
        equal(result.structured_content, {"result": 5})
    for name, text in fx.awkward_texts():
        with checks.check(f"echoes {name}"), anyio.fail_after(PATIENCE):
            equal(only_text(await call("echo", {"message": text})), text)
    with checks.check("image, audio, embedded resource"), anyio.fail_after(PATIENCE):
        [image] = (await call("test_image_content")).content
        equal((image.type, image.mime_type), ("image", "image/png"))
        true(fx.is_png(image.data), "not a PNG")
        [audio] = (await call("test_audio_content")).content
        equal((audio.type, audio.mime_type), ("audio", "audio/wav"))
        true(fx.is_wav(audio.data), "not a WAV")
        [block] = (await call("test_embedded_resource")).content
        equal((str(block.resource.uri), block.resource.mime_type, block.resource.text), fx.EMBEDDED)
    with checks.check("several kinds of content, in order"), anyio.fail_after(PATIENCE):
        text, image, block = (await call("test_multiple_content_types")).content
        equal(text.text, fx.MIXED_TEXT)
        equal((image.type, image.mime_type), ("image", "image/png"))
        resource = block.resource
        equal((str(resource.uri), resource.mime_type, json.loads(resource.text)), fx.MIXED_RESOURCE)
    with checks.check("structured output fits its schema"), anyio.fail_after(PATIENCE):
        expected = {"city": "Oslo", "temperature": 21.5, "conditions": "Sunny"}
        result = await call("test_structured_output", {"city": "Oslo"})
        equal(json.loads(texts(result)[0]), expected)
        equal(result.structured_content, expected)
        tools = {tool.name: tool for tool in await all_pages(client.list_tools, "tools")}
        schema = tools["test_structured_output"].output_schema
        true(schema is not None, "no outputSchema")
        jsonschema.validate(result.structured_content, schema)
    with checks.check("an argument that is also a header"), anyio.fail_after(PATIENCE):
        equal(only_text(await call("test_x_mcp_header", {"region": "eu-west"})), "region=eu-west")


async def failures(client, stateless):
    call = client.call_tool
    with checks.check("a tool's own error is a result"), anyio.fail_after(PATIENCE):
        result = await call("test_error_handling")
        equal((result.is_error, texts(result)[0]), (True, fx.ERROR_TEXT))
        result = await call("fail", {"message": "on ‘purpose’"})
        equal(result.is_error, True)
        holds("on ‘purpose’", texts(result)[0])
    with checks.check("a panic is an internal error and the connection lives"), anyio.fail_after(PATIENCE):
        await refusal(call("panic"), types.INTERNAL_ERROR)
        equal(only_text(await call("echo", {"message": "still here"})), "still here")
    with checks.check("arguments that do not fit are listed, all of them"), anyio.fail_after(PATIENCE):
        result = await call("add", {"a": "two", "c": 1})
        equal(result.is_error, True)
        for pointer in ("/a", "/b", "/c"):
            holds(pointer, "\n".join(texts(result)))
    with checks.check("an unknown tool is refused and the nearest one named"), anyio.fail_after(PATIENCE):
        await refusal(call("ecko", {"message": "x"}), types.INVALID_PARAMS, "echo")
    with checks.check("an unknown prompt is refused"), anyio.fail_after(PATIENCE):
        await refusal(client.get_prompt("nobody_wrote_this"), types.INVALID_PARAMS)
    with checks.check("a bad cursor is refused"), anyio.fail_after(PATIENCE):
        await refusal(client.list_tools(cursor="not one of yours"), types.INVALID_PARAMS)
    with checks.check("a resource nobody has is not found"), anyio.fail_after(PATIENCE):
        uri = "test://no-such-thing"
        error = await refusal(client.read_resource(uri), types.INVALID_PARAMS if stateless else -32002)
        equal(error.data.get("uri"), uri, "data.uri")


async def resources_and_prompts(client):
    read, get = client.read_resource, client.get_prompt
    with checks.check("reads text, bytes and templates"), anyio.fail_after(PATIENCE):
        [text] = (await read("test://static-text")).contents
        equal((str(text.uri), text.mime_type, text.text), ("test://static-text", "text/plain", fx.STATIC_TEXT))
        [blob] = (await read("test://static-binary")).contents
        true(blob.mime_type == "image/png" and fx.is_png(blob.blob), "not a PNG")
        [data] = (await read("test://template/123/data")).contents
        equal((str(data.uri), json.loads(data.text)), ("test://template/123/data", fx.TEMPLATE_DATA))
        [note] = (await read("note://7")).contents
        holds("7", note.text)
        [file] = (await read("files://deep/er/a%20name.txt")).contents
        holds("a name.txt", file.text)
    with checks.check("gets prompts"), anyio.fail_after(PATIENCE):
        [message] = (await get("test_simple_prompt")).messages
        equal((message.role, message.content.text), ("user", fx.SIMPLE_PROMPT))
        [message] = (await get("test_prompt_with_arguments", {"arg1": "it's", "arg2": '"two"'})).messages
        equal(message.content.text, "Prompt with arguments: arg1='it's', arg2='\"two\"'")
        [message] = (await get("greet", {"name": "Ægir"})).messages
        holds("Ægir", message.content.text)
        first, second = (await get("test_prompt_with_embedded_resource", {"resourceUri": "test://some/where"})).messages
        equal((str(first.content.resource.uri), first.content.resource.text),
              ("test://some/where", fx.PROMPT_EMBEDDED_TEXT))
        equal(second.content.text, fx.PROMPT_EMBEDDED_ASK)
        first, second = (await get("test_prompt_with_image")).messages
        equal((first.content.type, first.content.mime_type), ("image", "image/png"))
        equal(second.content.text, fx.PROMPT_IMAGE_ASK)
    with checks.check("completes prompt arguments and template variables"), anyio.fail_after(PATIENCE):
        complete = client.complete
        ref = types.PromptReference(name="test_prompt_with_arguments")
        equal((await complete(ref, {"name": "arg1", "value": "par"})).completion.values, ["paris", "park", "party"])
        equal((await complete(ref, {"name": "arg1", "value": "x"})).completion.values, [])
        ref = types.ResourceTemplateReference(uri="test://template/{id}/data")
        equal((await complete(ref, {"name": "id", "value": "124"})).completion.values, ["124"])


async def progress(client):
    with checks.check("reports progress before the result"), anyio.fail_after(PATIENCE):
        steps = []

        async def on_progress(progress, total, message):
            steps.append((progress, total))

        await client.call_tool("test_tool_with_progress", progress_callback=on_progress)
        equal(sorted(steps), [(0.0, 100.0), (50.0, 100.0), (100.0, 100.0)], "progress")
    with checks.check("a flood of progress ends at its end"), anyio.fail_after(PATIENCE):
        # This client runs callbacks beside each other, so their order says nothing.
        steps = []

        async def on_flood(progress, total, message):
            steps.append(progress)

        await client.call_tool("flood", {"n": 1000}, progress_callback=on_flood)
        true(0 < len(steps) <= 1001, f"{len(steps)} notifications")
        true(max(steps) >= 999, f"the last value is {max(steps)}")


async def logging_stateful(client, seen):
    with checks.check("logs at the level set"), anyio.fail_after(PATIENCE):
        await client.set_logging_level("debug")
        await client.call_tool("test_tool_with_logging")
        await seen.until(lambda: len(seen.logs) >= 3)
        equal(sorted(log.data for log in seen.logs), sorted(fx.LOG_LINES), "log")
        await client.set_logging_level("error")
        await client.call_tool("test_tool_with_logging")
        await client.send_ping()
        equal(len(seen.logs), 3, "log lines in all")


async def logging_stateless(client, seen):
    level = "io.modelcontextprotocol/logLevel"
    with checks.check("logs only to those who ask, at their level"), anyio.fail_after(PATIENCE):
        await client.call_tool("test_tool_with_logging")
        await client.call_tool("test_tool_with_logging", meta={level: "error"})
        await client.call_tool("echo", {"message": "between"})
        equal(seen.logs, [], "log without a level")
        await client.call_tool("test_tool_with_logging", meta={level: "info"})
        await seen.until(lambda: len(seen.logs) >= 3)
        equal(sorted((log.level, log.data) for log in seen.logs), sorted(("info", line) for line in fx.LOG_LINES))


async def trigger(client, uri):
    # What the tool takes where nothing is said is a check of its own.
    await client.call_tool("test_trigger_resource_update", {"uri": uri} if uri != WATCHED else {})


async def changes_stateful(client, seen, watched):
    uri, fence = watched
    with checks.check("subscribes, hears of the change, and no more afterwards"), anyio.fail_after(PATIENCE):
        await client.subscribe_resource(uri)
        await trigger(client, "test://static-text")
        await trigger(client, uri)
        await seen.until(lambda: seen.updates())
        equal(seen.updates(), [uri], "updates")
        await client.unsubscribe_resource(uri)
        await client.subscribe_resource(fence)
        await trigger(client, uri)
        await trigger(client, fence)
        # Whatever was said before it has been heard when this one is.
        await seen.until(lambda: fence in seen.updates())
        equal(seen.updates(), [uri, fence], "after the subscription")
        await client.unsubscribe_resource(fence)
    with checks.check("tells of changed lists"), anyio.fail_after(PATIENCE):
        await client.call_tool("test_trigger_tool_change")
        await client.call_tool("test_trigger_prompt_change")
        for kind in (types.ToolListChangedNotification, types.PromptListChangedNotification):
            await seen.until(lambda: any(isinstance(n, kind) for n in seen.others))


async def changes_stateless(client, watched):
    uri, _ = watched
    with checks.check("listens: acknowledged, and only what was asked for"), anyio.fail_after(PATIENCE):
        async with client.listen(tools_list_changed=True, resource_subscriptions=[uri]) as subscription:
            honored = subscription.honored
            equal((honored.tools_list_changed, honored.resource_subscriptions), (True, [uri]), "honored")
            true(not honored.prompts_list_changed, "honored what was not asked for")
            await client.call_tool("test_trigger_prompt_change")
            await trigger(client, "test://static-text")
            await client.call_tool("test_trigger_tool_change")
            equal(await anext(subscription), ToolsListChanged(), "first event")
            await trigger(client, uri)
            # Others of this server's clients may have triggered a change of the tools once more.
            while (event := await anext(subscription)) == ToolsListChanged():
                pass
            equal(event, ResourceUpdated(uri=uri), "second event")
    with checks.check("two listeners, each with its own filter"), anyio.fail_after(PATIENCE):
        async with client.listen(tools_list_changed=True) as tools, client.listen(prompts_list_changed=True) as prompts:
            await client.call_tool("test_trigger_tool_change")
            await client.call_tool("test_trigger_prompt_change")
            equal(await anext(tools), ToolsListChanged())
            equal(await anext(prompts), PromptsListChanged())
        equal(only_text(await client.call_tool("echo", {"message": "after"})), "after")


async def concurrency(client):
    with checks.check("25 calls at once, each with its own answer"), anyio.fail_after(PATIENCE):
        answers = {}

        async def one(number):
            answers[number] = only_text(await client.call_tool("echo", {"message": f"number {number}"}))

        async with anyio.create_task_group() as group:
            for number in range(25):
                group.start_soon(one, number)
        equal([answers[number] for number in range(25)], [f"number {number}" for number in range(25)])
    for slow in ("sleep", "block"):
        with checks.check(f"`{slow}` does not hold up a fast call"), anyio.fail_after(PATIENCE):
            for ms in fx.SLOWER:
                order = []

                async def noted(name, arguments):
                    await client.call_tool(name, arguments)
                    order.append(name)

                async with anyio.create_task_group() as group:
                    group.start_soon(noted, slow, {"ms": ms})
                    await anyio.sleep(0.05)
                    group.start_soon(noted, "echo", {"message": "fast"})
                if order == ["echo", slow]:
                    break
            equal(order, ["echo", slow], "order of the answers")
    with checks.check("a call given up is cancelled and the connection works on"), anyio.fail_after(PATIENCE):
        with anyio.move_on_after(0.2) as scope:
            await client.call_tool("slow_compute", {"seconds": 60, "label": "cancel me"})
        true(scope.cancelled_caught, "it was answered")
        equal(only_text(await client.call_tool("echo", {"message": "after"})), "after")


def said_hello(client, stateless):
    info, capabilities = client.server_info, client.server_capabilities
    true(info and info.name and info.version, f"serverInfo: {info}")
    equal(capabilities.tools.list_changed, True, "tools.listChanged")
    equal(capabilities.prompts.list_changed, True, "prompts.listChanged")
    equal((capabilities.resources.subscribe, capabilities.resources.list_changed), (True, True), "resources")
    true(capabilities.completions is not None, "no completions capability")
    true(capabilities.logging is not None, "no logging capability")
    if stateless:
        holds(fx.STATELESS, client.session.discover_result.supported_versions, "supportedVersions")


async def everything(client, mode, seen, watched=(WATCHED, "note://fence")):
    """All of it, with a client that is connected; `watched` are resources that nobody else changes."""
    stateless = mode != "legacy"
    with checks.check("negotiates"):
        equal(client.protocol_version, fx.STATELESS if stateless else fx.STATEFUL[-1], "protocolVersion")
        if mode != fx.STATELESS:
            said_hello(client, stateless)
    await lists(client)
    await contents(client)
    await failures(client, stateless)
    await resources_and_prompts(client)
    await progress(client)
    if stateless:
        await logging_stateless(client, seen)
        await changes_stateless(client, watched)
    else:
        await logging_stateful(client, seen)
        await changes_stateful(client, seen, watched)
    await concurrency(client)
