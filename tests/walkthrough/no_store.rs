//! Nothing that the example server answers may be stored.

use super::curl::{Answer, curl};
use super::server::Server;

#[track_caller]
fn assert_not_stored(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[test]
fn no_answer_is_stored_whatever_its_status() {
    let server = Server::start();
    for (path, status) in [
        ("/.well-known/oauth-authorization-server", 200),
        ("/.well-known/openid-configuration", 200),
        ("/jwks.json", 200),
        ("/healthz", 200),
        ("/readyz", 200),
        // On an address of their own alone.
        ("/metrics", 404),
        ("/login", 200),
        ("/activate", 303),
        ("/userinfo", 401),
        ("/", 404),
        ("/nowhere", 404),
        ("/token", 405),
        ("/revoke", 405),
        ("/device_authorization", 405),
    ] {
        assert_not_stored(&curl(&[server.at(path)]), status);
    }
}

#[test]
fn no_refusal_is_stored_either() {
    let server = Server::start();
    let large = format!("x={}", "x".repeat(70_000));
    for path in ["/device_authorization", "/token", "/revoke", "/activate"] {
        for (body, status) in [("", 400), (large.as_str(), 413)] {
            // To the page, an empty code is that of a visitor who has to sign in.
            let status = if (path, status) == ("/activate", 400) {
                200
            } else {
                status
            };
            let origin = format!("Origin: {}", server.at(""));
            let request = ["--header", &origin, "--data", body, &server.at(path)];
            assert_not_stored(&curl(&request), status);
        }
    }
    assert_not_stored(&curl(&["--data", "", &server.at("/login")]), 422);
}

#[test]
fn a_method_without_a_meaning_is_told_which_ones_have_one() {
    let server = Server::start();
    for (path, allowed) in [
        ("/token", "POST"),
        ("/revoke", "POST"),
        ("/device_authorization", "POST"),
        ("/activate", "GET, HEAD, POST"),
    ] {
        let answer = curl(&["--request", "DELETE", &server.at(path)]);
        assert_not_stored(&answer, 405);
        assert_eq!(answer.header("allow"), Some(allowed), "{path}");
    }
}
