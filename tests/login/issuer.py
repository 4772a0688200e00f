"""An authorization server made of Authlib: metadata, registration, a log-in form, codes with PKCE, refresh tokens, JWTs (RFC 9068).

    issuer.py PORT

The user is `ada`, the password `lovelace`.
"""

import os
import secrets
import sys
import time

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7591 import ClientRegistrationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # It is for this machine.
port = int(sys.argv[1])
URL = f"http://127.0.0.1:{port}"
app = Flask(__name__)
key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})
clients, codes, refreshes = {}, {}, {}


class Client(ClientMixin):
    def __init__(self, info, metadata):
        self.id, self.secret, self.metadata = info["client_id"], info["client_secret"], metadata

    def get_client_id(self):
        return self.id

    def get_default_redirect_uri(self):
        return self.metadata["redirect_uris"][0]

    def get_allowed_scope(self, scope):
        return scope or ""

    def check_redirect_uri(self, uri):
        return uri in self.metadata["redirect_uris"]

    def check_client_secret(self, secret):
        return secrets.compare_digest(self.secret, secret)

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.metadata.get("token_endpoint_auth_method", "client_secret_basic")

    def check_response_type(self, kind):
        return kind == "code"

    def check_grant_type(self, kind):
        return kind in self.metadata.get("grant_types", ["authorization_code"])


class Code:
    def __init__(self, **members):
        self.__dict__.update(members)

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"]

    def save_authorization_code(self, code, request):
        data = request.payload.data
        codes[code] = Code(
            code=code, client_id=request.client.client_id if hasattr(request.client, "client_id") else request.client.id,
            redirect_uri=request.payload.redirect_uri, scope=request.payload.scope, user=request.user,
            resource=data.get("resource"), code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"))

    def query_authorization_code(self, code, client):
        found = codes.get(code)
        return found if found and found.client_id == client.id else None

    def delete_authorization_code(self, code):
        codes.pop(code.code, None)

    def authenticate_user(self, code):
        request.resource = code.resource
        return code.user


class Registration(ClientRegistrationEndpoint):
    def authenticate_token(self, request):
        return True  # Anybody may register.

    def get_server_metadata(self):
        return metadata()

    def save_client(self, info, client_metadata, request):
        client = clients[info["client_id"]] = Client(info, client_metadata)
        client.client_info, client.client_metadata = info, client_metadata
        return client


def token(grant_type, client, user=None, scope=None, **_):
    now = int(time.time())
    claims = {"iss": URL, "sub": user, "client_id": client.id, "iat": now, "exp": now + 300, "jti": secrets.token_hex(8)}
    resource = request.form.get("resource") or getattr(request, "resource", None)
    if resource:
        claims["aud"] = resource
    if scope:
        claims["scope"] = scope
    header = {"alg": "RS256", "typ": "at+jwt", "kid": key.kid}
    access = jwt.encode(header, claims, key)
    return {"access_token": access, "token_type": "Bearer", "expires_in": 300, "scope": scope or ""}


server = AuthorizationServer(app, query_client=clients.get, save_token=lambda token, request: None)
server.register_token_generator("default", token)
server.register_grant(CodeGrant, [CodeChallenge(required=True)])
server.register_endpoint(Registration)


def metadata():
    return {
        "issuer": URL,
        "authorization_endpoint": f"{URL}/authorize",
        "token_endpoint": f"{URL}/token",
        "registration_endpoint": f"{URL}/register",
        "jwks_uri": f"{URL}/keys",
        "scopes_supported": ["orders:read"],
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
    }


@app.get("/.well-known/oauth-authorization-server")
def well_known():
    return jsonify(metadata())


@app.get("/keys")
def keys():
    return jsonify({"keys": [key.as_dict(private=False)]})


@app.post("/register")
def register():
    return server.create_endpoint_response("client_registration")


@app.post("/token")
def give():
    return server.create_token_response()


@app.get("/authorize")
def form():
    server.get_consent_grant(end_user=None)
    return '<form method="post"><input name="user"><input name="password" type="password"><button>Log in</button></form>'


@app.post("/authorize")
def approve():
    good = request.form.get("user") == "ada" and request.form.get("password") == "lovelace"
    # What the form has is no part of the request for a code, which is in the query.
    return server.create_authorization_response(grant_user="ada" if good else None,
                                                grant=server.get_consent_grant(end_user="ada"))


app.run("127.0.0.1", port, threaded=True)
