//! The twelve scenarios that both walk-throughs share. The tenth takes a policy and is in `policy.rs`.

use super::browser::{Browser, value};
use super::curl::{Answer, curl, fields, post};
use super::device::{self, Device};
use super::server::Server;

/// More polls than fit into the two seconds that codes live in these tests.
const POLLS: usize = 10_000;

#[track_caller]
fn assert_refused(answer: &Answer, error: &str) {
    assert_eq!(answer.error(), (400, error.to_owned()));
}

/// S1.
#[test]
fn a_device_gets_its_codes() {
    let server = Server::start();
    let device = Device::start(&server, "openid");
    assert_eq!(device.text("verification_uri"), server.at("/activate"));
    assert!(!device.device_code().contains(device.user_code()));
    assert_eq!(
        (&device.answer["expires_in"], &device.answer["interval"]),
        (&600.into(), &5.into())
    );
}

/// S2.
#[test]
fn a_poll_before_the_decision_is_pending() {
    let server = Server::start();
    assert_refused(
        &Device::start(&server, "openid").poll(),
        "authorization_pending",
    );
}

/// S3.
#[test]
fn the_user_signs_in_and_then_enters_the_code() {
    let server = Server::start();
    let device = Device::start(&server, "openid");
    let browser = Browser::new(&server);
    assert_eq!(
        browser.enter(device.user_code()).header("refresh"),
        Some("0; url=/login")
    );
    browser.sign_in("alice");
    let review = browser.enter(device.user_code());
    assert_eq!(review.status, 200);
    assert!(review.body.contains("Example CLI"), "{}", review.body);
}

#[test]
fn another_site_cannot_sign_a_visitor_in() {
    let server = Server::start();
    let mut arguments = vec![server.at("/login"), "--header".to_owned()];
    arguments.push("Sec-Fetch-Site: cross-site".to_owned());
    arguments.extend(fields(&[("username", "bob"), ("password", "bob")]));
    let answer = curl(&arguments);
    assert_eq!((answer.status, answer.header("set-cookie")), (403, None));
}

/// S4.
#[test]
fn after_the_approval_the_next_poll_gets_tokens_with_the_requested_scope() {
    let server = Server::start();
    let device = Device::start(&server, "profile read");
    let browser = Browser::new(&server);
    browser.sign_in("bob");
    browser.approve(device.user_code());
    let tokens = device.tokens();
    assert_eq!(tokens["scope"], "profile read");
    assert_eq!(tokens["token_type"], "Bearer");
}

/// S5.
#[test]
fn there_is_a_refresh_token_only_with_offline_access() {
    let server = Server::start();
    for (scope, has_refresh_token) in [("openid", false), ("openid offline_access", true)] {
        let tokens = device::tokens(&server, scope);
        assert_eq!(
            tokens.get("refresh_token").is_some(),
            has_refresh_token,
            "{scope}"
        );
    }
}

/// S6.
#[test]
fn codes_end_for_the_device_and_for_the_user_alike() {
    let server = Server::with(&["--lifetime", "2", "--interval", "1"]);
    let device = Device::start(&server, "openid");
    assert_eq!(device.answer["expires_in"], 2);
    let browser = Browser::new(&server);
    browser.sign_in("alice");
    assert_refused(&after_expiry(&device), "expired_token");
    let page = browser.enter(device.user_code());
    assert_eq!((page.status, value(&page, "ticket")), (400, None));
    assert_refused(&device.poll(), "expired_token");
}

/// S7.
#[test]
fn after_the_expiry_a_new_request_starts_anew() {
    let server = Server::with(&["--lifetime", "2", "--interval", "1"]);
    let first = Device::start(&server, "openid");
    assert_refused(&after_expiry(&first), "expired_token");
    // On a machine that is busy for two seconds, one of them may be over before its poll.
    let is_pending = (0..20).any(|_| {
        let next = Device::start(&server, "openid");
        assert_ne!(next.user_code(), first.user_code());
        next.poll().error().1 == "authorization_pending"
    });
    assert!(is_pending);
    assert_refused(&first.poll(), "expired_token");
}

/// S8.
#[test]
fn a_refresh_token_is_revoked_with_an_empty_200() {
    let server = Server::start();
    let tokens = device::tokens(&server, "openid offline_access");
    let form = [
        ("token", tokens["refresh_token"].as_str().unwrap()),
        ("token_type_hint", "refresh_token"),
        ("client_id", "cli"),
    ];
    let revoked = post(&server.at("/revoke"), &form);
    assert_eq!((revoked.status, revoked.body.as_str()), (200, ""));
}

/// S9.
#[test]
fn a_client_without_the_grant_gets_neither_codes_nor_tokens() {
    let server = Server::start();
    assert_refused(
        &device::start(&server, "web", "openid"),
        "unauthorized_client",
    );
    let device = Device::start(&server, "openid");
    let poll = device::poll(&server, "web", device.device_code());
    assert_refused(&poll, "unauthorized_client");
    assert_refused(&device.poll(), "authorization_pending");
}

/// S11.
#[test]
fn a_user_code_may_be_typed_without_its_dash_in_small_letters_and_with_spaces() {
    let server = Server::start();
    let spellings: [fn(&str) -> String; 3] = [
        |code| code.replace('-', ""),
        |code| code.to_lowercase(),
        |code| format!(" {} ", code.to_lowercase().replace('-', " ")),
    ];
    let browser = Browser::new(&server);
    browser.sign_in("alice");
    for typed in spellings {
        let device = Device::start(&server, "openid");
        browser.approve(&typed(device.user_code()));
        device.tokens();
    }
}

/// S12.
#[test]
fn a_link_with_the_code_in_it_still_asks() {
    let server = Server::start();
    let device = Device::start(&server, "openid");
    let browser = Browser::new(&server);
    browser.sign_in("alice");
    let page = browser.open(device.text("verification_uri_complete"));
    assert_eq!(
        value(&page, "user_code").as_deref(),
        Some(device.user_code())
    );
    assert_eq!(value(&page, "ticket"), None);
    assert_refused(&device.poll(), "authorization_pending");
    let form = [("user_code", device.user_code()), ("via", "link")];
    let review = browser.enter_form(&form);
    assert!(
        review.body.contains("This code came in a link"),
        "{}",
        review.body
    );
    assert_eq!(device.poll().status, 400);
    assert_eq!(browser.decide(&review, "approve").status, 200);
    device.tokens();
}

/// Polls until the answer is final, without sleeping: a device that is told to slow down and does not is answered all
/// the same.
#[track_caller]
fn after_expiry(device: &Device<'_>) -> Answer {
    let is_pending = |error: &str| ["authorization_pending", "slow_down"].contains(&error);
    let mut polls = (0..POLLS).map(|_| device.poll());
    let last = polls.find(|answer| !is_pending(&answer.error().1));
    last.expect("codes end")
}
