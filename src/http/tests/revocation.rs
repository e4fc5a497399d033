use std::time::Duration;

use super::{BOX_BASIC, Server, answered, basic, error, form, given_back, unknown_code};
use crate::grant::Arrival;
use crate::host::Visitor;

#[tokio::test]
async fn a_device_cancels_its_own_grant() {
    let server = Server::new();
    let (device_code, user_code) = server.codes("client_id=tv").await;
    let body = format!("token={device_code}&client_id=tv&token_type_hint=refresh_token");
    let response = answered(server.endpoints.revocation(form(&body)).await);
    assert_eq!(response.status(), 200);
    assert!(response.body().is_empty());
    assert_eq!(response.headers()["cache-control"], "no-store");
    let polled = server.poll_as_tv(&device_code).await;
    assert_eq!(error(&polled), (400, "access_denied".to_owned()));
    let visitor = Visitor::new("alice");
    assert!(
        server
            .grants
            .review(&user_code, Arrival::Typed, &visitor)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn nobody_else_cancels_it() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    let token = format!("token={device_code}");
    for request in [
        form(&token),
        form(&format!("{token}&client_id=cli")),
        form(&format!("{token}&client_id=nobody")),
        form(&format!("{token}&client_id=tv&client_secret=x")),
        basic(BOX_BASIC, &token),
        basic("Basic Ym94Ondyb25n", &token),
        form(&format!("{token}&client_id=tv&token=x")),
        form(&format!("{token}&client_id=tv&code_verifier=x")),
    ] {
        let shown = format!("{request:?}");
        let body = request.body().clone();
        let request = given_back(server.endpoints.revocation(request).await);
        assert_eq!(request.body(), &body, "{shown}");
    }
    let polled = server.poll_as_tv(&device_code).await;
    assert_eq!(error(&polled).1, "authorization_pending");
}

#[tokio::test]
async fn what_is_no_device_code_comes_back() {
    let server = Server::new();
    let unknown = unknown_code();
    for body in [
        // RFC 7009 section 2.1.
        "token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token",
        "client_id=tv",
        "token=%ff&client_id=tv",
        &format!("token={unknown}&client_id=tv"),
    ] {
        let request = given_back(server.endpoints.revocation(form(body)).await);
        assert_eq!(request.body(), body.as_bytes());
    }
    let mut get = form(&format!("token={unknown}"));
    *get.method_mut() = http::Method::GET;
    given_back(server.endpoints.revocation(get).await);
    assert!(!server.events().contains(&"fault"));
}

#[tokio::test]
async fn a_used_or_cancelled_device_code_comes_back() {
    let server = Server::new();
    let (device_code, user_code) = server.codes("client_id=tv").await;
    server.approve(&user_code).await;
    assert_eq!(server.poll_as_tv(&device_code).await.status(), 200);
    let body = format!("token={device_code}&client_id=tv");
    given_back(server.endpoints.revocation(form(&body)).await);
    let (device_code, _) = server.codes("client_id=tv").await;
    server.advance(Duration::from_secs(1));
    let body = format!("token={device_code}&client_id=tv");
    answered(server.endpoints.revocation(form(&body)).await);
    given_back(server.endpoints.revocation(form(&body)).await);
}
