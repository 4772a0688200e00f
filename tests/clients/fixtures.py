"""What `everything` is expected to have and to say; standard library only.

As a program it prints this as JSON, for drivers in other languages.
"""

import base64
import json
import random

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

STATEFUL = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
STATELESS = "2026-07-28"

TOOLS = [
    "add", "big", "block", "echo", "fail", "flood", "json_schema_2020_12_tool", "log_flood", "panic", "sleep",
    "slow_compute", "test_audio_content", "test_elicitation", "test_elicitation_sep1034_defaults",
    "test_elicitation_sep1330_enums", "test_embedded_resource", "test_error_handling", "test_image_content",
    "test_input_required_result_capabilities", "test_input_required_result_elicitation",
    "test_input_required_result_list_roots", "test_input_required_result_multi_round",
    "test_input_required_result_multiple_inputs", "test_input_required_result_request_state",
    "test_input_required_result_sampling", "test_input_required_result_tampered_state",
    "test_multiple_content_types", "test_sampling", "test_simple_text", "test_structured_output",
    "test_tool_with_logging", "test_tool_with_progress", "test_trigger_prompt_change",
    "test_trigger_resource_update", "test_trigger_tool_change", "test_x_mcp_header",
]
RESOURCES = ["static://hello", "test://static-binary", "test://static-text", "test://watched-resource"]
TEMPLATES = ["files://{path*}", "note://{id}", "test://template/{id}/data"]
PROMPTS = [
    "greet", "test_input_required_result_prompt", "test_prompt_with_arguments",
    "test_prompt_with_embedded_resource", "test_prompt_with_image", "test_simple_prompt",
]

# Progress notifications: too many for the last to be there with the first, and an end for a server that does not stop.
MUCH = 1_000_000

# How long a slow call takes, in milliseconds, beside which a fast one comes first; and how long where it did not: a machine that
# has much to do may stand still for seconds.
SLOWER = (2000, 20_000)

SIMPLE_TEXT = "This is a simple text response for testing."
EMBEDDED = ("test://embedded-resource", "text/plain", "This is an embedded resource content.")
MIXED_TEXT = "Multiple content types test:"
MIXED_RESOURCE = ("test://mixed-content-resource", "application/json", {"test": "data", "value": 123})
ERROR_TEXT = "This tool intentionally returns an error for testing"
LOG_LINES = ["Tool execution started", "Tool processing data", "Tool execution completed"]
STATIC_TEXT = "This is the content of the static text resource."
TEMPLATE_DATA = {"id": "123", "templateTest": True, "data": "Data for ID: 123"}
SIMPLE_PROMPT = "This is a simple prompt for testing."
PROMPT_EMBEDDED_TEXT = "Embedded resource content for testing."
PROMPT_EMBEDDED_ASK = "Please process the embedded resource above."
PROMPT_IMAGE_ASK = "Please analyze the image above."

# Has to appear in `tools/list` as it stands, whatever the server derives for other tools.
SCHEMA_2020_12 = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def awkward_texts():
    """Name and text of messages that have tripped some line-based JSON peer before."""
    yield "empty", ""
    yield "quotes and backslashes", '"\\"\\\\"\\n/\\u0041'
    yield "newlines of all sorts", "a\nb\r\nc\rd\x0be\x0cf\x85g"
    yield "line separators", "before\u2028between\u2029after"
    yield "NUL and controls", "".join(map(chr, range(0x20))) + "\x7f\x80\x9f"
    yield "emoji and joiners", "😀👩‍👩‍👧‍👦🏳️‍🌈é𝄞"
    yield "scripts", "العربية עברית हिन्दी 中文 日本語 한국어 ไทย"
    yield "edges of the planes", "\ud7ff\ue000\uffff\U00010000\U0010ffff\ufeff"
    yield "looks like JSON-RPC", '{"jsonrpc":"2.0","id":1,"result":{}}\n{"jsonrpc":"2.0"}'
    yield "256 KiB of ASCII", "0123456789abcdef" * (256 * 1024 // 16)
    yield "256 KiB of any character", any_characters(256 * 1024)


def any_characters(size, seed=2028):
    """Text of about `size` bytes of UTF-8, the same each time, surrogates left out."""
    dice = random.Random(seed)
    ranges = [(0, 0x7F), (0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]
    out, bytes_so_far = [], 0
    while bytes_so_far < size:
        low, high = dice.choice(ranges)
        char = chr(dice.randint(low, high))
        out.append(char)
        bytes_so_far += len(char.encode())
    return "".join(out)


def is_png(data):
    return base64.b64decode(data, validate=True).startswith(PNG_MAGIC)


def is_wav(data):
    raw = base64.b64decode(data, validate=True)
    return raw.startswith(b"RIFF") and raw[8:12] == b"WAVE"


if __name__ == "__main__":
    known = {name: value for name, value in globals().items() if name.isupper() and not isinstance(value, bytes)}
    print(json.dumps(known | {"awkward_texts": list(awkward_texts())}))
