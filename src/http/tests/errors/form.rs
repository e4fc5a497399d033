//! Errors of the form.

use http::Method;

use super::{Endpoint, GRANT_TYPE, Server, answered, at_each, basic, case, form_with, golden};

#[tokio::test]
async fn another_method_than_post() {
    for method in [
        "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post",
    ] {
        let request = |body: &str| {
            let mut request = form_with(body);
            *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
            request
        };
        let answers = at_each("client_id=tv", request).await;
        golden(case::NOT_POST, answers);
    }
}

#[tokio::test]
async fn a_body_that_is_too_large() {
    let body = format!("x={}", "x".repeat(65_536));
    let answers = at_each(&body, form_with).await;
    golden(case::BODY_TOO_LARGE, answers);
}

#[tokio::test]
async fn a_body_that_is_no_form() {
    for content_type in ["", "application/json", "application/x-www-form-urlencodedx"] {
        let request = |body: &str| {
            let mut request = form_with(body);
            let headers = request.headers_mut();
            headers.insert("content-type", content_type.parse().unwrap());
            request
        };
        let answers = at_each("client_id=tv", request).await;
        golden(case::BODY_NOT_A_FORM, answers);
    }
}

#[tokio::test]
async fn a_body_that_is_not_properly_encoded() {
    for body in ["client_id=tv&x=%ff", "client_id=tv&%", "client_id=tv&x=%0"] {
        let answers = at_each(body, form_with).await;
        golden(case::BODY_NOT_UTF8, answers);
    }
}

#[tokio::test]
async fn too_many_parameters() {
    let answers = at_each(&"a=b&".repeat(300), form_with).await;
    golden(case::TOO_MANY_PARAMETERS, answers);
}

#[tokio::test]
async fn a_value_that_is_too_long() {
    let body = format!("client_id={}", "x".repeat(16_385));
    let answers = at_each(&body, form_with).await;
    golden(case::VALUE_TOO_LONG, answers);
}

#[tokio::test]
async fn a_parameter_that_is_repeated() {
    for body in ["client_id=tv&client_id=tv", "client_id=tv&client_id=x"] {
        let answers = at_each(body, form_with).await;
        golden(case::PARAMETER_REPEATED, answers);
    }
}

#[tokio::test]
async fn no_grant_type() {
    let server = Server::new();
    for body in ["client_id=tv", "client_id=tv&grant_type="] {
        let endpoints = server.endpoints.clone().no_other_grants();
        let answer = answered(endpoints.token(form_with(body)).await);
        golden(case::NO_GRANT_TYPE, [(Endpoint::Token, answer)]);
    }
}

#[tokio::test]
async fn another_grant_type() {
    let endpoints = Server::new().endpoints.no_other_grants();
    let request = form_with("grant_type=password&client_id=tv");
    let answer = answered(endpoints.token(request).await);
    golden(case::ANOTHER_GRANT_TYPE, [(Endpoint::Token, answer)]);
}

#[tokio::test]
async fn several_grant_types() {
    let request = basic(
        super::BOX_BASIC,
        &format!("{GRANT_TYPE}&grant_type=password"),
    );
    let answer = Server::new().poll(request).await;
    golden(case::GRANT_TYPE_REPEATED, [(Endpoint::Token, answer)]);
}
