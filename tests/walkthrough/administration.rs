//! An operator and support staff at work on a server that runs, by its socket.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;
use test_servers::Folder;

use super::browser::Browser;
use super::curl::curl;
use super::device::{self, Device};
use super::server::Server;

/// A server with a socket for its operator.
struct Administered {
    server: Server,
    folder: Folder,
}

impl Administered {
    fn start() -> Self {
        let folder = Folder::new();
        let socket = folder.path().join("admin");
        let server = Server::with(&["--admin", socket.to_str().unwrap()]);
        Self { server, folder }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("admin")
    }

    fn post(&self, path: &str, body: &str) -> (u16, Value) {
        self.send("POST", path, body)
    }

    fn get(&self, path: &str) -> Value {
        let (status, answer) = self.send("GET", path, "");
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// The answer's status and its JSON, or its text.
    fn send(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let (socket, url) = (self.socket(), format!("http://localhost{path}"));
        let socket = socket.to_str().unwrap();
        let request = ["--request", method, "--data-binary", body, &url];
        let answer = curl(&[&["--unix-socket", socket], &request[..]].concat());
        let text = answer.body.trim_end();
        let body = serde_json::from_str(text).unwrap_or_else(|_| text.into());
        (answer.status, body)
    }
}

#[test]
fn the_owner_alone_may_use_the_socket() {
    let administered = Administered::start();
    let mode = administered
        .socket()
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_command_that_the_help_shows_suspends_the_server() {
    let administered = Administered::start();
    let socket = administered.socket();
    let command = ["-X", "POST", "http://./suspend"];
    let answer = curl(&[&["--unix-socket", socket.to_str().unwrap()], &command[..]].concat());
    assert_eq!(answer.status, 200, "{}", answer.body);
    let device = device::start(&administered.server, "tv", "openid");
    assert_eq!(device.status, 503, "{}", device.body);
}

#[test]
fn a_server_that_is_suspended_tells_devices_and_people_to_come_again_and_goes_on_where_it_was() {
    let administered = Administered::start();
    let server = &administered.server;
    let browser = Browser::new(server);
    browser.sign_in("alice");
    let device = Device::start(server, "openid");
    assert_eq!(administered.post("/suspend", "retry_after=7").0, 200);
    let poll = device::poll(server, "cli", device.device_code());
    assert_eq!(poll.error(), (503, "temporarily_unavailable".to_owned()));
    assert_eq!(poll.header("retry-after"), Some("7"));
    assert_eq!(administered.post("/resume", "").0, 200);
    browser.approve(device.user_code());
    assert!(device.tokens()["access_token"].is_string());
}

#[test]
fn new_codes_live_as_long_as_the_operator_says_from_now_on() {
    let administered = Administered::start();
    let server = &administered.server;
    let lifetime = || Device::start(server, "openid").answer["expires_in"].clone();
    assert_eq!(lifetime(), 600);
    assert_eq!(
        administered.post("/settings", "lifetime=120&interval=3").0,
        200
    );
    assert_eq!(lifetime(), 120);
    let (status, said) = administered.post("/settings", "lifetime=9999");
    assert_eq!(status, 400);
    assert!(
        said.as_str().unwrap().contains("lifetime is 9999s"),
        "{said}"
    );
    assert_eq!(lifetime(), 120);
}

#[test]
fn support_staff_finds_a_grant_by_the_code_on_the_screen_and_sees_who_approved_it() {
    let administered = Administered::start();
    let server = &administered.server;
    let device = Device::start(server, "openid");
    let by_code = format!("/grants?user_code={}", device.user_code().to_lowercase());
    let found = administered.get(&by_code);
    assert_eq!(
        (&found[0]["standing"], &found[0]["approval"]),
        (&"pending".into(), &Value::Null)
    );
    let browser = Browser::new(server);
    browser.sign_in("alice");
    browser.approve(device.user_code());
    let _ = device.tokens();
    let id = found[0]["id"].as_str().unwrap();
    let found = administered.get(&format!("/grants?id={id}"));
    let approval = &found[0]["approval"];
    assert_eq!(
        (&found[0]["standing"], &found[0]["client_id"]),
        (&"redeemed".into(), &"cli".into())
    );
    assert_eq!(
        (&approval["subject"], &approval["ip"]),
        (&"alice".into(), &"127.0.0.1".into())
    );
    assert!(approval["auth_time"].is_string(), "{approval}");
}

#[test]
fn a_client_that_is_blocked_gets_no_codes_and_no_tokens_and_its_devices_are_signed_out() {
    let administered = Administered::start();
    let server = &administered.server;
    let browser = Browser::new(server);
    browser.sign_in("alice");
    let (signed_in, approved) = (
        Device::start(server, "openid"),
        Device::start(server, "openid"),
    );
    browser.approve(signed_in.user_code());
    let _ = signed_in.tokens();
    browser.approve(approved.user_code());
    let (status, counts) = administered.post("/clients/block", "client_id=cli");
    assert_eq!(
        (
            status,
            &counts["before_redemption"],
            &counts["tokens_ended"]
        ),
        (200, &1.into(), &1.into())
    );
    let poll = device::poll(server, "cli", approved.device_code());
    assert_eq!(poll.error(), (400, "unauthorized_client".to_owned()));
    assert_eq!(
        device::start(server, "cli", "openid").error(),
        (400, "unauthorized_client".to_owned())
    );
    assert_eq!(
        administered.post("/clients/unblock", "client_id=cli").0,
        200
    );
    let poll = device::poll(server, "cli", approved.device_code());
    assert_eq!(poll.error(), (400, "access_denied".to_owned()));
}

#[test]
fn an_end_user_who_is_erased_is_named_by_no_grant() {
    let administered = Administered::start();
    let server = &administered.server;
    let browser = Browser::new(server);
    browser.sign_in("alice");
    let device = Device::start(server, "openid");
    browser.approve(device.user_code());
    let _ = device.tokens();
    let (status, counts) = administered.post("/users/erase", "subject=alice");
    assert_eq!((status, &counts["tokens_ended"]), (200, &1.into()));
    let found = administered.get(&format!("/grants?user_code={}", device.user_code()));
    assert_eq!(
        (&found[0]["standing"], &found[0]["approval"]),
        (&"revoked".into(), &Value::Null)
    );
    assert!(!found.to_string().contains("alice"), "{found}");
}

#[test]
fn keys_are_replaced_while_codes_live() {
    let administered = Administered::start();
    let server = &administered.server;
    let (old, new) = ("01".repeat(32), "02".repeat(32));
    assert_eq!(administered.post("/keys", &old).0, 200);
    let device = Device::start(server, "openid");
    let (status, answer) = administered.post("/keys", &format!("{old}\n{new}"));
    assert_eq!(status, 200, "{answer}");
    let browser = Browser::new(server);
    browser.sign_in("alice");
    browser.approve(device.user_code());
    assert!(device.tokens()["access_token"].is_string());
    let (status, said) = administered.post("/keys", "too short");
    assert_eq!(status, 400, "{said}");
}
