//! Sessions of libraries that people use.

use crate::client::{GRANT_TYPE, post, send};
use crate::database::Database;
use crate::person::Person;
use crate::server::Server;

const AXUM_LOGIN: &str = env!("CARGO_BIN_EXE_axum_login");
const ACTIX_SESSION: &str = env!("CARGO_BIN_EXE_actix_session");

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

#[track_caller]
fn approve(person: &mut Person, user_code: &str) {
    let review = person.review(user_code);
    assert_eq!(person.decide(&review, "approve").status(), 200);
}

#[test]
fn a_session_of_axum_login_approves_and_signs_the_device_out_again() {
    let database = Database::new();
    let server = database.node_of(AXUM_LOGIN, &[]);
    let (device_code, user_code) = codes(&server);
    let mut alice = Person::at(&server.url);
    assert_eq!(alice.open("/activate").header("location"), Some("/login"));
    alice.sign_in("alice", "alice");
    approve(&mut alice, &user_code);
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

/// Sessions of `tower-sessions-sqlx-store`, grants and limits are on one pool of `sqlx` 0.8.
#[test]
fn sessions_and_grants_of_axum_login_are_in_one_database_for_all_nodes() {
    const ORIGIN: &str = "https://id.example";
    let database = Database::new();
    let node = || database.node_of(AXUM_LOGIN, &["--public-url", ORIGIN]);
    let first = node();
    let (device_code, user_code) = codes(&first);
    let mut alice = Person::behind(&first.url, ORIGIN);
    alice.sign_in("alice", "alice");
    assert_eq!(database.count("tower_sessions.session"), 1);
    assert_eq!(database.count("device_grants"), 1);
    drop(first);
    let second = node();
    let mut alice = alice.moved_to(&second.url);
    approve(&mut alice, &user_code);
    let third = node();
    let token = poll(&third, &device_code);
    let token = token["access_token"].as_str().unwrap();
    assert_eq!(user_info(&second, token), 200);
}

/// Else the visitor's device would be connected to the account of the attacker.
#[test]
fn another_site_signs_nobody_in() {
    for program in [AXUM_LOGIN, ACTIX_SESSION] {
        let database = Database::new();
        let server = database.node_of(program, &[]);
        let form_type = ("content-type", "application/x-www-form-urlencoded");
        let url = format!("{}/login", server.url);
        for (site, status) in [
            ("cross-site", 403),
            ("same-site", 403),
            ("same-origin", 303),
        ] {
            let headers = [form_type, ("sec-fetch-site", site)];
            let answer = send("POST", &url, &headers, "username=bob&password=bob");
            assert_eq!(answer.status(), status, "{program} {site}");
            assert_eq!(
                answer.cookies().count() > 0,
                status == 303,
                "{program} {site}"
            );
        }
    }
}

#[test]
fn a_session_of_actix_session_approves() {
    let server = Server::start(ACTIX_SESSION, &[], &[]);
    let (device_code, user_code) = codes(&server);
    let mut alice = Person::at(&server.url);
    assert_eq!(alice.open("/activate").header("location"), Some("/login"));
    alice.sign_in("alice", "alice");
    let review = alice.review(&user_code);
    // Somebody else has neither the session nor the ticket.
    let mut bob = Person::at(&server.url);
    bob.sign_in("bob", "bob");
    assert_ne!(bob.decide(&review, "approve").status(), 200);
    assert_eq!(alice.decide(&review, "approve").status(), 200);
    let tokens = poll(&server, &device_code);
    assert_eq!(tokens["access_token"], "a-token-of-alice");
}

#[test]
fn a_session_of_axum_login_that_ends_between_review_and_decision_decides_nothing() {
    session_ends(&Database::new().node_of(AXUM_LOGIN, &[]));
}

#[test]
fn a_session_of_actix_session_that_ends_between_review_and_decision_decides_nothing() {
    session_ends(&Server::start(ACTIX_SESSION, &[], &[]));
}

#[track_caller]
fn session_ends(server: &Server) {
    let (device_code, user_code) = codes(server);
    let mut alice = Person::at(&server.url);
    alice.sign_in("alice", "alice");
    let review = alice.review(&user_code);
    alice.submit("/logout", &[]);
    assert_eq!(alice.open("/activate").header("location"), Some("/login"));
    // Signed in again, it is another session.
    alice.sign_in("alice", "alice");
    let answer = alice.decide(&review, "approve");
    assert!(
        !answer.body().contains("<h1>Allowed</h1>"),
        "{}",
        answer.body()
    );
    assert_eq!(poll(server, &device_code)["error"], "authorization_pending");
    // The code is typed once more, and reviewed in this one.
    approve(&mut alice, &user_code);
    assert!(poll(server, &device_code)["access_token"].is_string());
}
