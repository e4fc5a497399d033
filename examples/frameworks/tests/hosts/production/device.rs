use serde_json::Value;

use crate::client::{Answer, GRANT_TYPE, post, send};
use crate::person::Person;
use crate::server::Server;

pub(crate) const SCOPE: &str = "openid profile offline_access";

/// A device that has its codes.
pub(crate) struct Device {
    codes: Value,
}

impl Device {
    #[track_caller]
    pub(crate) fn start(server: &Server) -> Self {
        Self::start_with(server, &[])
    }

    #[track_caller]
    pub(crate) fn start_with(server: &Server, more: &[(&str, &str)]) -> Self {
        let endpoint = format!("{}/device_authorization", server.url);
        let form = [&[("client_id", "tv"), ("scope", SCOPE)], more].concat();
        let answer = post(&endpoint, &form);
        assert_eq!(answer.status(), 200, "{}", answer.body());
        Self {
            codes: answer.json(),
        }
    }

    pub(crate) fn code(&self, name: &str) -> &str {
        self.codes[name].as_str().unwrap()
    }

    #[track_caller]
    pub(crate) fn poll(&self, server: &Server) -> Answer {
        let form = [
            ("grant_type", GRANT_TYPE),
            ("device_code", self.code("device_code")),
            ("client_id", "tv"),
        ];
        post(&format!("{}/token", server.url), &form)
    }

    /// Gets its tokens, with alice's help.
    #[track_caller]
    pub(crate) fn sign_in(server: &Server) -> Value {
        let device = Self::start(server);
        approve(server, &device);
        let tokens = device.poll(server);
        assert_eq!(tokens.status(), 200, "{}", tokens.body());
        tokens.json()
    }
}

#[track_caller]
pub(crate) fn approve(server: &Server, device: &Device) {
    let mut alice = Person::at(&server.url);
    alice.sign_in("alice", "alice");
    let review = alice.review(device.code("user_code"));
    assert_eq!(alice.decide(&review, "approve").status(), 200);
}

#[track_caller]
pub(crate) fn refresh(server: &Server, token: &str) -> Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", "tv"),
    ];
    post(&format!("{}/token", server.url), &form)
}

#[track_caller]
pub(crate) fn revoke(server: &Server, client: &str, token: &str) -> u16 {
    let form = [
        ("token", token),
        ("client_id", client),
        ("client_secret", "box-secret"),
    ];
    let form = if client == "box" {
        &form[..]
    } else {
        &form[..2]
    };
    post(&format!("{}/revoke", server.url), form).status()
}

pub(crate) fn user_info(server: &Server, tokens: &Value) -> Answer {
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let url = format!("{}/userinfo", server.url);
    send("GET", &url, &[("authorization", &bearer)], "")
}

pub(crate) fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}
