use super::registry;
use crate::host::Client;
use crate::http::{ClientCredentials, ClientDirectory, ClientRegistry, Endpoint};

async fn id(clients: &ClientRegistry, credentials: ClientCredentials) -> Option<String> {
    let found = clients.authenticate(&credentials).await.unwrap();
    found.map(|client| client.id.to_string())
}

fn at(mut credentials: ClientCredentials, endpoint: Endpoint) -> ClientCredentials {
    credentials.endpoint = endpoint;
    credentials
}

#[tokio::test]
async fn a_public_client_is_known_by_its_identifier() {
    let found = id(&registry(), ClientCredentials::new("tv")).await;
    assert_eq!(found.as_deref(), Some("tv"));
}

#[tokio::test]
async fn a_public_client_with_a_secret_is_refused() {
    assert_eq!(
        id(&registry(), ClientCredentials::new("tv").with_secret("x")).await,
        None
    );
    assert_eq!(
        id(&registry(), ClientCredentials::new("tv").with_secret("x")).await,
        None
    );
}

#[tokio::test]
async fn a_confidential_client_authenticates_in_header_or_body() {
    for credentials in [
        ClientCredentials::new("box").with_secret("box-secret"),
        ClientCredentials::new("box").with_secret("box-secret"),
    ] {
        assert_eq!(id(&registry(), credentials).await.as_deref(), Some("box"));
    }
}

#[tokio::test]
async fn a_confidential_client_without_its_secret_is_refused() {
    for endpoint in [
        Endpoint::DeviceAuthorization,
        Endpoint::Token,
        Endpoint::Revocation,
    ] {
        for credentials in [
            ClientCredentials::new("box"),
            ClientCredentials::new("box").with_secret(""),
            ClientCredentials::new("box").with_secret("box-secreT"),
            ClientCredentials::new("box").with_secret("box-secret "),
            ClientCredentials::new("box").with_secret("box-secre"),
        ] {
            assert_eq!(id(&registry(), at(credentials, endpoint)).await, None);
        }
    }
}

#[tokio::test]
async fn an_unauthenticated_start_is_for_the_device_authorization_endpoint_only() {
    let clients = registry().unauthenticated_start("box");
    for (endpoint, is_known) in [
        (Endpoint::DeviceAuthorization, true),
        (Endpoint::Token, false),
        (Endpoint::Revocation, false),
    ] {
        let found = id(&clients, at(ClientCredentials::new("box"), endpoint)).await;
        assert_eq!(found.is_some(), is_known, "{endpoint:?}");
    }
    let wrong = at(
        ClientCredentials::new("box").with_secret("wrong"),
        Endpoint::DeviceAuthorization,
    );
    assert_eq!(id(&clients, wrong).await, None);
}

#[tokio::test]
async fn an_unknown_client_is_refused_as_one_with_a_wrong_secret() {
    assert_eq!(
        id(&registry(), ClientCredentials::new("nobody")).await,
        None
    );
    assert_eq!(
        id(
            &registry(),
            ClientCredentials::new("nobody").with_secret("x")
        )
        .await,
        None
    );
}

#[tokio::test]
async fn the_digest_of_no_secret_lets_nobody_in() {
    let clients = ClientRegistry::new().confidential(Client::new("box"), "");
    assert_eq!(id(&clients, ClientCredentials::new("box")).await, None);
    assert_eq!(
        id(&clients, ClientCredentials::new("box").with_secret("")).await,
        None
    );
}

#[test]
fn secrets_do_not_show() {
    let clients = registry();
    assert!(!format!("{clients:?}").contains("secret"));
    let credentials = ClientCredentials::new("box").with_secret("box-secret");
    assert!(!format!("{credentials:?}").contains("box-secret"));
}
