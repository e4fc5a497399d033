//! The crate `oauth2`, whose loop polls at once and then after each interval.

use std::time::Duration;

use interop::{Fault, Stage};
use oauth2::basic::{
    BasicClient, BasicErrorResponse, BasicErrorResponseType, BasicRequestTokenError,
    BasicTokenResponse, BasicTokenType,
};
use oauth2::{
    AuthType, ClientId, ClientSecret, DeviceAuthorizationUrl, DeviceCodeErrorResponse,
    DeviceCodeErrorResponseType, EndpointNotSet, EndpointSet, HttpClientError, RefreshToken,
    RequestTokenError, Scope, StandardDeviceAuthorizationResponse, TokenResponse, TokenUrl,
    reqwest,
};

type Client = BasicClient<EndpointNotSet, EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet>;
type HttpError = HttpClientError<reqwest::Error>;
type PollError = RequestTokenError<HttpError, DeviceCodeErrorResponse>;

#[tokio::test]
async fn an_approval_brings_tokens() {
    let stage = Stage::start().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read write").await.unwrap();
    let (tokens, ()) = tokio::join!(device.poll(&codes), async {
        stage.answered(1).await;
        stage.person().approve(codes.user_code().secret()).await;
    });
    let tokens = tokens.unwrap();
    assert_eq!(tokens.token_type(), &BasicTokenType::Bearer);
    assert_eq!(tokens.expires_in(), Some(Duration::from_secs(3_600)));
    assert_eq!(tokens.scopes().unwrap().len(), 2);
    assert!(tokens.refresh_token().is_none());
    assert_eq!(stage.answers(), ["authorization_pending", "tokens"]);
}

#[tokio::test]
async fn a_device_that_may_show_a_code_in_a_link_gets_one() {
    let stage = Stage::start().await;
    let codes = Device::new(&stage, "cli").begin("read").await.unwrap();
    let link = codes.verification_uri_complete().unwrap().secret();
    assert!(link.contains(codes.user_code().secret().as_str()));
    let codes = Device::new(&stage, "tv").begin("read").await.unwrap();
    assert_eq!(
        codes.verification_uri_complete().map(|link| link.secret()),
        None
    );
}

#[tokio::test]
async fn a_denial_ends_polling() {
    let stage = Stage::start().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read").await.unwrap();
    let (refusal, ()) = tokio::join!(device.poll(&codes), async {
        stage.answered(1).await;
        stage.person().deny(codes.user_code().secret()).await;
    });
    let refusal = error(refusal.unwrap_err());
    assert_eq!(refusal, DeviceCodeErrorResponseType::AccessDenied);
    assert_eq!(stage.answers(), ["authorization_pending", "access_denied"]);
}

#[tokio::test]
async fn a_report_of_somebody_elses_request_ends_polling() {
    let stage = Stage::start().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read").await.unwrap();
    let (refusal, ()) = tokio::join!(device.poll(&codes), async {
        stage.answered(1).await;
        stage.person().report(codes.user_code().secret()).await;
    });
    let refusal = error(refusal.unwrap_err());
    assert_eq!(refusal, DeviceCodeErrorResponseType::AccessDenied);
}

/// The crate ends its loop by its own clock; it is given more time here, so that it hears the server's word.
#[tokio::test]
async fn expiry_ends_polling() {
    let stage = Stage::with_short_lives().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read").await.unwrap();
    let refusal = error(device.poll(&codes).await.unwrap_err());
    assert_eq!(refusal, DeviceCodeErrorResponseType::ExpiredToken);
    assert_eq!(stage.answers().last().unwrap(), &"expired_token");
}

#[tokio::test]
async fn a_slowed_device_waits_longer_and_gets_its_tokens() {
    let stage = Stage::start().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read").await.unwrap();
    stage.fail_next(&[Fault::Crowded]);
    let (tokens, ()) = tokio::join!(device.poll(&codes), async {
        stage.answered(1).await;
        stage.person().approve(codes.user_code().secret()).await;
    });
    assert!(tokens.is_ok());
    assert_eq!(stage.answers(), ["slow_down", "tokens"]);
}

#[tokio::test]
async fn a_slowed_device_is_not_slowed_again() {
    let stage = Stage::start().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read").await.unwrap();
    stage.fail_next(&[Fault::Crowded]);
    let (tokens, ()) = tokio::join!(device.poll(&codes), async {
        stage.answered(2).await;
        stage.person().approve(codes.user_code().secret()).await;
    });
    assert!(tokens.is_ok());
    assert_eq!(
        stage.answers(),
        ["slow_down", "authorization_pending", "tokens"]
    );
}

#[tokio::test]
async fn an_unknown_client_gets_no_codes() {
    let stage = Stage::start().await;
    let refusal = Device::new(&stage, "nobody").begin("read").await;
    assert_eq!(basic_error(refusal), BasicErrorResponseType::InvalidClient);
}

#[tokio::test]
async fn a_client_without_this_grant_gets_no_codes() {
    let stage = Stage::start().await;
    let refusal = Device::new(&stage, "web").begin("read").await;
    assert_eq!(
        basic_error(refusal),
        BasicErrorResponseType::UnauthorizedClient
    );
}

#[tokio::test]
async fn a_scope_that_is_not_on_offer_gets_no_codes() {
    let stage = Stage::start().await;
    let refusal = Device::new(&stage, "tv").begin("everything").await;
    assert_eq!(basic_error(refusal), BasicErrorResponseType::InvalidScope);
}

#[tokio::test]
async fn an_unknown_client_cannot_poll() {
    let stage = Stage::start().await;
    let codes = Device::new(&stage, "tv").begin("read").await.unwrap();
    let refusal = Device::new(&stage, "nobody").poll(&codes).await;
    let expected = DeviceCodeErrorResponseType::Basic(BasicErrorResponseType::InvalidClient);
    assert_eq!(error(refusal.unwrap_err()), expected);
}

#[tokio::test]
async fn another_client_gets_nothing_and_changes_nothing() {
    let stage = Stage::start().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read").await.unwrap();
    let thief = Device::new(&stage, "cli");
    let invalid_grant = DeviceCodeErrorResponseType::Basic(BasicErrorResponseType::InvalidGrant);
    assert_eq!(error(thief.poll(&codes).await.unwrap_err()), invalid_grant);
    stage.person().approve(codes.user_code().secret()).await;
    assert_eq!(error(thief.poll(&codes).await.unwrap_err()), invalid_grant);
    assert!(device.poll(&codes).await.is_ok());
}

#[tokio::test]
async fn an_unknown_code_gets_nothing() {
    let stage = Stage::start().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read").await.unwrap();
    let mut made_up = serde_json::to_value(&codes).unwrap();
    let code = codes.device_code().secret().chars().rev();
    made_up["device_code"] = code.collect::<String>().into();
    let made_up = serde_json::from_value(made_up).unwrap();
    let refusal = device.poll(&made_up).await.unwrap_err();
    let expected = DeviceCodeErrorResponseType::Basic(BasicErrorResponseType::InvalidGrant);
    assert_eq!(error(refusal), expected);
}

#[tokio::test]
async fn codes_are_redeemed_once() {
    let stage = Stage::start().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read").await.unwrap();
    stage.person().approve(codes.user_code().secret()).await;
    let tokens = device.poll(&codes).await.unwrap();
    // The response may have got lost: what is issued once is answered again.
    let again = device.poll(&codes).await.unwrap();
    let secret = |tokens: &BasicTokenResponse| tokens.access_token().secret().clone();
    assert_eq!(secret(&again), secret(&tokens));
}

#[tokio::test]
async fn a_secret_is_taken_from_the_header_and_from_the_body() {
    for way in [AuthType::BasicAuth, AuthType::RequestBody] {
        let stage = Stage::start().await;
        let device = Device::with_secret(&stage, "box-secret", way.clone());
        let codes = device.begin("read").await.unwrap();
        stage.person().approve(codes.user_code().secret()).await;
        let tokens = device.poll(&codes).await;
        assert!(tokens.is_ok(), "{way:?}");
    }
}

#[tokio::test]
async fn a_wrong_secret_gets_no_codes() {
    for way in [AuthType::BasicAuth, AuthType::RequestBody] {
        let stage = Stage::start().await;
        let refusal = Device::with_secret(&stage, "tv-secret", way)
            .begin("read")
            .await;
        assert_eq!(basic_error(refusal), BasicErrorResponseType::InvalidClient);
    }
}

#[tokio::test]
async fn a_refresh_token_brings_new_tokens_once() {
    let stage = Stage::start().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read offline_access").await.unwrap();
    stage.person().approve(codes.user_code().secret()).await;
    let tokens = device.poll(&codes).await.unwrap();
    let first = tokens.refresh_token().unwrap();
    let renewed = device.refresh(first).await.unwrap();
    assert_ne!(
        renewed.access_token().secret(),
        tokens.access_token().secret()
    );
    assert_ne!(renewed.refresh_token().unwrap().secret(), first.secret());
    let again = device.refresh(first).await;
    assert_eq!(basic_error(again), BasicErrorResponseType::InvalidGrant);
}

#[tokio::test]
async fn lost_requests_and_lost_answers_cost_only_time() {
    let stage = Stage::start().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read").await.unwrap();
    stage.fail_next(&[Fault::RequestLost, Fault::AnswerLost]);
    let (tokens, ()) = tokio::join!(device.poll(&codes), async {
        stage.answered(2).await;
        stage.person().approve(codes.user_code().secret()).await;
    });
    assert!(tokens.is_ok());
    assert_eq!(stage.answers(), ["nothing", "nothing", "tokens"]);
}

#[tokio::test]
async fn tokens_whose_answer_was_lost_are_answered_again() {
    let stage = Stage::start().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read").await.unwrap();
    stage.person().approve(codes.user_code().secret()).await;
    stage.fail_next(&[Fault::AnswerLost]);
    assert!(device.poll(&codes).await.is_ok());
}

/// The crate takes what it cannot read as JSON for the end.
#[tokio::test]
async fn a_loop_that_a_503_ended_can_be_begun_again() {
    let stage = Stage::start().await;
    let device = Device::new(&stage, "tv");
    let codes = device.begin("read").await.unwrap();
    stage.fail_next(&[Fault::Unavailable]);
    let refusal = device.poll(&codes).await.unwrap_err();
    assert!(matches!(refusal, RequestTokenError::Parse(..)));
    stage.person().approve(codes.user_code().secret()).await;
    assert!(device.poll(&codes).await.is_ok());
}

/// A device with a client of the crate.
struct Device {
    client: Client,
    http: reqwest::Client,
}

impl Device {
    fn new(stage: &Stage, client_id: &str) -> Self {
        let url = |path| format!("{}{path}", stage.url());
        let token = TokenUrl::new(url("/token")).unwrap();
        let begin = DeviceAuthorizationUrl::new(url("/device_authorization")).unwrap();
        Self {
            client: BasicClient::new(ClientId::new(client_id.to_owned()))
                .set_device_authorization_url(begin)
                .set_token_uri(token),
            http: reqwest::Client::new(),
        }
    }

    fn with_secret(stage: &Stage, secret: &str, way: AuthType) -> Self {
        let public = Self::new(stage, "box");
        let secret = ClientSecret::new(secret.to_owned());
        Self {
            client: public.client.set_client_secret(secret).set_auth_type(way),
            ..public
        }
    }

    async fn begin(
        &self,
        scopes: &str,
    ) -> Result<StandardDeviceAuthorizationResponse, BasicRequestTokenError<HttpError>> {
        let scopes = scopes.split(' ').map(|scope| Scope::new(scope.to_owned()));
        let request = self.client.exchange_device_code().add_scopes(scopes);
        request.request_async(&self.http).await
    }

    async fn poll(
        &self,
        codes: &StandardDeviceAuthorizationResponse,
    ) -> Result<BasicTokenResponse, PollError> {
        let longer_than_any_code = Some(Duration::from_secs(3_600));
        self.client
            .exchange_device_access_token(codes)
            .request_async(&self.http, tokio::time::sleep, longer_than_any_code)
            .await
    }

    async fn refresh(
        &self,
        token: &RefreshToken,
    ) -> Result<BasicTokenResponse, BasicRequestTokenError<HttpError>> {
        let request = self.client.exchange_refresh_token(token);
        request.request_async(&self.http).await
    }
}

/// Returns the error code of the answer to a poll.
fn error(error: PollError) -> DeviceCodeErrorResponseType {
    match error {
        RequestTokenError::ServerResponse(response) => response.error().clone(),
        other @ (RequestTokenError::Request(_)
        | RequestTokenError::Parse(..)
        | RequestTokenError::Other(_)) => panic!("{other}"),
    }
}

/// Returns the error code of the answer to any other request.
fn basic_error<T>(
    result: Result<T, RequestTokenError<HttpError, BasicErrorResponse>>,
) -> BasicErrorResponseType {
    match result.err() {
        Some(RequestTokenError::ServerResponse(response)) => response.error().clone(),
        other => panic!("{other:?}"),
    }
}
