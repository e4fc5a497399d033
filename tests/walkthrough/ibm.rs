//! The sequence that IBM's description of its device flow tells, from the device endpoint by way of the user authorize
//! endpoint to the token endpoint.

use super::browser::{Browser, value};
use super::curl::{Answer, curl};
use super::device::Device;
use super::server::Server;

#[test]
fn a_device_obtains_codes_its_user_authorizes_it_elsewhere_and_the_next_poll_gets_the_token() {
    let server = Server::start();

    // The client asks the device endpoint. It gets two codes: one to show, one to keep.
    let device = Device::start(&server, "openid profile");
    let neighbour = Device::start(&server, "openid profile");
    assert_ne!(device.user_code(), neighbour.user_code());
    assert_ne!(device.device_code(), neighbour.device_code());

    // It shows the user code, and polls the token endpoint. Nobody has authorized anything: that is an error.
    assert_pending(&device.poll());

    // The user, at a browser elsewhere, opens the user authorize endpoint. The server authenticates them first, in its
    // own way.
    let browser = Browser::new(&server);
    let page = browser.open(device.text("verification_uri"));
    assert!(page.body.contains("<h1>Sign in</h1>"), "{}", page.body);
    browser.sign_in("alice");

    // Then it asks for the code, and then for consent. Both codes are indexes of one grant: the page shows what the
    // device asked for. None of this authorizes anything yet.
    let page = browser.open(device.text("verification_uri"));
    assert_eq!(value(&page, "user_code").as_deref(), Some(""));
    let review = browser.enter(device.user_code());
    assert!(review.body.contains("Example CLI"), "{}", review.body);
    assert_pending(&device.poll());

    // The user consents: the grant is theirs now, and authorized. What waits beside it is not.
    let done = browser.decide(&review, "approve");
    assert_eq!(done.status, 200);
    assert_pending(&neighbour.poll());

    // The next poll exchanges the device code for an access token, which is that user's. There is no second one: who asks again,
    // because the response may have got lost, gets the same.
    let tokens = device.tokens();
    let bearer = format!(
        "Authorization: Bearer {}",
        tokens["access_token"].as_str().unwrap()
    );
    let user = curl(&["--header", &bearer, &server.at("/userinfo")]).json();
    assert_eq!(user["sub"], "alice");
    assert_eq!(device.tokens(), tokens);
    assert_pending(&neighbour.poll());
}

/// Pending, or the kind of it that tells a device to slow down: this one keeps no interval.
#[track_caller]
fn assert_pending(answer: &Answer) {
    let (status, error) = answer.error();
    assert_eq!(status, 400);
    assert!(
        ["authorization_pending", "slow_down"].contains(&error.as_str()),
        "{error}"
    );
}
