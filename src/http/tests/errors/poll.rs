//! Errors of a device code, and answers for a grant that has ended.

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use super::{
    BOX_BASIC, Endpoint, GRANT_TYPE, Server, answered, basic, case, error, faults, form_with,
    golden, polled, registry, unknown_code,
};
use crate::grant::{Arrival, Narrowing};
use crate::host::{IssueError, Redemption, Ruling, Visitor, issuer_fn};
use crate::message::{ErrorCode, ErrorResponse, TokenResponse};

/// A poll of `tv`.
fn with(device_code: &str) -> String {
    format!("client_id=tv&device_code={device_code}")
}

/// A server whose issuer answers like this, and an approved device code of `tv`.
async fn approved(issue: fn() -> Result<TokenResponse, IssueError>) -> (Server, String) {
    let issuer = issuer_fn(move |_: Redemption| async move { issue() });
    let server = Server::of(registry(), issuer, |builder| builder);
    let (device_code, user_code) = server.codes("client_id=tv&scope=openid").await;
    server.approve(&user_code).await;
    (server, device_code)
}

#[tokio::test]
async fn no_device_code() {
    for body in ["client_id=tv", "client_id=tv&device_code="] {
        golden(case::NO_DEVICE_CODE, polled(&Server::new(), body).await);
    }
}

#[tokio::test]
async fn an_unknown_device_code() {
    let server = Server::new();
    for device_code in [unknown_code().as_str(), "x", "%00"] {
        let answers = polled(&server, &with(device_code)).await;
        golden(case::UNKNOWN_DEVICE_CODE, answers);
    }
}

#[tokio::test]
async fn another_clients_device_code() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    let stolen = basic(
        BOX_BASIC,
        &format!("{GRANT_TYPE}&device_code={device_code}"),
    );
    let answer = server.poll(stolen).await;
    golden(case::FOREIGN_DEVICE_CODE, [(Endpoint::Token, answer)]);
}

#[tokio::test]
async fn a_used_device_code() {
    let server = Server::new();
    let (device_code, user_code) = server.codes("client_id=tv").await;
    server.approve(&user_code).await;
    assert_eq!(server.poll_as_tv(&device_code).await.status(), 200);
    golden(
        case::USED_DEVICE_CODE,
        polled(&server, &with(&device_code)).await,
    );
}

#[tokio::test]
async fn a_device_code_without_its_verifier() {
    let server = Server::new();
    let start = "client_id=tv&code_challenge_method=S256\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let (device_code, _) = server.codes(start).await;
    let body = with(&device_code);
    let other = format!("{body}&code_verifier={}", "v".repeat(43));
    let malformed = format!("{body}&code_verifier=v");
    for body in [body, other, malformed] {
        let answers = polled(&server, &body).await;
        golden(case::DEVICE_CODE_WITHOUT_VERIFIER, answers);
    }
}

#[tokio::test]
async fn a_device_code_without_its_key() {
    use crate::grant::KeyThumbprint;

    let server = Server::new();
    let key = |facts: &mut crate::http::RequestFacts| {
        facts.key = Some(KeyThumbprint::from_bytes([7; 32]));
    };
    let start = super::super::with(key, "client_id=tv");
    let start = server.endpoints.device_authorization(start).await;
    let start = super::super::json(&start);
    let device_code = start["device_code"].as_str().unwrap();
    let answers = polled(&server, &with(device_code)).await;
    golden(case::DEVICE_CODE_WITHOUT_KEY, answers);
}

#[tokio::test]
async fn a_verifier_without_a_challenge() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    let body = format!("{}&code_verifier={}", with(&device_code), "v".repeat(43));
    let answers = polled(&server, &body).await;
    golden(case::VERIFIER_WITHOUT_CHALLENGE, answers);
}

#[tokio::test]
async fn a_malformed_resource() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    let body = format!("{}&resource=x", with(&device_code));
    let answers = polled(&server, &body).await;
    golden(case::POLL_WITH_MALFORMED_RESOURCE, answers);
}

#[tokio::test]
async fn a_resource_beyond_what_was_granted() {
    let server = Server::new();
    let start = "client_id=tv&resource=https%3A%2F%2Fa.example";
    let (device_code, user_code) = server.codes(start).await;
    let body = format!("{}&resource=https%3A%2F%2Fb.example", with(&device_code));
    golden(case::RESOURCE_BEYOND_GRANT, polled(&server, &body).await);
    server.approve(&user_code).await;
    golden(case::RESOURCE_BEYOND_GRANT, polled(&server, &body).await);
    assert_eq!(server.poll_as_tv(&device_code).await.status(), 200);
}

#[tokio::test]
async fn an_undecided_grant() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    let answers = polled(&server, &with(&device_code)).await;
    golden(case::UNDECIDED_GRANT, answers);
}

#[tokio::test]
async fn a_client_in_haste() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    server.poll_as_tv(&device_code).await;
    server.advance(Duration::from_secs(3));
    let answers = polled(&server, &with(&device_code)).await;
    golden(case::POLL_TOO_EARLY, answers);
}

#[tokio::test]
async fn tokens_that_are_being_issued() {
    let issuer = issuer_fn(|_: Redemption| std::future::pending());
    let server = Server::of(registry(), issuer, |builder| builder);
    let (device_code, user_code) = server.codes("client_id=tv").await;
    server.approve(&user_code).await;
    let mut first = pin!(server.poll_as_tv(&device_code));
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    let answers = polled(&server, &with(&device_code)).await;
    golden(case::TOKENS_UNDER_WAY, answers);
}

#[tokio::test]
async fn an_issuer_that_is_away() {
    let (server, device_code) = approved(|| Err(IssueError::unavailable("no key"))).await;
    let answers = polled(&server, &with(&device_code)).await;
    golden(case::ISSUER_AWAY, answers);
}

#[tokio::test]
async fn an_issuer_that_says_when_it_is_back() {
    let (server, device_code) = approved(|| {
        Err(IssueError::unavailable("no key").with_retry_after(Duration::from_millis(6_500)))
    })
    .await;
    let answers = polled(&server, &with(&device_code)).await;
    golden(case::ISSUER_AWAY_FOR_A_TIME, answers);
}

#[tokio::test]
async fn a_policy_that_is_away_at_the_redemption() {
    let server = faults::ruled(|| Ok(Ruling::Allow), faults::no_ruling);
    let (device_code, user_code) = server.codes("client_id=tv").await;
    server.approve(&user_code).await;
    let answers = polled(&server, &with(&device_code)).await;
    golden(case::POLICY_AWAY_AT_REDEMPTION, answers);
}

#[tokio::test]
async fn a_denied_grant() {
    let server = Server::new();
    let (device_code, user_code) = server.codes("client_id=tv").await;
    let visitor = Visitor::new("alice");
    let review = server.grants.review(&user_code, Arrival::Typed, &visitor);
    let ticket = review.await.unwrap().ticket;
    server.grants.deny(&ticket, &visitor).await.unwrap();
    golden(
        case::DENIED_GRANT,
        polled(&server, &with(&device_code)).await,
    );
}

#[tokio::test]
async fn a_withdrawn_grant() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    let cancel = form_with(&format!("token={device_code}&client_id=tv"));
    answered(server.endpoints.revocation(cancel).await);
    let answers = polled(&server, &with(&device_code)).await;
    golden(case::WITHDRAWN_GRANT, answers);
}

#[tokio::test]
async fn an_unconfirmed_approval() {
    let server = faults::ruled(|| Ok(Ruling::Confirm), || Ok(Ruling::Allow));
    let (device_code, user_code) = server.codes("client_id=tv").await;
    server.approve(&user_code).await;
    let malformed = format!("{}&confirmation_code=12345", with(&device_code));
    for body in [with(&device_code), malformed] {
        golden(case::CONFIRMATION_REQUIRED, polled(&server, &body).await);
    }
}

#[tokio::test]
async fn a_refusal_at_the_redemption() {
    let by_policy = faults::ruled(
        || Ok(Ruling::Allow),
        || Ok(Ruling::Refuse(ErrorResponse::access_denied())),
    );
    let (device_code, user_code) = by_policy.codes("client_id=tv").await;
    by_policy.approve(&user_code).await;
    let by_issuer = approved(|| Err(ErrorResponse::access_denied().into())).await;
    for (server, device_code) in [(by_policy, device_code), by_issuer] {
        let answers = polled(&server, &with(&device_code)).await;
        golden(case::REDEMPTION_REFUSED, answers);
    }
}

#[tokio::test]
async fn a_policy_that_leaves_nothing() {
    let start = "client_id=tv&scope=openid&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example";
    let nothing = || Narrowing::new().with_scope("offline_access".parse().unwrap());
    let none = || Narrowing::new().with_resources(["https://c.example"]);
    let rulings: [fn() -> Narrowing; 2] = [nothing, none];
    for ruling in rulings {
        let server = faults::ruled(|| Ok(Ruling::Allow), move || Ok(Ruling::Narrow(ruling())));
        let (device_code, user_code) = server.codes(start).await;
        server.approve(&user_code).await;
        let answers = polled(&server, &with(&device_code)).await;
        golden(case::POLICY_LEAVES_NOTHING_AT_REDEMPTION, answers);
    }
    let only_b = || Narrowing::new().with_resources(["https://b.example"]);
    let server = faults::ruled(|| Ok(Ruling::Allow), move || Ok(Ruling::Narrow(only_b())));
    let (device_code, user_code) = server.codes(start).await;
    server.approve(&user_code).await;
    let body = format!("{}&resource=https%3A%2F%2Fa.example", with(&device_code));
    let answers = polled(&server, &body).await;
    golden(case::POLICY_LEAVES_NO_NAMED_RESOURCE, answers);
}

#[tokio::test]
async fn a_refusal_in_words() {
    let (server, device_code) = approved(|| {
        let refusal = ErrorResponse::new(ErrorCode::InvalidGrant);
        Err(refusal.with_description("The account is locked.").into())
    })
    .await;
    for _ in 0..2 {
        let answers = polled(&server, &with(&device_code)).await;
        golden(case::ISSUER_REFUSES_IN_ITS_WORDS, answers);
    }
}

#[tokio::test]
async fn tokens_that_are_unfit() {
    let (server, device_code) =
        approved(|| Ok(TokenResponse::bearer("", Duration::from_secs(1)))).await;
    let answers = polled(&server, &with(&device_code)).await;
    golden(case::ISSUER_BREAKS_CONTRACT, answers);
}

#[tokio::test]
async fn an_expired_grant() {
    let server = Server::new();
    let (device_code, user_code) = server.codes("client_id=tv").await;
    server.approve(&user_code).await;
    let (undecided, _) = server.codes("client_id=tv").await;
    server.advance(Duration::from_secs(600));
    for device_code in [device_code, undecided] {
        let answers = polled(&server, &with(&device_code)).await;
        golden(case::EXPIRED_GRANT, answers);
    }
}

#[tokio::test]
async fn an_approval_that_lapsed() {
    let window = Duration::from_secs(60);
    let server = faults::working(registry(), |builder| builder.redemption_window(window));
    let (device_code, user_code) = server.codes("client_id=tv").await;
    server.approve(&user_code).await;
    server.advance(window);
    for _ in 0..2 {
        let answers = polled(&server, &with(&device_code)).await;
        golden(case::APPROVAL_LAPSED, answers);
    }
}

#[tokio::test]
async fn who_is_refused_cannot_tell_why() {
    let server = Server::new();
    let (foreign, user_code) = server.codes("client_id=cli").await;
    let (used, used_user_code) = server.codes("client_id=tv").await;
    server.approve(&user_code).await;
    server.approve(&used_user_code).await;
    server.poll_as_tv(&used).await;
    let unknown = server.poll_as_tv(&unknown_code()).await;
    assert_eq!(error(&unknown).1, "invalid_grant");
    for device_code in [foreign, used] {
        let response = server.poll_as_tv(&device_code).await;
        assert_eq!(response.status(), unknown.status());
        assert_eq!(response.headers(), unknown.headers());
        assert_eq!(response.body(), unknown.body());
    }
}
