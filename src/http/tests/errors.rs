//! Every answer but success, as it is on the wire.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};

use super::{BOX_BASIC, GRANT_TYPE, Server, answered, basic, form, registry, unknown_code};
use crate::code::{CodeKeys, GrantId, UserCodeDigest};
use crate::device_grants::{DeviceGrants, Limits};
use crate::grant::{Holder, Pacing, Revision, Stored, Timestamp};
use crate::host::{
    GrantStore, Insertion, Polled, Quota, Redemption, Replaced, StoreError, issuer_fn,
};
use crate::http::Endpoints;
use crate::limiter::MemoryLimiter;
use crate::message::TokenResponse;

/// What every answer carries besides.
const ALWAYS: [(&str, &str); 3] = [
    ("cache-control", "no-store"),
    ("content-type", "application/json"),
    ("pragma", "no-cache"),
];

const CHALLENGE: (&str, &str) = ("www-authenticate", r#"Basic realm="device-grant""#);

#[track_caller]
fn assert_answer(response: &Response<Bytes>, status: u16, body: &str, more: &[(&str, &str)]) {
    let text = std::str::from_utf8(response.body()).unwrap();
    assert_eq!((response.status().as_u16(), text), (status, body));
    let expected: BTreeMap<_, _> = ALWAYS.iter().chain(more).copied().collect();
    let headers = response.headers().iter();
    let headers: BTreeMap<_, _> = headers
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    assert_eq!(headers, expected, "{body}");
}

fn described(code: &str, description: &str) -> String {
    format!(r#"{{"error":"{code}","error_description":"{description}"}}"#)
}

fn only(code: &str) -> String {
    format!(r#"{{"error":"{code}"}}"#)
}

fn invalid_request(description: &str) -> String {
    described("invalid_request", description)
}

/// At the device authorization endpoint.
async fn assert_refused(request: Request<Bytes>, status: u16, body: &str, more: &[(&str, &str)]) {
    let response = Server::new().endpoints.device_authorization(request).await;
    assert_answer(&response, status, body, more);
}

/// At the token endpoint, with this grant type.
async fn assert_poll_refused(server: &Server, parameters: &str, body: &str) {
    let response = server
        .poll(form(&format!("{GRANT_TYPE}&{parameters}")))
        .await;
    assert_answer(&response, 400, body, &[]);
}

#[tokio::test]
async fn another_method_than_post() {
    for method in [
        "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post",
    ] {
        let mut request = form("client_id=tv");
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        let body = invalid_request("the method has to be POST");
        assert_refused(request, 405, &body, &[("allow", "POST")]).await;
    }
}

#[tokio::test]
async fn a_body_that_is_too_large() {
    let body = invalid_request("the body is too large");
    assert_refused(form(&"x".repeat(65_537)), 413, &body, &[]).await;
    let poll = form(&format!("{GRANT_TYPE}&x={}", "x".repeat(65_537)));
    assert_answer(&Server::new().poll(poll).await, 413, &body, &[]);
}

#[tokio::test]
async fn a_body_that_is_no_form() {
    let mut request = form("client_id=tv");
    request.headers_mut().remove("content-type");
    let body = invalid_request("the body has to be application/x-www-form-urlencoded");
    assert_refused(request, 400, &body, &[]).await;
}

#[tokio::test]
async fn a_body_that_is_not_properly_encoded() {
    let body = invalid_request("the body is not properly encoded UTF-8");
    assert_refused(form("client_id=tv&x=%ff"), 400, &body, &[]).await;
}

#[tokio::test]
async fn too_many_parameters() {
    let body = invalid_request("the request has too many parameters");
    assert_refused(form(&"a=b&".repeat(300)), 400, &body, &[]).await;
}

#[tokio::test]
async fn a_value_that_is_too_long() {
    let request = form(&format!("client_id=tv&scope={}", "x".repeat(20_000)));
    assert_refused(request, 400, &invalid_request("scope is too long"), &[]).await;
}

#[tokio::test]
async fn no_client_identifier() {
    let body = invalid_request("client_id is missing");
    for parameters in ["", "client_id=", "client_secret=x"] {
        assert_refused(form(parameters), 400, &body, &[]).await;
    }
}

#[tokio::test]
async fn a_malformed_client_identifier() {
    let body = invalid_request("client_id is malformed");
    assert_refused(form("client_id=t%0Av"), 400, &body, &[]).await;
}

#[tokio::test]
async fn a_repeated_parameter() {
    let body = invalid_request("client_id is repeated");
    assert_refused(form("client_id=tv&client_id=tv"), 400, &body, &[]).await;
}

#[tokio::test]
async fn two_methods_of_authentication() {
    let body = invalid_request("the client authenticates twice");
    let request = basic(BOX_BASIC, "client_secret=box-secret");
    assert_refused(request, 400, &body, &[]).await;
}

#[tokio::test]
async fn two_identifiers() {
    let body = invalid_request("client_id is not that of the authenticated client");
    assert_refused(basic(BOX_BASIC, "client_id=tv"), 400, &body, &[]).await;
}

#[tokio::test]
async fn an_unknown_client_or_a_wrong_secret_in_the_body() {
    for parameters in [
        "client_id=nobody",
        "client_id=nobody&client_secret=x",
        "client_id=box",
        "client_id=box&client_secret=wrong",
        "client_id=tv&client_secret=x",
        "client_id=tv&client_assertion=x",
    ] {
        assert_refused(form(parameters), 400, &only("invalid_client"), &[]).await;
    }
}

#[tokio::test]
async fn an_unknown_client_or_a_wrong_secret_in_the_header() {
    // box:wrong, nobody:x, tv:x
    for header in [
        "Basic Ym94Ondyb25n",
        "Basic bm9ib2R5Ong=",
        "Basic dHY6eA==",
        "Negotiate x",
    ] {
        let request = basic(header, "scope=openid");
        assert_refused(request, 401, &only("invalid_client"), &[CHALLENGE]).await;
    }
}

#[tokio::test]
async fn a_client_without_the_grant() {
    assert_refused(
        form("client_id=web"),
        400,
        &only("unauthorized_client"),
        &[],
    )
    .await;
    let server = Server::new();
    let poll = format!("client_id=web&device_code={}", unknown_code());
    assert_poll_refused(&server, &poll, &only("unauthorized_client")).await;
}

#[tokio::test]
async fn more_scope_than_the_client_may_have() {
    assert_refused(
        form("client_id=tv&scope=admin"),
        400,
        &only("invalid_scope"),
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_resource_that_is_none() {
    let body = described(
        "invalid_target",
        "a resource is an absolute URI without a fragment",
    );
    assert_refused(form("client_id=tv&resource=x"), 400, &body, &[]).await;
}

#[tokio::test]
async fn authorization_details_that_are_none() {
    let request = form("client_id=tv&authorization_details=x");
    let response = Server::new().endpoints.device_authorization(request).await;
    assert_eq!(
        super::error(&response),
        (400, "invalid_authorization_details".to_owned())
    );
}

#[tokio::test]
async fn pkce_other_than_s256() {
    let body = invalid_request("code_challenge_method must be S256");
    for method in [
        "",
        "&code_challenge_method=plain",
        "&code_challenge_method=s256",
    ] {
        let request = form(&format!("client_id=tv&code_challenge=x{method}"));
        assert_refused(request, 400, &body, &[]).await;
    }
}

#[tokio::test]
async fn no_device_code() {
    let body = invalid_request("device_code is missing");
    assert_poll_refused(&Server::new(), "client_id=tv", &body).await;
}

#[tokio::test]
async fn an_unknown_device_code() {
    let server = Server::new();
    for device_code in [unknown_code().as_str(), "x"] {
        let poll = format!("client_id=tv&device_code={device_code}");
        assert_poll_refused(&server, &poll, &only("invalid_grant")).await;
    }
}

#[tokio::test]
async fn an_undecided_grant_and_a_client_in_haste() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    let poll = format!("client_id=tv&device_code={device_code}");
    assert_poll_refused(&server, &poll, &only("authorization_pending")).await;
    server.advance(Duration::from_secs(3));
    let response = server.poll_as_tv(&device_code).await;
    let body = r#"{"error":"slow_down","interval":10}"#;
    assert_answer(&response, 400, body, &[("retry-after", "10")]);
}

#[tokio::test]
async fn a_cancelled_grant() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    let cancel = form(&format!("token={device_code}&client_id=tv"));
    answered(server.endpoints.revocation(cancel).await);
    let poll = format!("client_id=tv&device_code={device_code}");
    assert_poll_refused(&server, &poll, &only("access_denied")).await;
}

#[tokio::test]
async fn an_expired_grant() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    server.advance(Duration::from_secs(600));
    let poll = format!("client_id=tv&device_code={device_code}");
    assert_poll_refused(&server, &poll, &only("expired_token")).await;
}

#[tokio::test]
async fn too_many_codes() {
    let limits = Limits::default().authorizations(Quota::new(1, Duration::from_secs(60)));
    let endpoints = endpoints(|| StoreError::broken("never asked"), limits);
    let start = || form("client_id=tv");
    endpoints.device_authorization(start()).await;
    let response = endpoints.device_authorization(start()).await;
    let retry_after = response.headers()["retry-after"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        (1..=60).contains(&retry_after.parse().unwrap()),
        "{retry_after}"
    );
    let body = described(
        "temporarily_unavailable",
        "Too many codes were issued lately.",
    );
    assert_answer(&response, 503, &body, &[("retry-after", &retry_after)]);
}

#[tokio::test]
async fn a_store_that_is_away() {
    let endpoints = endpoints(|| StoreError::unavailable("db7 is down"), Limits::default());
    let code = unknown_code();
    let body = only("temporarily_unavailable");
    let poll = form(&format!("{GRANT_TYPE}&client_id=tv&device_code={code}"));
    let cancel = form(&format!("token={code}&client_id=tv"));
    for response in [
        endpoints.device_authorization(form("client_id=tv")).await,
        answered(endpoints.token(poll).await),
        answered(endpoints.revocation(cancel).await),
    ] {
        assert_answer(&response, 503, &body, &[("retry-after", "5")]);
    }
}

#[tokio::test]
async fn a_store_that_is_broken() {
    let endpoints = endpoints(|| StoreError::broken("no such table"), Limits::default());
    let poll = format!("{GRANT_TYPE}&client_id=tv&device_code={}", unknown_code());
    for response in [
        endpoints.device_authorization(form("client_id=tv")).await,
        answered(endpoints.token(form(&poll)).await),
    ] {
        assert_answer(&response, 500, &only("server_error"), &[]);
    }
}

fn endpoints(error: fn() -> StoreError, limits: Limits) -> Endpoints {
    let issuer =
        issuer_fn(|_: Redemption| async { Ok(TokenResponse::bearer("x", Duration::from_secs(1))) });
    let grants = DeviceGrants::builder("https://id.example", "https://id.example/activate", issuer)
        .store(NoStore(error))
        .limiter(MemoryLimiter::new())
        .keys(CodeKeys::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap())
        .limits(limits)
        .build()
        .unwrap();
    Endpoints::new(grants, registry())
}

/// Fails at everything.
struct NoStore(fn() -> StoreError);

#[async_trait]
impl GrantStore for NoStore {
    async fn insert(&self, _: &Stored) -> Result<Insertion, StoreError> {
        Err((self.0)())
    }

    async fn find(&self, _: &GrantId) -> Result<Option<Stored>, StoreError> {
        Err((self.0)())
    }

    async fn find_by_user_code(&self, _: &[UserCodeDigest]) -> Result<Vec<Stored>, StoreError> {
        Err((self.0)())
    }

    async fn replace(&self, _: Revision, _: &Stored) -> Result<Replaced, StoreError> {
        Err((self.0)())
    }

    async fn record_poll(
        &self,
        _: &GrantId,
        _: &Holder,
        _: Timestamp,
        _: &Pacing,
    ) -> Result<Option<Polled>, StoreError> {
        Err((self.0)())
    }

    async fn purge(&self, _: Timestamp, _: u32) -> Result<u64, StoreError> {
        Err((self.0)())
    }
}
