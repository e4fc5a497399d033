//! The crate `openidconnect`, which finds the server by its OpenID document, polls as `oauth2` does, and checks who
//! approved.

use interop::Stage;
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreDeviceAuthorizationResponse, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AdditionalProviderMetadata, ClaimsVerificationError, ClientId, DeviceAuthorizationUrl,
    DeviceCodeErrorResponse, DeviceCodeErrorResponseType, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpClientError, IssuerUrl, Nonce, OAuth2TokenResponse, ProviderMetadata,
    RequestTokenError, Scope, TokenResponse, reqwest,
};
use serde::{Deserialize, Serialize};

/// The members of the document that OpenID Connect Discovery does not name.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct DeviceEndpoint {
    device_authorization_endpoint: DeviceAuthorizationUrl,
}

impl AdditionalProviderMetadata for DeviceEndpoint {}

type Metadata = ProviderMetadata<
    DeviceEndpoint,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;
type Client = CoreClient<
    EndpointSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
type PollError = RequestTokenError<HttpClientError<reqwest::Error>, DeviceCodeErrorResponse>;

#[tokio::test]
async fn an_approval_says_who_approved() {
    let stage = Stage::start().await;
    let device = Device::discover(&stage).await;
    let nonce = Nonce::new_random();
    let scopes = ["openid", "profile", "offline_access"].map(|scope| Scope::new(scope.to_owned()));
    let request = device.client.exchange_device_code().add_scopes(scopes);
    let request = request.add_extra_param("nonce", nonce.secret());
    let codes = request.request_async(&device.http).await.unwrap();
    let (tokens, ()) = tokio::join!(device.poll(&codes), async {
        stage.answered(1).await;
        stage.person().approve(codes.user_code().secret()).await;
    });
    let tokens = tokens.unwrap();
    let verifier = device.client.id_token_verifier();
    let token = tokens.id_token().unwrap();
    // As the verifier wants it by default.
    let claims = token.claims(&verifier, &nonce).unwrap();
    let other = token.claims(&verifier, &Nonce::new_random());
    assert!(matches!(
        other,
        Err(ClaimsVerificationError::InvalidNonce(_))
    ));
    assert_eq!(claims.subject().as_str(), "alice");
    assert_eq!(claims.preferred_username().unwrap().as_str(), "alice");
    assert!(claims.auth_time().is_some());

    // The ID token of a refresh has none.
    let refresh_token = tokens.refresh_token().unwrap();
    let refresh = device.client.exchange_refresh_token(refresh_token).unwrap();
    let refreshed = refresh.request_async(&device.http).await.unwrap();
    let token = refreshed.id_token().unwrap();
    assert!(token.claims(&verifier, &nonce).is_err());
    let without = |nonce: Option<&Nonce>| nonce.map_or(Ok(()), |_| Err("a nonce".to_owned()));
    token.claims(&verifier, without).unwrap();
}

#[tokio::test]
async fn the_access_token_opens_the_same_account() {
    let stage = Stage::start().await;
    let device = Device::discover(&stage).await;
    let codes = device.begin("openid").await;
    stage.person().approve(codes.user_code().secret()).await;
    let tokens = device.poll(&codes).await.unwrap();
    let request = device.client.user_info(tokens.access_token().clone(), None);
    let info: CoreUserInfoClaims = request.unwrap().request_async(&device.http).await.unwrap();
    assert_eq!(info.subject().as_str(), "alice");
}

#[tokio::test]
async fn who_does_not_ask_for_openid_is_not_told_who_approved() {
    let stage = Stage::start().await;
    let device = Device::discover(&stage).await;
    // The crate asks for `openid` by itself, unless it is told not to.
    let plain = Device {
        client: device.client.disable_openid_scope(),
        http: device.http,
    };
    let codes = plain.begin("read").await;
    stage.person().approve(codes.user_code().secret()).await;
    let tokens = plain.poll(&codes).await.unwrap();
    assert!(tokens.id_token().is_none());
}

#[tokio::test]
async fn a_denial_ends_polling() {
    let stage = Stage::start().await;
    let device = Device::discover(&stage).await;
    let codes = device.begin("openid").await;
    let (refusal, ()) = tokio::join!(device.poll(&codes), async {
        stage.answered(1).await;
        stage.person().deny(codes.user_code().secret()).await;
    });
    let RequestTokenError::ServerResponse(refusal) = refusal.unwrap_err() else {
        panic!("the server said nothing");
    };
    assert_eq!(refusal.error(), &DeviceCodeErrorResponseType::AccessDenied);
}

/// A device with a client of the crate.
struct Device {
    client: Client,
    http: reqwest::Client,
}

impl Device {
    async fn discover(stage: &Stage) -> Self {
        let http = reqwest::Client::new();
        let issuer = IssuerUrl::new(stage.url().to_owned()).unwrap();
        let metadata = Metadata::discover_async(issuer, &http).await.unwrap();
        let endpoint = metadata.additional_metadata();
        let endpoint = endpoint.device_authorization_endpoint.clone();
        let client_id = ClientId::new("tv".to_owned());
        let client = CoreClient::from_provider_metadata(metadata, client_id, None)
            .set_device_authorization_url(endpoint);
        Self { client, http }
    }

    async fn begin(&self, scopes: &str) -> CoreDeviceAuthorizationResponse {
        let scopes = scopes.split(' ').map(|scope| Scope::new(scope.to_owned()));
        let request = self.client.exchange_device_code().add_scopes(scopes);
        request.request_async(&self.http).await.unwrap()
    }

    async fn poll(
        &self,
        codes: &CoreDeviceAuthorizationResponse,
    ) -> Result<CoreTokenResponse, PollError> {
        let request = self.client.exchange_device_access_token(codes).unwrap();
        request
            .request_async(&self.http, tokio::time::sleep, None)
            .await
    }
}
