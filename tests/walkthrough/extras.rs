//! The requests that a device may make in addition to a scope, as its user sees them.

use super::browser::Browser;
use super::curl::{Answer, curl, post};
use super::device::GRANT_TYPE;
use super::server::Server;

const FILES: &str = "https://files.example/";
const CALENDAR: &str = "https://calendar.example/";

/// Obtains codes: the device code and the user code.
#[track_caller]
fn start(server: &Server, extras: &[(&str, &str)]) -> (String, String) {
    let form = [&[("client_id", "tv")], extras].concat();
    let answer = post(&server.at("/device_authorization"), &form);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let json = answer.json();
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    (text("device_code"), text("user_code"))
}

#[track_caller]
fn poll(server: &Server, device_code: &str, extras: &[(&str, &str)]) -> Answer {
    let form = [
        ("grant_type", GRANT_TYPE),
        ("client_id", "tv"),
        ("device_code", device_code),
    ];
    post(&server.at("/token"), &[&form[..], extras].concat())
}

#[test]
fn resources_are_shown_granted_and_narrowed() {
    let server = Server::start();
    let asked = [("resource", FILES), ("resource", CALENDAR)];
    let (device_code, user_code) = start(&server, &asked);
    let invalid_target = (400, "invalid_target".to_owned());
    let other = [("resource", "https://other.example/")];
    assert_eq!(poll(&server, &device_code, &other).error(), invalid_target);
    let browser = Browser::new(&server);
    browser.sign_in("alice");
    let review = browser.enter(&user_code);
    assert!(review.body.contains(FILES) && review.body.contains(CALENDAR));
    assert_eq!(browser.decide(&review, "approve").status, 200);
    assert_eq!(poll(&server, &device_code, &other).error(), invalid_target);
    let narrowed = poll(&server, &device_code, &[("resource", FILES)]);
    assert_eq!(narrowed.status, 200, "{}", narrowed.body);
}

#[test]
fn authorization_details_are_shown_and_stated_in_the_answer() {
    let server = Server::start();
    let details = r#"[{"type":"calendar","actions":["read"]}]"#;
    let (device_code, user_code) = start(&server, &[("authorization_details", details)]);
    let browser = Browser::new(&server);
    browser.sign_in("alice");
    let review = browser.enter(&user_code);
    assert!(review.body.contains("calendar"));
    assert_eq!(browser.decide(&review, "approve").status, 200);
    let tokens = poll(&server, &device_code, &[]).json();
    let granted: serde_json::Value = serde_json::from_str(details).unwrap();
    assert_eq!(tokens["authorization_details"], granted);
}

#[test]
fn a_recent_sign_in_is_enough_and_a_hint_at_another_account_is_warned_of() {
    let server = Server::start();
    let browser = Browser::new(&server);
    browser.sign_in("alice");
    let recent = [("max_age", "3600"), ("login_hint", "alice@example.com")];
    let (device_code, user_code) = start(&server, &recent);
    let review = browser.enter(&user_code);
    assert!(review.body.contains("another account than yours"));
    assert!(!review.body.contains("<dd>alice@example.com"));
    assert_eq!(browser.decide(&review, "approve").status, 200);
    assert_eq!(poll(&server, &device_code, &[]).status, 200);
}

#[test]
fn acr_values_that_this_server_does_not_know_are_no_error() {
    let server = Server::start();
    let (device_code, user_code) = start(&server, &[("acr_values", "gold silver")]);
    let browser = Browser::new(&server);
    browser.sign_in("alice");
    browser.approve(&user_code);
    assert_eq!(poll(&server, &device_code, &[]).status, 200);
}

#[test]
fn the_device_chooses_no_language_that_the_browser_does_not_accept() {
    let server = Server::start();
    let (_, user_code) = start(&server, &[("ui_locales", "tlh de-AT")]);
    let browser = Browser::new(&server);
    browser.sign_in("alice");
    let review = browser.enter(&user_code);
    assert!(review.body.contains("<html lang=\"en\""), "{}", review.body);
}

#[test]
fn pkce_is_asked_for_where_it_was_promised_and_nowhere_else() {
    let server = Server::start();
    let challenge = [
        (
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ),
        ("code_challenge_method", "S256"),
    ];
    let verifier = [(
        "code_verifier",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    )];
    let (bound, _) = start(&server, &challenge);
    assert_eq!(poll(&server, &bound, &[]).error().1, "invalid_grant");
    assert_eq!(
        poll(&server, &bound, &verifier).error().1,
        "authorization_pending"
    );
    let (plain, _) = start(&server, &[]);
    assert_eq!(
        poll(&server, &plain, &verifier).error().1,
        "invalid_request"
    );
}

#[test]
fn both_documents_are_the_same_and_complete() {
    let server = Server::start();
    let oauth = curl(&[server.at("/.well-known/oauth-authorization-server")]).json();
    let openid = curl(&[server.at("/.well-known/openid-configuration")]).json();
    assert_eq!(oauth, openid);
    assert_eq!(oauth["issuer"], server.at(""));
    for (member, path) in [
        ("device_authorization_endpoint", "/device_authorization"),
        ("token_endpoint", "/token"),
        ("revocation_endpoint", "/revoke"),
    ] {
        assert_eq!(oauth[member], server.at(path));
    }
    assert_eq!(oauth["code_challenge_methods_supported"][0], "S256");
}
