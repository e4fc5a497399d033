//! Input that no client should send: it gets the documented error, and stores nothing.

use std::fs;
use std::path::PathBuf;
use std::process;

use super::curl::{Answer, curl};
use super::device::GRANT_TYPE;
use super::server::Server;

/// Posts these bytes as they are, with these arguments of `curl` besides.
#[track_caller]
fn post_raw(url: &str, name: &str, body: &[u8], arguments: &[&str]) -> Answer {
    let file = format!("bad-input-{}-{name}", process::id());
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(file);
    fs::write(&file, body).unwrap();
    let data = format!("@{}", file.display());
    let answer = curl(&[&["--data-binary", &data, url], arguments].concat());
    fs::remove_file(&file).unwrap();
    answer
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(
        answer.error(),
        (status, error.to_owned()),
        "{}",
        answer.body
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// Returns the number of grants that the server has written.
fn authorized(server: &Server) -> usize {
    let metrics = curl(&[server.metrics().to_owned()]).body;
    let mut lines = metrics.lines();
    let line = lines.find(|line| line.contains(r#"event="authorized""#));
    line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

#[test]
fn a_bad_device_authorization_request_is_refused_and_stores_nothing() {
    let server = Server::start();
    let url = server.at("/device_authorization");
    let long = "x".repeat(20_000);
    let values = "a+".repeat(17);
    for (body, error) in [
        ("", "invalid_request"),
        ("client_id=&scope=openid", "invalid_request"),
        ("client_id=tv&client_id=tv", "invalid_request"),
        ("client_id=tv&scope=openid&scope=openid", "invalid_request"),
        ("client_id=tv&max_age=1&max_age=1", "invalid_request"),
        ("client_id=t%C3%BCv", "invalid_request"),
        ("client_id=tv%00", "invalid_request"),
        ("client_id=nobody", "invalid_client"),
        ("client_id=web", "unauthorized_client"),
        ("client_id=tv&scope=admin", "invalid_scope"),
        ("client_id=tv&scope=a++b", "invalid_scope"),
        (&format!("client_id=tv&scope={long}"), "invalid_request"),
        ("client_id=tv&resource=files", "invalid_target"),
        (
            "client_id=tv&resource=https://other.example/",
            "invalid_target",
        ),
        (
            "client_id=tv&authorization_details=%5B%5B%5B",
            "invalid_authorization_details",
        ),
        ("client_id=tv&max_age=-1", "invalid_request"),
        (
            &format!("client_id=tv&acr_values={values}"),
            "invalid_request",
        ),
        ("client_id=tv&login_hint=a%0D%0Ab", "invalid_request"),
        (
            &format!("client_id=tv&login_hint={}", "x".repeat(600)),
            "invalid_request",
        ),
        ("client_id=tv&code_challenge=x", "invalid_request"),
        ("client_id=tv&x=%ff", "invalid_request"),
        ("client_id=tv&x=%zz", "invalid_request"),
        ("client_id=tv&x=%4", "invalid_request"),
        (
            &format!("client_id=tv{}", "&a=b".repeat(10_000)),
            "invalid_request",
        ),
    ] {
        let answer = post_raw(&url, "form", body.as_bytes(), &[]);
        assert_refused(&answer, 400, error);
    }
    let raw = post_raw(&url, "utf8", b"client_id=tv&scope=\xff\xfe", &[]);
    assert_refused(&raw, 400, "invalid_request");
    assert_eq!(authorized(&server), 0);
}

#[test]
fn what_is_no_form_is_refused_whatever_it_holds() {
    let server = Server::start();
    let url = server.at("/device_authorization");
    for content_type in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "",
    ] {
        let header = format!("Content-Type: {content_type}");
        let answer = post_raw(&url, "type", b"client_id=tv", &["--header", &header]);
        assert_refused(&answer, 400, "invalid_request");
    }
    let in_the_query = curl(&[
        "--request",
        "POST",
        &format!("{url}?client_id=tv&scope=openid"),
    ]);
    assert_refused(&in_the_query, 400, "invalid_request");
    assert_eq!(authorized(&server), 0);
}

#[test]
fn a_large_body_is_refused_whether_or_not_it_says_so() {
    let server = Server::start();
    let body = vec![b'x'; 100_000];
    for path in ["/device_authorization", "/token", "/revoke"] {
        for framing in ["Accept: */*", "Transfer-Encoding: chunked"] {
            let headers = ["--header", "Expect:", "--header", framing];
            let answer = post_raw(&server.at(path), "large", &body, &headers);
            assert_refused(&answer, 413, "invalid_request");
        }
    }
}

#[test]
fn large_headers_do_no_harm() {
    let server = Server::start();
    let large = format!("X-Large: {}", "x".repeat(100_000));
    let answer = post_raw(
        &server.at("/device_authorization"),
        "header",
        b"client_id=tv",
        &["--header", &large],
    );
    assert!(matches!(answer.status, 200 | 431), "{}", answer.status);
    let credentials = format!("Authorization: Basic {}", "eHh4".repeat(10_000));
    let answer = post_raw(
        &server.at("/device_authorization"),
        "credentials",
        b"client_id=tv",
        &["--header", &credentials],
    );
    assert_refused(&answer, 401, "invalid_client");
}

#[test]
fn a_bad_poll_or_revocation_is_refused() {
    let server = Server::start();
    let poll = format!("grant_type={GRANT_TYPE}&client_id=tv");
    let long = "a".repeat(16_000);
    for (rest, error) in [
        ("", "invalid_request"),
        ("&device_code=", "invalid_request"),
        ("&device_code=a&device_code=a", "invalid_request"),
        ("&device_code=%00%F0%9F%93%BA", "invalid_grant"),
        (&format!("&device_code={long}"), "invalid_grant"),
        ("&device_code=a&resource=files", "invalid_target"),
        ("&device_code=%ff", "invalid_request"),
        (&"&a=b".repeat(10_000), "invalid_request"),
    ] {
        let body = format!("{poll}{rest}");
        let answer = post_raw(&server.at("/token"), "poll", body.as_bytes(), &[]);
        assert_refused(&answer, 400, error);
    }
    for body in [
        "client_id=tv",
        "client_id=tv&token=a&token=a",
        "client_id=tv&token=%zz",
    ] {
        let answer = post_raw(&server.at("/revoke"), "revoke", body.as_bytes(), &[]);
        assert_refused(&answer, 400, "invalid_request");
    }
}
