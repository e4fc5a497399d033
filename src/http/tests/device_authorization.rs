use std::net::IpAddr;

use bytes::Bytes;
use http::Request;

use super::{Server, error, form, json, post, with};
use crate::code::UserCodeFormat;
use crate::device_grants::{Builder, Limits};
use crate::grant::{Arrival, HostData, KeyThumbprint, Origin, Place};
use crate::host::{Client, Terms, Visitor};
use crate::http::{ClientRegistry, RequestFacts};

#[tokio::test]
async fn rfc_8628_section_3_1_example() {
    let terms = Terms::new("example_scope".parse().unwrap());
    let client = Client::new("1406020730").device_grant(terms);
    let server = Server::with(ClientRegistry::new().public(client));
    let response = server
        .authorize("client_id=1406020730&scope=example_scope")
        .await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let json = json(&response);
    assert_eq!(json["verification_uri"], "https://id.example/activate");
    assert_eq!(
        (&json["expires_in"], &json["interval"]),
        (&600.into(), &5.into())
    );
    assert_eq!(json["user_code"].as_str().map(str::len), Some(9));
    assert!(json.get("verification_uri_complete").is_none());
}

#[tokio::test]
async fn a_client_whose_terms_say_so_gets_the_complete_uri() {
    let json = json(&Server::new().authorize("client_id=cli").await);
    let complete = json["verification_uri_complete"].as_str().unwrap();
    let user_code = json["user_code"].as_str().unwrap();
    assert_eq!(
        complete,
        format!("https://id.example/activate?user_code={user_code}")
    );
}

#[tokio::test]
async fn a_confidential_client_authenticates_here_too() {
    let server = Server::new();
    for (request, status) in [
        (super::basic(super::BOX_BASIC, ""), 200),
        (form("client_id=box&client_secret=box-secret"), 200),
        (form("client_id=box"), 400),
        (form("client_id=box&client_secret="), 400),
    ] {
        let response = server.endpoints.device_authorization(request).await;
        assert_eq!(response.status(), status, "{}", json(&response));
    }
}

/// Ten codes are left to clients that the host has authenticated, when a crowd has asked in the names of all others.
#[tokio::test]
async fn clients_that_are_authenticated_keep_a_share_of_the_codes() {
    type Ask = fn() -> Request<Bytes>;
    let terms = || Terms::new("openid".parse().unwrap());
    let authenticated = |facts: &mut RequestFacts| {
        facts.client = Some(Client::new("tv").device_grant(terms()));
    };
    let cases: [(Ask, u16); 5] = [
        (|| super::basic(super::BOX_BASIC, ""), 200),
        (|| form("client_id=box&client_secret=box-secret"), 200),
        (|| form("client_id=box"), 503),
        (|| super::basic("Basic dHY6", ""), 503),
        (|| form("client_id=till"), 503),
    ];
    let clients = || {
        let till = Client::new("till").device_grant(terms());
        let registry = super::registry().unauthenticated_start("box").public(till);
        registry.public(Client::new("clock").device_grant(terms()))
    };
    let small = |builder: Builder| {
        let format = UserCodeFormat::base20().with_lengths(8..=8).unwrap();
        let limits = Limits::default().expected_hits(1.41e-7);
        builder.user_code_format(format).limits(limits)
    };
    let flooded = || async {
        let server = Server::built(clients(), small);
        for request in 0..30 {
            let name = ["cli", "clock"][request % 2];
            server.codes(&format!("client_id={name}")).await;
        }
        server
    };
    for (request, status) in cases {
        let server = flooded().await;
        let response = server.endpoints.device_authorization(request()).await;
        assert_eq!(response.status(), status, "{}", json(&response));
    }
    let server = flooded().await;
    let request = with(authenticated, "client_id=tv");
    let response = server.endpoints.device_authorization(request).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_refused_request_leaves_nothing_behind() {
    let server = Server::new();
    for body in [
        "",
        "client_id=web",
        "client_id=box",
        "client_id=tv&scope=admin",
        "client_id=tv&scope=%20",
    ] {
        let response = server.authorize(body).await;
        assert!(response.status().is_client_error(), "{body}");
    }
    assert!(!server.events().contains(&"authorized"));
}

async fn origin(request: Request<Bytes>) -> Origin {
    let server = Server::new();
    let response = server.endpoints.device_authorization(request).await;
    let json = json(&response);
    let visitor = Visitor::new("alice");
    let user_code = json["user_code"].as_str().unwrap();
    let review = server.grants.review(user_code, Arrival::Typed, &visitor);
    review.await.unwrap().grant.origin.clone()
}

#[tokio::test]
async fn the_origin_is_what_the_host_vouches_for_and_the_user_agent() {
    let ip: IpAddr = [203, 0, 113, 7].into();
    let mut request = with(|facts| facts.ip = Some(ip), "client_id=tv");
    let headers = request.headers_mut();
    headers.insert("user-agent", "TV/1.0".parse().unwrap());
    headers.insert("x-forwarded-for", "198.51.100.1".parse().unwrap());
    headers.insert("forwarded", "for=198.51.100.1".parse().unwrap());
    assert_eq!(
        origin(request).await,
        Origin::new().with_ip(ip).with_user_agent("TV/1.0")
    );
}

#[tokio::test]
async fn the_origin_is_where_the_host_knows_it_to_be() {
    let place = Place::new().with_country("DE");
    let request = with(|facts| facts.place = Some(place), "client_id=tv");
    assert_eq!(origin(request).await, Origin::new().with_place(place));
}

#[tokio::test]
async fn no_header_says_where_a_request_comes_from() {
    let mut request = form("client_id=tv");
    for name in [
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "cf-connecting-ip",
    ] {
        let name: http::HeaderName = name.parse().unwrap();
        request
            .headers_mut()
            .insert(name, "198.51.100.1".parse().unwrap());
    }
    assert_eq!(origin(request).await, Origin::new());
}

#[tokio::test]
async fn an_origin_of_the_hosts_own_stands_as_it_is() {
    let own = Origin::new().with_device_label("Kitchen");
    let mut request = with(|facts| facts.origin = Some(own.clone()), "client_id=tv");
    request
        .headers_mut()
        .insert("user-agent", "TV/1.0".parse().unwrap());
    assert_eq!(origin(request).await, own);
}

#[tokio::test]
async fn nobody_else_than_the_expected_subject_finds_the_grant() {
    let server = Server::new();
    let request = with(
        |facts| facts.expected_subject = Some("alice".into()),
        "client_id=tv",
    );
    let json = json(&server.endpoints.device_authorization(request).await);
    let user_code = json["user_code"].as_str().unwrap();
    let bob = Visitor::new("bob");
    assert!(
        server
            .grants
            .review(user_code, Arrival::Typed, &bob)
            .await
            .is_err()
    );
    server.approve(user_code).await;
}

#[tokio::test]
async fn host_data_travels_with_the_grant() {
    let server = Server::new();
    let data = HostData::new([("tenant", "blue")]).unwrap();
    let request = with(|facts| facts.data = Some(data.clone()), "client_id=tv");
    let json = json(&server.endpoints.device_authorization(request).await);
    let visitor = Visitor::new("alice");
    let review = server.grants.review(
        json["user_code"].as_str().unwrap(),
        Arrival::Typed,
        &visitor,
    );
    assert_eq!(review.await.unwrap().grant.data, data);
}

#[tokio::test]
async fn a_verified_key_binds_the_grant() {
    let server = Server::new();
    let key = |byte| {
        let key = KeyThumbprint::from_bytes([byte; 32]);
        move |facts: &mut RequestFacts| facts.key = Some(key)
    };
    let json = json(
        &server
            .endpoints
            .device_authorization(with(key(7), "client_id=tv"))
            .await,
    );
    let body = format!(
        "{}&client_id=tv&device_code={}",
        super::GRANT_TYPE,
        json["device_code"].as_str().unwrap()
    );
    let polled = |request| server.poll(request);
    assert_eq!(
        error(&polled(with(key(7), &body)).await).1,
        "authorization_pending"
    );
    assert_eq!(error(&polled(form(&body)).await).1, "invalid_grant");
    assert_eq!(error(&polled(with(key(8), &body)).await).1, "invalid_grant");
}

#[tokio::test]
async fn accept_is_no_condition() {
    let server = Server::new();
    for accept in ["*/*", "application/json", "text/html"] {
        let request = post()
            .header("accept", accept)
            .body("client_id=tv".into())
            .unwrap();
        let response = server.endpoints.device_authorization(request).await;
        assert_eq!(response.status(), 200);
    }
}

#[tokio::test]
async fn what_is_asked_of_the_sign_in_travels_with_the_grant() {
    let mut server = Server::new();
    let named = server.endpoints.extra_parameter("binding_message", 64);
    server.endpoints = named.unwrap();
    let body = "client_id=tv&acr_values=mfa+pwd&max_age=300&login_hint=alice%40example.com\
                &ui_locales=de-AT+en&nonce=n-0S6&binding_message=till+4=4&telemetry=x";
    let (_, user_code) = server.codes(body).await;
    let visitor = Visitor::new("alice");
    let review = server.grants.review(&user_code, Arrival::Typed, &visitor);
    let review = review.await.unwrap();
    let sign_in = &review.grant.sign_in;
    assert_eq!(sign_in.acr_values, ["mfa", "pwd"]);
    assert_eq!(sign_in.max_age, Some(std::time::Duration::from_secs(300)));
    assert_eq!(sign_in.login_hint.as_deref(), Some("alice@example.com"));
    assert_eq!(sign_in.ui_locales, ["de-AT", "en"]);
    assert_eq!(sign_in.nonce.as_deref(), Some("n-0S6"));
    let extras: Vec<_> = review.grant.extras.iter().collect();
    assert_eq!(extras, [("binding_message", "till 4=4")]);
}

#[tokio::test]
async fn an_extra_parameter_that_is_named_twice_has_the_later_length_and_costs_no_other() {
    let mut server = Server::new();
    for (name, max_len) in [("tenant", 2), ("till", 2), ("tenant", 8)] {
        server.endpoints = server.endpoints.extra_parameter(name, max_len).unwrap();
    }
    let (_, user_code) = server.codes("client_id=tv&tenant=12345678&till=4").await;
    let visitor = Visitor::new("alice");
    let review = server.grants.review(&user_code, Arrival::Typed, &visitor);
    let review = review.await.unwrap();
    let extras: Vec<_> = review.grant.extras.iter().collect();
    assert_eq!(extras, [("tenant", "12345678"), ("till", "4")]);
}
