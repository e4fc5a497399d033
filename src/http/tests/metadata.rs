//! The metadata document of a server that has no other.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;

use super::{Asked, Server, answered, given_back, registry};
use crate::device_grants::DeviceGrants;
use crate::host::DeviceTokenRequest;
use crate::host::{Redemption, issuer_fn};
use crate::http::{ClientRegistry, Endpoint, Endpoints};
use crate::message::TokenResponse;

const PATH: &str = "/.well-known/oauth-authorization-server";

fn at(method: Method, path: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(path);
    request.body(Bytes::new()).unwrap()
}

fn serving(server: &Server) -> Endpoints {
    let endpoints = server.endpoints.clone();
    let mut metadata = endpoints.server_metadata().unwrap();
    metadata.insert("scopes_supported".to_owned(), json!(["openid"]));
    endpoints.serve_metadata(metadata)
}

#[tokio::test]
async fn it_is_complete() {
    let server = Server::built(registry(), |builder| builder.acr_values_supported(["mfa"]));
    let response = answered(serving(&server).ask(at(Method::GET, PATH)).await);
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let methods = json!(["none", "client_secret_basic", "client_secret_post"]);
    let expected = json!({
        "issuer": "https://id.example",
        "token_endpoint": "https://id.example/token",
        "device_authorization_endpoint": "https://id.example/device_authorization",
        "revocation_endpoint": "https://id.example/revoke",
        "grant_types_supported": [DeviceTokenRequest::GRANT_TYPE],
        "response_types_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "device_confirmation_code_supported": true,
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "acr_values_supported": ["mfa"],
        "scopes_supported": ["openid"],
    });
    assert_eq!(super::json(&response), expected);
}

#[tokio::test]
async fn rfc_8414_section_3_2_members_without_a_value_are_left_out() {
    let server = Server::new();
    let mut metadata = server.endpoints.server_metadata().unwrap();
    metadata.insert("jwks_uri".to_owned(), json!(null));
    metadata.insert("scopes_supported".to_owned(), json!([]));
    let endpoints = server.endpoints.serve_metadata(metadata);
    let response = answered(endpoints.ask(at(Method::GET, PATH)).await);
    let document = super::json(&response);
    let left = ["jwks_uri", "scopes_supported"].map(|name| document.get(name));
    assert_eq!(left, [None, None]);
}

#[tokio::test]
async fn it_is_served_only_where_the_host_says_so() {
    let server = Server::new();
    let (parts, _) = at(Method::GET, PATH).into_parts();
    assert!(!server.endpoints.matches(&parts));
    given_back(server.endpoints.ask(at(Method::GET, PATH)).await);
    assert!(serving(&server).matches(&parts));
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/",
        "/",
    ] {
        given_back(serving(&server).ask(at(Method::GET, path)).await);
    }
    let both = serving(&server).also_metadata_path("/.well-known/openid-configuration");
    let request = at(Method::GET, "/.well-known/openid-configuration");
    assert_eq!(answered(both.ask(request).await).status(), 200);
}

#[tokio::test]
async fn the_path_of_the_issuer_comes_after_the_well_known_one() {
    let issuer = "https://id.example/tenant/";
    let token_issuer = issuer_fn(|_: Redemption| async {
        Ok(TokenResponse::bearer("x", std::time::Duration::MAX))
    });
    let grants = DeviceGrants::builder(issuer, token_issuer)
        .verification_uri("https://id.example/tenant/activate");
    let grants = grants.in_memory().build().unwrap();
    let endpoints =
        Endpoints::new(grants, ClientRegistry::new()).paths(Endpoint::Token, ["/tenant/token"]);
    let mut metadata = endpoints.server_metadata().unwrap();
    metadata.insert("issuer".to_owned(), json!("https://other.example"));
    let endpoints = endpoints.serve_metadata(metadata);
    let path = format!("{PATH}/tenant");
    let response = answered(endpoints.ask(at(Method::GET, &path)).await);
    let document = super::json(&response);
    assert_eq!(document["issuer"], issuer);
    assert_eq!(
        document["token_endpoint"],
        "https://id.example/tenant/token"
    );
    assert_eq!(document.get("revocation_endpoint"), None);
    given_back(endpoints.ask(at(Method::GET, PATH)).await);
}

#[tokio::test]
async fn it_is_read_and_nothing_else() {
    let server = Server::new();
    let head = answered(serving(&server).ask(at(Method::HEAD, PATH)).await);
    assert_eq!((head.status().as_u16(), head.body().len()), (200, 0));
    for method in [Method::POST, Method::PUT, Method::OPTIONS] {
        let response = answered(serving(&server).ask(at(method, PATH)).await);
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()["allow"], "GET, HEAD");
        let description = super::json(&response)["error_description"].clone();
        assert_eq!(description, "the method has to be GET");
        assert_eq!(response.headers()["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn a_page_of_a_listed_origin_may_read_it() {
    let server = Server::new();
    let endpoints = serving(&server).allow_origin("https://tv.example").unwrap();
    let mut request = at(Method::GET, PATH);
    let origin = "https://tv.example".parse().unwrap();
    request.headers_mut().insert("origin", origin);
    let response = answered(endpoints.ask(request).await);
    assert_eq!(
        response.headers()["access-control-allow-origin"],
        "https://tv.example"
    );
}
