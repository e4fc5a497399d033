//! Sessions of libraries that people use.

use crate::client::{GRANT_TYPE, post, send};
use crate::person::Person;
use crate::server::Server;

fn start() -> Server {
    Server::start(env!("CARGO_BIN_EXE_axum_login"), &[], &[])
}

/// Device code and user code.
fn codes(server: &Server) -> (String, String) {
    let url = format!("{}/device_authorization", server.url);
    let codes = post(&url, &[("client_id", "tv"), ("scope", "openid")]).json();
    let text = |name: &str| codes[name].as_str().unwrap().to_owned();
    (text("device_code"), text("user_code"))
}

fn poll(server: &Server, device_code: &str) -> serde_json::Value {
    let form = [
        ("client_id", "tv"),
        ("grant_type", GRANT_TYPE),
        ("device_code", device_code),
    ];
    post(&format!("{}/token", server.url), &form).json()
}

fn user_info(server: &Server, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let url = format!("{}/userinfo", server.url);
    send("GET", &url, &[("authorization", &bearer)], "").status()
}

#[test]
fn a_session_of_axum_login_approves_and_signs_the_device_out_again() {
    let server = start();
    let (device_code, user_code) = codes(&server);
    let mut alice = Person::at(&server.url);
    assert_eq!(alice.open("/activate").header("location"), Some("/login"));
    alice.sign_in("alice", "alice");
    let review = alice.review(&user_code);
    assert_eq!(alice.decide(&review, "approve").status(), 200);
    let token = poll(&server, &device_code);
    let token = token["access_token"].as_str().unwrap();
    assert_eq!(user_info(&server, token), 200);

    let page = alice.open("/devices");
    let (_, after) = page
        .body()
        .split_once("<li>tv <button name=id value=")
        .unwrap();
    let id = after.split_once('>').unwrap().0.to_owned();
    // Somebody else neither sees it nor ends it.
    let mut bob = Person::at(&server.url);
    bob.sign_in("bob", "bob");
    assert!(!bob.open("/devices").body().contains("<li>"));
    bob.submit("/devices", &[("id", &id)]);
    assert_eq!(user_info(&server, token), 200);

    assert_eq!(alice.submit("/devices", &[("id", &id)]).status(), 303);
    assert!(!alice.open("/devices").body().contains("<li>"));
    assert_eq!(user_info(&server, token), 401);
}

#[test]
fn a_session_that_ends_between_review_and_decision_decides_nothing() {
    let server = start();
    let (device_code, user_code) = codes(&server);
    let mut alice = Person::at(&server.url);
    alice.sign_in("alice", "alice");
    let review = alice.review(&user_code);
    alice.submit("/logout", &[]);
    // Signed in again, it is another session.
    alice.sign_in("alice", "alice");
    let answer = alice.decide(&review, "approve");
    assert!(
        !answer.body().contains("<h1>Allowed</h1>"),
        "{}",
        answer.body()
    );
    assert_eq!(
        poll(&server, &device_code)["error"],
        "authorization_pending"
    );
    // The code is typed once more, and reviewed in this one.
    let review = alice.review(&user_code);
    assert_eq!(alice.decide(&review, "approve").status(), 200);
    assert!(poll(&server, &device_code)["access_token"].is_string());
}
