"""requests-oauthlib with oauthlib's client for devices, which leave the loop, and the device authorization request, to
the application. The poll repeats the scope.
"""

import os
import unittest

import requests
from oauthlib.oauth2 import DeviceClient, MissingTokenError, OAuth2Error
from requests_oauthlib import OAuth2Session

from stage import Fault, StageTestCase, poll

# It refuses plain HTTP otherwise.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"


class RequestsOAuthlibTest(StageTestCase):
    def test_an_approval_brings_tokens(self):
        stage = self.stage()
        device = Device(stage, "tv", "read write")
        codes = device.begin()
        with stage.person(codes["user_code"], "approve"):
            tokens = device.poll(codes)
        self.assertEqual(tokens["token_type"], "Bearer")
        self.assertEqual(tokens["scope"], ["read", "write"])
        self.assertEqual(stage.answers, ["authorization_pending", "tokens"])

    def test_a_denial_ends_polling(self):
        for decision in ["deny", "not_me"]:
            stage = self.stage()
            device = Device(stage, "tv")
            codes = device.begin()
            with stage.person(codes["user_code"], decision):
                self.assertEqual(device.refusal(codes), "access_denied")

    def test_expiry_ends_polling(self):
        stage = self.stage("--lifetime", "2")
        device = Device(stage, "tv")
        self.assertEqual(device.refusal(device.begin()), "expired_token")

    def test_a_slowed_device_waits_longer_and_gets_its_tokens(self):
        stage = self.stage()
        device = Device(stage, "tv")
        codes = device.begin()
        stage.fail_next(Fault.CROWDED)
        with stage.person(codes["user_code"], "approve"):
            device.poll(codes)
        self.assertEqual(stage.answers, ["slow_down", "tokens"])

    def test_an_unknown_client_gets_no_codes(self):
        self.assertEqual(Device(self.stage(), "nobody").begin()["error"], "invalid_client")

    def test_another_client_gets_nothing(self):
        stage = self.stage()
        codes = Device(stage, "tv").begin()
        self.assertEqual(Device(stage, "cli").refusal(codes), "invalid_grant")

    def test_a_public_client_may_come_with_an_empty_secret_in_the_header(self):
        """What `fetch_token` does unless it is told to send the client's name in the body."""
        stage = self.stage()
        device = Device(stage, "tv")
        codes = device.begin()
        stage.decide(codes["user_code"], "approve")
        tokens = device.ask(codes, include_client_id=None)
        self.assertIn("access_token", tokens)

    def test_a_secret_is_taken_from_the_header_and_from_the_body(self):
        for in_body in [True, False]:
            stage = self.stage()
            device = Device(stage, "box", secret="box-secret")
            codes = device.begin()
            stage.decide(codes["user_code"], "approve")
            tokens = device.ask(codes, include_client_id=in_body, client_secret="box-secret")
            self.assertIn("access_token", tokens)

    def test_a_refresh_token_brings_new_tokens_once(self):
        stage = self.stage()
        device = Device(stage, "tv", "read offline_access")
        codes = device.begin()
        stage.decide(codes["user_code"], "approve")
        tokens = device.poll(codes)
        renewed = device.refresh(tokens)
        self.assertNotEqual(renewed["access_token"], tokens["access_token"])
        with self.assertRaises(OAuth2Error) as refusal:
            device.refresh(tokens)
        self.assertEqual(refusal.exception.error, "invalid_grant")

    def test_a_device_can_go_on_after_lost_requests_lost_answers_and_a_503(self):
        stage = self.stage()
        device = Device(stage, "tv")
        codes = device.begin()
        stage.fail_next(Fault.REQUEST_LOST, Fault.ANSWER_LOST, Fault.UNAVAILABLE)
        # It takes a page for a token answer without a token.
        for failure in [requests.ConnectionError, requests.ConnectionError, MissingTokenError]:
            with self.assertRaises(failure):
                device.ask(codes)
        stage.decide(codes["user_code"], "approve")
        self.assertIn("access_token", device.ask(codes))


class Device:
    def __init__(self, stage, client_id, scope="read", secret=None):
        client = DeviceClient(client_id, scope=scope.split())
        self.session = OAuth2Session(client=client, scope=scope.split())
        self.url, self.scope, self.secret = stage.url, scope, secret

    def begin(self):
        form = {"client_id": self.session.client_id, "scope": self.scope}
        if self.secret:
            form["client_secret"] = self.secret
        return requests.post(f"{self.url}/device_authorization", data=form).json()

    def ask(self, codes, include_client_id=True, **more):
        return self.session.fetch_token(
            f"{self.url}/token",
            device_code=codes["device_code"],
            include_client_id=include_client_id,
            **more,
        )

    def poll(self, codes):
        return poll(lambda: self.ask(codes), error_of, codes["interval"])

    def refusal(self, codes):
        """What the server says instead of tokens."""
        try:
            return self.poll(codes)
        except OAuth2Error as refusal:
            return refusal.error

    def refresh(self, tokens):
        form = {"client_id": self.session.client_id}
        return self.session.refresh_token(f"{self.url}/token", tokens["refresh_token"], **form)


def error_of(refusal):
    return refusal.error if isinstance(refusal, OAuth2Error) else None


if __name__ == "__main__":
    unittest.main()
