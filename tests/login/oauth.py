"""Tokens that PyJWT made, and the flows of other projects' clients, against our server and an authorization server of Authlib.

    oauth.py PATH_OF_AUTH_SERVER NODE PATH_OF_THE_TYPESCRIPT_DRIVER

The last line is `N passed, N failed`.
"""

import asyncio
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamablehttp_client
from mcp.shared.auth import OAuthClientMetadata

from ports import Port

# Seconds that anything may take before it counts as hanging.
PATIENCE = 60
here = pathlib.Path(__file__).parent
passed = failed = 0


def check(name, is_good, found=""):
    global passed, failed
    passed, failed = passed + bool(is_good), failed + (not is_good)
    print(f"  {'ok' if is_good else 'FAIL'}    {name}" + ("" if is_good else f": {found}"), flush=True)


@contextlib.contextmanager
def serve(program, **environment):
    """Our server, which ends with the block; gives its URL."""
    process = subprocess.Popen([program], env=os.environ | environment, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def post(url, token=None):
    """A call without a session: the status, the challenge and the body."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "who", "arguments": {}, "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}}}
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
               "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "who"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    answer = httpx.post(url, json=body, headers=headers, timeout=PATIENCE)
    return answer.status_code, answer.headers.get("www-authenticate"), answer.text


def pyjwt(program):
    keys = {
        "RS256": rsa.generate_private_key(65537, 2048), "PS384": rsa.generate_private_key(65537, 3072),
        "ES256": ec.generate_private_key(ec.SECP256R1()), "ES384": ec.generate_private_key(ec.SECP384R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    }
    jwks = {"keys": []}
    for name, key in keys.items():
        algorithm = jwt.get_algorithm_by_name(name)
        jwks["keys"].append(json.loads(algorithm.to_jwk(key.public_key())) | {"kid": name})
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(json.dumps(jwks))
        file.flush()
        with serve(program, ISSUER="https://pyjwt.example", JWKS=file.name) as url:
            now = int(time.time())
            claims = {"iss": "https://pyjwt.example", "aud": url, "sub": "ada", "iat": now, "exp": now + 3600, "scope": "a b"}
            for name, key in keys.items():
                good = post(url, jwt.encode(claims, key, name, headers={"kid": name}))
                check(f"a token that PyJWT signed with {name}", good[0] == 200 and "ada of https://pyjwt.example: a b" in good[2], good)
                old = post(url, jwt.encode(claims | {"exp": now - 3600}, key, name, headers={"kid": name}))
                check(f"an old one, signed with {name}", old[0] == 401 and "it has expired" in old[1], old)
                other = post(url, jwt.encode(claims, key, name, headers={"kid": "EdDSA" if name != "EdDSA" else "RS256"}))
                check(f"one under the name of another key, signed with {name}", other[0] == 401, other)
            none = post(url, jwt.encode(claims, None, "none", headers={"kid": "RS256"}))
            check("one that is not signed", none[0] == 401 and "its algorithm is not accepted" in none[1], none)
            shared = post(url, jwt.encode(claims, jwks["keys"][0]["n"], "HS256", headers={"kid": "RS256"}))
            check("an HMAC with the public key", shared[0] == 401 and "its algorithm is not accepted" in shared[1], shared)


class Memory(TokenStorage):
    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def python_client(url):
    """The client finds the server, registers, and the user logs in."""
    went = []

    async def browse(authorization):
        async with httpx.AsyncClient(timeout=PATIENCE) as browser:
            form = await browser.get(authorization)
            assert "Log in" in form.text, form.text
            answer = await browser.post(authorization, data={"user": "ada", "password": "lovelace"})
            went.append(answer.headers["location"])

    async def callback():
        query = urllib.parse.parse_qs(urllib.parse.urlparse(went[-1]).query)
        return query["code"][0], query.get("state", [None])[0]

    client = OAuthClientMetadata(client_name="tests", redirect_uris=["http://127.0.0.1:9/callback"],
                                 grant_types=["authorization_code"], response_types=["code"],
                                 token_endpoint_auth_method="none")
    storage = Memory()
    provider = OAuthClientProvider(url, client, storage, browse, callback)
    async with streamablehttp_client(url, auth=provider) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            answer = await session.call_tool("who", {})
            text = answer.content[0].text
            check("the Python client logs in and calls", text.startswith("ada of http://127.0.0.1:") and "orders:read" in text, text)
    check("the user has logged in once", len(went) == 1, went)
    claims = jwt.decode(storage.tokens.access_token, options={"verify_signature": False})
    check("its token is for this server", claims["aud"] == url, claims)


def main(program, node, driver):
    pyjwt(program)
    port = Port()
    issuer_url = f"http://127.0.0.1:{port}"
    issuer = subprocess.Popen([sys.executable, here / "issuer.py", str(port)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{issuer_url}/keys", timeout=PATIENCE).read()
                break
            except OSError:
                if time.monotonic() > until or issuer.poll() is not None:
                    raise
                time.sleep(0.1)
        with serve(program, ISSUER=issuer_url) as url:
            metadata = url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")
            status, challenge, _ = post(url)
            check("the challenge names the metadata", (status, challenge) == (401, f'Bearer resource_metadata="{metadata}", scope="orders:read"'), challenge)
            curl = subprocess.run(["curl", "-si", "-X", "POST", url], capture_output=True, text=True).stdout
            check("curl sees it, too", "401" in curl.splitlines()[0] and f'resource_metadata="{metadata}"' in curl, curl)
            curl = subprocess.run(["curl", "-s", metadata], capture_output=True, text=True).stdout
            check("curl reads the metadata", json.loads(curl)["authorization_servers"] == [issuer_url], curl)
            asyncio.run(python_client(url))
            lines = subprocess.run([node, driver, url], capture_output=True, text=True, timeout=60)
            check("the TypeScript client logs in and calls", "ada of http://127.0.0.1:" in lines.stdout and "orders:read" in lines.stdout, lines)
    finally:
        issuer.kill()
        port.close()
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main(*sys.argv[1:])
