"""Authlib, which leaves the loop, and the device authorization request, to the application."""

import unittest

import requests
from authlib.integrations.requests_client import OAuth2Session, OAuthError

from stage import DEVICE_CODE, Fault, StageTestCase, poll


class AuthlibTest(StageTestCase):
    def test_an_approval_brings_tokens(self):
        stage = self.stage()
        device = Device(stage, "tv")
        codes = device.begin("read write")
        with stage.person(codes["user_code"], "approve"):
            tokens = device.poll(codes)
        self.assertEqual(tokens["token_type"], "Bearer")
        self.assertEqual(tokens["expires_in"], 3600)
        self.assertEqual(tokens["scope"], "read write")
        self.assertEqual(stage.answers, ["authorization_pending", "tokens"])

    def test_a_denial_ends_polling(self):
        for decision in ["deny", "not_me"]:
            stage = self.stage()
            device = Device(stage, "tv")
            codes = device.begin("read")
            with stage.person(codes["user_code"], decision):
                self.assertEqual(device.refusal(codes), "access_denied")

    def test_expiry_ends_polling(self):
        stage = self.stage("--lifetime", "2")
        device = Device(stage, "tv")
        self.assertEqual(device.refusal(device.begin("read")), "expired_token")

    def test_a_slowed_device_waits_longer_and_gets_its_tokens(self):
        stage = self.stage()
        device = Device(stage, "tv")
        codes = device.begin("read")
        stage.fail_next(Fault.CROWDED)
        with stage.person(codes["user_code"], "approve"):
            device.poll(codes)
        self.assertEqual(stage.answers, ["slow_down", "tokens"])

    def test_an_unknown_client_gets_no_codes(self):
        self.assertEqual(Device(self.stage(), "nobody").begin("read")["error"], "invalid_client")

    def test_another_client_gets_nothing(self):
        stage = self.stage()
        codes = Device(stage, "tv").begin("read")
        self.assertEqual(Device(stage, "cli").refusal(codes), "invalid_grant")

    def test_a_secret_is_taken_from_the_header_and_from_the_body(self):
        for way in ["client_secret_basic", "client_secret_post"]:
            stage = self.stage()
            device = Device(stage, "box", "box-secret", way)
            codes = device.begin("read")
            stage.decide(codes["user_code"], "approve")
            self.assertIn("access_token", device.poll(codes))

    def test_a_refresh_token_brings_new_tokens_once(self):
        stage = self.stage()
        device = Device(stage, "tv")
        codes = device.begin("read offline_access")
        stage.decide(codes["user_code"], "approve")
        tokens = device.poll(codes)
        renewed = device.refresh(tokens)
        self.assertNotEqual(renewed["access_token"], tokens["access_token"])
        with self.assertRaises(OAuthError) as refusal:
            device.refresh(tokens)
        self.assertEqual(refusal.exception.error, "invalid_grant")

    def test_a_device_can_go_on_after_lost_requests_lost_answers_and_a_503(self):
        stage = self.stage()
        device = Device(stage, "tv")
        codes = device.begin("read")
        stage.fail_next(Fault.REQUEST_LOST, Fault.ANSWER_LOST, Fault.UNAVAILABLE)
        for failure in [requests.ConnectionError, requests.ConnectionError, requests.HTTPError]:
            with self.assertRaises(failure):
                device.ask(codes)
        stage.decide(codes["user_code"], "approve")
        self.assertIn("access_token", device.ask(codes))


class Device:
    def __init__(self, stage, client_id, secret=None, way="none"):
        self.session = OAuth2Session(client_id, secret, token_endpoint_auth_method=way)
        self.url = stage.url

    def begin(self, scope):
        # Who asks, the client's own authentication adds to header or body.
        authentication = self.session.client_auth(self.session.token_endpoint_auth_method)
        url = f"{self.url}/device_authorization"
        answer = self.session.post(url, data={"scope": scope}, auth=authentication, withhold_token=True)
        return answer.json()

    def ask(self, codes):
        return self.session.fetch_token(
            f"{self.url}/token", grant_type=DEVICE_CODE, device_code=codes["device_code"]
        )

    def poll(self, codes):
        return poll(lambda: self.ask(codes), error_of, codes["interval"])

    def refusal(self, codes):
        """What the server says instead of tokens."""
        try:
            return self.poll(codes)
        except OAuthError as refusal:
            return refusal.error

    def refresh(self, tokens):
        return self.session.refresh_token(f"{self.url}/token", tokens["refresh_token"])


def error_of(refusal):
    return refusal.error if isinstance(refusal, OAuthError) else None


if __name__ == "__main__":
    unittest.main()
