//! Devices that run in a browser.

use bytes::Bytes;
use http::{Method, Request, Response, header};

use super::{Asked, GRANT_TYPE, Server, answered, form, given_back, registry, unknown_code};
use crate::http::{Endpoints, Routed};

const TV: &str = "https://tv.example";

fn listed(server: &Server) -> Endpoints {
    server.endpoints.clone().allow_origin(TV).unwrap()
}

fn from(origin: &str, path: &str, mut request: Request<Bytes>) -> Request<Bytes> {
    *request.uri_mut() = path.parse().unwrap();
    let origin = origin.parse().unwrap();
    request.headers_mut().insert(header::ORIGIN, origin);
    request
}

fn preflight(origin: &str, path: &str) -> Request<Bytes> {
    let mut request = from(origin, path, form(""));
    *request.method_mut() = Method::OPTIONS;
    let post = "POST".parse().unwrap();
    request
        .headers_mut()
        .insert(header::ACCESS_CONTROL_REQUEST_METHOD, post);
    request
}

fn cors_headers(response: &Response<Bytes>) -> Vec<&str> {
    let names = response.headers().keys().map(header::HeaderName::as_str);
    let mut names: Vec<_> = names
        .filter(|name| name.starts_with("access-control") || *name == "vary")
        .collect();
    names.sort_unstable();
    names
}

const PATHS: [&str; 3] = ["/device_authorization", "/token", "/revoke"];

fn body_at(path: &str) -> String {
    match path {
        "/device_authorization" => "client_id=tv".to_owned(),
        "/token" => format!("{GRANT_TYPE}&client_id=tv&device_code={}", unknown_code()),
        _ => "client_id=nobody&token=x".to_owned(),
    }
}

fn server() -> Server {
    super::revocation::revoking().0
}

#[tokio::test]
async fn by_default_no_page_reads_an_answer() {
    let server = server();
    for path in PATHS {
        let request = from(TV, path, form(&body_at(path)));
        let response = answered(server.endpoints.ask(request).await);
        assert!(cors_headers(&response).is_empty(), "{path}");
    }
    let response = answered(server.endpoints.ask(preflight(TV, PATHS[0])).await);
    assert_eq!(response.status(), 405);
    assert!(cors_headers(&response).is_empty());
    let (parts, ()) = Request::options("/token").body(()).unwrap().into_parts();
    assert!(!server.endpoints.matches(&parts), "the host's to answer");
}

#[tokio::test]
async fn a_page_of_a_listed_origin_reads_answers_and_errors_without_credentials() {
    let server = server();
    for path in PATHS {
        let request = from(TV, path, form(&body_at(path)));
        let response = answered(listed(&server).ask(request).await);
        let headers = response.headers();
        assert_eq!(headers["access-control-allow-origin"], TV, "{path}");
        assert_eq!(headers["vary"], "Origin");
        let exposed = "DPoP-Nonce, Preference-Applied, Retry-After, WWW-Authenticate";
        assert_eq!(headers["access-control-expose-headers"], exposed);
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(cors_headers(&response).len(), 3, "no credentials: {path}");
    }
}

#[tokio::test]
async fn a_preflight_of_a_listed_origin_is_answered_and_not_stored() {
    let server = Server::new();
    for path in PATHS {
        let (parts, _) = preflight(TV, path).into_parts();
        assert!(listed(&server).matches(&parts), "{path}");
        let response = answered(listed(&server).ask(preflight(TV, path)).await);
        assert_eq!(response.status(), 204, "{path}");
        assert!(response.body().is_empty());
        let headers = response.headers();
        assert_eq!(headers["access-control-allow-origin"], TV);
        assert_eq!(headers["access-control-allow-methods"], "POST");
        let allowed = "Authorization, Content-Type, DPoP, Prefer";
        assert_eq!(headers["access-control-allow-headers"], allowed);
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["vary"], "Origin");
        assert!(!headers.contains_key("access-control-allow-credentials"));
        assert!(!headers.contains_key("access-control-max-age"));
    }
    assert!(server.events().is_empty());
}

#[tokio::test]
async fn a_page_of_another_origin_reads_nothing() {
    let server = Server::new();
    for origin in [
        "null",
        "https://tv.example.evil",
        "https://tv.example:8443",
        "http://tv.example",
        "https://TV.example",
        "https://tv.example/",
        "https://tv.example https://evil.example",
    ] {
        let request = from(origin, PATHS[0], form("client_id=tv"));
        let response = answered(listed(&server).ask(request).await);
        assert_eq!(cors_headers(&response), ["vary"], "{origin}");
        let response = answered(listed(&server).ask(preflight(origin, PATHS[0])).await);
        assert_eq!(
            (response.status().as_u16(), cors_headers(&response)),
            (405, vec!["vary"])
        );
        given_back(listed(&server).ask(preflight(origin, "/token")).await);
    }
    let mut twice = from(TV, PATHS[0], form("client_id=tv"));
    twice
        .headers_mut()
        .append(header::ORIGIN, TV.parse().unwrap());
    let response = answered(listed(&server).ask(twice).await);
    assert_eq!(cors_headers(&response), ["vary"]);
}

#[tokio::test]
async fn other_grants_are_the_hosts_to_mark() {
    let server = Server::new();
    let request = from(TV, "/token", form("grant_type=password"));
    let request = given_back(listed(&server).ask(request).await);
    assert_eq!(request.body(), "grant_type=password");
    let mut plain = preflight(TV, "/token");
    plain
        .headers_mut()
        .remove(header::ACCESS_CONTROL_REQUEST_METHOD);
    let answer = listed(&server).ask(plain).await;
    assert!(matches!(answer, Routed::NotOurs(_)), "no preflight");
}

#[test]
fn only_what_a_browser_writes_is_an_origin() {
    let endpoints = Server::with(registry()).endpoints;
    for origin in [
        "https://tv.example",
        "https://tv.example:8443",
        "http://localhost:3000",
        "http://[::1]",
    ] {
        assert!(endpoints.clone().allow_origin(origin).is_ok(), "{origin}");
    }
    for origin in [
        "",
        "*",
        "null",
        "tv.example",
        "http://tv.example",
        "https://*.example",
        "https://tv.example/",
        "https://tv.example?x",
        "https://tv.example#x",
        "https://tv.example:443",
        "http://localhost:80",
        "https://tv.example:",
        "https://u@tv.example",
        "HTTPS://tv.example",
        "https://Tv.example",
        "file://x",
    ] {
        assert!(endpoints.clone().allow_origin(origin).is_err(), "{origin}");
    }
}
