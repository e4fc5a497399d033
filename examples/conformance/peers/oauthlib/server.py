#!/usr/bin/env python3
"""Serves the device flow of oauthlib by Flask, with its grants in memory, to two public clients.

`validate_device_code` holds all states, as its documentation asks: pacing, expiry, the client and the single use of a
code are this file's, and the wire is oauthlib's.
"""

import os
import threading
import time

from flask import Flask, Response, request
from oauthlib.oauth2 import BearerToken, OAuth2Error, RequestValidator
from oauthlib.oauth2.rfc6749.endpoints import TokenEndpoint
from oauthlib.oauth2.rfc8628.endpoints import DeviceApplicationServer
from oauthlib.oauth2.rfc8628.grant_types import DeviceCodeGrant

PORT = int(os.environ["PORT"])
ADDRESS = f"http://127.0.0.1:{PORT}"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
CLIENTS = ("tv", "cli")
GRANTS = {}
LOCK = threading.Lock()


class Client:
    def __init__(self, client_id):
        self.client_id = client_id


class Validator(RequestValidator):
    def client_authentication_required(self, request, *args, **kwargs):
        return False

    def validate_client_id(self, client_id, request, *args, **kwargs):
        return client_id in CLIENTS

    def authenticate_client_id(self, client_id, request, *args, **kwargs):
        request.client = Client(client_id)
        return client_id in CLIENTS

    def validate_grant_type(self, client_id, grant_type, client, request, *args, **kwargs):
        return grant_type == DEVICE_CODE

    def get_default_scopes(self, client_id, request, *args, **kwargs):
        return ["openid"]

    def validate_scopes(self, client_id, scopes, client, request, *args, **kwargs):
        return scopes == ["openid"]

    def validate_device_code(self, client_id, code, request, *args, **kwargs):
        with LOCK:
            grant = GRANTS.get(code)
            if grant is None or grant["client"] != client_id:
                return None
            if grant["until"] <= time.monotonic():
                return DeviceCodeGrant.DEVICE_CODE_EXPIRED
            if grant["approved"] is None:
                now = time.monotonic()
                last, grant["last"] = grant["last"], now
                fast = last is not None and now - last < 5
                return DeviceCodeGrant.DEVICE_CODE_SLOW_DOWN if fast else DeviceCodeGrant.DEVICE_CODE_PENDING
            if not grant["approved"]:
                return DeviceCodeGrant.DEVICE_CODE_DENIED
            del GRANTS[code]
            request.user, request.scopes = "alice", ["openid"]
            return DeviceCodeGrant.DEVICE_CODE_AUTHORIZED

    def save_token(self, token, request, *args, **kwargs):
        pass

    def save_bearer_token(self, token, request, *args, **kwargs):
        pass


validator = Validator()
devices = DeviceApplicationServer(validator, f"{ADDRESS}/activate")
grant = DeviceCodeGrant(validator)
tokens = TokenEndpoint(
    default_grant_type=DEVICE_CODE,
    default_token_type=BearerToken(validator),
    grant_types={DEVICE_CODE: grant},
)
app = Flask(__name__)


def as_response(headers, body, status):
    content = body if isinstance(body, str) else app.json.dumps(body)
    return Response(content, status, {"Content-Type": "application/json", **headers})


@app.post("/device_authorization")
def device_authorization():
    try:
        headers, data, status = devices.create_device_authorization_response(
            request.url, request.method, request.get_data(as_text=True), dict(request.headers)
        )
    except OAuth2Error as error:
        return as_response(error.headers, error.json, error.status_code)
    if status == 200:
        GRANTS[data["device_code"]] = {
            "client": request.form["client_id"],
            "user_code": data["user_code"],
            "until": time.monotonic() + data["expires_in"],
            "approved": None,
            "last": None,
        }
    return as_response(headers, data, status)


@app.post("/token")
def token():
    return as_response(
        *tokens.create_token_response(request.url, request.method, request.get_data(as_text=True), dict(request.headers))
    )


@app.post("/activate")
def activate():
    """The page's post: whoever calls it is alice."""
    approved = request.form["decision"] == "approve"
    with LOCK:
        for known in GRANTS.values():
            if known["user_code"] == request.form["user_code"] and known["approved"] in (None, approved):
                known["approved"] = approved
                return "decided"
    return "unknown, or decided otherwise", 404


app.run("127.0.0.1", PORT, threaded=True)
