"""The example server behind a proxy that notes each answer of the token endpoint and makes faults on request, and a
person with a browser. Nothing here sleeps but `poll`: the person acts once the proxy has seen the client poll.
"""

import http.client
import http.server
import json
import os
import re
import subprocess
import threading
import time
import unittest
import urllib.parse
from collections import deque
from contextlib import contextmanager
from enum import Enum, auto
from functools import cache
from pathlib import Path

# Longer than any client waits between two polls.
LONGEST_WAIT = 30

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


class Fault(Enum):
    """What goes wrong with one request to the token endpoint."""

    # The connection closes before the server has seen the request.
    REQUEST_LOST = auto()
    # The connection closes after the server has answered.
    ANSWER_LOST = auto()
    # Something in front of the server answers 503.
    UNAVAILABLE = auto()
    # Others poll with the same code at the same time, until the server says `slow_down`.
    CROWDED = auto()


class Answer:
    """What the server says to a request."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def in_short(self):
        """An error code, `tokens`, or a status."""
        if self.status == 200:
            return "tokens"
        try:
            return json.loads(self.body)["error"]
        except ValueError:
            return self.status


# What a load balancer says: no JSON.
UNAVAILABLE = Answer(503, [("content-type", "text/html"), ("retry-after", "1")], b"<h1>Come back soon</h1>")


class Stage:
    """A server of its own for one test, and its proxy."""

    def __init__(self, options=(), public_url=None):
        self.answers = []
        self._faults = deque()
        self._changed = threading.Condition()
        self._proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.proxy_url = f"http://127.0.0.1:{self._proxy.server_port}"
        self.url = public_url or self.proxy_url
        self._server, self._address = start_server(self.url, options)
        threading.Thread(target=self._proxy.serve_forever, daemon=True).start()

    def close(self):
        self._proxy.shutdown()
        self._proxy.server_close()
        self._server.kill()
        self._server.wait()
        self._server.stdout.close()

    def fail_next(self, *faults):
        """The next requests to the token endpoint go wrong, one after the other."""
        self._faults.extend(faults)

    @contextmanager
    def person(self, user_code, decision, after_polls=1):
        """Alice, who presses a button once the device has polled: `approve`, `deny` or `not_me`."""
        failure = []

        def act():
            try:
                self._wait_for_polls(after_polls)
                self.decide(user_code, decision)
            except Exception as error:
                failure.append(error)

        thread = threading.Thread(target=act)
        thread.start()
        try:
            yield
        finally:
            thread.join()
        if failure:
            raise failure[0]

    def decide(self, user_code, decision):
        """Signs in, types the code, presses a button."""
        browser = Browser(self.proxy_url, self.url)
        browser.post("/login", username="alice", password="alice")
        review = browser.post("/activate", user_code=user_code)
        ticket = re.search(r'<input[^>]*name="ticket"[^>]*value="([^"]*)"', review)
        browser.post("/activate/decision", ticket=ticket[1], decision=decision)

    def _wait_for_polls(self, count):
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.answers) >= count, LONGEST_WAIT):
                raise AssertionError(f"the client gave up after {self.answers}")

    def _answer(self, forward):
        """Answers a request to the token endpoint, or does not."""
        fault = self._faults.popleft() if self._faults else None
        match fault:
            case None:
                return forward()
            case Fault.REQUEST_LOST:
                return None
            case Fault.ANSWER_LOST:
                forward()
                return None
            case Fault.UNAVAILABLE:
                return UNAVAILABLE
            case Fault.CROWDED:
                for _ in range(20):
                    answer = forward()
                    if answer.in_short() == "slow_down":
                        return answer
                raise AssertionError("nobody is slowed")

    def _forward(self, request, body):
        connection = http.client.HTTPConnection(self._address)
        connection.request(request.command, request.path, body, dict(request.headers))
        response = connection.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read())
        connection.close()
        return answer

    def _note(self, answer):
        with self._changed:
            self.answers.append(answer.in_short() if answer else "nothing")
            self._changed.notify_all()

    def _handler(stage):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.send(stage._forward(self, None))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path != "/token":
                    return self.send(stage._forward(self, body))
                answer = stage._answer(lambda: stage._forward(self, body))
                # First, so that who has an answer finds it noted.
                stage._note(answer)
                self.close_connection = True
                if answer:
                    self.send(answer)

            def send(self, answer):
                self.send_response_only(answer.status)
                for name, value in answer.headers:
                    if name not in ("content-length", "connection"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(answer.body)))
                if self.close_connection:
                    # A client that is not told would send its next request into the closing connection.
                    self.send_header("connection", "close")
                self.end_headers()
                self.wfile.write(answer.body)

        return Handler


class Browser:
    """As much of a browser as the pages need."""

    def __init__(self, address, origin):
        self._address, self._origin = urllib.parse.urlsplit(address).netloc, origin
        self._cookies = []

    def post(self, path, **form):
        """Posts a form, and follows the redirect to the page behind it."""
        location, page = self._send("POST", path, urllib.parse.urlencode(form))
        return self._send("GET", location)[1] if location else page

    def _send(self, method, path, body=None):
        connection = http.client.HTTPConnection(self._address)
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "cookie": "; ".join(self._cookies),
            "origin": self._origin,
        }
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        page = response.read().decode()
        connection.close()
        assert response.status < 400, f"{path} answers {response.status}"
        cookies = response.headers.get_all("set-cookie", [])
        self._cookies += [cookie.partition(";")[0] for cookie in cookies]
        return response.headers.get("location"), page


class StageTestCase(unittest.TestCase):
    """A test with stages that end with it."""

    def stage(self, *options, public_url=None):
        stage = Stage(options, public_url)
        self.addCleanup(stage.close)
        return stage


def poll(ask, error_of, interval):
    """The loop of RFC 8628, section 3.5, for clients that leave it to the application."""
    while True:
        time.sleep(interval)
        try:
            return ask()
        except Exception as refusal:
            match error_of(refusal):
                case "authorization_pending":
                    pass
                case "slow_down":
                    interval += 5
                case _:
                    raise


def start_server(public_url, options):
    """Starts the example server: devices poll every second, and codes outlive any test, unless an option says so."""
    fixed = ["--listen", "127.0.0.1:0", "--threads", "1", "--public-url", public_url]
    defaults = ["--interval", "1", "--lifetime", "60"]
    process = subprocess.Popen([program(), *fixed, *defaults, *options], stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip().removeprefix("listening on http://")


@cache
def program():
    """The example that EXAMPLE_SERVER names. Without that, cargo builds one."""
    if built := os.environ.get("EXAMPLE_SERVER"):
        return built
    features = ["--features", "dpop,page,tower", "--message-format", "json"]
    build = subprocess.run(
        ["cargo", "build", "--locked", "--quiet", "--example", "server", *features],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    messages = [json.loads(line) for line in build.stdout.splitlines()]
    examples = [message for message in messages if message.get("target", {}).get("name") == "server"]
    return next(message["executable"] for message in examples if message.get("executable"))
