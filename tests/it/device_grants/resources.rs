//! Resource indicators (RFC 8707), and authorization details in a token response (RFC 9396).

use device_grant::grant::Narrowing;
use device_grant::host::{Client, Ruling, Terms};
use device_grant::message::TokenResponse;
use device_grant::testing::{Checkpoint, Poll, Script, ScriptedPolicy, StepError, WaitingDevice};
use device_grant::{Approval, DeviceAuthorizationRequest, DeviceTokenRequest};
use serde_json::{Value, json};

use super::{INTERVAL, LEASE, SECOND, Server, Test, plain_error, wire};

const A: &str = "https://a.example";
const B: &str = "https://b.example";
const C: &str = "https://c.example";

fn asking_for(resources: &[&str]) -> DeviceAuthorizationRequest {
    let named = resources.iter().map(|uri| ("resource", *uri));
    DeviceAuthorizationRequest::from_pairs(named).unwrap()
}

fn device(server: &Server, resources: &[&str]) -> Result<WaitingDevice, StepError> {
    server.t.device("tv").request(asking_for(resources))
}

fn naming(device: &WaitingDevice, resources: &[&str]) -> DeviceTokenRequest {
    let poll = [
        ("grant_type", DeviceTokenRequest::GRANT_TYPE),
        ("device_code", &device.response().device_code),
    ];
    let named = resources.iter().map(|uri| ("resource", *uri));
    DeviceTokenRequest::from_pairs(poll.into_iter().chain(named)).unwrap()
}

fn poll(device: &WaitingDevice, resources: &[&str]) -> Result<Poll, StepError> {
    device.poll_with(device.client(), naming(device, resources))
}

/// Returns the resources for which the issuer was called last.
fn issued_for(server: &Server) -> Vec<String> {
    server
        .issuer
        .asked()
        .last()
        .unwrap()
        .access
        .resources
        .clone()
}

#[test]
fn a_client_names_no_resource_unless_its_terms_do() -> Test {
    let server = Server::new([]);
    let terms = || Terms::new("openid".parse().unwrap());
    let ask = |terms, resources: &[&str]| {
        let client = Client::new("tv").device_grant(terms);
        server
            .t
            .device("tv")
            .client(client)
            .request(asking_for(resources))
    };
    let refused = |result: Result<WaitingDevice, StepError>| {
        let refused = result.unwrap_err().to_string();
        assert!(refused.contains("invalid_target"), "{refused}");
    };
    refused(ask(terms(), &[A]));
    refused(ask(terms().resources([A]), &[A, B]));
    refused(ask(terms().resources([A]), &["https://a.example/"]));
    refused(ask(terms().resources([A]), &["https://A.example"]));
    ask(terms().resources([A, B]), &[B])?;
    ask(terms().resources([A]), &[])?;
    Ok(())
}

#[test]
fn a_poll_that_names_none_gets_all_that_was_granted() -> Test {
    let server = Server::new([]);
    let tv = device(&server, &[A, B])?;
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(issued_for(&server), [A, B]);
    Ok(())
}

#[test]
fn a_poll_narrows_what_the_tokens_are_for() -> Test {
    let server = Server::new([]);
    let tv = device(&server, &[A, B, C])?;
    let alice = server.t.visitor("alice");
    let less = Approval::all().resources([A, B]);
    alice.granting(less).approve(&tv)?;
    assert_eq!(poll(&tv, &[B])?, Poll::Tokens);
    assert_eq!(issued_for(&server), [B]);
    let granted = server.issuer.asked()[0].granted.access.resources.clone();
    assert_eq!(granted, [A, B], "what a refresh token may stand for");
    Ok(())
}

#[test]
fn a_resource_beyond_what_was_granted_costs_nothing() -> Test {
    let server = Server::new([]);
    let tv = device(&server, &[A, B])?;
    let less = Approval::all().resources([A]);
    server.t.visitor("alice").granting(less).approve(&tv)?;
    let before = server.revision_of(&tv);
    for resources in [&[B][..], &[A, B], &[C]] {
        assert_eq!(poll(&tv, resources)?, Poll::InvalidTarget);
        assert_eq!(wire(&tv), (400, None, plain_error("invalid_target")));
    }
    assert_eq!(server.revision_of(&tv), before);
    assert!(server.issuer.asked().is_empty());
    assert_eq!(poll(&tv, &[A])?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_resource_that_was_not_asked_for_is_told_at_once_and_the_grant_stays_pending() -> Test {
    let server = Server::new([]);
    let tv = device(&server, &[A])?;
    assert_eq!(poll(&tv, &[A])?, Poll::Pending);
    server.t.advance(INTERVAL);
    assert_eq!(poll(&tv, &[C])?, Poll::InvalidTarget);
    let bare = device(&server, &[])?;
    assert_eq!(poll(&bare, &[A])?, Poll::InvalidTarget);
    server.t.advance(INTERVAL);
    assert_eq!(poll(&tv, &[A])?, Poll::Pending);
    server.t.visitor("alice").approve(&tv)?;
    server.t.advance(SECOND);
    assert_eq!(poll(&tv, &[A])?, Poll::Tokens);
    Ok(())
}

#[test]
fn what_has_ended_is_told_whatever_is_named() -> Test {
    let server = Server::new([]);
    let denied = device(&server, &[A])?;
    server.t.visitor("alice").deny(&denied)?;
    assert_eq!(poll(&denied, &[C])?, Poll::Denied);
    let used = device(&server, &[A])?;
    server.t.visitor("alice").approve(&used)?;
    assert_eq!(used.poll()?, Poll::Tokens);
    assert_eq!(poll(&used, &[C])?, Poll::InvalidGrant);
    Ok(())
}

#[test]
fn a_stranger_learns_nothing_of_the_resources() -> Test {
    let server = Server::new([]);
    let tv = device(&server, &[A])?;
    let radio = super::client("radio");
    for resources in [&[A][..], &[C]] {
        assert_eq!(
            tv.poll_with(&radio, naming(&tv, resources))?,
            Poll::InvalidGrant
        );
        assert_eq!(wire(&tv), (400, None, plain_error("invalid_grant")));
    }
    Ok(())
}

#[test]
fn when_the_policy_leaves_none_of_those_named_the_approval_stays() -> Test {
    let policy = ScriptedPolicy::new();
    let server = Server::with([], |builder| builder.policy(policy.clone()));
    let tv = device(&server, &[A, B])?;
    server.t.visitor("alice").approve(&tv)?;
    let only_b = Narrowing::new().with_resources([B]);
    // Each after the interval: the issuer is not asked, so there is no pause as after its failures.
    for _ in 0..4 {
        policy.rule(Checkpoint::Redemption, Ruling::Narrow(only_b.clone()));
        assert_eq!(poll(&tv, &[A])?, Poll::InvalidTarget);
        assert!(
            server.issuer.asked().is_empty(),
            "it would name no resource to the issuer"
        );
        server.t.advance(INTERVAL);
    }
    policy.rule(Checkpoint::Redemption, Ruling::Narrow(only_b));
    assert_eq!(poll(&tv, &[A, B])?, Poll::Tokens);
    assert_eq!(issued_for(&server), [B]);
    Ok(())
}

#[test]
fn tokens_delivered_again_are_within_what_was_granted() -> Test {
    let server = Server::with([], |builder| builder.redelivery(60 * SECOND));
    let tv = device(&server, &[A, B])?;
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(poll(&tv, &[A])?, Poll::Tokens);
    assert_eq!(poll(&tv, &[C])?, Poll::InvalidTarget);
    assert_eq!(poll(&tv, &[A])?, Poll::Tokens);
    assert_eq!(issued_for(&server), [A]);
    Ok(())
}

/// One attempt never stands for different tokens.
#[test]
fn tokens_delivered_again_are_for_the_resources_of_the_first_poll() -> Test {
    let server = Server::with([], |builder| builder.redelivery(60 * SECOND));
    for (first, others) in [
        (&[B][..], &[&[A][..], &[A, B]][..]),
        (&[][..], &[&[A][..], &[A, B, C]][..]),
    ] {
        let tv = device(&server, &[A, B])?;
        server.t.visitor("alice").approve(&tv)?;
        assert_eq!(poll(&tv, first)?, Poll::Tokens);
        let delivered = issued_for(&server);
        for other in others {
            assert_eq!(
                poll(&tv, other)?,
                Poll::InvalidTarget,
                "{first:?} {other:?}"
            );
        }
        for same in [first, &[]] {
            assert_eq!(poll(&tv, same)?, Poll::Tokens);
            assert_eq!(issued_for(&server), delivered);
        }
    }
    Ok(())
}

/// A device whose grant has these authorization details, approved, and whose tokens state those.
fn answered(granted: &Value, stated: Option<Value>) -> Result<(Server, WaitingDevice), StepError> {
    let tokens = TokenResponse::bearer("token-1", 3600 * SECOND);
    let tokens = match stated {
        Some(stated) => tokens.with("authorization_details", stated),
        None => tokens,
    };
    let server = Server::new([Script::Response(tokens)]);
    let details = [("authorization_details", granted.to_string())];
    let request = DeviceAuthorizationRequest::from_pairs(details)?;
    let tv = server.t.device("tv").request(request)?;
    server.t.visitor("alice").approve(&tv)?;
    Ok((server, tv))
}

fn granted_details() -> Value {
    json!([{ "type": "files", "actions": ["read", "list"], "folder": "/a" }])
}

#[test]
fn tokens_state_the_details_that_were_granted() -> Test {
    let granted = granted_details();
    let (_, tv) = answered(&granted, None)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(wire(&tv).2["authorization_details"], granted);
    Ok(())
}

#[test]
fn an_issuer_narrows_and_enriches_details() -> Test {
    for stated in [
        json!([]),
        json!([{ "type": "files", "actions": ["list"], "folder": "/a" }]),
        json!([{ "type": "files", "actions": ["read", "list"], "folder": "/a", "files": ["x"] }]),
    ] {
        let (_, tv) = answered(&granted_details(), Some(stated.clone()))?;
        assert_eq!(tv.poll()?, Poll::Tokens, "{stated}");
        assert_eq!(wire(&tv).2["authorization_details"], stated);
    }
    Ok(())
}

#[test]
fn tokens_with_wider_details_are_discarded_like_a_wider_scope() -> Test {
    for stated in [
        json!([{ "type": "payment" }]),
        json!([{ "type": "files", "actions": ["read", "write"] }]),
        json!([{ "type": "files" }]),
        json!([{ "type": "files", "actions": ["read"], "locations": ["https://b.example"] }]),
        json!([{ "type": "files", "actions": ["read"], "identifier": "other" }]),
        json!([{ "actions": ["read"] }]),
        json!([1]),
        json!({ "type": "files" }),
    ] {
        let (server, tv) = answered(&granted_details(), Some(stated.clone()))?;
        assert!(
            matches!(tv.poll(), Err(StepError::Fault { .. })),
            "{stated}"
        );
        assert_eq!(server.issuer.discarded().len(), 1, "{stated}");
        server.t.advance(LEASE);
        assert_eq!(tv.poll()?, Poll::Tokens, "the approval stays: {stated}");
    }
    Ok(())
}
