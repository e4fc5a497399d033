//! Tests of reading a body.

use bytes::Bytes;
use http::{Request, header};

use super::{GRANT_TYPE, Server, error, form, json, post};

async fn status(body: impl Into<Bytes>) -> (u16, String) {
    let server = Server::new();
    let request = post().body(body.into()).unwrap();
    let response = server.endpoints.device_authorization(request).await;
    match response.status().as_u16() {
        200 => (200, String::new()),
        _ => error(&response),
    }
}

fn invalid_request() -> (u16, String) {
    (400, "invalid_request".to_owned())
}

#[tokio::test]
async fn names_and_values_are_decoded() {
    let (status, _) = status("client%5fid=%74v&scope=openid+profile%20offline_access").await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn stray_separators_and_pairs_without_a_value_are_nothing() {
    for body in [
        "&&client_id=tv&&&",
        "client_id=tv&scope",
        "client_id=tv&scope=",
        "client_id=tv&=x",
        "client_id=&client_id=tv",
        "client_id=tv&a=b=c",
    ] {
        assert_eq!(status(body).await.0, 200, "{body}");
    }
}

#[tokio::test]
async fn broken_escapes_and_bad_utf8_are_refused_wherever_they_are() {
    for broken in [
        &b"%"[..],
        b"%4",
        b"%zz",
        b"%4g",
        b"%%41",
        b"%+1",
        b"%ff",
        b"%C3",
        b"%ED%A0%80",
        // A character that begins in one part and ends in the next.
        b"%C3=%A9",
        b"%C3&%A9",
        b"\xFF",
    ] {
        for place in [
            &b"client_id=tv&scope="[..],
            b"client_id=tv&unknown=",
            b"client_id=tv&",
        ] {
            let body = [place, broken].concat();
            let shown = String::from_utf8_lossy(&body).into_owned();
            assert_eq!(status(body).await, invalid_request(), "{shown}");
        }
    }
}

#[tokio::test]
async fn nul_is_in_no_identifier_and_no_scope() {
    assert_eq!(status("client_id=tv%00").await, invalid_request());
    assert_eq!(
        status("client_id=tv&scope=a%00").await,
        (400, "invalid_scope".to_owned())
    );
}

#[tokio::test]
async fn ten_thousand_parameters_are_too_many() {
    let body = "client_id=tv".to_owned() + &"&a=b".repeat(10_000);
    assert_eq!(status(body).await, invalid_request());
}

#[tokio::test]
async fn ten_thousand_parameters_of_a_poll_are_too_many() {
    let server = Server::new();
    let body = format!(
        "client_id=tv{}&{GRANT_TYPE}&device_code=x",
        "&a=b".repeat(10_000)
    );
    assert_eq!(error(&server.poll(form(&body)).await), invalid_request());
}

#[tokio::test]
async fn a_body_of_a_megabyte_is_too_large() {
    let body = "client_id=tv&a=".to_owned() + &"b".repeat(1 << 20);
    assert_eq!(status(body).await, (413, "invalid_request".to_owned()));
}

#[tokio::test]
async fn the_limit_of_a_body_is_64_kib() {
    let fill = |length: usize| {
        let start = "client_id=tv&".to_owned();
        let filling = length - start.len();
        start + &"&".repeat(filling)
    };
    assert_eq!(status(fill(64 * 1024)).await.0, 200);
    assert_eq!(status(fill(64 * 1024 + 1)).await.0, 413);
}

#[tokio::test]
async fn a_charset_and_case_of_the_content_type_do_not_matter() {
    for content_type in [
        "application/x-www-form-urlencoded; charset=UTF-8",
        "Application/X-WWW-Form-UrlEncoded;charset=iso-8859-1",
        " application/x-www-form-urlencoded ; x",
    ] {
        let server = Server::new();
        let request = Request::post("/").header(header::CONTENT_TYPE, content_type);
        let request = request.body(Bytes::from_static(b"client_id=tv")).unwrap();
        let response = server.endpoints.device_authorization(request).await;
        assert_eq!(response.status(), 200, "{content_type}");
    }
}

#[tokio::test]
async fn another_content_type_or_none_is_refused() {
    let server = Server::new();
    for content_type in [
        "",
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded, text/plain",
        "x; application/x-www-form-urlencoded",
    ] {
        let mut request = form("client_id=tv");
        request.headers_mut().remove(header::CONTENT_TYPE);
        if !content_type.is_empty() {
            let content_type = content_type.parse().unwrap();
            request
                .headers_mut()
                .insert(header::CONTENT_TYPE, content_type);
        }
        let response = server.endpoints.device_authorization(request).await;
        assert_eq!(error(&response), invalid_request(), "{content_type}");
    }
    let mut twice = form("client_id=tv");
    let again = super::FORM.parse().unwrap();
    twice.headers_mut().append(header::CONTENT_TYPE, again);
    let response = server.endpoints.device_authorization(twice).await;
    assert_eq!(error(&response), invalid_request());
}

#[tokio::test]
async fn the_query_is_not_read() {
    let server = Server::new();
    let mut request = form("");
    *request.uri_mut() = "/device_authorization?client_id=tv&scope=openid"
        .parse()
        .unwrap();
    let response = server.endpoints.device_authorization(request).await;
    assert_eq!(error(&response), invalid_request());

    let mut request = form(&format!("{GRANT_TYPE}&device_code=x"));
    *request.uri_mut() = "/token?client_id=box&client_secret=box-secret"
        .parse()
        .unwrap();
    let response = server.poll(request).await;
    assert_eq!(error(&response), invalid_request());

    let mut request = form("client_id=tv&scope=openid");
    *request.uri_mut() = "/device_authorization?client_id=nobody&scope=x"
        .parse()
        .unwrap();
    let response = server.endpoints.device_authorization(request).await;
    assert_eq!(response.status(), 200, "{}", json(&response));
}

#[tokio::test]
async fn a_repeated_parameter_is_refused_and_a_repeated_unknown_one_ignored() {
    for name in [
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "scope",
        "code_challenge",
        "code_challenge_method",
        "authorization_details",
    ] {
        let body = format!("client_id=tv&{name}=a&{name}=a");
        assert_eq!(status(body).await, invalid_request(), "{name}");
    }
    let unknown = "client_id=tv&x=1&x=2&device_code=1&device_code=2&grant_type=a&grant_type=b";
    assert_eq!(status(unknown).await.0, 200);
}

#[tokio::test]
async fn a_resource_may_be_repeated() {
    let body = "client_id=tv&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example";
    assert_eq!(status(body).await.0, 200);
}

#[tokio::test]
async fn a_repeated_parameter_of_a_poll_is_refused() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    for repeated in [
        GRANT_TYPE,
        "grant_type=password",
        "client_id=tv",
        "client_secret=a&client_secret=a",
        "device_code=b",
        "code_verifier=a&code_verifier=a",
    ] {
        let body = format!("{GRANT_TYPE}&client_id=tv&device_code={device_code}&{repeated}");
        assert_eq!(
            error(&server.poll(form(&body)).await),
            invalid_request(),
            "{repeated}"
        );
    }
}
