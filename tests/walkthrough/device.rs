use serde_json::Value;

use super::browser::Browser;
use super::curl::{Answer, post};
use super::server::Server;

pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A device of the client `cli`, with its codes.
pub(crate) struct Device<'a> {
    server: &'a Server,
    pub(crate) answer: Value,
}

impl<'a> Device<'a> {
    #[track_caller]
    pub(crate) fn start(server: &'a Server, scope: &str) -> Self {
        let answer = start(server, "cli", scope);
        assert_eq!(answer.status, 200, "{}", answer.body);
        Self {
            server,
            answer: answer.json(),
        }
    }

    #[track_caller]
    pub(crate) fn poll(&self) -> Answer {
        poll(self.server, "cli", self.device_code())
    }

    /// Polls for what is there.
    #[track_caller]
    pub(crate) fn tokens(&self) -> Value {
        let answer = self.poll();
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    pub(crate) fn device_code(&self) -> &str {
        self.text("device_code")
    }

    pub(crate) fn user_code(&self) -> &str {
        self.text("user_code")
    }

    pub(crate) fn text(&self, member: &str) -> &str {
        self.answer[member].as_str().unwrap()
    }
}

/// The tokens that alice approves for `cli`.
#[track_caller]
pub(crate) fn tokens(server: &Server, scope: &str) -> Value {
    let device = Device::start(server, scope);
    let browser = Browser::new(server);
    browser.sign_in("alice");
    browser.approve(device.user_code());
    device.tokens()
}

#[track_caller]
pub(crate) fn start(server: &Server, client: &str, scope: &str) -> Answer {
    let form = [("client_id", client), ("scope", scope)];
    post(&server.at("/device_authorization"), &form)
}

#[track_caller]
pub(crate) fn poll(server: &Server, client: &str, device_code: &str) -> Answer {
    let form = [
        ("grant_type", GRANT_TYPE),
        ("device_code", device_code),
        ("client_id", client),
    ];
    post(&server.at("/token"), &form)
}
