use http::Request;
use serde_json::{Map, json};

use super::{Asked, GRANT_TYPE, Server, answered, form, given_back};
use crate::http::{Endpoint, Endpoints, Routed};

fn at(path: &str, method: &str) -> http::request::Parts {
    Request::builder()
        .method(method)
        .uri(path)
        .body(())
        .unwrap()
        .into_parts()
        .0
}

fn okta(server: &Server) -> Endpoints {
    server
        .endpoints
        .clone()
        .paths(
            Endpoint::DeviceAuthorization,
            [
                "/device_authorization",
                "/oauth2/default/v1/device/authorize",
            ],
        )
        .paths(Endpoint::Token, ["/token", "/oauth2/default/v1/token"])
        .paths(
            Endpoint::Revocation,
            ["/revoke", "/oauth2/default/v1/revoke"],
        )
}

#[test]
fn the_device_authorization_path_is_ours_with_every_method() {
    let endpoints = okta(&Server::new());
    for path in [
        "/device_authorization",
        "/device_authorization?x",
        "/oauth2/default/v1/device/authorize",
    ] {
        for method in ["POST", "GET", "DELETE"] {
            assert!(endpoints.matches(&at(path, method)), "{method} {path}");
        }
    }
}

#[test]
fn the_paths_that_the_host_serves_too_are_ours_with_post_only() {
    let endpoints = okta(&Server::new());
    for path in [
        "/token",
        "/revoke",
        "/oauth2/default/v1/token",
        "/oauth2/default/v1/revoke",
    ] {
        assert!(endpoints.matches(&at(path, "POST")), "{path}");
        assert!(!endpoints.matches(&at(path, "GET")), "{path}");
    }
}

#[test]
fn with_a_token_revoker_the_revocation_path_is_ours_with_every_method() {
    let (server, _) = super::revocation::revoking();
    for method in ["POST", "GET", "DELETE"] {
        assert!(okta(&server).matches(&at("/revoke", method)), "{method}");
    }
}

#[test]
fn no_other_path_is_ours() {
    let endpoints = okta(&Server::new());
    for path in [
        "/", "/token/", "//token", "/Token", "/tok%65n", "/x/token", "/token/x", "/device",
    ] {
        assert!(!endpoints.matches(&at(path, "POST")), "{path}");
    }
    assert!(
        !Endpoints::new(Server::new().grants, super::registry()).matches(&at("/revoke", "POST"))
    );
}

#[tokio::test]
async fn each_path_leads_to_its_endpoint() {
    let server = Server::new();
    let endpoints = okta(&server);
    let sent = |path: &str, body: &str| {
        let mut request = form(body);
        *request.uri_mut() = path.parse().unwrap();
        endpoints.ask(request)
    };
    let start = answered(sent("/oauth2/default/v1/device/authorize", "client_id=tv").await);
    let device_code = super::json(&start)["device_code"]
        .as_str()
        .unwrap()
        .to_owned();
    let poll = format!("{GRANT_TYPE}&client_id=tv&device_code={device_code}");
    let polled = answered(sent("/oauth2/default/v1/token", &poll).await);
    assert_eq!(super::error(&polled).1, "authorization_pending");
    let cancel = format!("client_id=tv&token={device_code}");
    let cancelled = answered(sent("/oauth2/default/v1/revoke", &cancel).await);
    assert_eq!(cancelled.status(), 200);
    given_back(sent("/elsewhere", "client_id=tv").await);
}

#[test]
fn the_metadata_name_the_path_at_the_issuers_origin() {
    let server = Server::new();
    let endpoints = okta(&server).paths(Endpoint::DeviceAuthorization, ["/device/code"]);
    let mut document = Map::new();
    endpoints.add_metadata(&mut document).unwrap();
    let expected = json!("https://id.example/device/code");
    assert_eq!(document["device_authorization_endpoint"], expected);
    assert!(
        endpoints
            .paths(Endpoint::DeviceAuthorization, ["/a path"])
            .add_metadata(&mut document)
            .is_err()
    );
}

/// Put behind the issuer's origin, `m/device` would name the host `id.examplem`.
#[test]
fn a_path_that_is_none_is_not_advertised() {
    let server = Server::new();
    for paths in [
        &["device"][..],
        &["m/device"],
        &[".evil.example/device"],
        &["@evil.example/"],
        &[""],
        &[],
    ] {
        for endpoint in [Endpoint::DeviceAuthorization, Endpoint::Token] {
            let endpoints = server
                .endpoints
                .clone()
                .paths(endpoint, paths.iter().copied());
            let metadata = endpoints.server_metadata();
            assert!(metadata.is_err(), "{endpoint:?} {paths:?}: {metadata:?}");
        }
        let endpoints = server.endpoints.clone();
        let endpoints = endpoints.paths(Endpoint::DeviceAuthorization, paths.iter().copied());
        assert!(
            endpoints.add_metadata(&mut Map::new()).is_err(),
            "{paths:?}"
        );
    }
    let revocation = server
        .endpoints
        .clone()
        .paths(Endpoint::Revocation, ["m/revoke"]);
    assert!(revocation.server_metadata().is_err());
}

#[test]
fn the_origin_of_an_issuer_ends_before_its_path() {
    let origin_of = crate::http::endpoints::origin_of;
    assert_eq!(origin_of("https://a.example"), "https://a.example");
    assert_eq!(origin_of("https://a.example/"), "https://a.example");
    assert_eq!(
        origin_of("https://a.example:8443/tenant/x"),
        "https://a.example:8443"
    );
    assert_eq!(origin_of("http://[::1]:80/x"), "http://[::1]:80");
}

#[tokio::test]
async fn a_dropped_request_leaves_nothing_half_done() {
    use std::future::Future;
    use std::task::{Context, Waker};

    let server = Server::new();
    let (device_code, user_code) = server.codes("client_id=tv").await;
    server.approve(&user_code).await;
    let body = format!("{GRANT_TYPE}&client_id=tv&device_code={device_code}");
    {
        let mut dropped = Box::pin(server.endpoints.token(form("grant_type=password")));
        let _ = dropped
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
    }
    drop(server.endpoints.token(form(&body)));
    let Routed::Answered(response) = server.endpoints.token(form(&body)).await else {
        panic!("not answered");
    };
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn without_other_grants_nothing_comes_back() {
    let endpoints = Server::new().endpoints.no_other_grants();
    assert!(endpoints.matches(&at("/token", "GET")));
    for (body, status, code) in [
        (
            "grant_type=password&username=a",
            400,
            "unsupported_grant_type",
        ),
        ("client_id=tv", 400, "invalid_request"),
        ("grant_type=a&grant_type=b", 400, "invalid_request"),
        ("grant_type=%", 400, "invalid_request"),
        (GRANT_TYPE, 400, "invalid_request"),
    ] {
        let response = answered(endpoints.token(form(body)).await);
        assert_eq!(super::error(&response), (status, code.to_owned()), "{body}");
    }
    let mut get = form(GRANT_TYPE);
    *get.method_mut() = http::Method::GET;
    assert_eq!(answered(endpoints.token(get).await).status(), 405);
}

#[test]
fn neither_headers_nor_bodies_show() {
    let given_back = Routed::NotOurs(super::basic(super::BOX_BASIC, "client_secret=box-secret"));
    assert_eq!(format!("{given_back:?}"), r#"NotOurs(POST "/")"#);
    let response = http::Response::new(bytes::Bytes::from_static(b"the-token"));
    assert_eq!(format!("{:?}", Routed::from(response)), "Answered(200 OK)");
}
