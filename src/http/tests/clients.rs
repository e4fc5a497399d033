//! Client authentication at the edge.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64ct::{Base64, Encoding};
use bytes::Bytes;
use http::{Request, header};

use super::{BOX_BASIC, GRANT_TYPE, Server, basic, error, form, json, unknown_code, with};
use crate::host::PortError;
use crate::host::{Client, Terms};
use crate::http::{ClientCredentials, ClientDirectory, ClientRegistry, Endpoint};

/// Remembers what it is asked, and knows nobody.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<ClientCredentials>>>);

#[async_trait]
impl ClientDirectory for Recorder {
    async fn authenticate(
        &self,
        credentials: &ClientCredentials,
    ) -> Result<Option<Client>, PortError> {
        self.0.lock().unwrap().push(credentials.clone());
        Ok(None)
    }
}

/// Returns the identifier and the secret with which a poll asks the directory.
async fn asked(request: Request<Bytes>) -> Option<(String, Option<String>)> {
    let recorder = Recorder::default();
    let server = Server::with(recorder.clone());
    server.poll(request).await;
    let asked = recorder.0.lock().unwrap().pop()?;
    assert_eq!(asked.endpoint, Endpoint::Token);
    let secret = asked.secret().map(str::to_owned);
    Some((asked.client_id.to_string(), secret))
}

fn encoded(credentials: &[u8]) -> String {
    format!("Basic {}", Base64::encode_string(credentials))
}

fn pair(id: &str, secret: Option<&str>) -> Option<(String, Option<String>)> {
    Some((id.to_owned(), secret.map(str::to_owned)))
}

#[tokio::test]
async fn rfc_6749_section_2_3_1_basic() {
    let request = basic("Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW", GRANT_TYPE);
    assert_eq!(asked(request).await, pair("s6BhdRkqt3", Some("gX1fBat3bV")));
}

#[tokio::test]
async fn rfc_6749_section_2_3_1_post() {
    let body = format!("{GRANT_TYPE}&client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw");
    let expected = pair("s6BhdRkqt3", Some("7Fjfp0ZBr1KtDRbnfVdmIw"));
    assert_eq!(asked(form(&body)).await, expected);
}

#[tokio::test]
async fn both_parts_of_basic_are_form_encoded() {
    let request = basic(&encoded(b"a%3Ab+c:s%25%3A%2B+t:u"), GRANT_TYPE);
    assert_eq!(asked(request).await, pair("a:b c", Some("s%:+ t:u")));
}

#[tokio::test]
async fn a_plus_or_a_percent_that_was_not_encoded_is_another_secret_or_none() {
    let request = |secret: &str| basic(&encoded(format!("box:{secret}").as_bytes()), GRANT_TYPE);
    // As RFC 6749 has it.
    assert_eq!(
        asked(request("a%2Bb%25c")).await,
        pair("box", Some("a+b%c"))
    );
    // As `curl -u` sends it.
    assert_eq!(asked(request("a+b")).await, pair("box", Some("a b")));
    assert_eq!(asked(request("a%41b")).await, pair("box", Some("aAb")));
    for broken in ["50%off", "100%", "a+b%c"] {
        assert_eq!(asked(request(broken)).await, None, "{broken}");
    }
}

#[tokio::test]
async fn a_client_gets_in_with_a_plus_and_a_percent_if_it_encodes_them() {
    let terms = Terms::new("openid".parse().unwrap());
    let client = Client::new("box").device_grant(terms);
    let registry = ClientRegistry::new().confidential(client, "a+b%c");
    let server = Server::with(registry);
    let body = format!("{GRANT_TYPE}&device_code={}", unknown_code());
    let header = |text: &[u8]| basic(&encoded(text), &body);
    let right = server.poll(header(b"box:a%2Bb%25c")).await;
    assert_eq!(error(&right), (400, "invalid_grant".to_owned()));
    for wrong in [&b"box:a+b%c"[..], b"box:a+b%25c", b"box:a%2Bb%c"] {
        let refused = server.poll(header(wrong)).await;
        assert_eq!(error(&refused), (401, "invalid_client".to_owned()));
    }
    let posted = format!("{body}&client_id=box&client_secret=a%2Bb%25c");
    let posted = server.poll(form(&posted)).await;
    assert_eq!(error(&posted), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_secret_of_base64url_is_the_same_with_and_without_the_encoding() {
    let secret = "ABCxyz019-_.~";
    let request = basic(&encoded(format!("box:{secret}").as_bytes()), GRANT_TYPE);
    assert_eq!(asked(request).await, pair("box", Some(secret)));
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case() {
    let request = basic(&encoded(b"tv:x").replace("Basic", "bAsIc "), GRANT_TYPE);
    assert_eq!(asked(request).await, pair("tv", Some("x")));
}

#[tokio::test]
async fn an_empty_secret_is_none() {
    assert_eq!(
        asked(basic(&encoded(b"tv:"), GRANT_TYPE)).await,
        pair("tv", None)
    );
    let body = format!("{GRANT_TYPE}&client_id=tv&client_secret=");
    assert_eq!(asked(form(&body)).await, pair("tv", None));
}

#[tokio::test]
async fn the_same_identifier_in_header_and_body_is_one_method() {
    let request = basic(
        BOX_BASIC,
        &format!("{GRANT_TYPE}&client_id=box&client_secret="),
    );
    assert_eq!(asked(request).await, pair("box", Some("box-secret")));
}

#[tokio::test]
async fn malformed_credentials_are_refused_without_asking() {
    for header in [
        "Basic",
        "Basic ",
        "Basic !",
        "Basic Ym94OmJveC1zZWNyZXQ",
        "Basic Ym94OmJveC1zZWNyZXR=",
        "Bearer Ym94OmJveC1zZWNyZXQ=",
        "Ym94OmJveC1zZWNyZXQ=",
        &encoded(b"box"),
        &encoded(b":secret"),
        &encoded(b"%zz:secret"),
        &encoded(b"box:%"),
        &encoded(b"box:%f"),
        &encoded(b"box:%ff"),
        &encoded(b"b\xFFx:secret"),
        &encoded(b"b%00x:secret"),
        &encoded("b\u{f6}x:secret".as_bytes()),
        &encoded(b"box:sec%00ret"),
        &encoded(&[b'x'; 2050]),
        &encoded(&[&[b'x'; 2049][..], b":secret"].concat()),
        &encoded(&[&b"box:"[..], &[b'x'; 20_000]].concat()),
    ] {
        let recorder = Recorder::default();
        let server = Server::with(recorder.clone());
        let body = format!("{GRANT_TYPE}&device_code={}&client_id=box", unknown_code());
        let response = server.poll(basic(header, &body)).await;
        assert_eq!(
            error(&response),
            (401, "invalid_client".to_owned()),
            "{header}"
        );
        assert_eq!(
            response.headers()["www-authenticate"],
            r#"Basic realm="device-grant""#
        );
        assert!(recorder.0.lock().unwrap().is_empty(), "{header}");
    }
}

#[tokio::test]
async fn a_header_of_16_kib_is_read_and_a_longer_one_is_not() {
    const LONGEST: usize = 16 * 1024;
    let secret = "s".repeat(12_278);
    let header = encoded(format!("box:{secret}").as_bytes());
    // Spaces at the end belong to the header, and not to the credentials.
    for (length, expected) in [(LONGEST, pair("box", Some(&*secret))), (LONGEST + 1, None)] {
        let header = format!("{header:<length$}");
        assert_eq!(
            asked(basic(&header, GRANT_TYPE)).await,
            expected,
            "{length}"
        );
    }
}

#[tokio::test]
async fn a_secret_with_a_control_character_is_refused_without_asking() {
    let body = format!("{GRANT_TYPE}&client_id=box&client_secret=a%00b");
    assert_eq!(asked(form(&body)).await, None);
}

#[tokio::test]
async fn two_authorization_headers_are_no_request() {
    let server = Server::new();
    let mut request = basic(BOX_BASIC, GRANT_TYPE);
    let again = BOX_BASIC.parse().unwrap();
    request.headers_mut().append(header::AUTHORIZATION, again);
    let response = server.poll(request).await;
    assert_eq!(error(&response), (400, "invalid_request".to_owned()));
}

#[tokio::test]
async fn an_assertion_that_nobody_verified_is_not_ignored() {
    let server = Server::new();
    for parameter in ["client_assertion=e30.e30.", "client_assertion_type=urn%3Ax"] {
        let body = format!("{GRANT_TYPE}&device_code=x&client_id=tv&{parameter}");
        let response = server.poll(form(&body)).await;
        assert_eq!(error(&response), (400, "invalid_client".to_owned()));
    }
}

#[tokio::test]
async fn what_the_host_authenticated_is_not_authenticated_again() {
    let recorder = Recorder::default();
    let server = Server::with(recorder.clone());
    let terms = Terms::new("openid".parse().unwrap());
    let client = Client::new("mtls").device_grant(terms);
    for body in [
        "scope=openid",
        "scope=openid&client_id=mtls",
        "scope=openid&client_id=mtls&client_assertion=x&client_secret=y",
    ] {
        let request = with(|facts| facts.client = Some(client.clone()), body);
        let response = server.endpoints.device_authorization(request).await;
        assert_eq!(response.status(), 200, "{}", json(&response));
    }
    assert!(recorder.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn another_identifier_than_the_authenticated_one_is_refused() {
    let server = Server::new();
    let request = with(
        |facts| facts.client = Some(Client::new("mtls")),
        "client_id=tv",
    );
    let response = server.endpoints.device_authorization(request).await;
    assert_eq!(error(&response), (400, "invalid_request".to_owned()));
}

#[tokio::test]
async fn a_refused_client_is_observed() {
    let server = Server::new();
    server.authorize("client_id=nobody").await;
    assert_eq!(server.events(), ["client_refused"]);
}

#[tokio::test]
async fn a_directory_that_is_away_is_observed_with_its_cause_and_not_told() {
    struct Away;

    #[async_trait]
    impl ClientDirectory for Away {
        async fn authenticate(&self, _: &ClientCredentials) -> Result<Option<Client>, PortError> {
            Err(PortError::unavailable(std::io::Error::other(
                "no route to db7",
            )))
        }
    }

    let server = Server::with(Away);
    let response = server.authorize("client_id=tv").await;
    assert_eq!(
        error(&response),
        (503, "temporarily_unavailable".to_owned())
    );
    assert!(response.headers().contains_key("retry-after"));
    assert!(!json(&response).to_string().contains("db7"));
    let events = server.events.0.lock().unwrap();
    assert!(
        events[0].to_string().contains("no route to db7"),
        "{}",
        events[0]
    );
}
