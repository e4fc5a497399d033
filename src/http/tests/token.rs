use std::time::Duration;

use http::header;

use super::{BOX_BASIC, GRANT_TYPE, Server, basic, error, form, given_back, json, post};
use crate::grant::Arrival;
use crate::host::Visitor;

fn bad(code: &str) -> (u16, String) {
    (400, code.to_owned())
}

#[tokio::test]
async fn a_grant_from_start_to_tokens() {
    let server = Server::new();
    let (device_code, user_code) = server.codes("client_id=tv&scope=openid").await;
    assert_eq!(
        error(&server.poll_as_tv(&device_code).await),
        bad("authorization_pending")
    );
    server.approve(&user_code).await;
    let response = server.poll_as_tv(&device_code).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["content-type"], "application/json");
    let json = json(&response);
    assert_eq!(json["access_token"], "the-token");
    assert_eq!(
        (&json["scope"], &json["expires_in"]),
        (&"openid".into(), &3600.into())
    );
    assert_eq!(
        error(&server.poll_as_tv(&device_code).await),
        bad("invalid_grant")
    );
}

#[tokio::test]
async fn rfc_8628_section_3_4_example() {
    let server = Server::new();
    let body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code\
                &device_code=GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS\
                &client_id=1406020730";
    assert_eq!(error(&server.poll(form(body)).await), bad("invalid_client"));
    let body = body.replace("1406020730", "tv");
    assert_eq!(error(&server.poll(form(&body)).await), bad("invalid_grant"));
}

#[tokio::test]
async fn too_fast_is_told_with_the_interval_and_when_to_come_back() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    server.poll_as_tv(&device_code).await;
    server.advance(Duration::from_secs(2));
    let response = server.poll_as_tv(&device_code).await;
    assert_eq!(error(&response), bad("slow_down"));
    assert_eq!(response.headers()["retry-after"], "10");
    assert_eq!(json(&response)["interval"], 10);
    server.advance(Duration::from_secs(10));
    assert_eq!(
        error(&server.poll_as_tv(&device_code).await),
        bad("authorization_pending")
    );
}

#[tokio::test]
async fn denied_and_expired_are_told() {
    let server = Server::new();
    let (denied, user_code) = server.codes("client_id=tv").await;
    let (expired, _) = server.codes("client_id=tv").await;
    let visitor = Visitor::new("alice");
    let review = server
        .grants
        .review(&user_code, Arrival::Typed, &visitor)
        .await
        .unwrap();
    server.grants.deny(&review.ticket, &visitor).await.unwrap();
    assert_eq!(
        error(&server.poll_as_tv(&denied).await),
        bad("access_denied")
    );
    server.advance(Duration::from_secs(600));
    assert_eq!(
        error(&server.poll_as_tv(&expired).await),
        bad("expired_token")
    );
}

#[tokio::test]
async fn another_clients_device_code_is_as_good_as_none() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    let body = format!("{GRANT_TYPE}&device_code={device_code}");
    let theirs = server.poll(basic(BOX_BASIC, &body)).await;
    let unknown = format!("{GRANT_TYPE}&device_code={}", super::unknown_code());
    let nobodys = server.poll(basic(BOX_BASIC, &unknown)).await;
    assert_eq!(error(&theirs), bad("invalid_grant"));
    assert_eq!(theirs.body(), nobodys.body());
    assert_eq!(theirs.headers(), nobodys.headers());
}

#[tokio::test]
async fn a_confidential_client_authenticates_at_each_poll() {
    let server = Server::new();
    let start = server
        .endpoints
        .device_authorization(basic(BOX_BASIC, ""))
        .await;
    let device_code = json(&start)["device_code"].as_str().unwrap().to_owned();
    let body = format!("{GRANT_TYPE}&device_code={device_code}");
    let as_box = format!("{body}&client_id=box");
    assert_eq!(
        error(&server.poll(form(&as_box)).await),
        bad("invalid_client")
    );
    assert_eq!(
        error(&server.poll(basic(BOX_BASIC, &body)).await),
        bad("authorization_pending")
    );
}

#[tokio::test]
async fn a_request_that_fails_authentication_is_no_poll() {
    let server = Server::new();
    let start = server
        .endpoints
        .device_authorization(basic(BOX_BASIC, ""))
        .await;
    let device_code = json(&start)["device_code"].as_str().unwrap().to_owned();
    let body = format!("{GRANT_TYPE}&device_code={device_code}");
    for seconds in [0, 2, 2] {
        server.advance(Duration::from_secs(seconds));
        let response = server.poll(basic("Basic Ym94Ondyb25n", &body)).await;
        assert_eq!(error(&response), (401, "invalid_client".to_owned()));
    }
    let polled = server.poll(basic(BOX_BASIC, &body)).await;
    assert_eq!(
        error(&polled),
        bad("authorization_pending"),
        "the first poll is free"
    );
    assert!(!server.events().contains(&"slowed_down"));
}

#[tokio::test]
async fn a_client_without_the_grant_is_told_so_whatever_else_is_missing() {
    let server = Server::new();
    let response = server
        .poll(form(&format!("{GRANT_TYPE}&client_id=web")))
        .await;
    assert_eq!(error(&response), bad("unauthorized_client"));
    assert_eq!(server.events(), ["unauthorized_client"]);
}

#[tokio::test]
async fn pkce_is_asked_for_where_it_was_promised() {
    let server = Server::new();
    // RFC 7636 appendix B.
    let start = "client_id=tv&code_challenge_method=S256\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let (device_code, _) = server.codes(start).await;
    assert_eq!(
        error(&server.poll_as_tv(&device_code).await),
        bad("invalid_grant")
    );
    let body = format!(
        "{GRANT_TYPE}&client_id=tv&device_code={device_code}\
         &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    assert_eq!(
        error(&server.poll(form(&body)).await),
        bad("authorization_pending")
    );
}

#[tokio::test]
async fn what_is_not_this_grant_comes_back_as_it_was() {
    let server = Server::new();
    for body in [
        &b""[..],
        b"grant_type=refresh_token&refresh_token=x",
        b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_cod",
        b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code%00",
        b"x_grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code",
        b"grant_type=%zz&x=%ff\xFF",
        br#"{"grant_type":"urn:ietf:params:oauth:grant-type:device_code"}"#,
        &[b'&'; 200_000],
    ] {
        let request = post().header("x-host", "1").body(body.into()).unwrap();
        let request = given_back(server.endpoints.token(request).await);
        assert_eq!(request.body(), body);
        assert_eq!(request.headers()["x-host"], "1");
    }
}

#[tokio::test]
async fn another_method_is_not_this_grant() {
    let server = Server::new();
    for method in ["GET", "HEAD", "PUT", "OPTIONS", "post"] {
        let mut request = form(GRANT_TYPE);
        *request.method_mut() = method.parse().unwrap();
        given_back(server.endpoints.token(request).await);
    }
}

#[tokio::test]
async fn the_grant_type_is_found_however_it_is_written() {
    let server = Server::new();
    for grant_type in [
        "grant_type=urn:ietf:params:oauth:grant-type:device_code",
        "grant%5Ftype=%75rn%3aietf%3aparams%3aoauth%3agrant-type%3adevice_code",
        "x=%&grant_type=urn:ietf:params:oauth:grant-type:device_code",
        "grant_type=refresh_token&grant_type=urn:ietf:params:oauth:grant-type:device_code",
        "grant_type=urn:ietf:params:oauth:grant-type:device_code&grant_type=refresh_token",
    ] {
        let response = server.poll(form(grant_type)).await;
        assert_eq!(error(&response), bad("invalid_request"), "{grant_type}");
    }
}

#[tokio::test]
async fn this_grant_under_another_content_type_is_refused() {
    let server = Server::new();
    let mut request = form(&format!("{GRANT_TYPE}&client_id=tv"));
    let json = "application/json".parse().unwrap();
    request.headers_mut().insert(header::CONTENT_TYPE, json);
    assert_eq!(error(&server.poll(request).await), bad("invalid_request"));
}
