//! The requests of Okta's guide to its device authorization grant, at the guide's own paths: "Request a device
//! verification code", "Request for tokens", "Revoke the tokens".

use serde_json::Value;

use super::browser::Browser;
use super::curl::{Answer, curl};
use super::device::GRANT_TYPE;
use super::id_token;
use super::server::Server;

/// A request of the guide: its headers, and these parameters.
#[track_caller]
fn request(server: &Server, path: &str, parameters: &[&str]) -> Answer {
    let url = server.at(&format!("/oauth2/default/v1/{path}"));
    let mut arguments = vec![
        "--request",
        "POST",
        "--url",
        &url,
        "--header",
        "Accept: application/json",
        "--header",
        "Content-Type: application/x-www-form-urlencoded",
    ];
    for parameter in parameters {
        arguments.extend(["--data-urlencode", parameter]);
    }
    curl(&arguments)
}

#[track_caller]
fn authorize(server: &Server, scope: &str) -> Value {
    let scope = format!("scope={scope}");
    let answer = request(server, "device/authorize", &["client_id=cli", &scope]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[track_caller]
fn token(server: &Server, device_code: &Value) -> Answer {
    let device_code = format!("device_code={}", device_code.as_str().unwrap());
    let grant_type = format!("grant_type={GRANT_TYPE}");
    request(
        server,
        "token",
        &["client_id=cli", &grant_type, &device_code],
    )
}

fn members(json: &Value) -> Vec<&str> {
    let mut members: Vec<_> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    members.sort_unstable();
    members
}

#[test]
fn the_device_verification_code_has_the_shape_that_the_guide_prints() {
    let server = Server::start();
    let codes = authorize(&server, "openid profile offline_access");
    let expected = [
        "device_code",
        "expires_in",
        "interval",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
    ];
    assert_eq!(members(&codes), expected);
    assert_eq!(
        (&codes["expires_in"], &codes["interval"]),
        (&600.into(), &5.into())
    );
    assert_eq!(codes["verification_uri"], server.at("/activate"));
    let user_code = codes["user_code"].as_str().unwrap();
    let letters = user_code.replace('-', "");
    assert_eq!(letters.len(), 8, "{user_code}");
    assert!(
        letters
            .bytes()
            .all(|byte| b"BCDFGHJKLMNPQRSTVWXZ".contains(&byte)),
        "{user_code}"
    );
    let complete = format!("/activate?user_code={user_code}");
    assert_eq!(codes["verification_uri_complete"], server.at(&complete));
}

#[test]
fn a_pending_authorization_is_told_in_the_words_of_the_guide() {
    let server = Server::start();
    let codes = authorize(&server, "openid profile offline_access");
    let pending = token(&server, &codes["device_code"]);
    assert_eq!(pending.status, 400);
    let expected = serde_json::json!({
        "error": "authorization_pending",
        "error_description": "The device authorization is pending. Please try again later.",
    });
    assert_eq!(pending.json(), expected);
}

#[test]
fn the_guide_can_be_followed_from_the_first_request_to_the_revocation() {
    let server = Server::start();
    let codes = authorize(&server, "openid profile offline_access");
    assert_eq!(
        token(&server, &codes["device_code"]).error().1,
        "authorization_pending"
    );

    // "The user can open the verification_uri_complete", signs in, and confirms.
    let browser = Browser::new(&server);
    browser.open(codes["verification_uri_complete"].as_str().unwrap());
    browser.sign_in("alice");
    browser.approve(codes["user_code"].as_str().unwrap());

    let tokens = token(&server, &codes["device_code"]);
    assert_eq!(tokens.status, 200);
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    let tokens = tokens.json();
    let expected = [
        "access_token",
        "expires_in",
        "id_token",
        "refresh_token",
        "scope",
        "token_type",
    ];
    assert_eq!(members(&tokens), expected);
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&"Bearer".into(), &3600.into())
    );
    let mut scope: Vec<_> = tokens["scope"].as_str().unwrap().split(' ').collect();
    scope.sort_unstable();
    assert_eq!(scope, ["offline_access", "openid", "profile"]);
    let claims = id_token::verified(&server, &tokens);
    assert_eq!(
        (&claims["sub"], &claims["aud"]),
        (&"alice".into(), &"cli".into())
    );

    let refresh_token = format!("token={}", tokens["refresh_token"].as_str().unwrap());
    let parameters = [
        &refresh_token,
        "token_type_hint=refresh_token",
        "client_id=cli",
    ];
    let revoked = request(&server, "revoke", &parameters);
    assert_eq!((revoked.status, revoked.body.as_str()), (200, ""));
}

#[test]
fn there_is_an_id_token_only_with_openid() {
    let server = Server::start();
    for (scope, has_id_token) in [("profile", false), ("openid", true)] {
        let codes = authorize(&server, scope);
        let browser = Browser::new(&server);
        browser.sign_in("alice");
        browser.approve(codes["user_code"].as_str().unwrap());
        let tokens = token(&server, &codes["device_code"]).json();
        assert_eq!(tokens.get("id_token").is_some(), has_id_token, "{scope}");
    }
}
