//! The uses and the lifetimes of the example server's tokens.

use serde_json::Value;

use super::browser::Browser;
use super::curl::{Answer, curl, post};
use super::device::{self, Device};
use super::server::Server;

fn text<'a>(tokens: &'a Value, member: &str) -> &'a str {
    tokens[member].as_str().unwrap()
}

#[track_caller]
fn userinfo(server: &Server, tokens: &Value) -> Answer {
    let bearer = format!("Authorization: Bearer {}", text(tokens, "access_token"));
    curl(&["--header", &bearer, &server.at("/userinfo")])
}

#[track_caller]
fn refresh(server: &Server, tokens: &Value) -> Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(tokens, "refresh_token")),
        ("client_id", "cli"),
    ];
    post(&server.at("/token"), &form)
}

#[track_caller]
fn revoke(server: &Server, path: &str, token: &str) -> Answer {
    post(&server.at(path), &[("token", token), ("client_id", "cli")])
}

#[track_caller]
fn assert_dead(server: &Server, tokens: &Value) {
    let answer = userinfo(server, tokens);
    assert_eq!(answer.status, 401);
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("Bearer ") && challenge.contains("invalid_token"),
        "{challenge}"
    );
}

#[test]
fn userinfo_says_who_the_user_is() {
    let server = Server::start();
    let user = userinfo(&server, &device::tokens(&server, "openid profile"));
    assert_eq!(user.status, 200);
    let expected = serde_json::json!({ "sub": "alice", "preferred_username": "alice" });
    assert_eq!(user.json(), expected);
}

#[test]
fn userinfo_wants_a_token_with_openid() {
    let server = Server::start();
    let none = curl(&[server.at("/userinfo")]);
    assert_eq!(
        (none.status, none.header("www-authenticate")),
        (401, Some("Bearer"))
    );
    let without_openid = userinfo(&server, &device::tokens(&server, "profile"));
    assert_eq!(without_openid.status, 403);
    let challenge = without_openid.header("www-authenticate").unwrap();
    assert!(challenge.contains("insufficient_scope"), "{challenge}");
}

#[test]
fn a_refresh_token_works_once_and_its_reuse_ends_the_grant() {
    let server = Server::start();
    let first = device::tokens(&server, "openid offline_access");
    let second = refresh(&server, &first);
    assert_eq!(second.status, 200, "{}", second.body);
    let second = second.json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(userinfo(&server, &second).status, 200);
    assert_eq!(
        refresh(&server, &first).error(),
        (400, "invalid_grant".to_owned())
    );
    assert_dead(&server, &first);
    assert_dead(&server, &second);
    assert_eq!(
        refresh(&server, &second).error(),
        (400, "invalid_grant".to_owned())
    );
}

#[test]
fn a_device_whose_response_got_lost_gets_the_very_same_tokens() {
    let server = Server::start();
    let device = Device::start(&server, "openid offline_access");
    let browser = Browser::new(&server);
    browser.sign_in("alice");
    browser.approve(device.user_code());
    let lost = device.tokens();
    assert_eq!(device.tokens(), lost);
    assert_eq!(userinfo(&server, &lost).status, 200);
    assert_eq!(refresh(&server, &lost).status, 200);
}

#[test]
fn revoking_a_refresh_token_ends_its_access_tokens_too() {
    let server = Server::start();
    let tokens = device::tokens(&server, "openid offline_access");
    assert_eq!(
        revoke(&server, "/revoke", text(&tokens, "refresh_token")).status,
        200
    );
    assert_dead(&server, &tokens);
    assert_eq!(
        refresh(&server, &tokens).error(),
        (400, "invalid_grant".to_owned())
    );
}

#[test]
fn revoking_an_access_token_ends_it_alone() {
    let server = Server::start();
    let tokens = device::tokens(&server, "openid offline_access");
    assert_eq!(
        revoke(&server, "/revoke", text(&tokens, "access_token")).status,
        200
    );
    assert_dead(&server, &tokens);
    assert_eq!(refresh(&server, &tokens).status, 200);
}

#[test]
fn a_token_that_nobody_knows_is_revoked_all_the_same() {
    let server = Server::start();
    for token in [
        "unknown",
        "ggmzjqsn7vqyohgfvqd5bm3lwhoxumkcvl5yo6utlemirvmegavq",
    ] {
        let answer = revoke(&server, "/revoke", token);
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{token}");
    }
}

#[test]
fn another_clients_token_is_not_revoked() {
    let server = Server::start();
    let tokens = device::tokens(&server, "openid");
    let form = [
        ("token", text(&tokens, "access_token")),
        ("client_id", "tv"),
    ];
    assert_eq!(post(&server.at("/revoke"), &form).status, 200);
    assert_eq!(userinfo(&server, &tokens).status, 200);
}

#[test]
fn a_device_that_gives_up_revokes_its_code() {
    let server = Server::start();
    for path in ["/revoke", "/oauth2/default/v1/revoke"] {
        let device = Device::start(&server, "openid");
        assert_eq!(revoke(&server, path, device.device_code()).status, 200);
        assert_eq!(
            device.poll().error(),
            (400, "access_denied".to_owned()),
            "{path}"
        );
        let browser = Browser::new(&server);
        browser.sign_in("alice");
        assert_eq!(browser.enter(device.user_code()).status, 400, "{path}");
    }
}
