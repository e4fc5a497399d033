//! Errors of client authentication, and of a client that may not use the grant.

use super::{BOX_BASIC, Server, at_both, at_each, basic, case, form_with, golden, unknown_code};

#[tokio::test]
async fn no_client_identifier() {
    for body in ["", "client_id=", "client_secret=x"] {
        let answers = at_each(body, form_with).await;
        golden(case::NO_CLIENT_IDENTIFIER, answers);
    }
}

#[tokio::test]
async fn a_malformed_client_identifier() {
    for body in ["client_id=t%0Av", "client_id=t%C3%BCv"] {
        let answers = at_each(body, form_with).await;
        golden(case::MALFORMED_CLIENT_IDENTIFIER, answers);
    }
}

#[tokio::test]
async fn two_methods_of_authentication() {
    let request = |body: &str| basic(BOX_BASIC, body);
    let answers = at_each("client_secret=box-secret", request).await;
    golden(case::CLIENT_AUTHENTICATES_TWICE, answers);
}

#[tokio::test]
async fn two_authorization_headers() {
    let request = |body: &str| {
        let mut request = basic(BOX_BASIC, body);
        let again = BOX_BASIC.parse().unwrap();
        request.headers_mut().append("authorization", again);
        request
    };
    let answers = at_each("client_id=box", request).await;
    golden(case::TWO_AUTHORIZATION_HEADERS, answers);
}

#[tokio::test]
async fn two_client_identifiers() {
    let request = |body: &str| basic(BOX_BASIC, body);
    let answers = at_each("client_id=tv", request).await;
    golden(case::CLIENT_IDENTIFIERS_DIFFER, answers);
}

#[tokio::test]
async fn an_unknown_client_or_a_wrong_secret_in_the_body() {
    for body in [
        "client_id=nobody",
        "client_id=nobody&client_secret=x",
        "client_id=box",
        "client_id=box&client_secret=wrong",
        "client_id=box&client_secret=%00",
        "client_id=tv&client_secret=x",
        "client_id=tv&client_assertion=x",
    ] {
        let answers = at_each(body, form_with).await;
        golden(case::CLIENT_FAILED_IN_BODY, answers);
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
        let request = |body: &str| basic(header, body);
        let answers = at_each("scope=openid", request).await;
        golden(case::CLIENT_FAILED_IN_HEADER, answers);
    }
}

#[tokio::test]
async fn a_client_without_the_grant() {
    let device_code = format!("client_id=web&device_code={}", unknown_code());
    for body in ["client_id=web", &device_code] {
        let answers = at_both(&Server::new(), body, form_with).await;
        golden(case::CLIENT_WITHOUT_GRANT, answers);
    }
}
