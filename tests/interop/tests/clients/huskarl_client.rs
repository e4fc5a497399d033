//! The crate `huskarl`, which finds the server by its metadata, waits an interval before its first poll, and bears a
//! few failures.

use huskarl::core::OAuthErrorCode;
use huskarl::core::client_auth::{ClientAuthentication, ClientSecret, NoAuth};
use huskarl::core::dpop::DPoP;
use huskarl::core::secrets::{ProvidedSecret, SecretString};
use huskarl::core::server_metadata::AuthorizationServerMetadata;
use huskarl::grant::core::TokenResponse;
use huskarl::grant::device_authorization::{
    DeviceAuthorizationGrant, PendingState, PollError, StartInput, StartOutput,
};
use huskarl::grant::refresh::RefreshGrantParameters;
use huskarl::prelude::*;
use huskarl_crypto_native::asymmetric::signer::{GenerateAlgorithm, PrivateKey};
use huskarl_reqwest::ReqwestClient;
use interop::{Fault, Stage};

#[tokio::test]
async fn an_approval_brings_tokens() {
    let stage = Stage::start().await;
    let device = public(&stage, "tv").await;
    let mut codes = begin(&device, "read write").await.unwrap();
    let (tokens, ()) = tokio::join!(poll(&device, &mut codes.pending_state), async {
        stage.answered(1).await;
        stage.person().approve(&codes.user_code).await;
    });
    let tokens = tokens.unwrap();
    let raw = tokens.raw_token_response();
    assert_eq!(raw.token_type, "Bearer");
    assert_eq!(raw.expires_in, Some(3_600));
    assert_eq!(raw.scope.as_deref(), Some("read write"));
    assert!(tokens.refresh_token().is_none());
    assert_eq!(stage.answers(), ["authorization_pending", "tokens"]);
}

#[tokio::test]
async fn both_documents_say_where_the_endpoints_are() {
    let stage = Stage::start().await;
    let http = ReqwestClient::builder().build().await.unwrap();
    let fetch = AuthorizationServerMetadata::fetch().http_client(&http);
    let oauth = fetch.issuer(stage.url()).call().await.unwrap();
    let fetch = AuthorizationServerMetadata::oidc_fetch().http_client(&http);
    let openid = fetch.issuer(stage.url()).call().await.unwrap();
    for document in [oauth, openid] {
        let endpoint = document.device_authorization_endpoint.unwrap().to_string();
        assert_eq!(endpoint, format!("{}/device_authorization", stage.url()));
    }
}

#[tokio::test]
async fn a_device_that_may_show_a_code_in_a_link_gets_one() {
    let stage = Stage::start().await;
    let codes = begin(&public(&stage, "cli").await, "read").await.unwrap();
    let link = codes.verification_uri_complete.unwrap();
    assert!(link.contains(&codes.user_code));
    let codes = begin(&public(&stage, "tv").await, "read").await.unwrap();
    assert_eq!(codes.verification_uri_complete, None);
}

#[tokio::test]
async fn a_denial_ends_polling() {
    let stage = Stage::start().await;
    let device = public(&stage, "tv").await;
    let mut codes = begin(&device, "read").await.unwrap();
    let (refusal, ()) = tokio::join!(poll(&device, &mut codes.pending_state), async {
        stage.answered(1).await;
        stage.person().deny(&codes.user_code).await;
    });
    assert!(matches!(refusal, Err(PollError::AccessDenied)));
    assert_eq!(stage.answers(), ["authorization_pending", "access_denied"]);
}

#[tokio::test]
async fn a_report_of_somebody_elses_request_ends_polling() {
    let stage = Stage::start().await;
    let device = public(&stage, "tv").await;
    let mut codes = begin(&device, "read").await.unwrap();
    stage.person().report(&codes.user_code).await;
    let refusal = poll(&device, &mut codes.pending_state).await;
    assert!(matches!(refusal, Err(PollError::AccessDenied)));
}

#[tokio::test]
async fn expiry_ends_polling() {
    let stage = Stage::with_short_lives().await;
    let device = public(&stage, "tv").await;
    let mut codes = begin(&device, "read").await.unwrap();
    let refusal = poll(&device, &mut codes.pending_state).await;
    assert!(matches!(refusal, Err(PollError::TokenExpired)));
    assert_eq!(stage.answers().last().unwrap(), &"expired_token");
}

#[tokio::test]
async fn a_slowed_device_waits_longer_and_gets_its_tokens() {
    let stage = Stage::start().await;
    let device = public(&stage, "tv").await;
    let mut codes = begin(&device, "read").await.unwrap();
    stage.fail_next(&[Fault::Crowded]);
    let (tokens, ()) = tokio::join!(poll(&device, &mut codes.pending_state), async {
        stage.answered(1).await;
        stage.person().approve(&codes.user_code).await;
    });
    assert!(tokens.is_ok());
    assert_eq!(codes.pending_state.interval_secs, 6);
    assert_eq!(stage.answers(), ["slow_down", "tokens"]);
}

#[tokio::test]
async fn a_slowed_device_is_not_slowed_again() {
    let stage = Stage::start().await;
    let device = public(&stage, "tv").await;
    let mut codes = begin(&device, "read").await.unwrap();
    stage.fail_next(&[Fault::Crowded]);
    let (tokens, ()) = tokio::join!(poll(&device, &mut codes.pending_state), async {
        stage.answered(2).await;
        stage.person().approve(&codes.user_code).await;
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
    let refusal = begin(&public(&stage, "nobody").await, "read").await;
    assert_eq!(
        verdict(&refusal.unwrap_err()),
        OAuthErrorCode::InvalidClient
    );
}

#[tokio::test]
async fn a_client_without_this_grant_gets_no_codes() {
    let stage = Stage::start().await;
    let refusal = begin(&public(&stage, "web").await, "read").await;
    assert_eq!(
        verdict(&refusal.unwrap_err()),
        OAuthErrorCode::UnauthorizedClient
    );
}

#[tokio::test]
async fn an_unknown_client_cannot_poll() {
    let stage = Stage::start().await;
    let mut codes = begin(&public(&stage, "tv").await, "read").await.unwrap();
    let stranger = public(&stage, "nobody").await;
    let refusal = poll(&stranger, &mut codes.pending_state).await;
    assert_eq!(poll_verdict(refusal), OAuthErrorCode::InvalidClient);
}

#[tokio::test]
async fn another_client_gets_nothing_and_changes_nothing() {
    let stage = Stage::start().await;
    let device = public(&stage, "tv").await;
    let mut codes = begin(&device, "read").await.unwrap();
    let thief = public(&stage, "cli").await;
    let refusal = poll(&thief, &mut codes.pending_state).await;
    assert_eq!(poll_verdict(refusal), OAuthErrorCode::InvalidGrant);
    stage.person().approve(&codes.user_code).await;
    let refusal = poll(&thief, &mut codes.pending_state).await;
    assert_eq!(poll_verdict(refusal), OAuthErrorCode::InvalidGrant);
    assert!(poll(&device, &mut codes.pending_state).await.is_ok());
}

#[tokio::test]
async fn an_unknown_code_gets_nothing() {
    let stage = Stage::start().await;
    let device = public(&stage, "tv").await;
    let mut codes = begin(&device, "read").await.unwrap();
    let code = codes.pending_state.device_code.chars().rev();
    codes.pending_state.device_code = code.collect();
    let refusal = poll(&device, &mut codes.pending_state).await;
    assert_eq!(poll_verdict(refusal), OAuthErrorCode::InvalidGrant);
}

#[tokio::test]
async fn codes_are_redeemed_once() {
    let stage = Stage::start().await;
    let device = public(&stage, "tv").await;
    let mut codes = begin(&device, "read").await.unwrap();
    stage.person().approve(&codes.user_code).await;
    let tokens = poll(&device, &mut codes.pending_state).await.unwrap();
    // The response may have got lost: what is issued once is answered again.
    let again = poll(&device, &mut codes.pending_state).await.unwrap();
    let secret = |tokens: &TokenResponse| tokens.access_token().token().expose_secret().to_owned();
    assert_eq!(secret(&again), secret(&tokens));
}

#[tokio::test]
async fn a_secret_is_taken_from_the_header_and_from_the_body() {
    for in_header in [true, false] {
        let stage = Stage::start().await;
        let device = confidential(&stage, "box-secret", in_header).await;
        let mut codes = begin(&device, "read").await.unwrap();
        stage.person().approve(&codes.user_code).await;
        let tokens = poll(&device, &mut codes.pending_state).await;
        assert!(tokens.is_ok(), "in the header: {in_header}");
    }
}

#[tokio::test]
async fn a_wrong_secret_gets_no_codes() {
    for in_header in [true, false] {
        let stage = Stage::start().await;
        let device = confidential(&stage, "tv-secret", in_header).await;
        let refusal = begin(&device, "read").await.unwrap_err();
        assert_eq!(verdict(&refusal), OAuthErrorCode::InvalidClient);
    }
}

#[tokio::test]
async fn a_refresh_token_brings_new_tokens_once() {
    let stage = Stage::start().await;
    let device = public(&stage, "tv").await;
    let mut codes = begin(&device, "read offline_access").await.unwrap();
    stage.person().approve(&codes.user_code).await;
    let tokens = poll(&device, &mut codes.pending_state).await.unwrap();
    let spend = RefreshGrantParameters::refresh_token(tokens.refresh_token().unwrap().clone());
    let refresh = device.to_refresh_grant();
    let renewed = refresh.exchange(spend.clone()).await.unwrap();
    let secret = |tokens: &TokenResponse| tokens.access_token().token().expose_secret().to_owned();
    assert_ne!(secret(&renewed), secret(&tokens));
    assert!(renewed.refresh_token().is_some());
    let again = refresh.exchange(spend).await.unwrap_err();
    assert_eq!(verdict(&again), OAuthErrorCode::InvalidGrant);
}

#[tokio::test]
async fn a_key_is_proven_at_both_endpoints_and_by_the_refresh() {
    for algorithm in [GenerateAlgorithm::Es256, GenerateAlgorithm::EdDsa] {
        let stage = Stage::start().await;
        let device = proving(&stage, algorithm).await;
        let mut codes = begin(&device, "read offline_access").await.unwrap();
        stage.person().approve(&codes.user_code).await;
        let tokens = poll(&device, &mut codes.pending_state).await.unwrap();
        assert_eq!(tokens.raw_token_response().token_type, "DPoP");
        let spend = RefreshGrantParameters::refresh_token(tokens.refresh_token().unwrap().clone());
        let renewed = device.to_refresh_grant().exchange(spend).await.unwrap();
        assert_eq!(renewed.raw_token_response().token_type, "DPoP");
    }
}

#[tokio::test]
async fn another_key_gets_nothing() {
    let stage = Stage::start().await;
    let device = proving(&stage, GenerateAlgorithm::Es256).await;
    let mut codes = begin(&device, "read").await.unwrap();
    stage.person().approve(&codes.user_code).await;
    let thief = proving(&stage, GenerateAlgorithm::Es256).await;
    let refusal = poll(&thief, &mut codes.pending_state).await;
    assert_eq!(poll_verdict(refusal), OAuthErrorCode::InvalidGrant);
    assert!(poll(&device, &mut codes.pending_state).await.is_ok());
}

#[tokio::test]
async fn a_503_costs_only_time() {
    let stage = Stage::start().await;
    let device = public(&stage, "tv").await;
    let mut codes = begin(&device, "read").await.unwrap();
    stage.fail_next(&[Fault::Unavailable]);
    let (tokens, ()) = tokio::join!(poll(&device, &mut codes.pending_state), async {
        stage.answered(1).await;
        stage.person().approve(&codes.user_code).await;
    });
    assert!(tokens.is_ok());
    let answers = stage.answers();
    assert_eq!(answers.first().map(|answer| answer.status), Some(503));
    assert_eq!(answers.last().unwrap(), &"tokens");
}

/// The crate repeats no request that the server may have seen.
#[tokio::test]
async fn a_loop_that_a_lost_answer_ended_can_be_begun_again() {
    for fault in [Fault::RequestLost, Fault::AnswerLost] {
        let stage = Stage::start().await;
        let device = public(&stage, "tv").await;
        let mut codes = begin(&device, "read").await.unwrap();
        stage.fail_next(&[fault]);
        let failure = poll(&device, &mut codes.pending_state).await;
        assert!(matches!(failure, Err(PollError::Exchange { .. })));
        stage.person().approve(&codes.user_code).await;
        assert!(poll(&device, &mut codes.pending_state).await.is_ok());
    }
}

async fn public(stage: &Stage, client_id: &str) -> DeviceAuthorizationGrant {
    device(stage, client_id, NoAuth).await
}

async fn confidential(stage: &Stage, secret: &str, in_header: bool) -> DeviceAuthorizationGrant {
    let secret = ProvidedSecret::new(SecretString::new(secret));
    let secret = ClientSecret::builder().client_secret(secret);
    device(stage, "box", secret.prefer_basic_auth(in_header).build()).await
}

async fn device(
    stage: &Stage,
    client_id: &str,
    authentication: impl ClientAuthentication + 'static,
) -> DeviceAuthorizationGrant {
    let http = ReqwestClient::builder().build().await.unwrap();
    let fetch = AuthorizationServerMetadata::fetch().http_client(&http);
    let metadata = fetch.issuer(stage.url()).call().await.unwrap();
    DeviceAuthorizationGrant::builder_from_metadata(&metadata)
        .expect("the metadata has a device authorization endpoint")
        .client_id(client_id)
        .http_client(http)
        .client_auth(authentication)
        // Else it would never poll more often than every five seconds.
        .min_poll_interval_secs(1)
        .build()
}

/// A device with a new key, which it proves by DPoP.
async fn proving(stage: &Stage, algorithm: GenerateAlgorithm) -> DeviceAuthorizationGrant {
    let http = ReqwestClient::builder().build().await.unwrap();
    let fetch = AuthorizationServerMetadata::fetch().http_client(&http);
    let metadata = fetch.issuer(stage.url()).call().await.unwrap();
    let key = PrivateKey::generate(algorithm, None).unwrap();
    DeviceAuthorizationGrant::builder_from_metadata(&metadata)
        .expect("the metadata has a device authorization endpoint")
        .client_id("tv")
        .http_client(http)
        .client_auth(NoAuth)
        .dpop(DPoP::builder().signer(key).build())
        .min_poll_interval_secs(1)
        .build()
}

async fn begin(
    device: &DeviceAuthorizationGrant,
    scopes: &str,
) -> Result<StartOutput, huskarl::core::Error> {
    let scopes = scopes.split(' ').map(str::to_owned).collect();
    device.start(StartInput::scope(scopes)).await
}

async fn poll(
    device: &DeviceAuthorizationGrant,
    pending: &mut PendingState,
) -> Result<TokenResponse, PollError> {
    device.poll_to_completion(pending, None).await
}

/// Returns the error code of the server.
fn verdict(error: &huskarl::core::Error) -> OAuthErrorCode {
    let verdict = error.verdict().unwrap_or_else(|| panic!("{error}"));
    verdict.code().clone()
}

fn poll_verdict(result: Result<TokenResponse, PollError>) -> OAuthErrorCode {
    match result.err() {
        Some(PollError::Exchange { source }) => verdict(&source),
        other => panic!("{other:?}"),
    }
}
