//! Users and their sessions.

use super::device::{Device, approve, text};
use crate::client::{encode, get, send};
use crate::database::Database;
use crate::jwt;
use crate::person::Person;

/// More than a server leaves time for before it has done what it does at its start.
const LOOKS: usize = 2_000;
/// The origin of the host behind a TLS front.
const ORIGIN: &str = "https://id.example";

#[test]
fn a_user_who_was_locked_after_the_approval_gets_no_tokens() {
    let database = Database::new();
    let server = database.node();
    let device = Device::start(&server);
    approve(&server, &device);
    database.run("UPDATE users SET is_locked = true WHERE name = 'alice'");
    assert_eq!(device.poll(&server).json()["error"], "access_denied");
    let mut alice = Person::at(&server.url);
    let refused = alice.submit("/login", &[("username", "alice"), ("password", "alice")]);
    assert_eq!(refused.status(), 401);
}

#[test]
fn a_flow_goes_on_at_another_node_and_after_a_restart() {
    let database = Database::new();
    let node = || database.node_with(&["--public-url", ORIGIN]);
    let (one, other) = (node(), node());
    let device = Device::start(&one);
    drop(one);
    let mut alice = Person::behind(&other.url, ORIGIN);
    alice.sign_in("alice", "alice");
    let review = alice.review(device.code("user_code"));
    // Her session, her review and the signing key are in the database.
    let again = node();
    let mut alice = alice.moved_to(&again.url);
    assert_eq!(alice.decide(&review, "approve").status(), 200);
    let tokens = device.poll(&again).json();
    let keys = get(&format!("{}/jwks.json", other.url)).json();
    let (_, claims) = jwt::verified(text(&tokens, "access_token"), &keys);
    assert_eq!(claims["sub"], "alice");
}

#[test]
fn behind_https_the_session_is_bound_to_the_host() {
    let database = Database::new();
    let server = database.node_with(&["--public-url", ORIGIN]);
    let mut alice = Person::behind(&server.url, ORIGIN);
    let login = alice.submit("/login", &[("username", "alice"), ("password", "alice")]);
    let cookies: Vec<&str> = login.cookies().collect();
    let [cookie] = cookies[..] else {
        panic!("{cookies:?}");
    };
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
    assert_eq!(attributes, ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"]);
    let device = Device::start(&server);
    assert_eq!(
        device.code("verification_uri"),
        "https://id.example/activate"
    );
    let review = alice.review(device.code("user_code"));
    assert_eq!(alice.decide(&review, "approve").status(), 200);
    assert_eq!(device.poll(&server).status(), 200);
}

#[test]
fn who_does_not_know_the_password_is_not_signed_in() {
    let database = Database::new();
    let server = database.node();
    let mut mallory = Person::at(&server.url);
    for (user, password) in [("alice", "bob"), ("nobody", "nobody"), ("alice", "")] {
        let answer = mallory.submit("/login", &[("username", user), ("password", password)]);
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.cookies().count(), 0);
    }
    let form = encode(&[("username", "alice"), ("password", "alice")]);
    for elsewhere in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
    ] {
        let form_type = ("content-type", "application/x-www-form-urlencoded");
        let headers = [form_type, elsewhere];
        let answer = send("POST", &format!("{}/login", server.url), &headers, &form);
        assert_eq!(answer.status(), 403);
    }
}

#[test]
fn what_has_ended_is_forgotten() {
    let database = Database::new();
    let first = database.node();
    Device::start(&first);
    Device::sign_in(&first);
    drop(first);
    database.run(
        "UPDATE sessions SET ends_at = now();
        UPDATE sign_ins SET ends_at = now();
        UPDATE device_grants SET forget_at = 0;
        UPDATE device_limits SET owed_until = 0",
    );
    let _second = database.node();
    for table in [
        "sessions",
        "sign_ins",
        "refresh_tokens",
        "device_grants",
        // A node leaves marks of its settings.
        "device_limits WHERE owed_until = 0",
    ] {
        let is_empty = || database.count(table) == 0;
        let looks = std::iter::repeat_with(is_empty).take(LOOKS);
        assert!(
            looks.into_iter().any(|is_empty| is_empty),
            "{table} is as it was"
        );
    }
}

#[test]
fn no_secret_can_be_read_in_the_database() {
    let database = Database::new();
    let server = database.node();
    let pending = Device::start(&server);
    let device = Device::start(&server);
    let mut alice = Person::at(&server.url);
    alice.sign_in("alice", "alice");
    let review = alice.review(device.code("user_code"));
    alice.decide(&review, "approve");
    let tokens = device.poll(&server).json();
    let dump = database.dump();
    assert!(dump.contains("$argon2id$"), "{dump}");
    let mut secrets = vec![
        text(&tokens, "refresh_token"),
        text(&tokens, "access_token"),
        "box-secret",
    ];
    for device in [&pending, &device] {
        secrets.extend([device.code("device_code"), device.code("user_code")]);
    }
    secrets.extend(alice.cookie("session"));
    assert_eq!(secrets.len(), 8);
    for secret in secrets {
        let plain = secret.replace('-', "");
        // As the database shows bytes.
        let bytes =
            |text: &str| -> String { text.bytes().map(|byte| format!("{byte:02x}")).collect() };
        for trace in [secret.to_owned(), bytes(secret), bytes(&plain), plain] {
            assert!(!dump.contains(&trace), "{secret} is in\n{dump}");
        }
    }
}
