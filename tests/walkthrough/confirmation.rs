//! The client `cli-strict`, which has to send the digits that the page shows.

use serde_json::Value;

use super::browser::Browser;
use super::curl::{Answer, post};
use super::device::{GRANT_TYPE, start};
use super::server::Server;

const CLIENT: &str = "cli-strict";

/// A device that alice has approved, and the digits that she is shown.
#[track_caller]
fn approved(server: &Server, browser: &Browser<'_>) -> (String, String) {
    let codes = start(server, CLIENT, "openid").json();
    let text = |member: &str| codes[member].as_str().unwrap().to_owned();
    let review = browser.enter(&text("user_code"));
    let page = browser.decide(&review, "approve");
    assert_eq!(page.status, 200);
    let (_, rest) = page.body.split_once("<p class=\"code\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let (digits, _) = rest.split_once('<').unwrap();
    (text("device_code"), digits.to_owned())
}

#[track_caller]
fn send(server: &Server, device_code: &str, digits: &str) -> Answer {
    let form = [
        ("grant_type", GRANT_TYPE),
        ("device_code", device_code),
        ("client_id", CLIENT),
        ("confirmation_code", digits),
    ];
    post(&server.at("/token"), &form)
}

#[test]
fn the_digits_on_the_page_are_what_the_device_has_to_send() {
    let server = Server::start();
    let browser = Browser::new(&server);
    browser.sign_in("alice");
    let asked = |digits: &str| {
        let (device_code, _) = approved(&server, &browser);
        let answer = send(&server, &device_code, digits);
        let json: Value = answer.json();
        assert_eq!(json["error"], "authorization_pending");
        assert_eq!(json["confirmation_required"], true);
        json["confirmation_tries_left"].clone()
    };
    assert_eq!(asked(""), 3);
    assert_eq!(asked("no digits"), 3);
    let (device_code, digits) = approved(&server, &browser);
    let other = if digits == "000 000" { "1" } else { "0" };
    assert_eq!(asked(&other.repeat(6)), 2);
    let tokens = send(&server, &device_code, &digits);
    assert_eq!(tokens.status, 200, "{}", tokens.body);
}
