"""Drives `everything` with the MCP Inspector's command line, in both eras; standard library only.

Usage: test_inspector.py --stdio PATH_OF_THE_SERVER COMMAND_OF_THE_INSPECTOR…
       test_inspector.py --http URL COMMAND_OF_THE_INSPECTOR…
"""

import json
import os
import subprocess
import sys
import tempfile

import fixtures as fx
from checks import Checks, equal, holds, true

checks = Checks("MCP Inspector (command line)")


class Inspector:
    def __init__(self, command, server, era, home):
        """`server` is how the Inspector is told of it."""
        self.command, self.server, self.era = command, server, era
        self.env = os.environ | {"HOME": home}

    def run(self, method, *options):
        """Exit status, and the JSON of stdout or, where that is empty, of stderr."""
        command = [
            *self.command, "--cli", "--format", "json", "--quiet", "--protocol-era", self.era,
            *self.server, "--method", method, *options,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=self.env)
        try:
            return done.returncode, json.loads(done.stdout or done.stderr)
        except ValueError:
            raise AssertionError(f"{method} {options}: status {done.returncode}, {done.stdout}{done.stderr}") from None

    def ask(self, method, *options):
        status, answer = self.run(method, *options)
        equal(status, 0, f"exit status, with {answer}")
        return answer["result"]

    def call(self, tool, **arguments):
        return self.ask("tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments))


def connection(inspector):
    ask, call = inspector.ask, inspector.call
    stateless = inspector.era == "modern"
    with checks.check("initialize"):
        result = ask("initialize")
        equal(result["protocolVersion"], fx.STATELESS if stateless else fx.STATEFUL[-1])
        true(result["serverInfo"]["name"] and result["serverInfo"]["version"], "serverInfo is empty")
        for capability in ("tools", "resources", "prompts", "completions", "logging"):
            holds(capability, result["capabilities"], "capabilities")
    with checks.check("tools/list"):
        tools = {tool["name"]: tool for tool in ask("tools/list")["tools"]}
        for name in fx.TOOLS:
            holds(name, tools, "tools")
        equal(tools["json_schema_2020_12_tool"]["inputSchema"], fx.SCHEMA_2020_12, "schema")
    with checks.check("tools/list: schemas that other clients can read"):
        status, answer = inspector.run("tools/list", "--strict")
        equal(status, 0, f"exit status, with {json.dumps(answer)[:600]}")
    with checks.check("tools/call"):
        equal(call("test_simple_text")["content"], [{"type": "text", "text": fx.SIMPLE_TEXT}])
        result = ask("tools/call", "--tool-name", "add", "--tool-arg", "a=2", "--tool-arg", "b=3")
        equal(result["content"][0]["text"], "5")
        equal(call("echo", message="ü\u2028\u0000😀")["content"][0]["text"], "ü\u2028\u0000😀")
        [image] = call("test_image_content")["content"]
        true(image["mimeType"] == "image/png" and fx.is_png(image["data"]), "not a PNG")
        equal(call("test_structured_output", city="Oslo")["structuredContent"],
              {"city": "Oslo", "temperature": 21.5, "conditions": "Sunny"})
    with checks.check("tools/call: errors"):
        status, answer = inspector.run("tools/call", "--tool-name", "test_error_handling")
        equal((status, answer["result"]["isError"] if "result" in answer else answer), (5, True))
        status, answer = inspector.run("tools/call", "--tool-name", "nobody_wrote_this")
        true(status != 0 and "error" in answer, f"status {status}, {answer}")
    with checks.check("tools/call: many at once"):
        arguments = ["--tool-name", "add", "--tool-arg", "a=2", "--tool-arg", "b=3"]
        result = ask("tools/call", *arguments, "--load", "--load-concurrency", "20", "--load-requests", "200")
        equal((result["ok"], result["toolErrors"], result["errors"]), (200, 0, 0), f"of {result}")
    with checks.check("tools/call: an argument that is also a header"):
        equal(call("test_x_mcp_header", region="ü b")["content"][0]["text"], "region=ü b")
    with checks.check("resources/list, resources/templates/list"):
        uris = [resource["uri"] for resource in ask("resources/list")["resources"]]
        for uri in fx.RESOURCES:
            holds(uri, uris, "resources")
        templates = [template["uriTemplate"] for template in ask("resources/templates/list")["resourceTemplates"]]
        for template in fx.TEMPLATES:
            holds(template, templates, "templates")
    with checks.check("resources/read"):
        [text] = ask("resources/read", "--uri", "test://static-text")["contents"]
        equal((text["mimeType"], text["text"]), ("text/plain", fx.STATIC_TEXT))
        [blob] = ask("resources/read", "--uri", "test://static-binary")["contents"]
        true(fx.is_png(blob["blob"]), "not a PNG")
        [data] = ask("resources/read", "--uri", "test://template/123/data")["contents"]
        equal(json.loads(data["text"]), fx.TEMPLATE_DATA)
        status, answer = inspector.run("resources/read", "--uri", "test://no-such-thing")
        true(status != 0 and "error" in answer, f"status {status}, {answer}")
    with checks.check("prompts/list"):
        names = [prompt["name"] for prompt in ask("prompts/list")["prompts"]]
        for name in fx.PROMPTS:
            holds(name, names, "prompts")
    with checks.check("prompts/get"):
        [message] = ask("prompts/get", "--prompt-name", "greet", "--prompt-args", "name=Ægir")["messages"]
        holds("Ægir", message["content"]["text"])
        [message] = ask("prompts/get", "--prompt-name", "test_prompt_with_arguments",
                        "--prompt-args", "arg1=hello", "arg2=world")["messages"]
        equal(message["content"]["text"], "Prompt with arguments: arg1='hello', arg2='world'")
    if not stateless:
        with checks.check("logging/setLevel"):
            ask("logging/setLevel", "--log-level", "debug")


def main():
    how, where, *command = sys.argv[1:]
    checks.title += f" over {how.removeprefix('--')}"
    server = [where, "--transport", "http"] if how == "--http" else [os.path.abspath(where)]
    with tempfile.TemporaryDirectory() as home:
        for era in ("legacy", "modern", "auto"):
            checks.section = era
            if era != "auto":
                connection(Inspector(command, server, era, home))
                continue
            with checks.check("finds the newest revision by itself"):
                result = Inspector(command, server, era, home).ask("initialize")
                equal(result["protocolVersion"], fx.STATELESS)
    sys.exit(checks.finish())


if __name__ == "__main__":
    main()
