//! Requests that real clients send.

use std::time::Duration;

use super::{GRANT_TYPE, Server, basic, error, form};

/// `tv` with an empty secret.
const TV_BASIC: &str = "Basic dHY6";

#[tokio::test]
async fn a_poll_sent_twice_in_both_ways_is_not_slowed() {
    let server = Server::new();
    let (device_code, user_code) = server.codes("client_id=tv").await;
    let body = format!("{GRANT_TYPE}&device_code={device_code}");
    for _ in 0..3 {
        for request in [
            basic(TV_BASIC, &body),
            form(&format!("{body}&client_id=tv")),
        ] {
            let response = server.poll(request).await;
            assert_eq!(error(&response).1, "authorization_pending");
            server.advance(Duration::from_millis(50));
        }
        server.advance(Duration::from_secs(5));
    }
    server.approve(&user_code).await;
    assert_eq!(server.poll(basic(TV_BASIC, &body)).await.status(), 200);
}

#[tokio::test]
async fn a_public_client_may_come_as_basic_with_an_empty_secret() {
    let server = Server::new();
    let response = server
        .endpoints
        .device_authorization(basic(TV_BASIC, "scope=openid"))
        .await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_confidential_client_must_not_start_without_its_secret_unless_it_is_let() {
    let server = Server::new();
    assert_eq!(
        error(&server.authorize("client_id=box").await).1,
        "invalid_client"
    );
    let lenient = Server::with(super::registry().unauthenticated_start("box"));
    let (device_code, _) = lenient.codes("client_id=box").await;
    let poll = format!("{GRANT_TYPE}&device_code={device_code}&client_id=box");
    assert_eq!(error(&lenient.poll(form(&poll)).await).1, "invalid_client");
    let poll = format!("{poll}&client_secret=box-secret");
    assert_eq!(
        error(&lenient.poll(form(&poll)).await).1,
        "authorization_pending"
    );
}

#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let server = Server::new();
    let start = "client_id=tv&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code\
                 &client_info=1&x-client-SKU=MSAL.Python&x-client-Ver=1.31&nonce=n&audience=a";
    let (device_code, _) = server.codes(start).await;
    let poll = format!(
        "{GRANT_TYPE}&client_id=tv&device_code={device_code}&code={device_code}\
         &scope=openid+admin&client_info=1&redirect_uri=x&code_challenge=x"
    );
    assert_eq!(
        error(&server.poll(form(&poll)).await).1,
        "authorization_pending"
    );
}

#[tokio::test]
async fn an_empty_device_code_is_a_missing_one() {
    let server = Server::new();
    let poll = format!("{GRANT_TYPE}&client_id=tv&device_code=");
    assert_eq!(
        error(&server.poll(form(&poll)).await),
        (400, "invalid_request".to_owned())
    );
}

#[tokio::test]
async fn codes_that_cannot_be_are_unknown_ones() {
    let server = Server::new();
    for device_code in [
        "x",
        "%00",
        "%F0%9F%92%A9",
        &"a".repeat(16 * 1024),
        "..%2f..%2f",
    ] {
        let poll = format!("{GRANT_TYPE}&client_id=tv&device_code={device_code}");
        assert_eq!(
            error(&server.poll(form(&poll)).await),
            (400, "invalid_grant".to_owned())
        );
    }
}
