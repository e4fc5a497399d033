"""MSAL, which speaks only https, wants a path in the server's name, and has a loop of its own: it polls at once, and
always asks for `openid profile offline_access` besides.
"""

import unittest

import msal
import requests
from requests.adapters import HTTPAdapter

from stage import Fault, StageTestCase

PUBLIC_URL = "https://id.example"


class MsalTest(StageTestCase):
    def test_an_approval_brings_tokens(self):
        stage = self.front()
        device = application(stage)
        codes = device.initiate_device_flow(["read"])
        self.assertTrue(codes["verification_uri"].startswith(PUBLIC_URL))
        with stage.person(codes["user_code"], "approve"):
            tokens = device.acquire_token_by_device_flow(codes)
        self.assertIn("access_token", tokens)
        self.assertEqual(stage.answers, ["authorization_pending", "tokens"])
        self.assertEqual([account["username"] for account in device.get_accounts()], ["alice"])

    def test_a_denial_ends_polling(self):
        for decision in ["deny", "not_me"]:
            stage = self.front()
            device = application(stage)
            codes = device.initiate_device_flow(["read"])
            with stage.person(codes["user_code"], decision):
                refusal = device.acquire_token_by_device_flow(codes)
            self.assertEqual(refusal["error"], "access_denied")

    def test_expiry_ends_polling(self):
        stage = self.front("--lifetime", "2")
        device = application(stage)
        codes = device.initiate_device_flow(["read"])
        # Its own clock would end the loop before the server says so.
        codes["expires_at"] += 60
        refusal = device.acquire_token_by_device_flow(codes)
        self.assertEqual(refusal["error"], "expired_token")

    def test_a_slowed_device_waits_longer_and_gets_its_tokens(self):
        stage = self.front()
        device = application(stage)
        codes = device.initiate_device_flow(["read"])
        stage.fail_next(Fault.CROWDED)
        with stage.person(codes["user_code"], "approve"):
            tokens = device.acquire_token_by_device_flow(codes)
        self.assertIn("access_token", tokens)
        self.assertEqual(codes["interval"], 6)
        self.assertEqual(stage.answers, ["slow_down", "tokens"])

    def test_an_unknown_client_gets_no_codes(self):
        codes = application(self.front(), "nobody").initiate_device_flow(["read"])
        self.assertEqual(codes["error"], "invalid_client")

    def test_another_client_gets_nothing(self):
        stage = self.front()
        codes = application(stage).initiate_device_flow(["read"])
        refusal = application(stage, "cli").acquire_token_by_device_flow(codes)
        self.assertEqual(refusal["error"], "invalid_grant")

    def test_a_refresh_token_brings_new_tokens(self):
        stage = self.front()
        device = application(stage)
        codes = device.initiate_device_flow(["read"])
        stage.decide(codes["user_code"], "approve")
        tokens = device.acquire_token_by_device_flow(codes)
        renewed = device.acquire_token_by_refresh_token(tokens["refresh_token"], ["read"])
        self.assertNotEqual(renewed["access_token"], tokens["access_token"])

    def test_a_loop_that_a_fault_ended_can_be_begun_again(self):
        lost = requests.ConnectionError
        for fault, failure in [
            (Fault.REQUEST_LOST, lost),
            (Fault.ANSWER_LOST, lost),
            (Fault.UNAVAILABLE, msal.exceptions.MsalServiceError),
        ]:
            stage = self.front()
            device = application(stage)
            codes = device.initiate_device_flow(["read"])
            stage.fail_next(fault)
            with self.assertRaises(failure):
                device.acquire_token_by_device_flow(codes)
            stage.decide(codes["user_code"], "approve")
            # The client remembers what came with `Retry-After` until that is over; a new one asks at once.
            self.assertIn("access_token", application(stage).acquire_token_by_device_flow(codes))

    def front(self, *options):
        """A server that is called by an https name."""
        return self.stage(*options, public_url=PUBLIC_URL)


def application(stage, client_id="tv"):
    session = requests.Session()
    session.mount(PUBLIC_URL, TlsFront(stage.proxy_url))
    return msal.PublicClientApplication(client_id, oidc_authority=f"{PUBLIC_URL}/tenant", http_client=session)


class TlsFront(HTTPAdapter):
    """Stands for what ends TLS in front of the server, and takes a tenant out of the path."""

    def __init__(self, url):
        super().__init__()
        self.url = url

    def send(self, request, **settings):
        path = request.url.removeprefix(PUBLIC_URL).removeprefix("/tenant")
        request.url = self.url + path
        return super().send(request, **settings)


if __name__ == "__main__":
    unittest.main()
