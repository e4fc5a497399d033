#!/usr/bin/env python3
"""Serves the device flow of Authlib by Flask, with its credentials in memory, to two public clients.

The hooks are those of Authlib's own documentation. Its grant has none that uses a credential up: what `save_token`
does here, so that a code yields tokens once, is this file's.
"""

import os
import threading
import time

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, InvalidGrantError
from authlib.oauth2.rfc8628 import (
    DEVICE_CODE_GRANT_TYPE,
    DeviceAuthorizationEndpoint,
    DeviceCodeGrant,
    DeviceCredentialDict,
)
from flask import Flask, request

PORT = int(os.environ["PORT"])
ADDRESS = f"http://127.0.0.1:{PORT}"


class Client(ClientMixin):
    def __init__(self, client_id):
        self.client_id = client_id

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        return scope if scope == "openid" else ""

    def check_client_secret(self, client_secret):
        return False

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "none"

    def check_grant_type(self, grant_type):
        return grant_type == DEVICE_CODE_GRANT_TYPE


CLIENTS = {name: Client(name) for name in ("tv", "cli")}
CREDENTIALS = {}
DECISIONS = {}
LAST_POLLS = {}
LOCK = threading.Lock()


class Authorization(DeviceAuthorizationEndpoint):
    def get_verification_uri(self):
        return f"{ADDRESS}/activate"

    def save_device_credential(self, client_id, scope, data):
        until = time.time() + data["expires_in"]
        credential = DeviceCredentialDict(client_id=client_id, scope=scope, expires_at=until, **data)
        CREDENTIALS[data["device_code"]] = credential


class Grant(DeviceCodeGrant):
    def query_device_credential(self, device_code):
        return CREDENTIALS.get(device_code)

    def query_user_grant(self, user_code):
        return DECISIONS.get(user_code)

    def should_slow_down(self, credential):
        code, now = credential["device_code"], time.monotonic()
        last, LAST_POLLS[code] = LAST_POLLS.get(code), now
        return last is not None and now - last < credential["interval"]


def save_token(token, request):
    with LOCK:
        if CREDENTIALS.pop(request.credential["device_code"], None) is None:
            raise InvalidGrantError()


app = Flask(__name__)
app.config["OAUTH2_SCOPES_SUPPORTED"] = ["openid"]
server = AuthorizationServer(app, query_client=CLIENTS.get, save_token=save_token)
server.register_grant(Grant)
server.register_endpoint(Authorization)


@app.post("/device_authorization")
def device_authorization():
    return server.create_endpoint_response("device_authorization")


@app.post("/token")
def token():
    return server.create_token_response()


@app.post("/activate")
def activate():
    """The page's post: whoever calls it is alice."""
    code, approved = request.form["user_code"], request.form["decision"] == "approve"
    known = any(credential["user_code"] == code for credential in CREDENTIALS.values())
    if not known or DECISIONS.setdefault(code, ("alice", approved)) != ("alice", approved):
        return "unknown, or decided otherwise", 404
    return "decided"


app.run("127.0.0.1", PORT, threaded=True)
