//! Changes between the approval and the redemption: no forbidden token leaves, and the host gets an event.

use async_trait::async_trait;
use device_grant::grant::HostData;
use device_grant::host::{
    Body, Client, GrantStore, IssueError, Redemption, Ruling, Terms, TokenIssuer,
};
use device_grant::message::{ErrorCode, ErrorResponse, TokenResponse};
use device_grant::testing::conformance::store::fixtures::Shape;
use device_grant::testing::{
    Checkpoint, Poll, Ran, Script, ScriptedIssuer, ScriptedPolicy, WaitingDevice, block_on,
};

use serde_json::Value;

use super::{LEASE, SECOND, Server, Test, json, wire};

/// Polls as the client with these terms, or with none.
fn poll_on(tv: &WaitingDevice, terms: Option<Terms>) -> Poll {
    let client = Client::new("tv");
    let client = match terms {
        Some(terms) => client.device_grant(terms),
        None => client,
    };
    tv.poll_as(&client).unwrap()
}

fn terms(scope: &str) -> Terms {
    Terms::new(scope.parse().unwrap())
}

#[test]
fn a_user_who_was_locked_or_deleted_is_denied() -> Test {
    let server = Server::new([Script::Refused(ErrorResponse::access_denied())]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Refused);
    assert_eq!(wire(&tv).2["error"], "access_denied");
    assert_eq!(
        server.t.events().last().unwrap().kind.name(),
        "redemption_refused"
    );
    Ok(())
}

#[test]
fn a_policy_or_a_consent_that_was_withdrawn_is_denied() -> Test {
    let policy = ScriptedPolicy::new();
    let server = Server::with([], |builder| builder.policy(policy.clone()));
    let tv = server.approved_device();
    policy.rule(
        Checkpoint::Redemption,
        Ruling::Refuse(ErrorResponse::access_denied()),
    );
    assert_eq!(tv.poll()?, Poll::Refused);
    assert_eq!(wire(&tv).2["error"], "access_denied");
    assert_eq!(
        server.t.events().last().unwrap().kind.name(),
        "redemption_refused"
    );
    assert!(server.issuer.asked().is_empty());
    Ok(())
}

#[test]
fn a_client_that_lost_the_grant_gets_nothing_until_it_has_it_again() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    assert_eq!(poll_on(&tv, None), Poll::UnauthorizedClient);
    let event = server.t.events().last().unwrap();
    assert_eq!(event.to_string(), r#"unauthorized_client client="tv""#);
    assert_eq!(server.store.calls(), []);
    assert_eq!(poll_on(&tv, Some(terms("openid profile"))), Poll::Tokens);
    Ok(())
}

#[test]
fn a_client_gets_no_more_scope_than_it_may_ask_for_by_now() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    assert_eq!(poll_on(&tv, Some(terms("openid email"))), Poll::Tokens);
    assert_eq!(server.issuer.asked()[0].access.scope.as_str(), "openid");
    let granted = tv.tokens().unwrap().scope.clone();
    assert_eq!(granted, Some("openid".parse()?));
    Ok(())
}

#[test]
fn a_client_that_may_ask_for_nothing_of_it_any_more_is_denied() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    assert_eq!(poll_on(&tv, Some(terms("email"))), Poll::Refused);
    assert_eq!(
        server.t.events().last().unwrap().kind.name(),
        "redemption_refused"
    );
    assert_eq!(poll_on(&tv, Some(terms("openid profile"))), Poll::Refused);
    assert!(server.issuer.asked().is_empty());
    Ok(())
}

#[test]
fn a_client_gets_no_details_of_a_type_that_it_may_no_longer_ask_for() -> Test {
    let server = Server::new([]);
    let request = device_grant::DeviceAuthorizationRequest::from_pairs([(
        "authorization_details",
        r#"[{"type":"payment"},{"type":"account"}]"#,
    )])?;
    let both = terms("").authorization_details_types(["payment", "account"]);
    let client = Client::new("tv").device_grant(both);
    let tv = server.t.device("tv").client(client).request(request)?;
    server.t.visitor("alice").approve(&tv)?;
    let left = terms("").authorization_details_types(["account"]);
    assert_eq!(poll_on(&tv, Some(left)), Poll::Tokens);
    let asked = server.issuer.asked();
    let details = &asked[0].access.authorization_details;
    assert_eq!(*details, [json(r#"{"type":"account"}"#)]);
    Ok(())
}

/// A device that asked for two resources, both of which it may name, and got them approved.
fn approved_for_two_resources(
    server: &Server,
) -> Result<WaitingDevice, Box<dyn std::error::Error>> {
    let request = device_grant::DeviceAuthorizationRequest::from_pairs([
        ("resource", "https://api.example"),
        ("resource", "https://mail.example"),
    ])?;
    let both = terms("").resources(["https://api.example", "https://mail.example"]);
    let client = Client::new("tv").device_grant(both);
    let tv = server.t.device("tv").client(client).request(request)?;
    server.t.visitor("alice").approve(&tv)?;
    Ok(tv)
}

#[test]
fn a_client_that_may_name_none_of_the_resources_any_more_is_denied() -> Test {
    let server = Server::new([]);
    let tv = approved_for_two_resources(&server)?;
    assert_eq!(poll_on(&tv, Some(terms(""))), Poll::Refused);
    assert!(server.issuer.asked().is_empty());
    Ok(())
}

#[test]
fn a_client_gets_no_resources_that_it_may_no_longer_name() -> Test {
    let server = Server::new([]);
    let tv = approved_for_two_resources(&server)?;
    let left = terms("").resources(["https://mail.example"]);
    assert_eq!(poll_on(&tv, Some(left)), Poll::Tokens);
    let asked = server.issuer.asked();
    assert_eq!(asked[0].access.resources, ["https://mail.example"]);
    Ok(())
}

/// Somebody with access to the database makes more of an approval than the end user gave.
#[test]
fn an_approval_that_was_widened_in_the_store_is_denied() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    let found = block_on(server.store.inner().find(&tv.grant_id()));
    let Ran::Done(Ok(Some(found))) = found else {
        panic!("{found:?}");
    };
    let body = str::from_utf8(found.body.as_bytes())?;
    // What was requested stays; what was granted says more.
    let (before, granted) = body.rsplit_once(r#""s":"openid profile""#).unwrap();
    let widened = format!(r#"{before}"s":"admin openid profile"{granted}"#);
    let mut widening = Shape::approved().over(&found, 7);
    widening.body = Body::from(widened.into_bytes());
    let replaced = block_on(server.store.inner().replace(&widening));
    assert!(matches!(replaced, Ran::Done(Ok(true))));
    assert_eq!(tv.poll()?, Poll::Refused);
    assert!(server.issuer.asked().is_empty());
    assert_eq!(server.t.events().count("redemption_refused"), 1);
    Ok(())
}

/// An issuer that passes on the answer of its own token service by `?`, and a policy that passes on that of its own.
#[test]
fn a_refusal_that_asks_to_come_back_later_ends_no_approval() -> Test {
    for code in [ErrorCode::TemporarilyUnavailable, ErrorCode::ServerError] {
        let mut later = ErrorResponse::new(code);
        later.retry_after = Some(20 * SECOND);
        let policy = ScriptedPolicy::new();
        let server = Server::with([Script::Refused(later.clone())], |builder| {
            builder.policy(policy.clone())
        });
        let tv = server.approved_device();
        assert_eq!(tv.poll()?, Poll::Unavailable, "{code:?}");
        let (status, retry_after, body) = wire(&tv);
        assert_eq!(
            (status, retry_after.as_deref(), &body["error"]),
            (400, Some("20"), &json("\"authorization_pending\""))
        );
        assert_eq!(server.t.events().count("redemption_postponed"), 1);
        server.t.advance(60 * SECOND);
        policy.rule(Checkpoint::Redemption, Ruling::Refuse(later));
        assert_eq!(tv.poll()?, Poll::Unavailable, "{code:?}");
        policy.rule(Checkpoint::Redemption, Ruling::Allow);
        server.t.advance(60 * SECOND);
        assert_eq!(tv.poll()?, Poll::Tokens, "{code:?}");
    }
    Ok(())
}

#[test]
fn a_refusal_in_any_words_reaches_the_device_as_json() -> Test {
    let words = format!("\"\\\n\u{202e}ü{}", "x".repeat(100_000));
    let refusal = ErrorResponse::new(ErrorCode::AccessDenied).with_description(words);
    let server = Server::new([Script::Refused(refusal)]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Refused);
    let (status, _, body) = wire(&tv);
    assert_eq!(
        (status, &body["error"]),
        (400, &serde_json::json!("access_denied"))
    );
    let text = body["error_description"].as_str().unwrap();
    assert!(
        text.is_ascii() && text.len() < 10_000,
        "{} bytes",
        text.len()
    );
    Ok(())
}

#[test]
fn host_data_over_its_bounds_is_refused_and_all_other_reads_back() -> Test {
    let most = "x".repeat(HostData::MAX_BYTES - r#"{"a":""}"#.len());
    let too_large = HostData::new([("a", format!("{most}x"))]).unwrap_err();
    let bytes = HostData::MAX_BYTES + 1;
    assert!(
        too_large.to_string().contains(&bytes.to_string()),
        "{too_large}"
    );
    let nested = |depth| (1..depth).fold(json("1"), |inner, _| Value::Array(vec![inner]));
    for depth in [HostData::MAX_DEPTH + 1, 200, 500] {
        let too_deep = HostData::new([("a", nested(depth))]);
        assert!(too_deep.is_err(), "{depth} deep");
    }
    for value in [json(&format!("{most:?}")), nested(HostData::MAX_DEPTH)] {
        let data = HostData::new([("a", value)])?;
        let server = Server::new([]);
        let device = server.t.device("tv").data(data.clone());
        let tv = device.authorize("openid")?;
        assert_eq!(server.grant_of(&tv).facts.data, data);
    }
    Ok(())
}

/// An issuer that takes for ever to take its tokens back delays no later attempt.
#[test]
fn an_issuer_that_hangs_at_a_discard_costs_no_approval() -> Test {
    for first in [
        Script::Late(LEASE),
        Script::Response(TokenResponse::bearer("", SECOND)),
    ] {
        let mut server = Server::new([]);
        let issuer = HangsAtDiscards(ScriptedIssuer::new([first]).clock(server.t.clock()));
        server.t = device_grant::testing::Scenario::on_clock(
            server.t.clock().clone(),
            issuer,
            |builder| builder.store(server.store.clone()),
        )?;
        let tv = server.approved_device();
        assert_eq!(tv.poll()?, Poll::Hung);
        server.t.advance(LEASE);
        assert_eq!(tv.poll()?, Poll::Tokens);
        assert_eq!(tv.poll()?, Poll::InvalidGrant);
    }
    Ok(())
}

struct HangsAtDiscards(ScriptedIssuer);

#[async_trait]
impl TokenIssuer for HangsAtDiscards {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        self.0.issue(redemption).await
    }

    async fn discard(&self, _: &Redemption, _: TokenResponse) {
        std::future::pending().await
    }
}
